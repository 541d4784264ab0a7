/* What the two databases do each in its own way. Only database.c, migrate.c, vectors.c and the drivers include it. */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include "store/database.h"

#include <stdatomic.h>

#define DATABASE_STATEMENTS 96

struct query {
	struct database *db;
	const char *sql;
	void *statement; /* SQLite: sqlite3_stmt. PostgreSQL: not NULL once it is prepared */
	bool is_list; /* its rows are got one by one */
	bool is_coming; /* PostgreSQL: there are more of these */
	void *result; /* PostgreSQL: the PGresult, with all rows, or one of a list */
	int row; /* of the result; -1 before the first */
	struct {
		void *bytes; /* a blob, decoded */
		size_t count;
	} blob;
	char name[12]; /* of the prepared statement */
	struct sql_value values[SQL_MOST_VALUES];
	size_t count;
};

struct driver {
	const char *begin; /* SQL that opens a transaction that writes */
	const char *begin_schema; /* one that lets nobody else change the schema */
	const char *id_type; /* of a rising number that is the primary key */
	const char *bytes_type;
	bool may_have_vectors; /* by pgvector */
	bool takes_many; /* connections that write at the same time */

	bool (*connect)(struct database *db, struct error *err); /* also again */
	bool (*is_connected)(const struct database *db);
	void (*close)(struct database *db);
	bool (*exec)(struct database *db, const char *sql, struct error *err);
	bool (*in_transaction)(struct database *db);

	/* Values are in the query; row tells what step and columns mean. */
	bool (*start)(struct query *query, struct error *err);
	bool (*row)(struct query *query, bool *row, struct error *err);
	void (*reset)(struct query *query);
	void (*forget)(struct query *query); /* the statement */
	const char *(*text)(struct query *query, int column, size_t *bytes);
	const void *(*blob)(struct query *query, int column, size_t *bytes);
};

extern const struct driver sqlite_driver, postgres_driver;

enum vectors { VECTORS_UNKNOWN, VECTORS_NONE, VECTORS_THERE };

/* What the connections of a store have in common. */
struct database_common {
	struct vault *vault;
	atomic_int_least64_t last_us; /* the last time given out */
	atomic_int_least64_t swept_us; /* when expired memories were last looked for */
	atomic_int vectors; /* what was last told of them */
};

struct database {
	const struct driver *driver;
	void *connection;
	char *where; /* never shown: it may hold a password */
	struct database_common *common;
	bool owns_common;
	bool is_migrated;
	uint64_t
		away_until_ms; /* until then it is not tried to be reached, as that took long: it ends as it did, in `away` */
	struct error away;
	enum vectors vectors;
	struct query queries[DATABASE_STATEMENTS];
	size_t count;
};

/* The schema in numbered steps; migrate.c. */
MUST_USE bool database_migrate(struct database *db, struct error *err);

/* Finds out about pgvector, of a new connection outside of transactions; vectors.c. */
void vectors_find(struct database *db);

#endif
