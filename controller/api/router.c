#include "api/router.h"
#include "base/buffer.h"
#include "base/log.h"
#include "base/text.h"
#include "http/url.h"

#include <string.h>

struct route {
	const char *method; /* NULL = any */
	const char *pattern;
	route_fn handle;
	void *context;
};

struct router {
	struct route *routes;
	size_t count, room;
	struct router_stats stats;
};

const char *const router_group_names[ROUTER_GROUPS] = { "a2a", "api", "page", "other" };
const uint32_t router_bucket_ms[ROUTER_BUCKETS] = { 1, 5, 25, 100, 500, 2500, 10000, 60000 };

static const char text_plain[] = "text/plain; charset=utf-8";

bool router_new(struct router **out, struct error *err)
{
	struct router *router = calloc(1, sizeof(*router));

	if (!router)
		return error_no_memory(err);
	*out = router;
	return true;
}

void router_free(struct router *router)
{
	if (router)
		free(router->routes);
	free(router);
}

bool router_add(struct router *router, const char *method, const char *pattern, route_fn handle,
	void *context, struct error *err)
{
	if (router->count == router->room) {
		size_t room = router->room ? router->room * 2 : 32;
		struct route *grown = realloc(router->routes, room * sizeof(*grown));

		if (!grown)
			return error_no_memory(err);
		router->routes = grown;
		router->room = room;
	}
	router->routes[router->count++] = (struct route){ method, pattern, handle, context };
	return true;
}

static void match_fini(struct route_match *match)
{
	for (size_t i = 0; i < match->count; i++)
		free(match->values[i]);
	*match = (struct route_match){ 0 };
}

/* Where the placeholders' values lie, before they are decoded. */
struct span {
	const char *text;
	size_t bytes;
};

static bool path_fits(
	const char *pattern, const char *path, struct span *spans, size_t *count, const char **rest)
{
	*count = 0;
	*rest = "";
	for (;;) {
		if (strcmp(pattern, "/**") == 0 && (!*path || *path == '/')) {
			*rest = path;
			return true;
		}
		if (*pattern == '{') {
			size_t bytes = strcspn(path, "/");

			if (!bytes || *count == ROUTE_VALUES)
				return false;
			spans[(*count)++] = (struct span){ path, bytes };
			path += bytes;
			pattern = strchr(pattern, '}') + 1;
			continue;
		}
		if (*pattern != *path)
			return false;
		if (!*pattern)
			return true;
		pattern++;
		path++;
	}
}

/* Finds the first route for path and method. `path_known`: another method would have found one. */
static const struct route *find(const struct router *router, const struct http_exchange *exchange,
	struct span *spans, size_t *count, const char **rest, bool *path_known)
{
	*path_known = false;
	for (size_t i = 0; i < router->count; i++) {
		const struct route *route = &router->routes[i];

		if (!path_fits(route->pattern, http_path(exchange), spans, count, rest))
			continue;
		if (!route->method || strcmp(route->method, http_method(exchange)) == 0)
			return route;
		*path_known = true;
	}
	return NULL;
}

static bool needs_cleaning(const char *path)
{
	for (const char *at = path; (at = strchr(at, '/')); at++) {
		size_t bytes = strcspn(at + 1, "/");

		if ((!bytes && at[1]) || (bytes == 1 && at[1] == '.') ||
			(bytes == 2 && at[1] == '.' && at[2] == '.'))
			return true;
	}
	return *path != '/';
}

static void drop_segment(struct buffer *out)
{
	while (out->bytes && out->data[--out->bytes] != '/')
		;
	if (out->data)
		out->data[out->bytes] = '\0';
}

/* Without empty, "." and ".." segments; a slash at the end stays. */
static void clean(struct buffer *out, const char *path)
{
	for (const char *at = path; *at;) {
		size_t slashes = strspn(at, "/");
		size_t bytes = strcspn(at + slashes, "/");

		at += slashes;
		if (bytes == 2 && at[0] == '.' && at[1] == '.')
			drop_segment(out);
		else if (bytes && !(bytes == 1 && *at == '.')) {
			buffer_putc(out, '/');
			buffer_append(out, at, bytes);
		}
		at += bytes;
	}
	if (!out->bytes || path[strlen(path) - 1] == '/')
		buffer_putc(out, '/');
}

static void redirect(struct http_exchange *exchange)
{
	AUTO(buffer) struct buffer location = { 0 };

	clean(&location, http_path(exchange));
	if (*http_query(exchange))
		buffer_printf(&location, "?%s", http_query(exchange));
	if (location.failed) {
		http_answer_text(exchange, 503, text_plain, "out of memory\n");
		return;
	}
	http_set_header(exchange, "Location", location.data);
	http_answer(exchange, 301, NULL, NULL);
}

