/*
 * A growing run of bytes. Appending never fails on the spot: a lack of memory marks the buffer, and buffer_ok, asked once
 * at the end, reports it. While not failed, `data` is NULL or ends with a NUL that `bytes` does not count. Any thread, one at a time.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/error.h"

#include <stdint.h>
#include <string.h>

struct buffer {
	char *data;
	size_t bytes;
	size_t room; /* allocated */
	bool failed; /* an append found no memory; what was appended before is still there */
};

void buffer_fini(struct buffer *buf);
void buffer_clear(struct buffer *buf); /* empties, keeps the memory */

void buffer_append_more(struct buffer *buf, const void *data, size_t bytes); /* may have to grow */

/* Here, as most of what is written is short and finds its room. */
static inline void buffer_append(struct buffer *buf, const void *data, size_t bytes)
{
	if (!buf->data || buf->failed || bytes >= buf->room - buf->bytes) {
		buffer_append_more(buf, data, bytes);
		return;
	}
	if (bytes)
		memcpy(buf->data + buf->bytes, data, bytes);
	buf->bytes += bytes;
	buf->data[buf->bytes] = '\0';
}

static inline void buffer_puts(struct buffer *buf, const char *text)
{
	buffer_append(buf, text, strlen(text));
}

static inline void buffer_putc(struct buffer *buf, char c)
{
	buffer_append(buf, &c, 1);
}

void buffer_put_number(struct buffer *buf, uint64_t number); /* decimal */
void buffer_printf(struct buffer *buf, const char *fmt, ...) PRINTF(2, 3);

/* Room for `bytes` more (plus NUL). Returns where to write, or NULL; count what was written with buffer_grew. */
char *buffer_reserve(struct buffer *buf, size_t bytes);
void buffer_grew(struct buffer *buf, size_t bytes);

/* Puts bytes before the first. */
void buffer_insert(struct buffer *buf, const void *data, size_t bytes);
/* Drops the first `bytes`. */
void buffer_consume(struct buffer *buf, size_t bytes);

/* False (ERR_NO_MEMORY) when an append failed since the start or the last buffer_clear. */
MUST_USE bool buffer_ok(const struct buffer *buf, struct error *err);

/* Hands the bytes over as a heap string (never NULL while ok, "" when empty) and empties the buffer. NULL when failed. */
MUST_USE char *buffer_take(struct buffer *buf);

UNUSED static inline void auto_buffer(struct buffer *slot)
{
	buffer_fini(slot);
}

#endif
