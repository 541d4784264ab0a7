/*
 * Server-sent events: a reader fed with pieces, and a writer. Accepts LF, CRLF and CR line ends, comments, "data:" with or without
 * blank. Any thread, one at a time per reader. Source: WHATWG HTML, "Server-sent events".
 */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include "base/buffer.h"

struct sse_reader {
	struct buffer line;
	struct buffer data;
	struct buffer event;
	size_t max_bytes; /* of one event; 0 = 10 MiB */
	bool has_data;
	bool after_cr;
};

/*
 * Called for each complete event with data, which may be moved out of its buffer; `event` is "" when unnamed. Returns false to stop reading
 * (sse_feed returns true).
 */
typedef bool (*sse_event_fn)(void *context, const char *event, struct buffer *data);

/* Feeds a piece. ERR_TOO_LARGE: a line or event over the cap (the reader is then spent). ERR_NO_MEMORY. */
MUST_USE bool sse_feed(struct sse_reader *reader, const char *bytes, size_t count,
	sse_event_fn on_event, void *context, struct error *err);
/* Bytes it keeps of an event that is not complete yet. */
size_t sse_reader_bytes(const struct sse_reader *reader);
void sse_reader_fini(struct sse_reader *reader);

/*
 * One event for the wire, LF line ends: begin, append the data to `out`, end. `id` and the data must have no line break (JSON as json/doc.h
 * writes it has none). Whether memory sufficed, buffer_ok tells.
 */
void sse_begin(struct buffer *out, const char *id);
void sse_end(struct buffer *out);
void sse_write_comment(struct buffer *out, const char *text);

#endif
