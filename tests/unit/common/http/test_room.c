#include "http/room.h"
#include "support/suite.h"

#include "base/error.h"

#define MIB         ((size_t)1024 * 1024)
#define SHARED      (4 * MIB)
#define PATIENCE_MS 300

static struct room room;
static struct room_claim claims[8];
static struct room_claim *called[8], *late[8];
static size_t called_count, late_count;

static uint64_t now_ms;

static uint64_t tell_now(void)
{
	return now_ms;
}

static void on_turn(struct room_claim *claim)
{
	called[called_count++] = claim;
}

static void on_late(struct room_claim *claim)
{
	late[late_count++] = claim;
}

static void setup(void)
{
	memset(claims, 0, sizeof(claims));
	called_count = late_count = 0;
	now_ms = 1;
	room_init(&room, &(struct room_options){ .shared_bytes = SHARED,
				 .alone_bytes = 8 * MIB,
				 .patience_ms = PATIENCE_MS,
				 .now_ms = tell_now,
				 .on_turn = on_turn,
				 .on_late = on_late });
}

/* The claim asks, and takes what it may. */
static bool take(size_t i, size_t bytes)
{
	if (!room_ask(&room, &claims[i], bytes))
		return false;
	room_hold(&room, &claims[i], claims[i].held_bytes + bytes);
	return true;
}

START_TEST(all_share_then_one_goes_on_and_the_others_wait)
{
	ck_assert(take(0, 2 * MIB));
	ck_assert(take(1, 2 * MIB));
	ck_assert(room_is_tight(&room));
	ck_assert(take(1, 3 * MIB)); /* goes on alone: what it held is the others' again */
	ck_assert(take(2, 2 * MIB));
	ck_assert(!take(0, MIB));
	ck_assert(!take(0, MIB)); /* it waits only once */
	ck_assert(!take(3, MIB));
	ck_assert(take(1, MIB));
	ck_assert_uint_eq(called_count, 0);
	room_hold(&room, &claims[1], 0);
	ck_assert_uint_eq(
		called_count, 2); /* the second into what the first leaves by going on alone */
	ck_assert_ptr_eq(called[0], &claims[0]);
	ck_assert_ptr_eq(called[1], &claims[3]);
	ck_assert(take(0, 3 * MIB));
	ck_assert(take(3, MIB));
}
END_TEST

START_TEST(what_is_small_goes_on_while_it_is_little_in_all)
{
	ck_assert(take(0, 6 * MIB));
	ck_assert(take(1, SHARED));
	ck_assert(!take(2, ROOM_SMALL_BYTES + 1));
	ck_assert(take(3, ROOM_SMALL_BYTES));
	room_hold(&room, &claims[4], 8 * MIB); /* much that nobody was asked for */
	ck_assert(!take(5, ROOM_SMALL_BYTES));
}
END_TEST

START_TEST(whoever_waits_for_too_long_is_late)
{
	ck_assert(take(0, 6 * MIB));
	ck_assert(take(1, SHARED));
	now_ms = 1000;
	room_check(&room); /* nobody waits: it may take its time */
	ck_assert_uint_eq(late_count, 0);
	ck_assert(!take(2, MIB));
	now_ms = 1000 + PATIENCE_MS;
	room_check(&room);
	ck_assert_uint_eq(late_count, 1); /* now nobody waits for the other any more */
	ck_assert_ptr_eq(late[0], &claims[2]);
	ck_assert(!claims[2].waits);
}
END_TEST

START_TEST(whoever_goes_on_alone_and_gets_nowhere_is_late_before_the_others)
{
	ck_assert(take(0, 6 * MIB));
	ck_assert(take(1, SHARED));
	now_ms = 500;
	ck_assert(!take(2, MIB));
	now_ms = 500 + PATIENCE_MS / 3;
	room_check(&room);
	ck_assert_uint_eq(late_count, 1);
	ck_assert_ptr_eq(late[0], &claims[0]);
	room_leave(&room, &claims[0]);
	ck_assert_ptr_eq(called[0], &claims[2]);
}
END_TEST

START_TEST(who_is_late_and_holds_little_makes_way)
{
	ck_assert(take(0, SHARED));
	room_hold(&room, &claims[1], 8 * MIB);
	ck_assert(room_ask(&room, &claims[2], 1)); /* alone, and never comes back */
	ck_assert(!take(3, MIB));
	now_ms = 1 + PATIENCE_MS / 3 + 1;
	room_check(&room);
	ck_assert_ptr_eq(late[0], &claims[2]);
	ck_assert_uint_eq(called_count, 1);
	ck_assert(take(3, MIB));
}
END_TEST

START_TEST(who_leaves_waits_no_more)
{
	ck_assert(take(0, 6 * MIB));
	ck_assert(take(1, SHARED));
	ck_assert(!take(2, MIB));
	room_leave(&room, &claims[2]);
	room_leave(&room, &claims[0]);
	room_leave(&room, &claims[1]);
	ck_assert_uint_eq(called_count, 0);
	ck_assert_uint_eq(room.held_bytes, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("room");
	TCase *tc = tcase_create("room");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, all_share_then_one_goes_on_and_the_others_wait);
	tcase_add_test(tc, what_is_small_goes_on_while_it_is_little_in_all);
	tcase_add_test(tc, whoever_waits_for_too_long_is_late);
	tcase_add_test(tc, whoever_goes_on_alone_and_gets_nowhere_is_late_before_the_others);
	tcase_add_test(tc, who_is_late_and_holds_little_makes_way);
	tcase_add_test(tc, who_leaves_waits_no_more);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
