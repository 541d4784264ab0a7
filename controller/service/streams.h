/*
 * Which agents have a chat under way on this replica, told to the store that all replicas share: the one that leads asks there before it
 * rolls an agent out. A replica says so again every ten seconds; what it has not said for thirty is over, so that a dead replica holds
 * no roll-out up for longer. A store that cannot be asked counts as a chat. The front's thread.
 */
#ifndef SERVICE_STREAMS_H
#define SERVICE_STREAMS_H

#include "store/store.h"

struct streams;

struct streams_options {
	struct loop *loop;
	struct store *store;
	const char *replica; /* borrowed; of one process */
	/* The answer to streams_ask, exactly once. */
	void (*on_answer)(void *context, const char *ns, const char *name, bool is_busy);
	void *context;
};

MUST_USE bool streams_new(
	const struct streams_options *options, struct streams **out, struct error *err);
void streams_close(struct streams *streams); /* before the loop is freed; NULL does nothing */
void streams_free(struct streams *streams); /* after the store's last answer; NULL does nothing */

/* A chat of the agent runs here, or no longer. */
void streams_set(struct streams *streams, const char *ns, const char *name, bool is_busy);
/* Whether one runs elsewhere. */
void streams_ask(struct streams *streams, const char *ns, const char *name);

#endif
