#include "base/digest.h"
#include "store/jobs.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Agents are named in their Python form, or with dashes: both are the same. */

#define LAST_GROUP    24 /* where the last twelve digits of a UUID begin */
#define DAY_US        INT64_C(86400000000)
#define DEFAULT_DAYS  15
#define OFTEN         10 /* accesses that earn an expired memory another term */
#define MOST_FOUND    100
#define DEFAULT_FOUND 5

static void normalise(float *vector, size_t dimensions)
{
	double squares = 0;

	for (size_t i = 0; i < dimensions; i++)
		if (!isfinite(vector[i]))
			vector[i] = 0;
	for (size_t i = 0; i < dimensions; i++)
		squares += (double)vector[i] * vector[i];
	if (squares <= 0)
		return;
	for (size_t i = 0; i < dimensions; i++)
		vector[i] = (float)(vector[i] / sqrt(squares));
}

/* Once a day: what expired goes, or stays another term when it was used often. */
static bool sweep(struct database *db, int64_t now, struct error *err)
{
	if (!database_is_sweep_due(db, now))
		return true;
	return database_run(db, err, "DELETE FROM memories WHERE expires_at <= ? AND accesses < ?",
		       SQL_INTEGER(now), SQL_INTEGER(OFTEN)) &&
	       database_run(db, err,
		       "UPDATE memories SET expires_at = ?, accesses = 0 WHERE expires_at <= ?",
		       SQL_INTEGER(now + DEFAULT_DAYS * DAY_US), SQL_INTEGER(now));
}

static bool read_vector(struct json_view list, float **out, size_t *count, struct error *err)
{
	float *vector = malloc((json_count(list) + 1) * sizeof(*vector));

	if (!vector)
		return error_no_memory(err);
	*count = 0;
	json_foreach (number, list)
		vector[(*count)++] =
			strtof(json_number_text(number) ? json_number_text(number) : "0", NULL);
	normalise(vector, *count);
	*out = vector;
	return true;
}

/* The ids of a job's memories are its own, counted up: the same when it is run again. */
static void name_memory(const struct store_job *job, size_t index, char out[UUID_TEXT_BYTES])
{
	uint64_t last = strtoull(job->id + LAST_GROUP, NULL, 16) + index;

	snprintf(out, UUID_TEXT_BYTES, "%.*s%012" PRIx64, LAST_GROUP, job->id,
		last & UINT64_C(0xffffffffffff));
}

static bool add_one(struct database *db, struct store_job *job, struct json_view item, size_t index,
	struct error *err)
{
	int64_t now = database_now_us(db);
	AUTO(buffer) struct buffer metadata = { 0 };
	int64_t days = json_int64_or(json_get(item, "ttl_days"), 0);
	float *vector = NULL;
	size_t dimensions;
	char id[UUID_TEXT_BYTES];
	bool ok;

	name_memory(job, index, id);
	if (json_is_present(json_get(item, "metadata")))
		json_write(&metadata, json_get(item, "metadata"));
	if (!buffer_ok(&metadata, err) ||
		!read_vector(json_get(item, "vector"), &vector, &dimensions, err))
		return false;
	if (days <= 0 || days > 36500)
		days = DEFAULT_DAYS;
	ok = database_run(db, err,
		"INSERT INTO memories (id, agent, user_id, content, metadata, vector, created_at, "
		"expires_at)"
		" VALUES (?, replace(?, '-', '_'), ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		SQL_TEXT(id), SQL_TEXT(json_text(json_get(item, "agent_name"), NULL)),
		SQL_TEXT(json_text(json_get(item, "user_id"), NULL)),
		SQL_TEXT(json_text_or(json_get(item, "content"), "")), SQL_TEXT(metadata.data),
		SQL_BLOB((const char *)vector, dimensions * sizeof(*vector)), SQL_INTEGER(now),
		SQL_INTEGER(now + days * DAY_US));
	free(vector);
	buffer_printf(&job->json, "%s\"%s\"", index ? "," : "", id);
	return ok;
}

