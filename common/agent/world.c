#include "agent/world.h"

const char *const agent_kind_names[AGENT_KIND_COUNT] = {
	[AGENT_KIND_SANDBOX_AGENT] = "SandboxAgent",
	[AGENT_KIND_AGENT] = "Agent",
	[AGENT_KIND_MODEL_CONFIG] = "ModelConfig",
	[AGENT_KIND_REMOTE_MCP_SERVER] = "RemoteMCPServer",
	[AGENT_KIND_MCP_SERVER] = "MCPServer",
	[AGENT_KIND_SERVICE] = "Service",
	[AGENT_KIND_CONFIG_MAP] = "ConfigMap",
	[AGENT_KIND_SECRET] = "Secret",
	[AGENT_KIND_NAMESPACE] = "Namespace",
};

bool world_need(const struct agent_world *world, enum agent_kind kind, const char *ns,
	const char *name, const struct path *at, struct json_view *out, struct error *err)
{
	struct error found = { 0 };
	const char *slash = *ns ? "/" : "";

	if (world->get(world->context, kind, ns, name, out, &found))
		return true;
	switch (found.code) {
	case ERR_PENDING:
		break;
	case ERR_NOT_FOUND:
		return error_set(err, ERR_NOT_FOUND, at, "%s %s%s%s not found",
			agent_kind_names[kind], ns, slash, name);
	case ERR_DENIED:
		return error_set(err, ERR_DENIED, at, "%s %s%s%s may not be read: %s",
			agent_kind_names[kind], ns, slash, name, found.text);
	default:
		error_set(&found, found.code, at, "%s %s%s%s cannot be read: %s",
			agent_kind_names[kind], ns, slash, name, found.text);
		break;
	}
	if (err)
		*err = found;
	return false;
}
