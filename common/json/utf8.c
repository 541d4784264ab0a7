#include "json/utf8.h"

#include <stdbool.h>

static bool is_tail(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

size_t utf8_sequence(const char *at, const char *end)
{
	const unsigned char *byte = (const unsigned char *)at;
	size_t left = (size_t)(end - at);
	unsigned char low = 0x80; /* the second byte's range: it is what rules out */
	unsigned char high = 0xBF; /* overlong forms, surrogates and what is past U+10FFFF */
	size_t bytes;

	if (!left)
		return 0;
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] < 0xC2 || byte[0] > 0xF4)
		return 0;
	bytes = byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
	if (byte[0] == 0xE0)
		low = 0xA0;
	else if (byte[0] == 0xED)
		high = 0x9F;
	else if (byte[0] == 0xF0)
		low = 0x90;
	else if (byte[0] == 0xF4)
		high = 0x8F;
	if (left < bytes || byte[1] < low || byte[1] > high)
		return 0;
	for (size_t i = 2; i < bytes; i++)
		if (!is_tail(byte[i]))
			return 0;
	return bytes;
}

size_t utf8_encode(uint32_t code_point, char *out)
{
	if (code_point < 0x80) {
		out[0] = (char)code_point;
		return 1;
	}
	if (code_point < 0x800) {
		out[0] = (char)(0xC0 | code_point >> 6);
		out[1] = (char)(0x80 | (code_point & 0x3F));
		return 2;
	}
	if (code_point < 0x10000) {
		out[0] = (char)(0xE0 | code_point >> 12);
		out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
		out[2] = (char)(0x80 | (code_point & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | code_point >> 18);
	out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
	out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
	out[3] = (char)(0x80 | (code_point & 0x3F));
	return 4;
}
