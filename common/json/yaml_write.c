#include "json/utf8.h"
#include "json/yaml.h"

#include <string.h>
#include <strings.h>

/* Plain words that some reader of YAML takes for more than text. */
static const char *const spoken_for[] = { "null", "true", "false", "yes", "no", "on", "off", "y",
	"n" };

#define LONG_KEY 1000 /* YAML allows 1,024 characters before the colon */

/* The code of a character that YAML forbids or breaks lines at (all below U+10000); 0 for others. */
static uint32_t must_escape(const char *at, size_t bytes)
{
	const unsigned char *byte = (const unsigned char *)at;
	uint32_t code = byte[0];

	if (bytes == 2)
		code = (code & 0x1F) << 6 | (byte[1] & 0x3F);
	else if (bytes == 3)
		code = (code & 0x0F) << 12 | (byte[1] & 0x3FU) << 6 | (byte[2] & 0x3F);
	else if (bytes == 4)
		return 0;
	if ((code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
		code >= 0xFFFE)
		return code;
	return 0;
}

static bool is_printable(const char *text, size_t bytes)
{
	const char *end = text + bytes;

	while (text < end) {
		size_t step = utf8_sequence(text, end);

		if (!step || must_escape(text, step) ||
			((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t'))
			return false;
		text += step;
	}
	return true;
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool looks_like_number(const char *text)
{
	return *text >= '0' && *text <= '9' &&
	       !text[strspn(text, "0123456789abcdefABCDEFxXoO_+-.:")];
}

/* Text that needs no quotes to stay text. */
static bool is_plain(const char *text, size_t bytes)
{
	if (!bytes || (!is_alphanumeric(*text) && *text != '_' && *text != '/') ||
		looks_like_number(text))
		return false;
	for (size_t i = 0; i < COUNT(spoken_for); i++)
		if (strcasecmp(text, spoken_for[i]) == 0)
			return false;
	for (size_t i = 0; i < bytes; i++) {
		if (!is_alphanumeric(text[i]) && !strchr("_-./@+=%(),;:$ ", text[i]))
			return false;
		if ((text[i] == ' ' || text[i] == ':') && (i + 1 == bytes || text[i + 1] == ' '))
			return false;
	}
	return true;
}

static void put_quoted(struct buffer *out, const char *text, size_t bytes)
{
	AUTO(buffer) struct buffer json = { 0 };

	json_write_string(&json, text, bytes);
	if (json.failed) {
		out->failed = true;
		return;
	}
	for (size_t at = 0; at < json.bytes;) {
		size_t step = utf8_sequence(json.data + at, json.data + json.bytes);
		uint32_t code = must_escape(json.data + at, step);

		if (code)
			buffer_printf(out, "\\u%04x", code);
		else
			buffer_append(out, json.data + at, step);
		at += step;
	}
}

static void put_text(struct buffer *out, const char *text, size_t bytes)
{
	if (is_plain(text, bytes))
		buffer_append(out, text, bytes);
	else
		put_quoted(out, text, bytes);
}

static void put_indent(struct buffer *out, unsigned indent)
{
	while (indent--)
		buffer_putc(out, ' ');
}

static bool suits_block(const char *text, size_t bytes)
{
	return memchr(text, '\n', bytes) && !strchr(" \t\n", *text) && is_printable(text, bytes);
}

/* A literal block; its lines are kept, and how many line breaks it ends with. */
static void put_block(struct buffer *out, const char *text, size_t bytes, unsigned indent)
{
	const char *end = text + bytes;
	bool one_break = end[-1] == '\n';

	buffer_puts(out, !one_break ? "|-" : end[-2] == '\n' ? "|+" : "|");
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		if (!stop)
			stop = end;
		buffer_putc(out, '\n');
		if (stop > text)
			put_indent(out, indent);
		buffer_append(out, text, (size_t)(stop - text));
		text = stop + 1;
	}
}

static bool is_block(struct json_view v)
{
	return json_count(v) > 0;
}

static void put_scalar(struct buffer *out, struct json_view v, unsigned indent)
{
	size_t bytes;
	const char *text = json_text(v, &bytes);

	if (!text)
		json_write(out, v); /* {} and [] too */
	else if (suits_block(text, bytes))
		put_block(out, text, bytes, indent + 2);
	else
		put_text(out, text, bytes);
	buffer_putc(out, '\n');
}

static void put_container(struct buffer *out, struct json_view v, unsigned indent);

static void put_key(struct buffer *out, struct json_view member, unsigned indent)
{
	size_t bytes;
	const char *key = json_key(member, &bytes);

	if (bytes < LONG_KEY / 6) { /* an escape takes six */
		put_text(out, key, bytes);
		buffer_putc(out, ':');
		return;
	}
	buffer_puts(out, "? ");
	put_text(out, key, bytes);
	buffer_putc(out, '\n');
	put_indent(out, indent);
	buffer_putc(out, ':');
}

static void put_member(struct buffer *out, struct json_view member, unsigned indent)
{
	put_key(out, member, indent);
	if (!is_block(member)) {
		buffer_putc(out, ' ');
		put_scalar(out, member, indent);
		return;
	}
	buffer_putc(out, '\n');
	if (json_kind(member) == JSON_OBJECT)
		indent += 2;
	put_indent(out, indent);
	put_container(out, member, indent);
}

/* The line is already indented, so that a list's item can begin beside its dash. */
static void put_container(struct buffer *out, struct json_view v, unsigned indent)
{
	bool first = true;

	json_foreach (child, v) {
		if (!first)
			put_indent(out, indent);
		first = false;
		if (json_kind(v) == JSON_OBJECT) {
			put_member(out, child, indent);
			continue;
		}
		buffer_puts(out, "- ");
		if (is_block(child))
			put_container(out, child, indent + 2);
		else
			put_scalar(out, child, indent);
	}
}

void yaml_write(struct buffer *out, struct json_view v)
{
	if (is_block(v))
		put_container(out, v, 0);
	else
		put_scalar(out, v, 0);
}
