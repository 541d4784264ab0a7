#include "base/text.h"
#include "support/suite.h"

#include <string.h>

START_TEST(beginnings_and_ends)
{
	ck_assert(text_starts_with("abc", "ab"));
	ck_assert(text_starts_with("abc", ""));
	ck_assert(!text_starts_with("ab", "abc"));
	ck_assert(text_ends_with("abc", "bc"));
	ck_assert(text_ends_with("abc", ""));
	ck_assert(!text_ends_with("bc", "abc"));
	ck_assert(text_is_empty(NULL) && text_is_empty("") && !text_is_empty(" "));
}
END_TEST

START_TEST(copies_are_their_own)
{
	AUTO(text) char *formatted = text_format("%s-%d", "a", 7);
	AUTO(text) char *copy = text_copy("abcdef", 3);
	AUTO(text) char *slot = NULL;
	struct error err = { 0 };

	ck_assert_str_eq(formatted, "a-7");
	ck_assert_str_eq(copy, "abc");
	ck_assert(text_replace(&slot, "one", &err));
	ck_assert(text_replace(&slot, slot, &err));
	ck_assert_str_eq(slot, "one");
}
END_TEST

START_TEST(pairs_fit_or_are_refused)
{
	char out[6];

	ck_assert(text_pair(out, sizeof(out), "ab", "cd"));
	ck_assert_str_eq(out, "ab/cd");
	ck_assert(text_pair(out, sizeof(out), "", "name"));
	ck_assert_str_eq(out, "/name");
	ck_assert(!text_pair(out, sizeof(out), "ab", "cde"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/text");
	TCase *tests = tcase_create("text");

	tcase_add_test(tests, beginnings_and_ends);
	tcase_add_test(tests, copies_are_their_own);
	tcase_add_test(tests, pairs_fit_or_are_refused);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
