#include "agent/check.h"
#include "agent/validate.h"

#include "support/odd.h"
#include "support/suite.h"

#include <stdio.h>

/* Objects are written with ' for ". HEAD begins an object that is right but for its spec. */
#define V2                                                                                         \
	"{'apiVersion':'kagent.dev/"                                                               \
	"v1alpha2','kind':'SandboxAgent','metadata':{'name':'a','namespace':'n'},"
#define V3                                                                                         \
	"{'apiVersion':'kagent.dev/"                                                               \
	"v1alpha3','kind':'SandboxAgent','metadata':{'name':'a','namespace':'n'},"
#define D(x) V2 "'spec':{'type':'Declarative','declarative':{'systemMessage':'hi'" x "}}}"
#define T(x) D(",'tools':[" x "]")
#define B(x) V2 "'spec':{'type':'BYO','byo':{'deployment':{'image':'i'" x "}}}}"
#define S(x) V2 "'spec':{'declarative':{'systemMessage':'hi'},'skills':{" x "}}}"
#define N(x) V2 "'spec':{'declarative':{'systemMessage':'hi'},'sandbox':{'network':{" x "}}}}"
#define F(x) V2 "'spec':{'declarative':{'systemMessage':'hi'},'sandbox':{'filesystem':{" x "}}}}"
#define P(x) V2 "'spec':{'declarative':{'systemMessage':'hi'}," x "}}"

#define BEYOND                                                                                     \
	"does not fit 64 bits: write a number from -9223372036854775808 to 9223372036854775807"

static struct json_doc *read_object(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err;
	char *quoted = strdup(text);

	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	ck_assert_msg(json_doc_copy(quoted, strlen(quoted), NULL, &doc, &err), "%s", err.text);
	free(quoted);
	return doc;
}

static uint64_t told; /* a bit for each check that told something in this process */

/* "FIELD: message" per cause, then "~FIELD: message" per warning, a line each. */
static char *review(const char *object, const char *old, bool strict)
{
	AUTO(json_doc) struct json_doc *doc = read_object(object);
	AUTO(json_doc) struct json_doc *before = old ? read_object(old) : NULL;
	struct findings findings = { 0 };
	AUTO(buffer) struct buffer out = { 0 };

	agent_validate(json_root(doc), before ? json_root(before) : (struct json_view){ 0 },
		&(struct agent_policy){ .refuse_public_suffix_wildcards = strict }, &findings);
	ck_assert(!findings.failed);
	told |= findings.told;
	for (size_t i = 0; i < findings.cause_count; i++)
		buffer_printf(&out, "%s%s: %s", out.bytes ? "\n" : "", findings.causes[i].field,
			findings.causes[i].message);
	for (size_t i = 0; i < findings.warning_count; i++)
		buffer_printf(&out, "%s~%s: %s", out.bytes ? "\n" : "", findings.warnings[i].field,
			findings.warnings[i].message);
	findings_fini(&findings);
	return buffer_take(&out);
}

