#include "page/page.h"

#include "base/buffer.h"
#include "page/assets.h"

#include <stdio.h>
#include <string.h>

static const char text_plain[] = "text/plain; charset=utf-8";

/* Nothing from elsewhere, nothing inline, no frame around it. Source: Content Security Policy Level 3. */
static const struct {
	const char *name, *value;
} guards[] = {
	{ "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
				     "img-src 'self'; connect-src 'self'; "
				     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
				     "require-trusted-types-for 'script'; trusted-types 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
};

static const struct page_asset *find(const char *path)
{
	for (const struct page_asset *asset = page_assets; asset->path; asset++)
		if (strcmp(asset->path, path) == 0)
			return asset;
	return NULL;
}

/* "gzip" as an encoding of its own, and not refused by a weight of zero. */
static bool accepts_gzip(const struct http_exchange *exchange)
{
	const char *accepted = http_header(exchange, "Accept-Encoding");
	const char *at = accepted ? strstr(accepted, "gzip") : NULL;

	if (!at || (at > accepted && !strchr(" ,", at[-1])))
		return false;
	at += strlen("gzip");
	at += strspn(at, " ");
	return !*at || *at == ',' ||
	       (*at == ';' && strncmp(at, ";q=0,", 5) != 0 && strcmp(at, ";q=0") != 0);
}

static void set_headers(struct http_exchange *exchange, const struct page_asset *asset,
	const char *etag, bool is_gzip)
{
	for (size_t i = 0; i < sizeof(guards) / sizeof(*guards); i++)
		http_set_header(exchange, guards[i].name, guards[i].value);
	http_set_header(exchange, "ETag", etag);
	http_set_header(exchange, "Vary", "Accept-Encoding");
	http_set_header(exchange, "Cache-Control",
		strncmp(asset->path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable"
							 : "no-cache");
	if (is_gzip)
		http_set_header(exchange, "Content-Encoding", "gzip");
}

static void serve(void *context, struct http_exchange *exchange, struct route_match *match)
{
	const struct page_asset *asset = find(http_path(exchange));
	const char *known = http_header(exchange, "If-None-Match");
	bool is_gzip = accepts_gzip(exchange);
	struct buffer body = { 0 };
	char etag[64];

	(void)context;
	(void)match;
	if (!asset) {
		http_answer_text(exchange, 404, text_plain, "404 page not found\n");
		return;
	}
	snprintf(etag, sizeof(etag), "\"%s%s\"", asset->digest, is_gzip ? "-gzip" : "");
	if (known && (strstr(known, etag) || strcmp(known, "*") == 0)) {
		set_headers(exchange, asset, etag, false);
		http_answer(exchange, 304, NULL, NULL);
		return;
	}
	buffer_append(&body, is_gzip ? asset->gzip.begin : asset->plain.begin,
		is_gzip ? (size_t)(asset->gzip.end - asset->gzip.begin)
			: (size_t)(asset->plain.end - asset->plain.begin));
	if (body.failed) {
		buffer_fini(&body);
		http_answer_text(exchange, 503, text_plain, "out of memory\n");
		return;
	}
	set_headers(exchange, asset, etag, is_gzip);
	http_answer(exchange, 200, asset->media_type, &body);
}

bool page_add_routes(struct router *router, struct error *err)
{
	return router_add(router, "GET", "/", serve, NULL, err) &&
	       router_add(router, "GET", "/licenses.md", serve, NULL, err) &&
	       router_add(router, "GET", "/assets/{name}", serve, NULL, err);
}
