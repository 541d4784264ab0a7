#include "base/log.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What `write` put on stderr. */
static void capture(void (*write_lines)(void), char *out, size_t out_bytes)
{
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	size_t bytes;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	write_lines();
	ck_assert_int_ge(dup2(kept, STDERR_FILENO), 0);
	close(kept);
	rewind(file);
	bytes = fread(out, 1, out_bytes - 1, file);
	out[bytes] = '\0';
	fclose(file);
}

static void write_fields(void)
{
	struct error err = { 0 };

	error_set(&err, ERR_INVALID, AT_KEY(NULL, "spec"), "say \"no\"");
	log_warn("refused", LOG_OBJ("ns/a\\b\n\x01"), LOG_MS(12), LOG_STR("empty", ""),
		LOG_STR("none", (const char *)NULL), LOG_INT("zero", 0), LOG_ERR(&err));
	log_error("bare");
}

START_TEST(a_fact_is_one_line_of_json)
{
	char out[1000];
	const char *fields, *second;

	capture(write_fields, out, sizeof(out));
	ck_assert_int_eq(strncmp(out, "{\"time\":\"20", 11), 0);
	fields = strstr(out, "\"level\"");
	ck_assert_ptr_nonnull(fields);
	second = strchr(fields, '\n');
	ck_assert_ptr_nonnull(second);
	ck_assert_str_eq(strstr(second, "\"level\""), "\"level\":\"error\",\"msg\":\"bare\"}\n");
	*strchr(out, '\n') = '\0';
	ck_assert_str_eq(fields,
		"\"level\":\"warn\",\"msg\":\"refused\",\"object\":\"ns/"
		"a\\\\b\\u000a\\u0001\",\"took_ms\":12,\"zero\":0,"
		"\"error\":\"say \\\"no\\\"\",\"code\":\"invalid\",\"field\":\"spec\"}");
}
END_TEST

static void write_levels(void)
{
	log_debug("low");
	log_info("high");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("wanted");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("unwanted");
	log_set_level(LOG_LEVEL_INFO);
}

START_TEST(lines_below_the_level_are_dropped)
{
	char out[1000];

	capture(write_levels, out, sizeof(out));
	ck_assert_ptr_null(strstr(out, "low"));
	ck_assert_ptr_nonnull(strstr(out, "high"));
	ck_assert_ptr_nonnull(strstr(out, "\"wanted\""));
	ck_assert_ptr_null(strstr(out, "unwanted"));
}
END_TEST

START_TEST(levels_are_read_by_name)
{
	enum log_level level = LOG_LEVEL_INFO;
	struct error err = { 0 };

	ck_assert(log_parse_level("debug", &level, &err));
	ck_assert_int_eq(level, LOG_LEVEL_DEBUG);
	ck_assert(!log_parse_level("loud", &level, &err));
	ck_assert_int_eq(level, LOG_LEVEL_DEBUG);
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_str_eq(err.text, "unknown log level \"loud\": write debug, info, warn or error");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/log");
	TCase *tests = tcase_create("log");

	tcase_add_test(tests, a_fact_is_one_line_of_json);
	tcase_add_test(tests, lines_below_the_level_are_dropped);
	tcase_add_test(tests, levels_are_read_by_name);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
