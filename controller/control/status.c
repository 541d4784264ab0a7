#include "control/status.h"

#include "base/text.h"
#include "control/names.h"
#include "kube/object.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REASON_LACK "SandboxSchemaLacksFields"

static void say(struct status_ready *out, const char *status, const char *reason, const char *fmt,
	...) PRINTF(4, 5);

static void say(
	struct status_ready *out, const char *status, const char *reason, const char *fmt, ...)
{
	va_list args;

	out->status = status;
	snprintf(out->reason, sizeof(out->reason), "%s", reason);
	va_start(args, fmt);
	vsnprintf(out->message, sizeof(out->message), fmt, args);
	va_end(args);
}

bool status_pod_serves(struct json_view sandbox, struct json_view pod)
{
	return json_is_present(pod) && object_is_owned_by(pod, object_uid(sandbox)) &&
	       !object_is_deleting(pod) &&
	       json_text_is(json_get(object_condition(pod, "Ready"), "status"), "True") &&
	       *json_text_or(json_dig(pod, "status", "podIP"), "");
}

/* The init or main container's own words, when it has ended badly: "skills-init: manifest unknown". */
static bool container_complaint(struct json_view pod, char *out, size_t out_bytes)
{
	static const char *const lists[] = { "initContainerStatuses", "containerStatuses" };
	static const char *const states[] = { "state", "lastState" };

	for (size_t l = 0; l < COUNT(lists); l++) {
		json_foreach (container, json_dig(pod, "status", lists[l])) {
			const char *name = json_text_or(json_get(container, "name"), "");
			struct json_view waiting = json_dig(container, "state", "waiting");

			for (size_t s = 0; s < COUNT(states); s++) {
				struct json_view ended =
					json_dig(container, states[s], "terminated");
				const char *message = json_text_or(json_get(ended, "message"), "");

				if (!json_int64_or(json_get(ended, "exitCode"), 0) || !*message)
					continue;
				snprintf(out, out_bytes, "container %s: %s", name, message);
				return true;
			}
			if (*json_text_or(json_get(waiting, "message"), "")) {
				snprintf(out, out_bytes, "container %s: %s: %s", name,
					json_text_or(json_get(waiting, "reason"), ""),
					json_text(json_get(waiting, "message"), NULL));
				return true;
			}
		}
	}
	return false;
}

/* The pod serves; an older generation is only left running when the message says so. */
static void say_serving(const struct status_facts *facts, struct status_ready *out)
{
	const char *message =
		json_text_or(json_get(object_condition(facts->sandbox, "Ready"), "message"), "");
	const char *runs = object_annotation(facts->sandbox, ANNOTATION_GENERATION);
	long long wanted = object_generation(facts->agent);
	size_t used;

	if (rollout_holds_back(facts->step) && !*runs) /* a Sandbox that was there before us */
		say(out, "True", "WorkloadReady",
			"%s; the pod runs what another controller made, generation %lld waits for "
			"%s",
			message, wanted, rollout_waits_for(facts->step));
	else if (rollout_holds_back(facts->step))
		say(out, "True", "WorkloadReady",
			"%s; the pod runs generation %s, generation %lld waits for %s", message,
			runs, wanted, rollout_waits_for(facts->step));
	else if (!facts->is_told)
		say(out, "False", "SettingsPending",
			"the sandbox settings of generation %lld are on their way to the pod",
			wanted);
	else
		say(out, "True", "WorkloadReady", "%s", message);
	used = strlen(out->message);
	if (strcmp(out->status, "True") == 0 && *facts->lack)
		snprintf(out->message + used, sizeof(out->message) - used, "; %s", facts->lack);
}

static void say_not_serving(const struct status_facts *facts, struct status_ready *out)
{
	struct json_view ready = object_condition(facts->sandbox, "Ready");
	const char *reason = json_text_or(json_get(ready, "reason"), "");
	const char *message = json_text_or(json_get(ready, "message"), "");
	char complaint[512];

	if (!json_is_present(ready))
		say(out, "Unknown", "SandboxReadyPending",
			"Sandbox Ready condition not yet reported");
	else if (json_text_is(json_get(ready, "status"), "True"))
		say(out, "False", "PodNotReady", "the pod is not ready yet");
	else if (container_complaint(facts->pod, complaint, sizeof(complaint)))
		say(out, "False", reason, "%s; %s", message, complaint);
	else
		say(out, json_text_is(json_get(ready, "status"), "False") ? "False" : "Unknown",
			reason, "%s", message);
}

void status_ready(const struct status_facts *facts, struct status_ready *out)
{
	long long wanted = object_generation(facts->agent);

	if (!facts->has_sandbox_api) {
		say(out, "Unknown", "SandboxGetFailed",
			"the agent-sandbox API is not served by this cluster");
		return;
	}
	if (!json_is_present(facts->sandbox)) {
		say(out, "Unknown", "SandboxNotFound", "Sandbox %s/%s not found",
			object_namespace(facts->agent), object_name(facts->agent));
		return;
	}
	switch (facts->step) {
	case ROLLOUT_REPLACE:
	case ROLLOUT_REVISE:
	case ROLLOUT_WAIT_POD_GONE:
	case ROLLOUT_RESUME:
	case ROLLOUT_UNSTICK:
		say(out, "False", "RollingOut",
			"generation %lld is being rolled out: waiting for %s", wanted,
			rollout_waits_for(facts->step));
		return;
	default:
		break;
	}
	if (status_pod_serves(facts->sandbox, facts->pod))
		say_serving(facts, out);
	else
		say_not_serving(facts, out);
}

