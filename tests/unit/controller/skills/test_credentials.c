#include "skills/credentials.h"

#include "controller/skills/workplace.h"
#include "support/suite.h"

static struct workplace place;
static struct credentials credentials;
static struct error err;

static void open_place(void)
{
	workplace_open(&place);
	credentials = (struct credentials){ 0 };
}

static void close_place(void)
{
	credentials_fini(&credentials);
	workplace_close(&place);
}

static bool add(const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/.dockerconfigjson", place.path);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	return credentials_add(&credentials, place.path, &err);
}

/* YTpi is a:b, YzpkOmU= is c:d:e. */
static const struct {
	const char *spec, *files[2], *registry, *repository, *want, *token;
} cases[] = {
	{ "by host", { "{\"auths\":{\"r.example\":{\"auth\":\"YTpi\"}}}" }, "r.example", "x", "a:b",
		NULL },
	{ "with a scheme", { "{\"auths\":{\"https://r.example\":{\"auth\":\"YTpi\"}}}" },
		"r.example", "x", "a:b", NULL },
	{ "with a version", { "{\"auths\":{\"https://r.example/v2/\":{\"auth\":\"YTpi\"}}}" },
		"r.example", "x", "a:b", NULL },
	{ "Docker's old key",
		{ "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"YTpi\"}}}" },
		"docker.io", "library/x", "a:b", NULL },
	{ "Docker's name", { "{\"auths\":{\"docker.io\":{\"auth\":\"YTpi\"}}}" }, "docker.io",
		"library/x", "a:b", NULL },
	{ "user and password by themselves",
		{ "{\"auths\":{\"r.example\":{\"username\":\"u\",\"password\":\"p\"}}}" },
		"r.example", "x", "u:p", NULL },
	{ "a password with a colon", { "{\"auths\":{\"r.example\":{\"auth\":\"YzpkOmU=\"}}}" },
		"r.example", "x", "c:d:e", NULL },
	{ "an identity token", { "{\"auths\":{\"r.example\":{\"identitytoken\":\"t\"}}}" },
		"r.example", "x", NULL, "t" },
	{ "the port counts", { "{\"auths\":{\"r.example:5000\":{\"auth\":\"YTpi\"}}}" },
		"r.example", "x", NULL, NULL },
	{ "another host", { "{\"auths\":{\"r.example\":{\"auth\":\"YTpi\"}}}" }, "r.example.evil",
		"x", NULL, NULL },
	{ "the longer path wins",
		{ "{\"auths\":{\"r.example/"
		  "org\":{\"auth\":\"YzpkOmU=\"},\"r.example\":{\"auth\":\"YTpi\"}}}" },
		"r.example", "org/x", "c:d:e", NULL },
	{ "a path is whole parts", { "{\"auths\":{\"r.example/or\":{\"auth\":\"YTpi\"}}}" },
		"r.example", "org/x", NULL, NULL },
	{ "the later file wins",
		{ "{\"auths\":{\"r.example\":{\"auth\":\"YTpi\"}}}",
			"{\"auths\":{\"r.example\":{\"auth\":\"YzpkOmU=\"}}}" },
		"r.example", "x", "c:d:e", NULL },
	{ "no auths", { "{}" }, "r.example", "x", NULL, NULL },
	{ "an empty entry", { "{\"auths\":{\"r.example\":{}}}" }, "r.example", "x", NULL, NULL },
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

START_TEST(the_best_entry_is_found)
{
	AUTO(login) struct login login = { 0 };

	for (size_t i = 0; i < 2 && cases[_i].files[i]; i++)
		ck_assert_msg(add(cases[_i].files[i]), "%s: %s", cases[_i].spec, err.text);
	ck_assert_msg(credentials_find(
			      &credentials, cases[_i].registry, cases[_i].repository, &login, &err),
		"%s: %s", cases[_i].spec, err.text);
	ck_assert_msg(same(login.user_password, cases[_i].want), "%s: %s", cases[_i].spec,
		login.user_password);
	ck_assert_msg(same(login.identity_token, cases[_i].token), "%s: %s", cases[_i].spec,
		login.identity_token);
}
END_TEST

START_TEST(a_missing_secret_is_passed_over)
{
	ck_assert(credentials_add(&credentials, "/nonexistent", &err));
	ck_assert_uint_eq(credentials.count, 0);
}
END_TEST

START_TEST(what_is_wrong_is_not_quoted)
{
	AUTO(login) struct login login = { 0 };

	ck_assert(!add("{\"auths\":{\"r.example\":{\"auth\":hunter2}}}"));
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_ptr_null(strstr(err.text, "hunter2"));
	ck_assert(add("{\"auths\":{\"r.example\":{\"auth\":\"hunter2*\"}}}"));
	ck_assert(!credentials_find(&credentials, "r.example", "x", &login, &err));
	ck_assert_ptr_null(strstr(err.text, "hunter2"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("credentials");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, open_place, close_place);
	tcase_add_loop_test(tcase, the_best_entry_is_found, 0, (int)COUNT(cases));
	tcase_add_test(tcase, a_missing_secret_is_passed_over);
	tcase_add_test(tcase, what_is_wrong_is_not_quoted);
	return suite_run(suite);
}
