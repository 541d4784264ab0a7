#include "store/store.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "store/jobs.h"
#include "store/waiting.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define SWEEP_EVERY_MS 3600000
#define MOST_IN_BATCH  64 /* so that the first of a batch does not wait long for the last */
#define PATIENCE_MS    100
#define CONNECTIONS    4
#define MOST_ATTEMPTS  5 /* of a job that another change was in the way of */
#define PAUSE_US                                                                                   \
	20000 /* before the second, then doubled: the other gets its turn, also on a busy machine */

struct worker {
	struct store *store;
	struct database *db;
	pthread_t thread;
	size_t number;
};

struct store {
	struct loop *loop;
	struct worker workers[STORE_MOST_CONNECTIONS];
	size_t started; /* of them */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct waiting waiting; /* under the lock, like what follows */
	bool closing;
	uint64_t due_ms; /* when what is queued is to be done; of no meaning while nothing is */
	uint64_t keep_ms;
	uint64_t sweep_ms; /* when the next one is due */
	struct store_stats stats;
};

static const store_job_fn work[] = {
	[STORE_SESSION_CREATE] = session_create,
	[STORE_SESSION_GET] = session_get,
	[STORE_SESSION_RENAME] = session_rename,
	[STORE_SESSION_DELETE] = session_delete,
	[STORE_SESSION_LIST] = session_list,
	[STORE_SESSION_OF_AGENT] = session_of_agent,
	[STORE_SWEEP] = session_sweep,
	[STORE_AGENT_DELETED] = session_agent_deleted,
	[STORE_AGENT_SEEN] = session_agent_seen,
	[STORE_STREAM_OPEN] = stream_open,
	[STORE_STREAM_CLOSED] = stream_closed,
	[STORE_STREAM_ASK] = stream_ask,
	[STORE_EVENT_ADD] = event_add,
	[STORE_TASK_PUT] = task_put,
	[STORE_TASK_GET] = task_get,
	[STORE_TASK_DELETE] = task_delete,
	[STORE_TASK_LIST] = task_list,
	[STORE_TASK_FAIL] = task_fail,
	[STORE_TASK_FAIL_OF_MESSAGE] = task_fail_of_message,
	[STORE_FEEDBACK_ADD] = feedback_add,
	[STORE_FEEDBACK_LIST] = feedback_list,
	[STORE_MEMORY_ADD] = memory_add,
	[STORE_MEMORY_SEARCH] = memory_search,
	[STORE_MEMORY_LIST] = memory_list,
	[STORE_MEMORY_DELETE] = memory_delete,
};

struct store_job *store_job_new(enum store_job_kind kind)
{
	struct store_job *job = calloc(1, sizeof(*job));

	if (job)
		job->kind = kind;
	return job;
}

struct store_job *store_job_again(struct store_job *job)
{
	struct store_job *again = store_job_new(job->kind);

	if (!again)
		return NULL;
	*again = *job;
	again->json = (struct buffer){ 0 };
	job->id = job->user = job->agent = job->name = job->source = job->session = job->data =
		NULL;
	job->vector = NULL;
	return again;
}

void store_job_free(struct store_job *job)
{
	if (!job)
		return;
	free(job->id);
	free(job->user);
	free(job->agent);
	free(job->name);
	free(job->source);
	free(job->session);
	free(job->data);
	free(job->vector);
	buffer_fini(&job->json);
	free(job);
}

bool store_job_choose_id(struct store_job *job, struct error *err)
{
	char made[UUID_TEXT_BYTES];

	if (!text_is_empty(job->id))
		return true;
	random_uuid(made);
	return text_replace(&job->id, made, err);
}

bool store_job_may_add(const struct store_job *job, size_t bytes, struct error *err)
{
	return !job->most_bytes ||
	       (bytes <= job->most_bytes && job->json.bytes <= job->most_bytes - bytes) ||
	       error_set(err, ERR_TOO_LARGE, NULL, "what was asked for is larger than %zu bytes",
		       job->most_bytes);
}

static bool ping(struct database *db, struct error *err)
{
	return database_exec(db, "SELECT 1 FROM sessions LIMIT 1", err);
}

static bool run_job(struct database *db, struct store_job *job, struct error *err)
{
	if (job->kind == STORE_PING)
		return ping(db, err);
	if ((size_t)job->kind >= COUNT(work))
		return error_set(err, ERR_UNSUPPORTED, NULL, "no such kind of job");
	return work[job->kind](db, job, err);
}

/*
 * Runs a job so that it leaves no trace if it fails. False: the whole transaction is lost, by the database's own decision, or it and
 * another replica's wait for each other (ERR_THROTTLED).
 */
static bool run_in_part(struct database *db, struct store_job *job)
{
	job->ok = false;
	job->created = false;
	job->err = (struct error){ 0 };
	buffer_clear(&job->json);
	if (database_begin_part(db, &job->err)) {
		job->ok = run_job(db, job, &job->err);
		if (!job->ok)
			buffer_fini(&job->json);
		if (database_in_transaction(db))
			database_end_part(db, job->ok);
	}
	return database_in_transaction(db) && (job->ok || job->err.code != ERR_THROTTLED);
}

