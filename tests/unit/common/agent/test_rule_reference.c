/*
 * webhook/RULES.md says what the rule tables say. To make it anew after a change of a table:
 *   SANDGATE_WRITE_RULES=1 ctest --preset debug -R test_rule_reference
 */
#include "base/file.h"
#include "agent/check.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE TEST_SOURCE_DIR "/../webhook/RULES.md"

/* A cell: | would end it. */
static void put_cell(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			buffer_putc(out, '\\');
		buffer_putc(out, *text);
	}
}

static void put_rule(struct buffer *out, const struct rule *rule)
{
	buffer_puts(out, rule_kind_name(rule->kind));
	if (rule->with) {
		buffer_puts(out, " `");
		put_cell(out, rule->with);
		buffer_puts(out, "`");
	}
	if (rule->kind == RULE_MIN_ITEMS || rule->kind == RULE_MAX_ITEMS ||
		rule->kind == RULE_MIN || rule->kind == RULE_MIN_LENGTH ||
		rule->kind == RULE_MAX_LENGTH)
		buffer_printf(out, " %ld", rule->limit);
}

static const char *version_name(enum rule_version versions)
{
	if (versions == RULE_V1ALPHA2)
		return "v1alpha2";
	return versions == RULE_V1ALPHA3 ? "v1alpha3" : "both";
}

static bool belongs(const struct rule *rule, const struct rule *to)
{
	return strcmp(rule->at, to->at) == 0 && rule->versions == to->versions &&
	       strcmp(rule->source, to->source) == 0;
}

/* All rows of one field stand together, where the first of them does. */
static void put_field(struct buffer *out, size_t first)
{
	const char *comma = "";

	for (size_t i = 0; i < first; i++)
		if (belongs(&agent_rules[i], &agent_rules[first]))
			return;
	buffer_printf(out, "| `%s` | ", agent_rules[first].at);
	for (size_t i = first; i < agent_rule_count; i++) {
		if (!belongs(&agent_rules[i], &agent_rules[first]))
			continue;
		buffer_puts(out, comma);
		put_rule(out, &agent_rules[i]);
		comma = ", ";
	}
	buffer_printf(out, " | %s | %s |\n", version_name(agent_rules[first].versions),
		agent_rules[first].source);
}

static void put_reference(struct buffer *out)
{
	buffer_puts(out, "# What is checked of a SandboxAgent\n\n"
			 "Made from the tables in `common/agent` (`rule_table.c`, "
			 "`check_table.c`); a test holds "
			 "it against them.\n"
			 "`sandgate-webhook review -f PATH` applies the same rules to files.\n\n"
			 "## Over several fields, and beyond what a type says\n\n"
			 "| field | must be so | otherwise | source |\n|---|---|---|---|\n");
	for (size_t i = 0; i < CHECK_COUNT; i++) {
		buffer_printf(out, "| `%s` | ", agent_check_rules[i].at);
		put_cell(out, agent_check_rules[i].says);
		buffer_printf(out, " | %s | %s |\n",
			agent_check_rules[i].only_warns ? "warning" : "refused",
			agent_check_rules[i].source);
	}
	buffer_puts(out,
		"\n## Field by field\n\nAn empty pair of brackets stands for each item of a list. "
		"What breaks one of these is refused.\n\n"
		"| field | is | version | source |\n|---|---|---|---|\n");
	for (size_t i = 0; i < agent_rule_count; i++)
		put_field(out, i);
}

START_TEST(the_reference_says_what_the_tables_say)
{
	AUTO(buffer) struct buffer wanted = { 0 };
	AUTO(buffer) struct buffer got = { 0 };

	put_reference(&wanted);
	ck_assert(buffer_ok(&wanted, NULL));
	if (getenv("SANDGATE_WRITE_RULES")) {
		FILE *file = fopen(REFERENCE, "w");

		ck_assert_ptr_nonnull(file);
		ck_assert_uint_eq(fwrite(wanted.data, 1, wanted.bytes, file), wanted.bytes);
		ck_assert_int_eq(fclose(file), 0);
	}
	ck_assert(file_read(REFERENCE, 1 << 20, &got, NULL));
	ck_assert_msg(got.bytes == wanted.bytes && got.data && wanted.data &&
			      memcmp(got.data, wanted.data, got.bytes) == 0,
		"webhook/RULES.md is older than the tables: run this test with "
		"SANDGATE_WRITE_RULES=1");
}
END_TEST

START_TEST(every_check_is_complete)
{
	const struct check_rule *rule = &agent_check_rules[_i];

	ck_assert_msg(rule->at && rule->says && rule->source, "check %d has no row", _i);
	ck_assert(rule->at[0] && rule->says[0] && rule->source[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent/rule_reference");
	TCase *tests = tcase_create("rule_reference");

	tcase_add_test(tests, the_reference_says_what_the_tables_say);
	tcase_add_loop_test(tests, every_check_is_complete, 0, CHECK_COUNT);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
