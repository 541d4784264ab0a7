/* Which method is meant, and its parameters and results from one dialect into the other. */
#include "proxy/put.h"

#include "base/text.h"

/* --- versions and methods --- */

bool a2a_parse_version(const char *text, enum a2a_version *out)
{
	static const struct {
		const char *text;
		enum a2a_version version;
	} versions[] = { { "0.3", A2A_03 }, { "1.0", A2A_10 } };

	if (text_is_empty(text)) {
		*out = A2A_03;
		return true;
	}
	for (size_t i = 0; i < COUNT(versions); i++) {
		const char *rest = text + strlen(versions[i].text);

		if (!text_starts_with(text, versions[i].text))
			continue;
		if (*rest && (rest[0] != '.' || !rest[1] ||
				     strspn(rest + 1, "0123456789") != strlen(rest + 1)))
			continue;
		*out = versions[i].version;
		return true;
	}
	return false;
}

/* Source: A2A 0.3.0 section 7, 1.0 section 9. */
static const struct {
	const char *names[2]; /* by version */
	bool is_stream;
} methods[] = {
	[A2A_SEND] = { { "message/send", "SendMessage" }, false },
	[A2A_STREAM] = { { "message/stream", "SendStreamingMessage" }, true },
	[A2A_GET] = { { "tasks/get", "GetTask" }, false },
	[A2A_CANCEL] = { { "tasks/cancel", "CancelTask" }, false },
	[A2A_RESUBSCRIBE] = { { "tasks/resubscribe", "SubscribeToTask" }, true },
	[A2A_PUSH_SET] = { { "tasks/pushNotificationConfig/set",
				   "CreateTaskPushNotificationConfig" },
		false },
	[A2A_PUSH_GET] = { { "tasks/pushNotificationConfig/get", "GetTaskPushNotificationConfig" },
		false },
	[A2A_PUSH_LIST] = { { "tasks/pushNotificationConfig/list",
				    "ListTaskPushNotificationConfigs" },
		false },
	[A2A_PUSH_DELETE] = { { "tasks/pushNotificationConfig/delete",
				      "DeleteTaskPushNotificationConfig" },
		false },
	[A2A_EXTENDED_CARD] = { { "agent/getAuthenticatedExtendedCard", "GetExtendedAgentCard" },
		false },
	[A2A_LIST] = { { "", "ListTasks" }, false },
};

bool a2a_find_method(enum a2a_version version, const char *name, enum a2a_method *out)
{
	for (size_t i = 0; i < COUNT(methods); i++) {
		if (!*name || strcmp(methods[i].names[version], name) != 0)
			continue;
		*out = (enum a2a_method)i;
		return true;
	}
	return false;
}

const char *a2a_method_name(enum a2a_version version, enum a2a_method method)
{
	return methods[method].names[version];
}

bool a2a_is_stream(enum a2a_method method)
{
	return methods[method].is_stream;
}

/* --- push notification configs --- */

static void push_config_to_03(struct buffer *out, struct json_view config)
{
	struct json_view authentication = json_get(config, "authentication");
	struct json_view scheme = json_get(authentication, "scheme");

	buffer_putc(out, '{');
	if (json_kind(authentication) == JSON_OBJECT) {
		put_key(out, "authentication");
		buffer_puts(out, "{\"schemes\":[");
		if (json_is_present(scheme))
			json_write(out, scheme);
		buffer_putc(out, ']');
		put_others(out, authentication, NAMED("scheme", "schemes"));
		buffer_putc(out, '}');
	}
	put_others(out, config, NAMED("authentication", "taskId", "tenant"));
	buffer_putc(out, '}');
}

static void push_config_to_10(struct buffer *out, struct json_view result)
{
	struct json_view config = json_get(result, "pushNotificationConfig");
	struct json_view authentication = json_get(config, "authentication");

	buffer_putc(out, '{');
	put_view(out, "taskId", json_get(result, "taskId"));
	if (json_kind(authentication) == JSON_OBJECT) {
		put_key(out, "authentication");
		buffer_putc(out, '{');
		put_view(out, "scheme", json_item(json_get(authentication, "schemes"), 0));
		put_others(out, authentication, NAMED("schemes"));
		buffer_putc(out, '}');
	}
	put_others(out, config, NAMED("authentication", "taskId"));
	buffer_putc(out, '}');
}

