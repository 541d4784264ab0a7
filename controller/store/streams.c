/* On which replicas chats run: rows that die with the replica that no longer renews them. */
#include "store/jobs.h"

bool stream_open(struct database *db, struct store_job *job, struct error *err)
{
	int64_t until = database_now_us(db) + job->limit * 1000;

	return database_run(db, err,
		"INSERT INTO streams (agent, replica, until_at) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (agent, replica) DO UPDATE SET until_at = ?3",
		SQL_TEXT(job->agent), SQL_TEXT(job->name), SQL_INTEGER(until));
}

bool stream_closed(struct database *db, struct store_job *job, struct error *err)
{
	return database_run(db, err, "DELETE FROM streams WHERE agent = ? AND replica = ?",
		SQL_TEXT(job->agent), SQL_TEXT(job->name));
}

bool stream_ask(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;

	return database_query(db, &query, err,
		       "SELECT 1 FROM streams WHERE agent = ? AND replica <> ? AND until_at > ?",
		       SQL_TEXT(job->agent), SQL_TEXT(job->name),
		       SQL_INTEGER(database_now_us(db))) &&
	       query_row(query, &job->created, err);
}

bool stream_sweep(struct database *db, int64_t now_us, struct error *err)
{
	return database_run(db, err, "DELETE FROM streams WHERE until_at < ?", SQL_INTEGER(now_us));
}