static const struct {
	const char *spec, *object, *says;
} cases[] = {
	{ "a small agent is right", D(""), "" },
	{ "type may be left out", V2 "'spec':{'declarative':{'systemMessage':'hi'}}}", "" },
	{ "a BYO agent is right", B(""), "" },
	{ "an agent needs a spec", V2 "'status':{}}",
		"spec: is required: an agent has a type, and declarative or byo" },
	{ "spec is an object", V2 "'spec':[]}", "spec: must be an object" },
	{ "there are two types",
		V2 "'spec':{'type':'declarative','declarative':{'systemMessage':'hi'}}}",
		"spec.type: \"declarative\": must be Declarative or BYO" },
	{ "type Declarative needs its block", V2 "'spec':{'type':'Declarative'}}",
		"spec.declarative: is required when type is Declarative" },
	{ "the block of the other type tells which is meant",
		V2 "'spec':{'byo':{'deployment':{'image':'i'}}}}",
		"spec.declarative: is required when type is Declarative: fill it in, or set type: "
		"BYO" },
	{ "type BYO needs its block", V2 "'spec':{'type':'BYO'}}",
		"spec.byo: is required when type is BYO" },
	{ "BYO needs a deployment", V2 "'spec':{'type':'BYO','byo':{}}}",
		"spec.byo.deployment: is required: a BYO agent is an image, named by "
		"deployment.image" },
	{ "BYO needs an image", V2 "'spec':{'type':'BYO','byo':{'deployment':{}}}}",
		"spec.byo.deployment.image: is required: a BYO agent is an image" },
	{ "a block without effect is told",
		V2 "'spec':{'type':'BYO','declarative':{'systemMessage':'x'},"
		   "'byo':{'deployment':{'image':'i'}}}}",
		"~spec.declarative: has no effect when type is BYO: leave it out" },
	{ "a name must fit a Service",
		"{'apiVersion':'kagent.dev/"
		"v1alpha2','metadata':{'name':'my.agent'},'spec':{'declarative':{"
		"'systemMessage':'hi'}}}",
		"metadata.name: \"my.agent\": the agent's Service bears this name, so write at "
		"most 63 "
		"lower-case letters, digits and \"-\", starting with a letter and not ending with "
		"\"-\"" },

	{ "one system message", D(",'systemMessageFrom':{'type':'Secret','name':'n','key':'k'}"),
		"spec.declarative.systemMessage: is one of two sources, and systemMessageFrom is "
		"the other: "
		"leave one out" },
	{ "a system message is needed", V2 "'spec':{'declarative':{'systemMessage':''}}}",
		"spec.declarative.systemMessage: is required: write what the agent is to do here, "
		"or name a "
		"source in systemMessageFrom" },
	{ "a number is no message", V2 "'spec':{'declarative':{'systemMessage':7}}}",
		"spec.declarative.systemMessage: must be a string: put quotes around it" },
	{ "a source is complete",
		V2 "'spec':{'declarative':{'systemMessageFrom':{'type':'Vault','key':'k'}}}}",
		"spec.declarative.systemMessageFrom.name: is required: a source has type "
		"(ConfigMap or "
		"Secret), name and key\nspec.declarative.systemMessageFrom.type: \"Vault\": must "
		"be "
		"ConfigMap or Secret" },
	{ "there are two runtimes", D(",'runtime':'rust'"),
		"spec.declarative.runtime: \"rust\": must be python or go" },
	{ "what the Go runtime ignores is told",
		D(",'runtime':'go','executeCodeBlocks':true,'context':{'compaction':{}}"),
		"~spec.declarative.executeCodeBlocks: the Go runtime ignores it: use runtime: "
		"python, or "
		"leave it out\n~spec.declarative.context.compaction: the Go runtime ignores it: "
		"use runtime: "
		"python, or leave it out" },
	{ "prompt sources have identifiers of their own",
		D(",'promptTemplate':{'dataSources':[{'name':'x'},{'name':'y','alias':'x'}]}"),
		"~spec.declarative.promptTemplate.dataSources[1]: dataSources[0] has the "
		"identifier \"x\" too: "
		"give one an alias of its own, or the agent fails when both have the same key" },
	{ "memory needs a model", D(",'memory':{'ttlDays':0}"),
		"spec.declarative.memory.modelConfig: is required: it names the ModelConfig that "
		"makes the "
		"embeddings\nspec.declarative.memory.ttlDays: 0: must be at least 1" },
	{ "an interval is positive", D(",'context':{'compaction':{'compactionInterval':0}}"),
		"spec.declarative.context.compaction.compactionInterval: 0: must be at least 1" },

	{ "a server is a tool",
		T("{'type':'McpServer','mcpServer':{'kind':'RemoteMCPServer','name':'s'}}"), "" },
	{ "an agent is a tool", T("{'type':'Agent','agent':{'name':'b'}}"), "" },
	{ "an empty tool", T("{}"),
		"spec.declarative.tools[0]: a tool needs type: McpServer with mcpServer, or type: "
		"Agent with "
		"agent" },
	{ "a tool has a type", T("{'agent':{'name':'b'}}"),
		"spec.declarative.tools[0].type: is required: write type: Agent" },
	{ "type and block agree", T("{'type':'Agent','mcpServer':{'name':'s'}}"),
		"spec.declarative.tools[0].agent: is required when type is Agent\n"
		"spec.declarative.tools[0].mcpServer: belongs to type: McpServer, and type is "
		"Agent: leave one "
		"out" },
	{ "server kinds", T("{'type':'McpServer','mcpServer':{'kind':'Deployment','name':'s'}}"),
		"spec.declarative.tools[0].mcpServer.kind: \"Deployment\" of apiGroup \"\": must "
		"be "
		"RemoteMCPServer or MCPServer (of kagent.dev), or Service (of core)" },
	{ "an MCPServer is near",
		T("{'type':'McpServer','mcpServer':{'name':'s','namespace':'other'}}"),
		"spec.declarative.tools[0].mcpServer.namespace: \"other\": a MCPServer of another "
		"namespace "
		"cannot be used: name one of the agent's own, or a RemoteMCPServer" },
	{ "a RemoteMCPServer may be far",
		T("{'type':'McpServer','mcpServer':{'kind':'RemoteMCPServer','name':'s','namespace'"
		  ":'o'}}"),
		"" },
	{ "approvals name offered tools",
		T("{'type':'McpServer','mcpServer':{'name':'s','toolNames':['x'],'requireApproval':"
		  "['x','y']}}"),
		"spec.declarative.tools[0].mcpServer.requireApproval[1]: \"y\": must be one of "
		"toolNames: add "
		"it there too" },
	{ "agent kinds", T("{'type':'Agent','agent':{'kind':'Pod','name':'b'}}"),
		"spec.declarative.tools[0].agent.kind: \"Pod\": must be Agent or SandboxAgent" },
	{ "no agent is its own tool",
		T("{'type':'Agent','agent':{'kind':'SandboxAgent','name':'a'}}"),
		"spec.declarative.tools[0].agent.name: \"a\": an agent cannot be its own tool" },
	{ "an Agent of that name is another", T("{'type':'Agent','agent':{'name':'a'}}"), "" },
	{ "headers have one value",
		T("{'type':'Agent','agent':{'name':'b'},'headersFrom':[{'name':'H'}]}"),
		"spec.declarative.tools[0].headersFrom[0]: needs a value, or valueFrom that names "
		"a Secret or "
		"ConfigMap" },
	{ "sessions belong to agents",
		T("{'type':'McpServer','mcpServer':{'name':'s'},'isolateSessions':false}"),
		"spec.declarative.tools[0].isolateSessions: can only be set when type is Agent: "
		"leave it out" },

	{ "container names that are taken",
		D(",'deployment':{'extraContainers':[{'name':'kagent'},{'name':'x'},{'name':'x'}]"
		  "}"),
		"spec.declarative.deployment.extraContainers[0].name: \"kagent\" is the name of a "
		"container "
		"that the agent's pod has anyway: choose another\n"
		"spec.declarative.deployment.extraContainers[2].name: \"x\" is the name of an "
		"earlier "
		"container: choose another" },
	{ "volume names that are taken", B(",'volumes':[{'name':'kagent-token'}]"),
		"spec.byo.deployment.volumes[0].name: \"kagent-token\" is the name of another "
		"volume of the "
		"pod: choose another" },
	{ "accounts exclude each other", B(",'serviceAccountName':'x','serviceAccountConfig':{}"),
		"spec.byo.deployment.serviceAccountName: and serviceAccountConfig exclude each "
		"other: the "
		"latter is for the account made for the agent" },
	{ "environment that the controller sets",
		D(",'deployment':{'env':[{'name':'KAGENT_NAME','value':'x'},{'name':'A'},{'name':'"
		  "A'}]}"),
		"~spec.declarative.deployment.env[0].name: \"KAGENT_NAME\" is set by the "
		"controller, and its "
		"value counts: leave it out\n~spec.declarative.deployment.env[2].name: \"A\" is "
		"there twice, "
		"and the later value counts: leave the earlier out" },
	{ "with prompt sources the message is a template",
		V2 "'spec':{'declarative':{'systemMessage':'hi {{if .AgentName}}',"
		   "'promptTemplate':{'dataSources':[{'name':'x'}]}}}}",
		"spec.declarative.systemMessage: is a template, as there are "
		"promptTemplate.dataSources, and cannot be read: line 1: unexpected end of "
		"the text: an {{end}} is missing" },
	{ "which may ask for what is not known here",
		V2 "'spec':{'declarative':{'systemMessage':'{{include `x/y`}} {{.AgentName}}',"
		   "'promptTemplate':{'dataSources':[{'name':'x'}]}}}}",
		"" },
	{ "which must be of one of them",
		V2 "'spec':{'declarative':{'systemMessage':'{{include `builtin/x`}}\\n{{include "
		   "`y`}}',"
		   "'promptTemplate':{'dataSources':[{'name':'builtin','alias':'b'},{'name':'c'}]}}"
		   "}}",
		"spec.declarative.systemMessage: line 1 includes \"builtin/x\", which is of no "
		"promptTemplate.dataSources: write \"b/KEY\", \"c/KEY\", or add its ConfigMap to "
		"them\nspec.declarative.systemMessage: line 2 includes \"y\", which is of no "
		"promptTemplate.dataSources: write \"b/KEY\", \"c/KEY\", or add its ConfigMap to "
		"them" },
	{ "unless it may never be reached",
		V2 "'spec':{'declarative':{'systemMessage':'{{if .ToolNames}}{{include "
		   "`y/z`}}{{end}}',"
		   "'promptTemplate':{'dataSources':[{'name':'x'}]}}}}",
		"~spec.declarative.systemMessage: line 1 includes \"y/z\", which is of no "
		"promptTemplate.dataSources, and the agent fails when it is reached: write "
		"\"x/KEY\", or add its ConfigMap to them" },
	{ "an identifier may have a slash",
		V2 "'spec':{'declarative':{'systemMessage':'{{include `x/y/z`}}',"
		   "'promptTemplate':{'dataSources':[{'name':'a','alias':'x/y'}]}}}}",
		"" },
	{ "a message from elsewhere is not known here",
		V2 "'spec':{'declarative':{'systemMessageFrom':{'type':'ConfigMap','name':'m','key'"
		   ":'k'}"
		   ",'promptTemplate':{'dataSources':[{'name':'x'}]}}}}",
		"" },
	{ "without them it is a text",
		V2 "'spec':{'declarative':{'systemMessage':'hi {{if','promptTemplate':{}}}}", "" },
	{ "a whole number is a number",
		D(",'context':{'compaction':{'compactionInterval':2,'overlapSize':'1'}}"),
		"spec.declarative.context.compaction.overlapSize: must be a whole number" },
	{ "and whole", D(",'context':{'compaction':{'compactionInterval':2,'overlapSize':1.5}}"),
		"spec.declarative.context.compaction.overlapSize: must be a whole number: write it "
		"without a point or an exponent" },
	{ "written as one", D(",'context':{'compaction':{'compactionInterval':1e1}}"),
		"spec.declarative.context.compaction.compactionInterval: must be a whole number: "
		"write it without a point or an exponent" },
	{ "and one that fits",
		D(",'context':{'compaction':{'compactionInterval':2,"
		  "'overlapSize':123456789012345678901234567890}}"),
		"spec.declarative.context.compaction.overlapSize: "
		"123456789012345678901234567890: " BEYOND },
	{ "the largest and the smallest fit",
		D(",'context':{'compaction':{'tokenThreshold':9223372036854775807,"
		  "'eventRetentionSize':-9223372036854775808}}"),
		"" },
	{ "the next ones do not",
		D(",'context':{'compaction':{'tokenThreshold':9223372036854775808,"
		  "'eventRetentionSize':-9223372036854775809}}"),
		"spec.declarative.context.compaction.tokenThreshold: 9223372036854775808: " BEYOND
		"\nspec.declarative.context.compaction.eventRetentionSize: "
		"-9223372036854775809: " BEYOND },
	{ "nor in what Kubernetes itself reads",
		B(",'extraContainers':[{'name':'x','securityContext':"
		  "{'runAsUser':18446744073709551616}}],'resources':{'limits':{'a.b/c':"
		  "18446744073709551617}}"),
		"spec.byo.deployment.extraContainers[0].securityContext.runAsUser: "
		"18446744073709551616: " BEYOND
		"\nspec.byo.deployment.resources.limits[a.b/c]: 18446744073709551617: " BEYOND },
	{ "a fraction there has other bounds", B(",'resources':{'limits':{'cpu':1e30}}"), "" },
	{ "annotations of a Deployment have no effect",
		D(",'deployment':{'deploymentAnnotations':{'a':'b'}}"),
		"~spec.declarative.deployment.deploymentAnnotations: has no effect: a SandboxAgent "
		"has no Deployment" },
	{ "a variable has one source",
		D(",'deployment':{'env':[{'name':'A','value':'b','valueFrom':{'fieldRef':{"
		  "'fieldPath':'metadata.name'}}}]}"),
		"spec.declarative.deployment.env[0].valueFrom: and value exclude each other: leave "
		"one out" },
	{ "replicas have no effect", D(",'deployment':{'replicas':2}"),
		"~spec.declarative.deployment.replicas: has no effect: a Sandbox has exactly one "
		"pod" },

	{ "skills are right",
		S("'refs':['ghcr.io/acme/curl:1'],'gitRefs':[{'url':'https://x.example/a/b.git'}]"),
		"" },
	{ "lists of skills are not empty", S("'refs':[]"),
		"spec.skills.refs: must list at least one skill: leave it out when there is none" },
	{ "skills that name none", S(""),
		"~spec.skills: names no skill: add refs or gitRefs, or leave it out" },
	{ "skills in S3 are kept", S("'refs':['x'],'s3Refs':[{'uri':'s3://b/k'}]"),
		"~spec.skills.s3Refs: is kept but not fetched here: use refs or gitRefs" },
	{ "two skills in one folder",
		S("'refs':['r.example/x/curl:2'],'gitRefs':[{'url':'git@x.example:a/curl.git'}]"),
		"spec.skills.refs[0]: \"r.example/x/curl:2\": an earlier skill has the folder "
		"\"curl\" already: "
		"give the image a repository name of its own" },
	{ "a skill stays in its repository",
		S("'gitRefs':[{'url':'https://x.example/b','path':'../c'}]"),
		"spec.skills.gitRefs[0].path: \"../c\": must stay inside the repository: no "
		"leading \"/\" and "
		"no \"..\" that leads out" },
	{ "a skill has a folder name", S("'gitRefs':[{'url':'https://x.example/b','name':'a b'}]"),
		"spec.skills.gitRefs[0].name: \"a b\": \"a b\" is no folder name (letters, digits, "
		"\".\", "
		"\"_\" and \"-\" are): write another name" },
	{ "an image is no URL", S("'refs':['oci://r.example/x']"),
		"spec.skills.refs[0]: \"oci://r.example/x\": an image has no scheme: write "
		"\"r.example/x\"" },

	{ "a malformed wildcard", N("'allowedDomains':['*example.com']"),
		"spec.sandbox.network.allowedDomains[0]: \"*example.com\": a wildcard needs a dot "
		"behind the "
		"star: write \"*.example.com\"" },
	{ "every bad entry is told at once, in order",
		N("'allowedDomains':['a.example','x',7],'deniedDomains':['*','https://b.example']"),
		"spec.sandbox.network.allowedDomains[1]: \"x\": a name of one label is never "
		"matched: write it "
		"in full, such as \"x.NAMESPACE.svc.cluster.local\" for a Service\n"
		"spec.sandbox.network.allowedDomains[2]: must be a string: put quotes around it\n"
		"spec.sandbox.network.deniedDomains[1]: \"https://b.example\": an entry is a host, "
		"without a "
		"scheme: write \"b.example\"\n"
		"~spec.sandbox.network.allowedDomains[0]: \"a.example\": deniedDomains[0] refuses "
		"it, and a "
		"refusal always wins" },
	{ "duplicates and covered entries",
		N("'allowedDomains':['*.a.example','b.a.example:443','c.example','C.example','*.d."
		  "a.example']"),
		"~spec.sandbox.network.allowedDomains[1]: \"b.a.example:443\": allowedDomains[0] "
		"covers it: "
		"leave it out\n~spec.sandbox.network.allowedDomains[3]: \"C.example\": "
		"allowedDomains[2] says "
		"the same: leave one out\n~spec.sandbox.network.allowedDomains[4]: "
		"\"*.d.a.example\": "
		"allowedDomains[0] covers it: leave it out" },
	{ "a port of its own is no duplicate",
		N("'allowedDomains':['a.example:80','a.example:443']"), "" },
	{ "an entry in both lists",
		N("'allowedDomains':['a.example'],'deniedDomains':['*.example.com','a.example']"),
		"~spec.sandbox.network.allowedDomains[0]: \"a.example\": deniedDomains[1] refuses "
		"it, and a "
		"refusal always wins" },
	{ "a public suffix", N("'allowedDomains':['*.github.io']"),
		"~spec.sandbox.network.allowedDomains[0]: \"*.github.io\": everybody can own a "
		"host below this "
		"public suffix: list the hosts or domains you mean" },
	{ "denying a public suffix is no risk", N("'deniedDomains':['*.github.io']"), "" },
	{ "addresses that clients do not send to a proxy", N("'allowedDomains':['10.0.0.1']"),
		"~spec.sandbox.network.allowedDomains[0]: \"10.0.0.1\": most clients contact such "
		"addresses "
		"without the sandbox's proxy and do not reach them: list the host's name" },
	{ "the metadata service", N("'allowedDomains':['169.254.169.254']"),
		"~spec.sandbox.network.allowedDomains[0]: \"169.254.169.254\": this is a cloud's "
		"metadata "
		"service, which hands out the machine's credentials" },

	{ "paths are right",
		F("'denyRead':['/etc/*.key','~/x'],'allowWrite':['.','/tmp/**'],'denyWrite':['/tmp/"
		  "x']"),
		"" },
	{ "an empty path", F("'denyRead':['']"),
		"spec.sandbox.filesystem.denyRead[0]: an empty path makes every command fail: "
		"remove it" },
	{ "patterns that srt drops", F("'denyWrite':['/tmp/*.txt']"),
		"spec.sandbox.filesystem.denyWrite[0]: \"/tmp/*.txt\": a pattern is ignored here: "
		"write each "
		"path, or \"FOLDER/**\" for all below a folder" },
	{ "hiding everything", F("'denyRead':['/']"),
		"spec.sandbox.filesystem.denyRead[0]: \"/\": nothing could be run without reading: "
		"list the "
		"folders to hide" },
	{ "a pattern that starts too early", F("'denyRead':['/**/x']"),
		"spec.sandbox.filesystem.denyRead[0]: \"/**/x\": a pattern in the first part of a "
		"path is "
		"ignored: write the first folder's name" },
	{ "rollout",
		V2 "'spec':{'declarative':{'systemMessage':'hi'},'sandbox':{'rollout':'Never'}}}",
		"spec.sandbox.rollout: \"Never\": must be WhenIdle, Immediate or Manual" },

	{ "substrate is another control plane's",
		P("'platform':'substrate','substrate':{},'skills':{'refs':['x']}"),
		"spec.skills: skills are not there on platform: substrate: leave one of the two "
		"out\n"
		"~spec.platform: substrate agents are run by another control plane, not by this "
		"one" },
	{ "a substrate block needs its platform", P("'substrate':{}"),
		"spec.substrate: belongs to platform: substrate: leave it out" },
	{ "who runs on substrate",
		V2
		"'spec':{'type':'BYO','platform':'substrate','substrate':{},'byo':{'deployment':{"
		"'image':'i'}}}}",
		"spec.type: BYO agents do not run on platform: substrate: leave the platform out\n"
		"~spec.platform: substrate agents are run by another control plane, not by this "
		"one" },
	{ "what runs on substrate",
		V2 "'spec':{'declarative':{'systemMessage':'hi','runtime':'python'},'platform':'"
		   "substrate','substrate':{}}}",
		"spec.declarative.runtime: \"python\": must be go when spec.platform is substrate\n"
		"~spec.platform: substrate agents are run by another control plane, not by this "
		"one" },
	{ "a selector without effect",
		P("'allowedNamespaces':{'from':'All','selector':{'matchLabels':{'a':'b'}}}"),
		"~spec.allowedNamespaces.selector: has no effect unless from is Selector" },
	{ "a selector's expressions list what their operators take",
		P("'allowedNamespaces':{'from':'Selector','selector':{'matchExpressions':["
		  "{'key':'team','operator':'In','values':['a']},{'key':'team','operator':'NotIn'},"
		  "{'key':'team','operator':'Exists','values':['a']},"
		  "{'key':'team','operator':'In','values':['a b']},"
		  "{'key':'team','operator':'DoesNotExist'},{'key':'team','operator':'Like'}]}}"),
		"spec.allowedNamespaces.selector.matchExpressions[1].values: NotIn of \"team\" "
		"needs values\n"
		"spec.allowedNamespaces.selector.matchExpressions[2].values: Exists of \"team\" "
		"takes no values\n"
		"spec.allowedNamespaces.selector.matchExpressions[3].values: In of \"team\": "
		"\"a b\" is no label value\n"
		"spec.allowedNamespaces.selector.matchExpressions[5].operator: \"Like\": must be "
		"In, NotIn, Exists or DoesNotExist" },
	{ "a selector is needed", P("'allowedNamespaces':{'from':'Selector'}"),
		"spec.allowedNamespaces.selector: is required when from is Selector" },
	{ "a provider is complete", P("'provider':{'organization':'','url':'x'}"),
		"spec.provider.organization: must not be empty\nspec.provider.url: \"x\": must be "
		"a whole "
		"address, such as https://example.com" },

	{ "v1alpha3 has its image one level up", V3 "'spec':{'type':'BYO','byo':{}}}",
		"spec.byo.image: is required: a BYO agent is an image" },
	{ "a v1alpha3 agent is right",
		V3 "'spec':{'type':'BYO','byo':{'image':'i','env':[{'name':'A'}]}}}", "" },
	{ "v1alpha3 environment",
		V3 "'spec':{'declarative':{'systemMessage':'hi','env':[{'name':'KAGENT_URL'}]}}}",
		"~spec.declarative.env[0].name: \"KAGENT_URL\" is set by the controller, and its "
		"value counts: "
		"leave it out" },
	{ "a substrate block stands for the platform in v1alpha3",
		V3 "'spec':{'declarative':{'systemMessage':'hi'},'substrate':{},'skills':{'refs':['"
		   "x']}}}",
		"spec.skills: skills are not there on platform: substrate: leave one of the two "
		"out\n"
		"~spec.platform: substrate agents are run by another control plane, not by this "
		"one" },
};

