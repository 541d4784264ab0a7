#include "store/jobs.h"

#include <math.h>

/*
 * Where the database has pgvector, it hands out the nearest only; otherwise all that the agent remembers of the user come here. Either
 * way the likeness is computed here, so that both give the same answer to the last digit. Vectors have length 1, for which the
 * inner product is the cosine, and, unlike pgvector's cosine, is a number for a vector of zeros too.
 * No approximate index: the user's memories are few thousand at most and one product of 768 numbers takes a quarter of a
 * microsecond, whereas an index over everybody's may find none of this user's.
 */

#define MOST_DIMENSIONS 16000 /* of pgvector's type */
#define MOST_FILLED     200 /* embeddings that one search adds */

static bool is_better(const struct likeness *a, const struct likeness *b)
{
	return a->score > b->score || (a->score == b->score && a->key < b->key);
}

/* Puts a memory among the best so far, best first; of equals the older comes first. */
static void keep_best(struct likeness *best, size_t *count, size_t limit, struct likeness one)
{
	size_t at = *count;

	if (at == limit && !is_better(&one, &best[at - 1]))
		return;
	if (at < limit)
		++*count;
	else
		at--;
	for (; at && is_better(&one, &best[at - 1]); at--)
		best[at] = best[at - 1];
	best[at] = one;
}

static void put_vector(struct buffer *out, const float *vector, size_t dimensions)
{
	for (size_t i = 0; i < dimensions; i++)
		buffer_printf(
			out, "%c%.9g", i ? ',' : '[', isnormal(vector[i]) ? (double)vector[i] : 0);
	buffer_putc(out, ']');
}

/* A memory of a time without pgvector, or one that was just added. */
static bool fill(
	struct database *db, int64_t key, const float *vector, size_t dimensions, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };

	put_vector(&text, vector, dimensions);
	return buffer_ok(&text, err) &&
	       database_run(db, err, "UPDATE memories SET embedding = ?::vector WHERE key = ?",
		       SQL_TEXT(text.data), SQL_INTEGER(key));
}

static bool ask_all(
	struct database *db, const struct store_job *job, struct query **out, struct error *err)
{
	return database_query(db, out, err,
		"SELECT key, vector, 0 FROM memories WHERE agent = replace(?, '-', '_') AND "
		"user_id = ? AND length(vector) = ?",
		SQL_TEXT(job->agent), SQL_TEXT(job->user),
		SQL_INTEGER((int64_t)(job->dimensions * sizeof(float))));
}

/* The nearest of those that have an embedding, and all of those that have none yet. */
static bool ask_nearest(struct database *db, const struct store_job *job, size_t limit,
	struct query **out, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };

	put_vector(&text, job->vector, job->dimensions);
	return buffer_ok(&text, err) &&
	       database_query(db, out, err,
		       "(SELECT key, vector, 0 FROM memories WHERE agent = replace(?1, '-', '_') "
		       "AND user_id = ?2 AND length(vector) = ?3 AND embedding IS NOT NULL"
		       " ORDER BY embedding <#> ?4::vector, key LIMIT ?5)"
		       " UNION ALL "
		       "(SELECT key, vector, 1 FROM memories WHERE agent = replace(?1, '-', '_') "
		       "AND user_id = ?2 AND length(vector) = ?3 AND embedding IS NULL"
		       " ORDER BY key)",
		       SQL_TEXT(job->agent), SQL_TEXT(job->user),
		       SQL_INTEGER((int64_t)(job->dimensions * sizeof(float))), SQL_TEXT(text.data),
		       SQL_INTEGER((int64_t)limit));
}

static bool find_best(struct database *db, const struct store_job *job, struct query *query,
	struct likeness *best, size_t limit, size_t *count, struct error *err)
{
	size_t filled = 0;
	bool row;

	*count = 0;
	if (!query_row(query, &row, err))
		return false;
	while (row) {
		int64_t key = query_integer(query, 0);
		size_t bytes;
		const float *vector = query_blob(query, 1, &bytes);
		double score = 0;

		if (!vector)
			return error_no_memory(err);
		for (size_t i = 0; i < job->dimensions; i++)
			score += (double)vector[i] * job->vector[i];
		keep_best(best, count, limit, (struct likeness){ key, score });
		if (query_integer(query, 2) && filled++ < MOST_FILLED &&
			!fill(db, key, vector, job->dimensions, err))
			return false;
		if (!query_row(query, &row, err))
			return false;
	}
	return true;
}

/*
 * The extension may be dropped while it is in use. What fails with it is tried again without: a statement that failed has
 * ended the transaction, so as a job that another replica was in the way of.
 */
static bool find_nearest(struct database *db, const struct store_job *job, struct likeness *best,
	size_t limit, size_t *count, struct error *err)
{
	AUTO(query) struct query *query = NULL;

	if (ask_nearest(db, job, limit, &query, err) &&
		find_best(db, job, query, best, limit, count, err))
		return true;
	if (err->code == ERR_IO && database_in_transaction(db)) {
		database_lose_vectors(db, err);
		err->code = ERR_THROTTLED;
	}
	return false;
}

bool likeness_find(struct database *db, const struct store_job *job, struct likeness *best,
	size_t limit, size_t *count, struct error *err)
{
	AUTO(query) struct query *query = NULL;

	if (database_has_vectors(db) && job->dimensions && job->dimensions <= MOST_DIMENSIONS)
		return find_nearest(db, job, best, limit, count, err);
	return ask_all(db, job, &query, err) && find_best(db, job, query, best, limit, count, err);
}
