#include "http/exchange.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define DROP_MAX_BYTES                                                                             \
	((size_t)32 * 1024 *                                                                       \
		1024) /* of a body over the cap, read so that the client sees the 413 */
#define STREAM_PATIENCE_S 300u /* for a client that takes no byte of a stream */
#define BODY_BYTES_PER_MS 32 /* a body slower than that does not push the deadline */
#define BODY_LARGE_BYTES  ((size_t)32 * 1024) /* such bodies are read in turns */
#define BODY_AHEAD_BYTES                                                                           \
	((size_t)256 * 1024) /* of memory at most, on a client's word of what is to come */
#define BODY_COUNTS    2 /* what is read out of a body, or written of it, is as large again */
#define WATCH_AFTER_MS 50 /* how long a client that left may go unnoticed at first */

static struct http_connection *connection_of(const struct http_exchange *exchange)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* --- waking and leaving --- */

void exchange_wake(struct http_exchange *exchange)
{
	if (!exchange->suspended)
		return;
	exchange->suspended = false;
	exchange->server->must_run = true;
	MHD_resume_connection(exchange->connection);
}

void exchange_suspend(struct http_exchange *exchange)
{
	exchange->suspended = true;
	MHD_suspend_connection(exchange->connection);
}

void exchange_cut(struct http_exchange *exchange)
{
	struct http_connection *connection = connection_of(exchange);

	exchange->gone = true;
	if (exchange->suspended)
		exchange_wake(exchange);
	else if (connection)
		shutdown(connection->fd, SHUT_RDWR); /* libmicrohttpd waits for it to take bytes */
}

static void exchange_on_hangup(void *context, uint32_t events UNUSED)
{
	struct http_exchange *exchange = context;

	loop_unwatch(exchange->hangup);
	exchange->hangup = NULL;
	if (!exchange->hooks.outlives_client || exchange->state != EXCHANGE_WAITING)
		exchange_cut(exchange);
}

static void exchange_watch_now(struct http_exchange *exchange)
{
	struct http_connection *connection = connection_of(exchange);
	struct error err;

	if (!connection || !loop_watch(exchange->server->options.loop, connection->fd, EPOLLRDHUP,
				   exchange_on_hangup, exchange, &exchange->hangup, &err))
		exchange_cut(exchange);
}

void exchange_watch_all(void *context)
{
	struct http_server *server = context;

	while (!TAILQ_EMPTY(&server->unwatched)) {
		struct http_exchange *exchange = TAILQ_FIRST(&server->unwatched);

		TAILQ_REMOVE(&server->unwatched, exchange, in_unwatched);
		exchange->is_unwatched = false;
		exchange_watch_now(exchange);
	}
}

/* Most answers come sooner than it takes to get tired of waiting: only what waits for a while is watched. */
static void exchange_watch_hangup(struct http_exchange *exchange)
{
	struct http_server *server = exchange->server;

	if (exchange->hangup || exchange->is_unwatched)
		return;
	if (TAILQ_EMPTY(&server->unwatched))
		loop_timer_arm(server->watch_timer, WATCH_AFTER_MS);
	exchange->is_unwatched = true;
	TAILQ_INSERT_TAIL(&server->unwatched, exchange, in_unwatched);
}

static void exchange_unwatch(struct http_exchange *exchange)
{
	if (exchange->is_unwatched)
		TAILQ_REMOVE(&exchange->server->unwatched, exchange, in_unwatched);
	exchange->is_unwatched = false;
	loop_unwatch(exchange->hangup);
	exchange->hangup = NULL;
}

/* --- the memory it takes --- */

void exchange_count(struct http_exchange *exchange)
{
	struct http_server *server = exchange->server;

	if (server->options.loop)
		room_hold(&server->room, &exchange->claim,
			exchange->body_bytes + exchange->handler_bytes + exchange->answer_bytes +
				exchange->pending_bytes);
}

bool http_may_hold(struct http_exchange *exchange, size_t more_bytes)
{
	return room_ask(&exchange->server->room, &exchange->claim, more_bytes);
}

void http_hold(struct http_exchange *exchange, size_t bytes)
{
	if (exchange->handler_bytes == bytes)
		return;
	exchange->handler_bytes = bytes;
	exchange_count(exchange);
}

void http_body_done(struct http_exchange *exchange)
{
	exchange->body_bytes = 0;
	exchange_count(exchange);
}

