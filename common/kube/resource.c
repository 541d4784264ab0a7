#include "kube/resource.h"

#include <stdio.h>

/* Source of the groups, versions and plurals: the API server's discovery documents, our CRDs, agent-sandbox's CRDs. */
#define CORE(p, k)                                                                                 \
	{                                                                                          \
		"", "v1", p, k, false                                                              \
	}
#define CLUSTER(g, v, p, k)                                                                        \
	{                                                                                          \
		g, v, p, k, true                                                                   \
	}

const struct kube_resource kube_secrets = CORE("secrets", "Secret");
const struct kube_resource kube_config_maps = CORE("configmaps", "ConfigMap");
const struct kube_resource kube_service_accounts = CORE("serviceaccounts", "ServiceAccount");
const struct kube_resource kube_pods = CORE("pods", "Pod");
const struct kube_resource kube_services = CORE("services", "Service");
const struct kube_resource kube_events = CORE("events", "Event");
const struct kube_resource kube_namespaces = CLUSTER("", "v1", "namespaces", "Namespace");
const struct kube_resource kube_leases = { "coordination.k8s.io", "v1", "leases", "Lease", false };
const struct kube_resource kube_crds = CLUSTER(
	"apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition");
const struct kube_resource kube_validating_webhooks = CLUSTER("admissionregistration.k8s.io", "v1",
	"validatingwebhookconfigurations", "ValidatingWebhookConfiguration");
const struct kube_resource kube_mutating_webhooks = CLUSTER("admissionregistration.k8s.io", "v1",
	"mutatingwebhookconfigurations", "MutatingWebhookConfiguration");
const struct kube_resource kube_sandbox_agents = { "kagent.dev", "v1alpha2", "sandboxagents",
	"SandboxAgent", false };
const struct kube_resource kube_model_configs = { "kagent.dev", "v1alpha2", "modelconfigs",
	"ModelConfig", false };
const struct kube_resource kube_remote_mcp_servers = { "kagent.dev", "v1alpha2", "remotemcpservers",
	"RemoteMCPServer", false };
const struct kube_resource kube_mcp_servers = { "kagent.dev", "v1alpha1", "mcpservers", "MCPServer",
	false };
const struct kube_resource kube_agents = { "kagent.dev", "v1alpha2", "agents", "Agent", false };
const struct kube_resource kube_sandboxes_v1alpha1 = { "agents.x-k8s.io", "v1alpha1", "sandboxes",
	"Sandbox", false };
const struct kube_resource kube_sandboxes_v1beta1 = { "agents.x-k8s.io", "v1beta1", "sandboxes",
	"Sandbox", false };
const struct kube_resource kube_token_reviews =
	CLUSTER("authentication.k8s.io", "v1", "tokenreviews", "TokenReview");
const struct kube_resource kube_subject_access_reviews =
	CLUSTER("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview");

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static void encode(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		if (is_unreserved((unsigned char)*text))
			buffer_putc(out, *text);
		else
			buffer_printf(out, "%%%02X", (unsigned char)*text);
	}
}

/* "." and ".." are unreserved, yet an HTTP client would fold them away together with what stands before. */
static void segment(struct buffer *out, const char *text)
{
	buffer_putc(out, '/');
	if (strcmp(text, ".") == 0)
		buffer_puts(out, "%2E");
	else if (strcmp(text, "..") == 0)
		buffer_puts(out, "%2E%2E");
	else
		encode(out, text);
}

void kube_path(struct buffer *out, const struct kube_resource *resource, const char *ns,
	const char *name, const char *subresource)
{
	if (*resource->group) {
		buffer_puts(out, "/apis");
		segment(out, resource->group);
	} else {
		buffer_puts(out, "/api");
	}
	segment(out, resource->version);
	if (ns && !resource->cluster_scoped) {
		buffer_puts(out, "/namespaces");
		segment(out, ns);
	}
	segment(out, resource->plural);
	if (name)
		segment(out, name);
	if (subresource)
		segment(out, subresource);
}

void kube_query(struct buffer *out, const char *key, const char *value)
{
	if (!value)
		return;
	if (out->bytes)
		buffer_putc(out, '&');
	encode(out, key);
	buffer_putc(out, '=');
	encode(out, value);
}

void kube_api_version(const struct kube_resource *resource, char *out, size_t out_bytes)
{
	snprintf(out, out_bytes, "%s%s%s", resource->group, *resource->group ? "/" : "",
		resource->version);
}
