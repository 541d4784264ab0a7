#include "http/response.h"

#include <string.h>
#include <strings.h>

#define CHUNK_LINE_MAX_BYTES 4096 /* a size and its extensions */

void response_fini(struct response *response)
{
	buffer_fini(&response->head);
	buffer_fini(&response->line);
}

static bool broken(struct error *err, const char *what)
{
	return error_set(err, ERR_IO, NULL, "the peer's answer is not HTTP: %s", what);
}

/* --- one line of the head --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110, 5.6.2 */
static bool is_token_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* "HTTP/1.1 200 OK"; the words after the number say nothing. */
static bool read_status(
	struct response *response, const char *line, size_t bytes, struct error *err)
{
	if (bytes < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ' ||
		!is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) ||
		(bytes > 12 && line[12] != ' '))
		return broken(err, "no status line");
	response->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
	if (response->status < 100 || response->status == 101)
		return broken(err, "a status that was not asked for");
	buffer_clear(&response->head);
	response->has_length = false;
	response->has_coding = false;
	response->left_bytes = 0;
	response->may_keep = line[7] != '0';
	response->state = RESPONSE_IN_HEADERS;
	return true;
}

static bool name_is(const char *name, size_t bytes, const char *wanted)
{
	return strlen(wanted) == bytes && strncasecmp(name, wanted, bytes) == 0;
}

static bool read_length(
	struct response *response, const char *value, size_t bytes, struct error *err)
{
	if (response->has_length)
		return broken(err, "Content-Length is given twice");
	if (!bytes || bytes > 18)
		return broken(err, "Content-Length is no length");
	response->left_bytes = 0;
	for (size_t i = 0; i < bytes; i++) {
		if (!is_digit(value[i]))
			return broken(err, "Content-Length is no length");
		response->left_bytes = response->left_bytes * 10 + (uint64_t)(value[i] - '0');
	}
	response->has_length = true;
	return true;
}

static void read_connection(struct response *response, const char *value, size_t bytes)
{
	const char *end = value + bytes;

	while (value < end) {
		const char *comma = memchr(value, ',', (size_t)(end - value));
		const char *stop = comma ? comma : end;

		while (value < stop && is_blank(*value))
			value++;
		while (stop > value && is_blank(stop[-1]))
			stop--;
		if (name_is(value, (size_t)(stop - value), "close"))
			response->may_keep = false;
		value = comma ? comma + 1 : end;
	}
}

/* The headers that say where the body ends and what becomes of the connection. */
static bool read_framing(struct response *response, const char *name, size_t name_bytes,
	const char *value, size_t bytes, struct error *err)
{
	if (name_is(name, name_bytes, "Content-Length"))
		return read_length(response, value, bytes, err);
	if (name_is(name, name_bytes, "Connection"))
		read_connection(response, value, bytes);
	if (!name_is(name, name_bytes, "Transfer-Encoding"))
		return true;
	if (response->has_coding || !name_is(value, bytes, "chunked"))
		return broken(err, "a transfer coding that was not asked for");
	response->has_coding = true;
	return true;
}

static bool read_header(
	struct response *response, const char *line, size_t bytes, struct error *err)
{
	size_t name_bytes = 0;
	const char *value;
	const char *end = line + bytes;

	while (name_bytes < bytes && is_token_char(line[name_bytes]))
		name_bytes++;
	if (!name_bytes || name_bytes == bytes || line[name_bytes] != ':')
		return broken(err, "a line that is no header");
	for (value = line + name_bytes + 1; value < end && is_blank(*value); value++)
		;
	while (end > value && is_blank(end[-1]))
		end--;
	if (memchr(value, '\0', (size_t)(end - value)) ||
		memchr(value, '\r', (size_t)(end - value)))
		return broken(err, "a header with a byte that none may hold");
	if (!read_framing(response, line, name_bytes, value, (size_t)(end - value), err))
		return false;
	buffer_append(&response->head, line, name_bytes);
	buffer_putc(&response->head, '\0');
	buffer_append(&response->head, value, (size_t)(end - value));
	buffer_putc(&response->head, '\0');
	return buffer_ok(&response->head, err);
}

/* The blank line after the headers: where does the body end? RFC 9112, section 6.3. */
static bool end_headers(struct response *response, struct error *err)
{
	if (response->has_coding && response->has_length)
		return broken(err, "both Content-Length and Transfer-Encoding");
	response->state = response->status < 200 ? RESPONSE_IN_STATUS : RESPONSE_AT_BODY;
	return true;
}

static enum response_state body_state(struct response *response)
{
	if (response->to_head_request || response->status == 204 || response->status == 304)
		return RESPONSE_WHOLE;
	if (response->has_coding)
		return RESPONSE_IN_CHUNK_SIZE;
	if (response->has_length)
		return response->left_bytes ? RESPONSE_IN_LENGTH : RESPONSE_WHOLE;
	response->may_keep = false;
	return RESPONSE_UNTIL_CLOSE;
}

/* --- one line between chunks --- */

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "1a;extension=1": the extension says nothing to us. */
static bool read_chunk_size(
	struct response *response, const char *line, size_t bytes, struct error *err)
{
	size_t at = 0;
	uint64_t size = 0;

