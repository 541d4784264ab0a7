/* A store in a folder of its own, and a loop to wait on. For tests. */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include "base/text.h"
#include "store/store.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

/*
 * $STORE_TEST_URL, when it is set, is a PostgreSQL database to be used instead of a file; every test begins with an empty one.
 */
static const char *fixture_url;
static char fixture_path[64];
static struct loop *fixture_loop;
static struct store *fixture_store;
static size_t fixture_awaited;

static void fixture_open(uint32_t most_pages)
{
	struct store_options options = { .path = fixture_url ? fixture_url : fixture_path,
		.loop = fixture_loop,
		.most_pages = most_pages };
	struct error err = { 0 };

	ck_assert_msg(store_open(&options, &fixture_store, &err), "%s", err.text);
}

/* Runs SQL beside the store, on a connection of its own. */
static void fixture_sql(const char *sql)
{
	sqlite3 *other = NULL;
	char command[1000];

	if (fixture_url) {
		snprintf(command, sizeof(command),
			"psql -q -v ON_ERROR_STOP=1 -d '%s' -c \"%s\" 2>&1 | grep -v NOTICE >&2",
			fixture_url, sql);
		system(command);
		return;
	}
	ck_assert_int_eq(sqlite3_open(fixture_path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
}

static void fixture_setup(void)
{
	char folder[] = "/tmp/test-store-XXXXXX";
	struct error err = { 0 };

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(fixture_path, sizeof(fixture_path), "%s/db", folder);
	ck_assert(loop_new(&fixture_loop, &err));
	fixture_url = getenv("STORE_TEST_URL");
	if (fixture_url)
		fixture_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
	fixture_open(0);
}

static void fixture_teardown(void)
{
	static const char *const files[] = { "", "-wal", "-shm" };
	char path[80];

	store_close(fixture_store);
	loop_free(fixture_loop);
	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s%s", fixture_path, files[i]);
		unlink(path);
	}
	*strrchr(fixture_path, '/') = '\0';
	rmdir(fixture_path);
}

static char *fixture_copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

struct fixture_input {
	enum store_job_kind kind;
	const char *id, *user, *agent, *name, *source, *session, *data;
	int64_t after_us, limit;
	bool ascending, from_agent_pod, is_proven;
};

static struct store_job *fixture_job(const struct fixture_input *in)
{
	struct store_job *job = store_job_new(in->kind);

	job->id = fixture_copy(in->id);
	job->user = fixture_copy(in->user);
	job->agent = fixture_copy(in->agent);
	job->name = fixture_copy(in->name);
	job->source = fixture_copy(in->source);
	job->session = fixture_copy(in->session);
	job->data = fixture_copy(in->data);
	job->after_us = in->after_us;
	job->limit = in->limit;
	job->ascending = in->ascending;
	job->from_agent_pod = in->from_agent_pod;
	job->is_proven = in->is_proven;
	return job;
}

/* A job's outcome, kept beyond the job. */
struct fixture_answer {
	bool done, ok, created;
	struct error err;
	char *json;
};

static void fixture_done(void *context, struct store_job *job)
{
	struct fixture_answer *answer = context;

	answer->done = true;
	answer->ok = job->ok;
	answer->created = job->created;
	answer->err = job->err;
	free(answer->json);
	answer->json = buffer_take(&job->json);
	if (--fixture_awaited == 0)
		loop_stop(fixture_loop);
}

static void fixture_submit(struct fixture_answer *answer, struct store_job *job)
{
	struct error err = { 0 };

	*answer = (struct fixture_answer){ 0 };
	job->done = fixture_done;
	job->context = answer;
	fixture_awaited++;
	ck_assert(store_submit(fixture_store, job, &err));
}

static void fixture_wait(void)
{
	struct error err = { 0 };

	ck_assert(loop_run(fixture_loop, &err));
	ck_assert_uint_eq(fixture_awaited, 0);
}

/* Does a job to its end. The answer's text lives until the next call. */
static const struct fixture_answer *fixture_do(const struct fixture_input *in)
{
	static struct fixture_answer answer;

	free(answer.json);
	fixture_submit(&answer, fixture_job(in));
	fixture_wait();
	return &answer;
}
#define DO(...) fixture_do(&(const struct fixture_input){ .kind = __VA_ARGS__ })

#endif
