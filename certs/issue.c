#include "certs/issue.h"

#include "base/buffer.h"
#include "base/digest.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define SERIAL_BYTES 16
/* Clocks differ: a certificate is good a little before it is made, but never a large part of its life. */
#define SKEW_MAX_S 300
#define SKEW_PART  20

DEFINE_AUTO(key, EVP_PKEY *, EVP_PKEY_free)
DEFINE_AUTO(cert, X509 *, X509_free)
DEFINE_AUTO(bio, BIO *, BIO_free_all)
DEFINE_AUTO(extension, X509_EXTENSION *, X509_EXTENSION_free)

void issued_fini(struct issued *issued)
{
	if (issued->key_pem)
		explicit_bzero(issued->key_pem, strlen(issued->key_pem));
	free(issued->cert_pem);
	free(issued->key_pem);
	*issued = (struct issued){ 0 };
}

static char *bio_text(BIO *bio)
{
	char *data;
	long bytes = BIO_get_mem_data(bio, &data);

	return bytes > 0 ? text_copy(data, (size_t)bytes) : NULL;
}

static X509 *read_cert(const char *pem, size_t index)
{
	AUTO(bio) BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = NULL;

	if (!bio)
		return NULL;
	for (size_t i = 0; i <= index; i++) {
		X509_free(cert);
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		if (!cert)
			return NULL;
	}
	return cert;
}

static EVP_PKEY *read_key(const char *pem)
{
	AUTO(bio) BIO *bio = BIO_new_mem_buf(pem, -1);

	return bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	AUTO(extension) X509_EXTENSION *extension = NULL;
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	return extension && X509_add_ext(cert, extension, -1);
}

static bool set_serial(X509 *cert)
{
	unsigned char bytes[SERIAL_BYTES];
	BIGNUM *number;
	bool ok;

	random_bytes(bytes, sizeof(bytes));
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 1); /* positive, and not zero */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return ok;
}

int64_t issue_skew_s(int64_t lifetime_s)
{
	return lifetime_s / SKEW_PART < SKEW_MAX_S ? lifetime_s / SKEW_PART : SKEW_MAX_S;
}

static bool set_times(X509 *cert, int64_t now, int64_t not_after)
{
	int64_t start = now - issue_skew_s(not_after - now);

	return ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)start) &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)not_after);
}

static bool set_name(X509 *cert, const char *common_name)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
		       (const unsigned char *)common_name, -1, -1, 0) == 1;
}

/* A certificate about `key`, without issuer, extensions and signature. */
static X509 *begin_cert(EVP_PKEY *key, const char *common_name, int64_t now, int64_t not_after)
{
	AUTO(cert) X509 *cert = X509_new();

	if (!cert || !X509_set_version(cert, X509_VERSION_3) || !set_serial(cert) ||
		!set_times(cert, now, not_after) || !set_name(cert, common_name) ||
		!X509_set_pubkey(cert, key))
		return NULL;
	return take_cert(&cert);
}

static bool write_issued(X509 *cert, EVP_PKEY *key, struct issued *out, struct error *err)
{
	AUTO(bio) BIO *cert_bio = BIO_new(BIO_s_mem());
	AUTO(bio) BIO *key_bio = BIO_new(BIO_s_secmem());
	struct issued made = { 0 };

	if (cert_bio && key_bio && PEM_write_bio_X509(cert_bio, cert) &&
		PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL)) {
		made.cert_pem = bio_text(cert_bio);
		made.key_pem = bio_text(key_bio);
	}
	if (!made.cert_pem || !made.key_pem) {
		issued_fini(&made);
		return error_no_memory(err);
	}
	*out = made;
	return true;
}

bool issue_ca(int64_t now, int64_t lifetime_s, struct issued *out, struct error *err)
{
	AUTO(key) EVP_PKEY *key = EVP_EC_gen("P-256");
	AUTO(cert) X509 *cert = NULL;
	char name[64], tail[9];
	unsigned char random[4];

	/* Each CA has a name of its own, so that two in one bundle are told apart. */
	random_bytes(random, sizeof(random));
	digest_hex(random, sizeof(random), tail);
	snprintf(name, sizeof(name), "sandgate-webhook-ca-%s", tail);
	if (key)
		cert = begin_cert(key, name, now, now + lifetime_s);
	if (!cert || !X509_set_issuer_name(cert, X509_get_subject_name(cert)) ||
		!add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
		!add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") ||
		!add_extension(cert, cert, NID_subject_key_identifier, "hash") ||
		!X509_sign(cert, key, EVP_sha256()))
		return error_set(err, ERR_IO, NULL, "libcrypto cannot make a CA certificate");
	return write_issued(cert, key, out, err);
}