START_TEST(reviews_follow_spec)
{
	AUTO(text) char *says = review(cases[_i].object, NULL, false);

	ck_assert_msg(strcmp(says, cases[_i].says) == 0, "%s:\n%s\nwanted:\n%s", cases[_i].spec,
		says, cases[_i].says);
}
END_TEST

START_TEST(a_public_suffix_can_be_refused)
{
	AUTO(text) char *says = review(N("'allowedDomains':['*.co.uk']"), NULL, true);

	ck_assert_msg(
		strncmp(says, "spec.sandbox.network.allowedDomains[0]: \"*.co.uk\":", 50) == 0,
		"%s", says);
}
END_TEST

static void review_odd(void *context, struct json_view odd, const char *text)
{
	const struct json_view *good = context;
	const struct agent_policy policy = { .refuse_unknown_fields = true,
		.serves_v1alpha3 = true };

	for (int i = 0; i < 3; i++) {
		struct findings findings = { 0 };

		agent_validate(i == 1 ? *good : odd,
			i == 0   ? (struct json_view){ 0 }
			: i == 1 ? odd
				 : *good,
			&policy, &findings);
		ck_assert_msg(!findings.failed, "%s", text);
		findings_fini(&findings);
	}
}

START_TEST(a_value_of_any_kind_is_reviewed)
{
	AUTO(json_doc) struct json_doc *doc = read_object(cases[_i].object);
	struct json_view good = json_root(doc);

	odd_each(good, review_odd, &good);
}
END_TEST

