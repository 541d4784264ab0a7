#include "control/rollout.h"
#include "support/suite.h"

#include <string.h>

#define RUNNING .has_sandbox = true, .is_observed = true, .has_pod = true

static const struct {
	const char *spec;
	struct rollout_facts facts;
	enum rollout_step step;
} steps[] = {
	{ "a new agent gets its Sandbox", { 0 }, ROLLOUT_CREATE },
	{ "a Sandbox that is being deleted is waited for", { RUNNING, .is_sandbox_deleting = true },
		ROLLOUT_WAIT_DELETED },
	{ "nothing to do when all is as wanted", { RUNNING, .is_template_current = true },
		ROLLOUT_NOTHING },
	{ "a changed template suspends in the same patch", { RUNNING }, ROLLOUT_REPLACE },
	{ "a running chat is waited for", { RUNNING, .is_busy = true }, ROLLOUT_WAIT_IDLE },
	{ "unless the policy says at once",
		{ RUNNING, .is_busy = true, .policy = ROLLOUT_IMMEDIATE }, ROLLOUT_REPLACE },
	{ "the user is waited for", { RUNNING, .policy = ROLLOUT_MANUAL }, ROLLOUT_WAIT_APPROVAL },
	{ "until he approves", { RUNNING, .policy = ROLLOUT_MANUAL, .is_approved = true },
		ROLLOUT_REPLACE },
	{ "a change that needs no new pod asks nobody",
		{ RUNNING, .is_template_current = true, .is_busy = true }, ROLLOUT_NOTHING },
	{ "a suspended Sandbox waits for its pod to go",
		{ RUNNING, .is_suspended = true, .is_template_current = true },
		ROLLOUT_WAIT_POD_GONE },
	{ "and for agent-sandbox to have seen the suspension",
		{ .has_sandbox = true, .is_suspended = true, .is_template_current = true },
		ROLLOUT_WAIT_POD_GONE },
	{ "then it is resumed",
		{ .has_sandbox = true,
			.is_suspended = true,
			.is_observed = true,
			.is_template_current = true },
		ROLLOUT_RESUME },
	{ "a change during the suspension is written first, whatever the policy",
		{ .has_sandbox = true,
			.is_suspended = true,
			.is_observed = true,
			.policy = ROLLOUT_MANUAL },
		ROLLOUT_REVISE },
	{ "a lost pod is asked for again",
		{ .has_sandbox = true, .is_stuck = true, .is_template_current = true },
		ROLLOUT_UNSTICK },
	{ "a lost pod with a changed template is replaced, whatever the policy",
		{ .has_sandbox = true, .is_stuck = true, .policy = ROLLOUT_MANUAL },
		ROLLOUT_REPLACE },
	{ "a failed pod is replaced though the template is current",
		{ RUNNING, .is_pod_finished = true, .is_template_current = true, .is_busy = true },
		ROLLOUT_REPLACE },
};

START_TEST(the_next_step)
{
	ck_assert_msg(rollout_next(&steps[_i].facts) == steps[_i].step, "%s", steps[_i].spec);
}
END_TEST

static const struct {
	const char *spec, *sandbox, *pod;
	struct rollout_facts facts;
} readings[] = {
	{ "no Sandbox", "null", "null", { 0 } },
	{ "a fresh one, not yet seen",
		"{\"metadata\":{\"generation\":1},\"spec\":{\"replicas\":1}}", "null",
		{ .has_sandbox = true } },
	{ "v1alpha1 suspension",
		"{\"metadata\":{\"generation\":3},\"spec\":{\"replicas\":0},\"status\":{"
		"\"conditions\":[{\"type\":\"Ready\","
		"\"observedGeneration\":3}]}}",
		"null", { .has_sandbox = true, .is_suspended = true, .is_observed = true } },
	{ "v1beta1 suspension, seen in an older generation",
		"{\"metadata\":{\"generation\":4},\"spec\":{\"operatingMode\":\"Suspended\"},"
		"\"status\":{\"conditions\":[{"
		"\"type\":\"Ready\",\"observedGeneration\":3}]}}",
		"{\"metadata\":{}}",
		{ .has_sandbox = true, .is_suspended = true, .has_pod = true } },
	{ "the stuck state of v0.3.10",
		"{\"metadata\":{\"generation\":1,\"annotations\":{\"agents.x-k8s.io/"
		"pod-name\":\"a\"}},\"spec\":{},"
		"\"status\":{\"conditions\":[{\"type\":\"Ready\",\"reason\":\"ReconcilerError\","
		"\"observedGeneration\":1}]}}",
		"null", { .has_sandbox = true, .is_observed = true, .is_stuck = true } },
	{ "another error with its pod there",
		"{\"metadata\":{\"generation\":1,\"annotations\":{\"agents.x-k8s.io/"
		"pod-name\":\"a\"}},\"spec\":{},"
		"\"status\":{\"conditions\":[{\"type\":\"Ready\",\"reason\":\"ReconcilerError\","
		"\"observedGeneration\":1}]}}",
		"{\"status\":{\"phase\":\"Running\"}}",
		{ .has_sandbox = true, .is_observed = true, .has_pod = true } },
	{ "an evicted pod", "{\"metadata\":{\"generation\":1},\"spec\":{}}",
		"{\"status\":{\"phase\":\"Failed\"}}",
		{ .has_sandbox = true, .has_pod = true, .is_pod_finished = true } },
	{ "a Sandbox on its way out",
		"{\"metadata\":{\"generation\":1,\"deletionTimestamp\":\"2026-01-02T03:04:05Z\"},"
		"\"spec\":{}}",
		"null", { .has_sandbox = true, .is_sandbox_deleting = true } },
};

