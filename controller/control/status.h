/*
 * The status of a SandboxAgent: conditions Accepted, Ready, UnsupportedFeatures and Degraded, and what its pod runs. Accepted and Ready are
 * written together; nothing is written when nothing changed. Pure; any thread.
 * Source: kagent v0.9.12 (condition types, reasons, messages); Ready is stricter: never a silent True for a pod of an older generation.
 */
#ifndef CONTROL_STATUS_H
#define CONTROL_STATUS_H

#include "control/rollout.h"
#include "control/sandbox_schema.h"
#include "json/value.h"

#define STATUS_LACK_BYTES 560

struct status_facts {
	struct json_view agent;
	const struct error *refusal; /* why it is not accepted; NULL = accepted */
	const char *remark; /* behind the Accepted message, e.g. what was left out; "" = none */
	bool has_sandbox_api;
	struct json_view sandbox; /* nothing = not found */
	struct json_view pod; /* nothing = none */
	enum rollout_step step;
	bool is_told; /* the pod knows the present srt settings */
	const char *lack; /* what pods are made without, as status_say_lack says it; "" = nothing */
};

struct status_ready {
	const char *status; /* "True", "False", "Unknown" */
	char reason[64];
	char message[700];
};

/* The Ready condition alone; also what clients are told while they wait. */
void status_ready(const struct status_facts *facts, struct status_ready *out);

/* The message of Degraded for these fields. */
void status_say_lack(const struct sandbox_lack *lack, char out[STATUS_LACK_BYTES]);
/*
 * What the agent's present status says so, or "": it is how we remember that the Sandbox was written without some fields. Borrowed from
 * `agent`.
 */
const char *status_lack(struct json_view agent);

/* Whether a pod may be sent requests: running, ready, of this Sandbox, with an address. */
bool status_pod_serves(struct json_view sandbox, struct json_view pod);

/* The whole status for a merge patch, or NULL in `out` when the object's present status says the same. `now` is RFC 3339. */
MUST_USE bool status_build(const struct status_facts *facts, const char *now,
	struct json_object **out, struct error *err);

#endif