#define KEPT(stash)                                                                                \
	"{'apiVersion':'kagent.dev/v1alpha3','metadata':{'name':'a','annotations':{"               \
	"'sandgate.dev/v1alpha2-fields':'" stash                                                   \
	"'}},'spec':{'declarative':{'systemMessage':'hi'}}}"

static const struct {
	const char *spec, *old, *object, *says;
} updates[] = {
	{ "an old bad entry only warns, wherever it moves", N("'allowedDomains':['x','b.example']"),
		N("'allowedDomains':['c.example','x']"),
		"~spec.sandbox.network.allowedDomains[1]: \"x\": a name of one label is never "
		"matched: write "
		"it in full, such as \"x.NAMESPACE.svc.cluster.local\" for a Service (it stood "
		"here before, so "
		"it is only left out)" },
	{ "a new bad entry is refused beside it", N("'allowedDomains':['x']"),
		N("'allowedDomains':['x','y']"),
		"spec.sandbox.network.allowedDomains[1]: \"y\": a name of one label is never "
		"matched: write it "
		"in full, such as \"y.NAMESPACE.svc.cluster.local\" for a Service\n"
		"~spec.sandbox.network.allowedDomains[0]: \"x\": a name of one label is never "
		"matched: write "
		"it in full, such as \"x.NAMESPACE.svc.cluster.local\" for a Service (it stood "
		"here before, so "
		"it is only left out)" },
	{ "the other list is no excuse", N("'deniedDomains':['x']"), N("'allowedDomains':['x']"),
		"spec.sandbox.network.allowedDomains[0]: \"x\": a name of one label is never "
		"matched: write it "
		"in full, such as \"x.NAMESPACE.svc.cluster.local\" for a Service" },
	{ "an old bad path only warns", F("'denyRead':['/']"), F("'denyRead':['/a','/']"),
		"~spec.sandbox.filesystem.denyRead[1]: \"/\": nothing could be run without "
		"reading: list the "
		"folders to hide" },
	{ "an unchanged spec is never refused", V2 "'spec':{'type':'BYO'}}",
		"{'metadata':{'labels':{'a':'b'}},'spec':{'type':'BYO'}}",
		"~spec.byo: is required when type is BYO" },
	{ "kept fields of v1alpha2 that change in v1alpha3", KEPT("{\\'v\\':1,\\'spec\\':{}}"),
		KEPT("{\\'v\\':1}"),
		"~metadata.annotations[sandgate.dev/v1alpha2-fields]: holds the fields of v1alpha2 "
		"that v1alpha3 does not have, and changes" },
	{ "what is being deleted is never refused", D(""),
		"{'metadata':{'deletionTimestamp':'2026-01-01T00:00:00Z'},'spec':{'type':'BYO'}}",
		"~spec.byo: is required when type is BYO" },
};

