#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "json/value.h"
#include "store/jobs.h"

#include <string.h>

static bool denied(struct error *err)
{
	return error_set(err, ERR_DENIED, NULL, "Task does not belong to this agent");
}

/* An agent may touch a task that is its own, or nobody's. */
static bool check_owner(struct database *db, const struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool row;

	if (!job->from_agent_pod)
		return true;
	if (!job->agent)
		return denied(err);
	if (!database_query(db, &query, err, "SELECT 1 FROM tasks WHERE id = ? AND agent <> ?",
		    SQL_TEXT(job->id), SQL_TEXT(job->agent)) ||
		!query_row(query, &row, err))
		return false;
	return !row || denied(err);
}

/* An agent's task must not go into a chat that only other agents have. */
static bool check_session(struct database *db, const struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool row;

	if (!job->from_agent_pod)
		return true;
	if (!database_query(db, &query, err,
		    "SELECT 1 FROM sessions WHERE id = ?1 AND agent IS NOT NULL AND NOT EXISTS"
		    " (SELECT 1 FROM sessions WHERE id = ?1 AND (agent = ?2 OR agent IS NULL))",
		    SQL_TEXT(job->session), SQL_TEXT(job->agent)) ||
		!query_row(query, &row, err))
		return false;
	return !row || denied(err);
}

bool task_put(struct database *db, struct store_job *job, struct error *err)
{
	int64_t now = database_now_us(db);

	if (!check_owner(db, job, err) || !check_session(db, job, err))
		return false;
	job->created = true;
	return database_run(db, err,
		       "INSERT INTO tasks (id, session, agent, created_at, updated_at, json) "
		       "VALUES (?1, ?2, ?3, ?4, ?4, ?5)"
		       " ON CONFLICT (id) DO UPDATE SET session = ?2, agent = coalesce(?3, "
		       "tasks.agent), "
		       "updated_at = ?4, json = ?5",
		       SQL_TEXT(job->id), SQL_TEXT(job->session), SQL_TEXT(job->agent),
		       SQL_INTEGER(now), SQL_TEXT(job->data)) &&
	       session_touch(db, job->session, now, err);
}

bool task_get(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	const char *json;
	size_t bytes;
	bool row;

	if (!check_owner(db, job, err) ||
		!database_query(db, &query, err, "SELECT json FROM tasks WHERE id = ?",
			SQL_TEXT(job->id)) ||
		!query_row(query, &row, err))
		return false;
	if (!row)
		return error_set(err, ERR_NOT_FOUND, NULL, "there is no task \"%.100s\"", job->id);
	json = query_text(query, 0, &bytes);
	if (!store_job_may_add(job, bytes, err))
		return false;
	buffer_append(&job->json, json, bytes);
	return buffer_ok(&job->json, err);
}

bool task_delete(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;

	return check_owner(db, job, err) &&
	       database_query(db, &query, err, "DELETE FROM tasks WHERE id = ? RETURNING 1",
		       SQL_TEXT(job->id)) &&
	       query_row(query, &job->created, err);
}

bool task_list(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	struct session_row session = { 0 };
	bool row = true;

	if (!session_find(db, job->session, job, &session, err))
		return false;
	free(session.agent);
	if (!database_list(db, &query, err,
		    "SELECT json FROM tasks WHERE session = ? ORDER BY sequence",
		    SQL_TEXT(job->session)))
		return false;
	buffer_putc(&job->json, '[');
	for (bool first = true;; first = false) {
		const char *json;
		size_t bytes;

		if (!query_row(query, &row, err))
			return false;
		if (!row)
			break;
		if (!first)
			buffer_putc(&job->json, ',');
		json = query_text(query, 0, &bytes);
		if (!store_job_may_add(job, bytes, err))
			return false;
		buffer_append(&job->json, json, bytes);
	}
	buffer_putc(&job->json, ']');
	return buffer_ok(&job->json, err);
}

/* States an agent works on; in the others the task waits for a person, or is over. Source: A2A 0.3, TaskState. */
static bool is_unfinished(struct json_view task)
{
	struct json_view state = json_dig(task, "status", "state");

	return json_text_is(state, "submitted") || json_text_is(state, "working") ||
	       json_text_is(state, "unknown");
}

