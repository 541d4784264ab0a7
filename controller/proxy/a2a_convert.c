/* Parts, messages, tasks and updates: each from one dialect into the other. */
#include "proxy/put.h"

#include "base/text.h"

#define COMPAT_MARK     "data_part_compat" /* the Go library's mark of a wrapped data part */
#define TASK_STATE_NONE "TASK_STATE_UNSPECIFIED"

/* --- words --- */

struct word {
	const char *words[2]; /* by version */
};

static const struct word roles[] = { { { "user", "ROLE_USER" } }, { { "agent", "ROLE_AGENT" } } };

static const struct word states[] = {
	{ { "submitted", "TASK_STATE_SUBMITTED" } },
	{ { "working", "TASK_STATE_WORKING" } },
	{ { "input-required", "TASK_STATE_INPUT_REQUIRED" } },
	{ { "auth-required", "TASK_STATE_AUTH_REQUIRED" } },
	{ { "completed", "TASK_STATE_COMPLETED" } },
	{ { "failed", "TASK_STATE_FAILED" } },
	{ { "canceled", "TASK_STATE_CANCELED" } },
	{ { "rejected", "TASK_STATE_REJECTED" } },
	{ { "unknown", TASK_STATE_NONE } },
};

static const char *translate(const struct word *table, size_t count, enum a2a_version to,
	const char *word, const char *otherwise)
{
	enum a2a_version from = to == A2A_03 ? A2A_10 : A2A_03;

	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].words[from], word) == 0)
			return table[i].words[to];
	return otherwise;
}

bool a2a_state_is_terminal(const char *state)
{
	return strcmp(state, "completed") == 0 || strcmp(state, "failed") == 0 ||
	       strcmp(state, "canceled") == 0 || strcmp(state, "rejected") == 0;
}

static bool state_ends_stream(const char *state)
{
	return a2a_state_is_terminal(state) || strcmp(state, "input-required") == 0;
}

/* --- parts --- */

static void put_metadata_without_mark(struct buffer *out, struct json_view metadata)
{
	if (json_count(metadata) < 2)
		return;
	put_key(out, "metadata");
	buffer_putc(out, '{');
	json_foreach_member (member, metadata) {
		const char *key = json_key(member, NULL);

		if (strcmp(key, COMPAT_MARK) == 0)
			continue;
		put_key(out, key);
		json_write(out, member);
	}
	buffer_putc(out, '}');
}

static void put_metadata_with_mark(struct buffer *out, struct json_view metadata)
{
	put_key(out, "metadata");
	buffer_putc(out, '{');
	json_foreach_member (member, metadata) {
		const char *key = json_key(member, NULL);

		if (strcmp(key, COMPAT_MARK) == 0)
			continue;
		put_key(out, key);
		json_write(out, member);
	}
	put_bool(out, COMPAT_MARK, true);
	buffer_putc(out, '}');
}

/* The members of a 1.0 part that hold or describe its content. */
#define CONTENT_MEMBERS "raw", "url", "mediaType", "filename"

static void file_part_to_10(struct buffer *out, struct json_view part)
{
	struct json_view file = json_get(part, "file");

	put_view(out, "raw", json_get(file, "bytes"));
	put_view(out, "url", json_get(file, "uri"));
	put_view(out, "mediaType", json_get(file, "mimeType"));
	put_view(out, "filename", json_get(file, "name"));
	put_others(out, part, NAMED("kind", "file", CONTENT_MEMBERS));
}

static void data_part_to_10(struct buffer *out, struct json_view part)
{
	struct json_view data = json_get(part, "data");
	struct json_view metadata = json_get(part, "metadata");
	struct json_view value = json_get(data, "value");

	if (json_count(data) == 1 && json_kind(value) != JSON_NONE &&
		json_bool_or(json_get(metadata, COMPAT_MARK), false)) {
		put_key(out, "data");
		json_write(out, value);
		put_metadata_without_mark(out, metadata);
		put_others(out, part, NAMED("kind", "data", "metadata"));
		return;
	}
	put_others(out, part, NAMED("kind"));
}

