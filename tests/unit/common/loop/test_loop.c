#include "loop/loop.h"

#include "base/clock.h"
#include "support/suite.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct error err;

static void setup(void)
{
	ck_assert(loop_new(&loop, &err));
}

static void teardown(void)
{
	loop_free(loop);
	loop = NULL;
}

static void run(void)
{
	ck_assert_msg(loop_run(loop, &err), "%s", err.text);
}

static void stop(void *context UNUSED)
{
	loop_stop(loop);
}

/* --- posts --- */

#define THREADS  4
#define MESSAGES 5000

struct parcel {
	int thread;
	int number;
};
static int seen[THREADS];
static int arrived;

static void receive(void *context)
{
	struct parcel *parcel = context;

	ck_assert_int_eq(parcel->number, seen[parcel->thread]);
	seen[parcel->thread]++;
	free(parcel);
	if (++arrived == THREADS * MESSAGES)
		loop_stop(loop);
}

static void *post_many(void *context)
{
	for (int i = 0; i < MESSAGES; i++) {
		struct parcel *parcel = malloc(sizeof(*parcel));

		*parcel = (struct parcel){ .thread = (int)(intptr_t)context, .number = i };
		if (!loop_post(loop, receive, parcel, NULL))
			abort();
	}
	return NULL;
}

START_TEST(every_post_of_every_thread_arrives_in_its_order)
{
	pthread_t threads[THREADS];
	struct loop_stats stats;

	memset(seen, 0, sizeof(seen));
	arrived = 0;
	for (intptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, post_many, (void *)i), 0);
	run();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(arrived, THREADS * MESSAGES);
	loop_take_stats(loop, &stats);
	ck_assert_uint_eq(stats.messages, THREADS * MESSAGES);
}
END_TEST

static int ran;

static void count(void *context UNUSED)
{
	ran++;
}

static void count_and_post(void *context UNUSED)
{
	ran++;
	ck_assert(loop_post(loop, count, NULL, NULL));
}

START_TEST(freeing_runs_what_was_posted_and_what_that_posts)
{
	ran = 0;
	ck_assert(loop_post(loop, count_and_post, NULL, NULL));
	loop_free(loop);
	loop = NULL;
	ck_assert_int_eq(ran, 2);
}
END_TEST

START_TEST(a_stop_before_the_run_ends_the_run_at_once)
{
	loop_stop(loop);
	run();
}
END_TEST

START_TEST(a_loop_runs_again_after_a_stop)
{
	for (int i = 0; i < 3; i++) {
		ck_assert(loop_post(loop, stop, NULL, NULL));
		run();
	}
}
END_TEST

/* --- timers --- */

static char fired[64];
static struct loop_timer *timers[8];

static void note(void *context)
{
	strncat(fired, context, 1);
}

START_TEST(timers_fire_by_deadline_then_by_order_of_arming)
{
	static const struct {
		const char *name;
		uint64_t delay_ms;
	} plan[] = { { "d", 30 }, { "a", 0 }, { "c", 15 }, { "b", 0 }, { "e", 30 } };
	struct loop_timer *last;
	uint64_t began;

	fired[0] = '\0';
	for (size_t i = 0; i < COUNT(plan); i++)
		ck_assert(loop_timer_new(loop, note, (void *)plan[i].name, &timers[i], NULL));
	do { /* until nothing came between */
		began = clock_monotonic_ms();
		for (size_t i = 0; i < COUNT(plan); i++)
			loop_timer_arm(timers[i], plan[i].delay_ms);
	} while (clock_monotonic_ms() - began > 10);
	ck_assert(loop_timer_new(loop, stop, NULL, &last, NULL));
	loop_timer_arm(last, 60);
	run();
	ck_assert_str_eq(fired, "abcde");
	for (size_t i = 0; i < COUNT(plan); i++)
		loop_timer_free(timers[i]);
	loop_timer_free(last);
}
END_TEST

START_TEST(arming_again_moves_and_disarming_silences)
{
	struct loop_timer *last;

	fired[0] = '\0';
	ck_assert(loop_timer_new(loop, note, "x", &timers[0], NULL));
	ck_assert(loop_timer_new(loop, note, "y", &timers[1], NULL));
	ck_assert(loop_timer_new(loop, note, "z", &timers[2], NULL));
	ck_assert(loop_timer_new(loop, stop, NULL, &last, NULL));
	loop_timer_arm(timers[0], 1);
	loop_timer_arm(timers[1], 1);
	loop_timer_arm(timers[2], 10);
	loop_timer_arm(timers[0], 20); /* behind z */
	loop_timer_disarm(timers[1]);
	loop_timer_disarm(timers[1]);
	loop_timer_arm(last, 40);
	run();
	ck_assert_str_eq(fired, "zx");
	for (int i = 0; i < 3; i++)
		loop_timer_free(timers[i]);
	loop_timer_free(last);
}
END_TEST