START_TEST(updates_follow_spec)
{
	AUTO(text) char *says = review(updates[_i].object, updates[_i].old, false);

	ck_assert_msg(strcmp(says, updates[_i].says) == 0, "%s:\n%s\nwanted:\n%s", updates[_i].spec,
		says, updates[_i].says);
}
END_TEST

#define STASHED(stash)                                                                             \
	"{'apiVersion':'kagent.dev/v1alpha2','metadata':{'name':'a','annotations':{"               \
	"'sandgate.dev/v1alpha2-fields':'" stash                                                   \
	"'}},'spec':{'declarative':{'systemMessage':'hi'}}}"

static const struct {
	const char *spec, *object, *old;
	bool asked_in_v1alpha3, refused;
} stashes[] = {
	{ "a garbled stash of a v1alpha3 write is refused", STASHED("{}"), NULL, true, true },
	{ "one that stood there before is not", STASHED("{}"), STASHED("{}"), true, false },
	{ "one that is understood is not", STASHED("{\\'v\\':1}"), NULL, true, false },
	{ "the annotation of a v1alpha2 write is its own matter", STASHED("{}"), NULL, false,
		false },
};

static void review_stash(size_t i)
{
	AUTO(json_doc) struct json_doc *doc = read_object(stashes[i].object);
	AUTO(json_doc) struct json_doc *old = stashes[i].old ? read_object(stashes[i].old) : NULL;
	struct agent_policy policy = { .asked_in_v1alpha3 = stashes[i].asked_in_v1alpha3 };
	struct findings findings = { 0 };

	agent_validate(json_root(doc), (struct json_view){ old, 0 }, &policy, &findings);
	ck_assert_msg((findings.cause_count > 0) == stashes[i].refused, "%s", stashes[i].spec);
	if (stashes[i].refused)
		ck_assert_str_eq(findings.causes[0].field,
			"metadata.annotations[sandgate.dev/v1alpha2-fields]");
	told |= findings.told;
	findings_fini(&findings);
}

