#include "control/rollout.h"

#include "control/names.h"
#include "kube/object.h"

#include <string.h>

static enum rollout_step next_while_suspended(const struct rollout_facts *facts)
{
	if (!facts->is_template_current)
		return ROLLOUT_REVISE;
	if (facts->has_pod || !facts->is_observed)
		return ROLLOUT_WAIT_POD_GONE;
	return ROLLOUT_RESUME;
}

enum rollout_step rollout_next(const struct rollout_facts *facts)
{
	if (!facts->has_sandbox)
		return ROLLOUT_CREATE;
	if (facts->is_sandbox_deleting)
		return ROLLOUT_WAIT_DELETED;
	if (facts->is_suspended)
		return next_while_suspended(facts);
	if (facts->is_pod_finished)
		return ROLLOUT_REPLACE;
	if (facts->is_template_current)
		return facts->is_stuck ? ROLLOUT_UNSTICK : ROLLOUT_NOTHING;
	if (facts->is_stuck)
		return ROLLOUT_REPLACE;
	if (facts->policy == ROLLOUT_MANUAL && !facts->is_approved)
		return ROLLOUT_WAIT_APPROVAL;
	if (facts->policy == ROLLOUT_WHEN_IDLE && facts->is_busy)
		return ROLLOUT_WAIT_IDLE;
	return ROLLOUT_REPLACE;
}

bool rollout_holds_back(enum rollout_step step)
{
	return step == ROLLOUT_WAIT_IDLE || step == ROLLOUT_WAIT_APPROVAL ||
	       step == ROLLOUT_WAIT_DELETED;
}

const char *rollout_waits_for(enum rollout_step step)
{
	switch (step) {
	case ROLLOUT_REPLACE:
	case ROLLOUT_REVISE:
	case ROLLOUT_WAIT_POD_GONE:
		return "the old pod to stop";
	case ROLLOUT_CREATE:
	case ROLLOUT_RESUME:
	case ROLLOUT_UNSTICK:
		return "the new pod to start";
	case ROLLOUT_WAIT_DELETED:
		return "the old Sandbox to be deleted";
	case ROLLOUT_WAIT_IDLE:
		return "the running chat to end";
	case ROLLOUT_WAIT_APPROVAL:
		return "the user to approve the roll-out";
	case ROLLOUT_NOTHING:
		break;
	}
	return "";
}

static bool is_suspended(struct json_view spec)
{
	return json_int64_or(json_get(spec, "replicas"), 1) == 0 ||
	       json_text_is(json_get(spec, "operatingMode"), "Suspended");
}

void rollout_read(struct json_view sandbox, struct json_view pod, struct rollout_facts *facts)
{
	struct json_view ready = object_condition(sandbox, "Ready");
	const char *phase = json_text_or(json_dig(pod, "status", "phase"), "");

	facts->has_sandbox = json_is_present(sandbox);
	facts->is_sandbox_deleting = object_is_deleting(sandbox);
	facts->is_suspended = is_suspended(json_get(sandbox, "spec"));
	facts->is_observed =
		facts->has_sandbox && json_int64_or(json_get(ready, "observedGeneration"), 0) ==
					      object_generation(sandbox);
	facts->has_pod = json_is_present(pod);
	facts->is_pod_finished = strcmp(phase, "Failed") == 0 || strcmp(phase, "Succeeded") == 0;
	facts->is_stuck = !facts->has_pod &&
			  json_text_is(json_get(ready, "reason"), "ReconcilerError") &&
			  *object_annotation(sandbox, ANNOTATION_POD_NAME);
}

bool rollout_parse_policy(const char *text, enum rollout_policy *out, struct error *err)
{
	static const char *const names[] = { "WhenIdle", "Immediate", "Manual" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum rollout_policy)i;
			return true;
		}
	return error_set(err, ERR_INVALID, NULL,
		"unknown roll-out policy \"%s\": write WhenIdle, Immediate or Manual", text);
}
