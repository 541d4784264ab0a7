/* The kinds we speak of and their URLs. Any thread. */
#ifndef KUBE_RESOURCE_H
#define KUBE_RESOURCE_H

#include "base/buffer.h"

struct kube_resource {
	const char *group; /* "" = core */
	const char *version;
	const char *plural;
	const char *kind;
	bool cluster_scoped;
};

extern const struct kube_resource kube_secrets, kube_config_maps, kube_service_accounts, kube_pods,
	kube_services, kube_namespaces, kube_events, kube_leases, kube_crds,
	kube_validating_webhooks, kube_mutating_webhooks, kube_sandbox_agents, kube_model_configs,
	kube_remote_mcp_servers, kube_mcp_servers, kube_agents, kube_sandboxes_v1alpha1,
	kube_sandboxes_v1beta1, kube_token_reviews, kube_subject_access_reviews;

/*
 * Appends "/apis/<group>/<version>/namespaces/<ns>/<plural>/<name>/<subresource>"; `ns` NULL = all or cluster-scoped, `name` and
 * `subresource` NULL = left out. Names are percent-encoded.
 */
void kube_path(struct buffer *out, const struct kube_resource *resource, const char *ns,
	const char *name, const char *subresource);
/* Appends "key=value" with "&" before it when `out` is not empty; percent-encoded. `value` NULL adds nothing. */
void kube_query(struct buffer *out, const char *key, const char *value);
/* "kagent.dev/v1alpha2", "v1". Static storage is the caller's: out of `out_bytes`. */
void kube_api_version(const struct kube_resource *resource, char *out, size_t out_bytes);

#endif
