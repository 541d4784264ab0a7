/* The watches of the controller, and which agents a change concerns. */
#include "control/actor.h"

#include "base/log.h"
#include "base/text.h"
#include "control/names.h"
#include "control/project.h"

#include <stdio.h>
#include <string.h>

/* API servers read and write by a changed schema a moment after they have told of it. */
#define SCHEMA_SETTLES_MS 1000

struct watch_kind {
	const struct kube_resource *resource; /* NULL: opened when the Sandbox API is known */
	const char *label_selector, *field_selector;
	bool metadata_only;
	bool is_optional; /* another product's kind: absent is fine */
	void (*project)(void *context, struct json_view object, struct buffer *out);
};

static const struct watch_kind kinds[SOURCE_COUNT] = {
	[AGENT_KIND_SANDBOX_AGENT] = { .resource = &kube_sandbox_agents },
	[AGENT_KIND_AGENT] = { .resource = &kube_agents, .is_optional = true },
	[AGENT_KIND_MODEL_CONFIG] = { .resource = &kube_model_configs, .is_optional = true },
	[AGENT_KIND_REMOTE_MCP_SERVER] = { .resource = &kube_remote_mcp_servers,
		.is_optional = true },
	[AGENT_KIND_MCP_SERVER] = { .resource = &kube_mcp_servers, .is_optional = true },
	[AGENT_KIND_SERVICE] = { .resource = &kube_services,
		.metadata_only = true,
		.project = project_part },
	[AGENT_KIND_CONFIG_MAP] = { .resource = &kube_config_maps,
		.metadata_only = true,
		.project = project_part },
	[AGENT_KIND_SECRET] = { .resource = &kube_secrets,
		.metadata_only = true,
		.project = project_part },
	[AGENT_KIND_NAMESPACE] = { .resource = &kube_namespaces,
		.metadata_only = true,
		.project = project_metadata },
	[SOURCE_SERVICE_ACCOUNT] = { .resource = &kube_service_accounts,
		.metadata_only = true, /* all of them: an agent may name its labels as it likes */
		.project = project_part },
	[SOURCE_POD] = { .resource = &kube_pods,
		.label_selector = "agents.x-k8s.io/sandbox-name-hash",
		.project = project_pod },
	[SOURCE_SANDBOX_CRD] = { .resource = &kube_crds,
		.field_selector = "metadata.name=" SANDBOX_CRD,
		.project = sandbox_api_project },
	[SOURCE_SANDBOX] = { .resource = NULL, .project = project_sandbox },
	[SOURCE_KAGENT] = { .resource = &kube_pods,
		.label_selector =
			"app.kubernetes.io/name=kagent,app.kubernetes.io/component=controller",
		.metadata_only = true,
		.project = project_metadata },
};

static void want_dependent(void *context, const char *agent)
{
	char ns[64];
	const char *slash = strchr(agent, '/');

	snprintf(ns, sizeof(ns), "%.*s", (int)(slash - agent), agent);
	control_want(context, ns, slash + 1, 0);
}

static void want_dependents(
	struct control *control, enum agent_kind kind, const char *ns, const char *name)
{
	char reference[400];

	control_reference(reference, sizeof(reference), kind, ns, name);
	references_each(&control->references, reference, want_dependent, control);
}

/* An object in the place of one of an agent's: it stands in the way, or no longer does. */
static void want_namesake(struct control *control, const char *ns, const char *name)
{
	static const char *const suffixes[] = { "", "-srt-settings", "-skills-init" };
	char agent[256];

	for (size_t i = 0; i < COUNT(suffixes); i++) {
		size_t bytes = strlen(name) - strlen(suffixes[i]);

		if (!text_ends_with(name, suffixes[i]) || bytes >= sizeof(agent))
			continue;
		snprintf(agent, sizeof(agent), "%.*s", (int)bytes, name);
		if (json_is_present(source_get(control, AGENT_KIND_SANDBOX_AGENT, ns, agent)))
			control_want(control, ns, agent, 0);
	}
}

static bool is_part(struct json_view object)
{
	return json_text_is(json_get(object_controller_owner(object), "kind"), "SandboxAgent");
}

/* The objects that make up an agent carry its name, or belong to it. */
static void want_owner(struct control *control, struct json_view object)
{
	struct json_view owner = object_controller_owner(object);

	if (json_text_is(json_get(owner, "kind"), "SandboxAgent"))
		control_want(control, object_namespace(object),
			json_text_or(json_get(owner, "name"), ""), 0);
	else
		control_want(control, object_namespace(object), object_name(object), 0);
}

static bool is_same(struct json_view a, struct json_view b, const char *key)
{
	return json_equal(json_dig(a, "metadata", key), json_dig(b, "metadata", key));
}

/* Our own status writes, and others' fields of the metadata, are no reason to look again. */
static bool is_agent_changed(struct json_view before, struct json_view after)
{
	return !json_is_present(before) || !json_is_present(after) ||
	       !json_equal(json_get(before, "spec"), json_get(after, "spec")) ||
	       !is_same(before, after, "generation") || !is_same(before, after, "labels") ||
	       !is_same(before, after, "annotations") || !is_same(before, after, "uid") ||
	       !is_same(before, after, "deletionTimestamp");
}

