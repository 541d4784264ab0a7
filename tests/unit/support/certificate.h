/* Self-signed P-256 certificates made on the spot, for tests of TLS. Header only. */
#ifndef SUPPORT_CERTIFICATE_H
#define SUPPORT_CERTIFICATE_H

#include "base/auto.h"

#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

struct certificate {
	char *chain_pem;
	char *key_pem;
	int64_t not_after;
};

UNUSED static char *certificate_text(gnutls_datum_t datum)
{
	char *text = strndup((const char *)datum.data, datum.size);

	gnutls_free(datum.data);
	return text;
}

/* For 127.0.0.1 and localhost, named `name`. Ends the process on failure. */
UNUSED static struct certificate certificate_make(const char *name, unsigned char serial)
{
	const unsigned char loopback[4] = { 127, 0, 0, 1 };
	struct certificate made = { .not_after = (int64_t)time(NULL) + 3600 };
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t pem;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_generate(
		key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, &serial, 1);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(crt, (time_t)made.not_after);
	gnutls_x509_crt_set_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name));
	gnutls_x509_crt_set_subject_alt_name(
		crt, GNUTLS_SAN_IPADDRESS, loopback, sizeof(loopback), GNUTLS_FSAN_SET);
	gnutls_x509_crt_set_subject_alt_name(
		crt, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_APPEND);
	gnutls_x509_crt_set_basic_constraints(crt, 1, 0);
	gnutls_x509_crt_set_key(crt, key);
	if (gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) < 0)
		abort();
	gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);
	made.chain_pem = certificate_text(pem);
	gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem);
	made.key_pem = certificate_text(pem);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return made;
}

UNUSED static void certificate_fini(struct certificate *certificate)
{
	free(certificate->chain_pem);
	free(certificate->key_pem);
	*certificate = (struct certificate){ 0 };
}

#endif
