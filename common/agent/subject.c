#include "agent/subject.h"

#include "base/text.h"

bool subject_init(struct subject *subject, const struct agent_settings *settings,
	const struct agent_world *world, struct json_view agent, struct error *err)
{
	const struct path *at = AT_KEY(AT_KEY(NULL, "spec"), "type");
	struct json_view spec = json_get(agent, "spec");
	const char *type = json_text_or(json_get(spec, "type"), "");
	bool byo = strcmp(type, "BYO") == 0;

	if (!byo && strcmp(type, "Declarative") != 0)
		return error_set(err, ERR_INVALID, at, "unknown agent type: %s", type);
	*subject = (struct subject){
		.settings = settings,
		.world = world,
		.agent = agent,
		.spec = spec,
		.name = json_text_or(json_dig(agent, "metadata", "name"), ""),
		.ns = json_text_or(json_dig(agent, "metadata", "namespace"), ""),
		.is_declarative = !byo,
	};
	if (!byo)
		subject->declarative = json_get(spec, "declarative");
	subject->deployment = json_dig(spec, byo ? "byo" : "declarative", "deployment");
	return true;
}

static enum agent_kind server_kind(const char *group, const char *kind)
{
	static const struct {
		const char *group, *kind;
		enum agent_kind is;
	} kinds[] = {
		{ "", "", AGENT_KIND_MCP_SERVER },
		{ "", "MCPServer", AGENT_KIND_MCP_SERVER },
		{ "kagent.dev", "MCPServer", AGENT_KIND_MCP_SERVER },
		{ "", "RemoteMCPServer", AGENT_KIND_REMOTE_MCP_SERVER },
		{ "kagent.dev", "RemoteMCPServer", AGENT_KIND_REMOTE_MCP_SERVER },
		{ "", "Service", AGENT_KIND_SERVICE },
		{ "core", "Service", AGENT_KIND_SERVICE },
	};

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].group, group) == 0 && strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].is;
	return AGENT_KIND_COUNT;
}

static enum agent_kind peer_kind(const char *kind)
{
	if (!*kind || strcmp(kind, "Agent") == 0)
		return AGENT_KIND_AGENT;
	return strcmp(kind, "SandboxAgent") == 0 ? AGENT_KIND_SANDBOX_AGENT : AGENT_KIND_COUNT;
}

struct subject_tool subject_tool(struct json_view tool, const char *agent_ns)
{
	struct json_view server = json_get(tool, "mcpServer");
	bool is_agent = !json_is_present(server);
	struct json_view ref = is_agent ? json_get(tool, "agent") : server;
	const char *kind = json_text_or(json_get(ref, "kind"), "");
	const char *group = json_text_or(json_get(ref, "apiGroup"), "");

	return (struct subject_tool){
		.is_agent = is_agent,
		.kind = is_agent ? peer_kind(kind) : server_kind(group, kind),
		.ns = subject_setting(json_text(json_get(ref, "namespace"), NULL), agent_ns),
		.name = json_text_or(json_get(ref, "name"), ""),
	};
}

const char *subject_setting(const char *value, const char *otherwise)
{
	return text_is_empty(value) ? otherwise : value;
}
