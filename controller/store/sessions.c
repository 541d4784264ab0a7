#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "store/jobs.h"

#include <string.h>

void row_put_text(struct buffer *json, const char *key, const char *text)
{
	if (!text)
		return;
	if (json->bytes && json->data[json->bytes - 1] != '{')
		buffer_putc(json, ',');
	buffer_printf(json, "\"%s\":", key);
	json_write_string(json, text, strlen(text));
}

void row_put_time(struct buffer *json, const char *key, int64_t us)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_rfc3339_micro((uint64_t)us, text);
	row_put_text(json, key, text);
}

#define SESSION_COLUMNS "id, user_id, created_at, updated_at, name, agent, source"

/* The session of a row of SESSION_COLUMNS. */
static void put_session(struct buffer *json, struct query *row)
{
	buffer_putc(json, '{');
	row_put_text(json, "id", query_text(row, 0, NULL));
	row_put_text(json, "user_id", query_text(row, 1, NULL));
	row_put_time(json, "created_at", query_integer(row, 2));
	row_put_time(json, "updated_at", query_integer(row, 3));
	row_put_text(json, "name", query_text(row, 4, NULL));
	row_put_text(json, "agent_id", query_text(row, 5, NULL));
	row_put_text(json, "source", query_text(row, 6, NULL));
	buffer_putc(json, '}');
}

void session_row_fini(struct session_row *row)
{
	free(row->agent);
	*row = (struct session_row){ 0 };
}

static bool owns(const struct store_job *job, const char *agent)
{
	return !job->from_agent_pod || !agent || (job->agent && strcmp(job->agent, agent) == 0);
}

bool session_find(struct database *db, const char *id, const struct store_job *job,
	struct session_row *out, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	const char *agent;
	bool row;

	if (!database_query(db, &query, err,
		    "SELECT key, agent FROM sessions WHERE id = ? AND user_id = ?", SQL_TEXT(id),
		    SQL_TEXT(job->user)) ||
		!query_row(query, &row, err))
		return false;
	if (!row)
		return error_set(
			err, ERR_NOT_FOUND, NULL, "this user has no session \"%.100s\"", id);
	agent = query_text(query, 1, NULL);
	if (!owns(job, agent))
		return error_set(err, ERR_DENIED, NULL, "Session does not belong to this agent");
	out->key = query_integer(query, 0);
	out->agent = agent ? strdup(agent) : NULL;
	return !agent || out->agent || error_no_memory(err);
}

bool session_touch(struct database *db, const char *id, int64_t now_us, struct error *err)
{
	return database_run(db, err, "UPDATE sessions SET updated_at = ? WHERE id = ?",
		SQL_INTEGER(now_us), SQL_TEXT(id));
}

static bool answer_with(struct database *db, struct store_job *job, int64_t key, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool row;

	if (!database_query(db, &query, err,
		    "SELECT " SESSION_COLUMNS " FROM sessions WHERE key = ?", SQL_INTEGER(key)) ||
		!query_row(query, &row, err))
		return false;
	if (!row)
		return error_set(err, ERR_NOT_FOUND, NULL, "the session is gone");
	put_session(&job->json, query);
	return buffer_ok(&job->json, err);
}

/* A session that is made anew must not show what was left under its id: tasks that nobody's session holds. */
static bool drop_orphans(struct database *db, const char *id, struct error *err)
{
	return database_run(db, err,
		"DELETE FROM tasks WHERE session = ?1 AND NOT EXISTS (SELECT 1 FROM sessions WHERE "
		"id = ?1)",
		SQL_TEXT(id));
}

static bool adopt(struct database *db, struct store_job *job, const struct session_row *there,
	struct error *err)
{
	if (there->agent && job->agent && strcmp(there->agent, job->agent) != 0)
		return error_set(err, ERR_CONFLICT, NULL,
			"the session \"%.100s\" belongs to another agent", job->id);
	if (job->name && !database_run(db, err,
				 "UPDATE sessions SET name = ?1, updated_at = ?2 WHERE key = ?3 "
				 "AND name IS DISTINCT FROM ?1",
				 SQL_TEXT(job->name), SQL_INTEGER(database_now_us(db)),
				 SQL_INTEGER(there->key)))
		return false;
	return answer_with(db, job, there->key, err);
}