static void free_itself(void *context)
{
	struct loop_timer **slot = context;

	loop_timer_free(*slot);
	*slot = NULL;
	loop_timer_free(timers[1]); /* and one that is due in the same turn */
	timers[1] = NULL;
	ck_assert(loop_post(loop, stop, NULL, NULL));
}

START_TEST(a_timer_may_free_itself_and_others)
{
	fired[0] = '\0';
	ck_assert(loop_timer_new(loop, free_itself, &timers[0], &timers[0], NULL));
	ck_assert(loop_timer_new(loop, note, "n", &timers[1], NULL));
	loop_timer_arm(timers[0], 0);
	loop_timer_arm(timers[1], 0);
	run();
	ck_assert_str_eq(fired, "");
	ck_assert_ptr_null(timers[0]);
}
END_TEST

static int rearmed;

static void rearm(void *context UNUSED)
{
	rearmed++;
	loop_timer_arm(timers[0], 0);
}

START_TEST(a_timer_that_arms_itself_does_not_starve_messages)
{
	rearmed = 0;
	ck_assert(loop_timer_new(loop, rearm, NULL, &timers[0], NULL));
	loop_timer_arm(timers[0], 0);
	ck_assert(loop_post(loop, stop, NULL, NULL));
	run();
	ck_assert_int_le(rearmed, 20);
	loop_timer_free(timers[0]);
}
END_TEST

enum { MANY = 500 };
static struct many {
	struct loop_timer *timer;
	uint64_t delay_ms;
	uint64_t earliest_ms, latest_ms; /* between these is its deadline */
	int armed_as;
} many[MANY];
static const struct many *previous;

static void check_after_previous(void *context)
{
	const struct many *it = context;

	ran++;
	if (previous) {
		ck_assert_uint_le(previous->earliest_ms, it->latest_ms);
		ck_assert(previous->delay_ms != it->delay_ms || previous->armed_as < it->armed_as);
	}
	previous = it;
}

START_TEST(many_timers_keep_their_order)
{
	struct loop_timer *last;
	unsigned random = 1;

	ran = 0;
	previous = NULL;
	for (int i = 0; i < MANY; i++) {
		ck_assert(
			loop_timer_new(loop, check_after_previous, &many[i], &many[i].timer, NULL));
		random = random * 1103515245 + 12345;
		many[i].delay_ms = 1 + 50 * ((random >> 16) % 5);
		many[i].armed_as = i;
		many[i].earliest_ms = clock_monotonic_ms() + many[i].delay_ms;
		loop_timer_arm(many[i].timer, many[i].delay_ms);
		many[i].latest_ms = clock_monotonic_ms() + many[i].delay_ms;
	}
	for (int i = 0; i < MANY; i += 3)
		loop_timer_disarm(many[i].timer);
	ck_assert(loop_timer_new(loop, stop, NULL, &last, NULL));
	loop_timer_arm(last, 300);
	run();
	ck_assert_int_eq(ran, MANY - (MANY + 2) / 3);
	for (int i = 0; i < MANY; i++)
		loop_timer_free(many[i].timer);
	loop_timer_free(last);
}
END_TEST

/* --- descriptors --- */

static struct loop_watch *watches[2];
static int pairs[2][2];
static int calls;

static void unwatch_both(void *context UNUSED, uint32_t events)
{
	ck_assert_uint_ne(events & EPOLLIN, 0);
	calls++;
	loop_unwatch(watches[0]);
	loop_unwatch(watches[1]);
	ck_assert(loop_post(loop, stop, NULL, NULL));
}

START_TEST(what_is_unwatched_in_a_batch_is_not_called_in_it)
{
	calls = 0;
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
		ck_assert_int_eq(write(pairs[i][1], "x", 1), 1);
		ck_assert(loop_watch(
			loop, pairs[i][0], EPOLLIN, unwatch_both, NULL, &watches[i], NULL));
	}
	run();
	ck_assert_int_eq(calls, 1);
	for (int i = 0; i < 2; i++) {
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
}
END_TEST

