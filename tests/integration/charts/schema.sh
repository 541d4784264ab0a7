# What the CRDs say, accept and refuse on a real API server. Sourced by run.
# shellcheck shell=bash disable=SC2154 # $scratch, $here and $helm are set elsewhere

schema_documents() {
	check "every field of ours is explained" all_fields_explained
	check "explain reaches our own fields" explains sandboxagent.spec.sandbox.filesystem 'allowWrite.*<\[\]string>'
	check "explain reaches embedded fields" explains sandboxagent.spec.declarative.deployment.env.valueFrom 'secretKeyRef'
	check "explain reaches the deepest ones" explains \
		sandboxagent.spec.byo.deployment.extraContainers.livenessProbe.httpGet.httpHeaders 'value.*<string>'
	check "explain reaches ModelConfig" explains modelconfig.spec.openAI.tokenExchange.gdchServiceAccount 'audience'
	check "explain reaches RemoteMCPServer" explains remotemcpserver.spec.allowedNamespaces.selector 'matchExpressions'
	check "the columns are NAME READY ACCEPTED" equals "NAME READY ACCEPTED" columns sandboxagents
	check "ModelConfigs show provider and model" equals "NAME PROVIDER MODEL" columns modelconfigs
	check "RemoteMCPServers show protocol, URL and acceptance" equals "NAME PROTOCOL URL ACCEPTED" columns remotemcpservers
	check "v1alpha3 is there but not served" equals "v1alpha2=true v1alpha3=false " kubectl get crd \
		sandboxagents.kagent.dev -o 'jsonpath={range .spec.versions[*]}{.name}={.served} {end}'
}

explains() {
	kubectl explain "$1" | grep -E -- "$2"
}

# Read where `kubectl explain` reads it.
all_fields_explained() {
	kubectl explain sandboxagent --recursive >/dev/null &&
		kubectl get --raw /openapi/v3/apis/kagent.dev/v1alpha2 | python3 -c '
import json, sys

silent = []
def walk(node, path):
    for name, child in node.get("properties", {}).items():
        if not path.endswith(".metadata") and "description" not in child:
            silent.append(f"{path}.{name}")
        walk(child, f"{path}.{name}")
    walk(node["items"], path + "[]") if "items" in node else None

schemas = json.load(sys.stdin)["components"]["schemas"]
kinds = {name: node for name, node in schemas.items() if "x-kubernetes-group-version-kind" in node}
for kind in ("SandboxAgent", "ModelConfig", "RemoteMCPServer"):
    walk(kinds[f"dev.kagent.v1alpha2.{kind}"], kind)
# The API server adds these two itself; the metadata of a volume claim template is a bare pair of maps.
silent = [path for path in silent if "volumeClaimTemplate.metadata" not in path]
print("\n".join(silent))
sys.exit(bool(silent))'
}

columns() {
	kubectl get crd "$1.kagent.dev" -o json | python3 -c '
import json, sys
columns = json.load(sys.stdin)["spec"]["versions"][0]["additionalPrinterColumns"]
print("NAME", *(c["name"].upper() for c in columns))'
}

# Every object of the translation goldens is admitted. Where an object has a field that no schema has, it is dropped.
schema_objects() {
	local input

	while read -r input; do
		check "admitted: $(basename "$(dirname "$input")")" admits_golden "$input"
	done < <(find tests/golden -path '*translat*' -name input.yaml | sort)
	check "every row of srt's domains is judged as the grammar says" "$here/domains" tests/golden/domains/srt-domains.tsv
	check "defaults are filled in" equals "Declarative agent-sandbox python main Same 5 2" defaults
	check "unknown fields are dropped" equals "" kubectl create --dry-run=server --validate=ignore \
		-o 'jsonpath={.spec.declarative.description}' -f - < <(agent '{declarative: {description: x, systemMessage: m}}')
	check "an entry that was stored before the rule may stay" old_entries_stay
}

