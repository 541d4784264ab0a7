#include "agent/domain_address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define NUMBERS_MAX 4
#define OCTET_MAX   255u
#define TOO_LARGE   (UINT64_C(1) << 32)

static int digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : 16;
}

/* A number of `bytes`: hexadecimal behind "0x" (which alone is 0), octal behind "0", else decimal. */
static bool read_number(const char *text, size_t bytes, uint64_t *out)
{
	int base = 10;
	uint64_t value = 0;

	if (bytes == 0)
		return false;
	if (bytes > 1 && text[0] == '0') {
		base = text[1] == 'x' || text[1] == 'X' ? 16 : 8;
		text += base == 16 ? 2 : 1;
		bytes -= base == 16 ? 2 : 1;
	}
	for (size_t i = 0; i < bytes; i++) {
		int digit = digit_value(text[i]);

		if (digit >= base)
			return false;
		value = value * (uint64_t)base + (uint64_t)digit;
		if (value > TOO_LARGE)
			value = TOO_LARGE;
	}
	*out = value;
	return true;
}

/* The last number fills all octets that are left. */
static bool join(const uint64_t *numbers, size_t count, struct in_addr *out)
{
	uint64_t last = numbers[count - 1], address = last;

	if (last >= TOO_LARGE >> 8 * (count - 1))
		return false;
	for (size_t i = 0; i + 1 < count; i++) {
		if (numbers[i] > OCTET_MAX)
			return false;
		address += numbers[i] << 8 * (3 - i);
	}
	out->s_addr = htonl((uint32_t)address);
	return true;
}

bool domain_address_spells(const char *text, struct in_addr *out)
{
	uint64_t numbers[NUMBERS_MAX];
	size_t count = 0, bytes;

	for (;; text += bytes + 1) {
		bytes = strcspn(text, ".");
		if (count == NUMBERS_MAX || !read_number(text, bytes, &numbers[count++]))
			return false;
		if (!text[bytes])
			return join(numbers, count, out);
	}
}
