#include "control/project.h"

#include "support/odd.h"
#include "support/suite.h"

#include <stdio.h>

#define OWNED                                                                                      \
	"\"ownerReferences\":[{\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":\"SandboxAgent\","  \
	"\"name\":\"a\",\"uid\":\"u\",\"controller\":true,\"blockOwnerDeletion\":true}]"
#define OWNED_KEPT                                                                                 \
	"\"ownerReferences\":[{\"kind\":\"SandboxAgent\",\"name\":\"a\",\"uid\":\"u\","            \
	"\"controller\":true}]"

static const struct {
	const char *spec;
	void (*project)(void *context, struct json_view object, struct buffer *out);
	const char *object, *kept;
} cases[] = {
	{ "somebody's Secret: only whose it is", project_part,
		"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"namespace\":\"n\",\"uid\":"
		"\"1\","
		"\"resourceVersion\":\"2\",\"creationTimestamp\":\"t\",\"labels\":{\"x\":\"y\"},"
		"\"annotations\":{\"big\":\"one\"},\"managedFields\":[]},\"data\":{\"k\":"
		"\"secret\"}}",
		"{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\",\"uid\":\"1\","
		"\"resourceVersion\":"
		"\"2\"}}" },
	{ "ours: what the next write must keep, not what it brings", project_part,
		"{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\",\"uid\":\"1\","
		"\"resourceVersion\":"
		"\"2\"," OWNED ",\"labels\":{\"app\":\"kagent\",\"theirs\":\"x\"},\"annotations\":{"
		"\"kubectl.kubernetes.io/last-applied-configuration\":\"{}\","
		"\"sandgate.dev/applied-hash\":\"h\"},\"finalizers\":[\"f\"]},\"data\":{}}",
		"{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\",\"uid\":\"1\","
		"\"resourceVersion\":"
		"\"2\",\"finalizers\":[\"f\"]," OWNED_KEPT ",\"labels\":{\"theirs\":\"x\"},"
		"\"annotations\":{\"sandgate.dev/applied-hash\":\"h\"}},\"held\":0}" },
	{ "a map of which nothing is kept is still told", project_part,
		"{\"metadata\":{\"name\":\"s\"," OWNED ",\"labels\":{\"app\":\"kagent\"}}}",
		"{\"metadata\":{\"name\":\"s\"," OWNED_KEPT ",\"labels\":{}},\"held\":0}" },
	{ "ours: how much of it is still as we set it", project_part,
		"{\"metadata\":{\"name\":\"s\"," OWNED ",\"managedFields\":[{\"manager\":"
		"\"sandgate\",\"fieldsV1\":{\"f:data\":{\".\":{},\"f:k\":{}}}}]}}",
		"{\"metadata\":{\"name\":\"s\"," OWNED_KEPT "},\"held\":1}" },
	{ "a Sandbox whose template somebody set", project_sandbox,
		"{\"metadata\":{\"name\":\"s\",\"managedFields\":[{\"manager\":\"kubectl\","
		"\"fieldsV1\":{\"f:spec\":{\"f:podTemplate\":{}}}}]}}",
		"{\"metadata\":{\"name\":\"s\"},\"touched\":true,\"spec\":{\"podTemplate\":{"
		"\"metadata\":{\"annotations\":{}}}},\"status\":{\"conditions\":[]}}" },
	{ "a Sandbox: its mode, its template's hash, its Ready condition", project_sandbox,
		"{\"metadata\":{\"name\":\"s\",\"generation\":3},\"spec\":{\"replicas\":0,"
		"\"podTemplate\":{"
		"\"metadata\":{\"annotations\":{\"kagent.dev/config-hash\":\"7\",\"other\":\"x\"}},"
		"\"spec\":{\"containers\":[{}]}}},\"status\":{\"conditions\":[{\"type\":\"Other\"},"
		"{\"type\":\"Ready\",\"status\":\"True\"}]}}",
		"{\"metadata\":{\"name\":\"s\",\"generation\":3},\"spec\":{\"podTemplate\":{"
		"\"metadata\":{"
		"\"annotations\":{\"kagent.dev/config-hash\":\"7\"}}},\"replicas\":0},\"status\":{"
		"\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}" },
	{ "a Sandbox without anything", project_sandbox, "{\"metadata\":{\"name\":\"s\"}}",
		"{\"metadata\":{\"name\":\"s\"},\"spec\":{\"podTemplate\":{\"metadata\":{"
		"\"annotations\":"
		"{}}}},\"status\":{\"conditions\":[]}}" },
	{ "a pod: how it is", project_pod,
		"{\"metadata\":{\"name\":\"p\",\"labels\":{\"app\":\"kagent\"}},\"spec\":{"
		"\"nodeName\":"
		"\"x\"},\"status\":{\"phase\":\"Running\",\"podIP\":\"198.51.100.7\",\"qosClass\":"
		"\"b\","
		"\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}]}}",
		"{\"metadata\":{\"name\":\"p\",\"labels\":{\"app\":\"kagent\"}},\"status\":{"
		"\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}],\"phase\":\"Running\","
		"\"podIP\":\"198.51.100.7\"}}" },
};

START_TEST(no_more_is_kept_than_is_looked_at)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(buffer) struct buffer kept = { 0 };
	struct error err = { 0 };

	ck_assert_msg(json_doc_copy(cases[_i].object, strlen(cases[_i].object), NULL, &doc, &err),
		"%s: %s", cases[_i].spec, err.text);
	cases[_i].project(NULL, json_root(doc), &kept);
	ck_assert_msg(strcmp(kept.data, cases[_i].kept) == 0, "%s:\n%s\nnot\n%s", cases[_i].spec,
		kept.data, cases[_i].kept);
}
END_TEST

static void project_odd(void *context, struct json_view odd, const char *text)
{
	const int *i = context;
	AUTO(buffer) struct buffer kept = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err = { 0 };

	cases[*i].project(NULL, odd, &kept);
	ck_assert_msg(json_doc_parse(&kept, NULL, &doc, &err), "%s: %s", text, err.text);
	ck_assert_msg(json_kind(json_root(doc)) == JSON_OBJECT, "%s", text);
}

START_TEST(what_is_kept_of_any_object_is_an_object)
{
	AUTO(json_doc) struct json_doc *doc = NULL;

	ck_assert(json_doc_copy(cases[_i].object, strlen(cases[_i].object), NULL, &doc, NULL));
	odd_each(json_root(doc), project_odd, &_i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/project");
	TCase *tests = tcase_create("project");

	tcase_add_loop_test(tests, no_more_is_kept_than_is_looked_at, 0, COUNT(cases));
	tcase_add_loop_test(tests, what_is_kept_of_any_object_is_an_object, 0, COUNT(cases));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
