/*
 * What each kind of job does, inside a savepoint of the store's transaction. On failure the savepoint takes back what was done.
 * Called on a thread of the store.
 */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include "store/database.h"
#include "store/store.h"

#define ONE_CHAT_TEXT                                                                              \
	"Sandbox agents support only one chat session: a session already exists for this agent"

/*
 * Gives a job without an id one of its own, which it keeps when it is run again: that its transaction failed may only mean that the
 * database's answer was lost, and what it inserted must not be there twice.
 */
MUST_USE bool store_job_choose_id(struct store_job *job, struct error *err);

/* Before so much is added to an answer: ERR_TOO_LARGE when it must not get so large. */
MUST_USE bool store_job_may_add(const struct store_job *job, size_t bytes, struct error *err);

typedef bool (*store_job_fn)(struct database *db, struct store_job *job, struct error *err);

MUST_USE bool session_create(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool session_get(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool session_rename(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool session_delete(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool session_list(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool session_of_agent(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool session_agent_seen(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool session_agent_deleted(struct database *db, struct store_job *job, struct error *err);

MUST_USE bool session_sweep(struct database *db, struct store_job *job, struct error *err);

MUST_USE bool stream_open(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool stream_closed(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool stream_ask(struct database *db, struct store_job *job, struct error *err);
/* What dead replicas left. */
MUST_USE bool stream_sweep(struct database *db, int64_t now_us, struct error *err);

MUST_USE bool event_add(struct database *db, struct store_job *job, struct error *err);

MUST_USE bool task_put(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool task_get(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool task_delete(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool task_list(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool task_fail(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool task_fail_of_message(struct database *db, struct store_job *job, struct error *err);

MUST_USE bool feedback_add(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool feedback_list(struct database *db, struct store_job *job, struct error *err);

MUST_USE bool memory_add(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool memory_search(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool memory_list(struct database *db, struct store_job *job, struct error *err);
MUST_USE bool memory_delete(struct database *db, struct store_job *job, struct error *err);

/* A memory, and how like it is to what is searched: the product of both vectors, whose length is 1. */
struct likeness {
	int64_t key;
	double score;
};
/*
 * The job's agent's memories of its user that are most like its vector, best first, at most `limit` of them, into `best`. Those whose
 * vectors have another number of dimensions come of another model, and are not compared.
 */
MUST_USE bool likeness_find(struct database *db, const struct store_job *job, struct likeness *best,
	size_t limit, size_t *count, struct error *err);

/* A session's row, found by (id, user). Text is heap. */
struct session_row {
	int64_t key;
	char *agent; /* NULL = none */
};
void session_row_fini(struct session_row *row);
/* ERR_NOT_FOUND; ERR_DENIED when `job` comes from an agent that is not the session's. */
MUST_USE bool session_find(struct database *db, const char *id, const struct store_job *job,
	struct session_row *out, struct error *err);
/* Moves updated_at of all sessions of that id. */
MUST_USE bool session_touch(struct database *db, const char *id, int64_t now_us, struct error *err);

/* Appends `"key":"text"`, after a comma unless it is the first member; nothing when `text` is NULL. */
void row_put_text(struct buffer *json, const char *key, const char *text);
void row_put_time(struct buffer *json, const char *key, int64_t us);

/*
 * Appends an event document without the members that carry credentials (authorization, cookie and the like, in any case of
 * letters, at any depth); every other byte stays. Works on any text, also one that is no JSON.
 */
void secrets_strip(struct buffer *out, const char *text);

#endif
