/*
 * One reconcile of one agent, from its key to its status. What its files share; nobody outside the room includes this. Loop's thread.
 *   work.c     takes a key, translates (values are read as they are asked for), ends
 *   judge.c    compares with what exists, and plans the roll-out
 *   part.c     writes the Secret, the ConfigMaps and the ServiceAccount
 *   step.c     takes the roll-out's next step on the Sandbox
 *   tell.c     tells a running pod of new sandbox settings
 *   outcome.c  the status, and the notice to the other actors
 * (follow.c gives the notice where nothing is written.)
 * Each of the work_* functions below sends a request whose answer goes on, or calls the next, or ends the work: it is dead afterwards.
 */
#ifndef CONTROL_WORK_H
#define CONTROL_WORK_H

#include "control/actor.h"
#include "control/inputs.h"

/* A Sandbox schema that the API server has and we have not seen yet must not drop fields without a word. */
#define WORK_WRITE_QUERY "fieldManager=" KUBE_FIELD_MANAGER "&fieldValidation=Strict"

struct work {
	struct control *control;
	struct work *next, *previous;
	char *key;
	const char *ns, *name; /* into ns_text and key */
	char ns_text[64];
	struct json_doc *agent_doc;
	struct json_view agent;
	struct inputs inputs;
	struct agent_objects objects;
	struct apply_text texts[PART_COUNT];
	struct apply_text sandbox_text;
	char hashes[PART_COUNT][APPLY_HASH_BYTES];
	char sandbox_hash[APPLY_HASH_BYTES];
	char settings_hash[APPLY_HASH_BYTES]; /* of srt-settings.json alone */
	struct rollout_facts facts;
	enum rollout_step step;
	bool is_told; /* the pod knows the present srt settings */
	bool is_altered; /* the Sandbox's template is not as it was written, or was written without fields that it may have now */
	char lack
		[STATUS_LACK_BYTES]; /* what the served Sandbox has no place for, as the condition says it; "" = nothing */
	struct kube_call *call;
	int part;
	bool is_refused; /* `err` is why the agent is not accepted */
	bool is_asking; /* whether the agent is busy elsewhere */
	struct error err;
	uint64_t again_ms; /* look again after so long; 0 = when something changes */
	uint64_t started_us;
	unsigned writes;
};

/* The flow, in order. */
void work_write_parts(struct work *work);
void work_step(struct work *work);
void work_tell_pod(struct work *work);
void work_status(struct work *work);
void work_end(struct work *work, const struct error *err);
/* Ends the pass with work->err in the status, or tries again first when that may help. */
void work_refuse(struct work *work);

/* Hashes what is wanted, and fits it to the served Sandbox. False, here and below: work->err says why. */
MUST_USE bool judge_wanted(struct work *work);

/* Refuses what is somebody else's, decides the next step. */
MUST_USE bool judge_world(struct work *work);

/* Whether the next step is one that a chat elsewhere would put off; and the plan when there is one. */
bool judge_depends_on_idle(const struct work *work);
void judge_busy_elsewhere(struct work *work);

/*
 * Whether the Sandbox's spec was written since we last saw it as we want it, by somebody else (before this process began: whether its
 * template was), or when the schema lacked fields that it has now: then it must be read and handed to judge_inspected before judge_world.
 */
bool must_inspect(const struct work *work);
void judge_inspected(struct work *work, struct json_view sandbox);

/* Puts what this work has written into the cache of `source` (NULL = nothing). The work goes on: nobody is told of it. */
void work_note(struct work *work, int source, struct json_doc *written);

/* What exists; nothing when absent. */
struct json_view sandbox_of(const struct work *work);
struct json_view pod_of(const struct work *work);
struct json_view part_existing(const struct work *work, int part);

struct json_object *part_object(
	const struct work *work, int part); /* what is wanted; NULL = it must not be there */
const struct kube_resource *part_resource(int part);
void part_name(const struct work *work, int part, char *out, size_t out_bytes);

/*
 * Sends `request`, a write without path and context, for the object `name` (NULL: creates it) in the agent's namespace. `is_known`: see
 * kube_call_skip_known; NULL = the answer is wanted. Takes the body, also on failure.
 */
MUST_USE bool send_write(struct work *work, const struct kube_resource *resource, const char *name,
	struct kube_request *request, bool (*is_known)(void *work, const char *rv));
/* A PATCH of `resource`; `text` is its body. */
MUST_USE bool send_text_patch(struct work *work, const struct kube_resource *resource,
	const char *name, const char *type, const char *text, kube_done_fn done);

#endif
