/*
 * From a host's name to its addresses without stopping the loop: a number is read on the spot, a name is asked for in a thread of
 * its own, which posts the answer to the loop. Giving up never waits for a name server: the thread then ends alone.
 * All but that thread: the loop's thread.
 */
#ifndef HTTP_RESOLVE_H
#define HTTP_RESOLVE_H

#include "loop/loop.h"

#include <sys/socket.h>

#define RESOLVE_MAX 8

struct address {
	struct sockaddr_storage at;
	socklen_t bytes;
};

struct addresses {
	size_t count;
	struct address list[RESOLVE_MAX];
};

struct resolve; /* a question under way */

/* True when `host` is a number (IPv4, or IPv6 without brackets). */
bool resolve_number(const char *host, unsigned port, struct addresses *out);

/* `done` comes once, later, unless cancelled; the handle is dead afterwards. `err` NULL = `found` has one or more. ERR_NO_MEMORY, ERR_IO. */
typedef void (*resolve_done_fn)(
	void *context, const struct addresses *found, const struct error *err);
MUST_USE bool resolve_start(struct loop *loop, const char *host, unsigned port,
	resolve_done_fn done, void *context, struct resolve **out, struct error *err);
void resolve_cancel(struct resolve *resolve); /* NULL does nothing */

#endif
