#include "base/log.h"
#include "store/driver.h"

/*
 * The column is made beside the numbered steps: a database may get pgvector, or lose it, at any time. It holds nothing that the
 * column `vector` does not, and is of no fixed length, as agents choose their own models.
 */

/* False also when it cannot be asked. */
static bool ask(struct database *db, const char *sql)
{
	AUTO(query) struct query *query = NULL;
	struct error err = { 0 };
	bool row;

	return database_query_values(db, &query, &err, sql, NULL, 0) &&
	       query_row(query, &row, &err) && row && query_integer(query, 0);
}

static bool has_column(struct database *db)
{
	return ask(db, "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('memories') "
		       "AND attname = 'embedding' AND NOT attisdropped AND atttypid = "
		       "to_regtype('vector')");
}

static bool make_column(struct database *db, struct error *err)
{
	bool ok = database_exec(db, db->driver->begin_schema, err) &&
		  database_exec(db, "CREATE EXTENSION IF NOT EXISTS vector", err) &&
		  database_exec(db,
			  "ALTER TABLE memories ADD COLUMN IF NOT EXISTS embedding vector", err) &&
		  database_commit(db, err);

	if (!ok)
		database_rollback(db);
	return ok;
}

static void note(struct database *db, enum vectors vectors, const struct error *why)
{
	db->vectors = vectors;
	if (atomic_exchange(&db->common->vectors, (int)vectors) == (int)vectors)
		return; /* another connection has told it */
	if (vectors == VECTORS_THERE)
		log_info("memories are searched with pgvector");
	else
		log_info("memories are searched without pgvector",
			LOG_STR("why", why->text[0] ? why->text : "the server does not have it"));
}

void vectors_find(struct database *db)
{
	struct error err = { 0 };

	db->vectors = VECTORS_NONE;
	if (!db->driver->may_have_vectors)
		return;
	if (has_column(db) ||
		(ask(db, "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'") &&
			make_column(db, &err)))
		note(db, VECTORS_THERE, &err);
	else
		note(db, VECTORS_NONE, &err);
}

bool database_has_vectors(const struct database *db)
{
	return db->vectors == VECTORS_THERE;
}

void database_lose_vectors(struct database *db, const struct error *why)
{
	db->vectors = VECTORS_NONE;
	if (atomic_exchange(&db->common->vectors, VECTORS_NONE) != VECTORS_NONE)
		log_warn("memories are searched without pgvector", LOG_ERR(why));
}
