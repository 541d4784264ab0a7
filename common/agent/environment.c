#include "agent/environment.h"

#include "base/text.h"

#define CONTROLLER_PORT 8083

static bool add(struct json_object *env, const char *name, const char *value, struct error *err)
{
	struct json_object *entry = json_object_new_object();

	return json_append(env, entry, err) && json_set_text(entry, "name", name, err) &&
	       json_set_text(entry, "value", value, err);
}

static bool add_namespace(struct json_object *env, struct error *err)
{
	struct json_object *entry = json_object_new_object();
	struct json_object *from;
	struct json_object *field;

	if (!json_append(env, entry, err) || !json_set_text(entry, "name", "KAGENT_NAMESPACE", err))
		return false;
	from = json_need_object(entry, "valueFrom");
	field = from ? json_need_object(from, "fieldRef") : NULL;
	if (!field)
		return error_no_memory(err);
	return json_set_text(field, "fieldPath", "metadata.namespace", err);
}

static bool add_otel(struct json_object *env, const char *const *pairs, struct error *err)
{
	for (; pairs && *pairs; pairs++) {
		const char *mark = strchr(*pairs, '=');
		AUTO(text) char *name = NULL;

		if (!mark)
			continue;
		name = text_copy(*pairs, (size_t)(mark - *pairs));
		if (!name)
			return error_no_memory(err);
		if (!add(env, name, mark + 1, err))
			return false;
	}
	return true;
}

static bool add_own(const struct pod_input *in, struct json_object *env, struct error *err)
{
	const struct agent_settings *settings = in->subject->settings;
	AUTO(text)
	char *url = text_format("http://%s.%s:%d",
		subject_setting(settings->controller_name, "kagent-controller"),
		subject_setting(settings->controller_namespace, "kagent"), CONTROLLER_PORT);

	if (!url)
		return error_no_memory(err);
	if (!add_otel(env, settings->otel_env, err) || !add_namespace(env, err) ||
		!add(env, "KAGENT_NAME", in->subject->name, err) ||
		!add(env, "KAGENT_URL", url, err))
		return false;
	if (in->skills->any && !add(env, "KAGENT_SKILLS_FOLDER", SKILLS_FOLDER, err))
		return false;
	return !pod_uses_srt(in->subject, in->skills) ||
	       add(env, "KAGENT_SRT_SETTINGS_PATH", "/config/srt-settings.json", err);
}

static const char *entry_name(struct json_object *entry)
{
	struct json_object *name = NULL;

	if (!json_object_is_type(entry, json_type_object))
		return "";
	json_object_object_get_ex(entry, "name", &name);
	return name ? json_object_get_string(name) : "";
}

/* "" is what a variable without a value has. */
static void drop_empty_value(struct json_object *entry)
{
	struct json_object *value = json_find(entry, "value");

	if (json_object_is_type(value, json_type_string) && !json_object_get_string_len(value))
		json_object_object_del(entry, "value");
}

bool environment_unique(struct json_object *env, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *last = json_object_new_object();
	AUTO(json) struct json_object *unique = json_object_new_array();
	size_t count = json_object_array_length(env);

	if (!last || !unique)
		return error_no_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *name = entry_name(json_object_array_get_idx(env, i));

		if (!json_set_int(last, name, (int64_t)i, err))
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_array_get_idx(env, i);
		struct json_object *at = json_object_object_get(last, entry_name(entry));

		if (json_object_get_int64(at) != (int64_t)i)
			continue;
		drop_empty_value(entry);
		if (!json_append(unique, json_object_get(entry), err))
			return false;
	}
	*out = take_json(&unique);
	return true;
}

bool environment_list(const struct pod_input *in, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *env = json_object_new_array();

	if (!env)
		return error_no_memory(err);
	return parts_append_views(env, json_get(in->subject->deployment, "env"), err) &&
	       parts_append_all(env, in->compiled->parts.env, err) && add_own(in, env, err) &&
	       environment_unique(env, out, err);
}
