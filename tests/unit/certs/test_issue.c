#include "certs/issue.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/tls.h"
#include "support/suite.h"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define DAY 86400
#define NOW 1800000000 /* in 2027 */

static const char *const names[] = { "hook", "hook.kagent", "hook.kagent.svc",
	"hook.kagent.svc.cluster.local", "127.0.0.1", "::1", NULL };

static X509 *parse(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	ck_assert_ptr_nonnull(cert);
	return cert;
}

/* What a TLS client does: the chain from `leaf` to `ca`, for a server, under `host`, at `when`. */
static int verify(const char *leaf, const char *ca, const char *host, time_t when)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509 *root = parse(ca), *cert = parse(leaf);
	X509_VERIFY_PARAM *param;
	int result;

	X509_STORE_add_cert(store, root);
	X509_STORE_CTX_init(context, store, cert, NULL);
	param = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(param, when);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	if (host)
		X509_VERIFY_PARAM_set1_host(param, host, 0);
	else
		X509_VERIFY_PARAM_set1_ip_asc(param, "127.0.0.1");
	result = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	X509_free(root);
	X509_free(cert);
	return result;
}

START_TEST(a_chain_verifies_for_its_names_in_its_time)
{
	struct issued ca = { 0 }, other = { 0 }, leaf = { 0 };
	struct error err;

	ck_assert_msg(issue_ca(NOW, 100 * DAY, &ca, &err), "%s", err.text);
	ck_assert_msg(issue_ca(NOW, 100 * DAY, &other, &err), "%s", err.text);
	ck_assert_msg(issue_leaf(&ca, names, NOW, 10 * DAY, &leaf, &err), "%s", err.text);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(verify(leaf.cert_pem, ca.cert_pem, names[i], NOW), X509_V_OK);
	ck_assert_int_eq(verify(leaf.cert_pem, ca.cert_pem, NULL, NOW), X509_V_OK);
	ck_assert_int_eq(verify(leaf.cert_pem, ca.cert_pem, "hook.other.svc", NOW),
		X509_V_ERR_HOSTNAME_MISMATCH);
	ck_assert_int_eq(verify(leaf.cert_pem, ca.cert_pem, "hook", NOW - 200), X509_V_OK);
	ck_assert_int_eq(verify(leaf.cert_pem, ca.cert_pem, "hook", NOW - 400),
		X509_V_ERR_CERT_NOT_YET_VALID);
	ck_assert_int_eq(verify(leaf.cert_pem, ca.cert_pem, "hook", NOW + 10 * DAY + 1),
		X509_V_ERR_CERT_HAS_EXPIRED);
	ck_assert_int_ne(verify(leaf.cert_pem, other.cert_pem, "hook", NOW), X509_V_OK);
	issued_fini(&leaf);
	issued_fini(&other);
	issued_fini(&ca);
}
END_TEST

START_TEST(facts_are_told)
{
	struct issued ca = { 0 }, other = { 0 }, leaf = { 0 };
	struct cert_facts facts;
	AUTO(text) char *bundle = NULL;
	AUTO(text) char *second = NULL;
	struct error err;

	ck_assert(issue_ca(NOW, 1000, &ca, &err) && issue_ca(NOW, 1000, &other, &err));
	ck_assert(issue_leaf(&ca, names, NOW, 100, &leaf, &err));
	ck_assert(cert_read(leaf.cert_pem, &facts));
	ck_assert_int_eq(facts.not_after, NOW + 100);
	ck_assert_int_eq(facts.not_before, NOW - 5);
	ck_assert(cert_fits_key(leaf.cert_pem, leaf.key_pem));
	ck_assert(!cert_fits_key(leaf.cert_pem, ca.key_pem));
	ck_assert(cert_is_signed_by(leaf.cert_pem, ca.cert_pem));
	ck_assert(!cert_is_signed_by(leaf.cert_pem, other.cert_pem));
	ck_assert(cert_has_names(leaf.cert_pem, names));
	ck_assert(!cert_has_names(leaf.cert_pem, (const char *const[]){ "hook", "x", NULL }));
	ck_assert(!cert_has_names(leaf.cert_pem, (const char *const[]){ "127.0.0.2", NULL }));
	bundle = text_format("%s%s", ca.cert_pem, other.cert_pem);
	second = cert_at(bundle, 1);
	ck_assert_str_eq(second, other.cert_pem);
	ck_assert_ptr_null(cert_at(bundle, 2));
	ck_assert(!cert_read("no certificate", &facts));
	issued_fini(&leaf);
	issued_fini(&other);
	issued_fini(&ca);
}
END_TEST

START_TEST(a_leaf_does_not_outlive_its_ca)
{
	struct issued ca = { 0 }, leaf = { 0 };
	struct cert_facts facts;
	struct error err;

	ck_assert(issue_ca(NOW, 1000, &ca, &err));
	ck_assert(issue_leaf(&ca, names, NOW + 900, 500, &leaf, &err));
	ck_assert(cert_read(leaf.cert_pem, &facts));
	ck_assert_int_eq(facts.not_after, NOW + 1000);
	issued_fini(&leaf);
	issued_fini(&ca);
}
END_TEST

START_TEST(a_ca_with_anothers_key_signs_nothing)
{
	struct issued ca = { 0 }, other = { 0 }, leaf = { 0 };
	struct issued mixed;
	struct error err = { 0 };

	ck_assert(issue_ca(NOW, 1000, &ca, &err) && issue_ca(NOW, 1000, &other, &err));
	mixed = (struct issued){ ca.cert_pem, other.key_pem };
	ck_assert(!issue_leaf(&mixed, names, NOW, 500, &leaf, &err));
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_ptr_null(leaf.cert_pem);
	issued_fini(&other);
	issued_fini(&ca);
}
END_TEST

START_TEST(the_server_takes_the_pair)
{
	int64_t now = (int64_t)(clock_wall_ms() / 1000);
	struct issued ca = { 0 }, leaf = { 0 };
	AUTO(tls_store) struct tls_store *store = NULL;
	struct error err;

	ck_assert(issue_ca(now, DAY, &ca, &err) && issue_leaf(&ca, names, now, DAY, &leaf, &err));
	ck_assert(tls_store_new(&store, &err));
	ck_assert_msg(tls_store_set(store, leaf.cert_pem, leaf.key_pem, &err), "%s", err.text);
	ck_assert_int_eq(tls_store_not_after(store), now + DAY);
	issued_fini(&leaf);
	issued_fini(&ca);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("certs/issue");
	TCase *tests = tcase_create("issue");

	tcase_add_test(tests, a_chain_verifies_for_its_names_in_its_time);
	tcase_add_test(tests, facts_are_told);
	tcase_add_test(tests, a_leaf_does_not_outlive_its_ca);
	tcase_add_test(tests, a_ca_with_anothers_key_signs_nothing);
	tcase_add_test(tests, the_server_takes_the_pair);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