void status_say_lack(const struct sandbox_lack *lack, char out[STATUS_LACK_BYTES])
{
	char more[48] = "";

	if (lack->unnamed)
		snprintf(more, sizeof(more), " and %zu more", lack->unnamed);
	snprintf(out, STATUS_LACK_BYTES,
		"the Sandbox that this cluster serves has no place for %s%s: pods are made "
		"without. "
		"An agent-sandbox that has brings them up to date by the roll-out policy",
		lack->names, more);
}

const char *status_lack(struct json_view agent)
{
	struct json_view degraded = object_condition(agent, "Degraded");

	return json_text_is(json_get(degraded, "reason"), REASON_LACK)
		       ? json_text_or(json_get(degraded, "message"), "")
		       : "";
}

struct wanted_condition {
	const char *type, *status, *reason, *message;
};

static bool add_condition(struct json_object *list, struct json_view agent,
	const struct wanted_condition *wanted, const char *now, struct error *err)
{
	struct json_view before = object_condition(agent, wanted->type);
	struct json_object *condition = json_object_new_object();
	const char *since = now;

	if (json_text_is(json_get(before, "status"), wanted->status))
		since = json_text_or(json_get(before, "lastTransitionTime"), now);
	if (!json_append(list, condition, err))
		return false;
	return json_set_text(condition, "lastTransitionTime", since, err) &&
	       json_set_text(condition, "message", wanted->message, err) &&
	       json_set_int(condition, "observedGeneration", object_generation(agent), err) &&
	       json_set_text(condition, "reason", wanted->reason, err) &&
	       json_set_text(condition, "status", wanted->status, err) &&
	       json_set_text(condition, "type", wanted->type, err);
}

/* What the go runtime ignores; "" when nothing. */
static void unsupported_features(struct json_view agent, char *out, size_t out_bytes)
{
	struct json_view declarative = json_dig(agent, "spec", "declarative");
	bool code = json_bool_or(json_get(declarative, "executeCodeBlocks"), false);
	bool compaction = json_is_present(json_dig(declarative, "context", "compaction"));

	out[0] = '\0';
	if (!json_text_is(json_get(declarative, "runtime"), "go") || (!code && !compaction) ||
		json_text_is(json_dig(agent, "spec", "type"), "BYO"))
		return;
	snprintf(out, out_bytes,
		"The following features are not supported in Go runtime and will be ignored: "
		"%s%s%s. "
		"Consider using runtime: python or removing these configurations.",
		code ? "code execution (executeCodeBlocks is deprecated)" : "",
		code && compaction ? ", " : "",
		compaction ? "context compression/compaction (not implemented in Go runtime)" : "");
}

static bool add_conditions(struct json_object *list, const struct status_facts *facts,
	const struct status_ready *ready, const char *now, struct error *err)
{
	char accepted[1300];
	char unsupported[400];

	if (facts->refusal)
		snprintf(accepted, sizeof(accepted), "%s%s%s", facts->refusal->path,
			*facts->refusal->path ? ": " : "", facts->refusal->text);
	else
		snprintf(accepted, sizeof(accepted), "SandboxAgent configuration accepted%s",
			facts->remark);
	unsupported_features(facts->agent, unsupported, sizeof(unsupported));
	if (!add_condition(list, facts->agent,
		    &(struct wanted_condition){ "Accepted", facts->refusal ? "False" : "True",
			    facts->refusal ? "ReconcileFailed" : "Reconciled", accepted },
		    now, err))
		return false;
	if (*unsupported && !add_condition(list, facts->agent,
				    &(struct wanted_condition){ "UnsupportedFeatures", "True",
					    "UnsupportedFeatures", unsupported },
				    now, err))
		return false;
	if (*facts->lack &&
		!add_condition(list, facts->agent,
			&(struct wanted_condition){ "Degraded", "True", REASON_LACK, facts->lack },
			now, err))
		return false;
	return add_condition(list, facts->agent,
		&(struct wanted_condition){ "Ready", ready->status, ready->reason, ready->message },
		now, err);
}

static bool add_rollout(
	struct json_object *status, const struct status_facts *facts, struct error *err)
{
	const char *waits = rollout_waits_for(facts->step);
	struct json_object *rollout = json_object_new_object();
	int64_t pod_generation = object_generation(facts->agent);

	if (!json_is_present(facts->pod))
		pod_generation = 0;
	else if (rollout_holds_back(facts->step))
		pod_generation =
			strtoll(object_annotation(facts->sandbox, ANNOTATION_GENERATION), NULL, 10);
	return json_set(status, "rollout", rollout, err) &&
	       json_set_text(rollout, "phase", *waits ? "Waiting" : "Current", err) &&
	       json_set_text(rollout, "message", waits, err) &&
	       json_set_int(rollout, "podGeneration", pod_generation, err);
}

bool status_build(const struct status_facts *facts, const char *now, struct json_object **out,
	struct error *err)
{
	AUTO(json) struct json_object *status = json_object_new_object();
	struct json_object *conditions = status ? json_need_array(status, "conditions") : NULL;
	struct status_ready ready;

	if (!conditions)
		return error_no_memory(err);
	status_ready(facts, &ready);
	if (!json_set_int(status, "observedGeneration", object_generation(facts->agent), err) ||
		!add_conditions(conditions, facts, &ready, now, err) ||
		!add_rollout(status, facts, err))
		return false;
	*out = json_value_equals_view(status, json_get(facts->agent, "status"))
		       ? NULL
		       : take_json(&status);
	return true;
}