/*
 * `*key` is the new row's; 0: another one stands against it, of the same id or the agent's one chat. (Which of the two a database
 * would complain of first is chance, when they come at the same time from another replica.)
 */
static bool insert_row(
	struct database *db, const struct store_job *job, int64_t *key, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	int64_t now = database_now_us(db);
	bool row;

	if (!database_query(db, &query, err,
		    "INSERT INTO sessions (id, user_id, agent, name, source, created_at, "
		    "updated_at)"
		    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING key",
		    SQL_TEXT(job->id), SQL_TEXT(job->user), SQL_TEXT(job->agent),
		    SQL_TEXT(job->name), SQL_TEXT(job->source), SQL_INTEGER(now),
		    SQL_INTEGER(now)) ||
		!query_row(query, &row, err))
		return false;
	*key = row ? query_integer(query, 0) : 0;
	return true;
}

static bool find_and_adopt(struct database *db, struct store_job *job, struct error *err)
{
	struct session_row there = { 0 };
	bool ok;

	if (!session_find(db, job->id, job, &there, err))
		return false;
	ok = adopt(db, job, &there, err);
	session_row_fini(&there);
	return ok;
}

bool session_create(struct database *db, struct store_job *job, struct error *err)
{
	int64_t key;

	if (!store_job_choose_id(job, err))
		return false;
	if (find_and_adopt(db, job, err))
		return true;
	if (err->code != ERR_NOT_FOUND || !drop_orphans(db, job->id, err) ||
		!insert_row(db, job, &key, err))
		return false;
	if (!key && find_and_adopt(db, job, err))
		return true;
	if (!key && err->code != ERR_NOT_FOUND)
		return false;
	if (!key)
		return error_set(err, ERR_CONFLICT, NULL, ONE_CHAT_TEXT);
	job->created = true;
	return answer_with(db, job, key, err);
}

#define EVENT_COLUMNS "id, created_at, data, session, sequence"

/* An agent that proved itself and reads its own session gets its newest headers whole. */
static char *whole_event(struct database *db, const struct store_job *job, struct query *row)
{
	if (!job->from_agent_pod || !job->is_proven)
		return NULL;
	return vault_get(database_vault(db), query_integer(row, 3), query_integer(row, 4));
}

static void put_event(struct database *db, struct store_job *job, struct query *row)
{
	AUTO(text) char *whole = whole_event(db, job, row);
	struct buffer *json = &job->json;

	buffer_putc(json, '{');
	row_put_text(json, "id", query_text(row, 0, NULL));
	row_put_text(json, "session_id", job->id);
	row_put_text(json, "user_id", job->user);
	row_put_time(json, "created_at", query_integer(row, 1));
	row_put_time(json, "updated_at", query_integer(row, 1));
	row_put_text(json, "data", whole ? whole : query_text(row, 2, NULL));
	buffer_putc(json, '}');
}

/* Appends the array's items and its closing bracket; `put` writes one row, whose column `longest` may be long. */
static bool put_rows(struct database *db, struct store_job *job, struct query *query, int longest,
	void (*put)(struct database *db, struct store_job *job, struct query *row),
	struct error *err)
{
	bool row = true;
	size_t bytes;

	buffer_putc(&job->json, '[');
	for (bool first = true;; first = false) {
		if (!query_row(query, &row, err))
			return false;
		if (!row)
			break;
		if (!first)
			buffer_putc(&job->json, ',');
		query_text(query, longest, &bytes);
		if (!store_job_may_add(job, bytes, err))
			return false;
		put(db, job, query);
	}
	buffer_putc(&job->json, ']');
	return buffer_ok(&job->json, err);
}

#define EVENTS_OF                                                                                  \
	"SELECT " EVENT_COLUMNS                                                                    \
	" FROM events WHERE session = ? AND created_at > ? ORDER BY sequence "

