/*
 * What a SandboxAgent refers to, as the translator sees it. The translator is pure: it asks here and never fetches. When a value is
 * not at hand, `get` notes the wish and fails with ERR_PENDING; the caller fetches what was wished and translates anew.
 */
#ifndef AGENT_WORLD_H
#define AGENT_WORLD_H

#include "json/doc.h"

enum agent_kind {
	AGENT_KIND_SANDBOX_AGENT,
	AGENT_KIND_AGENT,
	AGENT_KIND_MODEL_CONFIG,
	AGENT_KIND_REMOTE_MCP_SERVER,
	AGENT_KIND_MCP_SERVER,
	AGENT_KIND_SERVICE,
	AGENT_KIND_CONFIG_MAP,
	AGENT_KIND_SECRET,
	AGENT_KIND_NAMESPACE,
	AGENT_KIND_COUNT
};
extern const char *const agent_kind_names[AGENT_KIND_COUNT]; /* "ModelConfig" */

struct agent_world {
	/* ERR_NOT_FOUND: it does not exist. ERR_PENDING: not known yet. ERR_DENIED: may not be read. `out` is borrowed for the translation. */
	bool (*get)(void *context, enum agent_kind kind, const char *ns, const char *name,
		struct json_view *out, struct error *err);
	void *context;
};

/*
 * `world->get` with errors for people: ERR_NOT_FOUND "ModelConfig kagent/x not found" and ERR_DENIED name the object and carry `at`,
 * the field that refers to it. ERR_PENDING passes as it came. `ns` is "" for a Namespace.
 */
MUST_USE bool world_need(const struct agent_world *world, enum agent_kind kind, const char *ns,
	const char *name, const struct path *at, struct json_view *out, struct error *err);

#endif
