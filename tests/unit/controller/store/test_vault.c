#include "store/vault.h"
#include "support/suite.h"

#include <string.h>

static struct vault *vault;

static void setup(void)
{
	ck_assert(vault_new(&vault, NULL));
}

static void teardown(void)
{
	vault_free(vault);
}

static void check_holds(int64_t session, int64_t sequence, const char *want)
{
	AUTO(text) char *text = vault_get(vault, session, sequence);

	ck_assert_ptr_nonnull(text);
	ck_assert_str_eq(text, want);
}

START_TEST(the_newest_event_of_a_session_is_given_back)
{
	vault_put(vault, 7, 100, "one");
	check_holds(7, 100, "one");
	ck_assert_ptr_null(vault_get(vault, 7, 101));
	ck_assert_ptr_null(vault_get(vault, 8, 100));
	vault_put(vault, 7, 101, "two");
	check_holds(7, 101, "two");
	ck_assert_ptr_null(vault_get(vault, 7, 100));
}
END_TEST

START_TEST(memory_is_bounded)
{
	static char large[100000];

	memset(large, 'x', sizeof(large) - 1);
	vault_put(vault, 1, 1, "small");
	vault_put(vault, 1, 2, large);
	ck_assert_ptr_null(vault_get(vault, 1, 1));
	ck_assert_ptr_null(vault_get(vault, 1, 2));
	for (int session = 1; session <= 5000; session++)
		vault_put(vault, session, session, "text");
	ck_assert_ptr_null(vault_get(vault, 1, 1));
	check_holds(5000, 5000, "text");
}
END_TEST

START_TEST(it_can_be_emptied)
{
	vault_put(vault, 1, 1, "text");
	vault_clear(vault);
	ck_assert_ptr_null(vault_get(vault, 1, 1));
	ck_assert_ptr_null(vault_get(vault, 0, 0));
	vault_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store/vault");
	TCase *tests = tcase_create("vault");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_newest_event_of_a_session_is_given_back);
	tcase_add_test(tests, memory_is_bounded);
	tcase_add_test(tests, it_can_be_emptied);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
