/* What the files of this room share: the actor's state. Nobody outside includes this. Loop's thread. */
#ifndef CONTROL_ACTOR_H
#define CONTROL_ACTOR_H

#include "control/apply.h"
#include "control/control.h"
#include "control/model_status.h"
#include "control/queue.h"
#include "control/references.h"
#include "control/sandbox_api.h"
#include "control/serving_keeper.h"
#include "control/sources.h"
#include "control/status.h"
#include "kube/cache.h"
#include "kube/event.h"

#define CONTROL_MAX_WORKS 16 /* reconciles under way at once: enough to keep an API server busy */

/* The objects of an agent that are written whole, in this order; the Sandbox comes last, by the roll-out's steps. */
enum part { PART_SECRET, PART_SRT, PART_ACCOUNT, PART_SKILLS, PART_COUNT };

/* What we remember of an agent between reconciles; lost with the process, and nothing depends on it. */
struct memory {
	/* Of each part as we last wrote it, or found it to be as wanted: at another one we look again. NULL = not by this process. */
	char *known_rv[PART_COUNT];
	int64_t sandbox_generation; /* of the Sandbox when we last saw it as we want it; 0 = not yet */
	uint64_t told_ms; /* when the pod was told of new srt settings; 0 = not by this process */
	uint64_t last_bounce_ms; /* a finished pod was replaced then */
	unsigned bounces;
	unsigned failures; /* passes in a row that a peer's fault ended */
	bool is_busy;
};

struct control {
	struct loop *loop;
	struct kube_client *client;
	struct kube_events *events;
	struct agent_settings settings;
	enum rollout_policy default_rollout;
	void (*on_notice)(void *context, struct control_notice *notice);
	void (*on_synced)(void *context);
	void (*ask_busy)(void *context, const char *ns, const char *name);
	void *context;

	struct control_source sources[SOURCE_COUNT];
	struct sandbox_api api;
	struct queue queue;
	struct references references;
	struct model_status *models;
	struct serving_keeper *serving; /* NULL = v1alpha3 is left as it is */
	struct loop_timer *timer;
	struct map memories; /* "ns/name" -> struct memory */
	struct work *works; /* under way */
	size_t work_count;
	uint64_t reconciles, failures;
	bool has_synced;
	bool is_leading;
	bool is_noting; /* a work puts its own write into a cache */
};

/* Wants the agent looked at after `delay_ms`. Lack of memory is logged; the next change comes again. */
void control_want(struct control *control, const char *ns, const char *name, uint64_t delay_ms);
/* Sees to it that works are started when they are due. */
void control_arm(struct control *control);

/* The memory of an agent, made when absent; NULL = out of memory. */
struct memory *control_memory(struct control *control, const char *key);
void control_forget(struct control *control, const char *key);

/* A reference as the translator speaks of it: "Kind/ns/name". */
void control_reference(
	char *out, size_t out_bytes, enum agent_kind kind, const char *ns, const char *name);

/* watches.c: opens and closes the watches, and turns changes into wants. */
MUST_USE bool watches_open(struct control *control, struct error *err);
void watches_close(struct control *control);
bool watches_have_synced(const struct control *control);
/* Wants every agent looked at. */
void watches_want_all(struct control *control);

/* work.c: one reconcile of one agent. Takes the key over from the queue and gives it back when done. */
void work_start(struct control *control, const char *key);
void work_cancel_all(struct control *control); /* their keys go back to the queue */
/* Goes on with the work that has asked whether its agent is busy elsewhere. */
void work_answer_busy(struct control *control, const char *key, bool is_busy);

/* follow.c: tells the other actors of an agent, without a write. */
void follow_agent(struct control *control, const char *key);
/* Tells that it is gone, if it was ever told of. */
void follow_deleted(struct control *control, const char *key);
/* The pod of this agent's Sandbox, or nothing. */
struct json_view control_pod_of(const struct control *control, const char *ns, const char *name);

/* Whether this object, new in `source`, is what a work under way has just created. */
bool work_made(const struct control_source *source, struct json_view object);

#endif