admits_golden() {
	local objects

	objects=$(python3 - "$1" <<'END'
import sys
import yaml

case = yaml.safe_load(open(sys.argv[1]))
for item in case["objects"]:
    if item["kind"] in ("Agent", "SandboxAgent"):
        item["kind"] = "SandboxAgent"
        for tool in item["spec"].get("declarative", {}).get("tools", []):
            # Some of kagent's own inputs spell the type in a way that its CRD refuses.
            tool["type"] = {"MCPServer": "McpServer"}.get(tool["type"], tool["type"])
    elif not item["apiVersion"].startswith("kagent.dev/v1alpha2"):
        continue
    item["metadata"]["namespace"] = "test"
    print("---\n" + yaml.safe_dump(item))
END
	)
	[ -n "$objects" ] && kubectl create --dry-run=server --validate=ignore -f - <<<"$objects"
}

defaults() {
	agent '{allowedNamespaces: {}, skills: {gitRefs: [{url: u}]}, declarative: {systemMessage: m, context: {compaction: {}}}}' |
		kubectl create --dry-run=server -f - -o 'jsonpath={.spec.type} {.spec.platform} {.spec.declarative.runtime} {.spec.skills.gitRefs[0].ref} {.spec.allowedNamespaces.from} {.spec.declarative.context.compaction.compactionInterval} {.spec.declarative.context.compaction.overlapSize}'
}

# The rule on domains is younger than the field: put an object in while the CRD has no pattern, then change another field.
old_entries_stay() {
	local pattern='{.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.sandbox.properties.network.properties.allowedDomains.items}'

	kubectl get crd sandboxagents.kagent.dev -o "jsonpath=$pattern" | grep -q pattern || return 1
	kubectl patch crd sandboxagents.kagent.dev --type json -p '[{"op":"remove","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/sandbox/properties/network/properties/allowedDomains/items/pattern"}]' || return 1
	agent '{declarative: {systemMessage: m}, sandbox: {network: {allowedDomains: ["*bad.example"]}}}' >"$scratch/old"
	soon kubectl create -f "$scratch/old" || return 1
	kubectl apply --server-side --force-conflicts -f charts/sandgate/files/crds/sandboxagents.kagent.dev.yaml || return 1
	soon fails_with 'should match' kubectl -n test patch sandboxagent a --dry-run=server --type merge \
		-p '{"spec":{"sandbox":{"network":{"allowedDomains":["*worse.example"]}}}}' || return 1
	kubectl -n test patch sandboxagent a --type merge -p '{"spec":{"description":"changed"}}' || return 1
	kubectl -n test delete sandboxagent a
}

# refuses KIND MESSAGE SPEC
refuses() {
	"$1" "$3" >"$scratch/object"
	check "$1: $2" fails_with "$2" kubectl create --dry-run=server -f "$scratch/object"
}

# accepts NAME KIND SPEC
accepts() {
	"$2" "$3" >"$scratch/object"
	check "$1" kubectl create --dry-run=server -f "$scratch/object"
}

schema_rules() {
	agent_rules
	tool_rules
	model_rules
	server_rules
}

