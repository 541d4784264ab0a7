/*
 * The stretches of a string that need no look, eight bytes at a time: ASCII without quotes, backslashes and control characters. Inside
 * this room. Any thread.
 */
#ifndef JSON_PLAIN_H
#define JSON_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PLAIN_EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

static inline bool plain_is(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The high bit of each byte that is not plain; those above the lowest of them may be set without reason. */
static inline uint64_t plain_stops(uint64_t word)
{
	uint64_t quote = word ^ PLAIN_EACH_BYTE('"');
	uint64_t backslash = word ^ PLAIN_EACH_BYTE('\\');

	return ((word - PLAIN_EACH_BYTE(0x20)) | (quote - PLAIN_EACH_BYTE(1)) |
		       (backslash - PLAIN_EACH_BYTE(1)) | word) &
	       PLAIN_EACH_BYTE(0x80);
}

/* The first byte from `at` that is not plain, or `end`. */
static inline const char *plain_end(const char *at, const char *end)
{
	while (end - at >= (ptrdiff_t)sizeof(uint64_t)) {
		uint64_t word, stops;

		memcpy(&word, at, sizeof(word));
		stops = plain_stops(word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		if (stops)
			return at + __builtin_ctzll(stops) / 8;
#else
		if (stops)
			break;
#endif
		at += sizeof(word);
	}
	while (at < end && plain_is((unsigned char)*at))
		at++;
	return at;
}

/* Whether the whole text is: most are. */
static inline bool plain_is_all(const char *text, size_t bytes)
{
	const char *end = text + bytes;
	uint64_t word = PLAIN_EACH_BYTE(' ');

	if (bytes < sizeof(word)) {
		memcpy(&word, text, bytes);
		return !plain_stops(word);
	}
	for (; end - text > (ptrdiff_t)sizeof(word); text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		if (plain_stops(word))
			return false;
	}
	memcpy(&word, end - sizeof(word), sizeof(word)); /* over some that were looked at before */
	return !plain_stops(word);
}

#endif
