#include "json/doc.h"
#include "json/plain.h"
#include "json/utf8.h"

#include <string.h>

static void put_escape(struct buffer *out, unsigned char c)
{
	static const char short_forms[] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};
	char text[2] = { '\\', (char)c };

	if (c < 0x20 && (c >= sizeof(short_forms) || !short_forms[c])) {
		buffer_printf(out, "\\u%04x", c);
		return;
	}
	if (c < 0x20)
		text[1] = short_forms[c];
	buffer_append(out, text, 2);
}

static void write_escaped(struct buffer *out, const char *text, size_t bytes)
{
	const char *end = text + bytes;
	const char *from = text; /* what is not yet copied */

	buffer_putc(out, '"');
	while ((text = plain_end(text, end)) < end) {
		unsigned char c = (unsigned char)*text;
		size_t good = c >= 0x80 ? utf8_sequence(text, end) : 0;

		if (good) {
			text += good;
			continue;
		}
		buffer_append(out, from, (size_t)(text - from));
		if (c >= 0x80)
			buffer_puts(out, "\xEF\xBF\xBD");
		else
			put_escape(out, c);
		from = ++text;
	}
	buffer_append(out, from, (size_t)(text - from));
	buffer_putc(out, '"');
}

void json_write_string(struct buffer *out, const char *text, size_t bytes)
{
	char *to;

	if (!plain_is_all(text, bytes)) {
		write_escaped(out, text, bytes);
		return;
	}
	to = buffer_reserve(out, bytes + 2);
	if (!to)
		return;
	to[0] = '"';
	if (bytes)
		memcpy(to + 1, text, bytes);
	to[bytes + 1] = '"';
	buffer_grew(out, bytes + 2);
}

static void write_children(struct buffer *out, struct json_view v, bool is_object)
{
	bool more = false;

	json_foreach (child, v) {
		if (more)
			buffer_putc(out, ',');
		more = true;
		if (is_object) {
			size_t bytes;
			const char *key = json_key(child, &bytes);

			json_write_string(out, key, bytes);
			buffer_putc(out, ':');
		}
		json_write(out, child);
	}
}

void json_write(struct buffer *out, struct json_view v)
{
	const char *text;
	size_t bytes;

	switch (json_kind(v)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		buffer_putc(out, json_kind(v) == JSON_OBJECT ? '{' : '[');
		write_children(out, v, json_kind(v) == JSON_OBJECT);
		buffer_putc(out, json_kind(v) == JSON_OBJECT ? '}' : ']');
		break;
	case JSON_STRING:
		text = json_text(v, &bytes);
		json_write_string(out, text, bytes);
		break;
	case JSON_NUMBER:
		buffer_puts(out, json_number_text(v));
		break;
	case JSON_BOOL:
		buffer_puts(out, json_bool_or(v, false) ? "true" : "false");
		break;
	default:
		buffer_puts(out, "null");
	}
}

static int by_key(const void *a, const void *b)
{
	const struct json_view *one = a;
	const struct json_view *two = b;

	return strcmp(json_key(*one, NULL), json_key(*two, NULL));
}

static bool is_listed(const char *key, const char *const *keys)
{
	for (; keys && *keys; keys++)
		if (strcmp(key, *keys) == 0)
			return true;
	return false;
}

void json_write_canonical_without(
	struct buffer *out, struct json_view object, const char *const *keys)
{
	struct json_view few[32];
	struct json_view *members = few;
	size_t count = 0;

	if (json_count(object) > COUNT(few))
		members = malloc(json_count(object) * sizeof(*members));
	if (!members) {
		out->failed = true;
		return;
	}
	json_foreach_member (member, object)
		if (!is_listed(json_key(member, NULL), keys))
			members[count++] = member;
	qsort(members, count, sizeof(*members), by_key);
	buffer_putc(out, '{');
	for (size_t i = 0; i < count; i++) {
		size_t bytes;
		const char *key = json_key(members[i], &bytes);

		if (i)
			buffer_putc(out, ',');
		json_write_string(out, key, bytes);
		buffer_putc(out, ':');
		json_write_canonical(out, members[i]);
	}
	buffer_putc(out, '}');
	if (members != few)
		free(members);
}

void json_write_canonical(struct buffer *out, struct json_view v)
{
	bool more = false;

	if (json_kind(v) == JSON_OBJECT) {
		json_write_canonical_without(out, v, NULL);
		return;
	}
	if (json_kind(v) != JSON_ARRAY) {
		json_write(out, v);
		return;
	}
	buffer_putc(out, '[');
	json_foreach (item, v) {
		if (more)
			buffer_putc(out, ',');
		more = true;
		json_write_canonical(out, item);
	}
	buffer_putc(out, ']');
}