START_TEST(a_stash_is_not_lost_without_a_word)
{
	review_stash((size_t)_i);
}
END_TEST

static void review_a_large_block(void)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct agent_policy policy = { .serves_v1alpha3 = true };
	struct findings findings = { 0 };

	buffer_puts(&text,
		"{\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":\"SandboxAgent\",\"spec\":{"
		"\"declarative\":{\"systemMessage\":\"m\",\"deployment\":{\"annotations\":{\"a\":"
		"\"");
	for (int i = 0; i < 140000; i++)
		buffer_putc(&text, 'a');
	buffer_puts(&text, "\"}}}}}");
	ck_assert(json_doc_parse(&text, NULL, &doc, NULL));
	agent_validate(json_root(doc), (struct json_view){ 0 }, &policy, &findings);
	ck_assert_uint_eq(findings.cause_count, 1);
	ck_assert_int_eq(findings.causes[0].reason, FINDING_TOO_LONG);
	told |= findings.told;
	findings_fini(&findings);
	policy.serves_v1alpha3 = false;
	agent_validate(json_root(doc), (struct json_view){ 0 }, &policy, &findings);
	ck_assert_uint_eq(findings.cause_count, 0);
	findings_fini(&findings);
}

START_TEST(what_must_fit_into_v1alpha3_does)
{
	review_a_large_block();
}
END_TEST

