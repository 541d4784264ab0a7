#include "agent/graph.h"

#include "base/text.h"

struct node {
	enum agent_kind kind;
	const char *ns; /* borrowed from the world */
	const char *name;
	bool open; /* on the way we came */
	unsigned height; /* longest chain below, once closed */
};

struct walk {
	const struct agent_world *world;
	struct node *nodes;
	size_t count;
};

static size_t find(const struct walk *walk, enum agent_kind kind, const char *ns, const char *name)
{
	size_t i = 0;

	for (; i < walk->count; i++) {
		const struct node *node = &walk->nodes[i];

		if (node->kind == kind && strcmp(node->ns, ns) == 0 &&
			strcmp(node->name, name) == 0)
			break;
	}
	return i;
}

static bool add(struct walk *walk, enum agent_kind kind, const char *ns, const char *name,
	struct error *err)
{
	struct node *grown = realloc(walk->nodes, (walk->count + 1) * sizeof(*grown));

	if (!grown)
		return error_no_memory(err);
	walk->nodes = grown;
	grown[walk->count++] = (struct node){ kind, ns, name, true, 0 };
	return true;
}

static bool visit(struct walk *walk, size_t self, struct json_view agent, unsigned depth,
	const struct path *at, struct error *err);

static bool too_deep(const struct subject_tool *to, const struct path *at, struct error *err)
{
	return error_set(err, ERR_INVALID, at,
		"recursion limit reached in agent tool chain: %s/%s -> %s/%s", to->ns, to->name,
		to->ns, to->name);
}

/* `depth`: of the agent that has the tool. */
static bool follow(struct walk *walk, size_t self, const struct subject_tool *to, unsigned depth,
	const struct path *at, struct error *err)
{
	size_t other = find(walk, to->kind, to->ns, to->name);
	struct json_view target;

	if (other == self)
		return error_set(err, ERR_INVALID, at,
			"agent tool cannot be used to reference itself, %s/%s", to->ns, to->name);
	if (other < walk->count && walk->nodes[other].open)
		return error_set(err, ERR_INVALID, at,
			"cycle detected in agent tool chain: %s/%s -> %s/%s", to->ns, to->name,
			to->ns, to->name);
	if (other < walk->count)
		return depth + 1 + walk->nodes[other].height <= GRAPH_MAX_DEPTH ||
		       too_deep(to, at, err);
	if (depth + 1 > GRAPH_MAX_DEPTH)
		return too_deep(to, at, err);
	return world_need(walk->world, to->kind, to->ns, to->name, at, &target, err) &&
	       add(walk, to->kind, to->ns, to->name, err) &&
	       visit(walk, other, target, depth + 1, at, err);
}

static bool visit_tool(struct walk *walk, size_t self, struct json_view item, unsigned depth,
	const struct path *at, struct error *err)
{
	const char *ns = walk->nodes[self].ns;
	struct json_view ref = json_get(item, "agent");
	struct subject_tool tool = subject_tool(item, ns);
	size_t other;

	if (!json_text_is(json_get(item, "type"), "Agent"))
		return true;
	if (!json_is_present(ref))
		return error_set(err, ERR_INVALID, at, "tool must have an agent reference");
	if (!tool.is_agent) /* both are there: translation takes the server */
		return true;
	if (tool.kind == AGENT_KIND_COUNT)
		return error_set(err, ERR_INVALID, at,
			"unsupported agent tool kind \"%s\" for agent %s/%s",
			json_text_or(json_get(ref, "kind"), ""), tool.ns, tool.name);
	if (!follow(walk, self, &tool, depth, at, err))
		return false;
	other = find(walk, tool.kind, tool.ns, tool.name);
	if (walk->nodes[other].height + 1 > walk->nodes[self].height)
		walk->nodes[self].height = walk->nodes[other].height + 1;
	return true;
}

static bool visit(struct walk *walk, size_t self, struct json_view agent, unsigned depth,
	const struct path *at, struct error *err)
{
	struct json_view tools = json_dig(agent, "spec", "declarative", "tools");
	size_t index = 0;

	if (json_text_is(json_dig(agent, "spec", "type"), "Declarative")) {
		json_foreach (item, tools) {
			const struct path *here = depth ? at : AT_INDEX(at, index);

			if (!visit_tool(walk, self, item, depth, here, err))
				return false;
			index++;
		}
	}
	walk->nodes[self].open = false;
	return true;
}

bool graph_check(const struct subject *subject, struct error *err)
{
	const struct path *at = AT_KEY(AT_KEY(AT_KEY(NULL, "spec"), "declarative"), "tools");
	struct walk walk = { .world = subject->world };
	bool ok = add(&walk, AGENT_KIND_SANDBOX_AGENT, subject->ns, subject->name, err) &&
		  visit(&walk, 0, subject->agent, 0, at, err);

	free(walk.nodes);
	return ok;
}
