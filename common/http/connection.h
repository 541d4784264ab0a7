/*
 * One connection to a peer: a socket that never blocks, with TLS over it when asked for. It knows no HTTP and calls back only to say
 * that something may have changed: the descriptor is registered once, edge-triggered, so whoever is called must go on until
 * IO_AGAIN (or take connection_is_drained for an answer). The loop's thread. Writing to a peer that has gone raises no signal.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "http/resolve.h"
#include "http/tls_peer.h"

#include <sys/uio.h>

enum io {
	IO_OK,
	IO_AGAIN, /* not now: the callback tells when */
	IO_END, /* the peer closed in good order */
	IO_CUT, /* the connection is gone: reset, or closed without the end that TLS wants */
	IO_FAILED, /* anything else, TLS alerts included */
};

struct connection {
	int fd;
	struct loop_watch *watch;
	SSL *ssl; /* NULL = plain */
	struct tls_socket tls_socket; /* under it */
	bool connected; /* the socket */
	bool ready; /* TLS too */
	bool saw_end; /* the socket said that the peer sends no more */
	bool drained; /* the last read left nothing in the socket */
};

struct connection_options {
	struct loop *loop;
	const struct address *to;
	SSL_CTX *tls; /* NULL = plain */
	const char *host; /* of TLS */
	SSL_SESSION **session; /* of TLS; outlives the connection */
	loop_ready_fn on_event;
	void *context;
};

/* Begins to connect. On failure nothing is open. ERR_IO, ERR_NO_MEMORY. */
MUST_USE bool connection_open(
	struct connection *connection, const struct connection_options *options, struct error *err);
void connection_close(struct connection *connection); /* what was never opened is zeroed memory */

/* First thing in on_event. */
void connection_note(struct connection *connection, uint32_t events);
/* IO_OK: the connection is ready for use; IO_AGAIN: not yet; else `err` says what went wrong. */
MUST_USE enum io connection_establish(struct connection *connection, struct error *err);
MUST_USE enum io connection_read(
	struct connection *connection, char *into, size_t room, size_t *got, struct error *err);
/* Writes the start of `parts` (one or two). */
MUST_USE enum io connection_write(struct connection *connection, const struct iovec *parts,
	size_t count, size_t *sent, struct error *err);
/* After a read that gave bytes: true when another one would find nothing for sure. */
bool connection_is_drained(const struct connection *connection);

#endif
