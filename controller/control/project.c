#include "control/project.h"

#include "control/drift.h"
#include "control/names.h"
#include "kube/object.h"

#include <string.h>

static void put_key(struct buffer *out, const char *key)
{
	if (out->bytes && out->data[out->bytes - 1] != '{')
		buffer_putc(out, ',');
	json_write_string(out, key, strlen(key));
	buffer_putc(out, ':');
}

static void put_member(struct buffer *out, const char *key, struct json_view value)
{
	if (!json_is_present(value))
		return;
	put_key(out, key);
	json_write(out, value);
}

static void put_members(
	struct buffer *out, struct json_view object, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_member(out, keys[i], json_get(object, keys[i]));
}

static void put_metadata(struct buffer *out, struct json_view object)
{
	static const char *const keys[] = { "name", "namespace", "uid", "resourceVersion",
		"generation", "creationTimestamp", "deletionTimestamp", "ownerReferences", "labels",
		"annotations", "finalizers" };

	buffer_puts(out, "{\"metadata\":{");
	put_members(out, json_get(object, "metadata"), keys, COUNT(keys));
	buffer_putc(out, '}');
}

void project_metadata(void *context, struct json_view object, struct buffer *out)
{
	(void)context;
	put_metadata(out, object);
	buffer_putc(out, '}');
}

/* --- parts of an agent --- */

/* Every write of ours carries these. */
static bool is_always_ours(const char *key)
{
	static const char *const ours[] = { "app", "kagent", "app.kubernetes.io/managed-by",
		"app.kubernetes.io/name", "app.kubernetes.io/part-of",
		"kubectl.kubernetes.io/last-applied-configuration" };

	for (size_t i = 0; i < COUNT(ours); i++)
		if (strcmp(key, ours[i]) == 0)
			return true;
	return false;
}

/* The map without those; {} when nothing is left, as a patch must know that there is a map. */
static void put_kept(struct buffer *out, const char *key, struct json_view map)
{
	if (!json_is_present(map))
		return;
	put_key(out, key);
	buffer_putc(out, '{');
	json_foreach_member (member, map) {
		const char *name = json_key(member, NULL);

		if (!is_always_ours(name))
			put_member(out, name, member);
	}
	buffer_putc(out, '}');
}

static void put_owners(struct buffer *out, struct json_view owners)
{
	static const char *const keys[] = { "kind", "name", "uid", "controller" };
	const char *comma = "";

	if (!json_is_present(owners))
		return;
	put_key(out, "ownerReferences");
	buffer_putc(out, '[');
	json_foreach (owner, owners) {
		buffer_puts(out, comma);
		buffer_putc(out, '{');
		put_members(out, owner, keys, COUNT(keys));
		buffer_putc(out, '}');
		comma = ",";
	}
	buffer_putc(out, ']');
}

static bool is_agents(struct json_view object)
{
	return json_text_is(json_get(object_controller_owner(object), "kind"), "SandboxAgent");
}

static void put_part(struct buffer *out, struct json_view object)
{
	static const char *const keys[] = { "name", "namespace", "uid", "resourceVersion",
		"generation", "deletionTimestamp", "finalizers" };
	struct json_view metadata = json_get(object, "metadata");

	buffer_puts(out, "{\"metadata\":{");
	put_members(out, metadata, keys, COUNT(keys));
	put_owners(out, json_get(metadata, "ownerReferences"));
	if (is_agents(object)) {
		put_kept(out, "labels", json_get(metadata, "labels"));
		put_kept(out, "annotations", json_get(metadata, "annotations"));
	}
	buffer_putc(out, '}');
}

void project_part(void *context, struct json_view object, struct buffer *out)
{
	(void)context;
	put_part(out, object);
	if (is_agents(object))
		buffer_printf(out, ",\"held\":%lld", (long long)drift_held(object));
	buffer_putc(out, '}');
}

static void put_condition(struct buffer *out, struct json_view object, const char *type)
{
	struct json_view condition = object_condition(object, type);

	buffer_puts(out, ",\"status\":{\"conditions\":[");
	if (json_is_present(condition))
		json_write(out, condition);
	buffer_putc(out, ']');
}

void project_sandbox(void *context, struct json_view sandbox, struct buffer *out)
{
	static const char *const modes[] = { "replicas", "operatingMode" };
	static const char *const hash[] = { ANNOTATION_CONFIG_HASH };
	struct json_view spec = json_get(sandbox, "spec");

	(void)context;
	put_part(out, sandbox);
	if (drift_is_template_touched(sandbox))
		buffer_puts(out, ",\"touched\":true");
	buffer_puts(out, ",\"spec\":{\"podTemplate\":{\"metadata\":{\"annotations\":{");
	put_members(
		out, json_dig(spec, "podTemplate", "metadata", "annotations"), hash, COUNT(hash));
	buffer_puts(out, "}}}");
	put_members(out, spec, modes, COUNT(modes));
	buffer_putc(out, '}');
	put_condition(out, sandbox, "Ready");
	buffer_puts(out, "}}");
}

void project_pod(void *context, struct json_view pod, struct buffer *out)
{
	static const char *const keys[] = { "phase", "podIP", "initContainerStatuses",
		"containerStatuses" };

	(void)context;
	put_metadata(out, pod);
	put_condition(out, pod, "Ready");
	put_members(out, json_get(pod, "status"), keys, COUNT(keys));
	buffer_puts(out, "}}");
}
