#include "control/serving.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define CRD(managed, served, conversion)                                                           \
	"{\"metadata\":{\"name\":\"sandboxagents.kagent.dev\",\"uid\":\"u\",\"resourceVersion\":"  \
	"\"7\",\"managedFields\":[" managed                                                        \
	"]},\"spec\":{\"versions\":[{\"name\":\"v1alpha2\",\"served\":true,\"schema\":{}},"        \
	"{\"name\":\"v1alpha3\",\"served\":" served "}]" conversion "}}"
#define ENTRY(manager, operation, fields)                                                          \
	"{\"manager\":\"" manager "\",\"operation\":\"" operation                                  \
	"\",\"fieldsV1\":{\"f:spec\":{" fields "}}}"
#define ALL      "\"f:scope\":{},\"f:versions\":{}"
#define VERSIONS "\"f:versions\":{}"
#define HELM     ENTRY("helm", "Apply", ALL)
#define HELM_3   ENTRY("helm", "Update", ALL)
#define LEFT     ENTRY("helm", "Update", VERSIONS)
#define WEBHOOK  ENTRY("sandgate", "Update", "\"f:conversion\":{}")

static const struct {
	const char *spec, *crd;
	bool wanted;
	const char *patch; /* "" = none */
} patches[] = {
	{ "what is served and wanted stays", CRD(HELM, "true", ""), true, "" },
	{ "what is neither stays", CRD(HELM, "false", ""), false, "" },
	{ "v1alpha3 is withdrawn, if it is still where it was", CRD(HELM, "true", ""), false,
		"[{\"op\":\"test\",\"path\":\"/spec/versions/1/name\",\"value\":\"v1alpha3\"},"
		"{\"op\":\"replace\",\"path\":\"/spec/versions/1/served\",\"value\":false}]" },
	{ "and served again", CRD(HELM, "false", ""), true,
		"[{\"op\":\"test\",\"path\":\"/spec/versions/1/name\",\"value\":\"v1alpha3\"},"
		"{\"op\":\"replace\",\"path\":\"/spec/versions/1/served\",\"value\":true}]" },
	{ "the ownership of the versions is given up", CRD(HELM "," LEFT, "false", ""), false,
		"[{\"op\":\"test\",\"path\":\"/metadata/managedFields/1/"
		"manager\",\"value\":\"helm\"},"
		"{\"op\":\"test\",\"path\":\"/metadata/managedFields/1/fieldsV1/f:spec/"
		"f:versions\",\"value\":{}},"
		"{\"op\":\"remove\",\"path\":\"/metadata/managedFields/1\"}]" },
	{ "who updates instead of applying keeps it", CRD(HELM_3 "," WEBHOOK, "true", ""), true,
		"" },
	{ "the webhook keeps its caBundle", CRD(HELM "," WEBHOOK, "true", ""), true, "" },
	{ "others keep theirs", CRD(HELM "," ENTRY("kubectl", "Update", VERSIONS), "true", ""),
		true, "" },
	{ "a CRD without v1alpha3 needs nothing",
		"{\"spec\":{\"versions\":[{\"name\":\"v1alpha2\",\"served\":true}]}}", false, "" },
};

/* As the watch keeps it. */
static struct json_doc *projected(const char *text)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(buffer) struct buffer out = { 0 };
	struct json_doc *kept = NULL;

	ck_assert(json_doc_copy(text, strlen(text), NULL, &doc, NULL));
	serving_project(NULL, json_root(doc), &out);
	ck_assert_msg(json_doc_copy(out.data, out.bytes, NULL, &kept, NULL), "%s", out.data);
	return kept;
}

START_TEST(patches_follow_spec)
{
	AUTO(json_doc) struct json_doc *crd = projected(patches[_i].crd);
	AUTO(json) struct json_object *patch = NULL;
	AUTO(buffer) struct buffer got = { 0 };

	ck_assert(serving_patch(json_root(crd), patches[_i].wanted, &patch, NULL));
	if (patch)
		json_value_write(&got, patch);
	ck_assert_msg(strcmp(got.data ? got.data : "", patches[_i].patch) == 0, "%s: %s",
		patches[_i].spec, got.data);
}
END_TEST

