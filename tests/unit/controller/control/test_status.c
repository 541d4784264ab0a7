#include "control/status.h"

#include "kube/object.h"
#include "support/odd.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define AGENT(more)                                                                                \
	"{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"generation\":4},\"spec\":{\"type\":"  \
	"\"Declarative\"}" more "}"
#define SANDBOX(status, reason, message)                                                           \
	"{\"metadata\":{\"uid\":\"s\",\"annotations\":{\"sandgate.dev/"                            \
	"generation\":\"3\"}},\"status\":{\"conditions\":["                                        \
	"{\"type\":\"Ready\",\"status\":\"" status "\",\"reason\":\"" reason                       \
	"\",\"message\":\"" message "\"}]}}"
#define POD                                                                                        \
	"{\"metadata\":{\"ownerReferences\":[{\"uid\":\"s\",\"controller\":true}]},\"status\":{"   \
	"\"podIP\":\"198.18.0.5\","                                                                \
	"\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}"

static const struct {
	const char *spec, *sandbox, *pod;
	bool no_api, is_untold;
	enum rollout_step step;
	const char *status, *reason, *message;
} cases[] = {
	{ "a serving pod is ready", SANDBOX("True", "DependenciesReady", "Pod is Ready"), POD,
		false, false, ROLLOUT_NOTHING, "True", "WorkloadReady", "Pod is Ready" },
	{ "an older generation is only called ready with a word",
		SANDBOX("True", "DependenciesReady", "Pod is Ready"), POD, false, false,
		ROLLOUT_WAIT_IDLE, "True", "WorkloadReady",
		"Pod is Ready; the pod runs generation 3, generation 4 waits for the running chat "
		"to end" },
	{ "a pod that another controller made is called that",
		"{\"metadata\":{\"uid\":\"s\"},\"status\":{\"conditions\":[{\"type\":\"Ready\","
		"\"status\":\"True\",\"message\":\"Pod is Ready\"}]}}",
		POD, false, false, ROLLOUT_WAIT_APPROVAL, "True", "WorkloadReady",
		"Pod is Ready; the pod runs what another controller made, generation 4 waits for "
		"the user to approve the roll-out" },
	{ "a roll-out is not ready", SANDBOX("True", "DependenciesReady", "Pod is Ready"), POD,
		false, false, ROLLOUT_WAIT_POD_GONE, "False", "RollingOut",
		"generation 4 is being rolled out: waiting for the old pod to stop" },
	{ "settings on their way are not ready",
		SANDBOX("True", "DependenciesReady", "Pod is Ready"), POD, false, true,
		ROLLOUT_NOTHING, "False", "SettingsPending",
		"the sandbox settings of generation 4 are on their way to the pod" },
	{ "a Sandbox that says ready without a pod is not",
		SANDBOX("True", "DependenciesReady", "replicas is 0"), "null", false, false,
		ROLLOUT_NOTHING, "False", "PodNotReady", "the pod is not ready yet" },
	{ "the Sandbox' own reason is passed on",
		SANDBOX("False", "DependenciesNotReady", "Pod does not exist"), "null", false,
		false, ROLLOUT_NOTHING, "False", "DependenciesNotReady", "Pod does not exist" },
	{ "an init container's words reach the condition",
		SANDBOX("False", "DependenciesNotReady", "Pod exists with phase: Pending"),
		"{\"status\":{\"initContainerStatuses\":[{\"name\":\"skills-init\",\"state\":{"
		"\"waiting\":{\"reason\":"
		"\"CrashLoopBackOff\"}},\"lastState\":{\"terminated\":{\"exitCode\":1,\"message\":"
		"\"no such image\"}}}]}}",
		false, false, ROLLOUT_NOTHING, "False", "DependenciesNotReady",
		"Pod exists with phase: Pending; container skills-init: no such image" },
	{ "an image that cannot be pulled is named",
		SANDBOX("False", "DependenciesNotReady", "Pod exists with phase: Pending"),
		"{\"status\":{\"containerStatuses\":[{\"name\":\"kagent\",\"state\":{\"waiting\":{"
		"\"reason\":"
		"\"ErrImagePull\",\"message\":\"not found\"}}}]}}",
		false, false, ROLLOUT_NOTHING, "False", "DependenciesNotReady",
		"Pod exists with phase: Pending; container kagent: ErrImagePull: not found" },
	{ "no condition yet", "{\"metadata\":{\"uid\":\"s\"}}", "null", false, false,
		ROLLOUT_CREATE, "Unknown", "SandboxReadyPending",
		"Sandbox Ready condition not yet reported" },
	{ "no Sandbox", "null", "null", false, false, ROLLOUT_NOTHING, "Unknown", "SandboxNotFound",
		"Sandbox n/a not found" },
	{ "no agent-sandbox", "null", "null", true, false, ROLLOUT_NOTHING, "Unknown",
		"SandboxGetFailed", "the agent-sandbox API is not served by this cluster" },
};

