/*
 * The connections of an http_client: one origin per scheme and authority, its idle connections, the last used one first, and the requests
 * that wait for one. Only client.c uses it. Idle connections are closed after a minute, when the peer closes or says
 * anything, and the oldest when there are too many. The addresses of a name are asked for once for all who wait, kept for
 * half a minute, and tried one after the other. Never re-entered: the callbacks come from the loop. The loop's thread.
 */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include "base/map.h"
#include "http/connection.h"

#include <sys/queue.h>

struct http_request;
struct pool;

struct origin {
	struct pool *pool;
	char *authority; /* as in the URL, and as the Host header says it */
	char *key; /* in the map */
	char *host;
	unsigned port;
	bool tls;
	unsigned requests; /* that name it */
	unsigned open; /* connections in any state */
	LIST_HEAD(, pooled) idle;
	TAILQ_HEAD(waiting_requests, http_request) waiting;
	bool has_work; /* in the list of those to be served */
	TAILQ_ENTRY(origin) in_work;

	struct addresses addresses;
	uint64_t addresses_until_ms;
	struct resolve *resolve; /* under way */
	bool limited; /* those who wait have a time for connecting, because of it */
	bool unresolved; /* the last question failed, and those who wait have not heard yet */
	struct error failure;
	SSL_SESSION *session;
};

struct pooled {
	struct connection connection; /* first: what the loop names */
	struct origin *origin;
	struct http_request *request; /* NULL = idle */
	bool is_reused;
	size_t address; /* which of the origin's is being tried */
	uint64_t idle_since_ms;
	LIST_ENTRY(pooled) in_origin; /* idle */
	TAILQ_ENTRY(pooled) in_idle;
	LIST_ENTRY(pooled) in_all;
};

struct pool {
	struct loop *loop;
	const struct http_client_options *options; /* of the client */
	void (*on_event)(struct pooled *pooled); /* of one that has a request */
	void (*on_work)(void *context); /* an origin is to be served */
	void *context;
	struct map origins;
	TAILQ_HEAD(, origin) work;
	TAILQ_HEAD(, pooled) idle; /* longest idle first */
	size_t idle_count;
	LIST_HEAD(, pooled) all;
	struct loop_timer *sweep;
	bool sweeping; /* armed */
	SSL_CTX *tls; /* made when first needed */
};

MUST_USE bool pool_init(struct pool *pool, struct error *err); /* the first five are set */
void pool_fini(struct pool *pool); /* no request is left */

/* The origin of a URL, made when it is new, with one more request that names it. ERR_INVALID, ERR_NO_MEMORY. */
MUST_USE bool pool_origin(struct pool *pool, bool tls, const char *authority, size_t bytes,
	struct origin **out, struct error *err);
void pool_leave(struct origin *origin); /* one request less */
/* It will be served (on_work), or forgotten when nothing names it. */
void pool_serve_later(struct origin *origin);
/* The next to be served, taken off the list; NULL when none. */
struct origin *pool_next_to_serve(struct pool *pool);
/* Releases an origin that nothing names. True when it did. */
bool pool_forget(struct origin *origin);

enum pool_outcome { POOL_READY, POOL_CONNECTING, POOL_LATER, POOL_FAILED };
/* A connection for one request; `fresh`: none that was used before. POOL_LATER: the origin is served when that changed. */
MUST_USE enum pool_outcome pool_take(
	struct origin *origin, bool fresh, struct pooled **out, struct error *err);
/* Connecting failed: goes on with the next address, or false, and the connection is of no use. */
MUST_USE bool pool_try_next(struct pooled *pooled);
void pool_keep(struct pooled *pooled); /* idle from now on */
void pool_drop(struct pooled *pooled); /* closes and releases it */

#endif
