#include "base/memory.h"

#include "base/auto.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sanitizers bring an allocator of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INSTRUMENTED 1
#endif
#endif

/* Kilobytes of resident memory: the second number, in pages. */
static long resident_kb(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	char line[256];
	char *rest;

	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	fclose(file);
	strtol(line, &rest, 10);
	return strtol(rest, NULL, 10) * 4;
}

START_TEST(less_is_resident_and_everything_works)
{
	char *blocks[256];
	long before, after;

	for (size_t i = 0; i < COUNT(blocks); i++) {
		blocks[i] = malloc(32768);
		memset(blocks[i], 'a', 32768);
	}
	for (size_t i = 0; i + 1 < COUNT(blocks); i++)
		free(blocks[i]);
	before = resident_kb();
	memory_give_back();
	after = resident_kb();
	ck_assert_int_lt(after, before);
	ck_assert_int_eq(blocks[COUNT(blocks) - 1][32767], 'a');
	free(blocks[COUNT(blocks) - 1]);
	for (int i = 0; i < 3; i++)
		memory_give_back();
	ck_assert_str_eq(strerror(0), "Success");
}
END_TEST

#ifndef INSTRUMENTED
/* Pieces that lie between others leave no hole behind. */
START_TEST(large_pieces_go_back_when_they_are_freed)
{
	char *large[64], *small[64];
	long before, full, after;

	memory_return_large((size_t)64 * 1024);
	before = resident_kb();
	for (size_t i = 0; i < COUNT(large); i++) {
		large[i] = malloc(100000);
		small[i] = malloc(100);
		memset(large[i], 'a', 100000);
		memset(small[i], 'a', 100);
	}
	full = resident_kb();
	for (size_t i = 0; i < COUNT(large); i++)
		free(large[i]);
	after = resident_kb();
	ck_assert_int_gt(full - before, 6000);
	ck_assert_int_lt(after - before, 1000);
	for (size_t i = 0; i < COUNT(small); i++)
		free(small[i]);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("base/memory");
	TCase *tests = tcase_create("memory");

	tcase_add_test(tests, less_is_resident_and_everything_works);
#ifndef INSTRUMENTED
	tcase_add_test(tests, large_pieces_go_back_when_they_are_freed);
#endif
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