static struct json_doc *read_doc(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err;

	ck_assert_msg(json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s", err.text);
	return doc;
}

START_TEST(ready_tells_the_truth)
{
	AUTO(json_doc) struct json_doc *agent = read_doc(AGENT(""));
	AUTO(json_doc) struct json_doc *sandbox = read_doc(cases[_i].sandbox);
	AUTO(json_doc) struct json_doc *pod = read_doc(cases[_i].pod);
	struct status_facts facts = { .agent = json_root(agent),
		.remark = "",
		.has_sandbox_api = !cases[_i].no_api,
		.sandbox = json_root(sandbox),
		.pod = json_root(pod),
		.step = cases[_i].step,
		.is_told = !cases[_i].is_untold,
		.lack = "" };
	struct status_ready ready;

	status_ready(&facts, &ready);
	ck_assert_msg(strcmp(ready.status, cases[_i].status) == 0 &&
			      strcmp(ready.reason, cases[_i].reason) == 0 &&
			      strcmp(ready.message, cases[_i].message) == 0,
		"%s: %s %s %s", cases[_i].spec, ready.status, ready.reason, ready.message);
}
END_TEST

static char *build_with(
	const char *agent_text, const struct error *refusal, const char *now, const char *lack)
{
	AUTO(json_doc) struct json_doc *agent = read_doc(agent_text);
	AUTO(json_doc)
	struct json_doc *sandbox = read_doc(SANDBOX("True", "DependenciesReady", "Pod is Ready"));
	AUTO(json_doc) struct json_doc *pod = read_doc(POD);
	AUTO(json) struct json_object *status = NULL;
	struct buffer text = { 0 };
	struct status_facts facts = { .agent = json_root(agent),
		.refusal = refusal,
		.remark = "",
		.has_sandbox_api = true,
		.sandbox = json_root(sandbox),
		.pod = json_root(pod),
		.is_told = true,
		.lack = lack };
	struct error err;

	ck_assert(status_build(&facts, now, &status, &err));
	if (!status)
		return NULL;
	json_value_write(&text, status);
	return buffer_take(&text);
}

static char *build(const char *agent_text, const struct error *refusal, const char *now)
{
	return build_with(agent_text, refusal, now, "");
}

START_TEST(accepted_and_ready_are_written_together_and_only_once)
{
	AUTO(text) char *first = build(AGENT(""), NULL, "2026-01-02T03:04:05Z");
	AUTO(text) char *stored = NULL;
	AUTO(text) char *again = NULL;

	ck_assert_str_eq(first,
		"{\"conditions\":[{\"lastTransitionTime\":\"2026-01-02T03:04:05Z\",\"message\":"
		"\"SandboxAgent configuration "
		"accepted\",\"observedGeneration\":4,\"reason\":\"Reconciled\",\"status\":\"True\","
		"\"type\":\"Accepted\"},"
		"{\"lastTransitionTime\":\"2026-01-02T03:04:05Z\",\"message\":\"Pod is "
		"Ready\",\"observedGeneration\":4,"
		"\"reason\":\"WorkloadReady\",\"status\":\"True\",\"type\":\"Ready\"}],"
		"\"observedGeneration\":4,"
		"\"rollout\":{\"phase\":\"Current\",\"message\":\"\",\"podGeneration\":4}}");
	ck_assert_int_ge(asprintf(&stored,
				 "{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"generation\":"
				 "4},\"spec\":{\"type\":"
				 "\"Declarative\"},\"status\":%s}",
				 first),
		0);
	again = build(stored, NULL, "2026-01-02T09:09:09Z");
	ck_assert_ptr_null(again);
}
END_TEST

START_TEST(a_refusal_names_field_and_reason)
{
	struct error refusal;
	AUTO(text) char *text = NULL;

	error_set(&refusal, ERR_NOT_FOUND, AT_KEY(AT_KEY(NULL, "spec"), "declarative"),
		"ModelConfig n/x not found");
	text = build(AGENT(""), &refusal, "2026-01-02T03:04:05Z");
	ck_assert_ptr_nonnull(strstr(text,
		"\"message\":\"spec.declarative: ModelConfig n/x not "
		"found\",\"observedGeneration\":4,"
		"\"reason\":\"ReconcileFailed\",\"status\":\"False\",\"type\":\"Accepted\""));
}
END_TEST

START_TEST(what_the_go_runtime_ignores_is_said)
{
	AUTO(text)
	char *text = build(
		"{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"generation\":4},\"spec\":{"
		"\"type\":"
		"\"Declarative\",\"declarative\":{\"runtime\":\"go\",\"executeCodeBlocks\":true,"
		"\"context\":{\"compaction\":{}}}}}",
		NULL, "2026-01-02T03:04:05Z");

	ck_assert_ptr_nonnull(
		strstr(text, "The following features are not supported in Go runtime and will be "
			     "ignored: code execution "
			     "(executeCodeBlocks is deprecated), context compression/compaction "
			     "(not implemented in Go runtime). "
			     "Consider using runtime: python or removing these configurations."));
}
END_TEST

START_TEST(what_pods_are_made_without_is_a_condition_of_its_own)
{
	struct sandbox_lack lack = { .names = "spec.a, spec.b", .count = 5, .unnamed = 3 };
	char said[STATUS_LACK_BYTES];
	AUTO(text) char *status = NULL;
	AUTO(text) char *text = NULL;
	AUTO(json_doc) struct json_doc *agent = NULL;
	AUTO(json_doc) struct json_doc *never = read_doc(AGENT(""));

	status_say_lack(&lack, said);
	ck_assert_ptr_nonnull(strstr(said, "has no place for spec.a, spec.b and 3 more: "));
	status = build_with(AGENT(""), NULL, "2026-01-02T03:04:05Z", said);
	ck_assert_int_ge(asprintf(&text, AGENT(",\"status\":%s"), status), 0);
	agent = read_doc(text);
	ck_assert(json_text_is(
		json_get(object_condition(json_root(agent), "Degraded"), "status"), "True"));
	ck_assert(json_text_is(
		json_get(object_condition(json_root(agent), "Ready"), "status"), "True"));
	ck_assert_ptr_nonnull(strstr(
		json_text(json_get(object_condition(json_root(agent), "Ready"), "message"), NULL),
		said));
	ck_assert_str_eq(status_lack(json_root(agent)), said);
	ck_assert_str_eq(status_lack(json_root(never)), "");
}
END_TEST

static void build_odd(void *context, struct json_view odd, const char *text)
{
	struct status_facts facts = *(struct status_facts *)context;
	AUTO(json) struct json_object *status = NULL;
	struct error err;

	/* In the place of the one that is missing. */
	if (json_kind(facts.agent) == JSON_NONE)
		facts.agent = odd;
	else if (json_kind(facts.sandbox) == JSON_NONE)
		facts.sandbox = odd;
	else
		facts.pod = odd;
	ck_assert_msg(status_build(&facts, "2026-01-02T03:04:05Z", &status, &err), "%s: %s", text,
		err.text);
	(void)status_pod_serves(facts.sandbox, facts.pod);
	ck_assert_ptr_nonnull(status_lack(facts.agent));
}

START_TEST(a_status_is_made_of_objects_of_any_shape)
{
	AUTO(text) char *status = build(AGENT(""), NULL, "2026-01-02T03:04:05Z");
	AUTO(text) char *text = NULL;
	AUTO(json_doc) struct json_doc *agent = NULL;
	AUTO(json_doc) struct json_doc *sandbox = read_doc(SANDBOX("True", "Ready", "yes"));
	AUTO(json_doc)
	struct json_doc *pod = read_doc(
		"{\"metadata\":{\"ownerReferences\":[{\"uid\":\"s\",\"controller\":true}]},"
		"\"status\":{"
		"\"initContainerStatuses\":[{\"name\":\"i\",\"state\":{\"waiting\":{\"reason\":"
		"\"r\"}},"
		"\"lastState\":{\"terminated\":{\"exitCode\":1,\"message\":\"m\"}}}],\"podIP\":"
		"\"198.18.0.5\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}]}}");
	struct status_facts facts = {
		.remark = "", .has_sandbox_api = true, .is_told = true, .lack = ""
	};
	struct status_facts without;

	ck_assert_int_ge(asprintf(&text, AGENT(",\"status\":%s"), status), 0);
	agent = read_doc(text);
	facts.agent = json_root(agent);
	facts.sandbox = json_root(sandbox);
	facts.pod = json_root(pod);
	without = facts;
	without.agent = (struct json_view){ 0 };
	odd_each(facts.agent, build_odd, &without);
	without = facts;
	without.sandbox = (struct json_view){ 0 };
	odd_each(facts.sandbox, build_odd, &without);
	without = facts;
	without.pod = (struct json_view){ 0 };
	odd_each(facts.pod, build_odd, &without);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/status");
	TCase *tcase = tcase_create("status");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, ready_tells_the_truth, 0, COUNT(cases));
	tcase_add_test(tcase, accepted_and_ready_are_written_together_and_only_once);
	tcase_add_test(tcase, a_refusal_names_field_and_reason);
	tcase_add_test(tcase, what_the_go_runtime_ignores_is_said);
	tcase_add_test(tcase, what_pods_are_made_without_is_a_condition_of_its_own);
	tcase_add_test(tcase, a_status_is_made_of_objects_of_any_shape);
	return suite_run(suite);
}
