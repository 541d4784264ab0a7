#include "common/agent/fixture.h"

#define SERVER(name, spec)                                                                         \
	"---\nkind: RemoteMCPServer\nmetadata: {name: " name ", namespace: ns}\nspec: " spec "\n"
#define MCP(name, spec)                                                                            \
	"---\nkind: MCPServer\nmetadata: {name: " name ", namespace: ns}\nspec: " spec "\n"
#define SERVICE(name, annotations, ports)                                                          \
	"---\nkind: Service\nmetadata: {name: " name ", namespace: ns, annotations: {" annotations \
	"}}\nspec: {ports: [" ports "]}\n"
#define PEER(kind, name, spec)                                                                     \
	"---\nkind: " kind "\nmetadata: {name: " name ", namespace: ns}\nspec: " spec "\n"

#define HTTP(params, more) "'http_tools':[{'params':{" params "}" more "}],"
#define SSE(params, more)  "'sse_tools':[{'params':{" params "}" more "}],"
#define REMOTE             "kind: RemoteMCPServer, name: s"

static const struct agent_settings plain = { 0 };
static const struct agent_settings proxied = { .proxy_url = "https://proxy.test:9443/ignored" };
static const struct agent_settings unencrypted = { .mcp_egress_plaintext = true };
static const struct agent_settings named = { .controller_name = "gate",
	.controller_namespace = "sys" };

