/*
 * The controller's second actor: the HTTP server with the A2A proxy and the API, on a loop and a thread of its own, and the store behind
 * them. It is told of agents by messages, and tells whether they are busy by one. Every replica has one: what they share is in the store.
 */
#ifndef SERVICE_FRONT_H
#define SERVICE_FRONT_H

#include "control/control.h"
#include "service/asker.h"
#include "service/changer.h"
#include "service/metrics.h"
#include "service/options.h"

struct front;

struct front_options {
	const struct service_options *options; /* borrowed */
	/* A chat of this agent runs, or no longer. On the front's thread. */
	void (*on_busy)(void *context, const char *ns, const char *name, bool is_busy);
	/* Asks whose token it is, and what a user may; NULL: agents are believed. On the front's thread. */
	struct asker *asker;
	/* Makes, changes and deletes SandboxAgents for users; NULL: nobody may. */
	struct changer *changer;
	/* Borrowed; NULL: no other replica shares the store. */
	const char *replica;
	/* The answer to front_ask_busy. On the front's thread. */
	void (*on_answer)(void *context, const char *ns, const char *name, bool is_busy);
	void *context;
};

MUST_USE bool front_start(
	const struct front_options *options, struct front **out, struct error *err);
/* Takes the notice. Any thread. */
void front_tell(struct front *front, struct control_notice *notice);
/* All agents have been told once. Any thread. */
void front_tell_synced(struct front *front);
/* Asks whether a chat of the agent runs on another replica; only with `replica`. False: there will be no answer. Any thread. */
MUST_USE bool front_ask_busy(
	struct front *front, const char *ns, const char *name, struct error *err);
/*
 * Asks for the front's figures: `done` is called with them on `loop`, later; they are borrowed for the call, and NULL when the front
 * has stopped. Any thread. False: out of memory, `done` is not called.
 */
typedef void (*front_figures_fn)(void *context, const struct metrics_front *figures);
MUST_USE bool front_ask_figures(struct front *front, struct loop *loop, front_figures_fn done,
	void *context, struct error *err);
/* Ends what runs (5 s), closes the store, joins the thread. */
void front_stop(struct front *front);

#endif
