/*
 * One connection to the database with its prepared statements, kept by the text they came from. Belongs to one of the store's threads.
 * SQL is written once, for SQLite and PostgreSQL alike, with "?" or "?1" for parameters; what differs is in the drivers.
 * Statements are asked for where they are used; a query is reset when its AUTO(query) goes out of scope.
 */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "base/error.h"
#include "store/vault.h"

struct database;
struct query;

/*
 * `where` is a file (SQLite; made when it is not there) or postgres://user:password@host/name. The schema is brought up to date.
 * ERR_IO says what is wrong; ERR_UNSUPPORTED: a newer version wrote it. A PostgreSQL server that is away is no failure: it
 * is tried again at every database_begin.
 */
MUST_USE bool database_open(const char *where, struct database **out, struct error *err);
/*
 * One more connection for another thread, made when it is first used. It has the clock and the vault of `first`, which is closed after
 * it. Only for a database that takes many.
 */
MUST_USE bool database_open_beside(
	const struct database *first, struct database **out, struct error *err);
bool database_takes_many(const struct database *db); /* connections that write at the same time */
void database_close(struct database *db);
DEFINE_AUTO(database, struct database *, database_close)

struct vault *database_vault(struct database *db);

/*
 * Transactions. A lost connection is made anew by database_begin. No call waits for ever: a server that does not answer is ERR_IO
 * after 15 s, and a lost connection.
 */
MUST_USE bool database_begin(struct database *db, struct error *err);
MUST_USE bool database_commit(struct database *db, struct error *err);
void database_rollback(struct database *db); /* also when there is none */
/* False also when the database ended it by itself, which undid everything in it. */
bool database_in_transaction(struct database *db);
/* A part of a transaction that is undone alone. */
MUST_USE bool database_begin_part(struct database *db, struct error *err);
void database_end_part(struct database *db, bool keep);

/* A parameter of a query. Text is borrowed until the query is reset; NULL text is SQL's NULL. */
struct sql_value {
	enum { SQL_IS_TEXT, SQL_IS_INTEGER, SQL_IS_BLOB } type;
	const char *text;
	size_t bytes; /* of a blob */
	int64_t integer;
};
#define SQL_TEXT(v)     ((struct sql_value){ .type = SQL_IS_TEXT, .text = (v) })
#define SQL_INTEGER(v)  ((struct sql_value){ .type = SQL_IS_INTEGER, .integer = (v) })
#define SQL_BLOB(v, n)  ((struct sql_value){ .type = SQL_IS_BLOB, .text = (v), .bytes = (n) })
#define SQL_MOST_VALUES 10

/* Binds and returns a kept query, to be stepped with query_row. `sql` is a literal: told apart by its address. */
MUST_USE bool database_query_values(struct database *db, struct query **out, struct error *err,
	const char *sql, const struct sql_value *values, size_t count);
#define database_query(db, out, err, sql, ...)                                                     \
	database_query_values((db), (out), (err), (sql),                                           \
		(const struct sql_value[]){ __VA_ARGS__ },                                         \
		sizeof((const struct sql_value[]){ __VA_ARGS__ }) / sizeof(struct sql_value))
/*
 * The same for an answer of any size: its rows come one by one, and what is not asked for is never held. Nothing else may be asked of the
 * database before the query is reset.
 */
MUST_USE bool database_list_values(struct database *db, struct query **out, struct error *err,
	const char *sql, const struct sql_value *values, size_t count);
#define database_list(db, out, err, sql, ...)                                                      \
	database_list_values((db), (out), (err), (sql), (const struct sql_value[]){ __VA_ARGS__ }, \
		sizeof((const struct sql_value[]){ __VA_ARGS__ }) / sizeof(struct sql_value))
void query_reset(struct query *query);
DEFINE_AUTO(query, struct query *, query_reset)

/* Steps; `*row` tells whether there is one. ERR_CONFLICT: a constraint stands against it. */
MUST_USE bool query_row(struct query *query, bool *row, struct error *err);
/* Columns of the row. Text is NULL for NULL, and borrowed until the next step. */
const char *query_text(struct query *query, int column, size_t *bytes);
int64_t query_integer(struct query *query, int column);
bool query_is_null(struct query *query, int column);
const void *query_blob(struct query *query, int column, size_t *bytes);

/* Binds, runs to the end, resets. */
MUST_USE bool database_run_values(struct database *db, struct error *err, const char *sql,
	const struct sql_value *values, size_t count);
#define database_run(db, err, sql, ...)                                                            \
	database_run_values((db), (err), (sql), (const struct sql_value[]){ __VA_ARGS__ },         \
		sizeof((const struct sql_value[]){ __VA_ARGS__ }) / sizeof(struct sql_value))
/* Statements without parameters or rows, not kept. */
MUST_USE bool database_exec(struct database *db, const char *sql, struct error *err);

/*
 * PostgreSQL with pgvector: the column memories.embedding can be used. Looked for, and made if the user may, whenever a connection
 * is made. After a failure that it may have caused, lose: without it, then, until the next connection.
 */
bool database_has_vectors(const struct database *db);
void database_lose_vectors(struct database *db, const struct error *why);

/* SQLite: the file grows to no more than that. */
MUST_USE bool database_limit_pages(struct database *db, uint32_t most_pages, struct error *err);

/* The time, in microseconds since 1970, but always later than what it said before, on any connection: rows sort by it. */
int64_t database_now_us(struct database *db);
/* True once a day: expired memories are to be looked for. */
bool database_is_sweep_due(struct database *db, int64_t now_us);

#endif
