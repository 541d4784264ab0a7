#include "http/pool.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>

#define MAX_CONNECTIONS_PER_HOST 8
#define IDLE_MAX                 256
#define IDLE_MS                  60000
#define ADDRESSES_MS             30000
#define HOST_MAX_BYTES           255

/* --- origins --- */

void pool_serve_later(struct origin *origin)
{
	if (!origin->has_work) {
		origin->has_work = true;
		TAILQ_INSERT_TAIL(&origin->pool->work, origin, in_work);
	}
	origin->pool->on_work(origin->pool->context);
}

struct origin *pool_next_to_serve(struct pool *pool)
{
	struct origin *origin = TAILQ_FIRST(&pool->work);

	if (origin) {
		TAILQ_REMOVE(&pool->work, origin, in_work);
		origin->has_work = false;
	}
	return origin;
}

static void origin_free(struct origin *origin)
{
	resolve_cancel(origin->resolve);
	SSL_SESSION_free(origin->session);
	free(origin->authority);
	free(origin->key);
	free(origin->host);
	free(origin);
}

bool pool_forget(struct origin *origin)
{
	if (origin->requests || origin->open)
		return false;
	if (origin->has_work)
		TAILQ_REMOVE(&origin->pool->work, origin, in_work);
	map_remove(&origin->pool->origins, origin->key);
	origin_free(origin);
	return true;
}

void pool_leave(struct origin *origin)
{
	if (--origin->requests == 0 && !origin->open)
		pool_serve_later(origin);
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_';
}

/* "host", "host:port", "[::1]", "[::1]:port"; no user, no zone. */
static bool origin_read_authority(struct origin *origin, struct error *err)
{
	const char *text = origin->authority;
	bool is_six = *text == '[';
	const char *end = is_six ? strchr(text, ']') : text + strcspn(text, ":");
	const char *at = is_six ? text + 1 : text;
	size_t host_bytes = end ? (size_t)(end - at) : 0;
	const char *port = !end ? NULL : is_six ? end + 1 : end;
	char *rest = NULL;

	if (!host_bytes || host_bytes > HOST_MAX_BYTES)
		return error_set(err, ERR_INVALID, NULL, "the URL has no host");
	for (size_t i = 0; i < host_bytes; i++)
		if (!is_host_char(at[i]) && !(is_six && at[i] == ':'))
			return error_set(
				err, ERR_INVALID, NULL, "the URL's host is no host's name");
	origin->port = origin->tls ? 443 : 80;
	if (*port == ':' && port[1]) {
		unsigned long number = strtoul(port + 1, &rest, 10);

		if (port[1] < '0' || port[1] > '9' || *rest || !number || number > 65535)
			return error_set(err, ERR_INVALID, NULL, "the URL's port is no port");
		origin->port = (unsigned)number;
	} else if (*port && *port != ':') {
		return error_set(err, ERR_INVALID, NULL, "the URL's port is no port");
	}
	origin->host = text_copy(at, host_bytes);
	return origin->host || error_no_memory(err);
}

static bool origin_fill(struct origin *origin, const char *key, size_t key_bytes, struct error *err)
{
	origin->key = text_copy(key, key_bytes);
	origin->authority = text_copy(key + 1, key_bytes - 1);
	if (!origin->key || !origin->authority)
		return error_no_memory(err);
	if (!origin_read_authority(origin, err))
		return false;
	if (resolve_number(origin->host, origin->port, &origin->addresses))
		origin->addresses_until_ms = UINT64_MAX;
	return true;
}

bool pool_origin(struct pool *pool, bool tls, const char *authority, size_t bytes,
	struct origin **out, struct error *err)
{
	char key[HOST_MAX_BYTES + 16];
	struct origin *origin;

	if (bytes + 2 > sizeof(key))
		return error_set(err, ERR_INVALID, NULL, "the URL's host is too long");
	key[0] = tls ? 's' : 'p';
	memcpy(key + 1, authority, bytes);
	key[bytes + 1] = '\0';
	origin = map_get(&pool->origins, key);
	if (!origin) {
		origin = calloc(1, sizeof(*origin));
		if (!origin)
			return error_no_memory(err);
		origin->pool = pool;
		origin->tls = tls;
		TAILQ_INIT(&origin->waiting);
		if (!origin_fill(origin, key, bytes + 1, err) ||
			!map_put(&pool->origins, key, origin, NULL, err)) {
			origin_free(origin);
			return false;
		}
	}
	origin->requests++;
	*out = origin;
	return true;
}

/* --- idle connections --- */

static void pool_unidle(struct pooled *pooled)
{
	struct pool *pool = pooled->origin->pool;

	LIST_REMOVE(pooled, in_origin);
	TAILQ_REMOVE(&pool->idle, pooled, in_idle);
	pool->idle_count--;
	pooled->idle_since_ms = 0;
}

void pool_drop(struct pooled *pooled)
{
	struct origin *origin = pooled->origin;

	if (pooled->idle_since_ms)
		pool_unidle(pooled);
	connection_close(&pooled->connection);
	LIST_REMOVE(pooled, in_all);
	free(pooled);
	origin->open--;
	pool_serve_later(origin);
}

static void pool_on_sweep(void *context)
{
	struct pool *pool = context;
	uint64_t now = clock_monotonic_ms();
	struct pooled *oldest;

	pool->sweeping = false;
	while ((oldest = TAILQ_FIRST(&pool->idle)) && oldest->idle_since_ms + IDLE_MS <= now)
		pool_drop(oldest);
	if (!oldest)
		return;
	pool->sweeping = true;
	loop_timer_arm(pool->sweep, oldest->idle_since_ms + IDLE_MS - now);
}