static bool origin_is(const char *origin, const char *host)
{
	const char *authority = strstr(origin, "://");

	return authority && host && strcmp(authority + 3, host) == 0;
}

/*
 * True for a request that may change something and that a browser sends for a page of somebody else's: such a page can reach
 * what its reader can, a forwarded port above all.
 */
static bool is_foreign(const struct http_exchange *exchange)
{
	const char *site = http_header(exchange, "Sec-Fetch-Site");
	const char *origin = http_header(exchange, "Origin");
	const char *method = http_method(exchange);

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
		strcmp(method, "OPTIONS") == 0)
		return false;
	if (site)
		return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	return origin && !origin_is(origin, http_header(exchange, "Host")) &&
	       !origin_is(origin, http_header(exchange, "X-Forwarded-Host"));
}

static bool decode_values(
	struct route_match *match, const struct span *spans, size_t count, struct error *err)
{
	for (; match->count < count; match->count++)
		if (!url_decode(spans[match->count].text, spans[match->count].bytes,
			    &match->values[match->count], err))
			return false;
	return true;
}

static void refuse_unknown(struct http_exchange *exchange, bool path_known)
{
	if (path_known)
		http_answer(exchange, 405, NULL, NULL);
	else if (needs_cleaning(http_path(exchange)))
		redirect(exchange);
	else
		http_answer_text(exchange, 404, text_plain, "404 page not found\n");
}

void router_handle(void *context, struct http_exchange *exchange)
{
	const struct router *router = context;
	struct route_match match = { 0 };
	struct span spans[ROUTE_VALUES];
	const struct route *route;
	struct error err;
	bool path_known;
	size_t count;

	route = find(router, exchange, spans, &count, &match.rest, &path_known);
	if (!route || needs_cleaning(http_path(exchange))) {
		refuse_unknown(exchange, path_known && !needs_cleaning(http_path(exchange)));
		return;
	}
	match.pattern = route->pattern;
	http_set_note(exchange, route->pattern);
	if (is_foreign(exchange))
		http_answer_text(exchange, 403, text_plain,
			"a page of another origin may not send this request\n");
	else if (!decode_values(&match, spans, count, &err))
		http_answer_text(exchange, 400, text_plain, "the path has an invalid escape\n");
	else
		route->handle(route->context, exchange, &match);
	match_fini(&match);
}

/* The trace id of a W3C traceparent header: "00-<32 hexadecimal digits>-...". */
static void read_trace(const struct http_exchange *exchange, char out[33])
{
	const char *parent = http_header(exchange, "traceparent");

	out[0] = '\0';
	if (!parent || strlen(parent) < 55 || parent[2] != '-' || parent[35] != '-' ||
		strspn(parent + 3, "0123456789abcdef") != 32)
		return;
	memcpy(out, parent + 3, 32);
	out[32] = '\0';
}

/* Probes come every few seconds: they are for debugging only. */
static enum log_level level_of(const struct http_exchange *exchange)
{
	if (http_status(exchange) >= 500)
		return LOG_LEVEL_WARN;
	return strcmp(http_path(exchange), "/health") == 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

static enum router_group group_of(const char *pattern)
{
	if (!pattern)
		return ROUTER_OTHER;
	if (text_starts_with(pattern, "/api/a2a-sandboxes/"))
		return ROUTER_A2A;
	if (text_starts_with(pattern, "/api/"))
		return ROUTER_API;
	return strcmp(pattern, "/") == 0 || text_starts_with(pattern, "/assets/") ? ROUTER_PAGE
										  : ROUTER_OTHER;
}

static void count(struct router_stats *stats, const char *pattern, int status, uint64_t took_us)
{
	enum router_group group = group_of(pattern);

	stats->ended[group][status > 0 && status < ROUTER_STATUSES ? status : 0]++;
	stats->took_us[group] += took_us;
	for (size_t i = 0; i < ROUTER_BUCKETS; i++)
		stats->within[group][i] += took_us <= (uint64_t)router_bucket_ms[i] * 1000;
}

void router_log(void *context, struct http_exchange *exchange)
{
	struct router *router = context;
	int status = http_status(exchange);
	const char *route = http_note(exchange);
	char trace[33];

	count(&router->stats, route, status, http_took_us(exchange));
	read_trace(exchange, trace);
	LOG_WITH(level_of(exchange), "request", LOG_STR("method", http_method(exchange)),
		LOG_STR("route", route ? route : "none"), LOG_INT("status", status),
		LOG_INT("took_us", http_took_us(exchange)), LOG_TRACE(trace));
}

void router_get_stats(const struct router *router, struct router_stats *out)
{
	*out = router->stats;
}
