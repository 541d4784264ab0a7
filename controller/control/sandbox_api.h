/*
 * Which Sandbox API this cluster serves, told by its CRD: absent, v1alpha1 or v1beta1, and whether the schema knows spec.service. The CRD
 * is watched, so an installation or an upgrade of agent-sandbox is noticed at once. Loop's thread.
 * Source: agent-sandbox releases v0.3.10 to v1.0.
 */
#ifndef CONTROL_SANDBOX_API_H
#define CONTROL_SANDBOX_API_H

#include "kube/cache.h"

#define SANDBOX_CRD "sandboxes.agents.x-k8s.io"

struct sandbox_api {
	const struct kube_resource *resource; /* NULL = not served */
	bool is_v1beta1;
	bool has_service;
};

/* What a CRD (or nothing) serves. Prefers v1beta1. */
struct sandbox_api sandbox_api_read(struct json_view crd);
bool sandbox_api_equal(const struct sandbox_api *a, const struct sandbox_api *b);

/* A kube_cache projection: keeps of the CRD what sandbox_api_read asks for, and not its 600 KB of schema. */
void sandbox_api_project(void *context, struct json_view crd, struct buffer *out);

#endif
