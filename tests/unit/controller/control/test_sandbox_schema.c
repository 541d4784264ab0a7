#include "control/sandbox_api.h"
#include "control/sandbox_schema.h"

#include "support/odd.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define MAP(of)    "{\"type\":\"object\",\"properties\":{" of "}}"
#define LEAF       "{\"type\":\"string\",\"description\":\"d\"}"
#define LIST(of)   "{\"type\":\"array\",\"items\":" of "}"
#define VALUES(of) "{\"type\":\"object\",\"additionalProperties\":" of "}"
#define ANYTHING   "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}"

static const struct {
	const char *spec, *schema, *value, *fit, *names;
	size_t count;
} cases[] = {
	{ "what the schema has stays", MAP("\"a\":" LEAF), "{\"a\":\"x\"}", "{\"a\":\"x\"}", "",
		0 },
	{ "what it lacks goes, and is named", MAP("\"a\":" LEAF), "{\"a\":\"x\",\"b\":{\"c\":1}}",
		"{\"a\":\"x\"}", "spec.b", 1 },
	{ "at every depth, in lists by number",
		MAP("\"l\":" LIST(MAP("\"a\":" LEAF)) ",\"m\":" MAP("\"n\":" MAP(""))),
		"{\"l\":[{\"a\":\"x\"},{\"a\":\"y\",\"p\":2}],\"m\":{\"n\":{\"o\":true}}}",
		"{\"l\":[{\"a\":\"x\"},{\"a\":\"y\"}],\"m\":{\"n\":{}}}", "spec.l[1].p, spec.m.n.o",
		2 },
	{ "keys of a map are free, its values are not", MAP("\"m\":" VALUES(MAP("\"a\":" LEAF))),
		"{\"m\":{\"x\":{\"a\":\"1\",\"b\":\"2\"}}}", "{\"m\":{\"x\":{\"a\":\"1\"}}}",
		"spec.m.x.b", 1 },
	{ "a map of anything", VALUES("true"), "{\"x\":{\"y\":[1]}}", "{\"x\":{\"y\":[1]}}", "",
		0 },
	{ "a schema may ask for nothing to be dropped", ANYTHING, "{\"x\":{\"y\":[1]}}",
		"{\"x\":{\"y\":[1]}}", "", 0 },
	{ "an object without any field keeps none", "{\"type\":\"object\"}", "{\"x\":1}", "{}",
		"spec.x", 1 },
	{ "no schema drops nothing", "null", "{\"x\":1}", "{\"x\":1}", "", 0 },
};