static struct http_exchange *exchange_of(struct room_claim *claim)
{
	return (struct http_exchange *)(void *)((char *)claim -
						offsetof(struct http_exchange, claim));
}

/* The client could not send while it waited: its time begins anew. */
static void exchange_read_on(struct http_exchange *exchange)
{
	struct http_connection *connection = connection_of(exchange);

	if (connection)
		connection->asking_since_ms = clock_monotonic_ms();
	exchange_wake(exchange);
}

void exchange_on_turn(struct room_claim *claim)
{
	struct http_exchange *exchange = exchange_of(claim);

	if (exchange->state == EXCHANGE_READING)
		exchange_read_on(exchange);
	else if (exchange->hooks.on_drain)
		exchange->hooks.on_drain(exchange->hooks.context);
}

static void exchange_drop_body(struct http_exchange *exchange)
{
	exchange->body_is_late = true;
	buffer_fini(&exchange->body);
	http_body_done(exchange);
	exchange_read_on(exchange);
}

/* What is still held after that waits for a client that takes nothing. */
void exchange_on_late(struct room_claim *claim)
{
	struct http_exchange *exchange = exchange_of(claim);

	if (exchange->state == EXCHANGE_READING) {
		exchange_drop_body(exchange);
		return;
	}
	if (exchange->hooks.on_late)
		exchange->hooks.on_late(exchange->hooks.context);
	if (claim->held_bytes > ROOM_SMALL_BYTES && exchange->state != EXCHANGE_WAITING)
		exchange_cut(exchange);
}

/* --- the request --- */

/* "http://host/path" (as sent to proxies) counts as "/path". */
static const char *target_path(const char *target)
{
	const char *authority = strncasecmp(target, "http://", 7) == 0    ? target + 7
				: strncasecmp(target, "https://", 8) == 0 ? target + 8
									  : NULL;

	if (!authority)
		return target;
	return strchr(authority, '/') ? strchr(authority, '/') : "/";
}

void *exchange_on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	struct http_server *server = context;
	struct http_exchange *exchange = calloc(1, sizeof(*exchange));
	char *query;

	if (!exchange)
		return NULL;
	exchange->path = strdup(target_path(target));
	if (!exchange->path) {
		free(exchange);
		return NULL;
	}
	query = strchr(exchange->path, '?');
	if (query)
		*query++ = '\0';
	exchange->query = query ? query : exchange->path + strlen(exchange->path);
	exchange->server = server;
	exchange->connection = connection;
	exchange->turn.connection = connection;
	STAILQ_INIT(&exchange->queue);
	atomic_fetch_add(&server->active, 1);
	if (server->options.loop)
		LIST_INSERT_HEAD(&server->exchanges, exchange, in_all);
	return exchange;
}

static bool exchange_takes_body(const struct http_exchange *exchange, size_t more)
{
	size_t most = exchange->server->options.max_body_bytes;

	return !exchange->body_is_late && !exchange->dropped_bytes && more <= most &&
	       exchange->body.bytes <= most - more;
}

