/* The volumes of an agent's pod and where its containers mount them. Pure; any thread. Source: kagent v0.9.12; `config` is ours. */
#ifndef AGENT_VOLUMES_H
#define AGENT_VOLUMES_H

#include "agent/pod.h"

MUST_USE bool volumes_list(const struct pod_input *in, struct json_object **out, struct error *err);
/* Of the main container. */
MUST_USE bool volumes_mounts(
	const struct pod_input *in, struct json_object **out, struct error *err);
/* Of the container that fetches skills. */
MUST_USE bool volumes_init_mounts(
	const struct pod_input *in, struct json_object **out, struct error *err);

#endif
