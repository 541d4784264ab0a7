#include "json/plain.h"
#include "json/reader.h"
#include "json/utf8.h"

#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of a \u escape, or -1. The text's last NUL stops it. */
static int32_t hex_unit(const char *at)
{
	int32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static bool is_high_surrogate(int32_t unit)
{
	return unit >= 0xD800 && unit < 0xDC00;
}

static bool is_low_surrogate(int32_t unit)
{
	return unit >= 0xDC00 && unit < 0xE000;
}

/* At a backslash. Leaves `at` behind the escape, a whole surrogate pair counting as one. */
static bool scan_escape(struct reader *r, const char **at)
{
	const char *from = *at;
	int32_t unit;

	if (from[1] && strchr("\"\\/bfnrt", from[1])) {
		*at += 2;
		return true;
	}
	if (from[1] != 'u')
		return reader_refuse(r, from, "invalid escape in a string");
	unit = hex_unit(from + 2);
	if (unit < 0)
		return reader_refuse(r, from, "\\u needs four hexadecimal digits");
	if (!unit)
		return reader_refuse(r, from, "\\u0000 is not allowed");
	*at += 6;
	if (is_low_surrogate(unit))
		return reader_refuse(r, from, "lone surrogate in a string");
	if (!is_high_surrogate(unit))
		return true;
	if (from[6] != '\\' || from[7] != 'u' || !is_low_surrogate(hex_unit(from + 8)))
		return reader_refuse(r, from, "lone surrogate in a string");
	*at += 6;
	return true;
}

bool reader_take_string(struct reader *r, int flags)
{
	const char *from = r->at;
	const char *at = from + 1;

	for (;;) {
		unsigned char c;

		at = plain_end(at, r->end);
		c = (unsigned char)*at;
		if (c == '"')
			break;
		if (c == '\\') {
			flags |= NODE_ESCAPED;
			if (!scan_escape(r, &at))
				return false;
		} else if (c >= 0x80) {
			size_t bytes = utf8_sequence(at, r->end);

			if (!bytes)
				return reader_refuse(r, at, "invalid UTF-8 in a string");
			at += bytes;
		} else if (at == r->end) {
			return reader_refuse(r, from, "a string is not closed: it begins");
		} else {
			return reader_refuse(r, at, "control character in a string");
		}
	}
	r->at = at + 1;
	return reader_add_node(r, JSON_STRING, from, (size_t)(at - from - 1), flags);
}

static char decode_short(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

size_t reader_decode_string(const char *from, size_t bytes, char *to)
{
	const char *end = from + bytes;
	char *start = to;

	while (from < end) {
		const char *escape = memchr(from, '\\', (size_t)(end - from));
		size_t plain = (size_t)((escape ? escape : end) - from);
		int32_t unit;

		memmove(to, from, plain);
		to += plain;
		from += plain;
		if (!escape)
			break;
		if (from[1] != 'u') {
			*to++ = decode_short(from[1]);
			from += 2;
			continue;
		}
		unit = hex_unit(from + 2);
		from += 6;
		if (is_high_surrogate(unit)) {
			unit = 0x10000 + ((unit - 0xD800) << 10) + (hex_unit(from + 2) - 0xDC00);
			from += 6;
		}
		to += utf8_encode((uint32_t)unit, to);
	}
	return (size_t)(to - start);
}
