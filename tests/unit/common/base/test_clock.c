#include "base/clock.h"
#include "support/suite.h"

#include <stdlib.h>

START_TEST(times_are_written_as_kubernetes_does)
{
	char out[CLOCK_RFC3339_BYTES];

	clock_rfc3339(0, out);
	ck_assert_str_eq(out, "1970-01-01T00:00:00Z");
	clock_rfc3339(UINT64_C(1767323045999), out);
	ck_assert_str_eq(out, "2026-01-02T03:04:05Z");
	clock_rfc3339_micro(UINT64_C(1767323045678901), out);
	ck_assert_str_eq(out, "2026-01-02T03:04:05.678901Z");
	clock_rfc3339_micro(UINT64_C(1767323045000000), out);
	ck_assert_str_eq(out, "2026-01-02T03:04:05.000000Z");
}
END_TEST

START_TEST(the_monotonic_clock_never_goes_back)
{
	uint64_t before = clock_monotonic_us();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_monotonic_us();

		ck_assert(now >= before);
		before = now;
	}
	ck_assert(clock_monotonic_ms() >= before / 1000);
}
END_TEST

START_TEST(the_wall_clock_counts_from_1970)
{
	ck_assert(clock_wall_ms() > UINT64_C(1700000000000));
	ck_assert(clock_wall_ms() < UINT64_C(10000000000000));
}
END_TEST

static const struct {
	const char *text;
	int64_t us; /* -1 = refused */
} parsed[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2026-01-02T03:04:05Z", INT64_C(1767323045000000) },
	{ "2026-01-02T03:04:05.6Z", INT64_C(1767323045600000) },
	{ "2026-01-02T03:04:05.678901999Z", INT64_C(1767323045678901) },
	{ "2026-01-02T04:04:05+01:00", INT64_C(1767323045000000) },
	{ "2026-01-01T22:34:05-04:30", INT64_C(1767323045000000) },
	{ "2024-02-29T00:00:00Z", INT64_C(1709164800000000) },
	{ "2023-02-29T00:00:00Z", -1 },
	{ "2026-13-01T00:00:00Z", -1 },
	{ "2026-00-01T00:00:00Z", -1 },
	{ "2026-01-00T00:00:00Z", -1 },
	{ "2026-01-02T24:00:00Z", -1 },
	{ "2026-01-02T03:04:05", -1 },
	{ "2026-01-02T03:04:05.Z", -1 },
	{ "2026-01-02T03:04:05+1:00", -1 },
	{ "2026-01-02T03:04:05Zx", -1 },
	{ "2026-01-02", -1 },
	{ "", -1 },
	{ "yesterday", -1 },
};

START_TEST(times_are_read_or_refused)
{
	struct error err = { 0 };
	int64_t us = -1;

	ck_assert_msg(clock_parse_rfc3339(parsed[_i].text, &us, &err) == (parsed[_i].us >= 0), "%s",
		parsed[_i].text);
	ck_assert_int_eq(us, parsed[_i].us);
	if (us < 0)
		ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/clock");
	TCase *tests = tcase_create("clock");

	tcase_add_test(tests, times_are_written_as_kubernetes_does);
	tcase_add_test(tests, the_monotonic_clock_never_goes_back);
	tcase_add_test(tests, the_wall_clock_counts_from_1970);
	tcase_add_loop_test(tests, times_are_read_or_refused, 0, COUNT(parsed));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
