#include "http/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Owned by the thread until it has posted, then by the message; who gives up only says so. */
struct resolve {
	struct loop *loop;
	resolve_done_fn done;
	void *context;
	char *host;
	char port[8];

	struct addresses found; /* by the thread, before it posts */
	int failure; /* of getaddrinfo */

	pthread_mutex_t lock; /* guards what follows */
	bool cancelled;
	bool stranded; /* could not be posted */
};

bool resolve_number(const char *host, unsigned port, struct addresses *out)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, host, &four.sin_addr) == 1) {
		out->count = 1;
		out->list[0].bytes = sizeof(four);
		memcpy(&out->list[0].at, &four, sizeof(four));
		return true;
	}
	if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1) {
		out->count = 1;
		out->list[0].bytes = sizeof(six);
		memcpy(&out->list[0].at, &six, sizeof(six));
		return true;
	}
	return false;
}

static void resolve_free(struct resolve *resolve)
{
	pthread_mutex_destroy(&resolve->lock);
	free(resolve->host);
	free(resolve);
}

static void resolve_arrived(void *context)
{
	struct resolve *resolve = context;
	struct error err = { 0 };
	bool cancelled;

	pthread_mutex_lock(&resolve->lock);
	cancelled = resolve->cancelled;
	pthread_mutex_unlock(&resolve->lock);
	if (!cancelled && resolve->found.count) {
		resolve->done(resolve->context, &resolve->found, NULL);
	} else if (!cancelled) {
		error_set(&err, ERR_IO, NULL, "resolve %s: %s", resolve->host,
			resolve->failure ? gai_strerror(resolve->failure) : "it has no address");
		resolve->done(resolve->context, NULL, &err);
	}
	resolve_free(resolve);
}

static void resolve_ask(struct resolve *resolve)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *list = NULL;

	resolve->failure = getaddrinfo(resolve->host, resolve->port, &hints, &list);
	if (resolve->failure)
		return;
	for (const struct addrinfo *it = list; it && resolve->found.count < RESOLVE_MAX;
		it = it->ai_next) {
		struct address *to = &resolve->found.list[resolve->found.count++];

		to->bytes = it->ai_addrlen;
		memcpy(&to->at, it->ai_addr, it->ai_addrlen);
	}
	freeaddrinfo(list);
}

static void *resolve_run(void *context)
{
	struct resolve *resolve = context;
	bool cancelled;

	resolve_ask(resolve);
	pthread_mutex_lock(&resolve->lock);
	cancelled = resolve->cancelled;
	/* Under the lock: who cancels may end the loop right afterwards. */
	if (!cancelled && !loop_post(resolve->loop, resolve_arrived, resolve, NULL))
		resolve->stranded = true;
	pthread_mutex_unlock(&resolve->lock);
	if (cancelled)
		resolve_free(resolve);
	return NULL;
}

static bool resolve_spawn(struct resolve *resolve, struct error *err)
{
	pthread_attr_t detached;
	pthread_t thread;
	int failure;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	failure = pthread_create(&thread, &detached, resolve_run, resolve);
	pthread_attr_destroy(&detached);
	return failure == 0 || error_set(err, ERR_IO, NULL, "resolve %s: no thread: %s",
				       resolve->host, strerror(failure));
}

bool resolve_start(struct loop *loop, const char *host, unsigned port, resolve_done_fn done,
	void *context, struct resolve **out, struct error *err)
{
	struct resolve *resolve = calloc(1, sizeof(*resolve));

	if (!resolve)
		return error_no_memory(err);
	pthread_mutex_init(&resolve->lock, NULL);
	resolve->loop = loop;
	resolve->done = done;
	resolve->context = context;
	resolve->host = strdup(host);
	snprintf(resolve->port, sizeof(resolve->port), "%u", port);
	if (!resolve->host || !resolve_spawn(resolve, err)) {
		bool had_host = resolve->host != NULL;

		resolve_free(resolve);
		return had_host ? false : error_no_memory(err);
	}
	*out = resolve;
	return true;
}

void resolve_cancel(struct resolve *resolve)
{
	bool stranded;

	if (!resolve)
		return;
	pthread_mutex_lock(&resolve->lock);
	resolve->cancelled = true;
	stranded = resolve->stranded;
	pthread_mutex_unlock(&resolve->lock);
	if (stranded)
		resolve_free(resolve);
}
