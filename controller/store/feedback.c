#include "store/jobs.h"

bool feedback_add(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view said;
	int64_t message;

	if (!json_doc_copy(job->data, strlen(job->data), NULL, &doc, err) ||
		!store_job_choose_id(job, err))
		return false;
	said = json_root(doc);
	message = json_int64_or(json_get(said, "message_id"), 0);
	job->created = true;
	return database_run(db, err,
		"INSERT INTO feedback (id, user_id, created_at, message, is_positive, words, issue)"
		" VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		SQL_TEXT(job->id), SQL_TEXT(job->user), SQL_INTEGER(database_now_us(db)),
		message ? SQL_INTEGER(message) : SQL_TEXT(NULL),
		SQL_INTEGER(json_bool_or(json_get(said, "is_positive"), false)),
		SQL_TEXT(json_text_or(json_get(said, "feedback_text"), "")),
		SQL_TEXT(json_text(json_get(said, "issue_type"), NULL)));
}

bool feedback_list(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	size_t bytes;
	bool row;

	if (!database_list(db, &query, err,
		    "SELECT key, created_at, message, is_positive, words, issue FROM feedback "
		    "WHERE "
		    "user_id = ? ORDER BY key",
		    SQL_TEXT(job->user)) ||
		!query_row(query, &row, err))
		return false;
	buffer_putc(&job->json, '[');
	for (bool first = true; row; first = false) {
		query_text(query, 4, &bytes);
		if (!store_job_may_add(job, bytes, err))
			return false;
		buffer_printf(&job->json, "%s{\"id\":%lld", first ? "" : ",",
			(long long)query_integer(query, 0));
		row_put_time(&job->json, "created_at", query_integer(query, 1));
		row_put_time(&job->json, "updated_at", query_integer(query, 1));
		row_put_text(&job->json, "user_id", job->user);
		if (!query_is_null(query, 2))
			buffer_printf(&job->json, ",\"message_id\":%lld",
				(long long)query_integer(query, 2));
		buffer_printf(&job->json, ",\"is_positive\":%s",
			query_integer(query, 3) ? "true" : "false");
		row_put_text(&job->json, "feedback_text", query_text(query, 4, NULL));
		row_put_text(&job->json, "issue_type", query_text(query, 5, NULL));
		buffer_putc(&job->json, '}');
		if (!query_row(query, &row, err))
			return false;
	}
	buffer_putc(&job->json, ']');
	return buffer_ok(&job->json, err);
}
