/*
 * The socket under a TLS connection, as a BIO: OpenSSL's own does not tell that a read took all there was, so that whoever listens for
 * edges would have to read once more, for nothing. Writes raise no signal. The loop's thread.
 */
#ifndef HTTP_TLS_SOCKET_H
#define HTTP_TLS_SOCKET_H

#include "base/error.h"

#include <openssl/bio.h>

struct tls_socket {
	int fd; /* borrowed */
	bool is_empty; /* the last read left nothing in it */
	bool has_ended; /* the last read found the end */
};

/* Over `socket`, which must outlive it. NULL = out of memory. The caller gives it to SSL_set_bio. */
BIO *tls_socket_bio(struct tls_socket *socket);

#endif