static bool put_events(
	struct database *db, struct store_job *job, int64_t session, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	int64_t limit = job->limit > 0 ? job->limit : INT64_MAX;
	bool ok;

	if (job->ascending)
		ok = database_list(db, &query, err, EVENTS_OF "ASC LIMIT ?", SQL_INTEGER(session),
			SQL_INTEGER(job->after_us), SQL_INTEGER(limit));
	else
		ok = database_list(db, &query, err, EVENTS_OF "DESC LIMIT ?", SQL_INTEGER(session),
			SQL_INTEGER(job->after_us), SQL_INTEGER(limit));
	return ok && put_rows(db, job, query, 2, put_event, err);
}

bool session_get(struct database *db, struct store_job *job, struct error *err)
{
	struct session_row row = { 0 };

	if (!session_find(db, job->id, job, &row, err))
		return false;
	free(row.agent);
	buffer_puts(&job->json, "{\"session\":");
	if (!answer_with(db, job, row.key, err))
		return false;
	buffer_puts(&job->json, ",\"events\":");
	if (!put_events(db, job, row.key, err))
		return false;
	buffer_putc(&job->json, '}');
	return buffer_ok(&job->json, err);
}

bool session_rename(struct database *db, struct store_job *job, struct error *err)
{
	struct session_row row = { 0 };

	if (!session_find(db, job->id, job, &row, err))
		return false;
	free(row.agent);
	return database_run(db, err, "UPDATE sessions SET name = ?, updated_at = ? WHERE key = ?",
		       SQL_TEXT(job->name), SQL_INTEGER(database_now_us(db)),
		       SQL_INTEGER(row.key)) &&
	       answer_with(db, job, row.key, err);
}

bool session_delete(struct database *db, struct store_job *job, struct error *err)
{
	struct session_row row = { 0 };

	if (!session_find(db, job->id, job, &row, err))
		return err->code == ERR_NOT_FOUND;
	free(row.agent);
	job->created = true;
	return database_run(db, err, "DELETE FROM sessions WHERE key = ?", SQL_INTEGER(row.key)) &&
	       drop_orphans(db, job->id, err);
}

static void put_listed(struct database *db UNUSED, struct store_job *job, struct query *row)
{
	put_session(&job->json, row);
}

#define NEWEST_FIRST " ORDER BY updated_at DESC, created_at DESC, key DESC"

bool session_list(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool ok;

	if (!job->agent)
		ok = database_list(db, &query, err,
			"SELECT " SESSION_COLUMNS " FROM sessions WHERE user_id = ?" NEWEST_FIRST,
			SQL_TEXT(job->user));
	else if (job->from_agent_pod)
		ok = database_list(db, &query, err,
			"SELECT " SESSION_COLUMNS
			" FROM sessions WHERE user_id = ? AND agent = ?" NEWEST_FIRST,
			SQL_TEXT(job->user), SQL_TEXT(job->agent));
	else
		ok = database_list(db, &query, err,
			"SELECT " SESSION_COLUMNS
			" FROM sessions WHERE user_id = ? AND agent = ? AND "
			"source IS DISTINCT FROM 'agent'" NEWEST_FIRST,
			SQL_TEXT(job->user), SQL_TEXT(job->agent));
	return ok && put_rows(db, job, query, 1, put_listed, err);
}

bool session_of_agent(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool row;

	if (!database_query(db, &query, err,
		    "SELECT " SESSION_COLUMNS
		    " FROM sessions WHERE agent = ? AND source IS DISTINCT FROM 'agent'",
		    SQL_TEXT(job->agent)) ||
		!query_row(query, &row, err))
		return false;
	if (!row)
		return error_set(err, ERR_NOT_FOUND, NULL, "the agent has no chat");
	put_session(&job->json, query);
	return buffer_ok(&job->json, err);
}

static bool drop_all_of(struct database *db, const char *agent, struct error *err)
{
	return database_run(db, err,
		       "DELETE FROM tasks WHERE agent = ?1 OR session IN (SELECT id FROM sessions "
		       "WHERE agent = ?1)",
		       SQL_TEXT(agent)) &&
	       database_run(db, err, "DELETE FROM sessions WHERE agent = ?", SQL_TEXT(agent)) &&
	       database_run(db, err, "DELETE FROM agents WHERE agent = ?", SQL_TEXT(agent));
}

