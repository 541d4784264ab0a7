/*
 * Whole translations: each folder of tests/golden/translate is an input.yaml (agent, its namespace, settings, and the objects of the
 * cluster) and the objects wanted, want.json. A string "*" there stands for any string; null and [] stand for absent.
 * After a change that is meant, write what is made now and read the difference:
 *   SANDGATE_GOLDEN=write build/debug/bin/common_agent_test_translate_golden && git diff tests/golden
 */
#include "agent/shelf.h"
#include "agent/translate.h"

#include "base/text.h"
#include "json/value.h"
#include "json/yaml.h"

#include "support/odd.h"
#include "support/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER    TEST_SOURCE_DIR "/golden/translate"
#define CASES_MAX 100

static char *cases[CASES_MAX];
static size_t case_count;

static char *read_file(const char *path, size_t *bytes)
{
	AUTO(buffer) struct buffer text = { 0 };
	FILE *file = fopen(path, "r");
	size_t got;

	ck_assert_msg(file, "%s cannot be opened", path);
	do {
		char *to = buffer_reserve(&text, 65536);

		got = fread(to, 1, 65536, file);
		buffer_grew(&text, got);
	} while (got);
	fclose(file);
	*bytes = text.bytes;
	return buffer_take(&text);
}

static bool wants_nothing(struct json_view want)
{
	return !json_is_present(want) || (json_kind(want) == JSON_ARRAY && !json_count(want));
}

static bool is_nothing(struct json_object *value)
{
	return !value ||
	       (json_object_is_type(value, json_type_array) && !json_object_array_length(value));
}

static void compare(
	const char *spec, const char *at, struct json_view want, struct json_object *got);

static void compare_objects(
	const char *spec, const char *at, struct json_view want, struct json_object *got)
{
	json_foreach (member, want) {
		AUTO(text) char *here = text_format("%s.%s", at, json_key(member, NULL));
		struct json_object *value = NULL;

		json_object_object_get_ex(got, json_key(member, NULL), &value);
		compare(spec, here, member, value);
	}
	json_object_object_foreach(got, key, value)
	{
		ck_assert_msg(is_nothing(value) || json_kind(json_get(want, key)) != JSON_NONE,
			"%s: %s.%s is there, not wanted: %s", spec, at, key,
			json_object_to_json_string(value));
	}
}

static void compare(
	const char *spec, const char *at, struct json_view want, struct json_object *got)
{
	size_t index = 0;

	if (wants_nothing(want)) {
		ck_assert_msg(is_nothing(got), "%s: %s is %s, not wanted", spec, at,
			json_object_to_json_string(got));
		return;
	}
	ck_assert_msg(got, "%s: %s is missing", spec, at);
	if (json_kind(want) == JSON_OBJECT && json_object_is_type(got, json_type_object)) {
		compare_objects(spec, at, want, got);
	} else if (json_kind(want) == JSON_ARRAY && json_object_is_type(got, json_type_array)) {
		ck_assert_msg(json_count(want) == json_object_array_length(got),
			"%s: %s has %zu items: %s", spec, at, json_object_array_length(got),
			json_object_to_json_string(got));
		json_foreach (item, want) {
			AUTO(text) char *here = text_format("%s[%zu]", at, index);

			compare(spec, here, item, json_object_array_get_idx(got, index));
			index++;
		}
	} else if (json_text_is(want, "*")) {
		ck_assert_msg(json_object_is_type(got, json_type_string), "%s: %s", spec, at);
	} else {
		AUTO(buffer) struct buffer text = { 0 };

		json_write(&text, want);
		ck_assert_msg(json_value_equals_view(got, want), "%s: %s is %s, wanted %s", spec,
			at, json_object_to_json_string(got), text.data);
	}
}

/* Namespaces exist as the reference's own loader makes them: of every object, and the second label of a server's host. */
static void add_server_namespace(struct shelf *shelf, struct json_view object)
{
	const char *url = json_text_or(json_dig(object, "spec", "url"), "");
	const char *host = strstr(url, "://");
	struct error err;
	size_t first, second;

	if (!json_text_is(json_get(object, "kind"), "RemoteMCPServer") || !host)
		return;
	host += 3;
	first = strcspn(host, ".:/");
	if (host[first] != '.')
		return;
	second = strcspn(host + first + 1, ".:/");
	AUTO(text) char *name = text_copy(host + first + 1, second);

	ck_assert(shelf_add_namespace(shelf, name, &err));
}

static struct json_object *as_list(const struct agent_objects *objects)
{
	struct json_object *const all[] = { objects->secret, objects->srt_config_map,
		objects->service_account, objects->skills_config_map, objects->sandbox };
	struct json_object *list = json_object_new_array();
	struct error err;

	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i])
			ck_assert(json_append(list, json_object_get(all[i]), &err));
	return list;
}

