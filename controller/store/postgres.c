#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/driver.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/*
 * A statement ends by the server's time limit. Ours is for a server that says nothing any more, frozen or cut off: the connection
 * is given up then.
 */
#define STATEMENT_TIMEOUT "-c statement_timeout=10000"
#define ANSWER_MS         15000

/*
 * libpq is loaded when a postgres:// address is given, and not before: it brings a dozen libraries along that a controller with a
 * file of its own has no use for.
 */
#define LIBRARY "libpq.so.5"
#define FUNCTIONS(X)                                                                               \
	X(PQclear)                                                                                 \
	X(PQcmdStatus)                                                                             \
	X(PQconnectdbParams)                                                                       \
	X(PQconsumeInput)                                                                          \
	X(PQerrorMessage)                                                                          \
	X(PQfinish)                                                                                \
	X(PQflush)                                                                                 \
	X(PQfreemem)                                                                               \
	X(PQgetResult)                                                                             \
	X(PQgetisnull)                                                                             \
	X(PQgetlength)                                                                             \
	X(PQgetvalue)                                                                              \
	X(PQisBusy)                                                                                \
	X(PQntuples)                                                                               \
	X(PQresultErrorField)                                                                      \
	X(PQresultStatus)                                                                          \
	X(PQsendPrepare)                                                                           \
	X(PQsendQuery)                                                                             \
	X(PQsendQueryPrepared)                                                                     \
	X(PQsetNoticeProcessor)                                                                    \
	X(PQsetSingleRowMode)                                                                      \
	X(PQsetnonblocking)                                                                        \
	X(PQsocket)                                                                                \
	X(PQstatus)                                                                                \
	X(PQtransactionStatus)                                                                     \
	X(PQunescapeBytea)

#define FIELD(name) __typeof__(name) *name;
static struct {
	void *handle;
	FUNCTIONS(FIELD)
} pq;

static bool find_function(const char *name, void *slot)
{
	void *found = dlsym(pq.handle, name);

	memcpy(slot, &found, sizeof(found));
	return found;
}

static bool load_library(struct error *err)
{
	bool ok = true;

	if (pq.handle)
		return true;
	pq.handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
#define FIND(name) ok = ok && find_function(#name, &pq.name);
	if (pq.handle) {
		FUNCTIONS(FIND)
	}
	if (pq.handle && ok)
		return true;
	return error_set(err, ERR_UNSUPPORTED, NULL,
		"PostgreSQL needs the library " LIBRARY " (package libpq5): %s", dlerror());
}

/* What SQLSTATE says, by its first characters. Source: PostgreSQL, appendix A. */
static const struct {
	const char *state;
	enum error_code code;
	const char *says;
} states[] = {
	{ "23", ERR_CONFLICT, "the database refuses a duplicate" },
	{ "53100", ERR_IO,
		"no space is left for the database: give it a larger disk, or make room on it" },
	{ "25006", ERR_IO, "the database cannot be written" },
	{ "40", ERR_THROTTLED, "another change was in the way" },
	{ "22021", ERR_INVALID, "the database cannot hold this text" },
	{ "57014", ERR_IO, "the database took too long" },
	{ "", ERR_IO, "the database fails" },
};

/* Takes the result. */
static bool refuse(struct database *db, PGresult *result, struct error *err)
{
	const char *state = result ? pq.PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *message =
		result ? pq.PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	size_t at = 0;

	if (!state || pq.PQstatus(db->connection) != CONNECTION_OK) {
		error_set(err, ERR_IO, NULL, "the database cannot be reached: %s",
			pq.PQerrorMessage(db->connection));
	} else {
		while (!text_starts_with(state, states[at].state))
			at++;
		error_set(err, states[at].code, NULL, "%s: %s", states[at].says,
			message ? message : state);
	}
	pq.PQclear(result);
	return false;
}

