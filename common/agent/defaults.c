#include "agent/defaults.h"

#include <string.h>

#define SPEC        AT_KEY(NULL, "spec")
#define DECLARATIVE AT_KEY(SPEC, "declarative")

/* What a member of an object is when it is absent. */
static void add(struct json_patch *patch, struct json_view object, const struct path *up,
	const char *key, const char *value_json)
{
	if (json_kind(object) == JSON_OBJECT && !json_is_present(json_get(object, key)))
		json_patch_add(patch, AT_KEY(up, key), value_json);
}

/* The allow list as it counts: nothing. A BYO agent without a sandbox block has no command sandbox at all, and keeps having none. */
static void default_sandbox(struct json_view spec, struct json_patch *patch)
{
	const struct path *at = AT_KEY(SPEC, "sandbox");
	struct json_view sandbox = json_get(spec, "sandbox");

	if (!json_is_present(sandbox)) {
		if (!json_text_is(json_get(spec, "type"), "BYO"))
			json_patch_add(patch, at, "{\"network\":{\"allowedDomains\":[]}}");
		return;
	}
	if (json_kind(sandbox) == JSON_OBJECT && !json_is_present(json_get(sandbox, "network")))
		json_patch_add(patch, AT_KEY(at, "network"), "{\"allowedDomains\":[]}");
	else
		add(patch, json_get(sandbox, "network"), AT_KEY(at, "network"), "allowedDomains",
			"[]");
}

static void default_model(struct json_view declarative, const char *name, struct json_patch *patch)
{
	struct json_view model = json_get(declarative, "modelConfig");
	AUTO(buffer) struct buffer text = { 0 };

	if (!name || !name[0] || json_kind(declarative) != JSON_OBJECT)
		return;
	json_write_string(&text, name, strlen(name));
	if (text.failed)
		patch->text.failed = true;
	else if (!json_is_present(model))
		json_patch_add(patch, AT_KEY(DECLARATIVE, "modelConfig"), text.data);
	else if (json_text_is(model, ""))
		json_patch_replace(patch, AT_KEY(DECLARATIVE, "modelConfig"), text.data);
}

static void default_compaction(struct json_view declarative, struct json_patch *patch)
{
	struct json_view compaction = json_dig(declarative, "context", "compaction");
	const struct path *at = AT_KEY(AT_KEY(DECLARATIVE, "context"), "compaction");

	add(patch, compaction, at, "compactionInterval", "5");
	add(patch, compaction, at, "overlapSize", "2");
}

static void default_git_refs(struct json_view spec, struct json_patch *patch)
{
	const struct path *at = AT_KEY(AT_KEY(SPEC, "skills"), "gitRefs");
	size_t i = 0;

	json_foreach (git_ref, json_dig(spec, "skills", "gitRefs")) {
		add(patch, git_ref, AT_INDEX(at, i), "ref", "\"main\"");
		i++;
	}
}

void agent_default(
	struct json_view object, const char *default_model_config, struct json_patch *patch)
{
	bool is_v1alpha3 = json_text_is(json_get(object, "apiVersion"), "kagent.dev/v1alpha3");
	struct json_view spec = json_get(object, "spec");
	struct json_view declarative = json_get(spec, "declarative");

	add(patch, spec, SPEC, "type", "\"Declarative\"");
	if (!is_v1alpha3) {
		add(patch, spec, SPEC, "platform", "\"agent-sandbox\"");
		add(patch, declarative, DECLARATIVE, "runtime", "\"python\"");
	}
	if (!json_text_is(json_get(spec, "type"), "BYO"))
		default_model(declarative, default_model_config, patch);
	default_compaction(declarative, patch);
	if (json_kind(spec) == JSON_OBJECT)
		default_sandbox(spec, patch);
	default_git_refs(spec, patch);
	add(patch, json_get(spec, "allowedNamespaces"), AT_KEY(SPEC, "allowedNamespaces"), "from",
		"\"Same\"");
}
