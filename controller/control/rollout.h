/*
 * How a pod comes to run what its SandboxAgent says. An upstream Sandbox never replaces its pod by itself, so we do: the pod template
 * is only ever changed together with a suspension, the Sandbox is resumed when the old pod is gone. Hence the law this file keeps:
 *   a Sandbox that is not suspended carries the very template its pod was made from.
 * Pure; any thread. Source: agent-sandbox v0.3.10 to v1.0, observed behaviour on template changes, pod loss and resumption.
 */
#ifndef CONTROL_ROLLOUT_H
#define CONTROL_ROLLOUT_H

#include "json/doc.h"

enum rollout_policy { ROLLOUT_WHEN_IDLE, ROLLOUT_IMMEDIATE, ROLLOUT_MANUAL };

struct rollout_facts {
	bool has_sandbox;
	bool is_sandbox_deleting;
	bool is_template_current; /* the Sandbox carries the wanted template */
	bool is_suspended; /* replicas 0, or operatingMode Suspended */
	bool is_observed; /* agent-sandbox has seen the Sandbox's present generation */
	bool is_stuck; /* v0.3.10: its pod was lost and it looks for it for ever */
	bool has_pod; /* a pod of this Sandbox exists, even if terminating */
	bool is_pod_finished; /* Failed or Succeeded: agent-sandbox keeps such pods for ever */
	bool is_busy; /* a task runs or a stream is open */
	bool is_approved; /* policy Manual: the user said go */
	enum rollout_policy policy;
};

enum rollout_step {
	ROLLOUT_NOTHING,
	ROLLOUT_CREATE, /* make the Sandbox */
	ROLLOUT_REPLACE, /* write the template and suspend, in one patch */
	ROLLOUT_REVISE, /* suspended with an old template: write the new one */
	ROLLOUT_RESUME, /* the old pod is gone: let a new one be made */
	ROLLOUT_UNSTICK, /* take the lost pod's name off the Sandbox */
	ROLLOUT_WAIT_DELETED, /* for the Sandbox to go */
	ROLLOUT_WAIT_POD_GONE, /* for the old pod to stop */
	ROLLOUT_WAIT_IDLE, /* for the running chat to end */
	ROLLOUT_WAIT_APPROVAL, /* for the user */
};

enum rollout_step rollout_next(const struct rollout_facts *facts);

/* True while a newer generation is held back: what only a new pod may see (Secret, skills, account) is not to be written yet. */
bool rollout_holds_back(enum rollout_step step);

/* What is awaited, for status and clients: "the old pod to stop"; "" for steps that wait for nothing. */
const char *rollout_waits_for(enum rollout_step step);

/* The facts that a Sandbox and its pod (or nothing) tell. The caller fills the rest. */
void rollout_read(struct json_view sandbox, struct json_view pod, struct rollout_facts *facts);

MUST_USE bool rollout_parse_policy(const char *text, enum rollout_policy *out, struct error *err);

#endif