static void write_want(const char *path, struct json_object *list, const char *hash)
{
	const char *text = json_object_to_json_string_ext(list,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
	const char *at = strstr(text, hash);
	FILE *file = fopen(path, "w");

	fprintf(file, "%.*s*%s\n", (int)(at - text), text, at + strlen(hash));
	fclose(file);
}

static void run_case(const char *spec, struct json_view input, struct shelf *shelf)
{
	struct agent_settings settings = {
		.image_tag = "dev",
		.skills_init_image = "registry.test/sandgate-controller:test",
		.proxy_url = json_text(json_get(input, "proxyUrl"), NULL),
		.default_service_account =
			json_text(json_get(input, "defaultServiceAccount"), NULL),
	};
	struct agent_world world = shelf_world(shelf);
	AUTO(text) char *path = text_format(FOLDER "/%s/want.json", spec);
	AUTO(json) struct json_object *list = NULL;
	struct agent_objects objects = { 0 };
	struct json_view agent;
	struct error err;
	struct json_doc *want = NULL;
	size_t bytes;

	ck_assert(world.get(world.context, AGENT_KIND_SANDBOX_AGENT,
		json_text_or(json_get(input, "namespace"), ""),
		json_text_or(json_get(input, "agent"), ""), &agent, &err));
	ck_assert_msg(agent_translate(&settings, &world, agent, &objects, &err), "%s: %s: %s", spec,
		err.path, err.text);
	list = as_list(&objects);
	if (getenv("SANDGATE_GOLDEN")) {
		write_want(path, list, objects.config_hash);
	} else {
		AUTO(text) char *text = read_file(path, &bytes);

		ck_assert_msg(
			json_doc_copy(text, bytes, NULL, &want, &err), "%s: %s", path, err.text);
		compare(spec, "", json_root(want), list);
		json_doc_free(want);
	}
	agent_objects_fini(&objects);
}

START_TEST(translation_gives_the_objects_wanted)
{
	AUTO(text) char *path = text_format(FOLDER "/%s/input.yaml", cases[_i]);
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	AUTO(shelf) struct shelf *shelf = NULL;
	struct yaml_document document = { 0 };
	struct error err;
	size_t bytes;
	bool more;
	AUTO(text) char *text = read_file(path, &bytes);

	ck_assert(yaml_reader_new(text, bytes, NULL, &reader, &err));
	ck_assert_msg(yaml_reader_next(reader, &document, &more, &err), "%s: %s", path, err.text);
	ck_assert(shelf_new(&shelf, &err));
	json_foreach (object, json_get(json_root(document.doc), "objects")) {
		ck_assert(shelf_add(shelf, object, &err));
		add_server_namespace(shelf, object);
	}
	run_case(cases[_i], json_root(document.doc), shelf);
	yaml_document_fini(&document);
}
END_TEST

/* What an API server hands over has passed a schema, or not: a schema may be older than the objects. */
static void translate_odd(void *context, struct json_view odd, const char *text)
{
	const struct json_view *input = context;
	const struct agent_settings settings = { .skills_init_image = "i" };
	AUTO(shelf) struct shelf *shelf = NULL;
	struct agent_objects objects = { 0 };
	struct agent_world world;
	struct json_view agent;
	struct error err = { 0 };

	ck_assert(shelf_new(&shelf, &err));
	json_foreach (object, odd)
		if (!shelf_add(shelf, object, &err))
			return;
	world = shelf_world(shelf);
	if (!world.get(world.context, AGENT_KIND_SANDBOX_AGENT,
		    json_text_or(json_get(*input, "namespace"), ""),
		    json_text_or(json_get(*input, "agent"), ""), &agent, &err))
		return;
	if (agent_translate(&settings, &world, agent, &objects, &err))
		agent_objects_fini(&objects);
	else
		ck_assert_msg(err.text[0], "%s", text);
}

START_TEST(a_value_of_any_kind_is_translated_or_refused)
{
	AUTO(text) char *path = text_format(FOLDER "/%s/input.yaml", cases[_i]);
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct yaml_document document = { 0 };
	struct json_view input;
	struct error err;
	size_t bytes;
	bool more;
	AUTO(text) char *text = read_file(path, &bytes);

	ck_assert(yaml_reader_new(text, bytes, NULL, &reader, &err));
	ck_assert_msg(yaml_reader_next(reader, &document, &more, &err), "%s: %s", path, err.text);
	input = json_root(document.doc);
	odd_each(json_get(input, "objects"), translate_odd, &input);
	yaml_document_fini(&document);
}
END_TEST

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_cases(void)
{
	DIR *folder = opendir(FOLDER);

	if (!folder)
		return;
	for (struct dirent *entry; (entry = readdir(folder));)
		if (entry->d_name[0] != '.' && case_count < CASES_MAX)
			cases[case_count++] = strdup(entry->d_name);
	closedir(folder);
	qsort(cases, case_count, sizeof(cases[0]), compare_names);
}

START_TEST(the_cases_are_there)
{
	ck_assert_uint_ge(case_count, 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("translate golden");
	TCase *golden = tcase_create("golden");
	int status;

	list_cases();
	tcase_add_test(golden, the_cases_are_there);
	tcase_add_loop_test(golden, translation_gives_the_objects_wanted, 0, (int)case_count);
	tcase_add_loop_test(
		golden, a_value_of_any_kind_is_translated_or_refused, 0, (int)case_count);
	tcase_set_timeout(golden, 120);
	suite_add_tcase(suite, golden);
	status = suite_run(suite);
	for (size_t i = 0; i < case_count; i++)
		free(cases[i]);
	return status;
}
