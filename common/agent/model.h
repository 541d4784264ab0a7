/*
 * A ModelConfig as the runtime's model object and what it adds to the pod. Pure; any thread.
 * Source: kagent v0.9.12, nine providers; their keys and environment are tables in provider.c.
 */
#ifndef AGENT_MODEL_H
#define AGENT_MODEL_H

#include "agent/parts.h"
#include "agent/world.h"

struct model {
	struct buffer object; /* {"type":...} */
	const char *type; /* "openai" */
	const char *name; /* value of the object's "model"; borrowed from the world */
	const char *base_url; /* as embeddings are told it; "" for most. Borrowed from the world */
	struct parts parts;
	struct buffer secret_hash; /* bytes of status.secretHash */
};

/*
 * ERR_NOT_FOUND: the ModelConfig, or a Secret that decides what is written, is missing. ERR_INVALID: no or an unknown provider block.
 * `at` is the field that names the ModelConfig. On success model_fini releases.
 */
MUST_USE bool model_translate(const struct agent_world *world, const char *ns, const char *name,
	const struct path *at, struct model *out, struct error *err);
void model_fini(struct model *model);

UNUSED static inline void auto_model(struct model *slot)
{
	model_fini(slot);
}

#endif
