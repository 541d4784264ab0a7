/* The pod of an agent: spec.podTemplate of its Sandbox, without the hash annotation. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_POD_H
#define AGENT_POD_H

#include "agent/compile.h"
#include "agent/skills.h"

#define POD_RESERVED_CONTAINER "kagent"

struct pod_input {
	const struct subject *subject;
	const struct compiled *compiled;
	const struct skills *skills;
	const char *service_account;
	const char *srt_config_map;
	const char *skills_config_map;
};

/* True when commands of the agent run under srt, so that it is told where the settings are. */
bool pod_uses_srt(const struct subject *subject, const struct skills *skills);

/* The pod spec. ERR_INVALID: BYO without image, extra containers of one name. */
MUST_USE bool pod_spec(const struct pod_input *in, struct json_object **out, struct error *err);

#endif
