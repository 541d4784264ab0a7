#include "agent/defaults.h"
#include "base/text.h"

#include "common/json/patch_apply.h"
#include "support/suite.h"

#include <stdlib.h>

static struct json_doc *read_text(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err;

	ck_assert_msg(json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s", err.text);
	return doc;
}

/* Objects are written with ' for ". */
static struct json_doc *read_object(const char *text)
{
	AUTO(text) char *quoted = text_copy(text, strlen(text));

	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	return read_text(quoted);
}

static char *default_text(struct json_view object, const char *model)
{
	struct json_patch patch = { 0 };
	struct error err;
	char *out = NULL;

	agent_default(object, model, &patch);
	ck_assert_msg(json_patch_take(&patch, &out, &err), "%s", err.text);
	json_patch_fini(&patch);
	return out;
}

#define ADD(path, value) "{\"op\":\"add\",\"path\":\"/spec" path "\",\"value\":" value "}"
#define TYPE             ADD("/type", "\"Declarative\"")
#define PLATFORM         ADD("/platform", "\"agent-sandbox\"")
#define RUNTIME          ADD("/declarative/runtime", "\"python\"")
#define MODEL            ADD("/declarative/modelConfig", "\"default-model-config\"")
#define SANDBOX          ADD("/sandbox", "{\"network\":{\"allowedDomains\":[]}}")

static const struct {
	const char *spec, *object, *patch;
} cases[] = {
	{ "an empty declarative agent gets what counts", "{'spec':{'declarative':{}}}",
		"[" TYPE "," PLATFORM "," RUNTIME "," MODEL "," SANDBOX "]" },
	{ "a complete agent is left alone",
		"{'spec':{'type':'Declarative','platform':'agent-sandbox','declarative':{'runtime':"
		"'go',"
		"'modelConfig':'m'},'sandbox':{'network':{'allowedDomains':['a.b']}}}}",
		"" },
	{ "an object without a spec is left alone", "{'metadata':{}}", "" },
	{ "a spec of the wrong kind is left to the review", "{'spec':[]}", "" },
	{ "an empty model name is a missing one",
		"{'spec':{'type':'Declarative','platform':'agent-sandbox','declarative':{'runtime':"
		"'go',"
		"'modelConfig':''},'sandbox':{'network':{'allowedDomains':[]}}}}",
		"[{\"op\":\"replace\",\"path\":\"/spec/declarative/modelConfig\",\"value\":"
		"\"default-model-config\"}]" },
	{ "a sandbox without a network gets one",
		"{'spec':{'type':'Declarative','platform':'agent-sandbox','declarative':{'runtime':"
		"'go',"
		"'modelConfig':'m'},'sandbox':{'rollout':'Manual'}}}",
		"[" ADD("/sandbox/network", "{\"allowedDomains\":[]}") "]" },
	{ "a network without a list gets one",
		"{'spec':{'type':'Declarative','platform':'agent-sandbox','declarative':{'runtime':"
		"'go',"
		"'modelConfig':'m'},'sandbox':{'network':{'deniedDomains':['a.b']}}}}",
		"[" ADD("/sandbox/network/allowedDomains", "[]") "]" },
	{ "a BYO agent gets no model and no sandbox",
		"{'spec':{'type':'BYO','platform':'agent-sandbox','byo':{},'declarative':{}}}",
		"[" RUNTIME "]" },
	{ "v1alpha3 has neither platform nor runtime",
		"{'apiVersion':'kagent.dev/v1alpha3','spec':{'declarative':{}}}",
		"[" TYPE "," MODEL "," SANDBOX "]" },
	{ "numbers, branches and namespaces that the schema fills in",
		"{'spec':{'type':'BYO','platform':'agent-sandbox','declarative':{'runtime':'go','"
		"context':{"
		"'compaction':{'overlapSize':0}}},'skills':{'gitRefs':[{'ref':'x'},{'ref':null}]},"
		"'allowedNamespaces':{}}}",
		"[" ADD("/declarative/context/compaction/compactionInterval", "5") "," ADD(
			"/skills/gitRefs/1/ref", "\"main\"") "," ADD("/allowedNamespaces/from",
			"\"Same\"") "]" },
};

START_TEST(defaults_follow_spec)
{
	AUTO(json_doc) struct json_doc *doc = read_object(cases[_i].object);
	AUTO(text) char *patch = default_text(json_root(doc), "default-model-config");

	ck_assert_msg(strcmp(patch, cases[_i].patch) == 0, "%s: %s", cases[_i].spec, patch);
}
END_TEST

START_TEST(a_second_time_adds_nothing)
{
	AUTO(json_doc) struct json_doc *doc = read_object(cases[_i].object);
	AUTO(text) char *text = default_text(json_root(doc), "default-model-config");
	AUTO(json) struct json_object *object = json_from_view(json_root(doc));
	AUTO(json_doc) struct json_doc *patch = read_text(*text ? text : "[]");
	AUTO(buffer) struct buffer written = { 0 };
	AUTO(json_doc) struct json_doc *done = NULL;
	AUTO(text) char *again = NULL;

	json_foreach (operation, json_root(patch)) {
		if (strstr(json_text_or(json_get(operation, "path"), ""), "/gitRefs/"))
			json_object_object_del(
				json_object_array_get_idx(
					json_find(object, "spec", "skills", "gitRefs"), 1),
				"ref");
		ck_assert_msg(patch_apply(&object, operation), "%s: %s", cases[_i].spec, text);
	}
	json_value_write(&written, object);
	ck_assert(json_doc_parse(&written, NULL, &done, NULL));
	again = default_text(json_root(done), "default-model-config");
	ck_assert_msg(again[0] == '\0', "%s: %s", cases[_i].spec, again);
}
END_TEST

START_TEST(without_a_default_model_none_is_written)
{
	AUTO(json_doc) struct json_doc *doc = read_object("{'spec':{'declarative':{}}}");
	AUTO(text) char *patch = default_text(json_root(doc), "");

	ck_assert_ptr_null(strstr(patch, "modelConfig"));
}
END_TEST

START_TEST(a_model_name_is_escaped)
{
	AUTO(json_doc) struct json_doc *doc = read_object("{'spec':{'declarative':{}}}");
	AUTO(text) char *patch = default_text(json_root(doc), "a\"b");

	ck_assert_ptr_nonnull(strstr(patch, "\"a\\\"b\""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent/defaults");
	TCase *tests = tcase_create("defaults");

	tcase_add_loop_test(tests, defaults_follow_spec, 0, COUNT(cases));
	tcase_add_loop_test(tests, a_second_time_adds_nothing, 0, COUNT(cases));
	tcase_add_test(tests, without_a_default_model_none_is_written);
	tcase_add_test(tests, a_model_name_is_escaped);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
