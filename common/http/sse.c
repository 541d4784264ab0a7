#include "http/sse.h"

#define EVENT_MAX_BYTES ((size_t)10 * 1024 * 1024)
#define KEPT_BYTES      ((size_t)64 * 1024) /* of memory, between two events */

/* --- where lines end --- */

/* The next LF and the next CR; `end` when there is none. Each is looked for once, so that a text is read twice at most. */
struct breaks {
	const char *end, *lf, *cr;
};

static const char *find(const char *from, const char *end, char c)
{
	const char *at = from < end ? memchr(from, c, (size_t)(end - from)) : NULL;

	return at ? at : end;
}

static struct breaks breaks_of(const char *text, const char *end)
{
	return (struct breaks){ end, find(text, end, '\n'), find(text, end, '\r') };
}

static const char *breaks_next(struct breaks *breaks, const char *from)
{
	if (breaks->lf < from)
		breaks->lf = find(from, breaks->end, '\n');
	if (breaks->cr < from)
		breaks->cr = find(from, breaks->end, '\r');
	return breaks->lf < breaks->cr ? breaks->lf : breaks->cr;
}

/* --- reading --- */

void sse_reader_fini(struct sse_reader *reader)
{
	buffer_fini(&reader->line);
	buffer_fini(&reader->data);
	buffer_fini(&reader->event);
	*reader = (struct sse_reader){ 0 };
}

size_t sse_reader_bytes(const struct sse_reader *reader)
{
	return reader->line.bytes + reader->data.bytes + reader->event.bytes;
}

static bool sse_check_size(const struct sse_reader *reader, struct error *err)
{
	size_t most = reader->max_bytes ? reader->max_bytes : EVENT_MAX_BYTES;

	if (sse_reader_bytes(reader) > most)
		return error_set(err, ERR_TOO_LARGE, NULL,
			"a server-sent event is larger than %zu bytes", most);
	return buffer_ok(&reader->line, err) && buffer_ok(&reader->data, err) &&
	       buffer_ok(&reader->event, err);
}

/* What a large event needed is not kept for the small ones that follow. */
static void sse_empty(struct buffer *buf)
{
	if (buf->room > KEPT_BYTES)
		buffer_fini(buf);
	else
		buffer_clear(buf);
}

static bool sse_dispatch(struct sse_reader *reader, sse_event_fn on_event, void *context)
{
	bool go_on = true;

	if (reader->has_data)
		go_on = on_event(
			context, reader->event.data ? reader->event.data : "", &reader->data);
	reader->has_data = false;
	sse_empty(&reader->data);
	sse_empty(&reader->event);
	return go_on;
}

/* Mostly an event has one line of data: that becomes the data, as it may be long. */
static void sse_data(struct sse_reader *reader, const char *value, size_t value_bytes)
{
	if (reader->has_data) {
		buffer_putc(&reader->data, '\n');
		buffer_append(&reader->data, value, value_bytes);
	} else if (value_bytes > KEPT_BYTES) {
		buffer_fini(&reader->data);
		buffer_consume(&reader->line, reader->line.bytes - value_bytes);
		reader->data = reader->line;
		reader->line = (struct buffer){ 0 };
	} else {
		buffer_append(&reader->data, value, value_bytes);
	}
	reader->has_data = true;
}

static void sse_field(struct sse_reader *reader, const char *name, size_t name_bytes,
	const char *value, size_t value_bytes)
{
	if (name_bytes == 4 && memcmp(name, "data", 4) == 0) {
		sse_data(reader, value, value_bytes);
	} else if (name_bytes == 5 && memcmp(name, "event", 5) == 0) {
		buffer_clear(&reader->event);
		buffer_append(&reader->event, value, value_bytes);
	}
}

/* One line without its end. Returns false when the receiver wants no more. */
static bool sse_line(struct sse_reader *reader, sse_event_fn on_event, void *context)
{
	const char *line = reader->line.data ? reader->line.data : "";
	size_t bytes = reader->line.bytes;
	const char *colon = memchr(line, ':', bytes);
	size_t name_bytes = colon ? (size_t)(colon - line) : bytes;
	size_t skip = colon ? name_bytes + 1 : bytes;

	if (!bytes)
		return sse_dispatch(reader, on_event, context);
	if (skip < bytes && line[skip] == ' ')
		skip++;
	sse_field(reader, line, name_bytes, line + skip, bytes - skip);
	sse_empty(&reader->line);
	return true;
}

bool sse_feed(struct sse_reader *reader, const char *bytes, size_t count, sse_event_fn on_event,
	void *context, struct error *err)
{
	const char *end = bytes + count;
	struct breaks breaks = breaks_of(bytes, end);

	while (bytes < end) {
		const char *stop;

		if (reader->after_cr && *bytes == '\n') {
			reader->after_cr = false;
			bytes++;
			continue;
		}
		reader->after_cr = false;
		stop = breaks_next(&breaks, bytes);
		buffer_append(&reader->line, bytes, (size_t)(stop - bytes));
		if (!sse_check_size(reader, err))
			return false;
		if (stop == end)
			return true;
		reader->after_cr = *stop == '\r';
		bytes = stop + 1;
		if (!sse_line(reader, on_event, context))
			return sse_check_size(reader, err);
	}
	return sse_check_size(reader, err);
}

/* --- writing --- */

void sse_begin(struct buffer *out, const char *id)
{
	buffer_puts(out, "id: ");
	buffer_puts(out, id);
	buffer_puts(out, "\ndata: ");
}

void sse_end(struct buffer *out)
{
	buffer_puts(out, "\n\n");
}

void sse_write_comment(struct buffer *out, const char *text)
{
	buffer_puts(out, ": ");
	for (; *text; text++) {
		char c = *text;

		if (c == '\n' || c == '\r')
			c = ' ';
		buffer_putc(out, c);
	}
	buffer_puts(out, "\n\n");
}
