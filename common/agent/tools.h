/*
 * The tools of a Declarative agent as the runtime is told them: MCP servers and other agents, with headers, proxy and TLS. Pure;
 * any thread. Source: kagent v0.9.12.
 */
#ifndef AGENT_TOOLS_H
#define AGENT_TOOLS_H

#include "agent/parts.h"
#include "agent/subject.h"

struct tools {
	struct buffer
		http; /* the items of http_tools, sse_tools and remote_agents, without brackets */
	struct buffer sse;
	struct buffer agents;
	struct json_object
		*http_names; /* toolNames of the one and the other, for the prompt template */
	struct json_object *sse_names;
};

/*
 * `parts` gets CA volumes, `hashes` the bytes of the servers' status.secretHash. ERR_INVALID, ERR_NOT_FOUND, ERR_PENDING with the tool
 * as path. Then, as on success, tools_fini releases.
 */
MUST_USE bool tools_translate(const struct subject *subject, struct parts *parts,
	struct buffer *hashes, struct tools *out, struct error *err);
void tools_fini(struct tools *tools);

UNUSED static inline void auto_tools(struct tools *slot)
{
	tools_fini(slot);
}

#endif
