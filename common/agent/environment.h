/* The environment of the agent container, in order, each name once. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_ENVIRONMENT_H
#define AGENT_ENVIRONMENT_H

#include "agent/pod.h"

/*
 * deployment.env, then the models', OTEL_*, KAGENT_*. Of a name given twice the later entry stays, which is the one that the
 * container would see; Sandbox schemas refuse both together.
 */
MUST_USE bool environment_list(
	const struct pod_input *in, struct json_object **out, struct error *err);

/* Drops all but the last entry of each name. */
MUST_USE bool environment_unique(
	struct json_object *env, struct json_object **out, struct error *err);

#endif