bool memory_add(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(json_doc) struct json_doc *items = NULL;
	size_t index = 0;

	if (!json_doc_copy(job->data, strlen(job->data), NULL, &items, err) ||
		!store_job_choose_id(job, err) || !sweep(db, database_now_us(db), err))
		return false;
	buffer_puts(&job->json, "{\"ids\":[");
	json_foreach (item, json_root(items))
		if (!add_one(db, job, item, index++, err))
			return false;
	buffer_puts(&job->json, "]}");
	job->created = true;
	return buffer_ok(&job->json, err);
}

static bool put_found(
	struct database *db, struct store_job *job, const struct likeness *found, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	const char *metadata;
	size_t bytes;
	bool row;

	if (!database_run(db, err, "UPDATE memories SET accesses = accesses + 1 WHERE key = ?",
		    SQL_INTEGER(found->key)))
		return false;
	if (found->score < job->min_score)
		return true;
	if (!database_query(db, &query, err,
		    "SELECT id, content, created_at, metadata FROM memories WHERE key = ?",
		    SQL_INTEGER(found->key)) ||
		!query_row(query, &row, err))
		return false;
	query_text(query, 1, &bytes);
	if (!store_job_may_add(job, bytes, err))
		return false;
	buffer_puts(&job->json, job->json.bytes > 1 ? ",{" : "{");
	row_put_text(&job->json, "id", query_text(query, 0, NULL));
	row_put_text(&job->json, "content", query_text(query, 1, NULL));
	row_put_time(&job->json, "created_at", query_integer(query, 2));
	metadata = query_text(query, 3, NULL);
	buffer_printf(&job->json, ",\"score\":%.9g,\"metadata\":%s}", found->score,
		metadata ? metadata : "null");
	return true;
}

bool memory_search(struct database *db, struct store_job *job, struct error *err)
{
	struct likeness best[MOST_FOUND];
	size_t limit = job->limit <= 0           ? DEFAULT_FOUND
		       : job->limit > MOST_FOUND ? MOST_FOUND
						 : (size_t)job->limit;
	size_t count = 0;

	normalise(job->vector, job->dimensions);
	if (!likeness_find(db, job, best, limit, &count, err))
		return false;
	buffer_putc(&job->json, '[');
	for (size_t i = 0; i < count; i++)
		if (!put_found(db, job, &best[i], err))
			return false;
	buffer_putc(&job->json, ']');
	return buffer_ok(&job->json, err);
}

bool memory_list(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	size_t bytes;
	bool row;

	if (!database_list(db, &query, err,
		    "SELECT id, content, accesses, created_at, expires_at FROM memories"
		    " WHERE agent = replace(?, '-', '_') AND user_id = ? ORDER BY accesses DESC, "
		    "key",
		    SQL_TEXT(job->agent), SQL_TEXT(job->user)) ||
		!query_row(query, &row, err))
		return false;
	buffer_putc(&job->json, '[');
	while (row) {
		query_text(query, 1, &bytes);
		if (!store_job_may_add(job, bytes, err))
			return false;
		buffer_puts(&job->json, job->json.bytes > 1 ? ",{" : "{");
		row_put_text(&job->json, "id", query_text(query, 0, NULL));
		row_put_text(&job->json, "content", query_text(query, 1, NULL));
		buffer_printf(
			&job->json, ",\"access_count\":%lld", (long long)query_integer(query, 2));
		row_put_time(&job->json, "created_at", query_integer(query, 3));
		if (!query_is_null(query, 4))
			row_put_time(&job->json, "expires_at", query_integer(query, 4));
		buffer_putc(&job->json, '}');
		if (!query_row(query, &row, err))
			return false;
	}
	buffer_putc(&job->json, ']');
	return buffer_ok(&job->json, err);
}

bool memory_delete(struct database *db, struct store_job *job, struct error *err)
{
	AUTO(query) struct query *query = NULL;

	return database_query(db, &query, err,
		       "DELETE FROM memories WHERE agent = replace(?, '-', '_') AND user_id = ? "
		       "RETURNING 1",
		       SQL_TEXT(job->agent), SQL_TEXT(job->user)) &&
	       query_row(query, &job->created, err);
}
