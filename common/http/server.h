/*
 * HTTP/1.1 and HTTPS service by libmicrohttpd, in two shapes: on a loop (controller: one thread, requests may wait and stream) or
 * with its own pool of threads (webhook: handlers are pure functions of the request).
 * The server reads whole bodies up to a cap, closes slow and idle connections, and answers 400, 413 and 431 itself. Both its hooks
 * and its handlers must stay callable until http_server_stop returned. Starting one makes the process ignore SIGPIPE.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/buffer.h"
#include "loop/loop.h"

struct http_server;
struct http_exchange; /* one request and its answer */
struct tls_store; /* http/tls.h: the certificate in force */

struct http_server_options {
	const char *listen; /* ":8083", "127.0.0.1:0", "[::]:8443"; ":0" picks a port */
	struct loop *loop; /* NULL: own threads */
	unsigned threads; /* without a loop; 0 = number of cores */
	struct tls_store *tls; /* NULL = plain. Borrowed */
	size_t max_body_bytes; /* 0 = 3 MiB */
	unsigned max_connections; /* 0 = 1000 */
	/* Bodies over 32 KiB that are read at the same time, without a loop; the others wait for their turn, so long at most. */
	unsigned large_bodies; /* 0 = 16 */
	unsigned turn_patience_ms; /* 0 = 500 */
	/*
	 * On a loop: what all large things may take together (http/room.h): this, shared, and one alone beyond it. 0 = 16 MiB. Who waits for
	 * its share, so long at most; 0 = 30 s
	 */
	size_t room_bytes;
	uint32_t room_patience_ms;
	unsigned idle_timeout_s; /* 0 = 30; a streaming answer is not idle */
	/* For a whole request from its first byte, on a loop; large bodies get more. 0 = 60. */
	unsigned request_timeout_s;
	/* A request with its whole body is here. Called on the loop, or on one of the pool's threads. */
	void (*on_request)(void *context, struct http_exchange *exchange);
	/* An exchange is over, after its own on_close: for logs. Optional. It may still be asked everything about the request. */
	void (*on_end)(void *context, struct http_exchange *exchange);
	void *context;
};

/* ERR_INVALID (listen address), ERR_IO. `options` is copied but for `tls`, which must outlive it. */
MUST_USE bool http_server_start(
	const struct http_server_options *options, struct http_server **out, struct error *err);
/*
 * Stops accepting, answers 503 to what waits, ends streams, gives what is being sent up to 5 s, closes.
 * Calls the hooks of what was open. With a loop: on its thread, not from a handler or hook. NULL does
 * nothing.
 */
void http_server_stop(struct http_server *server);
unsigned http_server_port(const struct http_server *server);

/* The request; borrowed until the exchange ends. */
const char *http_method(const struct http_exchange *exchange);
const char *http_path(const struct http_exchange
		*exchange); /* as sent, without the query, percent-encoding kept */
const char *http_query(
	const struct http_exchange *exchange); /* raw text behind '?', "" when none */
const char *http_header(
	const struct http_exchange *exchange, const char *name); /* NULL when absent */
const char *http_peer(struct http_exchange *exchange); /* "127.0.0.1" */
struct buffer *http_body(struct http_exchange *exchange); /* may be moved out */
/* Value of a query key, percent-decoded ('+' stays '+'), heap. NULL = absent (ERR_NONE) or out of memory. */
MUST_USE bool http_query_value(
	const struct http_exchange *exchange, const char *key, char **out, struct error *err);

/*
 * The answer. On own threads it must be given before on_request returns; on a loop it may come later (the client waits).
 * `body` is moved in. Headers are copied. Content-Length, Date and Connection are the server's.
 */
void http_answer(
	struct http_exchange *exchange, int status, const char *content_type, struct buffer *body);
void http_answer_text(
	struct http_exchange *exchange, int status, const char *content_type, const char *body);
void http_set_header(struct http_exchange *exchange, const char *name,
	const char *value); /* before the answer */

/* For logs: what was answered (0 = nothing), the time since the whole request was here, and a note of the handler's. */
int http_status(const struct http_exchange *exchange);
uint64_t http_took_us(const struct http_exchange *exchange);
void http_set_note(struct http_exchange *exchange, const char *note); /* a literal: borrowed */
const char *http_note(const struct http_exchange *exchange); /* NULL when none was set */

/*
 * Streaming (loop only): http_stream_begin sends status and headers at once; http_stream_write queues bytes (moved in) and flushes
 * them; `http_stream_pending` says how much waits for the client, http_stream_is_full whether that is enough (back-pressure: then on_drain
 * comes); http_stream_end closes after what waits.
 */
void http_stream_begin(struct http_exchange *exchange, int status, const char *content_type);
void http_stream_write(struct http_exchange *exchange, struct buffer *bytes);
size_t http_stream_pending(const struct http_exchange *exchange);
bool http_stream_is_full(struct http_exchange *exchange);
void http_stream_end(struct http_exchange *exchange);
/* Closes the connection before the end, so that the client sees that something is missing. What waits for it is dropped. */
void http_stream_cut(struct http_exchange *exchange);

/*
 * What a handler keeps for an exchange beyond its body, which counts twice until http_body_done, and its answer (loop only). http_may_hold:
 * is there room for so many bytes more? False: on_drain comes when there is, or on_late. http_hold: that is what it keeps now.
 */
bool http_may_hold(struct http_exchange *exchange, size_t more_bytes);
void http_hold(struct http_exchange *exchange, size_t bytes);
void http_body_done(
	struct http_exchange *exchange); /* neither the body nor what was made of it is kept */

/*
 * Life of a waiting or streaming exchange (loop only): on_drain when a full queue has emptied, or there is room; on_late when there was no
 * room for too long, or others have waited too long for what this one holds: it is to be ended; on_close exactly once when
 * the exchange is over, answered or because the client went away (then !http_is_answered); the handle is dead after on_close.
 */
struct http_exchange_hooks {
	void (*on_drain)(void *context);
	void (*on_late)(void *context);
	void (*on_close)(void *context);
	void *context;
	/* What it asked for goes on when the client has left, and holds its memory: on_close comes after the answer. */
	bool outlives_client;
};
void http_set_hooks(struct http_exchange *exchange, const struct http_exchange_hooks *hooks);
bool http_is_answered(const struct http_exchange *exchange);

#endif
