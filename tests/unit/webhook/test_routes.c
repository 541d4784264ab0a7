#include "webhook/routes.h"

#include "base/clock.h"
#include "certs/issue.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "hook", NULL };

/* A store with a certificate that ends at `not_after`. */
static struct tls_store *make_store(int64_t not_after)
{
	struct issued ca = { 0 }, leaf = { 0 };
	struct tls_store *store;
	struct error err;

	ck_assert(tls_store_new(&store, &err));
	ck_assert(issue_ca(not_after - 1000, 2000, &ca, &err));
	ck_assert(issue_leaf(&ca, names, not_after - 1000, 1000, &leaf, &err));
	ck_assert_msg(tls_store_set(store, leaf.cert_pem, leaf.key_pem, &err), "%s", err.text);
	issued_fini(&ca);
	issued_fini(&leaf);
	return store;
}

START_TEST(without_a_certificate_it_is_not_ready)
{
	AUTO(tls_store) struct tls_store *store = NULL;
	struct routes routes = { 0 };

	ck_assert(tls_store_new(&store, NULL));
	routes.store = store;
	ck_assert_str_eq(routes_fault(&routes, 0), "waiting for a serving certificate");
}
END_TEST

START_TEST(readiness_ends_with_the_certificate)
{
	int64_t now = (int64_t)(clock_wall_ms() / 1000);
	AUTO(tls_store) struct tls_store *store = make_store(now + 500);
	struct routes routes = { .store = store };

	ck_assert_ptr_null(routes_fault(&routes, now));
	ck_assert_ptr_null(routes_fault(&routes, now + 499));
	ck_assert_str_eq(routes_fault(&routes, now + 500), "the serving certificate has expired");
}
END_TEST

START_TEST(metrics_tell_what_was_answered)
{
	static struct metrics metrics;
	AUTO(buffer) struct buffer out = { 0 };

	metrics_count(&metrics, ADMISSION_VALIDATE, ADMISSION_REFUSED, 70);
	metrics_count(&metrics, ADMISSION_MUTATE, ADMISSION_PATCHED, 2000000);
	metrics_count_converted(&metrics, 3);
	metrics_write(&metrics, &out);
	ck_assert_ptr_nonnull(strstr(
		out.data, "sandgate_reviews_total{endpoint=\"validate\",verdict=\"refused\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(
		out.data, "sandgate_reviews_total{endpoint=\"mutate\",verdict=\"patched\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "_bucket{le=\"0.00005\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "_bucket{le=\"0.0001\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "_bucket{le=\"0.1\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "_bucket{le=\"+Inf\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "_sum 2.000070\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "sandgate_converted_objects_total 3\n"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("webhook/routes");
	TCase *tests = tcase_create("routes");

	tcase_add_test(tests, without_a_certificate_it_is_not_ready);
	tcase_add_test(tests, readiness_ends_with_the_certificate);
	tcase_add_test(tests, metrics_tell_what_was_answered);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