void pool_keep(struct pooled *pooled)
{
	struct origin *origin = pooled->origin;
	struct pool *pool = origin->pool;

	pooled->request = NULL;
	pooled->idle_since_ms = clock_monotonic_ms() | 1; /* never 0 */
	LIST_INSERT_HEAD(&origin->idle, pooled, in_origin);
	TAILQ_INSERT_TAIL(&pool->idle, pooled, in_idle);
	if (++pool->idle_count > IDLE_MAX)
		pool_drop(TAILQ_FIRST(&pool->idle));
	if (!pool->sweeping) {
		pool->sweeping = true;
		loop_timer_arm(pool->sweep, IDLE_MS);
	}
	if (!TAILQ_EMPTY(&origin->waiting))
		pool_serve_later(origin);
}

/* An idle connection has nothing to say: bytes, an end or an error make it useless (a TLS session that comes late does not). */
static void pool_hear_idle(struct pooled *pooled)
{
	char byte;
	size_t got;

	if (connection_read(&pooled->connection, &byte, 1, &got, NULL) != IO_AGAIN ||
		pooled->connection.saw_end)
		pool_drop(pooled);
}

static void pool_on_event(void *context, uint32_t events)
{
	struct pooled *pooled = context;

	connection_note(&pooled->connection, events);
	if (pooled->request)
		pooled->origin->pool->on_event(pooled);
	else
		pool_hear_idle(pooled);
}

/* --- new connections --- */

static void origin_on_resolved(
	void *context, const struct addresses *found, const struct error *err)
{
	struct origin *origin = context;

	origin->resolve = NULL;
	if (found) {
		origin->addresses = *found;
		origin->addresses_until_ms = clock_monotonic_ms() + ADDRESSES_MS;
	} else {
		origin->unresolved = true;
		origin->failure = *err;
	}
	pool_serve_later(origin);
}

static bool origin_has_addresses(const struct origin *origin)
{
	return origin->addresses_until_ms == UINT64_MAX ||
	       (origin->addresses_until_ms && clock_monotonic_ms() < origin->addresses_until_ms);
}

/* The first address, from `pooled->address` on, that can be tried at all. */
static bool pooled_open(struct pooled *pooled, struct error *err)
{
	struct origin *origin = pooled->origin;
	struct pool *pool = origin->pool;

	for (; pooled->address < origin->addresses.count; pooled->address++) {
		const struct connection_options options = { .loop = pool->loop,
			.to = &origin->addresses.list[pooled->address],
			.tls = origin->tls ? pool->tls : NULL,
			.host = origin->host,
			.session = &origin->session,
			.on_event = pool_on_event,
			.context = pooled };

		if (connection_open(&pooled->connection, &options, err))
			return true;
	}
	if (origin->addresses_until_ms != UINT64_MAX)
		origin->addresses_until_ms = 0;
	return false;
}

bool pool_try_next(struct pooled *pooled)
{
	connection_close(&pooled->connection);
	pooled->address++;
	return pooled_open(pooled, NULL);
}

static enum pool_outcome pool_open(struct origin *origin, struct pooled **out, struct error *err)
{
	struct pool *pool = origin->pool;
	struct pooled *pooled;

	if (origin->tls && !pool->tls && !tls_peer_context(pool->options, &pool->tls, err))
		return POOL_FAILED;
	pooled = calloc(1, sizeof(*pooled));
	if (!pooled) {
		error_no_memory(err);
		return POOL_FAILED;
	}
	pooled->origin = origin;
	if (!pooled_open(pooled, err)) {
		free(pooled);
		return POOL_FAILED;
	}
	origin->open++;
	LIST_INSERT_HEAD(&pool->all, pooled, in_all);
	*out = pooled;
	return POOL_CONNECTING;
}

enum pool_outcome pool_take(
	struct origin *origin, bool fresh, struct pooled **out, struct error *err)
{
	struct pool *pool = origin->pool;
	struct pooled *idle = LIST_FIRST(&origin->idle);
	unsigned most = pool->options->max_connections_per_host;

	if (idle && !fresh) {
		pool_unidle(idle);
		idle->is_reused = true;
		*out = idle;
		return POOL_READY;
	}
	if (origin->open >= (most ? most : MAX_CONNECTIONS_PER_HOST)) {
		if (!idle)
			return POOL_LATER;
		pool_drop(idle);
	}
	if (origin_has_addresses(origin))
		return pool_open(origin, out, err);
	if (origin->resolve || resolve_start(pool->loop, origin->host, origin->port,
				       origin_on_resolved, origin, &origin->resolve, err))
		return POOL_LATER;
	return POOL_FAILED;
}

/* --- the pool --- */

bool pool_init(struct pool *pool, struct error *err)
{
	TAILQ_INIT(&pool->work);
	TAILQ_INIT(&pool->idle);
	LIST_INIT(&pool->all);
	return loop_timer_new(pool->loop, pool_on_sweep, pool, &pool->sweep, err);
}

static void forget_origin(void *context UNUSED, const char *key UNUSED, void *value)
{
	origin_free(value);
}

void pool_fini(struct pool *pool)
{
	while (!LIST_EMPTY(&pool->all)) {
		struct pooled *pooled = LIST_FIRST(&pool->all);

		LIST_REMOVE(pooled, in_all);
		connection_close(&pooled->connection);
		free(pooled);
	}
	map_each(&pool->origins, forget_origin, NULL);
	map_fini(&pool->origins);
	loop_timer_free(pool->sweep);
	SSL_CTX_free(pool->tls);
}