static const struct {
	const char *spec, *tools, *others, *want;
	const struct agent_settings *settings;
} cases[] = {
	{ "a remote server with all that can be set",
		"[{mcpServer: {" REMOTE
		", toolNames: [b, a], requireApproval: [a], allowedHeaders: [x]}}]",
		SERVER("s", "{url: 'http://h/m?q=1&r', timeout: 1500ms, sseReadTimeout: 5m0s, "
			    "terminateOnClose: true}"),
		HTTP("'url':'http://h/"
		     "m?q=1\\u0026r','headers':{},'timeout':1.5,'sse_read_timeout':300,'terminate_"
		     "on_close':true",
			",'tools':['b','a'],'allowed_headers':['x'],'require_approval':['a']"),
		&plain },
	{ "no tool names means all of them", "[{mcpServer: {" REMOTE ", apiGroup: kagent.dev}}]",
		SERVER("s", "{url: 'http://h/m'}"), HTTP("'url':'http://h/m','headers':{}", ""),
		&plain },
	{ "SSE has no terminate_on_close", "[{mcpServer: {" REMOTE "}}]",
		SERVER("s",
			"{url: 'http://h', protocol: SSE, timeout: 30s, terminateOnClose: true}"),
		SSE("'url':'http://h','headers':{},'timeout':30", ""), &plain },
	{ "TLS of a server", "[{mcpServer: {" REMOTE "}}]",
		SERVER("s", "{url: 'https://h', tls: {caCertSecretRef: ca, caCertSecretKey: k}}"),
		HTTP("'url':'https://"
		     "h','headers':{},'tls_insecure_skip_verify':false,'tls_ca_cert_path':'/etc/"
		     "ssl/certs/custom/ca/k','tls_disable_system_cas':false",
			""),
		&plain },
	{ "the tool's headers win over the server's; sorted",
		"[{mcpServer: {" REMOTE "}, headersFrom: [{name: B, value: tool}, {name: C, "
		"valueFrom: {type: ConfigMap, name: c, key: k}}]}]",
		SERVER("s",
			"{url: 'http://h', headersFrom: [{name: B, value: server}, {name: A, "
			"valueFrom: {type: Secret, name: sec, key: k}}]}") "---\nkind: "
									   "Secret\nmetadata: "
									   "{name: sec, namespace: "
									   "ns}\ndata: {k: "
									   "c2VjcmV0LTE=}\n"
									   "---\nkind: "
									   "ConfigMap\nmetadata: "
									   "{name: c, namespace: "
									   "ns}\ndata: {k: from "
									   "map}\n",
		HTTP("'url':'http://h','headers':{'A':'secret-1','B':'tool','C':'from map'}", ""),
		&plain },
	{ "an MCPServer", "[{mcpServer: {name: s}}]", MCP("s", "{deployment: {port: 3000}}"),
		HTTP("'url':'http://s.ns:3000/mcp','headers':{},'timeout':30", ""), &plain },
	{ "an MCPServer with a timeout of its own",
		"[{mcpServer: {name: s, kind: MCPServer, apiGroup: kagent.dev}}]",
		MCP("s", "{deployment: {port: 1}, timeout: 1m}"),
		HTTP("'url':'http://s.ns:1/mcp','headers':{},'timeout':60", ""), &plain },
	{ "a Service with one port", "[{mcpServer: {name: s, kind: Service}}]",
		SERVICE("s", "", "{port: 80}"), HTTP("'url':'http://s.ns:80/mcp','headers':{}", ""),
		&plain },
	{ "a Service with several ports: the one that says mcp",
		"[{mcpServer: {name: s, kind: Service, apiGroup: core}}]",
		SERVICE("s", "", "{port: 80}, {port: 81, appProtocol: MCP}"),
		HTTP("'url':'http://s.ns:81/mcp','headers':{}", ""), &plain },
	{ "annotations of a Service", "[{mcpServer: {name: s, kind: Service}}]",
		SERVICE("s",
			"kagent.dev/mcp-service-port: '99', kagent.dev/mcp-service-path: sse, "
			"kagent.dev/mcp-service-protocol: SSE",
			"{port: 80}"),
		SSE("'url':'http://s.ns:99sse','headers':{}", ""), &plain },
	{ "an unknown protocol annotation is HTTP", "[{mcpServer: {name: s, kind: Service}}]",
		SERVICE("s", "kagent.dev/mcp-service-protocol: sse", "{port: 80}"),
		HTTP("'url':'http://s.ns:80/mcp','headers':{}", ""), &plain },
	{ "an agent",
		"[{type: Agent, agent: {name: other-one}, headersFrom: [{name: H, value: v}]}]",
		PEER("Agent", "other-one", "{type: BYO, description: does <things>}"),
		"'remote_agents':[{'name':'ns__NS__other_one','url':'http://"
		"other-one.ns:8080','headers':{'H':'v'},'description':'does "
		"\\u003cthings\\u003e'}],",
		&plain },
	{ "a SandboxAgent is reached through the controller",
		"[{type: Agent, agent: {name: o, kind: SandboxAgent}}]",
		PEER("SandboxAgent", "o", "{type: Declarative}"),
		"'remote_agents':[{'name':'ns__NS__o','url':'http://gate.sys:8083/api/"
		"a2a-sandboxes/ns/o'}],",
		&named },
	{ "the proxy takes agents, MCPServers and Services",
		"[{agent: {name: o, kind: SandboxAgent}}, {mcpServer: {name: m}}]",
		PEER("SandboxAgent", "o", "{type: BYO}") MCP("m", "{deployment: {port: 5}}"),
		HTTP("'url':'https://proxy.test:9443/"
		     "mcp','headers':{'x-kagent-host':'m.ns'},'timeout':30",
			"") "'remote_agents':[{'name':'ns__NS__o','url':'https://proxy.test:9443/"
			    "api/a2a-sandboxes/ns/"
			    "o','headers':{'x-kagent-host':'kagent-controller.kagent'}}],",
		&proxied },
	{ "the proxy takes a server of the cluster by its full name", "[{mcpServer: {" REMOTE "}}]",
		SERVER("s", "{url: 'http://a.b.svc.cluster.local:1/p?q#f'}"),
		HTTP("'url':'https://proxy.test:9443/"
		     "p','headers':{'x-kagent-host':'a.b.svc.cluster.local'}",
			""),
		&proxied },
	{ "the proxy takes a server whose second label is a namespace",
		"[{mcpServer: {" REMOTE "}}]", SERVER("s", "{url: 'http://tool.ns'}"),
		HTTP("'url':'https://proxy.test:9443','headers':{'x-kagent-host':'tool.ns'}", ""),
		&proxied },
	{ "the proxy leaves other hosts alone", "[{mcpServer: {" REMOTE "}}]",
		SERVER("s", "{url: 'https://tool.example/x'}"),
		HTTP("'url':'https://tool.example/x','headers':{}", ""), &proxied },
	{ "plaintext egress names the port", "[{mcpServer: {" REMOTE "}}]",
		SERVER("s", "{url: 'https://h.test/x?y#z'}"),
		HTTP("'url':'http://h.test:443/x?y#z','headers':{}", ""), &unencrypted },
	{ "plaintext egress without a scheme, with a TLS block", "[{mcpServer: {" REMOTE "}}]",
		SERVER("s", "{url: 'h.test/x', tls: {}}"),
		HTTP("'url':'http://h.test:443/x','headers':{}", ""), &unencrypted },
	{ "plaintext egress leaves MCPServers alone", "[{mcpServer: {name: m}}]",
		MCP("m", "{deployment: {port: 5}}"),
		HTTP("'url':'http://m.ns:5/mcp','headers':{},'timeout':30", ""), &unencrypted },
};

