#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

#define LARGE_BYTES 4096

void buffer_fini(struct buffer *buf)
{
	free(buf->data);
	*buf = (struct buffer){ 0 };
}

void buffer_clear(struct buffer *buf)
{
	buf->bytes = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

char *buffer_reserve(struct buffer *buf, size_t bytes)
{
	size_t need = buf->bytes + bytes + 1;
	size_t room = buf->room ? buf->room : 64;
	char *data;

	if (buf->failed || need < bytes) {
		buf->failed = true;
		return NULL;
	}
	if (need <= buf->room)
		return buf->data + buf->bytes;
	if (!buf->room && need >= LARGE_BYTES)
		room = need; /* who begins with much mostly has it all */
	while (room < need)
		room += room < LARGE_BYTES ? room + 64 : room / 2;
	data = realloc(buf->data, room);
	if (!data) {
		buf->failed = true;
		return NULL;
	}
	buf->data = data;
	buf->room = room;
	data[buf->bytes] = '\0';
	return data + buf->bytes;
}

void buffer_grew(struct buffer *buf, size_t bytes)
{
	buf->bytes += bytes;
	buf->data[buf->bytes] = '\0';
}

void buffer_append_more(struct buffer *buf, const void *data, size_t bytes)
{
	char *to = buffer_reserve(buf, bytes);

	if (!to)
		return;
	if (bytes)
		memcpy(to, data, bytes);
	buffer_grew(buf, bytes);
}

void buffer_put_number(struct buffer *buf, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buffer_append(buf, digits + at, sizeof(digits) - at);
}

void buffer_printf(struct buffer *buf, const char *fmt, ...)
{
	va_list args;
	va_list again;
	int need;
	char *to;

	va_start(args, fmt);
	va_copy(again, args);
	need = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	to = need < 0 ? NULL : buffer_reserve(buf, (size_t)need);
	if (to) {
		vsnprintf(to, (size_t)need + 1, fmt, again);
		buffer_grew(buf, (size_t)need);
	}
	va_end(again);
}

void buffer_insert(struct buffer *buf, const void *data, size_t bytes)
{
	if (!buffer_reserve(buf, bytes))
		return;
	memmove(buf->data + bytes, buf->data, buf->bytes);
	memcpy(buf->data, data, bytes);
	buffer_grew(buf, bytes);
}

void buffer_consume(struct buffer *buf, size_t bytes)
{
	if (!bytes)
		return;
	buf->bytes -= bytes;
	memmove(buf->data, buf->data + bytes, buf->bytes);
	buf->data[buf->bytes] = '\0';
}

bool buffer_ok(const struct buffer *buf, struct error *err)
{
	return !buf->failed || error_no_memory(err);
}

char *buffer_take(struct buffer *buf)
{
	char *data;

	buffer_append(buf, "", 0);
	if (buf->failed)
		return NULL;
	data = buf->data;
	*buf = (struct buffer){ 0 };
	return data;
}