/* The uid that stands behind the name, "" = none; nobody else changes it before our transaction ends. Heap. */
static bool lock_agent(
	struct database *db, const struct store_job *job, char **uid, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool row;

	if (!database_query(db, &query, err,
		    "INSERT INTO agents (agent, uid) VALUES (?, '') ON CONFLICT (agent) DO UPDATE "
		    "SET uid = agents.uid RETURNING uid",
		    SQL_TEXT(job->agent)) ||
		!query_row(query, &row, err))
		return false;
	*uid = strdup(row ? query_text(query, 0, NULL) : "");
	return *uid || error_no_memory(err);
}

static bool bury(struct database *db, const char *uid, struct error *err)
{
	return database_run(db, err,
		"INSERT INTO agents_gone (uid, gone_at) VALUES (?, ?) ON CONFLICT (uid) DO NOTHING",
		SQL_TEXT(uid), SQL_INTEGER(database_now_us(db)));
}

bool session_agent_deleted(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(text) char *there = NULL;

	if (text_is_empty(job->id))
		return drop_all_of(db, job->agent, err);
	if (!lock_agent(db, job, &there, err) || !bury(db, job->id, err))
		return false;
	return (*there && strcmp(there, job->id) != 0) || drop_all_of(db, job->agent, err);
}

/* Whether a query with these two texts has a row. */
static bool has_row(struct database *db, const char *sql, const char *one, const char *two,
	bool *row, struct error *err)
{
	const struct sql_value values[] = { SQL_TEXT(one), SQL_TEXT(two) };
	AUTO(query) struct query *query = NULL;

	return database_query_values(db, &query, err, sql, values, two ? 2 : 1) &&
	       query_row(query, row, err);
}

static bool replace_agent(
	struct database *db, struct store_job *job, const char *there, struct error *err)
{
	job->created = *there;
	if (*there && (!bury(db, there, err) || !drop_all_of(db, job->agent, err)))
		return false;
	return database_run(db, err,
		"INSERT INTO agents (agent, uid) VALUES (?1, ?2) ON CONFLICT (agent) DO UPDATE SET "
		"uid = ?2",
		SQL_TEXT(job->agent), SQL_TEXT(job->id));
}

bool session_agent_seen(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(text) char *there = NULL;
	bool is_known, is_gone;

	if (!has_row(db, "SELECT 1 FROM agents WHERE agent = ? AND uid = ?", job->agent, job->id,
		    &is_known, err))
		return false;
	if (is_known)
		return true;
	/* Only now: what was told meanwhile is seen by a statement that begins after the lock. */
	if (!lock_agent(db, job, &there, err) ||
		!has_row(db, "SELECT 1 FROM agents_gone WHERE uid = ?", job->id, NULL, &is_gone,
			err))
		return false;
	if (is_gone)
		return *there || database_run(db, err, "DELETE FROM agents WHERE agent = ?",
					 SQL_TEXT(job->agent));
	return strcmp(there, job->id) == 0 || replace_agent(db, job, there, err);
}

#define ORPHANS_KEPT_US INT64_C(86400000000)

static bool drop_unused(struct database *db, int64_t since_us, struct error *err)
{
	return database_run(db, err,
		       "DELETE FROM tasks WHERE session IN (SELECT id FROM sessions GROUP BY id "
		       "HAVING max(updated_at) < ?)",
		       SQL_INTEGER(since_us)) &&
	       database_run(
		       db, err, "DELETE FROM sessions WHERE updated_at < ?", SQL_INTEGER(since_us));
}

bool session_sweep(struct database *db, struct store_job *job, struct error *err)
{
	int64_t now = database_now_us(db);

	if (job->limit > 0 && !drop_unused(db, now - job->limit * 1000, err))
		return false;
	return stream_sweep(db, now, err) &&
	       database_run(db, err, "DELETE FROM agents_gone WHERE gone_at < ?",
		       SQL_INTEGER(now - ORPHANS_KEPT_US)) &&
	       database_run(db, err,
		       "DELETE FROM tasks WHERE updated_at < ? AND NOT EXISTS (SELECT 1 FROM "
		       "sessions WHERE id = tasks.session)",
		       SQL_INTEGER(now - ORPHANS_KEPT_US));
}
