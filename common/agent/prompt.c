#include "agent/prompt.h"

#include "agent/reference.h"
#include "agent/template.h"
#include "base/text.h"

bool prompt_read(const struct subject *subject, struct buffer *out, struct error *err)
{
	const struct path *at = AT_KEY(AT_KEY(NULL, "spec"), "declarative");
	struct json_view from = json_get(subject->declarative, "systemMessageFrom");
	struct json_view message = json_get(subject->declarative, "systemMessage");
	size_t bytes;
	const char *text = json_text(message, &bytes);

	if (json_is_present(from))
		return reference_read(subject->world, subject->ns, from,
			AT_KEY(at, "systemMessageFrom"), out, err);
	if (!text || !bytes)
		return error_set(err, ERR_INVALID, AT_KEY(at, "systemMessage"),
			"at least one system message source (SystemMessage or SystemMessageFrom) "
			"must be specified");
	buffer_append(out, text, bytes);
	return buffer_ok(out, err);
}

/* Every key of one ConfigMap under "identifier/key". */
static bool add_source(const struct subject *subject, struct json_view source,
	const struct path *at, struct json_object *includes, struct error *err)
{
	const char *name = json_text_or(json_get(source, "name"), "");
	const char *prefix = subject_setting(json_text(json_get(source, "alias"), NULL), name);
	struct json_view map;

	if (!world_need(subject->world, AGENT_KIND_CONFIG_MAP, subject->ns, name, at, &map, err))
		return false;
	json_foreach_member (value, json_get(map, "data")) {
		AUTO(text) char *key = text_format("%s/%s", prefix, json_key(value, NULL));
		size_t bytes;
		const char *text = json_text(value, &bytes);

		if (!key)
			return error_no_memory(err);
		if (!text)
			continue;
		if (json_object_object_get_ex(includes, key, NULL))
			return error_set(err, ERR_INVALID, at,
				"duplicate prompt template identifier \"%s\" from prompt source "
				"\"%s\" "
				"(kind=\"%s\", apiGroup=\"%s\")",
				key, name, json_text_or(json_get(source, "kind"), ""),
				json_text_or(json_get(source, "apiGroup"), ""));
		if (!json_set(includes, key, json_new_text_bytes(text, bytes), err))
			return false;
	}
	return true;
}

static bool add_sources(const struct subject *subject, struct json_view sources,
	struct json_object *includes, struct error *err)
{
	const struct path *spec = AT_KEY(AT_KEY(NULL, "spec"), "declarative");
	const struct path *at = AT_KEY(AT_KEY(spec, "promptTemplate"), "dataSources");
	size_t index = 0;

	json_foreach (source, sources) {
		if (!add_source(subject, source, AT_INDEX(at, index), includes, err))
			return false;
		index++;
	}
	return true;
}

static bool apply(const struct subject *subject, struct json_view sources,
	const struct buffer *message, struct template_input *input, struct buffer *out,
	struct error *err)
{
	AUTO(json) struct json_object *includes = json_object_new_object();
	struct error found = { 0 };

	if (!includes)
		return error_no_memory(err);
	if (!add_sources(subject, sources, includes, err))
		return false;
	input->includes = includes;
	if (template_render(message->data ? message->data : "", message->bytes, input, out, &found))
		return true;
	return error_set(err, found.code,
		AT_KEY(AT_KEY(AT_KEY(NULL, "spec"), "declarative"), "systemMessage"), "%s",
		found.text);
}

bool prompt_apply(const struct subject *subject, const struct buffer *message,
	struct json_object *tool_names, struct json_object *skill_names, struct buffer *out,
	struct error *err)
{
	struct json_view sources = json_dig(subject->declarative, "promptTemplate", "dataSources");
	struct template_input input = {
		.agent_name = subject->name,
		.agent_namespace = subject->ns,
		.description = json_text_or(json_get(subject->spec, "description"), ""),
		.tool_names = tool_names,
		.skill_names = skill_names,
	};

	if (json_kind(sources) == JSON_ARRAY && json_count(sources))
		return apply(subject, sources, message, &input, out, err);
	buffer_append(out, message->data, message->bytes);
	return buffer_ok(out, err);
}