static void part_to_10(struct buffer *out, struct json_view part)
{
	const char *kind = json_text_or(json_get(part, "kind"), "");

	if (strcmp(kind, "file") == 0)
		file_part_to_10(out, part);
	else if (strcmp(kind, "data") == 0)
		data_part_to_10(out, part);
	else
		put_others(out, part, NAMED("kind"));
}

static void file_part_to_03(struct buffer *out, struct json_view part)
{
	put_text(out, "kind", "file");
	put_key(out, "file");
	buffer_putc(out, '{');
	put_view(out, "bytes", json_get(part, "raw"));
	put_view(out, "uri", json_get(part, "url"));
	put_view(out, "mimeType", json_get(part, "mediaType"));
	put_view(out, "name", json_get(part, "filename"));
	buffer_putc(out, '}');
	put_others(out, part, NAMED("kind", "file", CONTENT_MEMBERS));
}

static void data_part_to_03(struct buffer *out, struct json_view part)
{
	struct json_view data = json_get(part, "data");

	put_text(out, "kind", "data");
	if (json_kind(data) == JSON_OBJECT) {
		put_others(out, part, NAMED("kind"));
		return;
	}
	put_key(out, "data");
	buffer_puts(out, "{\"value\":");
	json_write(out, data);
	buffer_putc(out, '}');
	put_metadata_with_mark(out, json_get(part, "metadata"));
	put_others(out, part, NAMED("kind", "data", "metadata"));
}

static void part_to_03(struct buffer *out, struct json_view part)
{
	if (json_kind(json_get(part, "data")) != JSON_NONE) {
		data_part_to_03(out, part);
	} else if (json_is_present(json_get(part, "raw")) ||
		   json_is_present(json_get(part, "url"))) {
		file_part_to_03(out, part);
	} else {
		put_text(out, "kind", "text");
		put_others(out, part, NAMED("kind"));
	}
}

void a2a_write_part(struct buffer *out, enum a2a_version to, struct json_view part)
{
	buffer_putc(out, '{');
	if (to == A2A_10)
		part_to_10(out, part);
	else
		part_to_03(out, part);
	buffer_putc(out, '}');
}

/* --- messages, tasks, updates --- */

void a2a_write_message(struct buffer *out, enum a2a_version to, struct json_view message)
{
	const char *role = json_text(json_get(message, "role"), NULL);

	buffer_putc(out, '{');
	if (to == A2A_03)
		put_text(out, "kind", "message");
	if (role)
		put_text(out, "role",
			translate(roles, COUNT(roles), to, role,
				to == A2A_10 ? "ROLE_UNSPECIFIED" : "user"));
	put_list(out, "parts", to, json_get(message, "parts"), a2a_write_part);
	put_others(out, message, NAMED("kind", "role", "parts"));
	buffer_putc(out, '}');
}

/* 1.0 wants UTC with a Z. Agents write "+00:00", or nothing when they mean UTC. */
static void put_timestamp(struct buffer *out, enum a2a_version to, struct json_view v)
{
	const char *text = json_text(v, NULL);
	size_t bytes = text ? strlen(text) : 0;
	bool has_offset = bytes > 6 && (text[bytes - 1] == 'Z' || text[bytes - 6] == '+' ||
					       text[bytes - 6] == '-');

	if (!text || to == A2A_03 || bytes < 19) {
		put_view(out, "timestamp", v);
		return;
	}
	if (text_ends_with(text, "+00:00"))
		bytes -= 6;
	put_key(out, "timestamp");
	json_write_string(out, text, bytes);
	if (text_ends_with(text, "+00:00") || !has_offset) {
		out->data[out->bytes - 1] = 'Z';
		buffer_putc(out, '"');
	}
}

static void write_status(struct buffer *out, enum a2a_version to, struct json_view status)
{
	const char *state = json_text(json_get(status, "state"), NULL);

	buffer_putc(out, '{');
	if (state)
		put_text(out, "state",
			translate(states, COUNT(states), to, state,
				to == A2A_10 ? TASK_STATE_NONE : "unknown"));
	put_object(out, "message", to, json_get(status, "message"), a2a_write_message);
	put_timestamp(out, to, json_get(status, "timestamp"));
	put_others(out, status, NAMED("state", "message", "timestamp"));
	buffer_putc(out, '}');
}

