/* What must hold of parameters before they are sent on: the rest is the agent's to judge. */
#include "proxy/a2a.h"

#define ID_MAX_BYTES 512

/* Members of a send's message and of the calls about tasks, whose type we look at. Source: A2A 0.3.0 and 1.0, data objects. */
struct member {
	const char *key;
	enum json_kind kind;
	bool is_required;
};

static const struct member message_members[] = {
	{ "messageId", JSON_STRING, false },
	{ "contextId", JSON_STRING, false },
	{ "taskId", JSON_STRING, false },
	{ "role", JSON_STRING, false },
	{ "parts", JSON_ARRAY, false },
	{ "metadata", JSON_OBJECT, false },
	{ "extensions", JSON_ARRAY, false },
	{ "referenceTaskIds", JSON_ARRAY, false },
};

static const struct member send_members[] = {
	{ "message", JSON_OBJECT, true },
	{ "configuration", JSON_OBJECT, false },
	{ "metadata", JSON_OBJECT, false },
};

static const struct member task_members[] = {
	{ "id", JSON_STRING, true },
	{ "historyLength", JSON_NUMBER, false },
	{ "metadata", JSON_OBJECT, false },
	{ "pushNotificationConfigId", JSON_STRING, false },
};

static const struct member push_members_03[] = {
	{ "taskId", JSON_STRING, true },
	{ "pushNotificationConfig", JSON_OBJECT, true },
};

static const struct member push_members_10[] = {
	{ "taskId", JSON_STRING, true },
	{ "id", JSON_STRING, false },
	{ "url", JSON_STRING, false },
};

static const char *kind_name(enum json_kind kind)
{
	switch (kind) {
	case JSON_STRING:
		return "a string";
	case JSON_ARRAY:
		return "an array";
	case JSON_NUMBER:
		return "a number";
	default:
		return "an object";
	}
}

static bool check_members(struct json_view object, const char *where, const struct member *members,
	size_t count, struct rpc_failure *failure)
{
	for (size_t i = 0; i < count; i++) {
		struct json_view v = json_get(object, members[i].key);
		size_t bytes = 0;

		if (!json_is_present(v)) {
			if (!members[i].is_required)
				continue;
			return rpc_fail(failure, RPC_INVALID_PARAMS,
				"invalid params: %s%s is missing", where, members[i].key);
		}
		if (json_kind(v) != members[i].kind)
			return rpc_fail(failure, RPC_INVALID_PARAMS,
				"invalid params: %s%s must be %s", where, members[i].key,
				kind_name(members[i].kind));
		if (json_text(v, &bytes) && bytes > ID_MAX_BYTES && members[i].kind == JSON_STRING)
			return rpc_fail(failure, RPC_INVALID_PARAMS,
				"invalid params: %s%s is longer than %d bytes", where,
				members[i].key, ID_MAX_BYTES);
	}
	return true;
}

static bool check_part_03(struct json_view part, struct rpc_failure *failure)
{
	static const char *const kinds[] = { "text", "file", "data" };
	const char *kind = json_text_or(json_get(part, "kind"), "");

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kind, kinds[i]) != 0)
			continue;
		if (json_is_present(json_get(part, kind)))
			return true;
		return rpc_fail(failure, RPC_INVALID_PARAMS,
			"invalid params: a part of kind %s has no %s", kind, kind);
	}
	return rpc_fail(failure, RPC_PARSE_ERROR, "parse error: unknown part kind %.80s",
		*kind ? kind : "\"\"");
}

static bool check_part_10(struct json_view part, struct rpc_failure *failure)
{
	static const char *const contents[] = { "text", "data", "raw", "url" };
	int found = 0;

	for (size_t i = 0; i < COUNT(contents); i++)
		found += json_is_present(json_get(part, contents[i])) ||
			 (strcmp(contents[i], "data") == 0 &&
				 json_kind(json_get(part, "data")) == JSON_NULL);
	if (found == 1)
		return true;
	return rpc_fail(failure, RPC_INVALID_PARAMS,
		"invalid params: a part must have exactly one of text, data, raw and url");
}

static bool check_message(
	enum a2a_version version, struct json_view message, struct rpc_failure *failure)
{
	if (!check_members(message, "message.", message_members, COUNT(message_members), failure))
		return false;
	json_foreach (part, json_get(message, "parts")) {
		if (json_kind(part) != JSON_OBJECT)
			return rpc_fail(failure, RPC_INVALID_PARAMS,
				"invalid params: message.parts must hold objects");
		if (!(version == A2A_10 ? check_part_10(part, failure)
					: check_part_03(part, failure)))
			return false;
	}
	return true;
}

bool a2a_check_params(enum a2a_version version, enum a2a_method method, struct json_view params,
	struct rpc_failure *failure)
{
	bool is_send = method == A2A_SEND || method == A2A_STREAM;
	bool is_push = method >= A2A_PUSH_SET && method <= A2A_PUSH_DELETE;

	if (method == A2A_EXTENDED_CARD || method == A2A_LIST)
		return true;
	if (!json_is_present(params))
		return rpc_fail(failure, RPC_PARSE_ERROR, "parse error: params are missing");
	if (json_kind(params) != JSON_OBJECT)
		return rpc_fail(
			failure, RPC_INVALID_PARAMS, "invalid params: params must be an object");
	if (is_send)
		return check_members(params, "", send_members, COUNT(send_members), failure) &&
		       check_message(version, json_get(params, "message"), failure);
	if (is_push && version == A2A_10)
		return check_members(params, "", push_members_10, COUNT(push_members_10), failure);
	if (method == A2A_PUSH_SET)
		return check_members(params, "", push_members_03, COUNT(push_members_03), failure);
	return check_members(params, "", task_members, COUNT(task_members), failure);
}
