#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool text_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
	size_t bytes = strlen(text);
	size_t tail = strlen(suffix);

	return bytes >= tail && memcmp(text + bytes - tail, suffix, tail) == 0;
}

bool text_is_empty(const char *text)
{
	return !text || !*text;
}

char *text_format(const char *fmt, ...)
{
	va_list args;
	char *out;
	int wrote;

	va_start(args, fmt);
	wrote = vasprintf(&out, fmt, args);
	va_end(args);
	return wrote < 0 ? NULL : out;
}

char *text_copy(const char *text, size_t bytes)
{
	char *out = malloc(bytes + 1);

	if (!out)
		return NULL;
	memcpy(out, text, bytes);
	out[bytes] = '\0';
	return out;
}

bool text_replace(char **slot, const char *text, struct error *err)
{
	char *copy = strdup(text);

	if (!copy)
		return error_no_memory(err);
	free(*slot);
	*slot = copy;
	return true;
}

bool text_pair(char *out, size_t room, const char *first, const char *second)
{
	char *end;

	if (strlen(first) + 1 + strlen(second) >= room)
		return false;
	end = stpcpy(out, first);
	*end = '/';
	stpcpy(end + 1, second);
	return true;
}
