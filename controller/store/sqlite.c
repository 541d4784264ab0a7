#include "store/driver.h"

#include <sqlite3.h>
#include <stdio.h>

#define BUSY_TIMEOUT_MS 5000

/* What SQLite's results mean here, and what to tell a person, who knows only the file. */
static const struct {
	int result;
	enum error_code code;
	const char *says;
} results[] = {
	{ SQLITE_FULL, ERR_IO,
		"no space is left for the database: give it a larger disk, or make room on it" },
	{ SQLITE_BUSY, ERR_IO, "the database is locked by another process" },
	{ SQLITE_LOCKED, ERR_IO, "the database is locked" },
	{ SQLITE_READONLY, ERR_IO, "the database cannot be written" },
	{ SQLITE_CANTOPEN, ERR_IO,
		"the database cannot be opened: does its folder exist and is it writable?" },
	{ SQLITE_NOTADB, ERR_IO, "the file is no SQLite database" },
	{ SQLITE_CORRUPT, ERR_IO, "the database is damaged" },
	{ SQLITE_IOERR, ERR_IO, "the disk under the database fails" },
	{ SQLITE_CONSTRAINT, ERR_CONFLICT, "the database refuses a duplicate" },
	{ SQLITE_TOOBIG, ERR_TOO_LARGE, "the value is too large for the database" },
};

static bool refuse(struct database *db, int result, struct error *err)
{
	if ((result & 0xff) == SQLITE_NOMEM)
		return error_no_memory(err);
	for (size_t i = 0; i < COUNT(results); i++)
		if (results[i].result == (result & 0xff))
			return error_set(err, results[i].code, NULL, "%s (%s: %s)", results[i].says,
				db->where, sqlite3_errmsg(db->connection));
	return error_set(err, ERR_IO, NULL, "the database fails (%s: %s)", db->where,
		sqlite3_errmsg(db->connection));
}

static bool exec(struct database *db, const char *sql, struct error *err)
{
	int result = sqlite3_exec(db->connection, sql, NULL, NULL, NULL);

	return result == SQLITE_OK || refuse(db, result, err);
}

static bool open_file(struct database *db, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	sqlite3 *sqlite = NULL;
	int result = sqlite3_open_v2(db->where, &sqlite, flags, NULL);

	db->connection = sqlite;
	if (result != SQLITE_OK)
		return refuse(db, result, err);
	sqlite3_extended_result_codes(sqlite, 1);
	sqlite3_busy_timeout(sqlite, BUSY_TIMEOUT_MS);
	return exec(db,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
		"PRAGMA cache_size = -1024",
		err);
}

static bool is_open(const struct database *db)
{
	return db->connection;
}

static void close_file(struct database *db)
{
	sqlite3_close(db->connection);
	db->connection = NULL;
}

static bool in_transaction(struct database *db)
{
	return db->connection && !sqlite3_get_autocommit(db->connection);
}

static int bind(sqlite3_stmt *statement, int at, const struct sql_value *value)
{
	switch (value->type) {
	case SQL_IS_INTEGER:
		return sqlite3_bind_int64(statement, at, value->integer);
	case SQL_IS_BLOB:
		return sqlite3_bind_blob64(statement, at, value->text, value->bytes, SQLITE_STATIC);
	default:
		return sqlite3_bind_text(statement, at, value->text, -1, SQLITE_STATIC);
	}
}

static bool start(struct query *query, struct error *err)
{
	struct database *db = query->db;
	sqlite3_stmt *statement = query->statement;
	int result = SQLITE_OK;

	if (!statement) {
		result = sqlite3_prepare_v3(db->connection, query->sql, -1,
			SQLITE_PREPARE_PERSISTENT, &statement, NULL);
		query->statement = statement;
	}
	for (size_t i = 0; i < query->count && result == SQLITE_OK; i++)
		result = bind(statement, (int)i + 1, &query->values[i]);
	return result == SQLITE_OK || refuse(db, result, err);
}

static bool step(struct query *query, bool *row, struct error *err)
{
	int result = sqlite3_step(query->statement);

	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return refuse(query->db, result, err);
	*row = result == SQLITE_ROW;
	return true;
}

static void reset(struct query *query)
{
	if (query->statement)
		sqlite3_reset(query->statement);
}

static void forget(struct query *query)
{
	sqlite3_finalize(query->statement);
	query->statement = NULL;
}

static const char *text(struct query *query, int column, size_t *bytes)
{
	const char *value = (const char *)sqlite3_column_text(query->statement, column);

	*bytes = (size_t)sqlite3_column_bytes(query->statement, column);
	return value;
}

static const void *blob(struct query *query, int column, size_t *bytes)
{
	const void *value = sqlite3_column_blob(query->statement, column);

	*bytes = (size_t)sqlite3_column_bytes(query->statement, column);
	return value;
}

bool database_limit_pages(struct database *db, uint32_t most_pages, struct error *err)
{
	char pragma[64];

	if (!most_pages || db->driver != &sqlite_driver)
		return true;
	snprintf(pragma, sizeof(pragma), "PRAGMA max_page_count = %u", most_pages);
	return exec(db, pragma, err);
}

const struct driver sqlite_driver = {
	.begin = "BEGIN IMMEDIATE",
	.begin_schema = "BEGIN IMMEDIATE",
	.id_type = "INTEGER PRIMARY KEY AUTOINCREMENT",
	.bytes_type = "BLOB",
	.connect = open_file,
	.is_connected = is_open,
	.close = close_file,
	.exec = exec,
	.in_transaction = in_transaction,
	.start = start,
	.row = step,
	.reset = reset,
	.forget = forget,
	.text = text,
	.blob = blob,
};