START_TEST(tools_are_told_to_the_runtime)
{
	AUTO(text) char *more = text_format(", tools: %s", cases[_i].tools);
	AUTO(text) char *agent = declarative_yaml(more, "");
	AUTO(text) char *yaml = text_format(MODEL_M "%s%s", agent, cases[_i].others);
	AUTO(text)
	char *want = text_format("{'model':{'type':'openai','model':'gpt','base_url':''},'"
				 "description':'','instruction':'hi',%s'stream':false}",
		cases[_i].want);
	struct cluster cluster = cluster_new(yaml);
	struct agent_objects objects = translated(cases[_i].spec, &cluster, cases[_i].settings);

	want_text(cases[_i].spec, string_at(objects.secret, CONFIG_PATH), want);
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

#define AT "spec.declarative.tools[0]"

static const struct {
	const char *spec, *tools, *others, *path, *says;
	const struct agent_settings *settings;
} refused[] = {
	{ "a tool of nothing", "[{type: McpServer}]", "", AT,
		"tool must have a provider or tool server", &plain },
	{ "a tool of type Agent without one", "[{type: Agent}]", "", AT,
		"tool must have an agent reference", &plain },
	{ "an unknown server kind", "[{mcpServer: {name: s, kind: Foo, apiGroup: x.y}}]", "",
		AT ".mcpServer", "unknown tool server type: Foo.x.y", &plain },
	{ "an unknown server kind without a group", "[{mcpServer: {name: s, kind: Foo}}]", "",
		AT ".mcpServer", "unknown tool server type: Foo", &plain },
	{ "an unknown agent kind", "[{agent: {name: s, kind: Foo}}]", "", AT,
		"unsupported agent tool kind \"Foo\" for agent ns/s", &plain },
	{ "a missing server", "[{mcpServer: {" REMOTE "}}]", "", AT ".mcpServer",
		"RemoteMCPServer ns/s not found", &plain },
	{ "a missing agent", "[{type: Agent, agent: {name: o}}]", "", AT, "Agent ns/o not found",
		&plain },
	{ "an agent of no type", "[{agent: {name: o}}]", PEER("Agent", "o", "{type: Other}"),
		AT ".agent", "unknown agent type: Other", &plain },
	{ "itself", "[{type: Agent, agent: {name: a, kind: SandboxAgent}}]", "", AT,
		"agent tool cannot be used to reference itself, ns/a", &plain },
	{ "a cycle", "[{type: Agent, agent: {name: o}}]",
		PEER("Agent", "o",
			"{type: Declarative, declarative: {tools: [{type: Agent, agent: {name: a, "
			"kind: SandboxAgent}}]}}"),
		AT, "cycle detected in agent tool chain: ns/a -> ns/a", &plain },
	{ "an MCPServer without a port", "[{mcpServer: {name: s}}]", MCP("s", "{}"),
		AT ".mcpServer", "cannot determine port for MCP server s", &plain },
	{ "a Service with ports that do not say mcp", "[{mcpServer: {name: s, kind: Service}}]",
		SERVICE("s", "", "{port: 1}, {port: 2}"), AT ".mcpServer",
		"no port found for service s with protocol STREAMABLE_HTTP", &plain },
	{ "a port annotation that is no number", "[{mcpServer: {name: s, kind: Service}}]",
		SERVICE("s", "kagent.dev/mcp-service-port: http", "{port: 1}"), AT ".mcpServer",
		"port in annotation kagent.dev/mcp-service-port is not a valid integer: \"http\"",
		&plain },
	{ "a duration that is none", "[{mcpServer: {" REMOTE "}}]",
		SERVER("s", "{url: 'http://h', timeout: soon}"), AT ".mcpServer",
		"RemoteMCPServer ns/s: \"soon\" is not a duration: write it as \"30s\"", &plain },
	{ "a header from a Secret that is not there",
		"[{mcpServer: {" REMOTE
		"}, headersFrom: [{name: H, valueFrom: {type: Secret, name: gone, key: k}}]}]",
		SERVER("s", "{url: 'http://h'}"), AT ".headersFrom[0].valueFrom",
		"Secret ns/gone not found", &plain },
	{ "a header from a key that is not there",
		"[{mcpServer: {" REMOTE
		"}, headersFrom: [{name: H, valueFrom: {type: ConfigMap, name: c, key: k}}]}]",
		"---\nkind: ConfigMap\nmetadata: {name: c, namespace: ns}\n",
		AT ".headersFrom[0].valueFrom", "key k not found in ConfigMap ns/c", &plain },
	{ "the server's own header", "[{mcpServer: {" REMOTE "}}]",
		SERVER("s", "{url: 'http://h', headersFrom: [{name: H, valueFrom: {type: Secret, "
			    "name: gone, key: k}}]}"),
		AT ".mcpServer", "headers of RemoteMCPServer ns/s: Secret ns/gone not found",
		&plain },
};

START_TEST(a_wrong_tool_is_named)
{
	AUTO(text) char *more = text_format(", tools: %s", refused[_i].tools);
	AUTO(text) char *agent = declarative_yaml(more, "");
	AUTO(text) char *yaml = text_format(MODEL_M "%s%s", agent, refused[_i].others);
	struct cluster cluster = cluster_new(yaml);
	struct agent_objects objects = { 0 };
	struct error err;

	ck_assert_msg(!try_translate(&cluster, refused[_i].settings, &objects, &err), "%s: passes",
		refused[_i].spec);
	ck_assert_msg(strcmp(err.text, refused[_i].says) == 0, "%s\n got: %s\nwant: %s",
		refused[_i].spec, err.text, refused[_i].says);
	ck_assert_msg(strcmp(err.path, refused[_i].path) == 0, "%s\n got: %s\nwant: %s",
		refused[_i].spec, err.path, refused[_i].path);
	cluster_free(&cluster);
}
END_TEST

START_TEST(a_chain_of_ten_agents_is_the_longest)
{
	AUTO(buffer) struct buffer yaml = { 0 };
	AUTO(text)
	char *first = declarative_yaml(", tools: [{type: Agent, agent: {name: c1}}]", "");
	int length = 10 + _i;
	struct agent_objects objects = { 0 };
	struct cluster cluster;
	struct error err;
	bool ok;

	buffer_puts(&yaml, MODEL_M);
	buffer_puts(&yaml, first);
	for (int i = 1; i <= length; i++) {
		buffer_printf(&yaml,
			"---\nkind: Agent\nmetadata: {name: c%d, namespace: ns}\nspec:\n", i);
		buffer_puts(&yaml, "  type: Declarative\n  declarative:\n    tools:\n");
		if (i < length)
			buffer_printf(&yaml, "    - {type: Agent, agent: {name: c%d}}\n", i + 1);
		else
			buffer_puts(&yaml, "    - {type: none}\n");
	}
	cluster = cluster_new(yaml.data);
	ok = try_translate(&cluster, &plain, &objects, &err);
	ck_assert_int_eq(ok, _i == 0);
	if (!ok)
		ck_assert_str_eq(
			err.text, "recursion limit reached in agent tool chain: ns/c11 -> ns/c11");
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

/* Two ways to the same agent are no cycle, and a wide graph is walked once. */
START_TEST(a_shared_tool_is_no_cycle)
{
	AUTO(buffer) struct buffer yaml = { 0 };
	AUTO(text)
	char *first = declarative_yaml(
		", tools: [{type: Agent, agent: {name: l1-0}}, {type: Agent, agent: {name: l1-1}}]",
		"");
	struct agent_objects objects;
	struct cluster cluster;

	buffer_puts(&yaml, MODEL_M);
	buffer_puts(&yaml, first);
	for (int level = 1; level <= 9; level++)
		for (int i = 0; i < 2; i++)
			buffer_printf(&yaml,
				"---\nkind: Agent\nmetadata: {name: l%d-%d, namespace: ns}\nspec: "
				"{type: "
				"Declarative, declarative: {tools: [{type: %s, agent: {name: "
				"l%d-0}}, {type: "
				"%s, agent: {name: l%d-1}}]}}\n",
				level, i, level < 9 ? "Agent" : "none", level + 1,
				level < 9 ? "Agent" : "none", level + 1);
	cluster = cluster_new(yaml.data);
	objects = translated("wide graph", &cluster, &plain);
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

#define ALLOWS(from)                                                                               \
	"---\nkind: RemoteMCPServer\nmetadata: {name: s, namespace: far}\nspec: {url: "            \
	"'http://h', "                                                                             \
	"allowedNamespaces: " from "}\n"
#define FAR_SERVER "mcpServer: {" REMOTE ", namespace: far}"
#define LABELLED   "---\nkind: Namespace\nmetadata: {name: ns, labels: {team: red, tier: '1'}}\n"

static const char *const watched[] = { "ns", NULL };
static const struct agent_settings watching = { .watch_namespaces = watched };

static const struct {
	const char *spec, *tool, *others, *says; /* says NULL = allowed */
	const struct agent_settings *settings;
} across[] = {
	{ "All", FAR_SERVER, ALLOWS("{from: All}"), NULL, &plain },
	{ "nothing said means the same namespace", FAR_SERVER, ALLOWS("{}"),
		"cross-namespace reference to RemoteMCPServer far/s is not allowed from namespace "
		"ns",
		&plain },
	{ "Same", FAR_SERVER, ALLOWS("{from: Same}"),
		"cross-namespace reference to RemoteMCPServer far/s is not allowed from namespace "
		"ns",
		&plain },
	{ "a selector that matches", FAR_SERVER,
		LABELLED ALLOWS("{from: Selector, selector: {matchLabels: {team: red}, "
				"matchExpressions: [{key: tier, operator: In, values: ['1']}, "
				"{key: x, operator: DoesNotExist}, {key: team, operator: NotIn, "
				"values: [blue]}, {key: team, operator: Exists}]}}"),
		NULL, &plain },
	{ "a selector that does not", FAR_SERVER,
		LABELLED ALLOWS("{from: Selector, selector: {matchLabels: {team: blue}}}"),
		"cross-namespace reference to RemoteMCPServer far/s is not allowed from namespace "
		"ns",
		&plain },
	{ "an empty selector matches all", FAR_SERVER, ALLOWS("{from: Selector, selector: {}}"),
		NULL, &plain },
	{ "a selector that is missing", FAR_SERVER, ALLOWS("{from: Selector}"),
		"failed to check cross-namespace reference for RemoteMCPServer far/s: selector "
		"must be specified when from is Selector",
		&plain },
	{ "an unknown operator", FAR_SERVER,
		ALLOWS("{from: Selector, selector: {matchExpressions: [{key: a, operator: "
		       "Like}]}}"),
		"failed to check cross-namespace reference for RemoteMCPServer far/s: invalid "
		"label selector: \"Like\" is not a valid label selector operator",
		&plain },
	{ "a selector that is not in nothing", FAR_SERVER,
		ALLOWS("{from: Selector, selector: {matchExpressions: [{key: a, operator: "
		       "NotIn}]}}"),
		"failed to check cross-namespace reference for RemoteMCPServer far/s: invalid "
		"label selector: NotIn of \"a\" needs values",
		&plain },
	{ "a selector that is in nothing", FAR_SERVER,
		ALLOWS("{from: Selector, selector: {matchExpressions: [{key: a, operator: In, "
		       "values: []}]}}"),
		"failed to check cross-namespace reference for RemoteMCPServer far/s: invalid "
		"label selector: In of \"a\" needs values",
		&plain },
	{ "a selector that exists with values", FAR_SERVER,
		LABELLED ALLOWS("{from: Selector, selector: {matchExpressions: [{key: team, "
				"operator: Exists, values: [blue]}]}}"),
		"failed to check cross-namespace reference for RemoteMCPServer far/s: invalid "
		"label selector: Exists of \"team\" takes no values",
		&plain },
	{ "a selector with a value that no label has", FAR_SERVER,
		ALLOWS("{from: Selector, selector: {matchExpressions: [{key: a, operator: "
		       "NotIn, values: ['b@d']}]}}"),
		"failed to check cross-namespace reference for RemoteMCPServer far/s: invalid "
		"label selector: NotIn of \"a\": \"b@d\" is no label value",
		&plain },
	{ "a selector without a key", FAR_SERVER,
		ALLOWS("{from: Selector, selector: {matchExpressions: [{key: '', operator: "
		       "DoesNotExist}]}}"),
		"failed to check cross-namespace reference for RemoteMCPServer far/s: invalid "
		"label selector: an expression has no key",
		&plain },
	{ "an unknown from", FAR_SERVER, ALLOWS("{from: Some}"),
		"failed to check cross-namespace reference for RemoteMCPServer far/s: unknown from "
		"value: Some",
		&plain },
	{ "a namespace that is not watched", FAR_SERVER, ALLOWS("{from: All}"),
		"cannot reference RemoteMCPServer far/s: namespace \"far\" is not watched by the "
		"controller",
		&watching },
	{ "an MCPServer", "mcpServer: {name: s, namespace: far}", "",
		"cross-namespace reference to MCPServer far/s is not allowed from namespace ns: "
		"MCPServer does not support cross-namespace references",
		&plain },
	{ "a Service", "mcpServer: {name: s, kind: Service, namespace: far}", "",
		"cross-namespace reference to Service far/s is not allowed from namespace ns: "
		"Service does not support cross-namespace references",
		&plain },
	{ "an agent", "type: Agent, agent: {name: o, namespace: far}",
		"---\nkind: Agent\nmetadata: {name: o, namespace: far}\nspec: {type: BYO}\n",
		"cross-namespace reference to agent far/o is not allowed from namespace ns",
		&plain },
	{ "a SandboxAgent that allows it",
		"type: Agent, agent: {name: o, kind: SandboxAgent, namespace: far}",
		"---\nkind: SandboxAgent\nmetadata: {name: o, namespace: far}\nspec: {type: BYO, "
		"allowedNamespaces: {from: All}}\n",
		NULL, &plain },
};

START_TEST(other_namespaces_decide_who_uses_their_tools)
{
	AUTO(text) char *more = text_format(", tools: [{%s}]", across[_i].tool);
	AUTO(text) char *agent = declarative_yaml(more, "");
	AUTO(text) char *yaml = text_format(MODEL_M "%s%s", agent, across[_i].others);
	struct cluster cluster = cluster_new(yaml);
	struct agent_objects objects = { 0 };
	struct error err;
	bool ok = try_translate(&cluster, across[_i].settings, &objects, &err);

	ck_assert_msg(ok == !across[_i].says, "%s: %s", across[_i].spec, err.text);
	if (!ok)
		ck_assert_msg(strcmp(err.text, across[_i].says) == 0, "%s\n got: %s\nwant: %s",
			across[_i].spec, err.text, across[_i].says);
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, tools_are_told_to_the_runtime, 0, COUNT(cases));
	tcase_add_loop_test(tcase, a_wrong_tool_is_named, 0, COUNT(refused));
	tcase_add_loop_test(tcase, a_chain_of_ten_agents_is_the_longest, 0, 2);
	tcase_add_test(tcase, a_shared_tool_is_no_cycle);
	tcase_add_loop_test(tcase, other_namespaces_decide_who_uses_their_tools, 0, COUNT(across));
}

FIXTURE_MAIN("tools", add)
