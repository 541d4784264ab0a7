#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static size_t path_append(char *out, size_t out_bytes, size_t used, const struct path *at)
{
	int wrote;

	if (at->up)
		used = path_append(out, out_bytes, used, at->up);
	if (used + 1 >= out_bytes)
		return used;
	if (!at->key)
		wrote = snprintf(out + used, out_bytes - used, "[%zu]", at->index);
	else if (strchr(at->key, '.') || strchr(at->key, '/'))
		wrote = snprintf(out + used, out_bytes - used, "[%s]", at->key);
	else
		wrote = snprintf(out + used, out_bytes - used, "%s%s", used ? "." : "", at->key);
	if (wrote < 0)
		return used;
	used += (size_t)wrote;
	return used < out_bytes ? used : out_bytes - 1;
}

void path_print(const struct path *at, char *out, size_t out_bytes)
{
	out[0] = '\0';
	if (at)
		path_append(out, out_bytes, 0, at);
}

static void text_clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

bool(error_set)(
	struct error *err, enum error_code code, const struct path *at, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return false;
	err->code = code;
	err->retry_after_ms = 0;
	path_print(at, err->path, sizeof(err->path));
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	text_clean(err->text);
	return false;
}

bool(error_wrap)(struct error *err, const char *fmt, ...)
{
	char context[sizeof(err->text)];
	char joined[sizeof(err->text)];
	va_list args;

	if (!err)
		return false;
	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	if (snprintf(joined, sizeof(joined), "%s: %s", context, err->text) < 0)
		return false;
	text_clean(joined);
	memcpy(err->text, joined, sizeof(joined));
	return false;
}

bool(error_no_memory)(struct error *err)
{
	return error_set(err, ERR_NO_MEMORY, NULL, "out of memory");
}

bool error_is_retryable(const struct error *err)
{
	switch (err->code) {
	case ERR_CONFLICT:
	case ERR_GONE:
	case ERR_THROTTLED:
	case ERR_TIMEOUT:
	case ERR_IO:
	case ERR_NO_MEMORY:
	case ERR_PENDING:
		return true;
	default:
		return false;
	}
}

const char *error_code_name(enum error_code code)
{
	static const char *const names[] = {
		[ERR_NONE] = "none",
		[ERR_INVALID] = "invalid",
		[ERR_NOT_FOUND] = "not_found",
		[ERR_EXISTS] = "exists",
		[ERR_CONFLICT] = "conflict",
		[ERR_GONE] = "gone",
		[ERR_DENIED] = "denied",
		[ERR_TOO_LARGE] = "too_large",
		[ERR_UNSUPPORTED] = "unsupported",
		[ERR_THROTTLED] = "throttled",
		[ERR_TIMEOUT] = "timeout",
		[ERR_IO] = "io",
		[ERR_NO_MEMORY] = "no_memory",
		[ERR_PENDING] = "pending",
	};

	return (size_t)code < COUNT(names) && names[code] ? names[code] : "unknown";
}