static bool is_address(const char *name)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool add_names(X509 *cert, const char *const *names)
{
	AUTO(buffer) struct buffer list = { 0 };

	for (size_t i = 0; names[i]; i++)
		buffer_printf(&list, "%s%s:%s", i ? "," : "", is_address(names[i]) ? "IP" : "DNS",
			names[i]);
	return !list.failed && list.data &&
	       add_extension(cert, NULL, NID_subject_alt_name, list.data);
}

static int64_t end_of(const X509 *cert)
{
	struct tm broken_down;

	if (!ASN1_TIME_to_tm(X509_get0_notAfter(cert), &broken_down))
		return 0;
	return (int64_t)timegm(&broken_down);
}

bool issue_leaf(const struct issued *ca, const char *const *names, int64_t now, int64_t lifetime_s,
	struct issued *out, struct error *err)
{
	AUTO(cert) X509 *issuer = read_cert(ca->cert_pem, 0);
	AUTO(key) EVP_PKEY *issuer_key = read_key(ca->key_pem);
	AUTO(key) EVP_PKEY *key = EVP_EC_gen("P-256");
	AUTO(cert) X509 *cert = NULL;
	int64_t not_after = now + lifetime_s;

	if (!issuer || !issuer_key || X509_check_private_key(issuer, issuer_key) != 1)
		return error_set(err, ERR_INVALID, NULL, "the CA's certificate and key do not fit");
	if (not_after > end_of(issuer))
		not_after = end_of(issuer);
	if (key)
		cert = begin_cert(key, "sandgate-webhook", now, not_after);
	if (!cert || !X509_set_issuer_name(cert, X509_get_subject_name(issuer)) ||
		!add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
		!add_extension(cert, issuer, NID_key_usage, "critical,digitalSignature") ||
		!add_extension(cert, issuer, NID_ext_key_usage, "serverAuth") ||
		!add_extension(cert, issuer, NID_authority_key_identifier, "keyid") ||
		!add_names(cert, names) || !X509_sign(cert, issuer_key, EVP_sha256()))
		return error_set(err, ERR_IO, NULL, "libcrypto cannot make a serving certificate");
	return write_issued(cert, key, out, err);
}

bool cert_read(const char *pem, struct cert_facts *out)
{
	AUTO(cert) X509 *cert = read_cert(pem, 0);
	struct tm start;

	if (!cert || !ASN1_TIME_to_tm(X509_get0_notBefore(cert), &start))
		return false;
	*out = (struct cert_facts){ .not_before = (int64_t)timegm(&start),
		.not_after = end_of(cert) };
	return true;
}

bool cert_fits_key(const char *cert_pem, const char *key_pem)
{
	AUTO(cert) X509 *cert = read_cert(cert_pem, 0);
	AUTO(key) EVP_PKEY *key = read_key(key_pem);

	return cert && key && X509_check_private_key(cert, key) == 1;
}

bool cert_has_names(const char *cert_pem, const char *const *names)
{
	AUTO(cert) X509 *cert = read_cert(cert_pem, 0);

	for (; cert && *names; names++)
		if (is_address(*names) ? X509_check_ip_asc(cert, *names, 0) != 1
				       : X509_check_host(cert, *names, 0, 0, NULL) != 1)
			return false;
	return cert != NULL;
}

bool cert_is_signed_by(const char *cert_pem, const char *ca_pem)
{
	AUTO(cert) X509 *cert = read_cert(cert_pem, 0);
	AUTO(cert) X509 *ca = read_cert(ca_pem, 0);

	return cert && ca && X509_check_issued(ca, cert) == X509_V_OK &&
	       X509_verify(cert, X509_get0_pubkey(ca)) == 1;
}

char *cert_at(const char *pem, size_t index)
{
	AUTO(cert) X509 *cert = read_cert(pem, index);
	AUTO(bio) BIO *bio = BIO_new(BIO_s_mem());

	if (!cert || !bio || !PEM_write_bio_X509(bio, cert))
		return NULL;
	return bio_text(bio);
}
