#include "agent/check.h"

#include <string.h>

#define NAMES_MAX 50 /* longer lists are refused as such by the rule table */

/* One tool under check. */
struct tool {
	const struct check *check;
	struct json_view tool;
	const struct path *at;
};

static bool is_text(struct json_view v, const char *text)
{
	return strcmp(json_text_or(v, ""), text) == 0;
}

static bool is_elsewhere(const struct tool *tool, struct json_view reference)
{
	const char *ns = json_text_or(json_get(reference, "namespace"), "");
	const char *own = json_text_or(json_dig(tool->check->object, "metadata", "namespace"), "");

	return ns[0] && own[0] && strcmp(ns, own) != 0;
}

static void check_agreement(const struct tool *tool)
{
	static const struct {
		const char *type, *block, *other;
	} kinds[] = { { "McpServer", "mcpServer", "Agent" }, { "Agent", "agent", "McpServer" } };
	struct findings *findings = tool->check->findings;
	struct json_view type = json_get(tool->tool, "type");

	for (size_t i = 0; i < COUNT(kinds); i++) {
		bool has_block = json_is_present(json_get(tool->tool, kinds[i].block));

		if (json_text_is(type, kinds[i].type) && !has_block)
			check_refuse(CHECK_TOOL_TYPE, findings, FINDING_REQUIRED,
				AT_KEY(tool->at, kinds[i].block), "is required when type is %s",
				kinds[i].type);
		if (json_text_is(type, kinds[i].other) && has_block)
			check_refuse(CHECK_TOOL_TYPE, findings, FINDING_FORBIDDEN,
				AT_KEY(tool->at, kinds[i].block),
				"belongs to type: %s, and type is %s: leave one out", kinds[i].type,
				kinds[i].other);
		if (!json_is_present(type) && has_block)
			check_refuse(CHECK_TOOL_TYPE, findings, FINDING_REQUIRED,
				AT_KEY(tool->at, "type"), "is required: write type: %s",
				kinds[i].type);
	}
	if (!json_is_present(type) && !json_is_present(json_get(tool->tool, "mcpServer")) &&
		!json_is_present(json_get(tool->tool, "agent")))
		check_refuse(CHECK_TOOL_TYPE, findings, FINDING_REQUIRED, tool->at,
			"a tool needs type: McpServer with mcpServer, or type: Agent with agent");
	if (json_is_present(json_get(tool->tool, "isolateSessions")) &&
		!json_text_is(type, "Agent"))
		check_refuse(CHECK_TOOL_SESSIONS, findings, FINDING_FORBIDDEN,
			AT_KEY(tool->at, "isolateSessions"),
			"can only be set when type is Agent: leave it out");
}

/* The servers that can be named, and whether other namespaces can be. */
static const struct {
	const char *kind, *group;
	bool stays_home;
} servers[] = {
	{ "", "", true },
	{ "MCPServer", "", true },
	{ "MCPServer", "kagent.dev", true },
	{ "RemoteMCPServer", "", false },
	{ "RemoteMCPServer", "kagent.dev", false },
	{ "Service", "", true },
	{ "Service", "core", true },
};

static void check_server_kind(
	const struct tool *tool, struct json_view server, const struct path *at)
{
	struct json_view kind = json_get(server, "kind"), group = json_get(server, "apiGroup");

	for (size_t i = 0; i < COUNT(servers); i++) {
		if (!is_text(kind, servers[i].kind) || !is_text(group, servers[i].group))
			continue;
		if (servers[i].stays_home && is_elsewhere(tool, server))
			check_refuse(CHECK_SERVER_NAMESPACE, tool->check->findings,
				FINDING_FORBIDDEN, AT_KEY(at, "namespace"),
				"\"%.80s\": a %s of another namespace cannot be used: name one of "
				"the agent's "
				"own, or a RemoteMCPServer",
				json_text_or(json_get(server, "namespace"), ""),
				servers[i].kind[0] ? servers[i].kind : "MCPServer");
		return;
	}
	check_refuse(CHECK_SERVER_KIND, tool->check->findings, FINDING_UNSUPPORTED,
		AT_KEY(at, "kind"),
		"\"%.60s\" of apiGroup \"%.60s\": must be RemoteMCPServer or MCPServer (of "
		"kagent.dev), or "
		"Service (of core)",
		json_text_or(kind, ""), json_text_or(group, ""));
}

