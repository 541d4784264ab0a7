/* The agent under translation, and what everybody who works on it needs. All borrowed. Internal to this room. */
#ifndef AGENT_SUBJECT_H
#define AGENT_SUBJECT_H

#include "agent/translate.h"

struct subject {
	const struct agent_settings *settings;
	const struct agent_world *world;
	struct json_view agent;
	struct json_view spec;
	struct json_view declarative; /* nothing for BYO */
	struct json_view deployment; /* of the selected type; may be nothing */
	const char *name;
	const char *ns;
	bool is_declarative;
};

/* How agents refer to each other and to tool servers. */
struct subject_tool {
	bool is_agent;
	enum agent_kind kind; /* AGENT_KIND_COUNT: not one that tools can have */
	const char *ns; /* the agent's own when the reference names none */
	const char *name;
};

/* Reads `metadata`, `spec` and the selected type. ERR_INVALID: "unknown agent type: ...". */
MUST_USE bool subject_init(struct subject *subject, const struct agent_settings *settings,
	const struct agent_world *world, struct json_view agent, struct error *err);

/* The kind of the object alone; `name` is "" when the tool has neither mcpServer nor agent. */
struct subject_tool subject_tool(struct json_view tool, const char *agent_ns);

/* The setting, or `otherwise` when it is NULL or "". */
const char *subject_setting(const char *value, const char *otherwise);

#endif