agent_rules() {
	local d='declarative: {systemMessage: m}'

	accepts "an agent without a spec is for the controller to judge" agent 'null'
	accepts "both blocks may be there" agent "{$d, byo: {deployment: {image: i}}}"
	refuses agent 'spec.skills is not supported when spec.platform is substrate' "{platform: substrate, skills: {}, $d}"
	refuses agent 'spec.substrate may only be set when spec.platform is substrate' \
		"{substrate: {workerPoolRef: {name: p}}, $d}"
	refuses agent 'BYO agents are not supported when spec.platform is substrate' \
		'{platform: substrate, type: BYO, byo: {deployment: {image: i}}}'
	refuses agent 'Unsupported value: "Other": supported values: "Declarative", "BYO"' "{type: Other, $d}"
	refuses agent 'declarative must be specified if type is Declarative, or byo must be specified if type is BYO' '{}'
	refuses agent 'declarative must be specified if type is Declarative, or byo must be specified if type is BYO' \
		"{type: BYO, $d}"
	refuses agent 'systemMessage and systemMessageFrom are mutually exclusive' \
		'{declarative: {systemMessage: m, systemMessageFrom: {type: ConfigMap, name: c, key: k}}}'
	refuses agent 'serviceAccountName and serviceAccountConfig are mutually exclusive' \
		'{declarative: {systemMessage: m, deployment: {serviceAccountName: s, serviceAccountConfig: {}}}}'
	refuses agent 'serviceAccountName and serviceAccountConfig are mutually exclusive' \
		'{type: BYO, byo: {deployment: {image: i, serviceAccountName: s, serviceAccountConfig: {}}}}'
	refuses agent 'selector must be specified when from is Selector' "{allowedNamespaces: {from: Selector}, $d}"
	refuses agent 'spec.skills.refs in body should have at least 1 items' "{skills: {refs: []}, $d}"
	refuses agent 'spec.skills.refs: Too many: 21: must have at most 20 items' \
		"{skills: {refs: [$(printf 'a,%.0s' {1..21})]}, $d}"
	refuses agent 'spec.declarative.memory.modelConfig: Required value' '{declarative: {systemMessage: m, memory: {}}}'
	refuses agent 'spec.iconUrl in body must be of type uri: "icon.png"' "{iconUrl: icon.png, $d}"
	refuses agent 'spec.sandbox.rollout: Unsupported value: "Never": supported values: "WhenIdle", "Immediate", "Manual"' \
		"{sandbox: {rollout: Never}, $d}"
	refuses agent 'spec.sandbox.network.allowedDomains[1]' "{sandbox: {network: {allowedDomains: [a.b, '*example.com']}}, $d}"
	refuses agent 'spec.sandbox.network.deniedDomains[0]' "{sandbox: {network: {deniedDomains: ['https://a.b/']}}, $d}"
	refuses agent 'spec.sandbox.filesystem.allowWrite[0] in body should be at least 1 chars long' \
		"{sandbox: {filesystem: {allowWrite: ['']}}, $d}"
	accepts "a quantity may be a number or text" agent \
		'{declarative: {systemMessage: m, deployment: {resources: {limits: {cpu: 1, memory: 1Gi}}}}}'
	refuses agent 'deployment.resources.limits.cpu in body should match' \
		'{declarative: {systemMessage: m, deployment: {resources: {limits: {cpu: much}}}}}'
	refuses agent 'extraContainers[0].env[1]: Duplicate value' \
		'{declarative: {systemMessage: m, deployment: {extraContainers: [{name: c, env: [{name: A}, {name: A}]}]}}}'
	accepts "the agent's own variables may repeat a name" agent \
		'{declarative: {systemMessage: m, deployment: {env: [{name: A}, {name: A}]}}}'
}

tool_rules() {
	local text tool

	while IFS='|' read -r text tool; do
		refuses agent "$text" "{declarative: {systemMessage: m, tools: [$tool]}}"
	done <<-'END'
		type.mcpServer must be nil if the type is not McpServer|{type: Agent, agent: {name: a}, mcpServer: {name: s}}
		type.mcpServer must be specified for McpServer filter.type|{type: McpServer}
		type.agent must be nil if the type is not Agent|{type: McpServer, agent: {name: a}, mcpServer: {name: s}}
		type.agent must be specified for Agent filter.type|{type: Agent}
		isolateSessions can only be set when type is Agent|{type: McpServer, mcpServer: {name: s}, isolateSessions: false}
		each RequireApproval entry must also appear in ToolNames|{type: McpServer, mcpServer: {name: s, toolNames: [a], requireApproval: [b]}}
		Exactly one of value or valueFrom must be specified|{type: Agent, agent: {name: a}, headersFrom: [{name: H}]}
		Unsupported value: "MCPServer"|{type: MCPServer, mcpServer: {name: s}}
	END
}