static bool commit(struct worker *worker, struct error *err)
{
	struct store *store = worker->store;
	uint64_t begin = clock_monotonic_us();
	bool ok = database_commit(worker->db, err);
	uint64_t took = clock_monotonic_us() - begin;

	pthread_mutex_lock(&store->lock);
	store->stats.commits += ok;
	if (took > store->stats.longest_commit_us)
		store->stats.longest_commit_us = took;
	pthread_mutex_unlock(&store->lock);
	return ok;
}

/* One transaction for `count` jobs. False: none of them is in the database, and err says why. */
static bool run_together(
	struct worker *worker, struct store_job *jobs, size_t count, struct error *err)
{
	bool ok = database_begin(worker->db, err);

	for (; ok && count; count--, jobs = jobs->next)
		if (!run_in_part(worker->db, jobs)) {
			*err = jobs->err;
			ok = false;
		}
	ok = ok && commit(worker, err);
	if (!ok)
		vault_clear(database_vault(worker->db));
	database_rollback(worker->db);
	return ok;
}

static void run_alone(struct worker *worker, struct store_job *job)
{
	struct error err = { 0 };

	for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
		if (attempt)
			usleep(PAUSE_US << (attempt - 1));
		if (run_together(worker, job, 1, &err))
			return;
		if (err.code != ERR_THROTTLED)
			break;
	}
	job->ok = false;
	job->err = err;
	if (err.code == ERR_THROTTLED)
		job->err.code = ERR_IO;
	buffer_clear(&job->json);
}

/* What fails in company is tried alone, so that one job too many does not take the others with it. */
static void run_batch(struct worker *worker, struct store_job *jobs, size_t count)
{
	struct error err = { 0 };

	if (count > 1 && run_together(worker, jobs, count, &err))
		return;
	for (; count; count--, jobs = jobs->next)
		run_alone(worker, jobs);
}

static void deliver(void *context)
{
	struct store_job *job = context;

	while (job) {
		struct store_job *next = job->next;

		if (job->done)
			job->done(job->context, job);
		store_job_free(job);
		job = next;
	}
}

static void count_failures(struct store *store, const struct store_job *jobs)
{
	uint64_t failures = 0, all = 0;

	for (; jobs; jobs = jobs->next, all++)
		if (!jobs->ok && jobs->err.code == ERR_IO) {
			failures++;
			log_error("the store cannot do its work", LOG_ERR(&jobs->err));
		}
	pthread_mutex_lock(&store->lock);
	store->stats.jobs += all;
	store->stats.failures += failures;
	pthread_mutex_unlock(&store->lock);
}

static void wait_until(struct store *store, uint64_t at_ms)
{
	struct timespec until = { .tv_sec = (time_t)(at_ms / 1000),
		.tv_nsec = (long)(at_ms % 1000) * 1000000 };

	pthread_cond_timedwait(&store->wake, &store->lock, &until);
}

/*
 * Puts the job at the end. A burst of agents is one transaction and one sync for many, not for each: nobody waits for the answer.
 * A thread is woken when one must look at its clock again.
 */
static void enqueue(struct store *store, struct store_job *job)
{
	uint64_t now = clock_monotonic_ms();
	bool was_empty = !store->waiting.first;
	bool can_wait = waiting_is_patient(job) && store->waiting.count + 1 < MOST_IN_BATCH;
	uint64_t due = can_wait ? now + PATIENCE_MS : now;

	waiting_add(&store->waiting, job);
	if (was_empty || due < store->due_ms)
		store->due_ms = due;
	else if (can_wait)
		return;
	pthread_cond_signal(&store->wake);
}

enum next { NEXT_JOBS, NEXT_SWEEP, NEXT_END };

/* Under the lock: what there is to do at once. False: nothing, until `at_ms` or until another thread wakes this one. */
static bool find_work(struct worker *worker, enum next *next, struct store_job **jobs,
	size_t *count, uint64_t *at_ms)
{
	struct store *store = worker->store;
	uint64_t now = clock_monotonic_ms();
	bool is_due = store->closing || now >= store->due_ms;

	*next = NEXT_SWEEP;
	if (!store->closing && now >= store->sweep_ms) {
		store->sweep_ms = now + SWEEP_EVERY_MS;
		return true;
	}
	*next = NEXT_END;
	if (store->closing && !store->waiting.first)
		return true;
	*next = NEXT_JOBS;
	*jobs = is_due ? waiting_take(&store->waiting, worker->number, MOST_IN_BATCH, count) : NULL;
	*at_ms = store->sweep_ms;
	if (store->waiting.first && !is_due && store->due_ms < *at_ms)
		*at_ms = store->due_ms;
	return *jobs;
}

/* Waits for jobs that are due and may begin, for the next sweep or for the end. */
static enum next await_work(struct worker *worker, struct store_job **jobs, size_t *count)
{
	struct store *store = worker->store;
	enum next next;
	uint64_t at_ms;

