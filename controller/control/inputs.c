#include "control/inputs.h"

#include <stdio.h>
#include <string.h>

void inputs_init(struct inputs *inputs, struct control *control)
{
	*inputs = (struct inputs){ .control = control, .wanted_kind = AGENT_KIND_COUNT };
}

static void value_free(void *context, const char *key, void *value)
{
	(void)context;
	(void)key;
	json_doc_free(value);
}

void inputs_fini(struct inputs *inputs)
{
	map_each(&inputs->values, value_free, NULL);
	map_fini(&inputs->values);
	map_fini(&inputs->absent);
	map_fini(&inputs->seen);
}

static bool not_found(enum agent_kind kind, const char *ns, const char *name, struct error *err)
{
	if (kind == AGENT_KIND_NAMESPACE)
		return error_set(err, ERR_NOT_FOUND, NULL, "Namespace %s not found", name);
	return error_set(
		err, ERR_NOT_FOUND, NULL, "%s %s/%s not found", agent_kind_names[kind], ns, name);
}

static bool is_value_kind(enum agent_kind kind)
{
	return kind == AGENT_KIND_SECRET || kind == AGENT_KIND_CONFIG_MAP ||
	       kind == AGENT_KIND_SERVICE;
}

/* The value that was read, if any; else notes that it is wanted. */
static bool get_value(struct inputs *inputs, enum agent_kind kind, const char *ns, const char *name,
	struct json_view *out, struct error *err)
{
	char key[400];
	struct json_doc *doc;

	control_reference(key, sizeof(key), kind, ns, name);
	doc = map_get(&inputs->values, key);
	if (doc) {
		*out = json_root(doc);
		return true;
	}
	if (map_get(&inputs->absent, key))
		return not_found(kind, ns, name, err);
	inputs->wanted_kind = kind;
	snprintf(inputs->wanted_ns, sizeof(inputs->wanted_ns), "%s", ns);
	snprintf(inputs->wanted_name, sizeof(inputs->wanted_name), "%s", name);
	return error_set(
		err, ERR_PENDING, NULL, "%s %s/%s is being read", agent_kind_names[kind], ns, name);
}

static bool world_get(void *context, enum agent_kind kind, const char *ns, const char *name,
	struct json_view *out, struct error *err)
{
	struct inputs *inputs = context;
	const struct control *control = inputs->control;
	struct json_view object;
	char reference[400];

	if (kind == AGENT_KIND_NAMESPACE)
		ns = "";
	inputs->wanted_kind = AGENT_KIND_COUNT;
	control_reference(reference, sizeof(reference), kind, ns, name);
	if (!map_put(&inputs->seen, reference, inputs, NULL, err))
		return false;
	if (!source_has_synced(control, (int)kind) && !source_is_absent(control, (int)kind))
		return error_set(err, ERR_PENDING, NULL, "the list of %ss is being read",
			agent_kind_names[kind]);
	object = source_get(control, (int)kind, ns, name);
	if (!json_is_present(object))
		return not_found(kind, ns, name, err);
	/* Its status is about to get the hash of its Secrets: an agent made before would get a second pod at once. */
	if (kind == AGENT_KIND_MODEL_CONFIG && model_status_is_ours(control->models) &&
		!json_is_present(json_dig(object, "status", "secretHash")))
		return error_set(
			err, ERR_PENDING, NULL, "ModelConfig %s/%s is being read", ns, name);
	if (is_value_kind(kind))
		return get_value(inputs, kind, ns, name, out, err);
	*out = object;
	return true;
}

struct agent_world inputs_world(struct inputs *inputs)
{
	return (struct agent_world){ .get = world_get, .context = inputs };
}

bool inputs_answer(struct inputs *inputs, struct json_doc *doc, struct error *err)
{
	char key[400];

	control_reference(
		key, sizeof(key), inputs->wanted_kind, inputs->wanted_ns, inputs->wanted_name);
	inputs->wanted_kind = AGENT_KIND_COUNT;
	if (!doc)
		return map_put(&inputs->absent, key, inputs, NULL, err);
	if (!map_put(&inputs->values, key, doc, NULL, err))
		return false;
	json_doc_ref(doc);
	return true;
}

const struct kube_resource *inputs_wanted_resource(const struct inputs *inputs)
{
	switch (inputs->wanted_kind) {
	case AGENT_KIND_SECRET:
		return &kube_secrets;
	case AGENT_KIND_CONFIG_MAP:
		return &kube_config_maps;
	case AGENT_KIND_SERVICE:
		return &kube_services;
	default:
		return NULL;
	}
}
