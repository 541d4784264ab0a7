/*
 * Which handler a request goes to: a table of methods and path patterns, filled by the API, the proxy and the page at start. What
 * the table does not know is answered here: 404, 405, 301 for paths that are not clean, 403 for what a page of another origin sends.
 * Belongs to the thread of the HTTP server.
 * Source: kagent's HTTP API, server-wide behaviour; Fetch metadata for the origin rule.
 */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include "http/server.h"

#define ROUTE_VALUES 3

/* What a pattern's placeholders stood for, percent-decoded; and the rest of the path for a pattern that ends with two stars. */
struct route_match {
	const char *pattern;
	char *values[ROUTE_VALUES]; /* heap; a handler may take them out */
	size_t count;
	const char *rest; /* as sent; "" or begins with '/' */
};

typedef void (*route_fn)(void *context, struct http_exchange *exchange, struct route_match *match);

struct router;

MUST_USE bool router_new(struct router **out, struct error *err);
void router_free(struct router *router);
DEFINE_AUTO(router, struct router *, router_free)

/*
 * `pattern` is a literal: "/api/tasks/{id}"; "/files/{name}/" and two stars at its end take any rest, also none. `method` is a
 * literal; NULL = any. The route that was added first wins.
 */
MUST_USE bool router_add(struct router *router, const char *method, const char *pattern,
	route_fn handle, void *context, struct error *err);

/* For http_server_options.on_request, with the router as context. */
void router_handle(void *router, struct http_exchange *exchange);
/* For http_server_options.on_end: one line of log for each request; never what was said. */
void router_log(void *router, struct http_exchange *exchange);

/* Whose routes they are: by the beginning of their patterns. */
enum router_group { ROUTER_A2A, ROUTER_API, ROUTER_PAGE, ROUTER_OTHER, ROUTER_GROUPS };
extern const char *const router_group_names[ROUTER_GROUPS]; /* "a2a", "api", "page", "other" */

#define ROUTER_STATUSES 600
#define ROUTER_BUCKETS  8
extern const uint32_t router_bucket_ms[ROUTER_BUCKETS];

/* What has ended so far, by group. Status 0: the client left before there was an answer. */
struct router_stats {
	uint64_t ended[ROUTER_GROUPS][ROUTER_STATUSES];
	uint64_t within[ROUTER_GROUPS][ROUTER_BUCKETS]; /* took no longer than the bucket's time */
	uint64_t took_us[ROUTER_GROUPS]; /* together */
};
void router_get_stats(const struct router *router, struct router_stats *out);

#endif
