/* The runtime's config.json of a Declarative agent, and what its parts bring along. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_COMPILE_H
#define AGENT_COMPILE_H

#include "agent/parts.h"
#include "agent/subject.h"

struct compiled {
	struct buffer config; /* config.json; empty for BYO */
	size_t network_at; /* where in it "network" stands, with the comma before it: the pod need not be new when it changes */
	size_t network_bytes;
	struct parts parts; /* of models and tools */
	struct buffer secret_hashes;
};

/*
 * Resolves everything that `subject` refers to. `skill_names` is for the prompt template. Does nothing but initialise for BYO.
 * ERR_PENDING, ERR_NOT_FOUND, ERR_INVALID, each with the field. On success compile_fini releases.
 */
MUST_USE bool compile_agent(const struct subject *subject, struct json_object *skill_names,
	struct compiled *out, struct error *err);
void compile_fini(struct compiled *compiled);

UNUSED static inline void auto_compiled(struct compiled *slot)
{
	compile_fini(slot);
}

#endif
