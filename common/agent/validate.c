#include "agent/check.h"

#include <string.h>

struct json_view check_deployment(const struct check *check)
{
	return json_dig(check->spec, check->is_byo ? "byo" : "declarative", "deployment");
}

static bool is_deleting(struct json_view object)
{
	return json_is_present(json_dig(object, "metadata", "deletionTimestamp"));
}

static void run_checks(const struct check *check)
{
	static void (*const checks[])(const struct check *) = {
		check_version,
		check_shape,
		check_numbers,
		check_message,
		check_tools,
		check_pod,
		check_skills,
		check_sandbox,
	};

	for (size_t i = 0; i < COUNT(checks); i++)
		checks[i](check);
}

void agent_validate(struct json_view object, struct json_view old,
	const struct agent_policy *policy, struct findings *findings)
{
	struct check check = {
		.object = object,
		.old = old,
		.spec = json_get(object, "spec"),
		.old_spec = json_get(old, "spec"),
		.version = json_text_is(json_get(object, "apiVersion"), "kagent.dev/v1alpha3")
				   ? RULE_V1ALPHA3
				   : RULE_V1ALPHA2,
		.policy = policy,
		.findings = findings,
	};

	/* What is stored may be labelled, annotated and finished with, whatever is wrong with it. */
	findings->ratchet = json_is_present(old) &&
			    (is_deleting(object) || json_equal(check.spec, check.old_spec));
	check.is_byo = json_text_is(json_get(check.spec, "type"), "BYO");
	rules_check(object, check.version, findings);
	if (policy && policy->refuse_unknown_fields)
		rules_check_unknown(object, check.version, findings);
	if (json_kind(check.spec) == JSON_OBJECT)
		run_checks(&check);
	findings->ratchet = false;
	findings_sort(findings, object);
}
