#include "agent/template_tree.h"

#include <ctype.h>

/* The digits behind \x, \u and \U. */
static bool read_hex(const char **at, const char *end, unsigned digits, int64_t *out)
{
	int64_t value = 0;

	for (; digits; digits--, (*at)++) {
		int c = *at < end ? (unsigned char)**at : ' ';

		if (!isxdigit(c))
			return false;
		value = value * 16 + (isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	*out = value;
	return true;
}

static bool read_octal(const char **at, const char *end, int64_t *out)
{
	int64_t value = 0;

	for (unsigned i = 0; i < 3; i++, (*at)++) {
		if (*at >= end || **at < '0' || **at > '7')
			return false;
		value = value * 8 + (**at - '0');
	}
	*out = value;
	return value < 256;
}

/* `*at` is behind the backslash. */
static bool put_escape(const char **at, const char *end, char quote, struct buffer *out)
{
	static const char from[] = "abfnrtv\\";
	static const char to[] = "\a\b\f\n\r\t\v\\";
	int c = *at < end ? **at : '\0';
	const char *known = c ? strchr(from, c) : NULL;
	int64_t value;

	if (known || c == quote) {
		(*at)++;
		buffer_append(out, known ? &to[known - from] : &quote, 1);
		return true;
	}
	if (c >= '0' && c <= '7') {
		if (!read_octal(at, end, &value))
			return false;
		buffer_putc(out, (char)value);
		return true;
	}
	(*at)++;
	if (c != 'x' && c != 'u' && c != 'U')
		return false;
	if (!read_hex(at, end, c == 'x' ? 2 : c == 'u' ? 4 : 8, &value))
		return false;
	if (c == 'x')
		buffer_putc(out, (char)value);
	else if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return false;
	else
		template_put_character(value, out);
	return true;
}

bool template_unquote(const char *text, size_t bytes, struct buffer *out)
{
	const char *at = text + 1;
	const char *end = text + bytes - 1;

	if (bytes < 2)
		return false;
	while (at < end) {
		if (*at != '\\') {
			buffer_putc(out, *at++);
			continue;
		}
		at++;
		if (!put_escape(&at, end, text[0], out))
			return false;
	}
	return true;
}