static const struct {
	const char *spec, *crd, *writer;
} writers[] = {
	{ "as Helm 4 applied it", CRD(WEBHOOK "," HELM, "true", ""), "helm" },
	{ "as Helm 3 wrote it", CRD(WEBHOOK "," HELM_3, "true", ""), "helm" },
	{ "not as who changed the versions",
		CRD(ENTRY("kubectl", "Update", VERSIONS) "," HELM, "true", ""), "helm" },
	{ "under our name when nobody is known", CRD("", "true", ""), "sandgate" },
};

START_TEST(writers_follow_spec)
{
	AUTO(json_doc) struct json_doc *crd = projected(writers[_i].crd);
	const char *got = serving_writer(json_root(crd));

	ck_assert_msg(strcmp(got, writers[_i].writer) == 0, "%s: %s", writers[_i].spec, got);
}
END_TEST

static const struct {
	const char *spec, *crd;
	bool can;
} conversions[] = {
	{ "a webhook with a CA converts",
		CRD("", "true",
			",\"conversion\":{\"strategy\":\"Webhook\",\"webhook\":{"
			"\"clientConfig\":{\"caBundle\":\"QQ==\"}}}"),
		true },
	{ "one whose CA is not there yet does not",
		CRD("", "true",
			",\"conversion\":{\"strategy\":\"Webhook\",\"webhook\":{"
			"\"clientConfig\":{}}}"),
		false },
	{ "no webhook, no conversion", CRD("", "true", ",\"conversion\":{\"strategy\":\"None\"}"),
		false },
	{ "nothing said, no conversion", CRD("", "true", ""), false },
};

START_TEST(conversion_follows_spec)
{
	AUTO(json_doc) struct json_doc *crd = projected(conversions[_i].crd);

	ck_assert_msg(serving_can_convert(json_root(crd)) == conversions[_i].can, "%s",
		conversions[_i].spec);
}
END_TEST

static const struct {
	const char *spec, *crd;
	bool is_asked;
} asks[] = {
	{ "the annotation asks",
		"{\"metadata\":{\"annotations\":{\"sandgate.dev/serve-v1alpha3\":\"true\"}}}",
		true },
	{ "in no other words",
		"{\"metadata\":{\"annotations\":{\"sandgate.dev/serve-v1alpha3\":\"no\"}}}",
		false },
	{ "without it nobody does", CRD(HELM, "true", ""), false },
};

START_TEST(asks_follow_spec)
{
	AUTO(json_doc) struct json_doc *crd = projected(asks[_i].crd);

	ck_assert_msg(serving_is_asked(json_root(crd)) == asks[_i].is_asked, "%s", asks[_i].spec);
}
END_TEST

static const struct {
	const char *spec, *slice;
	bool is_ready;
} slices[] = {
	{ "one ready pod is enough",
		"{\"endpoints\":[{\"conditions\":{\"ready\":false}},{\"conditions\":{\"ready\":"
		"true}}]}",
		true },
	{ "a pod that is not ready does not count",
		"{\"endpoints\":[{\"conditions\":{\"ready\":false}}]}", false },
	{ "nothing said means ready, as the API defines it", "{\"endpoints\":[{}]}", true },
	{ "no pod, none ready", "{\"endpoints\":null}", false },
};

START_TEST(readiness_follows_spec)
{
	AUTO(json_doc) struct json_doc *slice = NULL;

	ck_assert(json_doc_copy(slices[_i].slice, strlen(slices[_i].slice), NULL, &slice, NULL));
	ck_assert_msg(
		serving_is_ready(json_root(slice)) == slices[_i].is_ready, "%s", slices[_i].spec);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/serving");
	TCase *tests = tcase_create("serving");

	tcase_add_loop_test(tests, patches_follow_spec, 0, COUNT(patches));
	tcase_add_loop_test(tests, writers_follow_spec, 0, COUNT(writers));
	tcase_add_loop_test(tests, conversion_follows_spec, 0, COUNT(conversions));
	tcase_add_loop_test(tests, asks_follow_spec, 0, COUNT(asks));
	tcase_add_loop_test(tests, readiness_follows_spec, 0, COUNT(slices));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
