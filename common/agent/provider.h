/* The nine model providers: what each adds to the model object, and to the pod. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_PROVIDER_H
#define AGENT_PROVIDER_H

#include "agent/model.h"

/* A ModelConfig under translation. Borrowed throughout. */
struct provider_input {
	const struct agent_world *world;
	const struct path *at;
	const char *ns;
	struct json_view spec;
	struct json_view block; /* spec.<provider's own block> */
	const char *secret; /* apiKeySecret, apiKeySecretKey; "" when unset */
	const char *key;
	bool passthrough; /* callers bring the key: no credentials for the pod */
};

struct provider {
	const char *name; /* spec.provider */
	const char *type; /* the runtime's name */
	const char *block; /* where its settings stand */
	const char *missing; /* what is said when they do not; NULL = they need not */
	bool passes_key; /* api_key_passthrough is written */
	void (*write)(const struct provider_input *in, struct model *out); /* keys; NULL = none */
	bool (*add)(const struct provider_input *in, struct parts *parts, struct error *err);
};

/* NULL when unknown. */
const struct provider *provider_find(const char *name);

#endif
