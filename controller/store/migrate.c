#include "base/buffer.h"
#include "store/driver.h"

#include <stdio.h>
#include <string.h>

/*
 * The schema, a step at a time; a database keeps in schema_version how many it went. Steps that were released never change.
 * Times are microseconds since 1970. {id} and {bytes} are the database's own words for such columns.
 */
static const char *const steps[] = {
	/* 1: chats */
	"CREATE TABLE sessions ("
	"  key {id},"
	"  id TEXT NOT NULL,"
	"  user_id TEXT NOT NULL,"
	"  agent TEXT," /* the Python form, ns__NS__name */
	"  name TEXT,"
	"  source TEXT,"
	"  created_at BIGINT NOT NULL,"
	"  updated_at BIGINT NOT NULL,"
	"  UNIQUE (id, user_id));"
	/* An agent has one chat; those another agent began in it do not count. */
	"CREATE UNIQUE INDEX one_chat ON sessions (agent) WHERE agent IS NOT NULL AND source IS "
	"DISTINCT FROM 'agent';"
	"CREATE INDEX sessions_by_agent ON sessions (agent);"
	"CREATE INDEX sessions_by_user ON sessions (user_id, updated_at);"

	"CREATE TABLE events ("
	"  sequence {id},"
	"  session BIGINT NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,"
	"  id TEXT NOT NULL,"
	"  created_at BIGINT NOT NULL,"
	"  data TEXT NOT NULL,"
	"  UNIQUE (session, id));"
	"CREATE INDEX events_in_order ON events (session, sequence);"

	/* A task may come before its session and is read by its id alone. */
	"CREATE TABLE tasks ("
	"  sequence {id},"
	"  id TEXT NOT NULL UNIQUE,"
	"  session TEXT NOT NULL," /* sessions.id: what the task calls its context */
	"  agent TEXT,"
	"  created_at BIGINT NOT NULL,"
	"  updated_at BIGINT NOT NULL,"
	"  json TEXT NOT NULL);"
	"CREATE INDEX tasks_by_session ON tasks (session, sequence);"
	"CREATE INDEX tasks_by_agent ON tasks (agent);",

	/* 2: what users say of answers, and what agents remember of users */
	"CREATE TABLE feedback ("
	"  key {id},"
	"  user_id TEXT NOT NULL,"
	"  created_at BIGINT NOT NULL,"
	"  message BIGINT,"
	"  is_positive BIGINT NOT NULL,"
	"  words TEXT NOT NULL,"
	"  issue TEXT);"
	"CREATE INDEX feedback_by_user ON feedback (user_id, key);"

	"CREATE TABLE memories ("
	"  key {id},"
	"  id TEXT NOT NULL UNIQUE,"
	"  agent TEXT NOT NULL,"
	"  user_id TEXT NOT NULL,"
	"  content TEXT NOT NULL,"
	"  metadata TEXT," /* JSON */
	"  vector {bytes} NOT NULL," /* floats, of length 1, as this machine stores them */
	"  accesses BIGINT NOT NULL DEFAULT 0,"
	"  created_at BIGINT NOT NULL,"
	"  expires_at BIGINT);"
	"CREATE INDEX memories_of ON memories (agent, user_id);",

	/* 3: which agent stood behind a name when it was last seen */
	"CREATE TABLE agents (agent TEXT PRIMARY KEY, uid TEXT NOT NULL);",

	/* 4: what several replicas must know of each other: agents that are gone, and where a chat runs */
	"CREATE TABLE agents_gone (uid TEXT PRIMARY KEY, gone_at BIGINT NOT NULL);"
	"CREATE TABLE streams ("
	"  agent TEXT NOT NULL,"
	"  replica TEXT NOT NULL,"
	"  until_at BIGINT NOT NULL," /* by then it has said so again, or is gone */
	"  PRIMARY KEY (agent, replica));",

	/* 5: what was said once is kept once */
	("ALTER TABLE feedback ADD COLUMN id TEXT;"
	 "CREATE UNIQUE INDEX feedback_once ON feedback (id);"),
};

static void put_step(struct buffer *out, const struct driver *driver, const char *step)
{
	const struct {
		const char *word, *means;
	} words[] = { { "{id}", driver->id_type }, { "{bytes}", driver->bytes_type } };

	while (*step) {
		size_t plain = strcspn(step, "{");

		buffer_append(out, step, plain);
		step += plain;
		for (size_t i = 0; i < COUNT(words); i++)
			if (strncmp(step, words[i].word, strlen(words[i].word)) == 0) {
				buffer_puts(out, words[i].means);
				step += strlen(words[i].word);
				break;
			}
	}
}

static bool read_version(struct database *db, int64_t *out, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool row;

	if (!database_exec(db,
		    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)", err) ||
		!database_query_values(db, &query, err,
			"SELECT coalesce(max(version), 0) FROM schema_version", NULL, 0) ||
		!query_row(query, &row, err))
		return false;
	*out = query_integer(query, 0);
	return true;
}

static bool take_step(struct database *db, int64_t step, struct error *err)
{
	AUTO(buffer) struct buffer sql = { 0 };

	put_step(&sql, db->driver, steps[step - 1]);
	return buffer_ok(&sql, err) && database_exec(db, sql.data, err) &&
	       database_run(db, err, "INSERT INTO schema_version (version) VALUES (?)",
		       SQL_INTEGER(step));
}

static bool take_steps(struct database *db, struct error *err)
{
	int64_t newest = (int64_t)COUNT(steps);
	int64_t version;

	if (!read_version(db, &version, err))
		return false;
	if (version > newest)
		return error_set(err, ERR_UNSUPPORTED, NULL,
			"the database has version %lld, made by a newer release: this one knows "
			"versions up to %lld",
			(long long)version, (long long)newest);
	while (version < newest)
		if (!take_step(db, ++version, err))
			return error_wrap(
				err, "bring the database to version %lld", (long long)version);
	return true;
}

bool database_migrate(struct database *db, struct error *err)
{
	bool ok = database_exec(db, db->driver->begin_schema, err) && take_steps(db, err) &&
		  database_commit(db, err);

	if (!ok)
		database_rollback(db);
	return ok;
}
