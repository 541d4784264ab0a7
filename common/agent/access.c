#include "agent/access.h"

#include "base/text.h"

#define LABEL_MAX 63

bool access_is_watched(const struct agent_settings *settings, const char *ns)
{
	const char *const *watched = settings->watch_namespaces;

	if (!watched || !*watched)
		return true;
	for (; *watched; watched++)
		if (strcmp(*watched, ns) == 0)
			return true;
	return false;
}

static bool lists(struct json_view values, const char *text)
{
	json_foreach (value, values) {
		if (json_text_is(value, text))
			return true;
	}
	return false;
}

/* Source: Kubernetes, "Labels and Selectors": up to 63 letters, digits, '-', '_', '.', the first and last a letter or digit. */
static bool is_label_value(const char *text)
{
	static const char inner[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t bytes = strlen(text);

	return !bytes || (bytes <= LABEL_MAX && bytes == strspn(text, inner) &&
				 !strchr("-_.", text[0]) && !strchr("-_.", text[bytes - 1]));
}

static bool lists_values(const char *operator)
{
	return strcmp(operator, "In") == 0 || strcmp(operator, "NotIn") == 0;
}

static bool is_operator(const char *operator)
{
	return lists_values(operator) || strcmp(operator, "Exists") == 0 ||
	       strcmp(operator, "DoesNotExist") == 0;
}

bool access_check_values(struct json_view expression, struct error *err)
{
	const char *key = json_text_or(json_get(expression, "key"), "");
	const char *operator= json_text_or(json_get(expression, "operator"), "");
	bool has_values = json_count(json_get(expression, "values")) > 0;

	if (!is_operator(operator))
		return true;
	if (lists_values(operator) != has_values)
		return error_set(err, ERR_INVALID, NULL, "%s of \"%s\" %s values", operator, key,
			lists_values(operator) ? "needs" : "takes no");
	json_foreach (value, json_get(expression, "values")) {
		if (!is_label_value(json_text_or(value, "")))
			return error_set(err, ERR_INVALID, NULL,
				"%s of \"%s\": \"%s\" is no label value", operator, key,
				json_text_or(value, ""));
	}
	return true;
}

/*
 * What the API server's own selectors would refuse. Who brought the object past the webhook has had nothing of it checked: the schema
 * takes any texts, and "not in nothing" would let everybody in.
 */
static bool check_expression(struct json_view expression, struct error *err)
{
	const char *operator= json_text_or(json_get(expression, "operator"), "");
	bool ok;

	if (!*json_text_or(json_get(expression, "key"), ""))
		ok = error_set(err, ERR_INVALID, NULL, "an expression has no key");
	else if (!is_operator(operator))
		ok = error_set(err, ERR_INVALID, NULL,
			"\"%s\" is not a valid label selector operator", operator);
	else
		ok = access_check_values(expression, err);
	return ok || error_wrap(err, "invalid label selector");
}

static bool match_expression(
	struct json_view expression, struct json_view labels, bool *matches, struct error *err)
{
	const char *key = json_text_or(json_get(expression, "key"), "");
	const char *operator= json_text_or(json_get(expression, "operator"), "");
	struct json_view values = json_get(expression, "values");
	const char *value = json_text(json_get(labels, key), NULL);

	if (!check_expression(expression, err))
		return false;
	if (strcmp(operator, "In") == 0)
		*matches = value && lists(values, value);
	else if (strcmp(operator, "NotIn") == 0)
		*matches = !value || !lists(values, value);
	else
		*matches = (value != NULL) == (strcmp(operator, "Exists") == 0);
	return true;
}

static bool match_selector(
	struct json_view selector, struct json_view labels, bool *matches, struct error *err)
{
	*matches = true;
	json_foreach_member (wanted, json_get(selector, "matchLabels")) {
		const char *value = json_text(json_get(labels, json_key(wanted, NULL)), NULL);

		if (!value || !json_text_is(wanted, value))
			*matches = false;
	}
	json_foreach (expression, json_get(selector, "matchExpressions")) {
		bool one;

		if (!match_expression(expression, labels, &one, err))
			return false;
		*matches = *matches && one;
	}
	return true;
}

static bool match_namespace(const struct agent_world *world, struct json_view selector,
	const char *ns, bool *matches, struct error *err)
{
	struct json_view space;
	struct error found = { 0 };

	if (!json_is_present(selector))
		return error_set(
			err, ERR_INVALID, NULL, "selector must be specified when from is Selector");
	if (!world_need(world, AGENT_KIND_NAMESPACE, "", ns, NULL, &space, &found)) {
		if (found.code == ERR_DENIED)
			error_wrap(&found,
				"allowedNamespaces.from=Selector requires namespace read access");
		if (err)
			*err = found;
		return false;
	}
	return match_selector(selector, json_dig(space, "metadata", "labels"), matches, err);
}

static bool admits(const struct agent_world *world, struct json_view target, const char *ns,
	bool *admitted, struct error *err)
{
	struct json_view allowed = json_dig(target, "spec", "allowedNamespaces");
	const char *from = json_text_or(json_get(allowed, "from"), "");

	*admitted = false;
	if (!*from || strcmp(from, "Same") == 0)
		return true;
	if (strcmp(from, "All") == 0) {
		*admitted = true;
		return true;
	}
	if (strcmp(from, "Selector") == 0)
		return match_namespace(world, json_get(allowed, "selector"), ns, admitted, err);
	return error_set(err, ERR_INVALID, NULL, "unknown from value: %s", from);
}

/* `word`: the kind as messages have always called it. */
static bool check_target(const struct subject *subject, const struct subject_tool *tool,
	const char *word, const struct path *at, struct error *err)
{
	const char *kind = agent_kind_names[tool->kind];
	struct error found = { 0 };
	struct json_view target;
	bool admitted;

	if (!access_is_watched(subject->settings, tool->ns))
		return error_set(err, ERR_INVALID, at,
			"cannot reference %s %s/%s: namespace \"%s\" is not watched by the "
			"controller",
			kind, tool->ns, tool->name, tool->ns);
	if (!world_need(subject->world, tool->kind, tool->ns, tool->name, at, &target, err))
		return false;
	if (!admits(subject->world, target, subject->ns, &admitted, &found)) {
		if (found.code != ERR_PENDING) {
			struct error inner = found;

			error_set(&found, inner.code, at,
				"failed to check cross-namespace reference for %s %s/%s: %s", word,
				tool->ns, tool->name, inner.text);
		}
		if (err)
			*err = found;
		return false;
	}
	return admitted ||
	       error_set(err, ERR_INVALID, at,
		       "cross-namespace reference to %s %s/%s is not allowed from namespace %s",
		       word, tool->ns, tool->name, subject->ns);
}

static bool check_tool(const struct subject *subject, const struct subject_tool *tool,
	const struct path *at, struct error *err)
{
	const char *kind;

	if (tool->kind == AGENT_KIND_COUNT || strcmp(tool->ns, subject->ns) == 0)
		return true;
	kind = agent_kind_names[tool->kind];
	switch (tool->kind) {
	case AGENT_KIND_MCP_SERVER:
	case AGENT_KIND_SERVICE:
		return error_set(err, ERR_INVALID, at,
			"cross-namespace reference to %s %s/%s is not allowed from namespace %s: "
			"%s does not support cross-namespace references",
			kind, tool->ns, tool->name, subject->ns, kind);
	case AGENT_KIND_REMOTE_MCP_SERVER:
		return check_target(subject, tool, kind, at, err);
	default:
		return check_target(subject, tool, "agent", at, err);
	}
}

bool access_check(const struct subject *subject, struct error *err)
{
	const struct path *at = AT_KEY(AT_KEY(AT_KEY(NULL, "spec"), "declarative"), "tools");
	size_t index = 0;

	json_foreach (item, json_get(subject->declarative, "tools")) {
		struct subject_tool tool = subject_tool(item, subject->ns);
		const char *key = tool.is_agent ? "agent" : "mcpServer";

		if (*tool.name &&
			!check_tool(subject, &tool, AT_KEY(AT_INDEX(at, index), key), err))
			return false;
		index++;
	}
	return true;
}
