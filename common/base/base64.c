#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buffer *out, const void *data, size_t bytes)
{
	const uint8_t *in = data;
	char *to = buffer_reserve(out, (bytes + 2) / 3 * 4);

	if (!to)
		return;
	for (size_t i = 0; i < bytes; i += 3) {
		uint32_t word = (uint32_t)in[i] << 16;

		if (i + 1 < bytes)
			word |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < bytes)
			word |= in[i + 2];
		*to++ = alphabet[word >> 18];
		*to++ = alphabet[word >> 12 & 63];
		*to++ = (char)(i + 1 < bytes ? alphabet[word >> 6 & 63] : '=');
		*to++ = (char)(i + 2 < bytes ? alphabet[word & 63] : '=');
	}
	buffer_grew(out, (bytes + 2) / 3 * 4);
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool base64_decode(const char *text, size_t bytes, struct buffer *out, struct error *err)
{
	uint32_t word = 0;
	unsigned have = 0; /* characters of the present group of four */
	unsigned pad = 0;

	for (size_t i = 0; i < bytes; i++) {
		int value = value_of(text[i]);

		if (is_blank(text[i]))
			continue;
		if (text[i] == '=' && have + pad >= 2 && have + pad < 4) {
			pad++;
			continue;
		}
		if (value < 0 || pad)
			return error_set(
				err, ERR_INVALID, NULL, "not base64 at character %zu", i + 1);
		word = word << 6 | (uint32_t)value;
		if (++have == 4) {
			buffer_append(out,
				(const char[]){ (char)(word >> 16), (char)(word >> 8), (char)word },
				3);
			have = 0;
			word = 0;
		}
	}
	if ((have + pad) % 4)
		return error_set(err, ERR_INVALID, NULL, "base64 ends within a group of four");
	if (have == 2)
		buffer_putc(out, (char)(word >> 4));
	else if (have == 3)
		buffer_append(out, (const char[]){ (char)(word >> 10), (char)(word >> 2) }, 2);
	return buffer_ok(out, err);
}
