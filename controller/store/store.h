/*
 * Sessions, events and tasks, in SQLite (WAL) or PostgreSQL. The store is an actor with a queue of jobs; answers come back as messages on
 * the asker's loop, after the sync. SQLite has one thread, and one transaction with one sync for all that wait, each job undone alone
 * when it fails. PostgreSQL has some, each with its connection: a slow job holds up only those that concern the same agent, session or
 * task, which are done in the order they were submitted. No job takes for ever: a database that does not answer is ERR_IO after 20 s.
 * Rows are keyed as the runtimes expect: sessions by (id, user), tasks by id. Events carry a strictly rising sequence.
 * Source: the HTTP API's contract; the one-session rule is enforced here, atomically.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "json/doc.h"
#include "loop/loop.h"

struct store;

#define STORE_MOST_CONNECTIONS 64

struct store_options {
	const char *
		path; /* SQLite file, whose folder must exist; or postgres://user:password@host/name */
	struct loop *loop; /* where answers are delivered */
	uint64_t
		keep_ms; /* sessions that nobody used for so long go, with all that is theirs; 0 = kept for ever */
	uint32_t most_pages; /* of the file; 0 = no limit but the disk's */
	size_t most_connections; /* to PostgreSQL, at most STORE_MOST_CONNECTIONS; 0 = 4 */
};
/* Opens the file and brings its schema up to date, so it may take a moment: at start, before the loop runs. */
MUST_USE bool store_open(
	const struct store_options *options, struct store **out, struct error *err);
/* Finishes what is queued. The last answers wait on the loop, which is to be freed after the store. */
void store_close(struct store *store);
DEFINE_AUTO(store, struct store *, store_close)

/*
 * In brackets: what a job reads. ERR_NOT_FOUND where what is named is not there; ERR_DENIED where it is another agent's;
 * ERR_IO when the database cannot be used (full, locked, damaged): then nothing was changed, and the same job may succeed later.
 */
enum store_job_kind {
	/*
	 * [agent, user, id?, name?, source?] The same id and user again: the session that is there, with the new name if one is
	 * given (`created` false). ERR_CONFLICT: the agent has its one chat, or the session is another agent's.
	 */
	STORE_SESSION_CREATE,
	STORE_SESSION_GET, /* [id, user, after_us, limit, ascending] {"session","events"} */
	STORE_SESSION_RENAME, /* [id, user, name] */
	STORE_SESSION_DELETE, /* [id, user] with events and tasks; `created` = there was one */
	STORE_SESSION_LIST, /* [user, agent?] newest first; those of one agent without the ones other agents began */
	STORE_SESSION_OF_AGENT, /* [agent] the agent's one chat, of whatever user; for the proxy's early answer */
	/*
	 * [agent, id?] its sessions, events and tasks go, so that a new agent of that name starts clean. id: its uid; when another
	 * replica has told of a newer agent of that name, nothing goes.
	 */
	STORE_AGENT_DELETED,
	/*
	 * [agent, id] id: the uid of the agent of that name; `created` = it is another one than before. Then what the former one
	 * left goes, as by STORE_AGENT_DELETED: it was deleted while nobody looked. An agent that was deleted or replaced stays so,
	 * whatever a replica that lags behind tells of it. May wait 100 ms for others, never behind a job of this agent's that was submitted later.
	 */
	STORE_AGENT_SEEN,
	STORE_EVENT_ADD, /* [session, user, id, data, agent] the same again is `created` false; ERR_CONFLICT: other data */
	STORE_TASK_PUT, /* [id, session, data, agent?] data is the whole task as JSON, kept as it is */
	STORE_TASK_GET, /* [id, agent?] */
	STORE_TASK_DELETE, /* [id, agent?] `created` = there was one */
	STORE_TASK_LIST, /* [session, user, agent?] oldest first */
	STORE_TASK_FAIL, /* [id, data] an unfinished task becomes failed, for the reason in data; `created` = it was unfinished */
	/*
	 * [agent, user, id, session?, data] the same for the unfinished task that the message of this id began, in a chat of the
	 * user's. ERR_NOT_FOUND: none among the agent's latest.
	 */
	STORE_TASK_FAIL_OF_MESSAGE,
	STORE_FEEDBACK_ADD, /* [user, data] data: {"is_positive","feedback_text","message_id"?,"issue_type"?}, checked by the caller */
	STORE_FEEDBACK_LIST, /* [user] oldest first */
	STORE_MEMORY_ADD, /* [data] items: {"agent_name","user_id","content","vector","metadata"?,"ttl_days"?}; answers {"ids"} */
	STORE_MEMORY_SEARCH, /* [agent, user, vector, limit, min_score] best first */
	STORE_MEMORY_LIST, /* [agent, user] most used first */
	STORE_MEMORY_DELETE, /* [agent, user] */
	/*
	 * [limit] once an hour, by itself: what expired goes. limit: keep_ms. Tasks whose session is not there go after a day in any
	 * case (a chat that was refused leaves one).
	 */
	STORE_SWEEP,
	STORE_PING, /* the database answers */
	/*
	 * Where chats run, so that a roll-out that waits for their end sees those of every replica. A replica says so again within
	 * [limit] ms, or is taken for dead; clocks of replicas may differ by half of that.
	 */
	STORE_STREAM_OPEN, /* [agent, name, limit] name: the replica */
	STORE_STREAM_CLOSED, /* [agent, name] */
	STORE_STREAM_ASK, /* [agent, name] `created` = a chat of the agent runs on another replica than `name` */
};

/* A job's input, and with its answer its output. Strings are heap and owned by the job. */
struct store_job {
	enum store_job_kind kind;
	char *id, *user, *agent, *name, *source, *session, *data;
	int64_t after_us; /* events created later; 0 = all */
	int64_t limit; /* <= 0 = all */
	bool ascending;
	/* An agent asks, and `agent` is who it proved to be: what it touches must be its own (ERR_DENIED). Events always check. */
	bool from_agent_pod;
	bool is_proven; /* the above by its token, not by its word: it may have its callers' credentials back */
	float *vector;
	size_t dimensions;
	double min_score;
	/* Of an answer that reads: ERR_TOO_LARGE when there is more, and the same job may be submitted again with a higher limit. 0 = none */
	size_t most_bytes;

	bool ok;
	struct error err;
	struct buffer
		json; /* the answer as JSON text: a session, {"session","events"}, a task, an array */
	bool created;

	void (*done)(void *context,
		struct store_job *job); /* on the loop; the job is released after it returns */
	void *context;
	struct store_job *next;
	uint64_t keys[3]; /* the store's own: agent, session and task (waiting.h) */
};

struct store_job *store_job_new(enum store_job_kind kind); /* NULL = out of memory */
/* A new job that asks what this one asked, whose texts are moved out. NULL = out of memory, and it is as it was. */
struct store_job *store_job_again(struct store_job *job);
void store_job_free(struct store_job *job);
DEFINE_AUTO(store_job, struct store_job *, store_job_free)
/* Takes the job, also when it fails (then `done` is not called). Any thread. */
MUST_USE bool store_submit(struct store *store, struct store_job *job, struct error *err);

struct store_stats {
	uint64_t jobs, failures, commits;
	uint64_t longest_commit_us; /* since the last call */
	size_t queued;
};
void store_take_stats(struct store *store, struct store_stats *out); /* any thread */

#endif
