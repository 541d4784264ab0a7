#include "agent/volumes.h"

#include "agent/trust.h"
#include "base/text.h"

#define SKILLS_CONFIG_FOLDER "/etc/kagent/skills-init"
#define PULL_SECRETS_FOLDER  "/docker-secrets"
#define TOKEN_SECONDS        3600

static struct json_object *add_named(struct json_object *array, const char *name, struct error *err)
{
	struct json_object *item = json_object_new_object();

	if (!json_append(array, item, err) || !json_set_text(item, "name", name, err))
		return NULL;
	return item;
}

static struct json_object *need(struct json_object *object, const char *key, struct error *err)
{
	struct json_object *member = object ? json_need_object(object, key) : NULL;

	if (object && !member)
		error_no_memory(err);
	return member;
}

static bool has_config(const struct pod_input *in)
{
	return in->subject->is_declarative || pod_uses_srt(in->subject, in->skills);
}

static bool add_source(
	struct json_object *sources, const char *kind, const char *name, struct error *err)
{
	struct json_object *source = json_object_new_object();
	struct json_object *ref;

	if (!json_append(sources, source, err))
		return false;
	ref = need(source, kind, err);
	return ref && json_set_text(ref, "name", name, err);
}

/* Secret and ConfigMap side by side: settings for srt change without the Secret, and without a new pod. */
static bool add_config(const struct pod_input *in, struct json_object *volumes, struct error *err)
{
	struct json_object *volume = add_named(volumes, "config", err);
	struct json_object *projected = need(volume, "projected", err);
	struct json_object *sources = projected ? json_need_array(projected, "sources") : NULL;

	if (!projected)
		return false;
	if (!sources)
		return error_no_memory(err);
	return add_source(sources, "secret", in->subject->name, err) &&
	       add_source(sources, "configMap", in->srt_config_map, err);
}

static bool add_secret(
	struct json_object *volumes, const char *name, const char *secret, struct error *err)
{
	struct json_object *source = need(add_named(volumes, name, err), "secret", err);

	return source && json_set_text(source, "secretName", secret, err);
}

static bool add_token(struct json_object *volumes, struct error *err)
{
	struct json_object *projected =
		need(add_named(volumes, "kagent-token", err), "projected", err);
	struct json_object *sources = projected ? json_need_array(projected, "sources") : NULL;
	struct json_object *source = json_object_new_object();
	struct json_object *token;

	if (!projected) {
		json_object_put(source);
		return false;
	}
	if (!sources) {
		json_object_put(source);
		return error_no_memory(err);
	}
	if (!json_append(sources, source, err))
		return false;
	token = need(source, "serviceAccountToken", err);
	return token && json_set_text(token, "audience", "kagent", err) &&
	       json_set_int(token, "expirationSeconds", TOKEN_SECONDS, err) &&
	       json_set_text(token, "path", "kagent-token", err);
}

/* Runs `add` for each pull secret with a name: its volume and its folder. */
static bool each_pull_secret(const struct pod_input *in, struct json_object *array,
	bool (*add)(struct json_object *array, const char *volume, const char *secret,
		struct error *err),
	struct error *err)
{
	json_foreach (item, in->skills->pull_secrets) {
		const char *secret = json_text_or(json_get(item, "name"), "");
		AUTO(text) char *volume = NULL;

		if (!*secret)
			continue;
		volume = trust_volume_name("pull-secret-", secret);
		if (!volume)
			return error_no_memory(err);
		if (!add(array, volume, secret, err))
			return false;
	}
	return true;
}

static bool add_skills(const struct pod_input *in, struct json_object *volumes, struct error *err)
{
	struct json_object *map;

	if (!need(add_named(volumes, "kagent-skills", err), "emptyDir", err))
		return false;
	map = need(add_named(volumes, "skills-init-config", err), "configMap", err);
	if (!map || !json_set_text(map, "name", in->skills_config_map, err))
		return false;
	if (*in->skills->auth_secret &&
		!add_secret(volumes, "git-auth", in->skills->auth_secret, err))
		return false;
	return each_pull_secret(in, volumes, add_secret, err);
}

bool volumes_list(const struct pod_input *in, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *volumes = json_object_new_array();

	if (!volumes)
		return error_no_memory(err);
	if ((has_config(in) && !add_config(in, volumes, err)) ||
		!parts_append_views(volumes, json_get(in->subject->deployment, "volumes"), err) ||
		!parts_append_all(volumes, in->compiled->parts.volumes, err) ||
		(in->skills->any && !add_skills(in, volumes, err)) || !add_token(volumes, err))
		return false;
	*out = take_json(&volumes);
	return true;
}

static bool add_mount(struct json_object *mounts, const char *name, const char *path,
	bool read_only, struct error *err)
{
	struct json_object *mount = add_named(mounts, name, err);

	return mount && (!read_only || json_set_bool(mount, "readOnly", true, err)) &&
	       json_set_text(mount, "mountPath", path, err);
}

bool volumes_mounts(const struct pod_input *in, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *mounts = json_object_new_array();
	struct json_view own = json_get(in->subject->deployment, "volumeMounts");

	if (!mounts)
		return error_no_memory(err);
	if ((has_config(in) && !add_mount(mounts, "config", "/config", false, err)) ||
		!parts_append_views(mounts, own, err) ||
		!parts_append_all(mounts, in->compiled->parts.mounts, err) ||
		(in->skills->any &&
			!add_mount(mounts, "kagent-skills", SKILLS_FOLDER, true, err)) ||
		!add_mount(mounts, "kagent-token", "/var/run/secrets/tokens", false, err))
		return false;
	*out = take_json(&mounts);
	return true;
}

static bool add_pull_mount(
	struct json_object *mounts, const char *volume, const char *secret, struct error *err)
{
	AUTO(text) char *folder = text_format(PULL_SECRETS_FOLDER "/%s", secret);

	if (!folder)
		return error_no_memory(err);
	return add_mount(mounts, volume, folder, true, err);
}

bool volumes_init_mounts(const struct pod_input *in, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *mounts = json_object_new_array();

	if (!mounts)
		return error_no_memory(err);
	if (!add_mount(mounts, "kagent-skills", SKILLS_FOLDER, false, err) ||
		!add_mount(mounts, "skills-init-config", SKILLS_CONFIG_FOLDER, true, err) ||
		(*in->skills->auth_secret &&
			!add_mount(mounts, "git-auth", SKILLS_AUTH_FOLDER, true, err)) ||
		!each_pull_secret(in, mounts, add_pull_mount, err))
		return false;
	*out = take_json(&mounts);
	return true;
}
