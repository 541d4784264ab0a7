#include "control/references.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define MOST_AGENTS 8

static struct references references;

static void teardown(void)
{
	references_fini(&references);
	references = (struct references){ 0 };
}

/* `objects` is a text of one letter for each. */
static void set(const char *agent, const char *objects)
{
	struct map map = { 0 };
	struct error err = { 0 };

	for (; *objects; objects++)
		ck_assert(map_put(&map, (const char[]){ *objects, '\0' }, &map, NULL, &err));
	ck_assert(references_set(&references, agent, &map, &err));
	map_fini(&map);
}

static void add_name(void *context, const char *agent)
{
	char *is = context;
	size_t bytes = strlen(is);

	ck_assert_uint_lt(bytes + 1, MOST_AGENTS);
	is[bytes] = *agent;
	is[bytes + 1] = '\0';
}

static int by_letter(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

/* Agents are named by one letter, too. */
static void check(const char *object, const char *want)
{
	char is[MOST_AGENTS] = "";

	references_each(&references, object, add_name, is);
	qsort(is, strlen(is), 1, by_letter);
	ck_assert_str_eq(is, want);
}

START_TEST(an_object_knows_its_agents)
{
	set("A", "xy");
	set("B", "yz");
	check("x", "A");
	check("y", "AB");
	check("z", "B");
	check("w", "");
}
END_TEST

START_TEST(what_is_no_longer_used_is_forgotten)
{
	set("A", "xy");
	set("B", "y");
	set("A", "xy"); /* the same again */
	check("y", "AB");
	set("A", "xz"); /* as many, but others */
	check("y", "B");
	check("z", "A");
	set("A", "z");
	check("x", "");
	set("A", "");
	check("z", "");
	check("y", "B");
}
END_TEST

START_TEST(a_dropped_agent_leaves_nothing)
{
	set("A", "xyz");
	set("B", "x");
	references_drop(&references, "A");
	references_drop(&references, "unknown");
	check("x", "B");
	references_drop(&references, "B");
	check("x", "");
	ck_assert_uint_eq(references.dependents.count, 0);
	ck_assert_uint_eq(references.uses.count, 0);
}
END_TEST

START_TEST(thousands_may_use_one)
{
	char agent[16];

	for (int i = 0; i < 3000; i++) {
		snprintf(agent, sizeof(agent), "%d", i);
		set(agent, "mk");
		set(agent, "mk");
	}
	for (int i = 0; i < 3000; i += 2) {
		snprintf(agent, sizeof(agent), "%d", i);
		references_drop(&references, agent);
	}
	ck_assert_uint_eq(references.uses.count, 1500);
	ck_assert_uint_eq(references.dependents.count, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/references");
	TCase *tests = tcase_create("references");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, an_object_knows_its_agents);
	tcase_add_test(tests, what_is_no_longer_used_is_forgotten);
	tcase_add_test(tests, a_dropped_agent_leaves_nothing);
	tcase_add_test(tests, thousands_may_use_one);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
