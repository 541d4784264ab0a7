/*
 * Which Sandbox API this cluster serves, told by its CRD: absent, v1alpha1 or v1beta1, and which fields its schema has. The CRD is
 * watched, so an installation or an upgrade of agent-sandbox is noticed at once. Loop's thread.
 * Source: agent-sandbox releases v0.3.10 to v1.0.
 */
#ifndef CONTROL_SANDBOX_API_H
#define CONTROL_SANDBOX_API_H

#include "base/digest.h"
#include "kube/cache.h"

#define SANDBOX_CRD "sandboxes.agents.x-k8s.io"

struct sandbox_api {
	const struct kube_resource *resource; /* NULL = not served */
	bool is_v1beta1;
	bool has_service;
	uint8_t fields[DIGEST_SHA256_BYTES]; /* of which fields the spec has */
};

/* What a CRD (or nothing) serves. Prefers v1beta1. `crd` is as sandbox_api_project leaves it, here and below. */
struct sandbox_api sandbox_api_read(struct json_view crd);
bool sandbox_api_equal(const struct sandbox_api *a, const struct sandbox_api *b);

/* The schema of spec in the version that `api` is about, for sandbox_schema_fit; nothing when there is none. */
struct json_view sandbox_api_schema(const struct sandbox_api *api, struct json_view crd);

/* A kube_cache projection: keeps of the CRD what the functions above ask for, and not its 300 KB of schema. */
void sandbox_api_project(void *context, struct json_view crd, struct buffer *out);

#endif
