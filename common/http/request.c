#include "http/request.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <strings.h>

#define BODY_MAX_BYTES     ((size_t)16 * 1024 * 1024)
#define BODY_AHEAD_BYTES   ((uint64_t)1024 * 1024) /* reserved on the word of Content-Length */
#define CONNECT_TIMEOUT_MS 10000
#define HEAD_ROOM_BYTES    512
#define JOINED_MAX_BYTES   ((size_t)64 * 1024)

/* --- what goes out --- */

static bool header_is_plain(const char *text)
{
	return !strpbrk(text, "\r\n");
}

static bool write_headers(struct http_request *request, struct error *err)
{
	const struct http_header *header = request->options.headers;
	struct buffer *out = &request->sent_head;
	bool has_host = false;
	bool has_agent = false;

	for (; header && header->name; header++) {
		if (!header_is_plain(header->name) || !header_is_plain(header->value))
			return error_set(err, ERR_INVALID, NULL,
				"the header %.40s holds a line break", header->name);
		if (strcasecmp(header->name, "Content-Length") == 0 ||
			strcasecmp(header->name, "Transfer-Encoding") == 0)
			return error_set(err, ERR_INVALID, NULL, "the header %.40s is the client's",
				header->name);
		has_host = has_host || strcasecmp(header->name, "Host") == 0;
		has_agent = has_agent || strcasecmp(header->name, "User-Agent") == 0;
		request->asks_to_close =
			request->asks_to_close || (strcasecmp(header->name, "Connection") == 0 &&
							  strcasestr(header->value, "close"));
		buffer_puts(out, header->name);
		buffer_puts(out, *header->value ? ": " : ":");
		buffer_puts(out, header->value);
		buffer_puts(out, "\r\n");
	}
	if (!has_host) {
		buffer_puts(out, "Host: ");
		buffer_puts(out, request->origin->authority);
		buffer_puts(out, "\r\n");
	}
	if (!has_agent)
		buffer_puts(out, "User-Agent: sandgate/" SANDGATE_VERSION "\r\n");
	return true;
}

/* TLS makes a record, and the kernel a packet, of every write: a body that is not large goes with its head. */
static size_t bytes_to_join(const struct http_request *request)
{
	size_t bytes = request->sent_body.bytes;

	return request->origin->tls && bytes <= JOINED_MAX_BYTES ? bytes : 0;
}

static void join_body(struct http_request *request)
{
	if (!bytes_to_join(request))
		return;
	buffer_append(&request->sent_head, request->sent_body.data, request->sent_body.bytes);
	buffer_fini(&request->sent_body);
}

static bool is_one_of(const char *method, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(method, *list) == 0)
			return true;
	return false;
}