/* What no case makes it tell may as well not be there. */
START_TEST(each_check_has_a_case)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		free(review(cases[i].object, NULL, false));
	for (size_t i = 0; i < COUNT(updates); i++)
		free(review(updates[i].object, updates[i].old, false));
	for (size_t i = 0; i < COUNT(stashes); i++)
		review_stash(i);
	review_a_large_block();
	for (int i = 0; i < CHECK_COUNT; i++)
		ck_assert_msg(told & UINT64_C(1) << i, "no case has: %s %s",
			agent_check_rules[i].at, agent_check_rules[i].says);
}
END_TEST

START_TEST(findings_are_bounded)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct findings findings = { 0 };

	buffer_puts(&text,
		"{\"spec\":{\"declarative\":{\"systemMessage\":\"m\"},\"sandbox\":{\"network\":"
		"{\"allowedDomains\":[\"x\"");
	for (int i = 0; i < 20000; i++)
		buffer_puts(&text, ",\"x\"");
	buffer_puts(&text, "]}}}}");
	ck_assert(json_doc_parse(&text, NULL, &doc, NULL));
	agent_validate(json_root(doc), (struct json_view){ 0 }, NULL, &findings);
	ck_assert_uint_eq(findings.cause_count, FINDINGS_MAX + 1);
	ck_assert_str_eq(
		findings.causes[FINDINGS_MAX].message, "there are more; only the first are listed");
	ck_assert_str_eq(findings.causes[0].field, "spec.sandbox.network.allowedDomains[0]");
	findings_fini(&findings);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent/validate");
	TCase *tests = tcase_create("validate");

	tcase_add_loop_test(tests, reviews_follow_spec, 0, COUNT(cases));
	tcase_add_loop_test(tests, a_value_of_any_kind_is_reviewed, 0, COUNT(cases));
	tcase_add_test(tests, a_public_suffix_can_be_refused);
	tcase_add_loop_test(tests, updates_follow_spec, 0, COUNT(updates));
	tcase_add_loop_test(tests, a_stash_is_not_lost_without_a_word, 0, COUNT(stashes));
	tcase_add_test(tests, what_must_fit_into_v1alpha3_does);
	tcase_add_test(tests, each_check_has_a_case);
	tcase_add_test(tests, findings_are_bounded);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
