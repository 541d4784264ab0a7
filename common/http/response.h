/*
 * Reads the answer to one HTTP/1.1 request out of bytes as they come. Pure: no descriptor, no clock, no callback. The caller
 * feeds bytes and is told one thing at a time; interim answers (1xx) are passed over, trailers are read and forgotten.
 * Refused, since two readers could see two different ends in them: a Content-Length that is given twice or is no number, one
 * beside Transfer-Encoding, any transfer coding but "chunked", sizes of chunks that are no hexadecimal number, header lines
 * that are continued. Source: RFC 9112, sections 4 to 7. One thread at a time.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "base/buffer.h"

#define RESPONSE_HEAD_MAX_BYTES ((size_t)256 * 1024) /* of a head, interim answers included */

enum response_event {
	RESPONSE_MORE, /* all was read: more bytes, please */
	RESPONSE_HEAD, /* status and headers are in */
	RESPONSE_DATA, /* a piece of the body */
	RESPONSE_END, /* the answer is whole; bytes after it are not its own */
	RESPONSE_BROKEN, /* `err` says why: ERR_IO, ERR_TOO_LARGE, ERR_NO_MEMORY */
};

enum response_state {
	RESPONSE_IN_STATUS,
	RESPONSE_IN_HEADERS,
	RESPONSE_AT_BODY,
	RESPONSE_IN_LENGTH,
	RESPONSE_UNTIL_CLOSE,
	RESPONSE_IN_CHUNK_SIZE,
	RESPONSE_IN_CHUNK,
	RESPONSE_AFTER_CHUNK,
	RESPONSE_IN_TRAILERS,
	RESPONSE_WHOLE,
};

struct response {
	enum response_state state;
	bool to_head_request; /* set by the caller: the answer to HEAD has no body whatever it says */
	bool may_keep; /* after the end: the connection can carry another request */
	int status; /* 0 = no status line yet */
	struct buffer head; /* "name\0value\0" for each header */
	struct buffer line; /* the start of a line whose end has not come yet */
	size_t line_bytes; /* of all lines of head or trailers up to now */
	uint64_t left_bytes; /* of the body or of this chunk */
	bool has_length;
	bool has_coding; /* Transfer-Encoding: chunked */
};

/* Zeroed memory is a fresh response. */
void response_fini(struct response *response);

/*
 * Reads on in `*data`, moving it and `*bytes` past what was read. With RESPONSE_DATA `*piece` borrows from the caller's bytes.
 * Never called again after RESPONSE_END or RESPONSE_BROKEN.
 */
MUST_USE enum response_event response_read(struct response *response, const char **data,
	size_t *bytes, const char **piece, size_t *piece_bytes, struct error *err);

/* The peer closed in good order: true when that is the end of the answer, false (ERR_IO) when it is cut. */
MUST_USE bool response_close(struct response *response, struct error *err);

/* The last header of that name, or NULL. Valid until response_fini. */
const char *response_header(const struct response *response, const char *name);

#endif