static bool write_head(
	struct http_request *request, const char *path, size_t path_bytes, struct error *err)
{
	static const char *const idempotent[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS", NULL };
	static const char *const with_body[] = { "POST", "PUT", "PATCH", NULL };
	const char *method = request->options.method ? request->options.method : "GET";
	struct buffer *out = &request->sent_head;

	request->is_idempotent = is_one_of(method, idempotent);
	request->response.to_head_request = strcmp(method, "HEAD") == 0;
	if (!*method || method[strcspn(method, " \t\r\n")])
		return error_set(err, ERR_INVALID, NULL, "not a method");
	buffer_reserve(out, HEAD_ROOM_BYTES + bytes_to_join(request));
	buffer_puts(out, method);
	buffer_puts(out, path_bytes && *path == '/' ? " " : " /");
	buffer_append(out, path, path_bytes);
	buffer_puts(out, " HTTP/1.1\r\n");
	if (!write_headers(request, err))
		return false;
	if (request->sent_body.bytes || is_one_of(method, with_body)) {
		buffer_puts(out, "Content-Length: ");
		buffer_put_number(out, request->sent_body.bytes);
		buffer_puts(out, "\r\n");
	}
	buffer_puts(out, "\r\n");
	join_body(request);
	return buffer_ok(out, err);
}

/* Splits the URL; a fragment stays here. Whatever could end the request line early is refused. */
static bool request_read_url(struct http_request *request, struct pool *pool, struct error *err)
{
	const char *url = request->options.url;
	bool tls = text_starts_with(url, "https://");
	const char *authority = url + (tls ? 8 : 7);
	size_t authority_bytes;
	const char *path;

	if (!tls && !text_starts_with(url, "http://"))
		return error_set(err, ERR_INVALID, NULL, "not an http or https URL");
	for (const char *at = url; *at; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return error_set(err, ERR_INVALID, NULL,
				"the URL holds a blank or a control character");
	authority_bytes = strcspn(authority, "/?#");
	path = authority + authority_bytes;
	return pool_origin(pool, tls, authority, authority_bytes, &request->origin, err) &&
	       write_head(request, path, strcspn(path, "#"), err);
}

bool request_new(struct http_client *client, struct pool *pool,
	struct http_request_options *options, struct http_request **out, struct error *err)
{
	struct http_request *request = calloc(1, sizeof(*request));

	if (!request) {
		buffer_fini(&options->body);
		return error_no_memory(err);
	}
	request->client = client;
	request->options = *options;
	request->sent_body = options->body;
	options->body = (struct buffer){ 0 };
	request->options.body = (struct buffer){ 0 };
	request->last_byte_ms = clock_monotonic_ms();
	if (request->options.total_timeout_ms)
		request->total_until_ms = request->last_byte_ms + request->options.total_timeout_ms;
	if (!request_read_url(request, pool, err)) {
		request_free(request);
		return false;
	}
	*out = request;
	return true;
}

void request_free(struct http_request *request)
{
	if (request->origin)
		pool_leave(request->origin);
	loop_timer_free(request->clock);
	buffer_fini(&request->sent_head);
	buffer_fini(&request->sent_body);
	buffer_fini(&request->body);
	buffer_fini(&request->held);
	response_fini(&request->response);
	free(request);
}

static void add_part(struct iovec parts[2], size_t *count, const struct buffer *from, size_t skip)
{
	if (skip < from->bytes)
		parts[(*count)++] = (struct iovec){ from->data + skip, from->bytes - skip };
}

size_t request_unsent(const struct http_request *request, struct iovec parts[2])
{
	size_t head = request->sent_head.bytes;
	size_t sent = request->sent_bytes;
	size_t count = 0;

	add_part(parts, &count, &request->sent_head, sent);
	add_part(parts, &count, &request->sent_body, sent > head ? sent - head : 0);
	return count;
}

bool request_may_go_again(const struct http_request *request)
{
	return request->pooled->is_reused && !request->is_second && !request->has_answer &&
	       (request->is_idempotent || !request->kernel_took);
}

void request_rewind(struct http_request *request)
{
	request->is_second = true;
	request->sent_bytes = 0;
	request->kernel_took = false;
	request->cannot_send = false;
}

/* --- what comes back --- */

static bool body_collect(
	struct http_request *request, const char *data, size_t bytes, struct error *err)
{
	size_t most =
		request->options.max_body_bytes ? request->options.max_body_bytes : BODY_MAX_BYTES;

	if (bytes > most || request->body.bytes > most - bytes)
		return error_set(err, ERR_TOO_LARGE, NULL, "the answer is larger than allowed");
	buffer_append(&request->body, data, bytes);
	return buffer_ok(&request->body, err);
}

static void feed_head(struct http_request *request)
{
	const struct response *response = &request->response;

	request->has_head = true;
	if (!request->options.on_data && response->has_length && response->left_bytes &&
		response->left_bytes <= BODY_AHEAD_BYTES &&
		(!request->options.max_body_bytes ||
			response->left_bytes <= request->options.max_body_bytes))
		buffer_reserve(&request->body, (size_t)response->left_bytes);
	if (request->options.on_head)
		request->options.on_head(
			request->options.context, request, request->response.status);
}

static void hold(struct http_request *request, const char *piece, size_t piece_bytes,
	const char *rest, size_t rest_bytes)
{
	request->paused = true;
	request->held_piece_bytes = piece_bytes;
	buffer_append(&request->held, piece, piece_bytes);
	buffer_append(&request->held, rest, rest_bytes);
}

/* One piece of the body; `rest` is what follows it. */
static enum request_fed feed_piece(struct http_request *request, const char *piece,
	size_t piece_bytes, const char *rest, size_t rest_bytes, struct error *err)
{
	if (!request->options.on_data)
		return body_collect(request, piece, piece_bytes, err) ? REQUEST_FED
								      : REQUEST_BROKEN;
	if (request->options.on_data(request->options.context, request, piece, piece_bytes))
		return REQUEST_FED;
	if (request->cancelled)
		return REQUEST_CANCELLED;
	hold(request, piece, piece_bytes, rest, rest_bytes);
	return buffer_ok(&request->held, err) ? REQUEST_PAUSED : REQUEST_BROKEN;
}

enum request_fed request_feed(struct http_request *request, const char *data, size_t bytes,
	size_t *left, struct error *err)
{
	for (;;) {
		const char *piece;
		size_t piece_bytes;
		enum request_fed fed = REQUEST_FED;

		switch (response_read(
			&request->response, &data, &bytes, &piece, &piece_bytes, err)) {
		case RESPONSE_MORE:
			return REQUEST_FED;
		case RESPONSE_HEAD:
			feed_head(request);
			break;
		case RESPONSE_DATA:
			fed = feed_piece(request, piece, piece_bytes, data, bytes, err);
			break;
		case RESPONSE_END:
			*left = bytes;
			return REQUEST_WHOLE;
		case RESPONSE_BROKEN:
			return REQUEST_BROKEN;
		}
		if (request->cancelled)
			return REQUEST_CANCELLED;
		if (fed != REQUEST_FED)
			return fed;
	}
}

enum request_fed request_feed_held(struct http_request *request, size_t *left, struct error *err)
{
	AUTO(buffer) struct buffer held = request->held;
	size_t piece_bytes = request->held_piece_bytes;
	const char *rest;
	enum request_fed fed = REQUEST_FED;

	request->held = (struct buffer){ 0 };
	request->held_piece_bytes = 0;
	request->paused = false;
	if (!held.data)
		return REQUEST_FED;
	rest = held.data + piece_bytes;
	fed = feed_piece(request, held.data, piece_bytes, rest, held.bytes - piece_bytes, err);
	if (request->cancelled)
		return REQUEST_CANCELLED;
	if (fed != REQUEST_FED)
		return fed;
	return request_feed(request, rest, held.bytes - piece_bytes, left, err);
}

/* --- times --- */

void request_limit_connect(struct http_request *request, uint64_t now_ms)
{
	uint32_t patience_ms = request->options.connect_timeout_ms;

	if (!request->connect_until_ms)
		request->connect_until_ms =
			now_ms + (patience_ms ? patience_ms : CONNECT_TIMEOUT_MS);
}

static bool passed(uint64_t until_ms, uint64_t now_ms, uint64_t *left_ms)
{
	if (!until_ms)
		return false;
	if (until_ms <= now_ms)
		return true;
	if (until_ms - now_ms < *left_ms)
		*left_ms = until_ms - now_ms;
	return false;
}

bool request_is_in_time(
	struct http_request *request, uint64_t now_ms, uint64_t *left_ms, struct error *err)
{
	const struct http_request_options *options = &request->options;

	*left_ms = UINT64_MAX;
	if (request->paused)
		request->last_byte_ms = now_ms;
	if (passed(request->total_until_ms, now_ms, left_ms))
		return error_set(
			err, ERR_TIMEOUT, NULL, "not done after %u ms", options->total_timeout_ms);
	if (passed(request->connect_until_ms, now_ms, left_ms))
		return error_set(err, ERR_TIMEOUT, NULL, "no connection to %s in time",
			request->origin->authority);
	if (options->idle_timeout_ms &&
		passed(request->last_byte_ms + options->idle_timeout_ms, now_ms, left_ms))
		return error_set(
			err, ERR_TIMEOUT, NULL, "no byte for %u ms", options->idle_timeout_ms);
	return true;
}

/* --- what callbacks may ask --- */

const char *http_response_header(struct http_request *request, const char *name)
{
	return response_header(&request->response, name);
}

bool http_request_has_head(const struct http_request *request)
{
	return request->has_head;
}

bool http_request_was_refused(const struct http_request *request)
{
	return request->was_refused;
}
