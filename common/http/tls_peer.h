/*
 * TLS as a client, by OpenSSL: what is trusted and who we are, once per http_client. Files are read when this is made. Loop's thread.
 */
#ifndef HTTP_TLS_PEER_H
#define HTTP_TLS_PEER_H

#include "http/client.h"
#include "http/tls_socket.h"

#include <openssl/ssl.h>

DEFINE_AUTO(ssl_ctx, SSL_CTX *, SSL_CTX_free)

/* ERR_IO: a file or text that is not what it should be. The caller frees with SSL_CTX_free. */
MUST_USE bool tls_peer_context(
	const struct http_client_options *options, SSL_CTX **out, struct error *err);

/*
 * One end of a connection to `host` (a name or a number; checked against the certificate unless insecure). `session` is where the
 * last session of this origin is kept (may hold NULL): it is resumed, and replaced by what the peer gives. `socket` must outlive
 * what is given. ERR_NO_MEMORY.
 */
MUST_USE bool tls_peer_new(SSL_CTX *context, struct tls_socket *socket, const char *host,
	SSL_SESSION **session, SSL **out, struct error *err);

/* Why the last call on `ssl` failed. Returns false. */
bool tls_peer_error(SSL *ssl, const char *what, struct error *err);

#endif
