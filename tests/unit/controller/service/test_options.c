#include "service/options.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *spec;
	const char *arguments[4];
	const char *says; /* "" = accepted */
	enum manage_agents manage;
} cases[] = {
	{ "the defaults are right, and nobody manages agents", { NULL }, "", MANAGE_NOBODY },
	{ "nobody may be written", { "--manage-agents=nobody" }, "", MANAGE_NOBODY },
	{ "rbac where users are known", { "--manage-agents=rbac", "--auth-mode=kubernetes" }, "",
		MANAGE_RBAC },
	{ "rbac is refused where nobody knows them", { "--manage-agents=rbac" },
		"--manage-agents=rbac needs --auth-mode=kubernetes", MANAGE_NOBODY },
	{ "and behind a proxy", { "--manage-agents=rbac", "--auth-mode=trusted-proxy" },
		"--manage-agents=rbac needs --auth-mode=kubernetes", MANAGE_NOBODY },
	{ "everybody where callers are believed", { "--manage-agents", "everybody" }, "",
		MANAGE_EVERYBODY },
	{ "everybody behind a proxy", { "--manage-agents=everybody", "--auth-mode=trusted-proxy" },
		"", MANAGE_EVERYBODY },
	{ "everybody is refused where users are known",
		{ "--manage-agents=everybody", "--auth-mode=kubernetes" }, "write rbac",
		MANAGE_NOBODY },
	{ "there is nobody else", { "--manage-agents=admins" },
		"--manage-agents: \"admins\" is none of nobody, rbac and everybody",
		MANAGE_NOBODY },
	{ "a database needs a connection", { "--database-max-connections=0" },
		"--database-max-connections: write a number from 1 to 64", MANAGE_NOBODY },
	{ "and has a limit of its own", { "--database-max-connections=65" },
		"--database-max-connections: write a number from 1 to 64", MANAGE_NOBODY },
	{ "replicas need a database that they share", { "--leader-elect" },
		"--leader-elect needs --database-url", MANAGE_NOBODY },
	{ "a lease lasts some seconds at least",
		{ "--leader-elect", "--database-url=postgres://h/n",
			"--leader-elect-lease-duration=2s" },
		"--leader-elect-lease-duration: write whole seconds", MANAGE_NOBODY },
	{ "roll-out policies are named", { "--rollout=Never" }, "--rollout: ", MANAGE_NOBODY },
	{ "unknown flags are refused", { "--colour" }, "unknown flag --colour", MANAGE_NOBODY },
};

START_TEST(flags_follow_spec)
{
	struct service_options options = { 0 };
	char *argv[6] = { "sandgate-controller" };
	struct error err = { 0 };
	int argc = 1;
	bool ok;

	for (size_t i = 0; i < 4 && cases[_i].arguments[i]; i++)
		argv[argc++] = (char *)cases[_i].arguments[i];
	ok = options_read(&options, argc, argv, &err);
	ck_assert_msg(ok == !*cases[_i].says, "%s: %s", cases[_i].spec, err.text);
	ck_assert_msg(ok || strstr(err.text, cases[_i].says), "%s: %s", cases[_i].spec, err.text);
	ck_assert_int_eq(options.manage, cases[_i].manage);
	options_fini(&options);
}
END_TEST

START_TEST(a_users_token_stays_here_unless_said_otherwise)
{
	char *argv[] = { "sandgate-controller", "--pass-authorization", NULL };
	struct service_options options = { 0 };

	ck_assert(options_read(&options, 1, argv, NULL));
	ck_assert(!options.pass_authorization);
	options_fini(&options);
	options = (struct service_options){ 0 };
	ck_assert(options_read(&options, 2, argv, NULL));
	ck_assert(options.pass_authorization);
	options_fini(&options);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("service/options");
	TCase *tests = tcase_create("options");

	tcase_add_loop_test(tests, flags_follow_spec, 0, COUNT(cases));
	tcase_add_test(tests, a_users_token_stays_here_unless_said_otherwise);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
