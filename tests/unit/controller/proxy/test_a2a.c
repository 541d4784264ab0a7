#include "proxy/a2a.h"

#include "support/odd.h"
#include "support/suite.h"

static struct error err;

static struct json_doc *parse(const char *text)
{
	struct json_doc *doc;

	ck_assert_msg(
		json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s: %s", text, err.text);
	return doc;
}

/* --- versions and methods --- */

static const struct {
	const char *text;
	bool ok;
	enum a2a_version version;
} versions[] = {
	{ NULL, true, A2A_03 },
	{ "", true, A2A_03 },
	{ "0.3", true, A2A_03 },
	{ "0.3.0", true, A2A_03 },
	{ "1.0", true, A2A_10 },
	{ "1.0.12", true, A2A_10 },
	{ "1", false, A2A_03 },
	{ "1.00", false, A2A_03 },
	{ "1.0.", false, A2A_03 },
	{ "1.0.x", false, A2A_03 },
	{ "1.1", false, A2A_03 },
	{ "0.30", false, A2A_03 },
	{ "v1.0", false, A2A_03 },
};

START_TEST(versions_are_read_without_the_patch_number)
{
	enum a2a_version version = A2A_03;

	ck_assert_msg(a2a_parse_version(versions[_i].text, &version) == versions[_i].ok, "%s",
		versions[_i].text);
	ck_assert_int_eq(version, versions[_i].version);
}
END_TEST

START_TEST(each_method_has_its_name_in_one_dialect_only)
{
	enum a2a_method found;

	for (int method = A2A_SEND; method <= A2A_EXTENDED_CARD; method++) {
		for (int version = A2A_03; version <= A2A_10; version++) {
			const char *name =
				a2a_method_name((enum a2a_version)version, (enum a2a_method)method);

			ck_assert(a2a_find_method((enum a2a_version)version, name, &found));
			ck_assert_int_eq(found, method);
			ck_assert(!a2a_find_method(
				version == A2A_03 ? A2A_10 : A2A_03, name, &found));
		}
	}
	ck_assert(!a2a_find_method(A2A_03, "", &found));
	ck_assert(!a2a_find_method(A2A_03, "message/sendx", &found));
}
END_TEST

/* --- parts, messages, tasks: there and back --- */

typedef void (*write_fn)(struct buffer *out, enum a2a_version to, struct json_view v);

static char *convert(write_fn write, enum a2a_version to, const char *text)
{
	AUTO(json_doc) struct json_doc *doc = parse(text);
	struct buffer out = { 0 };

	write(&out, to, json_root(doc));
	ck_assert(buffer_ok(&out, &err));
	return buffer_take(&out);
}

static void check_equal(const char *spec, const char *got, const char *want)
{
	AUTO(json_doc) struct json_doc *a = parse(got);
	AUTO(json_doc) struct json_doc *b = parse(want);

	ck_assert_msg(
		json_equal(json_root(a), json_root(b)), "%s: got %s, wanted %s", spec, got, want);
}

static const struct {
	const char *spec;
	write_fn write;
	const char *old, *new;
} pairs[] = {
	{ "text", a2a_write_part, "{\"kind\":\"text\",\"text\":\"a\"}", "{\"text\":\"a\"}" },
	{ "text with metadata", a2a_write_part,
		"{\"kind\":\"text\",\"text\":\"a\",\"metadata\":{\"x\":null,\"y\":{\"kind\":"
		"\"file\"}}}",
		"{\"text\":\"a\",\"metadata\":{\"x\":null,\"y\":{\"kind\":\"file\"}}}" },
	{ "text with a media type", a2a_write_part,
		"{\"kind\":\"text\",\"text\":\"a\",\"mediaType\":\"text/"
		"markdown\",\"filename\":\"a.md\"}",
		"{\"text\":\"a\",\"mediaType\":\"text/markdown\",\"filename\":\"a.md\"}" },
	{ "data", a2a_write_part,
		"{\"kind\":\"data\",\"data\":{\"decision_type\":\"approve\",\"n\":null}}",
		"{\"data\":{\"decision_type\":\"approve\",\"n\":null}}" },
	{ "data that is no object", a2a_write_part,
		"{\"kind\":\"data\",\"data\":{\"value\":[1,2]},\"metadata\":{\"data_part_compat\":"
		"true}}",
		"{\"data\":[1,2]}" },
	{ "data that is no object, with metadata", a2a_write_part,
		"{\"kind\":\"data\",\"data\":{\"value\":\"s\"},\"metadata\":{\"m\":1,\"data_part_"
		"compat\":true}}",
		"{\"data\":\"s\",\"metadata\":{\"m\":1}}" },
	{ "data that is null", a2a_write_part,
		"{\"kind\":\"data\",\"data\":{\"value\":null},\"metadata\":{\"data_part_compat\":"
		"true}}",
		"{\"data\":null}" },
	{ "an object that only looks wrapped", a2a_write_part,
		"{\"kind\":\"data\",\"data\":{\"value\":1}}", "{\"data\":{\"value\":1}}" },
	{ "a file by address", a2a_write_part,
		"{\"kind\":\"file\",\"file\":{\"uri\":\"https://e/x\",\"mimeType\":\"a/"
		"b\",\"name\":\"n\"},\"metadata\":{\"m\":1}}",
		"{\"url\":\"https://e/x\",\"mediaType\":\"a/"
		"b\",\"filename\":\"n\",\"metadata\":{\"m\":1}}" },
	{ "a file by bytes", a2a_write_part, "{\"kind\":\"file\",\"file\":{\"bytes\":\"QUJD\"}}",
		"{\"raw\":\"QUJD\"}" },
	{ "a message", a2a_write_message,
		"{\"kind\":\"message\",\"messageId\":\"m\",\"role\":\"agent\",\"parts\":[{\"kind\":"
		"\"text\",\"text\":\"a\"}],\"contextId\":\"c\","
		"\"taskId\":\"t\",\"referenceTaskIds\":[\"r\"],\"extensions\":[\"e\"],\"metadata\":"
		"{\"k\":1}}",
		"{\"messageId\":\"m\",\"role\":\"ROLE_AGENT\",\"parts\":[{\"text\":\"a\"}],"
		"\"contextId\":\"c\","
		"\"taskId\":\"t\",\"referenceTaskIds\":[\"r\"],\"extensions\":[\"e\"],\"metadata\":"
		"{\"k\":1}}" },
	{ "a task", a2a_write_task,
		"{\"kind\":\"task\",\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"input-"
		"required\",\"message\":{\"kind\":\"message\","
		"\"role\":\"agent\",\"parts\":[]}},\"artifacts\":[{\"artifactId\":\"a\",\"name\":"
		"\"n\",\"parts\":[{\"kind\":\"text\",\"text\":\"x\"}]}],"
		"\"history\":[{\"kind\":\"message\",\"role\":\"user\",\"parts\":[]}],\"metadata\":{"
		"\"kind\":\"kept\"}}",
		"{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"TASK_STATE_INPUT_"
		"REQUIRED\",\"message\":{"
		"\"role\":\"ROLE_AGENT\",\"parts\":[]}},\"artifacts\":[{\"artifactId\":\"a\","
		"\"name\":\"n\",\"parts\":[{\"text\":\"x\"}]}],"
		"\"history\":[{\"role\":\"ROLE_USER\",\"parts\":[]}],\"metadata\":{\"kind\":"
		"\"kept\"}}" },
	{ "a status update", a2a_write_event,
		"{\"kind\":\"status-update\",\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{"
		"\"state\":\"completed\"},\"final\":true,\"metadata\":{\"m\":1}}",
		"{\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":"
		"\"TASK_STATE_COMPLETED\"},\"metadata\":{\"m\":1}}}" },
	{ "an update that is not the last", a2a_write_event,
		"{\"kind\":\"status-update\",\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{"
		"\"state\":\"auth-required\"},\"final\":false}",
		"{\"statusUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":"
		"\"TASK_STATE_AUTH_REQUIRED\"}}}" },
	{ "an artifact update", a2a_write_event,
		"{\"kind\":\"artifact-update\",\"taskId\":\"t\",\"contextId\":\"c\",\"artifact\":{"
		"\"artifactId\":\"a\",\"parts\":[{\"kind\":\"text\","
		"\"text\":\"x\"}]},\"append\":true,\"lastChunk\":false}",
		"{\"artifactUpdate\":{\"taskId\":\"t\",\"contextId\":\"c\",\"artifact\":{"
		"\"artifactId\":\"a\",\"parts\":[{\"text\":\"x\"}]},"
		"\"append\":true,\"lastChunk\":false}}" },
	{ "a message as an event", a2a_write_event,
		"{\"kind\":\"message\",\"role\":\"user\",\"parts\":[]}",
		"{\"message\":{\"role\":\"ROLE_USER\",\"parts\":[]}}" },
};

START_TEST(both_dialects_say_the_same)
{
	AUTO(text) char *new = convert(pairs[_i].write, A2A_10, pairs[_i].old);
	AUTO(text) char *old = convert(pairs[_i].write, A2A_03, pairs[_i].new);

	check_equal(pairs[_i].spec, new, pairs[_i].new);
	check_equal(pairs[_i].spec, old, pairs[_i].old);
}
END_TEST

static const struct {
	const char *old, *new;
} states[] = {
	{ "submitted", "TASK_STATE_SUBMITTED" },
	{ "working", "TASK_STATE_WORKING" },
	{ "input-required", "TASK_STATE_INPUT_REQUIRED" },
	{ "auth-required", "TASK_STATE_AUTH_REQUIRED" },
	{ "completed", "TASK_STATE_COMPLETED" },
	{ "failed", "TASK_STATE_FAILED" },
	{ "canceled", "TASK_STATE_CANCELED" },
	{ "rejected", "TASK_STATE_REJECTED" },
	{ "unknown", "TASK_STATE_UNSPECIFIED" },
};

START_TEST(every_state_has_its_word)
{
	struct buffer old = { 0 };
	struct buffer new = { 0 };

	buffer_printf(&old, "{\"kind\":\"task\",\"status\":{\"state\":\"%s\"}}", states[_i].old);
	buffer_printf(&new, "{\"status\":{\"state\":\"%s\"}}", states[_i].new);
	{
		AUTO(text) char *to_new = convert(a2a_write_task, A2A_10, old.data);
		AUTO(text) char *to_old = convert(a2a_write_task, A2A_03, new.data);

		check_equal(states[_i].old, to_new, new.data);
		check_equal(states[_i].new, to_old, old.data);
	}
	buffer_fini(&old);
	buffer_fini(&new);
}
END_TEST

/* --- one way only --- */

static const struct {
	const char *spec;
	write_fn write;
	enum a2a_version to;
	const char *in, *want;
} one_way[] = {
	{ "nulls of the agent are dropped", a2a_write_task, A2A_10,
		"{\"kind\":\"task\",\"id\":\"t\",\"artifacts\":null,\"status\":{\"state\":"
		"\"working\",\"message\":null},\"metadata\":{\"a\":null}}",
		"{\"id\":\"t\",\"status\":{\"state\":\"TASK_STATE_WORKING\"},\"metadata\":{\"a\":"
		"null}}" },
	{ "an offset of zero becomes Z", a2a_write_task, A2A_10,
		"{\"status\":{\"timestamp\":\"2026-01-02T03:04:05.678901+00:00\"}}",
		"{\"status\":{\"timestamp\":\"2026-01-02T03:04:05.678901Z\"}}" },
	{ "no offset means UTC", a2a_write_task, A2A_10,
		"{\"status\":{\"timestamp\":\"2026-01-02T03:04:05\"}}",
		"{\"status\":{\"timestamp\":\"2026-01-02T03:04:05Z\"}}" },
	{ "another offset stays", a2a_write_task, A2A_10,
		"{\"status\":{\"timestamp\":\"2026-01-02T03:04:05+02:00\"}}",
		"{\"status\":{\"timestamp\":\"2026-01-02T03:04:05+02:00\"}}" },
	{ "Z stays", a2a_write_task, A2A_10,
		"{\"status\":{\"timestamp\":\"2026-01-02T03:04:05Z\"}}",
		"{\"status\":{\"timestamp\":\"2026-01-02T03:04:05Z\"}}" },
	{ "what is no time stays", a2a_write_task, A2A_10, "{\"status\":{\"timestamp\":\"now\"}}",
		"{\"status\":{\"timestamp\":\"now\"}}" },
	{ "an unknown state", a2a_write_task, A2A_10, "{\"status\":{\"state\":\"dreaming\"}}",
		"{\"status\":{\"state\":\"TASK_STATE_UNSPECIFIED\"}}" },
	{ "an unknown role", a2a_write_message, A2A_10, "{\"role\":\"ghost\"}",
		"{\"role\":\"ROLE_UNSPECIFIED\"}" },
	{ "a role nobody gave", a2a_write_message, A2A_03,
		"{\"role\":\"ROLE_UNSPECIFIED\",\"parts\":[]}",
		"{\"kind\":\"message\",\"role\":\"user\",\"parts\":[]}" },
	{ "a member is written once", a2a_write_part, A2A_10,
		"{\"kind\":\"file\",\"file\":{\"bytes\":\"QQ==\",\"metadata\":1},\"raw\":\"x\","
		"\"metadata\":{\"m\":1}}",
		"{\"raw\":\"QQ==\",\"metadata\":{\"m\":1}}" },
	{ "a member is written once to agents too", a2a_write_part, A2A_03,
		"{\"raw\":\"QQ==\",\"file\":1,\"kind\":\"x\"}",
		"{\"kind\":\"file\",\"file\":{\"bytes\":\"QQ==\"}}" },
	{ "a kind nobody knows stays", a2a_write_event, A2A_10, "{\"kind\":\"x\",\"a\":[1]}",
		"{\"kind\":\"x\",\"a\":[1]}" },
	{ "wrong types stay", a2a_write_task, A2A_10,
		"{\"status\":\"odd\",\"history\":5,\"artifacts\":[7]}",
		"{\"status\":\"odd\",\"history\":5,\"artifacts\":[7]}" },
};

START_TEST(what_agents_write_becomes_proper)
{
	AUTO(text) char *got = convert(one_way[_i].write, one_way[_i].to, one_way[_i].in);

	check_equal(one_way[_i].spec, got, one_way[_i].want);
}
END_TEST

/* --- parameters and results of 1.0 --- */

static const struct {
	const char *spec;
	enum a2a_method method;
	const char *in, *want;
} params[] = {
	{ "a send waits unless told", A2A_SEND,
		"{\"message\":{\"role\":\"ROLE_USER\",\"parts\":[]}}",
		"{\"message\":{\"kind\":\"message\",\"role\":\"user\",\"parts\":[]},"
		"\"configuration\":{\"blocking\":true}}" },
	{ "a send that returns at once", A2A_SEND,
		"{\"message\":{},\"configuration\":{\"returnImmediately\":true,\"historyLength\":2,"
		"\"acceptedOutputModes\":[\"text\"],"
		"\"taskPushNotificationConfig\":{\"url\":\"u\",\"authentication\":{\"scheme\":"
		"\"Bearer\",\"credentials\":\"c\"}}},"
		"\"metadata\":{\"m\":1},\"tenant\":\"x\"}",
		"{\"message\":{\"kind\":\"message\"},\"configuration\":{\"blocking\":false,"
		"\"historyLength\":2,\"acceptedOutputModes\":[\"text\"],"
		"\"pushNotificationConfig\":{\"url\":\"u\",\"authentication\":{\"schemes\":["
		"\"Bearer\"],\"credentials\":\"c\"}}},\"metadata\":{\"m\":1}}" },
	{ "a task", A2A_GET, "{\"id\":\"t\",\"historyLength\":1,\"tenant\":\"x\"}",
		"{\"id\":\"t\",\"historyLength\":1}" },
	{ "a push config", A2A_PUSH_SET,
		"{\"taskId\":\"t\",\"id\":\"p\",\"url\":\"u\",\"token\":\"k\"}",
		"{\"taskId\":\"t\",\"pushNotificationConfig\":{\"id\":\"p\",\"url\":\"u\","
		"\"token\":\"k\"}}" },
	{ "one push config", A2A_PUSH_GET, "{\"taskId\":\"t\",\"id\":\"p\"}",
		"{\"id\":\"t\",\"pushNotificationConfigId\":\"p\"}" },
	{ "all push configs", A2A_PUSH_LIST, "{\"taskId\":\"t\"}", "{\"id\":\"t\"}" },
};

START_TEST(parameters_of_1_0_reach_the_agent_in_0_3)
{
	AUTO(json_doc) struct json_doc *doc = parse(params[_i].in);
	AUTO(buffer) struct buffer out = { 0 };

	a2a_write_params(&out, A2A_10, params[_i].method, json_root(doc));
	check_equal(params[_i].spec, out.data, params[_i].want);
}
END_TEST

static const struct {
	const char *spec;
	enum a2a_method method;
	const char *in, *want;
} results[] = {
	{ "a send gives a task", A2A_SEND, "{\"kind\":\"task\",\"id\":\"t\"}",
		"{\"task\":{\"id\":\"t\"}}" },
	{ "a send gives a message", A2A_SEND, "{\"kind\":\"message\",\"messageId\":\"m\"}",
		"{\"message\":{\"messageId\":\"m\"}}" },
	{ "get gives the bare task", A2A_GET, "{\"kind\":\"task\",\"id\":\"t\"}",
		"{\"id\":\"t\"}" },
	{ "cancel gives the bare task", A2A_CANCEL, "{\"kind\":\"task\",\"id\":\"t\"}",
		"{\"id\":\"t\"}" },
	{ "a push config", A2A_PUSH_SET,
		"{\"taskId\":\"t\",\"pushNotificationConfig\":{\"url\":\"u\",\"authentication\":{"
		"\"schemes\":[\"Bearer\",\"x\"],\"credentials\":\"c\"}}}",
		"{\"taskId\":\"t\",\"url\":\"u\",\"authentication\":{\"scheme\":\"Bearer\","
		"\"credentials\":\"c\"}}" },
	{ "all push configs", A2A_PUSH_LIST,
		"[{\"taskId\":\"t\",\"pushNotificationConfig\":{\"url\":\"u\"}}]",
		"{\"configs\":[{\"taskId\":\"t\",\"url\":\"u\"}]}" },
	{ "no push config", A2A_PUSH_LIST, "[]", "{\"configs\":[]}" },
	{ "delete gives nothing", A2A_PUSH_DELETE, "null", "{}" },
	{ "a list in place of a task", A2A_GET, "[{\"kind\":\"task\"}]", "[{\"kind\":\"task\"}]" },
	{ "a list in place of a push config", A2A_PUSH_GET,
		"{\"taskId\":\"t\",\"pushNotificationConfig\":[\"u\"]}", "{\"taskId\":\"t\"}" },
};

START_TEST(results_reach_clients_of_1_0)
{
	AUTO(json_doc) struct json_doc *doc = parse(results[_i].in);
	AUTO(buffer) struct buffer out = { 0 };

	a2a_write_result(&out, A2A_10, results[_i].method, json_root(doc));
	check_equal(results[_i].spec, out.data, results[_i].want);
}
END_TEST

/* --- events --- */

static const struct {
	const char *event, *task;
	bool is_last;
} events[] = {
	{ "{\"kind\":\"task\",\"id\":\"t\",\"status\":{\"state\":\"working\"}}", "t", false },
	{ "{\"kind\":\"task\",\"id\":\"t\",\"status\":{\"state\":\"completed\"}}", "t", true },
	{ "{\"kind\":\"status-update\",\"taskId\":\"t\",\"status\":{\"state\":\"working\"},"
	  "\"final\":false}",
		"t", false },
	{ "{\"kind\":\"status-update\",\"taskId\":\"t\",\"status\":{\"state\":\"auth-required\"},"
	  "\"final\":true}",
		"t", true },
	{ "{\"kind\":\"status-update\",\"taskId\":\"t\",\"status\":{\"state\":\"failed\"},"
	  "\"final\":false}",
		"t", true },
	{ "{\"kind\":\"artifact-update\",\"taskId\":\"t\",\"lastChunk\":true}", "t", false },
	{ "{\"kind\":\"message\"}", "", true },
	{ "{}", "", false },
};

START_TEST(events_tell_their_task_and_the_end)
{
	AUTO(json_doc) struct json_doc *doc = parse(events[_i].event);

	ck_assert_str_eq(a2a_event_task(json_root(doc)), events[_i].task);
	ck_assert_msg(
		a2a_event_is_last(json_root(doc)) == events[_i].is_last, "%s", events[_i].event);
}
END_TEST

/* --- checks --- */

static const struct {
	const char *spec;
	enum a2a_version version;
	enum a2a_method method;
	const char *in;
	int code; /* 0 = fine */
} checks[] = {
	{ "a good send", A2A_03, A2A_SEND,
		"{\"message\":{\"parts\":[{\"kind\":\"text\",\"text\":\"a\"}]}}", 0 },
	{ "a part whose content is missing", A2A_03, A2A_SEND,
		"{\"message\":{\"parts\":[{\"kind\":\"text\"}]}}", -32602 },
	{ "a part that is no object", A2A_03, A2A_SEND, "{\"message\":{\"parts\":[\"a\"]}}",
		-32602 },
	{ "parts that are no list", A2A_03, A2A_SEND, "{\"message\":{\"parts\":{}}}", -32602 },
	{ "a good 1.0 send", A2A_10, A2A_SEND,
		"{\"message\":{\"parts\":[{\"text\":\"a\"},{\"data\":null},{\"raw\":\"QQ==\"},{"
		"\"url\":\"u\"}]}}",
		0 },
	{ "a 1.0 part with two contents", A2A_10, A2A_SEND,
		"{\"message\":{\"parts\":[{\"text\":\"a\",\"url\":\"u\"}]}}", -32602 },
	{ "a 1.0 part without content", A2A_10, A2A_SEND,
		"{\"message\":{\"parts\":[{\"kind\":\"text\"}]}}", -32602 },
	{ "metadata that is text", A2A_03, A2A_SEND, "{\"message\":{\"metadata\":\"x\"}}", -32602 },
	{ "a configuration that is text", A2A_03, A2A_SEND,
		"{\"message\":{},\"configuration\":\"x\"}", -32602 },
	{ "a task id that is a number", A2A_03, A2A_GET, "{\"id\":5}", -32602 },
	{ "a push config without config", A2A_03, A2A_PUSH_SET, "{\"taskId\":\"t\"}", -32602 },
	{ "a 1.0 push config", A2A_10, A2A_PUSH_SET, "{\"taskId\":\"t\",\"url\":\"u\"}", 0 },
	{ "a 1.0 push config of no task", A2A_10, A2A_PUSH_GET, "{\"id\":\"t\"}", -32602 },
	{ "the card needs nothing", A2A_03, A2A_EXTENDED_CARD, "null", 0 },
	{ "nothing", A2A_03, A2A_GET, "null", -32700 },
};

START_TEST(parameters_are_checked)
{
	AUTO(json_doc) struct json_doc *doc = parse(checks[_i].in);
	struct rpc_failure failure = { 0 };
	bool ok = a2a_check_params(checks[_i].version, checks[_i].method, json_root(doc), &failure);

	ck_assert_msg(ok == !checks[_i].code, "%s: %s", checks[_i].spec, failure.text);
	ck_assert_msg(failure.code == checks[_i].code, "%s: %d %s", checks[_i].spec, failure.code,
		failure.text);
}
END_TEST

START_TEST(a_context_id_of_a_megabyte_is_refused)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct rpc_failure failure;