static bool set_reason(
	struct json_object *message, struct json_view task, const char *reason, struct error *err)
{
	struct json_object *part = json_object_new_object();
	char id[UUID_TEXT_BYTES];

	random_uuid(id);
	return json_append(json_need_array(message, "parts"), part, err) &&
	       json_set_text(part, "kind", "text", err) &&
	       json_set_text(part, "text", reason, err) &&
	       json_set_text(message, "kind", "message", err) &&
	       json_set_text(message, "messageId", id, err) &&
	       json_set_text(message, "role", "agent", err) &&
	       json_set_view(message, "taskId", json_get(task, "id"), err) &&
	       json_set_view(message, "contextId", json_get(task, "contextId"), err);
}

/* The task with a new status, all else as it is. */
static bool write_failed(struct buffer *out, struct json_view task, const char *reason,
	int64_t now_us, struct error *err)
{
	AUTO(json) struct json_object *tree = json_from_view(task);
	AUTO(json) struct json_object *status = json_object_new_object();
	char now[CLOCK_RFC3339_BYTES];

	clock_rfc3339_micro((uint64_t)now_us, now);
	if (!json_set_text(status, "state", "failed", err) ||
		!json_set_text(status, "timestamp", now, err) ||
		!set_reason(json_need_object(status, "message"), task, reason, err) ||
		!json_set(tree, "status", take_json(&status), err))
		return false;
	json_value_write(out, tree);
	return buffer_ok(out, err);
}

bool task_fail(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(json_doc) struct json_doc *task = NULL;
	AUTO(buffer) struct buffer failed = { 0 };
	int64_t now = database_now_us(db);

	if (!task_get(db, job, err) ||
		!json_doc_parse(&job->json,
			&(struct json_limits){ .bytes = SIZE_MAX, .depth = 1024 }, &task, err))
		return false;
	if (!is_unfinished(json_root(task)))
		return true;
	job->created = true;
	return write_failed(&failed, json_root(task), job->data, now, err) &&
	       database_run(db, err, "UPDATE tasks SET json = ?, updated_at = ? WHERE id = ?",
		       SQL_TEXT(failed.data), SQL_INTEGER(now), SQL_TEXT(job->id));
}

/* An agent keeps the message that began a task in its history; at first it may stand in the status alone. */
static bool has_message(struct json_view task, const char *id)
{
	json_foreach (message, json_get(task, "history"))
		if (json_text_is(json_get(message, "messageId"), id))
			return true;
	return json_text_is(json_dig(task, "status", "message", "messageId"), id);
}

static bool was_begun_by(const char *json, size_t bytes, const char *message)
{
	AUTO(json_doc) struct json_doc *task = NULL;

	return json_doc_copy(json, bytes, &(struct json_limits){ .bytes = SIZE_MAX, .depth = 1024 },
		       &task, NULL) &&
	       is_unfinished(json_root(task)) && has_message(json_root(task), message);
}

/* The id of the task, or NULL: there is none. */
static bool find_begun_by(
	struct database *db, const struct store_job *job, char **out, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool row = true;

	if (!database_query(db, &query, err,
		    "SELECT id, json FROM tasks WHERE agent = ?1 AND (?2 = '' OR session = ?2) AND "
		    "EXISTS (SELECT 1 FROM sessions WHERE sessions.id = tasks.session AND "
		    "sessions.user_id = ?3) ORDER BY sequence DESC LIMIT 20",
		    SQL_TEXT(job->agent), SQL_TEXT(job->session ? job->session : ""),
		    SQL_TEXT(job->user)))
		return false;
	for (;;) {
		const char *json;
		size_t bytes;

		if (!query_row(query, &row, err))
			return false;
		if (!row)
			return true;
		json = query_text(query, 1, &bytes);
		if (was_begun_by(json, bytes, job->id))
			return text_replace(out, query_text(query, 0, NULL), err);
	}
}

bool task_fail_of_message(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(text) char *task = NULL;

	if (!find_begun_by(db, job, &task, err))
		return false;
	if (!task)
		return error_set(err, ERR_NOT_FOUND, NULL,
			"no unfinished task began with message \"%.100s\"", job->id);
	return text_replace(&job->id, task, err) && task_fail(db, job, err);
}
