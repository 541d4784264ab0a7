#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "store/driver.h"

#include <stdio.h>
#include <string.h>

#define DAY_US  INT64_C(86400000000)
#define LONG_MS 1000 /* of trying to connect */

static bool is_postgres(const char *where)
{
	return text_starts_with(where, "postgres://") || text_starts_with(where, "postgresql://");
}

/* No time up to `us` is given out from now on. */
static void note_time(struct database_common *common, int64_t us)
{
	int64_t last = atomic_load(&common->last_us);

	while (last < us && !atomic_compare_exchange_weak(&common->last_us, &last, us))
		;
}

/* Where the clock of the rows stands; rows of a later time than ours are not overtaken. */
static bool load_last_time(struct database *db, struct error *err)
{
	AUTO(query) struct query *query = NULL;
	bool row;

	if (!database_query_values(db, &query, err,
		    "SELECT coalesce(max(updated_at), 0) FROM sessions", NULL, 0) ||
		!query_row(query, &row, err))
		return false;
	if (row)
		note_time(db->common, query_integer(query, 0));
	return true;
}

/* A server that lets one wait, instead of refusing, is let alone for as long: what is queued must not wait for it one by one. */
static bool connect_anew(struct database *db, struct error *err)
{
	uint64_t began = clock_monotonic_ms();
	uint64_t took;

	if (began < db->away_until_ms) {
		*err = db->away;
		return false;
	}
	if (db->driver->connect(db, err))
		return true;
	took = clock_monotonic_ms() - began;
	if (took >= LONG_MS) {
		db->away_until_ms = began + 2 * took;
		db->away = *err;
	}
	return false;
}

/* Connects if need be, and makes the schema what it must be. */
static bool make_ready(struct database *db, struct error *err)
{
	if (!db->driver->is_connected(db)) {
		for (size_t i = 0; i < db->count; i++)
			db->driver->forget(&db->queries[i]);
		if (!connect_anew(db, err))
			return false;
		db->vectors = VECTORS_UNKNOWN;
	}
	if (!db->is_migrated && (!database_migrate(db, err) || !load_last_time(db, err)))
		return false;
	db->is_migrated = true;
	if (db->vectors == VECTORS_UNKNOWN)
		vectors_find(db);
	return true;
}

static bool database_new(const char *where, struct database **out, struct error *err)
{
	AUTO(database) struct database *db = calloc(1, sizeof(*db));

	if (!db || !text_replace(&db->where, where, err))
		return error_no_memory(err);
	db->driver = is_postgres(where) ? &postgres_driver : &sqlite_driver;
	*out = take_database(&db);
	return true;
}

bool database_open(const char *where, struct database **out, struct error *err)
{
	AUTO(database) struct database *db = NULL;

	if (strstr(where, "://") && !is_postgres(where))
		return error_set(err, ERR_INVALID, NULL,
			"write postgres://user:password@host/name, or the path of a file");
	if (!database_new(where, &db, err))
		return false;
	db->common = calloc(1, sizeof(*db->common));
	db->owns_common = true;
	if (!db->common || !vault_new(&db->common->vault, err))
		return error_no_memory(err);
	if (!make_ready(db, err)) {
		if (!is_postgres(where) || err->code != ERR_IO)
			return false;
		log_warn("the database is away", LOG_ERR(err));
	}
	*out = take_database(&db);
	return true;
}

bool database_open_beside(const struct database *first, struct database **out, struct error *err)
{
	if (!database_new(first->where, out, err))
		return false;
	(*out)->common = first->common;
	return true;
}

bool database_takes_many(const struct database *db)
{
	return db->driver->takes_many;
}

void database_close(struct database *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->count; i++)
		db->driver->forget(&db->queries[i]);
	if (db->driver)
		db->driver->close(db);
	if (db->owns_common && db->common)
		vault_free(db->common->vault);
	if (db->owns_common)
		free(db->common);
	free(db->where);
	free(db);
}

struct vault *database_vault(struct database *db)
{
	return db->common->vault;
}

static bool begin(struct database *db, struct error *err)
{
	return make_ready(db, err) && db->driver->exec(db, db->driver->begin, err);
}

