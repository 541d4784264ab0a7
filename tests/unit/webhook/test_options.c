#include "webhook/options.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *spec;
	const char *arguments[4];
	const char *says; /* "" = accepted */
} cases[] = {
	{ "the defaults are right", { NULL }, "" },
	{ "days and seconds", { "--ca-lifetime=30d", "--cert-lifetime", "90s" }, "" },
	{ "a certificate's life is some seconds at least", { "--cert-lifetime=2s" },
		"--cert-lifetime: must be 3s or longer, such as 90d" },
	{ "a CA outlives its certificates", { "--ca-lifetime=2d", "--cert-lifetime=1d" },
		"--ca-lifetime: must be at least three times --cert-lifetime" },
	{ "threads are bounded", { "--threads=257" }, "--threads: must be 0 to 256" },
	{ "log levels are named", { "--log-level=loud" }, "--log-level: " },
	{ "unknown flags are refused", { "--colour" }, "unknown flag --colour" },
	{ "so are stray words", { "serve" }, "serve" },
};

START_TEST(flags_follow_spec)
{
	struct webhook_options options = { 0 };
	char *argv[6] = { "sandgate-webhook" };
	struct error err = { 0 };
	int argc = 1;
	bool ok;

	for (size_t i = 0; i < 4 && cases[_i].arguments[i]; i++)
		argv[argc++] = (char *)cases[_i].arguments[i];
	ok = webhook_options_read(&options, argc, argv, &err);
	ck_assert_msg(ok == !*cases[_i].says, "%s: %s", cases[_i].spec, err.text);
	ck_assert_msg(ok || strstr(err.text, cases[_i].says), "%s: %s", cases[_i].spec, err.text);
	webhook_options_fini(&options);
}
END_TEST

START_TEST(the_environment_wins)
{
	struct webhook_options options = { 0 };
	char *argv[] = { "sandgate-webhook", "--default-model-config-name=a", NULL };

	setenv("DEFAULT_MODEL_CONFIG_NAME", "b", 1);
	ck_assert(webhook_options_read(&options, 2, argv, NULL));
	ck_assert_str_eq(options.default_model_config, "b");
	ck_assert_str_eq(options.listen, ":8443");
	webhook_options_fini(&options);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("webhook/options");
	TCase *tests = tcase_create("options");

	tcase_add_loop_test(tests, flags_follow_spec, 0, COUNT(cases));
	tcase_add_test(tests, the_environment_wins);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