static void push_list_to_10(struct buffer *out, struct json_view result)
{
	bool first = true;

	buffer_puts(out, "{\"configs\":[");
	json_foreach (item, result) {
		if (!first)
			buffer_putc(out, ',');
		first = false;
		push_config_to_10(out, item);
	}
	buffer_puts(out, "]}");
}

/* --- parameters --- */

static void configuration_to_03(struct buffer *out, struct json_view configuration)
{
	struct json_view push = json_get(configuration, "taskPushNotificationConfig");

	put_key(out, "configuration");
	buffer_putc(out, '{');
	put_bool(out, "blocking",
		!json_bool_or(json_get(configuration, "returnImmediately"), false));
	if (json_kind(push) == JSON_OBJECT) {
		put_key(out, "pushNotificationConfig");
		push_config_to_03(out, push);
	}
	put_others(out, configuration,
		NAMED("returnImmediately", "blocking", "taskPushNotificationConfig"));
	buffer_putc(out, '}');
}

static void send_params_to_03(struct buffer *out, struct json_view params)
{
	put_object(out, "message", A2A_03, json_get(params, "message"), a2a_write_message);
	configuration_to_03(out, json_get(params, "configuration"));
	put_others(out, params, NAMED("message", "configuration", "tenant"));
}

static void put_push_ids(struct buffer *out, struct json_view params)
{
	put_view(out, "id", json_get(params, "taskId"));
	put_view(out, "pushNotificationConfigId", json_get(params, "id"));
}

static void params_to_03(struct buffer *out, enum a2a_method method, struct json_view params)
{
	switch (method) {
	case A2A_SEND:
	case A2A_STREAM:
		send_params_to_03(out, params);
		break;
	case A2A_PUSH_SET:
		put_view(out, "taskId", json_get(params, "taskId"));
		put_key(out, "pushNotificationConfig");
		push_config_to_03(out, params);
		break;
	case A2A_PUSH_GET:
	case A2A_PUSH_DELETE:
	case A2A_PUSH_LIST:
		put_push_ids(out, params);
		break;
	default:
		put_others(out, params, NAMED("tenant"));
	}
}

void a2a_write_params(
	struct buffer *out, enum a2a_version from, enum a2a_method method, struct json_view params)
{
	bool is_send = method == A2A_SEND || method == A2A_STREAM;

	if (from == A2A_03 && (!is_send || json_is_present(json_get(params, "configuration")))) {
		json_write(out, params);
		return;
	}
	buffer_putc(out, '{');
	if (from == A2A_10) {
		params_to_03(out, method, params);
	} else {
		put_others(out, params, NAMED("configuration"));
		put_key(out, "configuration");
		buffer_puts(out, "{\"blocking\":true}");
	}
	buffer_putc(out, '}');
}

static bool is_of_its_kind(enum a2a_method method, struct json_view result)
{
	if (method == A2A_PUSH_DELETE)
		return true;
	return json_kind(result) == (method == A2A_PUSH_LIST ? JSON_ARRAY : JSON_OBJECT);
}

void a2a_write_result(
	struct buffer *out, enum a2a_version to, enum a2a_method method, struct json_view result)
{
	if (json_kind(result) == JSON_NONE) {
		buffer_puts(out, to == A2A_10 ? "{}" : "null");
		return;
	}
	if (to == A2A_03 || !is_of_its_kind(method, result)) {
		json_write(out, result);
		return;
	}
	switch (method) {
	case A2A_GET:
	case A2A_CANCEL:
		a2a_write_task(out, to, result);
		break;
	case A2A_PUSH_SET:
	case A2A_PUSH_GET:
		push_config_to_10(out, result);
		break;
	case A2A_PUSH_LIST:
		push_list_to_10(out, result);
		break;
	case A2A_PUSH_DELETE:
		buffer_puts(out, "{}");
		break;
	default:
		a2a_write_event(out, to, result);
	}
}

void a2a_write_card(struct buffer *out, enum a2a_version to, struct json_view card)
{
	buffer_putc(out, '{');
	put_others(out, card,
		to == A2A_10 ? NAMED("url", "protocolVersion", "preferredTransport",
				       "additionalInterfaces")
			     : NAMED("supportedInterfaces"));
	buffer_putc(out, '}');
}