	buffer_puts(&text, "{\"message\":{\"contextId\":\"");
	for (int i = 0; i < 1000000; i++)
		buffer_putc(&text, 'c');
	buffer_puts(&text, "\"}}");
	ck_assert(json_doc_parse(&text, NULL, &doc, &err));
	ck_assert(!a2a_check_params(A2A_03, A2A_SEND, json_root(doc), &failure));
	ck_assert_int_eq(failure.code, -32602);
	ck_assert_ptr_nonnull(strstr(failure.text, "contextId is longer than"));
}
END_TEST

/* --- whatever comes --- */

static void must_be_json(const char *spec, struct buffer *out)
{
	AUTO(json_doc) struct json_doc *doc = NULL;

	ck_assert(buffer_ok(out, &err));
	ck_assert_msg(json_doc_parse(out, NULL, &doc, &err), "%s: %s", spec, err.text);
}

static void convert_odd(void *context UNUSED, struct json_view odd, const char *text)
{
	static const write_fn writes[] = { a2a_write_event, a2a_write_task, a2a_write_message,
		a2a_write_part };
	AUTO(buffer) struct buffer opening = { 0 };

	for (size_t i = 0; i < COUNT(writes) * 2; i++) {
		AUTO(buffer) struct buffer out = { 0 };

		writes[i / 2](&out, i % 2 ? A2A_10 : A2A_03, odd);
		must_be_json(text, &out);
	}
	a2a_write_opening_task(&opening, odd);
	must_be_json(text, &opening);
	(void)a2a_event_is_last(odd);
	ck_assert_ptr_nonnull(a2a_event_task(odd));
}