static bool is_good(const PGresult *result)
{
	ExecStatusType status = pq.PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static void ignore_notice(void *context UNUSED, const char *message UNUSED)
{
}

static void disconnect(struct database *db)
{
	if (db->connection)
		pq.PQfinish(db->connection);
	db->connection = NULL;
}

/* What the address says itself wins over the settings before it. */
static bool connect_to(struct database *db, struct error *err)
{
	const char *const names[] = { "connect_timeout", "tcp_user_timeout", "keepalives_idle",
		"application_name", "options", "dbname", NULL };
	const char *const values[] = { "5", "10000", "60", "sandgate", STATEMENT_TIMEOUT, db->where,
		NULL };

	if (!load_library(err))
		return false;
	disconnect(db);
	db->connection = pq.PQconnectdbParams(names, values, 1);
	if (!db->connection)
		return error_no_memory(err);
	if (pq.PQstatus(db->connection) != CONNECTION_OK ||
		pq.PQsetnonblocking(db->connection, 1) != 0)
		return refuse(db, NULL, err);
	pq.PQsetNoticeProcessor(db->connection, ignore_notice, NULL);
	return true;
}

static bool is_connected(const struct database *db)
{
	return db->connection && pq.PQstatus(db->connection) == CONNECTION_OK;
}

/* --- statements: sent, and waited for no longer than ANSWER_MS --- */

static bool lost(struct database *db, const char *why, struct error *err)
{
	error_set(err, ERR_IO, NULL, "the database cannot be reached: %s", why);
	disconnect(db);
	return false;
}

static bool wait_for_socket(struct database *db, short events, uint64_t until_ms)
{
	struct pollfd socket = { .fd = pq.PQsocket(db->connection), .events = events };
	uint64_t now;

	while ((now = clock_monotonic_ms()) < until_ms) {
		int ready = poll(&socket, 1, (int)(until_ms - now));

		if (ready > 0 || (ready < 0 && errno != EINTR))
			return true; /* what is wrong with it shows when it is used */
	}
	return false;
}

/* All is sent, and PQgetResult has no need to wait. */
static bool is_answered(struct database *db, uint64_t until_ms, struct error *err)
{
	for (;;) {
		int unsent = pq.PQflush(db->connection);

		if (unsent < 0 || !pq.PQconsumeInput(db->connection))
			return lost(db, pq.PQerrorMessage(db->connection), err);
		if (!unsent && !pq.PQisBusy(db->connection))
			return true;
		if (!wait_for_socket(db, unsent ? POLLIN | POLLOUT : POLLIN, until_ms))
			return lost(db, "it does not answer", err);
	}
}

/* The last result of what was `sent`, when it is a good one. NULL: it failed, as `err` says. */
static PGresult *await_result(struct database *db, int sent, struct error *err)
{
	uint64_t until_ms = clock_monotonic_ms() + ANSWER_MS;
	PGresult *last = NULL;
	PGresult *next;

	if (!sent) {
		lost(db, pq.PQerrorMessage(db->connection), err);
		return NULL;
	}
	do {
		if (!is_answered(db, until_ms, err)) {
			pq.PQclear(last);
			return NULL;
		}
		next = pq.PQgetResult(db->connection);
		if (next) {
			pq.PQclear(last);
			last = next;
		}
	} while (next);
	if (is_good(last))
		return last;
	refuse(db, last, err);
	return NULL;
}

/* --- lists: a row at a time --- */

/* Reads no more of the rows than that the next one is there. */
static bool has_arrived(struct database *db, struct error *err)
{
	uint64_t until_ms = clock_monotonic_ms() + ANSWER_MS;

	while (pq.PQisBusy(db->connection)) {
		if (!wait_for_socket(db, POLLIN, until_ms))
			return lost(db, "it does not answer", err);
		if (!pq.PQconsumeInput(db->connection))
			return lost(db, pq.PQerrorMessage(db->connection), err);
	}
	return true;
}

/* The rest of what was asked for: the connection is free for the next. */
static void drop_rest(struct query *query)
{
	struct database *db = query->db;

	while (query->is_coming && db->connection && has_arrived(db, NULL)) {
		PGresult *rest = pq.PQgetResult(db->connection);

		query->is_coming = rest;
		pq.PQclear(rest);
	}
	query->is_coming = false;
}

static bool start_list(struct query *query, int sent, struct error *err)
{
	struct database *db = query->db;

	if (!sent || !pq.PQsetSingleRowMode(db->connection))
		return lost(db, pq.PQerrorMessage(db->connection), err);
	query->is_coming = true;
	return is_answered(db, clock_monotonic_ms() + ANSWER_MS, err);
}

static bool next_of_list(struct query *query, bool *row, struct error *err)
{
	struct database *db = query->db;
	PGresult *next = NULL;

	pq.PQclear(query->result);
	query->result = NULL;
	query->row = 0;
	*row = false;
	if (!query->is_coming)
		return true;
	if (!has_arrived(db, err))
		return false;
	next = pq.PQgetResult(db->connection);
	if (pq.PQresultStatus(next) == PGRES_SINGLE_TUPLE) {
		query->result = next;
		*row = true;
		return true;
	}
	drop_rest(query);
	if (!is_good(next))
		return refuse(db, next, err);
	pq.PQclear(next);
	return true;
}

static bool exec(struct database *db, const char *sql, struct error *err)
{
	PGresult *result = await_result(db, pq.PQsendQuery(db->connection, sql), err);
	bool undone;

	if (!result)
		return false;
	undone = strcmp(sql, "COMMIT") == 0 && strcmp(pq.PQcmdStatus(result), "ROLLBACK") == 0;
	pq.PQclear(result);
	return !undone || error_set(err, ERR_IO, NULL, "the database has undone the change");
}

static bool in_transaction(struct database *db)
{
	PGTransactionStatusType status =
		db->connection ? pq.PQtransactionStatus(db->connection) : PQTRANS_UNKNOWN;

	return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

/* "?" and "?2" as PostgreSQL has them: "$1", "$2". No text in our SQL holds a question mark. */
static void put_sql(struct buffer *out, const char *sql)
{
	int next = 1;

	for (; *sql; sql++)
		if (*sql != '?')
			buffer_putc(out, *sql);
		else if (sql[1] >= '0' && sql[1] <= '9')
			buffer_putc(out, '$');
		else
			buffer_printf(out, "$%d", next++);
}

static bool prepare(struct query *query, struct error *err)
{
	AUTO(buffer) struct buffer sql = { 0 };
	PGresult *result;

	put_sql(&sql, query->sql);
	if (!buffer_ok(&sql, err))
		return false;
	result = await_result(query->db,
		pq.PQsendPrepare(query->db->connection, query->name, sql.data, 0, NULL), err);
	if (!result)
		return false;
	pq.PQclear(result);
	query->statement = query;
	return true;
}

static bool start(struct query *query, struct error *err)
{
	const char *texts[SQL_MOST_VALUES];
	char numbers[SQL_MOST_VALUES][24];
	int lengths[SQL_MOST_VALUES] = { 0 };
	int formats[SQL_MOST_VALUES] = { 0 };
	int sent;

	if (!query->statement && !prepare(query, err))
		return false;
	for (size_t i = 0; i < query->count; i++) {
		const struct sql_value *value = &query->values[i];

		texts[i] = value->text;
		formats[i] = value->type == SQL_IS_BLOB;
		lengths[i] = (int)value->bytes;
		if (value->type != SQL_IS_INTEGER)
			continue;
		snprintf(numbers[i], sizeof(numbers[i]), "%" PRId64, value->integer);
		texts[i] = numbers[i];
	}
	sent = pq.PQsendQueryPrepared(
		query->db->connection, query->name, (int)query->count, texts, lengths, formats, 0);
	if (query->is_list)
		return start_list(query, sent, err);
	query->result = await_result(query->db, sent, err);
	query->row = -1;
	return query->result;
}

static bool next_row(struct query *query, bool *row, struct error *err)
{
	if (query->is_list)
		return next_of_list(query, row, err);
	*row = query->result && ++query->row < pq.PQntuples(query->result);
	return true;
}

static void drop_blob(struct query *query)
{
	if (query->blob.bytes)
		pq.PQfreemem(query->blob.bytes);
	query->blob.bytes = NULL;
}

static void reset(struct query *query)
{
	if (!pq.handle)
		return;
	drop_blob(query);
	drop_rest(query);
	pq.PQclear(query->result);
	query->result = NULL;
}

static void forget(struct query *query)
{
	reset(query);
	query->statement = NULL;
}

static const char *text(struct query *query, int column, size_t *bytes)
{
	if (pq.PQgetisnull(query->result, query->row, column))
		return NULL;
	*bytes = (size_t)pq.PQgetlength(query->result, query->row, column);
	return pq.PQgetvalue(query->result, query->row, column);
}

static const void *blob(struct query *query, int column, size_t *bytes)
{
	drop_blob(query);
	query->blob.bytes = pq.PQunescapeBytea(
		(const unsigned char *)pq.PQgetvalue(query->result, query->row, column),
		&query->blob.count);
	*bytes = query->blob.bytes ? query->blob.count : 0;
	return query->blob.bytes;
}

const struct driver postgres_driver = {
	.begin = "BEGIN",
	.begin_schema = "BEGIN; SELECT pg_advisory_xact_lock(7017280452245743464)",
	.id_type = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
	.bytes_type = "BYTEA",
	.takes_many = true,
	.may_have_vectors = true,
	.connect = connect_to,
	.is_connected = is_connected,
	.close = disconnect,
	.exec = exec,
	.in_transaction = in_transaction,
	.start = start,
	.row = next_row,
	.reset = reset,
	.forget = forget,
	.text = text,
	.blob = blob,
};