static bool is_same(const struct rollout_facts *a, const struct rollout_facts *b)
{
	return a->has_sandbox == b->has_sandbox &&
	       a->is_sandbox_deleting == b->is_sandbox_deleting &&
	       a->is_suspended == b->is_suspended && a->is_observed == b->is_observed &&
	       a->is_stuck == b->is_stuck && a->has_pod == b->has_pod &&
	       a->is_pod_finished == b->is_pod_finished;
}

START_TEST(what_a_sandbox_and_its_pod_tell)
{
	AUTO(json_doc) struct json_doc *sandbox = NULL;
	AUTO(json_doc) struct json_doc *pod = NULL;
	struct rollout_facts facts = { 0 };
	struct error err;

	ck_assert_msg(json_doc_copy(readings[_i].sandbox, strlen(readings[_i].sandbox), NULL,
			      &sandbox, &err),
		"%s", err.text);
	ck_assert_msg(json_doc_copy(readings[_i].pod, strlen(readings[_i].pod), NULL, &pod, &err),
		"%s", err.text);
	rollout_read(json_root(sandbox), json_root(pod), &facts);
	ck_assert_msg(is_same(&facts, &readings[_i].facts), "%s", readings[_i].spec);
}
END_TEST

/* Whatever the order of events, an agent ends up running its template, and no pod is ever made from another one. */
START_TEST(every_start_converges)
{
	for (unsigned bits = 0; bits < 1u << 7; bits++) {
		struct rollout_facts facts = { .has_sandbox = bits & 1,
			.is_template_current = bits & 2,
			.is_suspended = bits & 4,
			.is_observed = bits & 8,
			.has_pod = bits & 16,
			.is_pod_finished = (bits & 32) && (bits & 16),
			.is_stuck = (bits & 64) && !(bits & 16) };
		enum rollout_step step = ROLLOUT_CREATE;

		for (int turn = 0; turn < 10 && step != ROLLOUT_NOTHING; turn++) {
			step = rollout_next(&facts);
			switch (step) {
			case ROLLOUT_CREATE:
				facts = (struct rollout_facts){ .has_sandbox = true,
					.is_template_current = true };
				break;
			case ROLLOUT_REPLACE:
				facts.is_template_current = facts.is_suspended = true;
				facts.is_observed = false;
				break;
			case ROLLOUT_REVISE:
				facts.is_template_current = true;
				break;
			case ROLLOUT_WAIT_POD_GONE:
				facts.has_pod = facts.is_pod_finished = false;
				facts.is_observed = true;
				break;
			case ROLLOUT_RESUME:
				ck_assert(facts.is_template_current && !facts.has_pod);
				facts.is_suspended = facts.is_stuck = false;
				break;
			case ROLLOUT_UNSTICK:
				facts.is_stuck = false;
				break;
			default:
				break;
			}
		}
		ck_assert_msg(step == ROLLOUT_NOTHING, "start %#x never settles", bits);
		ck_assert(facts.is_template_current && !facts.is_suspended);
	}
}
END_TEST

START_TEST(policies_are_named)
{
	enum rollout_policy policy = ROLLOUT_WHEN_IDLE;
	struct error err;

	ck_assert(rollout_parse_policy("Manual", &policy, &err));
	ck_assert_int_eq(policy, ROLLOUT_MANUAL);
	ck_assert(!rollout_parse_policy("manual", &policy, &err));
	ck_assert_str_eq(err.text,
		"unknown roll-out policy \"manual\": write WhenIdle, Immediate or Manual");
	ck_assert_int_eq(policy, ROLLOUT_MANUAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/rollout");
	TCase *tcase = tcase_create("rollout");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, the_next_step, 0, COUNT(steps));
	tcase_add_loop_test(tcase, what_a_sandbox_and_its_pod_tell, 0, COUNT(readings));
	tcase_add_test(tcase, every_start_converges);
	tcase_add_test(tcase, policies_are_named);
	return suite_run(suite);
}