START_TEST(a_value_of_any_kind_is_converted)
{
	AUTO(json_doc) struct json_doc *old = parse(pairs[_i].old);
	AUTO(json_doc) struct json_doc *new = parse(pairs[_i].new);

	odd_each(json_root(old), convert_odd, NULL);
	odd_each(json_root(new), convert_odd, NULL);
}
END_TEST

static void answer_odd(void *context, struct json_view odd, const char *text)
{
	enum a2a_method method = *(const enum a2a_method *)context;
	AUTO(buffer) struct buffer out = { 0 };

	a2a_write_result(&out, A2A_10, method, odd);
	must_be_json(text, &out);
}

START_TEST(a_result_of_any_kind_is_an_answer)
{
	AUTO(json_doc) struct json_doc *doc = parse(results[_i].in);
	enum a2a_method method = results[_i].method;

	odd_each(json_root(doc), answer_odd, &method);
}
END_TEST

/* All that a client may say, in each dialect. */
static const char *const asks[] = {
	"{\"message\":{\"kind\":\"message\",\"messageId\":\"m\",\"contextId\":\"c\",\"taskId\":"
	"\"t\",\"role\":\"user\",\"parts\":[{\"kind\":\"text\",\"text\":\"a\"},{\"kind\":\"data\","
	"\"data\":{\"a\":1},\"metadata\":{\"m\":1}},{\"kind\":\"file\",\"file\":{\"bytes\":\"QQ=="
	"\"}}],\"metadata\":{},\"extensions\":[\"e\"],\"referenceTaskIds\":[\"r\"]},"
	"\"configuration\":{\"blocking\":false,\"pushNotificationConfig\":{\"url\":\"u\","
	"\"authentication\":{\"schemes\":[\"b\"]}}},\"metadata\":{\"m\":1}}",
	"{\"message\":{\"messageId\":\"m\",\"role\":\"ROLE_USER\",\"parts\":[{\"text\":\"a\"},{"
	"\"data\":5,\"metadata\":{\"m\":1}},{\"raw\":\"QQ==\",\"filename\":\"f\"},{\"url\":\"u\"}]}"
	",\"configuration\":{\"returnImmediately\":true,\"taskPushNotificationConfig\":{\"url\":"
	"\"u\",\"authentication\":{\"scheme\":\"b\"}}},\"tenant\":\"x\"}",
	"{\"id\":\"t\",\"taskId\":\"t\",\"historyLength\":1,\"metadata\":{},"
	"\"pushNotificationConfigId\":\"p\",\"url\":\"u\",\"authentication\":{\"scheme\":\"b\"},"
	"\"pushNotificationConfig\":{\"url\":\"u\"}}",
};

