/*
 * The SSE reader: any bytes in any pieces give the same events as the bytes at once, and what it read is written and read back
 * unchanged. The first byte of the input chooses the piece size.
 */
#include "http/sse.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Lines of `data`: the reader joins those of an event by line feeds. */
static void write_lines(struct buffer *out, const char *data, size_t bytes)
{
	buffer_puts(out, "data: ");
	for (size_t i = 0; i < bytes; i++) {
		buffer_putc(out, data[i]);
		if (data[i] == '\n')
			buffer_puts(out, "data: ");
	}
	buffer_putc(out, '\n');
}

static bool collect(void *context, const char *event, struct buffer *data)
{
	struct buffer *out = context;

	if (strpbrk(event, "\r\n") || (data->bytes && memchr(data->data, '\r', data->bytes)))
		abort(); /* cannot come out of a reader of lines */
	if (*event)
		buffer_printf(out, "event: %s\n", event);
	write_lines(out, data->data, data->bytes);
	buffer_putc(out, '\n');
	return true;
}

static bool read_all(const char *data, size_t bytes, size_t piece, struct buffer *out)
{
	struct sse_reader reader = { .max_bytes = 4096 };
	struct error err;
	bool ok = true;

	for (size_t at = 0; at < bytes && ok; at += piece) {
		size_t count = bytes - at < piece ? bytes - at : piece;

		ok = sse_feed(&reader, data + at, count, collect, out, &err);
	}
	sse_reader_fini(&reader);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(buffer) struct buffer whole = { 0 };
	AUTO(buffer) struct buffer pieces = { 0 };
	AUTO(buffer) struct buffer again = { 0 };
	const char *text = (const char *)data + 1;

	if (bytes < 2)
		return 0;
	bytes--;
	if (!read_all(text, bytes, bytes, &whole))
		return 0;
	if (!read_all(text, bytes, 1u + data[0] % 16u, &pieces) || pieces.bytes != whole.bytes ||
		(whole.bytes && memcmp(pieces.data, whole.data, whole.bytes) != 0))
		abort();
	if (whole.bytes && (!read_all(whole.data, whole.bytes, whole.bytes, &again) ||
				   again.bytes != whole.bytes ||
				   memcmp(again.data, whole.data, whole.bytes) != 0))
		abort();
	return 0;
}
