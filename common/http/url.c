#include "http/url.h"

#include "base/buffer.h"

#include <curl/curl.h>
#include <string.h>

static bool url_failed(struct error *err, CURLUcode code)
{
	if (code == CURLUE_OUT_OF_MEMORY)
		return error_no_memory(err);
	return error_set(err, ERR_INVALID, NULL, "not a usable URL: %s", curl_url_strerror(code));
}

/* A part into `slot` as our own heap text; a part that was not written leaves NULL. */
static bool url_part(CURLU *handle, CURLUPart part, char **slot, struct error *err)
{
	char *text = NULL;
	CURLUcode code = curl_url_get(handle, part, &text, 0);

	if (code == CURLUE_NO_PORT || code == CURLUE_NO_QUERY)
		return true;
	if (code != CURLUE_OK)
		return url_failed(err, code);
	*slot = strdup(text);
	curl_free(text);
	return *slot || error_no_memory(err);
}

/* curl writes IPv6 addresses with brackets and gives "/" for an absent path. */
static void url_tidy(struct url *url, const char *text)
{
	size_t bytes = strlen(url->host);
	const char *authority = strstr(text, "://");

	if (bytes >= 2 && url->host[0] == '[' && url->host[bytes - 1] == ']') {
		memmove(url->host, url->host + 1, bytes - 2);
		url->host[bytes - 2] = '\0';
	}
	if (authority && strcmp(url->path, "/") == 0 &&
		authority[3 + strcspn(authority + 3, "/?#")] != '/')
		url->path[0] = '\0';
}

static bool url_read(CURLU *handle, const char *text, struct url *url, struct error *err)
{
	AUTO(text) char *port = NULL;
	CURLUcode code = curl_url_set(
		handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS);

	if (code != CURLUE_OK)
		return url_failed(err, code);
	if (!url_part(handle, CURLUPART_SCHEME, &url->scheme, err) ||
		!url_part(handle, CURLUPART_HOST, &url->host, err) ||
		!url_part(handle, CURLUPART_PATH, &url->path, err) ||
		!url_part(handle, CURLUPART_QUERY, &url->query, err) ||
		!url_part(handle, CURLUPART_PORT, &port, err))
		return false;
	if (!url->host || !url->path)
		return url_failed(err, CURLUE_NO_HOST);
	url->port = port ? (unsigned)strtoul(port, NULL, 10) : 0;
	url_tidy(url, text);
	return true;
}

bool url_parse(const char *text, struct url *out, struct error *err)
{
	struct url url = { 0 };
	CURLU *handle = curl_url();
	bool ok;

	if (!handle)
		return error_no_memory(err);
	ok = url_read(handle, text, &url, err);
	curl_url_cleanup(handle);
	if (ok)
		*out = url;
	else
		url_fini(&url);
	return ok;
}

void url_fini(struct url *url)
{
	free(url->scheme);
	free(url->host);
	free(url->path);
	free(url->query);
	*url = (struct url){ 0 };
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~", c));
}

char *url_encode(const char *text)
{
	AUTO(buffer) struct buffer out = { 0 };

	for (; *text; text++) {
		if (is_unreserved(*text))
			buffer_putc(&out, *text);
		else
			buffer_printf(&out, "%%%02X", (unsigned char)*text);
	}
	return buffer_take(&out);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool url_decode(const char *text, size_t bytes, char **out, struct error *err)
{
	AUTO(text) char *decoded = malloc(bytes + 1);
	size_t used = 0;

	if (!decoded)
		return error_no_memory(err);
	for (size_t i = 0; i < bytes; i++) {
		int high;
		int low;

		if (text[i] == '\0')
			return error_set(err, ERR_INVALID, NULL, "a NUL character is not allowed");
		if (text[i] != '%') {
			decoded[used++] = text[i];
			continue;
		}
		high = bytes - i > 2 ? hex_digit(text[i + 1]) : -1;
		low = bytes - i > 2 ? hex_digit(text[i + 2]) : -1;
		if (high < 0 || low < 0)
			return error_set(err, ERR_INVALID, NULL,
				"'%%' must be followed by two hexadecimal digits");
		if (!high && !low)
			return error_set(err, ERR_INVALID, NULL, "%%00 is not allowed");
		decoded[used++] = (char)(high << 4 | low);
		i += 2;
	}
	decoded[used] = '\0';
	*out = take_text(&decoded);
	return true;
}
