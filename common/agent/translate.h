/*
 * From a SandboxAgent to the Kubernetes objects it stands for. Pure: values in, values out; same input, same bytes. Any thread.
 * Source: kagent v0.9.12's translation, with the deviations listed in README ("What differs").
 */
#ifndef AGENT_TRANSLATE_H
#define AGENT_TRANSLATE_H

#include "agent/world.h"
#include "json/value.h"

/* The controller's flags that shape the objects. Strings are borrowed; NULL or "" = the default named here. */
struct agent_settings {
	const char *image_registry; /* cr.kagent.dev */
	const char *image_repository; /* kagent-dev/kagent/app */
	const char *image_tag; /* 0.9.12 */
	const char *image_pull_policy; /* IfNotPresent */
	const char *image_pull_secret; /* none */
	const char *skills_init_image; /* whole reference of the controller's own image */
	const char *default_service_account; /* none: the agent's name */
	const char *default_pod_labels; /* "k=v,k=v" */
	const char *default_model_config; /* default-model-config */
	const char *bind_host; /* 0.0.0.0 */
	const char *proxy_url; /* none */
	const char *controller_name; /* kagent-controller */
	const char *controller_namespace; /* kagent */
	const char *const *otel_env; /* "OTEL_X=value" up to NULL, sorted by name; NULL = none */
	const char *const *watch_namespaces; /* up to NULL; NULL = all */
	bool mcp_egress_plaintext;
	bool sandbox_has_service; /* the served Sandbox schema knows spec.service */
	bool sandbox_v1beta1; /* write operatingMode, not replicas */
};

struct agent_objects {
	struct json_object *secret; /* config.json, agent-card.json (stringData) */
	struct json_object *srt_config_map; /* <name>-srt-settings */
	struct json_object *service_account; /* NULL when another account is used */
	struct json_object *skills_config_map; /* NULL without skills */
	struct json_object *sandbox;
	char config_hash
		[32]; /* changes when the pod must be replaced; also in the pod template's annotation */
	char **left_out; /* stored domain entries that srt would refuse, left out of its settings; for the condition */
	size_t left_out_count;
};
void agent_objects_fini(struct agent_objects *objects);

/*
 * `agent` is a stored v1alpha2 object. ERR_PENDING: see agent/world.h. ERR_NOT_FOUND: a reference is missing, the text names it
 * ("ModelConfig kagent/x not found"). ERR_INVALID: path and text.
 */
MUST_USE bool agent_translate(const struct agent_settings *settings,
	const struct agent_world *world, struct json_view agent, struct agent_objects *out,
	struct error *err);

/* "ns__NS__name" with - as _: the name runtimes know an agent by. Heap. */
MUST_USE char *agent_python_identifier(const char *ns, const char *name);

#endif
