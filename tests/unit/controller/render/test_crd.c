#include "render/crd.h"

#include "base/text.h"
#include "json/yaml.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLDER TEST_SOURCE_DIR "/../charts/sandgate/files/crds/"

static const char *const kinds[] = { "modelconfigs", "remotemcpservers", "sandboxagents" };

static char *read_file(const char *path)
{
	AUTO(buffer) struct buffer text = { 0 };
	FILE *file = fopen(path, "r");
	size_t got;

	ck_assert_msg(file, "%s", path);
	do {
		char *to = buffer_reserve(&text, 65536);

		got = fread(to, 1, 65536, file);
		buffer_grew(&text, got);
	} while (got);
	fclose(file);
	return buffer_take(&text);
}

/* Steps down a schema; the way is kept as texts, "*" for an item. */
#define STEPS_MAX 32
struct way {
	const char *steps[STEPS_MAX];
	size_t count;
};

static struct json_object *object_along(const char *kind, const struct way *way)
{
	struct json_object *root = json_object_new_object();
	struct json_object *at = root;

	json_object_object_add(root, "kind", json_object_new_string(kind));
	for (size_t i = 0; i + 1 < way->count; i++) {
		bool list = strcmp(way->steps[i + 1], "*") == 0;
		struct json_object *next =
			list ? json_object_new_array() : json_object_new_object();

		if (strcmp(way->steps[i], "*") == 0)
			json_object_array_add(at, next);
		else
			json_object_object_add(at, way->steps[i], next);
		at = next;
	}
	return root;
}

static struct json_object *value_along(struct json_object *object, const struct way *way)
{
	for (size_t i = 0; object && i < way->count; i++)
		object = strcmp(way->steps[i], "*") == 0
				 ? json_object_array_get_idx(object, 0)
				 : json_object_object_get(object, way->steps[i]);
	return object;
}

static size_t check_defaults(const char *kind, struct json_view schema, struct way *way)
{
	struct json_view value = json_get(schema, "default");
	struct json_view items = json_get(schema, "items");
	size_t found = 0;

	ck_assert_uint_lt(way->count, STEPS_MAX);
	if (json_kind(value) != JSON_NONE) {
		AUTO(json) struct json_object *object = object_along(kind, way);
		struct error err;

		ck_assert(crd_default(object, &err));
		ck_assert_msg(json_value_equals_view(value_along(object, way), value),
			"%s: ...%s.%s has another default: %s", kind,
			way->count > 1 ? way->steps[way->count - 2] : "",
			way->steps[way->count - 1], json_object_to_json_string(object));
		found++;
	}
	json_foreach (member, json_get(schema, "properties")) {
		way->steps[way->count++] = json_key(member, NULL);
		found += check_defaults(kind, member, way);
		way->count--;
	}
	if (json_kind(items) == JSON_OBJECT) {
		way->steps[way->count++] = "*";
		found += check_defaults(kind, items, way);
		way->count--;
	}
	return found;
}

START_TEST(every_default_of_the_crds_is_filled_in)
{
	AUTO(text) char *path = text_format(FOLDER "%s.kagent.dev.yaml", kinds[_i]);
	AUTO(text) char *text = read_file(path);
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct yaml_document document = { 0 };
	struct way way = { 0 };
	struct json_view spec;
	struct error err;
	size_t found = 0;
	bool more;

	ck_assert(yaml_reader_new(text, strlen(text), NULL, &reader, &err));
	ck_assert_msg(yaml_reader_next(reader, &document, &more, &err), "%s", err.text);
	spec = json_get(json_root(document.doc), "spec");
	json_foreach (version, json_get(spec, "versions")) {
		if (json_bool_or(json_get(version, "storage"), false))
			found = check_defaults(json_text(json_dig(spec, "names", "kind"), NULL),
				json_dig(version, "schema", "openAPIV3Schema"), &way);
	}
	ck_assert_uint_ge(found, 5);
	yaml_document_fini(&document);
}
END_TEST

START_TEST(what_is_there_stays)
{
	AUTO(json)
	struct json_object *object =
		json_tokener_parse("{\"kind\":\"SandboxAgent\",\"spec\":{\"type\":\"BYO\","
				   "\"platform\":\"\",\"byo\":{}}}");
	struct error err;

	ck_assert(crd_default(object, &err));
	ck_assert_str_eq(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
		"{\"kind\":\"SandboxAgent\",\"spec\":{\"type\":\"BYO\",\"platform\":\"\",\"byo\":{}"
		"}}");
}
END_TEST

START_TEST(objects_of_other_kinds_stay)
{
	static const char *const texts[] = { "{\"kind\":\"Service\",\"spec\":{}}", "{\"spec\":{}}",
		"{\"kind\":7,\"spec\":{}}", "{\"kind\":\"SandboxAgent\",\"spec\":[]}" };
	AUTO(json) struct json_object *object = json_tokener_parse(texts[_i]);
	struct error err;

	ck_assert(crd_default(object, &err));
	ck_assert_str_eq(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN), texts[_i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crd");
	TCase *tcase = tcase_create("crd");

	tcase_add_loop_test(tcase, every_default_of_the_crds_is_filled_in, 0, COUNT(kinds));
	tcase_add_test(tcase, what_is_there_stays);
	tcase_add_loop_test(tcase, objects_of_other_kinds_stay, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