static struct json_doc *read_doc(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err;

	ck_assert_msg(
		json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s: %s", text, err.text);
	return doc;
}

static struct json_doc *project(struct json_view schema)
{
	AUTO(buffer) struct buffer text = { 0 };

	sandbox_schema_project(schema, &text);
	return read_doc(text.data);
}

static void check_fit(size_t i, struct json_view schema)
{
	AUTO(json_doc) struct json_doc *value_doc = read_doc(cases[i].value);
	AUTO(json) struct json_object *value = json_from_view(json_root(value_doc));
	AUTO(buffer) struct buffer text = { 0 };
	struct sandbox_lack lack = { 0 };

	sandbox_schema_fit(schema, value, AT_KEY(NULL, "spec"), &lack);
	json_value_write(&text, value);
	ck_assert_msg(strcmp(text.data, cases[i].fit) == 0 &&
			      strcmp(lack.names, cases[i].names) == 0 &&
			      lack.count == cases[i].count && !lack.unnamed,
		"%s: %s, without %s", cases[i].spec, text.data, lack.names);
}

START_TEST(what_has_no_place_is_taken_out)
{
	AUTO(json_doc) struct json_doc *schema = read_doc(cases[_i].schema);
	AUTO(json_doc) struct json_doc *kept = project(json_root(schema));

	check_fit((size_t)_i, json_root(schema));
	if (json_is_present(json_root(schema)))
		check_fit((size_t)_i, json_root(kept));
}
END_TEST

START_TEST(what_has_no_room_is_counted)
{
	AUTO(json_doc) struct json_doc *schema = read_doc("{}");
	AUTO(json) struct json_object *value = json_object_new_object();
	struct sandbox_lack lack = { 0 };
	struct error err;

	for (unsigned i = 0; i < 100; i++) {
		char key[16];

		snprintf(key, sizeof(key), "field%02u", i);
		ck_assert(json_set_int(value, key, i, &err));
	}
	sandbox_schema_fit(json_root(schema), value, NULL, &lack);
	ck_assert_int_eq(json_object_object_length(value), 0);
	ck_assert_uint_eq(lack.count, 100);
	ck_assert_str_eq(strrchr(lack.names, 44), ", field34");
	ck_assert_uint_eq(lack.unnamed, 65);
}
END_TEST

static void fit_odd(void *context, struct json_view odd, const char *text)
{
	AUTO(json) struct json_object *value = json_from_view(json_root(context));
	AUTO(json_doc) struct json_doc *kept = project(odd);
	struct sandbox_lack lack = { 0 };

	ck_assert_msg(json_kind(json_root(kept)) == JSON_OBJECT, "%s", text);
	sandbox_schema_fit(odd, value, NULL, &lack);
}

START_TEST(a_schema_may_be_of_any_shape)
{
	AUTO(json_doc) struct json_doc *schema = read_doc(cases[2].schema);
	AUTO(json_doc) struct json_doc *value = read_doc(cases[2].value);

	odd_each(json_root(schema), fit_odd, value);
}
END_TEST

#define CRD(description, fields)                                                                   \
	"{\"metadata\":{\"name\":\"sandboxes.agents.x-k8s.io\"},\"spec\":{\"versions\":[{"         \
	"\"name\":\"v1alpha1\",\"served\":true,\"schema\":{\"openAPIV3Schema\":{"                  \
	"\"description\":\"" description "\",\"properties\":{\"spec\":{\"properties\":{" fields    \
	"}}}}}}]},\"status\":{\"conditions\":[{\"type\":\"Established\",\"status\":\"True\"}]}}"

static struct sandbox_api read_api(const char *crd)
{
	AUTO(json_doc) struct json_doc *whole = read_doc(crd);
	AUTO(json_doc) struct json_doc *kept = NULL;
	AUTO(buffer) struct buffer text = { 0 };
	struct sandbox_api api;
	struct json_view spec;

	sandbox_api_project(NULL, json_root(whole), &text);
	kept = read_doc(text.data);
	api = sandbox_api_read(json_root(kept));
	spec = sandbox_api_schema(&api, json_root(kept));
	ck_assert(json_is_present(json_dig(spec, "properties", "podTemplate")));
	ck_assert(
		!json_is_present(sandbox_api_schema(&(struct sandbox_api){ 0 }, json_root(kept))));
	return api;
}

START_TEST(an_api_is_another_when_its_fields_are)
{
	struct sandbox_api api = read_api(CRD("d", "\"podTemplate\":" MAP("\"a\":" LEAF)));
	struct sandbox_api other;

	ck_assert_ptr_eq(api.resource, &kube_sandboxes_v1alpha1);
	ck_assert(!api.has_service);
	other = read_api(CRD("other words", "\"podTemplate\":" MAP("\"a\":" ANYTHING)));
	ck_assert(!sandbox_api_equal(&api, &other));
	other = read_api(
		CRD("other words", "\"podTemplate\":" MAP("\"a\":{\"type\":\"integer\"}")));
	ck_assert(sandbox_api_equal(&api, &other));
	other = read_api(CRD("d", "\"podTemplate\":" MAP("\"b\":" LEAF)));
	ck_assert(!sandbox_api_equal(&api, &other));
	other = read_api(CRD("d", "\"podTemplate\":" MAP("\"a\":" LEAF) ",\"service\":" LEAF));
	ck_assert(!sandbox_api_equal(&api, &other));
	ck_assert(other.has_service);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/sandbox_schema");
	TCase *tcase = tcase_create("sandbox_schema");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, what_has_no_place_is_taken_out, 0, COUNT(cases));
	tcase_add_test(tcase, what_has_no_room_is_counted);
	tcase_add_test(tcase, a_schema_may_be_of_any_shape);
	tcase_add_test(tcase, an_api_is_another_when_its_fields_are);
	return suite_run(suite);
}