static unsigned long long exchange_told_bytes(const struct http_exchange *exchange)
{
	const char *length = http_header(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length ? strtoull(length, NULL, 10) : 0;
}

/*
 * Room for the body as it was told, so that it does not grow piece by piece. A lie costs addresses, no memory: nothing is touched
 * before it comes.
 */
static void exchange_expect_body(struct http_exchange *exchange)
{
	unsigned long long bytes = exchange_told_bytes(exchange);
	size_t most = exchange->server->options.max_body_bytes;

	if (most > BODY_AHEAD_BYTES)
		most = BODY_AHEAD_BYTES;
	if (bytes)
		buffer_reserve(&exchange->body, bytes < most ? (size_t)bytes : most);
}

/* True when reading on is pointless: too long to be dropped for politeness, or the client waits to be told. */
static bool exchange_is_hopeless(const struct http_exchange *exchange)
{
	unsigned long long bytes = exchange_told_bytes(exchange);
	size_t most = exchange->server->options.max_body_bytes;

	if (bytes <= most)
		return false;
	return bytes - most > DROP_MAX_BYTES || http_header(exchange, MHD_HTTP_HEADER_EXPECT);
}

static enum MHD_Result exchange_refuse_body(struct http_exchange *exchange)
{
	http_set_header(exchange, MHD_HTTP_HEADER_CONNECTION, "close");
	exchange->state = EXCHANGE_WAITING;
	if (exchange->body_is_late) {
		http_set_header(exchange, MHD_HTTP_HEADER_RETRY_AFTER, "1");
		http_answer_text(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain",
			"too many large requests at a time: send it again\n");
	} else {
		http_answer_text(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "text/plain",
			"request body too large\n");
	}
	if (!exchange->response)
		return MHD_NO;
	exchange->state = EXCHANGE_SENT;
	return MHD_queue_response(
		exchange->connection, (unsigned)exchange->status, exchange->response);
}

static enum MHD_Result exchange_begin(struct http_exchange *exchange, const char *method)
{
	memcpy(exchange->method, method, strnlen(method, sizeof(exchange->method) - 1));
	exchange->state = EXCHANGE_READING;
	return exchange_is_hopeless(exchange) ? exchange_refuse_body(exchange) : MHD_YES;
}

/* False: others with large bodies are before us, and the piece will come again. */
static bool exchange_has_turn(struct http_exchange *exchange, size_t piece_bytes)
{
	struct http_server *server = exchange->server;

	if (exchange->dropped_bytes || exchange->body_is_late)
		return true;
	if (server->options.loop) {
		if (http_may_hold(exchange, BODY_COUNTS * piece_bytes))
			return true;
		exchange_suspend(exchange);
		return false;
	}
	if (exchange->body.bytes + piece_bytes <= BODY_LARGE_BYTES &&
		exchange_told_bytes(exchange) <= BODY_LARGE_BYTES)
		return true;
	return turns_take(&server->turns, &exchange->turn);
}

/* What it has read is the handler's or gone: the next may read. */
static void exchange_give_turn(struct http_exchange *exchange)
{
	if (!exchange->server->options.loop)
		turns_give(&exchange->server->turns, &exchange->turn);
}

static enum MHD_Result exchange_take_piece(
	struct http_exchange *exchange, const char *piece, size_t *bytes)
{
	struct http_connection *connection = connection_of(exchange);
	uint64_t now = clock_monotonic_ms();

	if (!exchange_has_turn(exchange, *bytes))
		return MHD_YES;
	if (exchange_takes_body(exchange, *bytes)) {
		if (!exchange->body.room)
			exchange_expect_body(exchange);
		buffer_append(&exchange->body, piece, *bytes);
		exchange->body_bytes = BODY_COUNTS * exchange->body.bytes;
	} else {
		buffer_fini(&exchange->body);
		exchange->body_bytes = 0;
		exchange->dropped_bytes += *bytes;
	}
	exchange_count(exchange);
	if (exchange->body.failed ||
		exchange->dropped_bytes > exchange->server->options.max_body_bytes + DROP_MAX_BYTES)
		return MHD_NO;
	if (connection && connection->asking_since_ms) {
		connection->asking_since_ms += *bytes / BODY_BYTES_PER_MS;
		if (connection->asking_since_ms > now)
			connection->asking_since_ms = now;
	}
	*bytes = 0;
	return MHD_YES;
}

static void exchange_set_patience(struct http_exchange *exchange, bool patient)
{
	struct http_connection *connection = connection_of(exchange);
	unsigned seconds = patient ? STREAM_PATIENCE_S : exchange->server->options.idle_timeout_s;

	if (!connection || connection->patient == patient)
		return;
	connection->patient = patient;
	MHD_set_connection_option(exchange->connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

/* What to tell libmicrohttpd now that the handler was called: the answer, or to wait for it. */
static enum MHD_Result exchange_proceed(struct http_exchange *exchange)
{
	if (exchange->state == EXCHANGE_ANSWERED) {
		exchange->state = EXCHANGE_SENT;
		if (!exchange->response)
			return MHD_NO;
		exchange_set_patience(exchange, exchange->streaming);
		if (!exchange->streaming)
			exchange_unwatch(exchange);
		else if (exchange->server->options.loop)
			exchange_watch_hangup(exchange);
		return MHD_queue_response(
			exchange->connection, (unsigned)exchange->status, exchange->response);
	}
	if (!exchange->server->options.loop) {
		http_answer_text(
			exchange, MHD_HTTP_INTERNAL_SERVER_ERROR, "text/plain", "no answer\n");
		return exchange_proceed(exchange);
	}
	exchange_watch_hangup(exchange);
	exchange_suspend(exchange);
	return MHD_YES;
}

enum MHD_Result exchange_on_request(void *context, struct MHD_Connection *mhd UNUSED,
	const char *url UNUSED, const char *method, const char *version UNUSED, const char *upload,
	size_t *upload_bytes, void **slot)
{
	struct http_server *server = context;
	struct http_exchange *exchange = *slot;
	struct http_connection *connection;

	if (!exchange)
		return MHD_NO;
	if (exchange->gone)
		return MHD_NO;
	if (exchange->state == EXCHANGE_NEW)
		return exchange_begin(exchange, method);
	if (exchange->state != EXCHANGE_READING)
		return exchange_proceed(exchange);
	if (*upload_bytes)
		return exchange_take_piece(exchange, upload, upload_bytes);
	if (exchange->dropped_bytes || exchange->body_is_late)
		return exchange_refuse_body(exchange);
	connection = connection_of(exchange);
	if (connection)
		connection->asking_since_ms = 0;
	exchange->state = EXCHANGE_WAITING;
	exchange->began_us = clock_monotonic_us();
	server->options.on_request(server->options.context, exchange);
	if (!exchange->body.data)
		exchange_give_turn(exchange);
	return exchange_proceed(exchange);
}

static void queue_fini(struct http_exchange *exchange)
{
	while (!STAILQ_EMPTY(&exchange->queue)) {
		struct stream_piece *piece = STAILQ_FIRST(&exchange->queue);

		STAILQ_REMOVE_HEAD(&exchange->queue, in_queue);
		buffer_fini(&piece->bytes);
		free(piece);
	}
	exchange->pending_bytes = 0;
}

void exchange_on_completed(void *context, struct MHD_Connection *mhd UNUSED, void **slot,
	enum MHD_RequestTerminationCode how)
{
	struct http_server *server = context;
	struct http_exchange *exchange = *slot;
	struct http_connection *connection;

	*slot = NULL;
	if (!exchange)
		return;
	connection = connection_of(exchange);
	if (connection)
		connection->asking_since_ms = clock_monotonic_ms();
	exchange_unwatch(exchange);
	if (server->options.loop)
		LIST_REMOVE(exchange, in_all);
	exchange->sent_whole =
		exchange->state == EXCHANGE_SENT && how == MHD_REQUEST_TERMINATED_COMPLETED_OK;
	exchange->gone = true;
	if (exchange->hooks.on_close)
		exchange->hooks.on_close(exchange->hooks.context);
	if (server->options.on_end && (exchange->began_us || exchange->status))
		server->options.on_end(server->options.context, exchange);
	queue_fini(exchange);
	if (exchange->response)
		MHD_destroy_response(exchange->response);
	buffer_fini(&exchange->body);
	exchange_give_turn(exchange);
	if (server->options.loop)
		room_leave(&server->room, &exchange->claim);
	buffer_fini(&exchange->headers);
	free(exchange->path);
	free(exchange);
	atomic_fetch_sub(&server->active, 1);
}

/* --- reading the request --- */

const char *http_method(const struct http_exchange *exchange)
{
	return exchange->method;
}

const char *http_path(const struct http_exchange *exchange)
{
	return exchange->path;
}

const char *http_query(const struct http_exchange *exchange)
{
	return exchange->query;
}

const char *http_header(const struct http_exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static void exchange_read_peer(struct http_exchange *exchange)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	const char *v4_mapped = "::ffff:";

	if (address && address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
			exchange->peer, sizeof(exchange->peer));
	if (address && address->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
			&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
			exchange->peer, sizeof(exchange->peer));
	if (text_starts_with(exchange->peer, v4_mapped) && strchr(exchange->peer, '.'))
		memmove(exchange->peer, exchange->peer + strlen(v4_mapped),
			strlen(exchange->peer + strlen(v4_mapped)) + 1);
}

const char *http_peer(struct http_exchange *exchange)
{
	if (!*exchange->peer)
		exchange_read_peer(exchange);
	return exchange->peer;
}

struct buffer *http_body(struct http_exchange *exchange)
{
	return &exchange->body;
}

bool http_query_value(
	const struct http_exchange *exchange, const char *key, char **out, struct error *err)
{
	const char *at = exchange->query;
	size_t key_bytes = strlen(key);

	while (*at) {
		size_t bytes = strcspn(at, "&");
		size_t name_bytes = strcspn(at, "=&");

		if (name_bytes == key_bytes && memcmp(at, key, key_bytes) == 0) {
			size_t skip = name_bytes < bytes ? name_bytes + 1 : bytes;

			return url_decode(at + skip, bytes - skip, out, err);
		}
		at += at[bytes] ? bytes + 1 : bytes;
	}
	if (err)
		*err = (struct error){ .code = ERR_NONE };
	return false;
}
