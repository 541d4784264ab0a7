/*
 * Keys and certificates by libcrypto: P-256, PEM in and out. Times are seconds since 1970. Nothing here reads a clock. Any thread.
 * Source: RFC 5280; the names that the API server asks for: NAME.NAMESPACE.svc.
 */
#ifndef CERTS_ISSUE_H
#define CERTS_ISSUE_H

#include "base/error.h"

struct issued {
	char *cert_pem;
	char *key_pem; /* unencrypted PKCS#8 */
};
void issued_fini(struct issued *issued);

/* A CA of its own name, good from a little before `now` until `now` + `lifetime_s`. */
MUST_USE bool issue_ca(int64_t now, int64_t lifetime_s, struct issued *out, struct error *err);
/*
 * A serving certificate for `names` (DNS names and IP addresses, up to NULL), signed by `ca`, which it does not outlive.
 * ERR_INVALID: `ca` cannot be read.
 */
MUST_USE bool issue_leaf(const struct issued *ca, const char *const *names, int64_t now,
	int64_t lifetime_s, struct issued *out, struct error *err);

/* How long before its making a certificate of that lifetime is good already, because clocks differ. */
int64_t issue_skew_s(int64_t lifetime_s);

struct cert_facts {
	int64_t not_before;
	int64_t not_after;
};

/* About the first certificate of a PEM text. False when there is none. */
bool cert_read(const char *pem, struct cert_facts *out);
bool cert_fits_key(const char *cert_pem, const char *key_pem);
bool cert_has_names(const char *cert_pem, const char *const *names);
/* True when the first certificate of `cert_pem` was signed by the first of `ca_pem`. */
bool cert_is_signed_by(const char *cert_pem, const char *ca_pem);

/* The `index`-th certificate of a PEM text, heap; NULL when there are fewer. */
MUST_USE char *cert_at(const char *pem, size_t index);

#endif
