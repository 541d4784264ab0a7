#include "base/flags.h"
#include "support/suite.h"

#include <string.h>

struct wish {
	const char *image_tag;
	bool leader_elect;
	int64_t workers;
	uint64_t grace_ms;
	struct flag_list files;
};

static const struct flag flags[] = {
	{ "image-tag", FLAG_TEXT, offsetof(struct wish, image_tag), "0.9.12", "TAG", "tag", 0,
		false },
	{ "leader-elect", FLAG_BOOL, offsetof(struct wish, leader_elect), NULL, NULL, "elect", 0,
		false },
	{ "workers", FLAG_NUMBER, offsetof(struct wish, workers), "4", "N", "workers", 'w', false },
	{ "grace", FLAG_DURATION_MS, offsetof(struct wish, grace_ms), "5s", "TIME", "grace", 0,
		false },
	{ "file", FLAG_LIST, offsetof(struct wish, files), NULL, "PATH", "file", 'f', true },
};

static bool parse(
	struct wish *wish, struct flag_list *rest, struct error *err, int argc, char **argv)
{
	*wish = (struct wish){ 0 };
	return flags_parse(
		&(struct flag_set){ flags, COUNT(flags), wish }, 1, argc, argv, rest, err);
}
#define PARSE(wish, rest, err, ...)                                                                \
	parse(wish, rest, err, (int)COUNT(((char *[]){ "program", __VA_ARGS__ })),                 \
		((char *[]){ "program", __VA_ARGS__, NULL }))

START_TEST(defaults_stand_until_something_is_said)
{
	struct wish wish;
	struct error err;

	ck_assert(PARSE(&wish, NULL, &err, "--leader-elect"));
	ck_assert_str_eq(wish.image_tag, "0.9.12");
	ck_assert(wish.leader_elect);
	ck_assert_int_eq(wish.workers, 4);
	ck_assert_uint_eq(wish.grace_ms, 5000);
}
END_TEST

START_TEST(every_way_to_write_a_value)
{
	struct flag_list rest = { 0 };
	struct wish wish;
	struct error err;

	ck_assert(PARSE(&wish, &rest, &err, "--image-tag=1=2", "--workers", "7", "-w8", "-f", "a",
		"--file=b", "c", "--no-leader-elect", "--grace", "2m", "--", "--workers"));
	ck_assert_str_eq(wish.image_tag, "1=2");
	ck_assert_int_eq(wish.workers, 8);
	ck_assert_uint_eq(wish.files.count, 2);
	ck_assert_str_eq(wish.files.items[1], "b");
	ck_assert_uint_eq(rest.count, 2);
	ck_assert_str_eq(rest.items[1], "--workers");
	ck_assert_uint_eq(wish.grace_ms, 120000);
	flag_list_fini(&wish.files);
	flag_list_fini(&rest);
}
END_TEST

START_TEST(the_environment_wins_when_it_is_not_empty)
{
	struct wish wish;
	struct error err;

	setenv("IMAGE_TAG", "9.9", 1);
	setenv("WORKERS", "", 1);
	ck_assert(PARSE(&wish, NULL, &err, "--image-tag", "1.0", "--workers", "2"));
	ck_assert_str_eq(wish.image_tag, "9.9");
	ck_assert_int_eq(wish.workers, 2);
	unsetenv("IMAGE_TAG");
	unsetenv("WORKERS");
}
END_TEST

static const struct {
	const char *spec;
	char *words[2];
	int count;
	const char *says;
} mistakes[] = {
	{ "a misspelt flag", { "--imge-tag" }, 1,
		"unknown flag --imge-tag (did you mean --image-tag?); see --help" },
	{ "an unknown flag", { "--frobnicate" }, 1, "unknown flag --frobnicate; see --help" },
	{ "a missing value", { "--workers" }, 1, "--workers needs a value: --workers N" },
	{ "no number", { "--workers", "many" }, 2, "--workers: \"many\" is no whole number" },
	{ "no duration", { "--grace", "5" }, 2,
		"--grace: \"5\" is no duration: write a number and a unit, like 30s, 5m or 24h" },
	{ "a negative duration", { "--grace", "-5s" }, 2,
		"--grace: \"-5s\" is no duration: write a number and a unit, like 30s, 5m or 24h" },
	{ "no truth value", { "--leader-elect=yes" }, 1,
		"--leader-elect: \"yes\" is neither true nor false" },
	{ "a stray word", { "word" }, 1, "unexpected argument \"word\"; see --help" },
};

START_TEST(mistakes_are_named_with_their_repair)
{
	char *argv[] = { "program", mistakes[_i].words[0], mistakes[_i].words[1], NULL };
	struct wish wish;
	struct error err;

	ck_assert_msg(
		!parse(&wish, NULL, &err, mistakes[_i].count + 1, argv), "%s", mistakes[_i].spec);
	ck_assert_str_eq(err.text, mistakes[_i].says);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/flags");
	TCase *tcase = tcase_create("flags");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, defaults_stand_until_something_is_said);
	tcase_add_test(tcase, every_way_to_write_a_value);
	tcase_add_test(tcase, the_environment_wins_when_it_is_not_empty);
	tcase_add_loop_test(tcase, mistakes_are_named_with_their_repair, 0, COUNT(mistakes));
	return suite_run(suite);
}
