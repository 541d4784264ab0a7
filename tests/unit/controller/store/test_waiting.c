#include "store/waiting.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define MOST 64

static struct waiting waiting;

static void setup(void)
{
	waiting_init(&waiting, 3);
}

static void finish(struct store_job *jobs)
{
	while (jobs) {
		struct store_job *next = jobs->next;

		store_job_free(jobs);
		jobs = next;
	}
}

static void teardown(void)
{
	for (size_t i = 0; i < COUNT(waiting.under_way); i++)
		finish(waiting.under_way[i]);
	finish(waiting.first);
}

/* `names`: agent, session and id, one letter each, "-" for none. `name` is what the tests know the job by. */
static void add(enum store_job_kind kind, const char *name, const char *names)
{
	struct store_job *job = store_job_new(kind);
	char **const slots[] = { &job->agent, &job->session, &job->id };

	job->name = strdup(name);
	for (size_t i = 0; i < COUNT(slots); i++)
		if (names[i] != '-')
			*slots[i] = strndup(names + i, 1);
	waiting_add(&waiting, job);
}

/* The names of what the worker takes. */
static const char *take(size_t worker, size_t most)
{
	static char names[MOST + 1];
	size_t count;
	size_t length = 0;

	for (struct store_job *job = waiting_take(&waiting, worker, most, &count); job;
		job = job->next)
		names[length++] = *job->name;
	names[length] = '\0';
	ck_assert_uint_eq(count, length);
	return names;
}

static void done(size_t worker)
{
	finish(waiting.under_way[worker]);
	waiting_done(&waiting, worker);
}

START_TEST(what_concerns_the_same_is_taken_together_in_order)
{
	add(STORE_EVENT_ADD, "1", "as-");
	add(STORE_EVENT_ADD, "2", "bt-");
	add(STORE_EVENT_ADD, "3", "as-");
	add(STORE_SESSION_GET, "4", "--s");
	add(STORE_EVENT_ADD, "5", "bt-");
	ck_assert_str_eq(take(0, MOST), "134");
	ck_assert_str_eq(take(1, MOST), "25");
	ck_assert_str_eq(take(2, MOST), "");
	ck_assert_uint_eq(waiting.count, 0);
}
END_TEST

START_TEST(what_is_under_way_holds_up_the_same_alone)
{
	add(STORE_TASK_PUT, "1", "ast");
	ck_assert_str_eq(take(0, MOST), "1");
	add(STORE_TASK_FAIL, "2", "--t");
	add(STORE_TASK_GET, "3", "--u");
	add(STORE_SESSION_OF_AGENT, "4", "a--");
	add(STORE_EVENT_ADD, "5", "-s-");
	ck_assert_str_eq(take(1, MOST), "3");
	ck_assert_str_eq(take(2, MOST), "");
	done(0);
	ck_assert_str_eq(take(0, MOST), "2");
	ck_assert_str_eq(take(2, MOST), "4");
	done(1);
	ck_assert_str_eq(take(1, MOST), "5");
}
END_TEST

/* A job that must wait holds up what comes after it and concerns the same, though that has nothing to do with what is under way. */
START_TEST(nothing_overtakes_what_it_concerns)
{
	add(STORE_EVENT_ADD, "1", "as-");
	ck_assert_str_eq(take(0, MOST), "1");
	add(STORE_TASK_PUT, "2", "a-t");
	add(STORE_TASK_GET, "3", "--t");
	add(STORE_PING, "4", "---");
	ck_assert_str_eq(take(1, MOST), "4");
	ck_assert_str_eq(take(2, MOST), "");
	done(0);
	ck_assert_str_eq(take(0, MOST), "23");
}
END_TEST

START_TEST(names_of_different_meaning_are_not_the_same)
{
	add(STORE_EVENT_ADD, "1", "ase");
	add(STORE_EVENT_ADD, "2", "bte");
	add(STORE_TASK_PUT, "3", "cba");
	ck_assert_str_eq(take(0, MOST), "1");
	ck_assert_str_eq(take(1, MOST), "2");
	ck_assert_str_eq(take(2, MOST), "3");
}
END_TEST

START_TEST(a_batch_ends_where_it_is_full)
{
	for (const char *name = "123456"; *name; name++)
		add(STORE_EVENT_ADD, name, *name % 2 ? "as-" : "bt-");
	ck_assert_str_eq(take(0, 2), "13");
	ck_assert_str_eq(take(1, 2), "24");
	ck_assert_str_eq(take(2, 2), "");
	done(0);
	add(STORE_EVENT_ADD, "7", "as-");
	ck_assert_str_eq(take(0, 2), "57");
	done(1);
	ck_assert_str_eq(take(1, 2), "6");
	ck_assert_uint_eq(waiting.count, 0);
	add(STORE_PING, "8", "---");
	ck_assert_str_eq(take(2, MOST), "8");
}
END_TEST

START_TEST(those_that_nobody_waits_for_go_together)
{
	add(STORE_AGENT_SEEN, "1", "a--");
	add(STORE_SESSION_GET, "2", "--s");
	add(STORE_AGENT_SEEN, "3", "b--");
	add(STORE_SESSION_CREATE, "4", "b-t");
	ck_assert_str_eq(take(0, MOST), "134");
	ck_assert_str_eq(take(1, MOST), "2");
}
END_TEST

START_TEST(one_worker_takes_all_in_order)
{
	waiting_init(&waiting, 1);
	add(STORE_EVENT_ADD, "1", "as-");
	add(STORE_AGENT_SEEN, "2", "b--");
	add(STORE_PING, "3", "---");
	add(STORE_EVENT_ADD, "4", "as-");
	ck_assert_str_eq(take(0, 3), "123");
	done(0);
	ck_assert_str_eq(take(0, 3), "4");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store/waiting");
	TCase *tests = tcase_create("waiting");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, what_concerns_the_same_is_taken_together_in_order);
	tcase_add_test(tests, what_is_under_way_holds_up_the_same_alone);
	tcase_add_test(tests, nothing_overtakes_what_it_concerns);
	tcase_add_test(tests, names_of_different_meaning_are_not_the_same);
	tcase_add_test(tests, a_batch_ends_where_it_is_full);
	tcase_add_test(tests, those_that_nobody_waits_for_go_together);
	tcase_add_test(tests, one_worker_takes_all_in_order);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