	pthread_mutex_lock(&store->lock);
	while (!find_work(worker, &next, jobs, count, &at_ms))
		wait_until(store, at_ms);
	if (next == NEXT_JOBS && store->waiting.first)
		pthread_cond_signal(&store->wake); /* another may begin with the rest */
	pthread_mutex_unlock(&store->lock);
	return next;
}

static void sweep(struct worker *worker)
{
	struct store_job job = { .kind = STORE_SWEEP, .limit = (int64_t)worker->store->keep_ms };

	run_alone(worker, &job);
	if (!job.ok)
		log_warn("the store was not swept", LOG_ERR(&job.err));
	buffer_fini(&job.json);
}

/* What concerns the same begins after the answers are on their way, so that these come in order, too. */
static void run_and_answer(struct worker *worker, struct store_job *jobs, size_t count)
{
	struct store *store = worker->store;

	run_batch(worker, jobs, count);
	count_failures(store, jobs);
	pthread_mutex_lock(&store->lock);
	while (!loop_post(store->loop, deliver, jobs, NULL)) {
		pthread_mutex_unlock(&store->lock);
		usleep(10000); /* out of memory: the askers wait, nothing is lost */
		pthread_mutex_lock(&store->lock);
	}
	waiting_done(&store->waiting, worker->number);
	if (store->waiting.first || store->closing)
		pthread_cond_broadcast(&store->wake);
	pthread_mutex_unlock(&store->lock);
}

static void *run(void *context)
{
	struct worker *worker = context;

	for (;;) {
		struct store_job *jobs = NULL;
		size_t count = 0;

		switch (await_work(worker, &jobs, &count)) {
		case NEXT_JOBS:
			run_and_answer(worker, jobs, count);
			break;
		case NEXT_SWEEP:
			sweep(worker);
			break;
		case NEXT_END:
			return NULL;
		}
	}
}

static struct store *store_new(const struct store_options *options)
{
	struct store *store = calloc(1, sizeof(*store));
	pthread_condattr_t monotonic;

	if (!store)
		return NULL;
	store->loop = options->loop;
	store->keep_ms = options->keep_ms;
	store->sweep_ms = clock_monotonic_ms() + SWEEP_EVERY_MS;
	pthread_mutex_init(&store->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&store->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return store;
}

/* Takes `db`, also when it fails. */
static bool start_worker(struct store *store, struct database *db, struct error *err)
{
	struct worker *worker = &store->workers[store->started];

	*worker = (struct worker){ .store = store, .db = db, .number = store->started };
	if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
		database_close(db);
		return error_set(err, ERR_IO, NULL, "no thread can be started for the store");
	}
	store->started++;
	return true;
}

/* Takes `first`, also when it fails. */
static bool start_workers(
	struct store *store, struct database *first, size_t count, struct error *err)
{
	waiting_init(&store->waiting, count);
	if (!start_worker(store, first, err))
		return false;
	while (store->started < count) {
		struct database *beside = NULL;

		if (!database_open_beside(first, &beside, err) || !start_worker(store, beside, err))
			return false;
	}
	return true;
}

static size_t count_connections(const struct database *db, size_t most)
{
	if (!database_takes_many(db))
		return 1;
	return !most ? CONNECTIONS : most < STORE_MOST_CONNECTIONS ? most : STORE_MOST_CONNECTIONS;
}

bool store_open(const struct store_options *options, struct store **out, struct error *err)
{
	AUTO(database) struct database *db = NULL;
	AUTO(store) struct store *store = NULL;
	size_t count;

	if (!database_open(options->path, &db, err) ||
		!database_limit_pages(db, options->most_pages, err))
		return error_wrap(err, "open the store");
	store = store_new(options);
	if (!store)
		return error_no_memory(err);
	count = count_connections(db, options->most_connections);
	if (!start_workers(store, take_database(&db), count, err))
		return false;
	*out = take_store(&store);
	return true;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	pthread_mutex_lock(&store->lock);
	store->closing = true;
	pthread_cond_broadcast(&store->wake);
	pthread_mutex_unlock(&store->lock);
	for (size_t i = 0; i < store->started; i++)
		pthread_join(store->workers[i].thread, NULL);
	while (store->started)
		database_close(store->workers[--store->started].db);
	pthread_mutex_destroy(&store->lock);
	pthread_cond_destroy(&store->wake);
	free(store);
}

bool store_submit(struct store *store, struct store_job *job, struct error *err)
{
	bool closing;

	pthread_mutex_lock(&store->lock);
	closing = store->closing;
	if (!closing)
		enqueue(store, job);
	pthread_mutex_unlock(&store->lock);
	if (!closing)
		return true;
	store_job_free(job);
	return error_set(err, ERR_IO, NULL, "the store is closing");
}

void store_take_stats(struct store *store, struct store_stats *out)
{
	pthread_mutex_lock(&store->lock);
	*out = store->stats;
	out->queued = store->waiting.count;
	store->stats.longest_commit_us = 0;
	pthread_mutex_unlock(&store->lock);
}
