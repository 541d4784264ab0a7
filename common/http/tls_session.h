/*
 * Between tls.c and server.c: one TLS connection's hold on the certificate it was shown. A pair stays in memory until the last
 * connection that began with it is closed. Any thread, one at a time per hold.
 */
#ifndef HTTP_TLS_SESSION_H
#define HTTP_TLS_SESSION_H

#include "http/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

struct tls_hold;

/* Ties `session` to the store (as the session's pointer). NULL = out of memory. */
MUST_USE struct tls_hold *tls_hold_new(struct tls_store *store, gnutls_session_t session);
void tls_hold_free(struct tls_hold *hold); /* when the connection is closed */

/* The GnuTLS callback that picks the certificate; fails the handshake while there is none. */
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
	const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **chain,
	unsigned *chain_length, gnutls_privkey_t *key);

#endif
