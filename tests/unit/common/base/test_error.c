#include "base/error.h"
#include "support/suite.h"

#include <string.h>

START_TEST(paths_read_as_users_write_them)
{
	char out[64];
	const struct path *spec = AT_KEY(NULL, "spec");

	path_print(NULL, out, sizeof(out));
	ck_assert_str_eq(out, "");
	path_print(AT_KEY(AT_INDEX(AT_KEY(AT_KEY(spec, "skills"), "refs"), 2), "name"), out,
		sizeof(out));
	ck_assert_str_eq(out, "spec.skills.refs[2].name");
	path_print(
		AT_KEY(AT_KEY(AT_KEY(NULL, "metadata"), "annotations"), "a.b/c"), out, sizeof(out));
	ck_assert_str_eq(out, "metadata.annotations[a.b/c]");
	path_print(AT_INDEX(NULL, 0), out, sizeof(out));
	ck_assert_str_eq(out, "[0]");
}
END_TEST

START_TEST(long_paths_are_cut)
{
	char out[10];
	char guard[4] = "ok";

	path_print(AT_KEY(AT_KEY(AT_KEY(NULL, "spec"), "something"), "more"), out, sizeof(out));
	ck_assert_str_eq(out, "spec.some");
	ck_assert_str_eq(guard, "ok");
}
END_TEST

START_TEST(an_error_is_set_and_wrapped)
{
	struct error err = { .retry_after_ms = 7 };

	ck_assert(!error_set(&err, ERR_NOT_FOUND, AT_KEY(NULL, "spec"), "no %s here", "model"));
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_uint_eq(err.retry_after_ms, 0);
	ck_assert_str_eq(err.path, "spec");
	ck_assert(!error_wrap(&err, "read %d", 5));
	ck_assert_str_eq(err.text, "read 5: no model here");
	ck_assert_str_eq(err.path, "spec");
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
}
END_TEST

START_TEST(texts_are_one_line_and_bounded)
{
	struct error err = { 0 };
	char long_text[2000];

	error_set(&err, ERR_INVALID, NULL,
		"a\nb\tc\x7f"
		"d\x1b");
	ck_assert_str_eq(err.text, "a b c d ");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	error_set(&err, ERR_INVALID, NULL, "%s", long_text);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	error_wrap(&err, "context\n");
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_int_eq(strncmp(err.text, "context : xxx", 13), 0);
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
	ck_assert(!error_set(NULL, ERR_IO, NULL, "x"));
	ck_assert(!error_wrap(NULL, "y"));
	ck_assert(!error_no_memory(NULL));
}
END_TEST

static const struct {
	const char *name;
	enum error_code code;
	bool retryable;
} codes[] = {
	{ "none", ERR_NONE, false },
	{ "invalid", ERR_INVALID, false },
	{ "not_found", ERR_NOT_FOUND, false },
	{ "exists", ERR_EXISTS, false },
	{ "conflict", ERR_CONFLICT, true },
	{ "gone", ERR_GONE, true },
	{ "denied", ERR_DENIED, false },
	{ "too_large", ERR_TOO_LARGE, false },
	{ "unsupported", ERR_UNSUPPORTED, false },
	{ "throttled", ERR_THROTTLED, true },
	{ "timeout", ERR_TIMEOUT, true },
	{ "io", ERR_IO, true },
	{ "no_memory", ERR_NO_MEMORY, true },
	{ "pending", ERR_PENDING, true },
	{ "unknown", (enum error_code)99, false },
};

START_TEST(codes_have_names_and_say_whether_to_retry)
{
	struct error err = { .code = codes[_i].code };

	ck_assert_str_eq(error_code_name(codes[_i].code), codes[_i].name);
	ck_assert_msg(error_is_retryable(&err) == codes[_i].retryable, "%s", codes[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/error");
	TCase *tests = tcase_create("error");

	tcase_add_test(tests, paths_read_as_users_write_them);
	tcase_add_test(tests, long_paths_are_cut);
	tcase_add_test(tests, an_error_is_set_and_wrapped);
	tcase_add_test(tests, texts_are_one_line_and_bounded);
	tcase_add_test(tests, nobody_needs_to_listen);
	tcase_add_loop_test(tests, codes_have_names_and_say_whether_to_retry, 0, COUNT(codes));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