model_rules() {
	local text spec block provider

	accepts "a model alone is an OpenAI one" model '{model: m}'
	while IFS=: read -r block provider spec; do
		refuses model "provider.$block must be nil if the provider is not $provider" \
			"{model: m, provider: $([ "$provider" = Ollama ] && echo OpenAI || echo Ollama), $block: $spec}"
	done <<-'END'
		openAI:OpenAI:{}
		anthropic:Anthropic:{}
		azureOpenAI:AzureOpenAI:{azureEndpoint: e, apiVersion: v}
		ollama:Ollama:{}
		gemini:Gemini:{}
		geminiVertexAI:GeminiVertexAI:{projectID: p, location: l}
		anthropicVertexAI:AnthropicVertexAI:{projectID: p, location: l}
		bedrock:Bedrock:{region: r}
		sapAICore:SAPAICore:{baseUrl: b}
	END
	while IFS='|' read -r text spec; do
		refuses model "$text" "{model: m, $spec}"
	done <<-'END'
		apiKeySecret must be set if apiKeySecretKey is set|apiKeySecretKey: k
		apiKeySecretKey must be set if apiKeySecret is set (except for Bedrock and SAPAICore providers)|apiKeySecret: s
		apiKeyPassthrough and apiKeySecret are mutually exclusive|apiKeyPassthrough: true, apiKeySecret: s, apiKeySecretKey: k
		apiKeyPassthrough must be false if provider is Gemini;GeminiVertexAI;AnthropicVertexAI|provider: Gemini, apiKeyPassthrough: true
		openAI.tokenExchange requires apiKeySecret (the service account secret)|openAI: {tokenExchange: {type: GDCHServiceAccount, gdchServiceAccount: {audience: a}}}
		openAI.tokenExchange and apiKeyPassthrough are mutually exclusive|apiKeyPassthrough: true, openAI: {tokenExchange: {type: GDCHServiceAccount, gdchServiceAccount: {audience: a}}}
		openAI.tokenExchange type GDCHServiceAccount requires openAI.tokenExchange.gdchServiceAccount|apiKeySecret: s, apiKeySecretKey: k, openAI: {tokenExchange: {type: GDCHServiceAccount}}
		caCertSecretKey requires caCertSecretRef|tls: {caCertSecretKey: k}
		caCertSecretRef requires caCertSecretKey|tls: {caCertSecretRef: r}
		disableSystemCAs requires caCertSecretRef or disableVerify (trust-nothing config rejects every upstream)|tls: {disableSystemCAs: true}
		spec.provider: Unsupported value: "Other"|provider: Other
	END
	accepts "Bedrock needs no key in its Secret" model '{model: m, provider: Bedrock, bedrock: {region: r}, apiKeySecret: s}'
	accepts "Bedrock's further fields are kept" model \
		'{model: m, provider: Bedrock, bedrock: {region: r, additionalModelRequestFields: {a: {b: [1]}}}}'
}

server_rules() {
	refuses server 'spec.description: Required value' '{url: "http://a"}'
	refuses server 'spec.url in body should be at least 1 chars long' '{description: d, url: ""}'
	refuses server 'spec.tls must be unset when spec.url has http:// scheme: a TLS opinion contradicts a plaintext URL. Either drop spec.tls, or use https:// / a scheme-less URL.' \
		'{description: d, url: "http://a", tls: {}}'
	refuses server "spec.allowedNamespaces must not permit cross-namespace access (from: All or from: Selector) when spec.tls.caCertSecretRef is set: a pinned CA Secret is mounted onto the consuming agent's pod and Kubernetes resolves it in the agent's namespace, not this RemoteMCPServer's. Use from: Same (the default), or remove the CA Secret reference." \
		'{description: d, url: "https://a", allowedNamespaces: {from: All}, tls: {caCertSecretRef: r, caCertSecretKey: k}}'
	accepts "a server with its own CA for its own namespace" server \
		'{description: d, url: "https://a", tls: {caCertSecretRef: r, caCertSecretKey: k}}'
}
