#include "store/jobs.h"

#include <string.h>

/* What is stored under the event's id already, if anything, must be the same. */
static bool is_repeated(struct database *db, const struct store_job *job, int64_t session,
	const struct buffer *data, bool *repeated, struct error *err)
{
	AUTO(query) struct query *query = NULL;

	if (!database_query(db, &query, err, "SELECT data FROM events WHERE session = ? AND id = ?",
		    SQL_INTEGER(session), SQL_TEXT(job->id)) ||
		!query_row(query, repeated, err))
		return false;
	if (*repeated && strcmp(query_text(query, 0, NULL), data->data) != 0)
		return error_set(err, ERR_CONFLICT, NULL,
			"the session has another event \"%.100s\"", job->id);
	return true;
}

static bool insert(struct database *db, struct store_job *job, int64_t session,
	const struct buffer *data, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	int64_t now = database_now_us(db);
	bool row;

	if (!database_query(db, &query, err,
		    "INSERT INTO events (session, id, created_at, data) VALUES (?, ?, ?, ?) "
		    "RETURNING sequence",
		    SQL_INTEGER(session), SQL_TEXT(job->id), SQL_INTEGER(now),
		    SQL_TEXT(data->data)) ||
		!query_row(query, &row, err) ||
		!database_run(db, err, "UPDATE sessions SET updated_at = ? WHERE key = ?",
			SQL_INTEGER(now), SQL_INTEGER(session)))
		return false;
	job->created = true;
	if (strcmp(job->data, data->data) != 0)
		vault_put(database_vault(db), session, query_integer(query, 0), job->data);
	return true;
}

static void put_answer(struct store_job *job, const struct buffer *data)
{
	buffer_putc(&job->json, '{');
	row_put_text(&job->json, "id", job->id);
	row_put_text(&job->json, "session_id", job->session);
	row_put_text(&job->json, "user_id", job->user);
	row_put_text(&job->json, "data", data->data);
	buffer_putc(&job->json, '}');
}

bool event_add(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(buffer) struct buffer data = { 0 };
	struct session_row session = { 0 };
	bool repeated;

	job->from_agent_pod = true;
	secrets_strip(&data, job->data);
	if (!buffer_ok(&data, err) || !session_find(db, job->session, job, &session, err))
		return false;
	free(session.agent);
	if (!is_repeated(db, job, session.key, &data, &repeated, err))
		return false;
	if (!repeated && !insert(db, job, session.key, &data, err))
		return false;
	put_answer(job, &data);
	return buffer_ok(&job->json, err);
}
