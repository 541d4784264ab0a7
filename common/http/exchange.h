/*
 * Inside the server: a connection, and one request on it with its answer. Only server.c, exchange.c and answer.c know it.
 * On a loop everything runs on its thread. On own threads an exchange belongs to the thread that reads its connection.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "http/room.h"
#include "http/server.h"
#include "http/tls_session.h"
#include "http/turns.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <sys/queue.h>

struct http_connection {
	struct http_server *server;
	int fd;
	struct tls_hold *hold; /* NULL on plain connections */
	uint64_t
		asking_since_ms; /* the client owes us a whole request since then; 0 = it does not */
	bool patient; /* has the long time limit of a stream */
	LIST_ENTRY(http_connection) in_all; /* loop only */
};

/*
 * READING -> WAITING (the handler was called, no answer yet) -> ANSWERED (there is a response) -> SENT (libmicrohttpd has it).
 * Each may be cut short by `gone`.
 */
enum exchange_state {
	EXCHANGE_NEW,
	EXCHANGE_READING,
	EXCHANGE_WAITING,
	EXCHANGE_ANSWERED,
	EXCHANGE_SENT
};

struct stream_piece {
	struct buffer bytes;
	size_t at; /* sent so far */
	STAILQ_ENTRY(stream_piece) in_queue;
};

struct http_exchange {
	struct http_server *server;
	struct MHD_Connection *connection;
	enum exchange_state state;
	char method[16];
	char *path; /* heap; the query lies behind it */
	char *query; /* inside `path`'s memory */
	char peer[64]; /* "" = not asked for yet */
	struct buffer body;
	size_t dropped_bytes; /* of a body over the cap */
	struct turn turn; /* to have a large body read; own threads only */

	/* Loop only: what it takes of the server's room, and for what. */
	struct room_claim claim;
	size_t body_bytes; /* the body and what is made of it */
	size_t handler_bytes;
	size_t answer_bytes; /* of a whole answer */
	bool body_is_late; /* there was no room for it: it is dropped */

	struct buffer headers; /* "name\0value\0" of the answer */
	struct MHD_Response *response;
	int status;
	uint64_t began_us; /* when the handler was called */
	const char *note;

	bool suspended; /* resumed exactly once, by exchange_wake */
	bool gone; /* the client, or our patience: close */
	bool sent_whole;
	bool is_unwatched; /* in the server's list of those whose hangup is not watched yet */
	TAILQ_ENTRY(http_exchange) in_unwatched;
	struct loop_watch *hangup; /* sees the client leave while libmicrohttpd does not look */

	bool streaming;
	bool ended;
	size_t drain_below_bytes; /* it was full; 0 = it was not */
	size_t pending_bytes;
	STAILQ_HEAD(, stream_piece) queue;

	struct http_exchange_hooks hooks;
	LIST_ENTRY(http_exchange) in_all; /* loop only */
};

struct http_server {
	struct http_server_options options;
	struct MHD_Daemon *daemon;
	int listen_fd;
	unsigned port;
	atomic_int active; /* exchanges */
	struct turns turns; /* own threads only */
	struct room room; /* loop only */

	struct loop_watch *watch; /* libmicrohttpd's epoll descriptor; loop only, as is all below */
	struct loop_timer *sweep;
	struct loop_timer *watch_timer; /* armed while `unwatched` holds something */
	TAILQ_HEAD(, http_exchange) unwatched;
	bool has_hook;
	bool must_run;
	unsigned closed; /* connections since the last sweep */
	LIST_HEAD(, http_connection) connections;
	LIST_HEAD(, http_exchange) exchanges;
};

/* What libmicrohttpd calls. */
void *exchange_on_target(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result exchange_on_request(void *server, struct MHD_Connection *connection,
	const char *url, const char *method, const char *version, const char *upload,
	size_t *upload_bytes, void **slot);
void exchange_on_completed(void *server, struct MHD_Connection *connection, void **slot,
	enum MHD_RequestTerminationCode how);

/* Timer: from now on the hangups of all that wait are watched. */
void exchange_watch_all(void *server);
/* Lets libmicrohttpd look at it again, if it does not. */
void exchange_wake(struct http_exchange *exchange);
/* Inside its callbacks only: it looks no more until exchange_wake. */
void exchange_suspend(struct http_exchange *exchange);
/* What it takes of the room has changed. */
void exchange_count(struct http_exchange *exchange);
/* What the room tells: it may go on; it is to be ended. */
void exchange_on_turn(struct room_claim *claim);
void exchange_on_late(struct room_claim *claim);
/* Ends a waiting or streaming exchange from the server's side: 503, or the end of the stream. */
void exchange_shut(struct http_exchange *exchange);
/* Closes its connection without any further byte. */
void exchange_cut(struct http_exchange *exchange);

#endif