static void want_all(void *context, struct json_view agent)
{
	control_want(context, object_namespace(agent), object_name(agent), 0);
}

void watches_want_all(struct control *control)
{
	source_each(control, AGENT_KIND_SANDBOX_AGENT, want_all, control);
}

static void want_later(void *context, struct json_view agent)
{
	control_want(context, object_namespace(agent), object_name(agent), SCHEMA_SETTLES_MS);
}

static bool sandbox_watch_open(struct control *control, struct error *err);

static void on_sandbox_crd(struct control *control, struct json_view crd)
{
	struct sandbox_api api = sandbox_api_read(crd);
	struct control_source *source = &control->sources[SOURCE_SANDBOX];
	bool is_moved = api.resource != control->api.resource;
	struct error err;

	if (sandbox_api_equal(&api, &control->api))
		return;
	control->api = api;
	control->settings.sandbox_v1beta1 = api.is_v1beta1;
	control->settings.sandbox_has_service = api.has_service;
	log_info("agent-sandbox API",
		LOG_STR("version", api.resource ? api.resource->version : "not served"),
		LOG_INT("spec_service", api.has_service));
	if (is_moved) {
		source_close(source);
		if (api.resource && !sandbox_watch_open(control, &err))
			log_error("cannot watch Sandboxes", LOG_ERR(&err));
	}
	if (!is_moved)
		source_each(control, AGENT_KIND_SANDBOX_AGENT, want_later, control);
	else if (!source->count)
		watches_want_all(control);
}

static void on_change(
	void *context, enum kube_change change, struct json_view before, struct json_view after)
{
	struct control_source *source = context;
	struct control *control = source->control;
	struct json_view object = json_is_present(after) ? after : before;
	const char *ns = object_namespace(object);
	const char *name = object_name(object);

	if (control->is_noting || (change == KUBE_ADDED && work_made(source, after)))
		return; /* the work that wrote it goes on by itself */
	switch ((int)source->source) {
	case SOURCE_SANDBOX_CRD:
		on_sandbox_crd(control, change == KUBE_DELETED ? (struct json_view){ 0 } : after);
		return;
	case SOURCE_SANDBOX:
		want_owner(control, object);
		return;
	case SOURCE_SERVICE_ACCOUNT:
		if (is_part(object))
			want_owner(control, object);
		else
			want_namesake(control, ns, name);
		return;
	case SOURCE_KAGENT:
		model_status_kagent_seen(control->models, source_count(control, SOURCE_KAGENT) > 0);
		return;
	case SOURCE_POD: /* a pod is named like its Sandbox, and that like its agent */
		control_want(control, ns, name, 0);
		return;
	case AGENT_KIND_SANDBOX_AGENT:
		if (control->is_leading && !is_agent_changed(before, after))
			return; /* a follower reads the leader's status */
		control_want(control, ns, name, 0);
		break;
	case AGENT_KIND_MODEL_CONFIG:
	case AGENT_KIND_REMOTE_MCP_SERVER:
		if (!json_equal(json_get(before, "spec"), json_get(after, "spec")))
			model_status_want(
				control->models, (enum agent_kind)source->source, ns, name);
		break;
	case AGENT_KIND_SECRET:
		model_status_secret_changed(control->models, ns, name);
		/* fall through */
	case AGENT_KIND_CONFIG_MAP:
		if (is_part(object)) {
			want_owner(control, object);
			return;
		}
		want_namesake(control, ns, name);
		break;
	default:
		break;
	}
	want_dependents(control, (enum agent_kind)source->source, ns, name);
}

static void on_state(void *context, enum kube_cache_state state, const struct error *err)
{
	struct control_source *source = context;
	struct control *control = source->control;

	(void)err; /* the cache has told the log */
	if (state == KUBE_CACHE_ABSENT && source->source == SOURCE_SANDBOX_CRD)
		on_sandbox_crd(control, (struct json_view){ 0 });
	if (state != KUBE_CACHE_SYNCED && state != KUBE_CACHE_ABSENT)
		return;
	watches_want_all(control);
	control_arm(control);
}

static bool watch_open(
	struct control *control, int which, const struct kube_resource *resource, struct error *err)
{
	return source_open(control, which,
		&(struct kube_cache_options){ .resource = resource,
			.label_selector = kinds[which].label_selector,
			.field_selector = kinds[which].field_selector,
			.metadata_only = kinds[which].metadata_only,
			.project = kinds[which].project,
			.on_change = on_change,
			.on_state = on_state },
		err);
}

static bool sandbox_watch_open(struct control *control, struct error *err)
{
	return watch_open(control, SOURCE_SANDBOX, control->api.resource, err);
}

bool watches_open(struct control *control, struct error *err)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (kinds[i].resource && !watch_open(control, i, kinds[i].resource, err))
			return false;
	return true;
}

void watches_close(struct control *control)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		source_close(&control->sources[i]);
}

bool watches_have_synced(const struct control *control)
{
	for (int i = 0; i < SOURCE_COUNT; i++) {
		if (i == SOURCE_SANDBOX && !control->api.resource)
			continue;
		if (!source_has_synced(control, i) &&
			!(kinds[i].is_optional && source_is_absent(control, i)))
			return false;
	}
	return true;
}
