#include "agent/check.h"

#define OWN  "sandgate"
#define CRD2 "kagent crd v1alpha2"
#define BOTH "kagent crd v1alpha2, kagent translator"
#define SRT  "srt"

/* One row for each check_id. */
/* clang-format off */
const struct check_rule agent_check_rules[] = {
	[CHECK_STASH] = { "metadata.annotations", "the kept fields of v1alpha2 are as they were read, or are left out", OWN, false },
	[CHECK_STASH_CHANGE] = { "metadata.annotations", "the kept fields of v1alpha2 change", OWN, true },
	[CHECK_STASH_SIZE] = { "spec", "what v1alpha3 has no field for is small enough to be kept in an annotation", OWN, false },
	[CHECK_NAME] = { "metadata.name", "is a name that a Service can bear: at most 63 lower-case letters, digits and \"-\", a letter first", "Kubernetes, RFC 1035", false },
	[CHECK_NUMBERS] = { "spec", "no whole number, at any depth, is beyond 64 bits", "Kubernetes", false },
	[CHECK_SUBSTRATE_BLOCK] = { "spec.substrate", "only with platform: substrate", CRD2, false },
	[CHECK_SUBSTRATE_TYPE] = { "spec.type", "is not BYO with platform: substrate", CRD2, false },
	[CHECK_SUBSTRATE_SKILLS] = { "spec.skills", "not with platform: substrate", CRD2, false },
	[CHECK_SUBSTRATE_RUNTIME] = { "spec.declarative.runtime", "is go with platform: substrate", CRD2, false },
	[CHECK_SUBSTRATE] = { "spec.platform", "substrate agents are run by another control plane", OWN, true },
	[CHECK_TYPE_BLOCK] = { "spec.declarative, spec.byo", "the block of the type is there", CRD2, false },
	[CHECK_OTHER_BLOCK] = { "spec.declarative, spec.byo", "the block of the other type has no effect", OWN, true },
	[CHECK_IMAGE] = { "spec.byo.deployment.image", "is there: a BYO agent is an image", CRD2, false },
	[CHECK_SELECTOR] = { "spec.allowedNamespaces.selector", "is there when from is Selector", CRD2, false },
	[CHECK_SELECTOR_IDLE] = { "spec.allowedNamespaces.selector", "has no effect unless from is Selector", OWN, true },
	[CHECK_SELECTOR_VALUES] = { "spec.allowedNamespaces.selector.matchExpressions[]", "In and NotIn list label values, Exists and DoesNotExist list none", "Kubernetes, kagent translator", false },
	[CHECK_SYSTEM_MESSAGE] = { "spec.declarative.systemMessage", "is there, or systemMessageFrom is", BOTH, false },
	[CHECK_PROMPT_TEMPLATE] = { "spec.declarative.systemMessage", "is a template that can be read, when promptTemplate has dataSources", "kagent translator", false },
	[CHECK_PROMPT_INCLUDES] = { "spec.declarative.systemMessage", "each include that it writes out has the identifier of one of promptTemplate.dataSources. One that is only reached under a condition only warns", "kagent translator", false },
	[CHECK_PROMPT_SOURCES] = { "spec.declarative.promptTemplate.dataSources[]", "no two have the same identifier", "kagent translator", true },
	[CHECK_GO_CODE_BLOCKS] = { "spec.declarative.executeCodeBlocks", "the Go runtime ignores it", "kagent translator", true },
	[CHECK_GO_COMPACTION] = { "spec.declarative.context.compaction", "the Go runtime ignores it", "kagent translator", true },
	[CHECK_TOOL_TYPE] = { "spec.declarative.tools[]", "has a type, the block of that type, and no other", CRD2, false },
	[CHECK_TOOL_SESSIONS] = { "spec.declarative.tools[].isolateSessions", "only when type is Agent", CRD2, false },
	[CHECK_SERVER_NAMESPACE] = { "spec.declarative.tools[].mcpServer.namespace", "is the agent's own, unless the server is a RemoteMCPServer", "kagent translator", false },
	[CHECK_SERVER_KIND] = { "spec.declarative.tools[].mcpServer.kind", "RemoteMCPServer or MCPServer (of kagent.dev), or Service (of core)", "kagent translator", false },
	[CHECK_APPROVALS] = { "spec.declarative.tools[].mcpServer.requireApproval[]", "each is one of toolNames", CRD2, false },
	[CHECK_AGENT_KIND] = { "spec.declarative.tools[].agent.kind", "Agent or SandboxAgent", "kagent translator", false },
	[CHECK_AGENT_ITSELF] = { "spec.declarative.tools[].agent.name", "is not the agent itself", "kagent translator", false },
	[CHECK_HEADERS] = { "spec.declarative.tools[].headersFrom[]", "has either value or valueFrom", CRD2, false },
	[CHECK_CONTAINERS] = { "deployment: containers", "no name is that of another container of the pod", "Kubernetes", false },
	[CHECK_VOLUMES] = { "deployment: volumes", "no name is that of another volume of the pod", "Kubernetes", false },
	[CHECK_ENVIRONMENT] = { "deployment: env[].name", "is not set by the controller anyway, and is there once", "kagent translator", true },
	[CHECK_ENVIRONMENT_SOURCE] = { "deployment: env[].valueFrom", "not together with value", "Kubernetes", false },
	[CHECK_REPLICAS] = { "deployment: replicas", "has no effect: a Sandbox has exactly one pod", OWN, true },
	[CHECK_ANNOTATIONS] = { "deployment: deploymentAnnotations", "has no effect: a SandboxAgent has no Deployment", OWN, true },
	[CHECK_SKILL_FOLDERS] = { "spec.skills.refs[], gitRefs[]", "each makes a folder name, and no two the same", "kagent translator", false },
	[CHECK_SKILL_SCHEME] = { "spec.skills.refs[]", "has no scheme", "OCI distribution", false },
	[CHECK_GIT_PATH] = { "spec.skills.gitRefs[].path", "stays inside the repository", "kagent translator", false },
	[CHECK_NO_SKILL] = { "spec.skills", "names at least one skill", OWN, true },
	[CHECK_S3_SKILLS] = { "spec.skills.s3Refs", "is kept but not fetched", OWN, true },
	[CHECK_DOMAINS] = { "spec.sandbox.network.allowedDomains[], deniedDomains[]", "is what srt takes and can match: a name of two labels or more, `*.` before one, an IPv4 address, an IPv6 address in brackets or localhost, each with an optional port; denied also `*`. An entry that stood there before only warns", SRT, false },
	[CHECK_DOMAIN_OVERLAP] = { "spec.sandbox.network.allowedDomains[], deniedDomains[]", "is not there twice, not covered by another, and not in both lists", OWN, true },
	[CHECK_PUBLIC_SUFFIX] = { "spec.sandbox.network.allowedDomains[]", "is no wildcard over a public suffix (`webhook.refusePublicSuffixWildcards` refuses it)", "publicsuffix.org", true },
	[CHECK_DOMAIN_ADDRESS] = { "spec.sandbox.network.allowedDomains[]", "is no address of a cloud's metadata service, and none that clients reach past the proxy", SRT, true },
	[CHECK_PATHS] = { "spec.sandbox.filesystem.*[]", "is a path as srt reads it. An entry that stood there before only warns", SRT, false },
};
/* clang-format on */

_Static_assert(COUNT(agent_check_rules) == CHECK_COUNT, "each check has its row");
