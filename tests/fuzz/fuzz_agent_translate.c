/*
 * Translation of anything: YAML documents, the first of them the agent, all of them its world. Objects or an error with a reason, and
 * the same bytes the second time.
 */
#include "agent/shelf.h"
#include "agent/translate.h"

#include "json/value.h"
#include "json/yaml.h"

#include <stdint.h>
#include <stdlib.h>

#define DOCUMENTS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static size_t read_world(const char *text, size_t bytes, struct yaml_document *documents)
{
	const struct json_limits limits = { .bytes = 1 << 16 };
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct error err;
	size_t count = 0;
	bool more = true;

	if (!yaml_reader_new(text, bytes, &limits, &reader, &err))
		return 0;
	while (count < DOCUMENTS_MAX) {
		if (!yaml_reader_next(reader, &documents[count], &more, &err) || !more)
			break;
		count++;
	}
	return count;
}

static void put(struct buffer *out, struct json_object *object)
{
	if (object)
		json_value_write(out, object);
}

static bool translate(const struct agent_world *world, struct json_view agent, struct buffer *out)
{
	const struct agent_settings settings = { .proxy_url = "http://proxy.test:8080",
		.default_pod_labels = "a=b",
		.skills_init_image = "i",
		.mcp_egress_plaintext = true };
	struct agent_objects objects = { 0 };
	struct error err = { 0 };

	if (!agent_translate(&settings, world, agent, &objects, &err)) {
		if (err.code == ERR_NONE || !err.text[0] || err.code == ERR_PENDING)
			abort();
		return false;
	}
	put(out, objects.secret);
	put(out, objects.srt_config_map);
	put(out, objects.service_account);
	put(out, objects.skills_config_map);
	put(out, objects.sandbox);
	buffer_puts(out, objects.config_hash);
	agent_objects_fini(&objects);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct yaml_document documents[DOCUMENTS_MAX] = { 0 };
	size_t count = read_world((const char *)data, bytes, documents);
	AUTO(shelf) struct shelf *shelf = NULL;
	AUTO(buffer) struct buffer once = { 0 };
	AUTO(buffer) struct buffer twice = { 0 };
	struct error err;

	if (!shelf_new(&shelf, &err))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (!shelf_add(shelf, json_root(documents[i].doc), &err))
			abort();
	if (count) {
		struct agent_world world = shelf_world(shelf);
		struct json_view agent = json_root(documents[0].doc);
		bool ok = translate(&world, agent, &once);

		if (ok != translate(&world, agent, &twice) || once.bytes != twice.bytes ||
			(once.bytes && memcmp(once.data, twice.data, once.bytes) != 0))
			abort();
	}
	for (size_t i = 0; i < count; i++)
		yaml_document_fini(&documents[i]);
	return 0;
}
