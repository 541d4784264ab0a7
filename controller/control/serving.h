/*
 * What the CRD of SandboxAgents says about v1alpha3, and the patches that change it. Pure; any thread.
 * v1alpha3 is converted by the webhook, so it must not be served without one: the API server prefers it in discovery as soon as it is
 * served, and then a plain `kubectl get sandboxagents` and the deletion of any namespace go through the conversion.
 * Source: apiextensions.k8s.io/v1; server-side apply, "field management".
 */
#ifndef CONTROL_SERVING_H
#define CONTROL_SERVING_H

#include "json/value.h"

#define SERVING_CRD "sandboxagents.kagent.dev"
/*
 * On the CRD: "true" asks us to serve v1alpha3. It is there and not a flag of the program, so that it goes with the same write that ends
 * v1alpha3: a controller that is about to be replaced would else serve it again.
 */
#define SERVING_ANNOTATION "sandgate.dev/serve-v1alpha3"

/* A kube_cache projection: keeps what the functions below ask for, and not the schemas. */
void serving_project(void *context, struct json_view crd, struct buffer *out);

/* Whether v1alpha3 is served is for us to decide. `crd` is as serving_project leaves it, here and below. */
bool serving_is_asked(struct json_view crd);

/* The CRD brings v1alpha3, by a webhook whose CA the API server knows. */
bool serving_can_convert(struct json_view crd);

/* Whether an EndpointSlice has a pod that answers. */
bool serving_is_ready(struct json_view slice);

/*
 * The field manager to write as: that of whoever brought the CRD, such as "helm". Borrowed from `crd`.
 */
const char *serving_writer(struct json_view crd);

/*
 * The next JSON Patch on the way to v1alpha3 being served, or not, as `wanted`; `*out` is NULL when there is nothing to do.
 * A write makes its field manager the owner of spec.versions, and whoever applies the CRD server-side (Helm 4, Argo CD) would meet a
 * conflict with any other. Under the applier's own name it is an entry of its own ("Update" beside "Apply"), which Helm takes over when
 * it installs or rolls back, but not when it upgrades. So a second patch gives the ownership up; should it come too late, as when the
 * release is being removed, nothing is lost. Both are refused as a whole (ERR_INVALID) when the CRD has changed meanwhile.
 * ERR_NO_MEMORY.
 */
MUST_USE bool serving_patch(
	struct json_view crd, bool wanted, struct json_object **out, struct error *err);

#endif
