/* UTF-8, a sequence at a time. Any thread. Source: RFC 3629 (no surrogates, no overlong forms, at most U+10FFFF). */
#ifndef JSON_UTF8_H
#define JSON_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed sequence at `at` (1 to 4), or 0 when there is none before `end`. */
size_t utf8_sequence(const char *at, const char *end);
/* Writes the code point (no surrogate) and returns how many bytes that took: 1 to 4. */
size_t utf8_encode(uint32_t code_point, char *out);

#endif
