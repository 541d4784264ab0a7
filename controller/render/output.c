#include "render/output.h"

#include "json/yaml.h"

#include <errno.h>

bool output_begin(struct output *output, bool json, struct error *err)
{
	*output = (struct output){ .json = json, .items = json_object_new_array() };
	return output->items || error_no_memory(err);
}

void output_fini(struct output *output)
{
	json_object_put(output->items);
	buffer_fini(&output->yaml);
	*output = (struct output){ 0 };
}

static bool add_yaml(struct output *output, struct json_object *object, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;

	json_value_write(&text, object);
	if (!buffer_ok(&text, err) || !json_doc_parse(&text, NULL, &doc, err))
		return false;
	buffer_puts(&output->yaml, "---\n");
	yaml_write(&output->yaml, json_root(doc));
	if (output->yaml.bytes && output->yaml.data[output->yaml.bytes - 1] != '\n')
		buffer_putc(&output->yaml, '\n');
	return buffer_ok(&output->yaml, err);
}

bool output_add(struct output *output, const struct agent_objects *objects, struct error *err)
{
	struct json_object *const all[] = { objects->secret, objects->srt_config_map,
		objects->service_account, objects->skills_config_map, objects->sandbox };

	for (size_t i = 0; i < COUNT(all); i++) {
		if (!all[i])
			continue;
		if (output->json ? !json_append(output->items, json_object_get(all[i]), err)
				 : !add_yaml(output, all[i], err))
			return false;
	}
	return true;
}

static bool put(FILE *stream, const char *text, size_t bytes, struct error *err)
{
	if (fwrite(text, 1, bytes, stream) == bytes && fflush(stream) == 0)
		return true;
	return error_set(err, ERR_IO, NULL, "cannot write the result: %s", strerror(errno));
}

static bool put_list(struct output *output, FILE *stream, struct error *err)
{
	AUTO(json) struct json_object *list = json_object_new_object();
	const char *text;

	if (!list)
		return error_no_memory(err);
	if (!json_set_text(list, "apiVersion", "v1", err) ||
		!json_set_text(list, "kind", "List", err) ||
		!json_set(list, "items", json_object_get(output->items), err))
		return false;
	text = json_object_to_json_string_ext(list,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		return error_no_memory(err);
	return put(stream, text, strlen(text), err) && put(stream, "\n", 1, err);
}

bool output_end(struct output *output, FILE *stream, struct error *err)
{
	if (output->json)
		return put_list(output, stream, err);
	return put(stream, output->yaml.data ? output->yaml.data : "", output->yaml.bytes, err);
}
