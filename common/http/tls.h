/*
 * The serving certificate in force, exchangeable while connections live (GnuTLS certificate callback). Any thread.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "base/error.h"

struct tls_store;

MUST_USE bool tls_store_new(struct tls_store **out, struct error *err);
void tls_store_free(struct tls_store *store); /* after the servers that use it stopped */
DEFINE_AUTO(tls_store, struct tls_store *, tls_store_free)

/* Puts a certificate chain and its key in force for new handshakes; PEM, borrowed. ERR_INVALID: the pair does not fit; the old stays. */
MUST_USE bool tls_store_set(
	struct tls_store *store, const char *chain_pem, const char *key_pem, struct error *err);
bool tls_store_is_ready(const struct tls_store *store);
/* End of the certificate in force, seconds since 1970; 0 = none. */
int64_t tls_store_not_after(const struct tls_store *store);

#endif
