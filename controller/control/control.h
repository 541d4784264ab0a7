/*
 * The controller's first actor: watches SandboxAgents and all they refer to, makes their objects, rolls changes out, keeps the status
 * true. Everything here runs on its loop's thread, except control_set_busy and control_answer_busy.
 * Of several replicas one leads, and writes. The others follow: they watch the same and tell their own actors of every agent, as far as
 * the leader's status and the pod say; nothing that a follower remembers is needed to lead.
 * Source: kagent v0.9.12's reconciler by contract; agent-sandbox by observed behaviour.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "agent/translate.h"
#include "control/rollout.h"
#include "kube/client.h"

struct control;

/* What others need to know of one agent; a message, owned by the receiver (control_notice_free). */
struct control_notice {
	char *ns, *name;
	bool exists; /* false: it was deleted */
	bool is_accepted;
	bool is_ready; /* its pod may be sent requests */
	char *waits_for; /* for people, when not ready: the Ready or Accepted message */
	char *address; /* "http://198.51.100.7:8080"; NULL when not ready */
	struct json_doc *agent; /* the object; NULL when deleted. May be read by any thread */
	struct json_doc
		*model; /* its ModelConfig, in the same way; NULL: it has none, or none is there */
};
void control_notice_free(struct control_notice *notice);

/* Who writes the status of ModelConfigs and RemoteMCPServers: we, unless a kagent controller runs here; we; not we. */
enum model_status_mode { MODEL_STATUS_AUTO, MODEL_STATUS_ALWAYS, MODEL_STATUS_NEVER };
/* "auto", "true", "false". ERR_INVALID names them. */
MUST_USE bool control_parse_model_status(
	const char *text, enum model_status_mode *out, struct error *err);

struct control_options {
	struct loop *loop;
	struct kube_client *client;
	struct agent_settings settings; /* borrowed strings live as long as the control */
	enum rollout_policy default_rollout;
	enum model_status_mode model_status;
	bool follows; /* at first; control_set_leading changes it */
	/* The webhook's Service: v1alpha3 is served only while it converts. NULL or "": left as it is. */
	const char *conversion_service;
	/* Something of an agent changed. Takes the notice. On the control's thread: hand it over by loop_post. */
	void (*on_notice)(void *context, struct control_notice *notice);
	/* All SandboxAgents have been told once since the start. May be NULL. */
	void (*on_synced)(void *context);
	/*
	 * Whether a chat of this agent runs on another replica; control_answer_busy answers. Asked before a roll-out that waits for the
	 * last chat to end. NULL: there is no other replica.
	 */
	void (*ask_busy)(void *context, const char *ns, const char *name);
	void *context;
};

MUST_USE bool control_new(
	const struct control_options *options, struct control **out, struct error *err);
void control_free(struct control *control); /* on the loop's thread, or after it ended */

/* This replica leads from now on, or no longer: what it was about to write is dropped. */
void control_set_leading(struct control *control, bool is_leading);

/* For the end of a program, after loop_run returned: leads no more, and lets a write of the CRD under way arrive, 2 s at most. */
void control_finish(struct control *control);

/* A chat of this agent runs here (or no longer): roll-outs of policy WhenIdle wait for its end. Any thread. */
MUST_USE bool control_set_busy(
	struct control *control, const char *ns, const char *name, bool is_busy, struct error *err);

/* The answer to ask_busy, once. Where it cannot be found out, true. Any thread. */
MUST_USE bool control_answer_busy(
	struct control *control, const char *ns, const char *name, bool is_busy, struct error *err);

/* True when the caches that decide are filled; for /readyz. */
bool control_has_synced(const struct control *control);

struct control_stats {
	size_t agents, queue_depth, working;
	size_t leading; /* 0 or 1 */
	uint64_t reconciles, failures;
};
void control_stats(const struct control *control, struct control_stats *out);

#endif
