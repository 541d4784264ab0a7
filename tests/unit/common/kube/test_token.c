#include "kube/token.h"

#include "base/log.h"
#include "base/text.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/test-token-XXXXXX";

static void put(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static struct token from_file(void)
{
	return (struct token){ .file = strdup(path) };
}

START_TEST(a_fixed_token_is_what_it_is)
{
	struct token token = { .text = strdup("fixed") };

	ck_assert_str_eq(token_get(&token), "fixed");
	token_fini(&token);
	ck_assert_ptr_null(token_get(&token));
}
END_TEST

START_TEST(a_changed_file_is_read_again)
{
	struct token token = from_file();

	put("one\n");
	ck_assert_str_eq(token_get(&token), "one");
	ck_assert_str_eq(token_get(&token), "one");
	put("another\n");
	ck_assert_str_eq(token_get(&token), "another");
	token_fini(&token);
}
END_TEST

static const struct {
	const char *spec, *text;
} unusable[] = {
	{ "an empty file", "" },
	{ "a file of blanks", " \n" },
	{ "a line break within", "a\r\nX-Injected: b" },
	{ "bytes that no header may hold", "a\001b" },
};

START_TEST(an_unusable_file_leaves_the_last_token)
{
	struct token token = from_file();

	put("good");
	ck_assert_str_eq(token_get(&token), "good");
	put(unusable[_i].text);
	ck_assert_msg(strcmp(token_get(&token), "good") == 0, "%s", unusable[_i].spec);
	put("better-than-before");
	ck_assert_msg(
		strcmp(token_get(&token), "better-than-before") == 0, "%s", unusable[_i].spec);
	token_fini(&token);
}
END_TEST

START_TEST(a_missing_file_is_no_token)
{
	struct token token = { .file = strdup("/nonexistent/token") };

	ck_assert_ptr_null(token_get(&token));
	token_fini(&token);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("token");
	TCase *tcase = tcase_create("all");
	int status;
	int fd = mkstemp(path);

	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	log_set_level(LOG_LEVEL_ERROR);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, a_fixed_token_is_what_it_is);
	tcase_add_test(tcase, a_changed_file_is_read_again);
	tcase_add_loop_test(tcase, an_unusable_file_leaves_the_last_token, 0, (int)COUNT(unusable));
	tcase_add_test(tcase, a_missing_file_is_no_token);
	status = suite_run(suite);
	unlink(path);
	return status;
}
