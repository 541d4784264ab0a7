#include "control/queue.h"
#include "support/suite.h"

#include <stdio.h>

static void add(struct queue *queue, const char *key, uint64_t at_ms)
{
	struct error err;

	ck_assert_msg(queue_add(queue, key, at_ms, &err), "%s", err.text);
}

START_TEST(keys_come_when_due_earliest_first)
{
	struct queue queue = { 0 };

	add(&queue, "a/late", 30);
	add(&queue, "a/early", 10);
	add(&queue, "a/middle", 20);
	ck_assert_uint_eq(queue_next_ms(&queue), 10);
	ck_assert_ptr_null(queue_pop(&queue, 9));
	ck_assert_str_eq(queue_pop(&queue, 100), "a/early");
	ck_assert_str_eq(queue_pop(&queue, 100), "a/middle");
	ck_assert_str_eq(queue_pop(&queue, 100), "a/late");
	ck_assert_ptr_null(queue_pop(&queue, 100));
	ck_assert_uint_eq(queue_next_ms(&queue), QUEUE_NEVER);
	queue_fini(&queue);
}
END_TEST

START_TEST(a_key_waits_once_and_its_earliest_deadline_wins)
{
	struct queue queue = { 0 };

	add(&queue, "a/b", 50);
	add(&queue, "a/b", 20);
	add(&queue, "a/b", 70);
	ck_assert_uint_eq(queue_depth(&queue), 1);
	ck_assert_uint_eq(queue_next_ms(&queue), 20);
	queue_fini(&queue);
}
END_TEST

START_TEST(a_key_in_work_is_not_handed_out_but_comes_again)
{
	struct queue queue = { 0 };

	add(&queue, "a/b", 0);
	ck_assert_ptr_nonnull(queue_pop(&queue, 0));
	add(&queue, "a/b", 5);
	ck_assert_ptr_null(queue_pop(&queue, 100));
	queue_done(&queue, "a/b");
	ck_assert_uint_eq(queue_next_ms(&queue), 5);
	ck_assert_str_eq(queue_pop(&queue, 100), "a/b");
	queue_done(&queue, "a/b");
	ck_assert_uint_eq(queue.entries.count, 0);
	queue_fini(&queue);
}
END_TEST

START_TEST(failures_back_off_up_to_a_minute_and_success_forgets_them)
{
	struct queue queue = { 0 };
	uint64_t limit = QUEUE_BACKOFF_FIRST_MS;

	add(&queue, "a/b", 0);
	for (int i = 0; i < 20; i++) {
		uint64_t delay;

		ck_assert_ptr_nonnull(queue_pop(&queue, QUEUE_NEVER - 1));
		delay = queue_failed(&queue, "a/b", 1000, 0);
		ck_assert_uint_le(delay, limit);
		ck_assert_uint_ge(delay, limit * 3 / 4 - 1);
		ck_assert_uint_eq(queue_next_ms(&queue), 1000 + delay);
		limit = limit * 2 > QUEUE_BACKOFF_LAST_MS ? QUEUE_BACKOFF_LAST_MS : limit * 2;
	}
	ck_assert_ptr_nonnull(queue_pop(&queue, QUEUE_NEVER - 1));
	queue_done(&queue, "a/b");
	add(&queue, "a/b", 0);
	ck_assert_ptr_nonnull(queue_pop(&queue, 0));
	ck_assert_uint_le(queue_failed(&queue, "a/b", 0, 0), QUEUE_BACKOFF_FIRST_MS);
	queue_fini(&queue);
}
END_TEST

START_TEST(a_change_during_a_failing_pass_does_not_wait_for_the_back_off)
{
	struct queue queue = { 0 };

	add(&queue, "a/b", 0);
	ck_assert_ptr_nonnull(queue_pop(&queue, 0));
	add(&queue, "a/b", 3);
	queue_failed(&queue, "a/b", 1, 0);
	ck_assert_uint_eq(queue_next_ms(&queue), 3);
	queue_fini(&queue);
}
END_TEST

START_TEST(a_peer_that_says_when_is_not_asked_before)
{
	struct queue queue = { 0 };

	add(&queue, "a/b", 0);
	ck_assert_ptr_nonnull(queue_pop(&queue, 0));
	ck_assert_uint_ge(queue_failed(&queue, "a/b", 1000, 30000), 30000);
	ck_assert_uint_ge(queue_next_ms(&queue), 31000);
	ck_assert_uint_lt(queue_next_ms(&queue), 32000);
	ck_assert_ptr_nonnull(queue_pop(&queue, 40000));
	add(&queue, "a/b", 40003);
	queue_failed(&queue, "a/b", 40000, 5000);
	ck_assert_uint_eq(queue_next_ms(&queue), 45000);
	queue_fini(&queue);
}
END_TEST

START_TEST(thousands_of_keys_come_in_order)
{
	struct queue queue = { 0 };
	char key[32];
	uint64_t last = 0;

	for (unsigned i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "ns/agent-%u", i);
		add(&queue, key, (i * 7919u) % 5003u);
	}
	for (unsigned i = 0; i < 5000; i++) {
		uint64_t due = queue_next_ms(&queue);
		const char *popped = queue_pop(&queue, due);

		ck_assert_ptr_nonnull(popped);
		ck_assert_uint_ge(due, last);
		last = due;
		snprintf(key, sizeof(key), "%s", popped);
		queue_done(&queue, key);
	}
	ck_assert_uint_eq(queue.entries.count, 0);
	queue_fini(&queue);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/queue");
	TCase *tcase = tcase_create("queue");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, keys_come_when_due_earliest_first);
	tcase_add_test(tcase, a_key_waits_once_and_its_earliest_deadline_wins);
	tcase_add_test(tcase, a_key_in_work_is_not_handed_out_but_comes_again);
	tcase_add_test(tcase, failures_back_off_up_to_a_minute_and_success_forgets_them);
	tcase_add_test(tcase, a_change_during_a_failing_pass_does_not_wait_for_the_back_off);
	tcase_add_test(tcase, a_peer_that_says_when_is_not_asked_before);
	tcase_add_test(tcase, thousands_of_keys_come_in_order);
	return suite_run(suite);
}