	for (; at < bytes && hex_value(line[at]) >= 0; at++) {
		if (at == 15)
			return broken(err, "a chunk larger than any");
		size = size * 16 + (uint64_t)hex_value(line[at]);
	}
	if (!at)
		return broken(err, "a chunk without a size");
	while (at < bytes && is_blank(line[at]))
		at++;
	if (at < bytes && line[at] != ';')
		return broken(err, "a chunk's size is no number");
	response->left_bytes = size;
	response->state = size ? RESPONSE_IN_CHUNK : RESPONSE_IN_TRAILERS;
	response->line_bytes = 0;
	return true;
}

/* --- lines --- */

static bool read_line(struct response *response, const char *line, size_t bytes, struct error *err)
{
	switch (response->state) {
	case RESPONSE_IN_STATUS:
		return read_status(response, line, bytes, err);
	case RESPONSE_IN_HEADERS:
		return bytes ? read_header(response, line, bytes, err) : end_headers(response, err);
	case RESPONSE_IN_CHUNK_SIZE:
		return read_chunk_size(response, line, bytes, err);
	case RESPONSE_AFTER_CHUNK:
		response->state = RESPONSE_IN_CHUNK_SIZE;
		return !bytes || broken(err, "a chunk longer than its size");
	default: /* trailers */
		if (!bytes)
			response->state = RESPONSE_WHOLE;
		return true;
	}
}

static bool line_fits(struct response *response, size_t bytes, struct error *err)
{
	bool is_chunk_line = response->state == RESPONSE_IN_CHUNK_SIZE ||
			     response->state == RESPONSE_AFTER_CHUNK;

	if (is_chunk_line)
		return response->line.bytes + bytes <= CHUNK_LINE_MAX_BYTES ||
		       broken(err, "an endless line between chunks");
	response->line_bytes += bytes;
	return response->line_bytes <= RESPONSE_HEAD_MAX_BYTES ||
	       error_set(err, ERR_TOO_LARGE, NULL, "the head of the answer is larger than allowed");
}

/* Takes one line, or what there is of it. */
static bool take_line(
	struct response *response, const char **data, size_t *bytes, struct error *err)
{
	const char *end = memchr(*data, '\n', *bytes);
	size_t taken = end ? (size_t)(end - *data) + 1 : *bytes;
	const char *line = *data;
	size_t line_bytes = taken;
	bool ok;

	if (!line_fits(response, taken, err))
		return false;
	*data += taken;
	*bytes -= taken;
	if (!end || response->line.bytes) {
		buffer_append(&response->line, line, taken);
		if (!buffer_ok(&response->line, err))
			return false;
		line = response->line.data;
		line_bytes = response->line.bytes;
	}
	if (!end)
		return true;
	line_bytes--;
	if (line_bytes && line[line_bytes - 1] == '\r')
		line_bytes--;
	ok = read_line(response, line, line_bytes, err);
	if (response->line.room)
		buffer_clear(&response->line);
	return ok;
}

/* --- the body --- */

static void take_piece(struct response *response, const char **data, size_t *bytes,
	const char **piece, size_t *piece_bytes)
{
	size_t taken = *bytes;

	if (response->state != RESPONSE_UNTIL_CLOSE) {
		if (taken > response->left_bytes)
			taken = (size_t)response->left_bytes;
		response->left_bytes -= taken;
		if (!response->left_bytes)
			response->state = response->state == RESPONSE_IN_LENGTH
						  ? RESPONSE_WHOLE
						  : RESPONSE_AFTER_CHUNK;
	}
	*piece = *data;
	*piece_bytes = taken;
	*data += taken;
	*bytes -= taken;
}

enum response_event response_read(struct response *response, const char **data, size_t *bytes,
	const char **piece, size_t *piece_bytes, struct error *err)
{
	for (;;) {
		if (response->state == RESPONSE_WHOLE)
			return RESPONSE_END;
		if (!*bytes)
			return RESPONSE_MORE;
		if (response->state == RESPONSE_IN_LENGTH || response->state == RESPONSE_IN_CHUNK ||
			response->state == RESPONSE_UNTIL_CLOSE) {
			take_piece(response, data, bytes, piece, piece_bytes);
			return RESPONSE_DATA;
		}
		if (!take_line(response, data, bytes, err))
			return RESPONSE_BROKEN;
		if (response->state == RESPONSE_AT_BODY) {
			response->state = body_state(response);
			return RESPONSE_HEAD;
		}
	}
}

bool response_close(struct response *response, struct error *err)
{
	bool all_but_a_line_feed = response->state == RESPONSE_IN_TRAILERS &&
				   response->line.bytes == 1 && response->line.data[0] == '\r';

	if (response->state == RESPONSE_WHOLE || response->state == RESPONSE_UNTIL_CLOSE ||
		all_but_a_line_feed)
		return true;
	return error_set(err, ERR_IO, NULL, "the peer closed inside the %s of its answer",
		response->state <= RESPONSE_IN_HEADERS ? "head" : "body");
}

const char *response_header(const struct response *response, const char *name)
{
	const char *at = response->head.data;
	const char *end = at ? at + response->head.bytes : NULL;
	const char *found = NULL;

	while (at < end) {
		const char *value = at + strlen(at) + 1;

		if (strcasecmp(at, name) == 0)
			found = value;
		at = value + strlen(value) + 1;
	}
	return found;
}
