/* The answer of an exchange: whole, or as a stream with a queue. */
#include "http/exchange.h"

#include "base/clock.h"

#include <string.h>

#define QUEUE_FULL_BYTES   ((size_t)256 * 1024)
#define QUEUE_TIGHT_BYTES  ((size_t)32 * 1024) /* the same while there is little room */
#define STREAM_BLOCK_BYTES 1024

/* --- the answer --- */

static void response_add_headers(const struct http_exchange *exchange, const char *content_type)
{
	const char *at = exchange->headers.data;
	const char *end = at ? at + exchange->headers.bytes : NULL;

	if (content_type)
		MHD_add_response_header(
			exchange->response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	while (at < end) {
		const char *value = at + strlen(at) + 1;

		MHD_add_response_header(exchange->response, at, value);
		at = value + strlen(value) + 1;
	}
}

static bool exchange_may_answer(const struct http_exchange *exchange)
{
	return exchange->state == EXCHANGE_WAITING && !exchange->gone;
}

/* Without a response (no memory) the connection is closed when libmicrohttpd asks. */
static void exchange_put_response(struct http_exchange *exchange, struct MHD_Response *response,
	int status, const char *content_type)
{
	exchange->response = response;
	exchange->status = status;
	exchange->state = EXCHANGE_ANSWERED;
	if (response)
		response_add_headers(exchange, content_type);
	exchange_wake(exchange);
}

void http_answer(
	struct http_exchange *exchange, int status, const char *content_type, struct buffer *body)
{
	struct MHD_Response *response = NULL;

	if (!exchange_may_answer(exchange)) {
		if (body)
			buffer_fini(body);
		return;
	}
	if (!body || (!body->bytes && !body->failed))
		response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
	else if (!body->failed)
		response = MHD_create_response_from_buffer(
			body->bytes, body->data, MHD_RESPMEM_MUST_FREE);
	if (response && body && body->bytes) {
		exchange->answer_bytes = body->bytes;
		*body = (struct buffer){ 0 };
		exchange_count(exchange);
	} else if (body) {
		buffer_fini(body);
	}
	exchange_put_response(exchange, response, status, content_type);
}

void http_answer_text(
	struct http_exchange *exchange, int status, const char *content_type, const char *body)
{
	struct buffer copy = { 0 };

	buffer_puts(&copy, body);
	http_answer(exchange, status, content_type, &copy);
}

void http_set_header(struct http_exchange *exchange, const char *name, const char *value)
{
	buffer_append(&exchange->headers, name, strlen(name) + 1);
	buffer_append(&exchange->headers, value, strlen(value) + 1);
}

bool http_is_answered(const struct http_exchange *exchange)
{
	return exchange->sent_whole;
}

void http_set_hooks(struct http_exchange *exchange, const struct http_exchange_hooks *hooks)
{
	exchange->hooks = hooks ? *hooks : (struct http_exchange_hooks){ 0 };
}

int http_status(const struct http_exchange *exchange)
{
	return exchange->status;
}

uint64_t http_took_us(const struct http_exchange *exchange)
{
	return exchange->began_us ? clock_monotonic_us() - exchange->began_us : 0;
}

void http_set_note(struct http_exchange *exchange, const char *note)
{
	exchange->note = note;
}

const char *http_note(const struct http_exchange *exchange)
{
	return exchange->note;
}

/* --- streaming --- */

static void stream_took(struct http_exchange *exchange, size_t bytes)
{
	exchange->pending_bytes -= bytes;
	exchange_count(exchange);
	if (exchange->pending_bytes >= exchange->drain_below_bytes)
		return;
	exchange->drain_below_bytes = 0;
	if (exchange->hooks.on_drain)
		exchange->hooks.on_drain(exchange->hooks.context);
}

static ssize_t stream_read(void *context, uint64_t position UNUSED, char *out, size_t room)
{
	struct http_exchange *exchange = context;
	size_t used = 0;

	if (exchange->gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	while (used < room && !STAILQ_EMPTY(&exchange->queue)) {
		struct stream_piece *piece = STAILQ_FIRST(&exchange->queue);
		size_t left = piece->bytes.bytes - piece->at;
		size_t part = left < room - used ? left : room - used;

		memcpy(out + used, piece->bytes.data + piece->at, part);
		piece->at += part;
		used += part;
		if (piece->at < piece->bytes.bytes)
			break;
		STAILQ_REMOVE_HEAD(&exchange->queue, in_queue);
		buffer_fini(&piece->bytes);
		free(piece);
	}
	if (used) {
		stream_took(exchange, used);
		return (ssize_t)used;
	}
	if (exchange->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	exchange_suspend(exchange);
	return 0;
}

void http_stream_begin(struct http_exchange *exchange, int status, const char *content_type)
{
	if (!exchange_may_answer(exchange))
		return;
	exchange->streaming = true;
	exchange_put_response(exchange,
		MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, stream_read, exchange, NULL),
		status, content_type);
}

void http_stream_write(struct http_exchange *exchange, struct buffer *bytes)
{
	struct stream_piece *piece;

	if (!exchange->streaming || exchange->ended || exchange->gone ||
		(!bytes->bytes && !bytes->failed)) {
		buffer_fini(bytes);
		return;
	}
	piece = bytes->failed ? NULL : calloc(1, sizeof(*piece));
	if (!piece) {
		buffer_fini(bytes);
		exchange_cut(exchange);
		return;
	}
	piece->bytes = *bytes;
	*bytes = (struct buffer){ 0 };
	STAILQ_INSERT_TAIL(&exchange->queue, piece, in_queue);
	exchange->pending_bytes += piece->bytes.bytes;
	exchange_count(exchange);
	if (exchange->state == EXCHANGE_SENT)
		exchange_wake(exchange);
}

size_t http_stream_pending(const struct http_exchange *exchange)
{
	return exchange->pending_bytes;
}

bool http_stream_is_full(struct http_exchange *exchange)
{
	size_t full = room_is_tight(&exchange->server->room) ? QUEUE_TIGHT_BYTES : QUEUE_FULL_BYTES;

	if (exchange->pending_bytes < full)
		return false;
	exchange->drain_below_bytes = full / 2;
	return true;
}

void http_stream_end(struct http_exchange *exchange)
{
	if (!exchange->streaming || exchange->ended)
		return;
	exchange->ended = true;
	if (exchange->state == EXCHANGE_SENT)
		exchange_wake(exchange);
}

void http_stream_cut(struct http_exchange *exchange)
{
	if (exchange->streaming && !exchange->gone)
		exchange_cut(exchange);
}

void exchange_shut(struct http_exchange *exchange)
{
	if (exchange->streaming)
		http_stream_end(exchange);
	else if (exchange->state == EXCHANGE_WAITING)
		http_answer_text(
			exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", "shutting down\n");
}