static void ask_odd(void *context UNUSED, struct json_view odd, const char *text)
{
	for (int i = 0; i <= A2A_EXTENDED_CARD * 2 + 1; i++) {
		AUTO(buffer) struct buffer out = { 0 };
		struct rpc_failure failure = { 0 };
		enum a2a_version version = i % 2 ? A2A_10 : A2A_03;
		enum a2a_method method = (enum a2a_method)(i / 2);

		if (method == A2A_EXTENDED_CARD)
			continue; /* never asked of an agent */
		if (a2a_check_params(version, method, odd, &failure)) {
			a2a_write_params(&out, version, method, odd);
			must_be_json(text, &out);
		} else {
			ck_assert_msg(failure.code && failure.text[0], "%s", text);
		}
	}
}

START_TEST(a_parameter_of_any_kind_is_refused_or_sent_as_json)
{
	AUTO(json_doc) struct json_doc *doc = parse(asks[_i]);

	odd_each(json_root(doc), ask_odd, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("a2a");
	TCase *tc = tcase_create("a2a");

	tcase_add_loop_test(tc, versions_are_read_without_the_patch_number, 0, COUNT(versions));
	tcase_add_test(tc, each_method_has_its_name_in_one_dialect_only);
	tcase_add_loop_test(tc, both_dialects_say_the_same, 0, COUNT(pairs));
	tcase_add_loop_test(tc, every_state_has_its_word, 0, COUNT(states));
	tcase_add_loop_test(tc, what_agents_write_becomes_proper, 0, COUNT(one_way));
	tcase_add_loop_test(tc, parameters_of_1_0_reach_the_agent_in_0_3, 0, COUNT(params));
	tcase_add_loop_test(tc, results_reach_clients_of_1_0, 0, COUNT(results));
	tcase_add_loop_test(tc, events_tell_their_task_and_the_end, 0, COUNT(events));
	tcase_add_loop_test(tc, parameters_are_checked, 0, COUNT(checks));
	tcase_add_test(tc, a_context_id_of_a_megabyte_is_refused);
	tcase_add_loop_test(tc, a_value_of_any_kind_is_converted, 0, COUNT(pairs));
	tcase_add_loop_test(tc, a_result_of_any_kind_is_an_answer, 0, COUNT(results));
	tcase_add_loop_test(tc, a_parameter_of_any_kind_is_refused_or_sent_as_json, 0, COUNT(asks));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
