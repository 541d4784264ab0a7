#include "agent/endpoint.h"

#include <ctype.h>

static bool part_is(struct endpoint_part part, const char *text)
{
	return part.bytes == strlen(text) && strncasecmp(part.at, text, part.bytes) == 0;
}

static void put_part(struct buffer *out, struct endpoint_part part)
{
	buffer_append(out, part.at, part.bytes);
}

/* user@host:port up to the path. */
static bool split_authority(const char *at, size_t bytes, struct endpoint *out)
{
	const char *mark = memrchr(at, '@', bytes);
	const char *end = at + bytes;
	const char *colon;

	if (mark) {
		out->user = (struct endpoint_part){ at, (size_t)(mark + 1 - at) };
		at = mark + 1;
	}
	if (at < end && *at == '[') {
		const char *close = memchr(at, ']', (size_t)(end - at));

		if (!close)
			return false;
		colon = close + 1;
	} else {
		colon = memchr(at, ':', (size_t)(end - at));
		if (!colon)
			colon = end;
	}
	if (colon < end && *colon != ':')
		return false;
	out->host = (struct endpoint_part){ at, (size_t)(colon - at) };
	if (colon < end)
		out->port = (struct endpoint_part){ colon + 1, (size_t)(end - colon - 1) };
	for (size_t i = 0; i < out->port.bytes; i++)
		if (!isdigit((unsigned char)out->port.at[i]))
			return false;
	return out->host.bytes > 0;
}

static bool split_rest(const char *at, struct endpoint *out)
{
	size_t authority = strcspn(at, "/?#");
	const char *path = at + authority;

	out->path = (struct endpoint_part){ path, strcspn(path, "?#") };
	out->rest.at = path + out->path.bytes;
	out->rest.bytes = strlen(out->rest.at);
	for (const char *c = at; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return split_authority(at, authority, out);
}

static bool is_scheme(const char *at, size_t bytes)
{
	if (!bytes || !isalpha((unsigned char)at[0]))
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (!isalnum((unsigned char)at[i]) && !strchr("+-.", at[i]))
			return false;
	return true;
}

bool endpoint_split(const char *url, struct endpoint *out)
{
	const char *mark = strstr(url, "://");
	struct endpoint found = { 0 };

	if (!mark || !is_scheme(url, (size_t)(mark - url)))
		return false;
	found.scheme = (struct endpoint_part){ url, (size_t)(mark - url) };
	if (!split_rest(mark + 3, &found))
		return false;
	*out = found;
	return true;
}

struct endpoint_part endpoint_hostname(const struct endpoint *endpoint)
{
	struct endpoint_part host = endpoint->host;

	if (host.bytes >= 2 && host.at[0] == '[') {
		host.at++;
		host.bytes -= 2;
	}
	return host;
}

static void put_host_port(struct buffer *out, const struct endpoint *endpoint)
{
	put_part(out, endpoint->host);
	if (endpoint->port.bytes) {
		buffer_putc(out, ':');
		put_part(out, endpoint->port);
	}
}

void endpoint_through(const struct endpoint *proxy, const struct endpoint *to, struct buffer *out)
{
	put_part(out, proxy->scheme);
	buffer_puts(out, "://");
	put_host_port(out, proxy);
	put_part(out, to->path);
}

static bool is_port(struct endpoint_part port)
{
	return port.bytes <= 5 && (!port.bytes || (strtoul(port.at, NULL, 10) - 1) < 65535);
}

void endpoint_plaintext(const char *url, bool secure, struct buffer *out)
{
	struct endpoint endpoint = { 0 };
	bool whole = strstr(url, "://") != NULL;
	bool split = whole ? endpoint_split(url, &endpoint) : split_rest(url, &endpoint);
	bool https = part_is(endpoint.scheme, "https");

	if (!split || !is_port(endpoint.port) ||
		(whole && !https && !part_is(endpoint.scheme, "http"))) {
		buffer_puts(out, url);
		return;
	}
	if (!endpoint.port.bytes)
		endpoint.port = secure || https ? (struct endpoint_part){ "443", 3 }
						: (struct endpoint_part){ "80", 2 };
	buffer_puts(out, "http://");
	put_part(out, endpoint.user);
	put_host_port(out, &endpoint);
	put_part(out, endpoint.path);
	put_part(out, endpoint.rest);
}
