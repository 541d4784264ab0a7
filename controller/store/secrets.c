#include "store/jobs.h"

#include <strings.h>

/* Request headers that let their holder act for somebody. Source: RFC 9110, RFC 6265, and what common proxies add. */
static const char *const secret_names[] = {
	"authorization",
	"proxy-authorization",
	"x-forwarded-authorization",
	"x-original-authorization",
	"x-forwarded-access-token",
	"x-auth-request-access-token",
	"cookie",
	"set-cookie",
};

static bool is_named(const char *key, size_t bytes)
{
	for (size_t i = 0; i < COUNT(secret_names); i++)
		if (strlen(secret_names[i]) == bytes &&
			strncasecmp(secret_names[i], key, bytes) == 0)
			return true;
	return false;
}

/* `key` is the text between the quotes, escapes and all. */
static bool is_secret(const char *key, size_t bytes)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	const char *decoded;

	if (!memchr(key, '\\', bytes))
		return is_named(key, bytes);
	if (!json_doc_copy(key - 1, bytes + 2, NULL, &doc, NULL))
		return false;
	decoded = json_text(json_root(doc), &bytes);
	return decoded && is_named(decoded, bytes);
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* At a quote: behind the closing one, or at the text's end. */
static const char *skip_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : at;
}

/* Behind the value at `at`. */
static const char *skip_value(const char *at)
{
	size_t depth = 0;

	do {
		if (*at == '"') {
			at = skip_string(at);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']')
			depth -= depth > 0;
		else if (!depth)
			return at + strcspn(at, ",}] \t\r\n");
		if (*at)
			at++;
	} while (*at && depth);
	return at;
}

/* The value of the member whose key lies at `key` up to `key_end`, or NULL when it is no key. */
static const char *value_behind(const char *key_end)
{
	const char *at = skip_blanks(key_end);

	return *at == ':' ? skip_blanks(at + 1) : NULL;
}

/* Drops a comma, and blanks behind it, from the end of `out`. False: there was none. */
static bool drop_comma(struct buffer *out)
{
	size_t bytes = out->bytes;

	while (bytes && strchr(" \t\r\n", out->data[bytes - 1]))
		bytes--;
	if (!bytes || out->data[bytes - 1] != ',')
		return false;
	out->bytes = bytes - 1;
	out->data[out->bytes] = '\0';
	return true;
}

void secrets_strip(struct buffer *out, const char *text)
{
	const char *from = text; /* what is not yet copied */
	const char *at = text;

	while ((at = strchr(at, '"'))) {
		const char *key = at;
		const char *value;

		at = skip_string(at);
		value = value_behind(at);
		if (!value)
			continue;
		if (!is_secret(key + 1, (size_t)(at - key - 2))) {
			at = value;
			continue;
		}
		buffer_append(out, from, (size_t)(key - from));
		from = at = skip_value(value);
		/* One comma goes with the member: the one behind it, or before the last. */
		if (*skip_blanks(at) == ',')
			from = at = skip_blanks(skip_blanks(at) + 1);
		else if (out->data)
			drop_comma(out);
	}
	buffer_puts(out, from);
}