/* That a connection is lost shows when it is used; a new one has its chance at once. */
bool database_begin(struct database *db, struct error *err)
{
	return begin(db, err) || (!db->driver->is_connected(db) && begin(db, err));
}

bool database_commit(struct database *db, struct error *err)
{
	return db->driver->exec(db, "COMMIT", err);
}

void database_rollback(struct database *db)
{
	if (db->driver->in_transaction(db))
		db->driver->exec(db, "ROLLBACK", NULL);
}

bool database_in_transaction(struct database *db)
{
	return db->driver->in_transaction(db);
}

bool database_begin_part(struct database *db, struct error *err)
{
	return db->driver->exec(db, "SAVEPOINT part", err);
}

void database_end_part(struct database *db, bool keep)
{
	if (!keep)
		db->driver->exec(db, "ROLLBACK TO SAVEPOINT part", NULL);
	db->driver->exec(db, "RELEASE SAVEPOINT part", NULL);
}

static bool find_query(struct database *db, const char *sql, struct query **out, struct error *err)
{
	struct query *query;

	for (size_t i = 0; i < db->count; i++)
		if (db->queries[i].sql == sql) {
			*out = &db->queries[i];
			return true;
		}
	if (db->count == DATABASE_STATEMENTS)
		return error_set(err, ERR_UNSUPPORTED, NULL, "more than %d kinds of statements",
			DATABASE_STATEMENTS);
	query = &db->queries[db->count];
	*query = (struct query){ .db = db, .sql = sql, .row = -1 };
	snprintf(query->name, sizeof(query->name), "q%zu", db->count++);
	*out = query;
	return true;
}

static bool start_query(struct database *db, struct query **out, struct error *err, const char *sql,
	const struct sql_value *values, size_t count, bool is_list)
{
	struct query *query;

	if (!find_query(db, sql, &query, err))
		return false;
	query_reset(query);
	if (count)
		memcpy(query->values, values, count * sizeof(*values));
	query->count = count;
	query->is_list = is_list;
	if (!db->driver->start(query, err))
		return false;
	*out = query;
	return true;
}

bool database_query_values(struct database *db, struct query **out, struct error *err,
	const char *sql, const struct sql_value *values, size_t count)
{
	return start_query(db, out, err, sql, values, count, false);
}

bool database_list_values(struct database *db, struct query **out, struct error *err,
	const char *sql, const struct sql_value *values, size_t count)
{
	return start_query(db, out, err, sql, values, count, true);
}

void query_reset(struct query *query)
{
	query->db->driver->reset(query);
}

bool query_row(struct query *query, bool *row, struct error *err)
{
	return query->db->driver->row(query, row, err);
}

const char *query_text(struct query *query, int column, size_t *bytes)
{
	size_t unused;

	return query->db->driver->text(query, column, bytes ? bytes : &unused);
}

/* Both databases give a number as its decimal text. */
int64_t query_integer(struct query *query, int column)
{
	const char *text = query_text(query, column, NULL);

	return text ? strtoll(text, NULL, 10) : 0;
}

bool query_is_null(struct query *query, int column)
{
	return !query_text(query, column, NULL);
}

const void *query_blob(struct query *query, int column, size_t *bytes)
{
	return query->db->driver->blob(query, column, bytes);
}

bool database_run_values(struct database *db, struct error *err, const char *sql,
	const struct sql_value *values, size_t count)
{
	AUTO(query) struct query *query = NULL;
	bool row;

	return database_query_values(db, &query, err, sql, values, count) &&
	       query_row(query, &row, err);
}

bool database_exec(struct database *db, const char *sql, struct error *err)
{
	return db->driver->exec(db, sql, err);
}

int64_t database_now_us(struct database *db)
{
	int64_t now = (int64_t)clock_wall_us();
	int64_t last = atomic_load(&db->common->last_us);
	int64_t next;

	do
		next = now > last ? now : last + 1;
	while (!atomic_compare_exchange_weak(&db->common->last_us, &last, next));
	return next;
}

bool database_is_sweep_due(struct database *db, int64_t now_us)
{
	int64_t swept_us = atomic_load(&db->common->swept_us);

	return (!swept_us || now_us - swept_us >= DAY_US) &&
	       atomic_compare_exchange_strong(&db->common->swept_us, &swept_us, now_us);
}
