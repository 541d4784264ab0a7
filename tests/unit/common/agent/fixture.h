/*
 * Translations from a few lines of YAML: a cluster as a stream of documents, an agent by name, and the made objects read by path.
 * In YAML and in wanted JSON ' may stand for " (want_json).
 */
#ifndef UNIT_AGENT_FIXTURE_H
#define UNIT_AGENT_FIXTURE_H

#include "agent/shelf.h"
#include "agent/translate.h"

#include "base/text.h"
#include "json/value.h"
#include "json/yaml.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define DOCUMENTS_MAX 32

struct cluster {
	struct shelf *shelf;
	struct yaml_document documents[DOCUMENTS_MAX];
	size_t count;
};

UNUSED static void cluster_add(struct cluster *cluster, const char *yaml)
{
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct error err;
	bool more = true;

	ck_assert(yaml_reader_new(yaml, strlen(yaml), NULL, &reader, &err));
	for (;;) {
		struct yaml_document *document = &cluster->documents[cluster->count];

		ck_assert_uint_lt(cluster->count, DOCUMENTS_MAX);
		ck_assert_msg(yaml_reader_next(reader, document, &more, &err), "%s in\n%s",
			err.text, yaml);
		if (!more)
			return;
		ck_assert(shelf_add(cluster->shelf, json_root(document->doc), &err));
		cluster->count++;
	}
}

UNUSED static struct cluster cluster_new(const char *yaml)
{
	struct cluster cluster = { 0 };
	struct error err;

	ck_assert(shelf_new(&cluster.shelf, &err));
	cluster_add(&cluster, yaml);
	return cluster;
}

UNUSED static void cluster_free(struct cluster *cluster)
{
	shelf_free(cluster->shelf);
	for (size_t i = 0; i < cluster->count; i++)
		yaml_document_fini(&cluster->documents[i]);
}

/* The agent "a" in namespace "ns", whose `spec` is given as a YAML flow or an indented block. */
UNUSED static char *agent_yaml(const char *spec)
{
	char *yaml = text_format(
		"---\nkind: SandboxAgent\nmetadata: {name: a, namespace: ns, uid: u-1}\nspec: %s\n",
		spec);

	ck_assert(yaml);
	return yaml;
}

/* A Declarative one with a model "m" and a message; `more` are further fields of `declarative` as a flow's tail: ", stream: true". */
UNUSED static char *declarative_yaml(const char *more, const char *spec_more)
{
	AUTO(text)
	char *spec = text_format(
		"{type: Declarative, declarative: {modelConfig: m, systemMessage: hi%s}%s}", more,
		spec_more);

	ck_assert(spec);
	return agent_yaml(spec);
}

#define MODEL_M                                                                                    \
	"---\nkind: ModelConfig\nmetadata: {name: m, namespace: ns}\nspec: {provider: OpenAI, "    \
	"model: gpt}\n"

UNUSED static bool try_translate(const struct cluster *cluster,
	const struct agent_settings *settings, struct agent_objects *out, struct error *err)
{
	struct agent_world world = shelf_world(cluster->shelf);
	struct json_view agent;

	ck_assert(world.get(world.context, AGENT_KIND_SANDBOX_AGENT, "ns", "a", &agent, err));
	*err = (struct error){ 0 };
	return agent_translate(settings, &world, agent, out, err);
}

UNUSED static struct agent_objects translated(
	const char *spec, const struct cluster *cluster, const struct agent_settings *settings)
{
	struct agent_objects objects = { 0 };
	struct error err;

	ck_assert_msg(try_translate(cluster, settings, &objects, &err), "%s: %s: %s", spec,
		err.path, err.text);
	return objects;
}

/* The value at "containers/0/env" below `object`; NULL when absent. Borrowed. */
UNUSED static struct json_object *at_path(struct json_object *object, const char *path)
{
	AUTO(text) char *copy = text_copy(path, strlen(path));
	char *rest = copy;

	for (char *part; object && (part = strsep(&rest, "/"));) {
		struct json_object *next = NULL;

		if (!*part)
			continue;
		if (json_object_is_type(object, json_type_array))
			next = json_object_array_get_idx(object, strtoul(part, NULL, 10));
		else
			json_object_object_get_ex(object, part, &next);
		object = next;
	}
	return object;
}

/* Compact JSON of what stands there, "" when absent. Heap. */
UNUSED static char *text_at(struct json_object *object, const char *path)
{
	AUTO(buffer) struct buffer text = { 0 };
	struct json_object *value = at_path(object, path);

	if (value)
		json_value_write(&text, value);
	return buffer_take(&text);
}

/* The string itself, NULL when it is none. */
UNUSED static const char *string_at(struct json_object *object, const char *path)
{
	struct json_object *value = at_path(object, path);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

#define CONFIG_PATH "stringData/config.json"
#define POD_PATH    "spec/podTemplate/spec/"
#define MAIN_PATH   POD_PATH "containers/0/"

UNUSED static char *quoted(const char *text)
{
	char *out = text_copy(text, strlen(text));

	for (char *c = out; *c; c++)
		if (*c == '\'')
			*c = '"';
	return out;
}

/* `got` is JSON text; `want` has ' for ". */
UNUSED static void want_text(const char *spec, const char *got, const char *want)
{
	AUTO(text) char *wanted = quoted(want);

	ck_assert_msg(got && strcmp(got, wanted) == 0, "%s\n got: %s\nwant: %s", spec,
		got ? got : "(nothing)", wanted);
}

#define FIXTURE_MAIN(title, add)                                                                   \
	int main(void)                                                                             \
	{                                                                                          \
		Suite *suite = suite_create(title);                                                \
		TCase *tcase = tcase_create(title);                                                \
                                                                                                   \
		add(tcase);                                                                        \
		suite_add_tcase(suite, tcase);                                                     \
		return suite_run(suite);                                                           \
	}

#endif