static void write_artifact(struct buffer *out, enum a2a_version to, struct json_view artifact)
{
	buffer_putc(out, '{');
	put_list(out, "parts", to, json_get(artifact, "parts"), a2a_write_part);
	put_others(out, artifact, NAMED("parts"));
	buffer_putc(out, '}');
}

void a2a_write_task(struct buffer *out, enum a2a_version to, struct json_view task)
{
	buffer_putc(out, '{');
	if (to == A2A_03)
		put_text(out, "kind", "task");
	put_view(out, "id", json_get(task, "id"));
	put_view(out, "contextId", json_get(task, "contextId"));
	put_object(out, "status", to, json_get(task, "status"), write_status);
	put_list(out, "artifacts", to, json_get(task, "artifacts"), write_artifact);
	put_list(out, "history", to, json_get(task, "history"), a2a_write_message);
	put_others(out, task, NAMED("kind", "id", "contextId", "status", "artifacts", "history"));
	buffer_putc(out, '}');
}

static void write_status_update(struct buffer *out, enum a2a_version to, struct json_view update)
{
	buffer_putc(out, '{');
	if (to == A2A_03)
		put_text(out, "kind", "status-update");
	put_object(out, "status", to, json_get(update, "status"), write_status);
	if (to == A2A_03) {
		const char *state = json_text_or(json_dig(update, "status", "state"), "");

		put_bool(out, "final",
			state_ends_stream(
				translate(states, COUNT(states), A2A_03, state, "unknown")));
	}
	put_others(out, update, NAMED("kind", "status", "final"));
	buffer_putc(out, '}');
}

static void write_artifact_update(struct buffer *out, enum a2a_version to, struct json_view update)
{
	buffer_putc(out, '{');
	if (to == A2A_03)
		put_text(out, "kind", "artifact-update");
	put_object(out, "artifact", to, json_get(update, "artifact"), write_artifact);
	put_others(out, update, NAMED("kind", "artifact"));
	buffer_putc(out, '}');
}

/* Source: 0.3 tells stream items apart by `kind`, 1.0 by the one member that is there. */
static const struct {
	const char *kind, *member;
	put_write_fn write;
} items[] = {
	{ "task", "task", a2a_write_task },
	{ "message", "message", a2a_write_message },
	{ "status-update", "statusUpdate", write_status_update },
	{ "artifact-update", "artifactUpdate", write_artifact_update },
};

void a2a_write_event(struct buffer *out, enum a2a_version to, struct json_view event)
{
	const char *kind = json_text_or(json_get(event, "kind"), "");

	for (size_t i = 0; i < COUNT(items); i++) {
		if (to == A2A_03 && json_kind(json_get(event, items[i].member)) == JSON_OBJECT) {
			items[i].write(out, to, json_get(event, items[i].member));
			return;
		}
		if (to == A2A_10 && strcmp(kind, items[i].kind) == 0) {
			buffer_printf(out, "{\"%s\":", items[i].member);
			items[i].write(out, to, event);
			buffer_putc(out, '}');
			return;
		}
	}
	json_write(out, event);
}

const char *a2a_event_task(struct json_view event)
{
	const char *kind = json_text_or(json_get(event, "kind"), "");

	return json_text_or(json_get(event, strcmp(kind, "task") == 0 ? "id" : "taskId"), "");
}

bool a2a_event_is_last(struct json_view event)
{
	const char *kind = json_text_or(json_get(event, "kind"), "");

	if (strcmp(kind, "message") == 0 || json_bool_or(json_get(event, "final"), false))
		return true;
	return state_ends_stream(json_text_or(json_dig(event, "status", "state"), ""));
}

void a2a_write_opening_task(struct buffer *out, struct json_view event)
{
	buffer_puts(out, "{\"task\":{");
	put_view(out, "id", json_get(event, "taskId"));
	put_view(out, "contextId", json_get(event, "contextId"));
	if (json_kind(json_get(event, "status")) == JSON_OBJECT) {
		put_object(out, "status", A2A_10, json_get(event, "status"), write_status);
	} else {
		put_key(out, "status");
		buffer_puts(out, "{\"state\":\"TASK_STATE_WORKING\"}");
	}
	buffer_puts(out, "}}");
}