static void writable(void *context UNUSED, uint32_t events)
{
	ck_assert_uint_ne(events & EPOLLOUT, 0);
	loop_unwatch(watches[0]);
	loop_stop(loop);
}

START_TEST(rewatch_changes_what_is_waited_for)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[0]), 0);
	ck_assert(loop_watch(loop, pairs[0][0], EPOLLIN, writable, NULL, &watches[0], NULL));
	ck_assert(loop_rewatch(watches[0], EPOLLOUT, NULL));
	run();
	close(pairs[0][0]);
	close(pairs[0][1]);
}
END_TEST

START_TEST(a_closed_descriptor_is_refused)
{
	ck_assert(!loop_watch(loop, 9999, EPOLLIN, writable, NULL, &watches[0], &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

/* --- before the wait --- */

static int asked;

static int wish(void *context)
{
	if (++asked == 3)
		loop_stop(loop);
	return (int)(intptr_t)context;
}

START_TEST(a_wish_bounds_the_wait)
{
	uint64_t began = clock_monotonic_ms();

	asked = 0;
	ck_assert(loop_before_wait(loop, wish, (void *)(intptr_t)5, NULL));
	run();
	ck_assert_int_eq(asked, 3);
	ck_assert_uint_lt(clock_monotonic_ms() - began, 20000);
	loop_before_wait_remove(loop, wish, (void *)(intptr_t)5);
	ck_assert(loop_post(loop, stop, NULL, NULL));
	run();
	ck_assert_int_eq(asked, 3);
}
END_TEST

static void raise_term(void *context UNUSED)
{
	kill(getpid(), SIGTERM);
}

static unsigned gathered;

static void post_again(void *context)
{
	if (++gathered == 5)
		loop_stop(context);
	else
		ck_assert(loop_post(context, post_again, context, &err));
}

START_TEST(a_turn_waits_for_what_may_come_with_it)
{
	uint64_t began_us = clock_monotonic_us();

	gathered = 0;
	loop_set_gather(loop, 10);
	ck_assert(loop_post(loop, post_again, loop, &err));
	ck_assert(loop_run(loop, &err));
	ck_assert_uint_ge(clock_monotonic_us() - began_us, 4 * 10000);
}
END_TEST

static void do_nothing(void *context UNUSED)
{
}

static void stop_loop(void *context)
{
	loop_stop(context);
}

START_TEST(a_due_timer_does_not_wait_for_what_may_come)
{
	struct loop_timer *timer;

	loop_set_gather(loop, 3600000);
	ck_assert(loop_timer_new(loop, stop_loop, loop, &timer, &err));
	for (uint64_t delay_ms = 0; delay_ms < 3; delay_ms++) {
		ck_assert(loop_post(loop, do_nothing, loop, &err)); /* a turn before it */
		loop_timer_arm(timer, delay_ms);
		ck_assert(loop_run(loop, &err));
	}
	loop_timer_free(timer);
}
END_TEST

START_TEST(sigterm_stops_the_loop)
{
	ck_assert(loop_stop_on_signals(loop, &err));
	ck_assert(loop_post(loop, raise_term, NULL, NULL));
	run();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loop");
	TCase *tc = tcase_create("loop");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_post_of_every_thread_arrives_in_its_order);
	tcase_add_test(tc, freeing_runs_what_was_posted_and_what_that_posts);
	tcase_add_test(tc, a_stop_before_the_run_ends_the_run_at_once);
	tcase_add_test(tc, a_loop_runs_again_after_a_stop);
	tcase_add_test(tc, timers_fire_by_deadline_then_by_order_of_arming);
	tcase_add_test(tc, arming_again_moves_and_disarming_silences);
	tcase_add_test(tc, a_timer_may_free_itself_and_others);
	tcase_add_test(tc, a_timer_that_arms_itself_does_not_starve_messages);
	tcase_add_test(tc, many_timers_keep_their_order);
	tcase_add_test(tc, what_is_unwatched_in_a_batch_is_not_called_in_it);
	tcase_add_test(tc, rewatch_changes_what_is_waited_for);
	tcase_add_test(tc, a_closed_descriptor_is_refused);
	tcase_add_test(tc, a_wish_bounds_the_wait);
	tcase_add_test(tc, a_turn_waits_for_what_may_come_with_it);
	tcase_add_test(tc, a_due_timer_does_not_wait_for_what_may_come);
	tcase_add_test(tc, sigterm_stops_the_loop);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
