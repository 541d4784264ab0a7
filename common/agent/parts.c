#include "agent/parts.h"

bool parts_init(struct parts *parts, struct error *err)
{
	*parts = (struct parts){ json_object_new_array(), json_object_new_array(),
		json_object_new_array() };
	if (parts->env && parts->volumes && parts->mounts)
		return true;
	parts_fini(parts);
	return error_no_memory(err);
}

void parts_fini(struct parts *parts)
{
	json_object_put(parts->env);
	json_object_put(parts->volumes);
	json_object_put(parts->mounts);
	*parts = (struct parts){ 0 };
}

/* A new object {"name": name} at the end of `array`; borrowed. */
static struct json_object *add_named(struct json_object *array, const char *name, struct error *err)
{
	struct json_object *item = json_object_new_object();

	if (!json_append(array, item, err) || !json_set_text(item, "name", name, err))
		return NULL;
	return item;
}

bool parts_env(struct parts *parts, const char *name, const char *value, struct error *err)
{
	struct json_object *entry = add_named(parts->env, name, err);

	return entry && (!*value || json_set_text(entry, "value", value, err));
}

bool parts_env_from_secret(struct parts *parts, const char *name, const char *secret,
	const char *key, struct error *err)
{
	struct json_object *entry = add_named(parts->env, name, err);
	struct json_object *from = entry ? json_need_object(entry, "valueFrom") : NULL;
	struct json_object *ref = from ? json_need_object(from, "secretKeyRef") : NULL;

	if (!entry)
		return false;
	if (!ref)
		return error_no_memory(err);
	return (!*secret || json_set_text(ref, "name", secret, err)) &&
	       json_set_text(ref, "key", key, err);
}

bool parts_secret_volume(
	struct parts *parts, const char *name, const char *secret, int mode, struct error *err)
{
	struct json_object *volume = add_named(parts->volumes, name, err);
	struct json_object *source = volume ? json_need_object(volume, "secret") : NULL;

	if (!volume)
		return false;
	if (!source)
		return error_no_memory(err);
	return json_set_text(source, "secretName", secret, err) &&
	       (!mode || json_set_int(source, "defaultMode", mode, err));
}

bool parts_mount(
	struct parts *parts, const char *name, const char *path, bool read_only, struct error *err)
{
	struct json_object *mount = add_named(parts->mounts, name, err);

	return mount && (!read_only || json_set_bool(mount, "readOnly", true, err)) &&
	       json_set_text(mount, "mountPath", path, err);
}

static bool same_text(struct json_object *a, struct json_object *b, const char *key)
{
	struct json_object *left = json_object_object_get(a, key);
	struct json_object *right = json_object_object_get(b, key);

	return left && right &&
	       strcmp(json_object_get_string(left), json_object_get_string(right)) == 0;
}

static bool has_item(struct json_object *array, struct json_object *item, const char *also)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *other = json_object_array_get_idx(array, i);

		if (same_text(other, item, "name") && (!also || same_text(other, item, also)))
			return true;
	}
	return false;
}

bool parts_has_volume(const struct parts *parts, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(parts->volumes); i++) {
		struct json_object *item = json_object_array_get_idx(parts->volumes, i);
		struct json_object *other = json_object_object_get(item, "name");

		if (other && strcmp(json_object_get_string(other), name) == 0)
			return true;
	}
	return false;
}

static bool merge(
	struct json_object *into, struct json_object *from, const char *also, struct error *err)
{
	for (size_t i = 0; i < json_object_array_length(from); i++) {
		struct json_object *item = json_object_array_get_idx(from, i);

		if (!has_item(into, item, also) && !json_append(into, json_object_get(item), err))
			return false;
	}
	return true;
}

bool parts_merge(struct parts *into, const struct parts *from, struct error *err)
{
	return merge(into->env, from->env, NULL, err) &&
	       merge(into->volumes, from->volumes, NULL, err) &&
	       merge(into->mounts, from->mounts, "mountPath", err);
}

bool parts_append_all(struct json_object *into, struct json_object *from, struct error *err)
{
	for (size_t i = 0; i < json_object_array_length(from); i++)
		if (!json_append(into, json_object_get(json_object_array_get_idx(from, i)), err))
			return false;
	return true;
}

bool parts_append_views(struct json_object *into, struct json_view from, struct error *err)
{
	json_foreach (item, from) {
		if (json_is_present(item) && !json_append(into, json_from_view(item), err))
			return false;
	}
	return true;
}