static bool has_item(struct json_view list, const char *text)
{
	json_foreach (item, list) {
		if (json_text_is(item, text))
			return true;
	}
	return false;
}

static void check_approvals(const struct tool *tool)
{
	const struct path *at = AT_KEY(AT_KEY(tool->at, "mcpServer"), "requireApproval");
	struct json_view server = json_get(tool->tool, "mcpServer");
	struct json_view names = json_get(server, "toolNames");
	struct json_view approvals = json_get(server, "requireApproval");
	size_t i = 0;

	if (json_count(names) > NAMES_MAX || json_count(approvals) > NAMES_MAX)
		return;
	json_foreach (name, approvals) {
		const struct path *place = AT_INDEX(at, i++);

		if (json_text(name, NULL) && !has_item(names, json_text(name, NULL)))
			check_refuse(CHECK_APPROVALS, tool->check->findings, FINDING_INVALID, place,
				"\"%.80s\": must be one of toolNames: add it there too",
				json_text(name, NULL));
	}
}

static void check_server(const struct tool *tool)
{
	struct json_view server = json_get(tool->tool, "mcpServer");
	const struct path *at = AT_KEY(tool->at, "mcpServer");

	if (json_kind(server) == JSON_OBJECT)
		check_server_kind(tool, server, at);
}

static void check_agent(const struct tool *tool)
{
	struct json_view agent = json_get(tool->tool, "agent");
	const struct path *at = AT_KEY(tool->at, "agent");
	const char *kind = json_text_or(json_get(agent, "kind"), "");
	const char *name = json_text_or(json_get(agent, "name"), "");

	if (json_kind(agent) != JSON_OBJECT)
		return;
	if (kind[0] && strcmp(kind, "Agent") != 0 && strcmp(kind, "SandboxAgent") != 0)
		check_refuse(CHECK_AGENT_KIND, tool->check->findings, FINDING_UNSUPPORTED,
			AT_KEY(at, "kind"), "\"%.80s\": must be Agent or SandboxAgent", kind);
	if (strcmp(kind, "SandboxAgent") == 0 && !is_elsewhere(tool, agent) && name[0] &&
		json_text_is(json_dig(tool->check->object, "metadata", "name"), name))
		check_refuse(CHECK_AGENT_ITSELF, tool->check->findings, FINDING_INVALID,
			AT_KEY(at, "name"), "\"%.80s\": an agent cannot be its own tool", name);
}

static void check_headers(const struct tool *tool)
{
	size_t i = 0;

	json_foreach (header, json_get(tool->tool, "headersFrom")) {
		const struct path *place = AT_INDEX(AT_KEY(tool->at, "headersFrom"), i++);
		bool has_value = json_is_present(json_get(header, "value"));
		bool has_source = json_is_present(json_get(header, "valueFrom"));

		if (json_kind(header) == JSON_OBJECT && has_value == has_source)
			check_refuse(CHECK_HEADERS, tool->check->findings, FINDING_INVALID, place,
				has_value ? "has value and valueFrom: leave one out"
					  : "needs a value, or valueFrom that names a Secret or "
					    "ConfigMap");
	}
}

void check_tools(const struct check *check)
{
	struct json_view tools = json_dig(check->spec, "declarative", "tools");
	const struct path *at = AT_KEY(AT_KEY(AT_KEY(NULL, "spec"), "declarative"), "tools");
	size_t i = 0;

	json_foreach (item, tools) {
		struct tool tool = { check, item, AT_INDEX(at, i++) };

		if (json_kind(item) != JSON_OBJECT)
			continue;
		check_agreement(&tool);
		check_approvals(&tool);
		check_headers(&tool);
		if (check->is_byo)
			continue; /* the rest is looked at when the block is used */
		check_server(&tool);
		check_agent(&tool);
	}
}
