#include "agent/wire.h"

#include "common/agent/fixture.h"

static const struct {
	const char *spec, *in;
	size_t bytes;
	const char *out;
} texts[] = {
	{ "plain text", "abc", 3, "\"abc\"" },
	{ "quotes and backslashes", "a\"b\\", 4, "\"a\\\"b\\\\\"" },
	{ "control characters", "\b\f\n\r\t\x01\x1f", 7, "\"\\b\\f\\n\\r\\t\\u0001\\u001f\"" },
	{ "what HTML would read", "<a>&", 4, "\"\\u003ca\\u003e\\u0026\"" },
	{ "a slash and DEL stay", "/\x7f", 2, "\"/\x7f\"" },
	{ "other characters are raw", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		"\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "line and paragraph separators", "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", 9,
		"\"\\u2028\\u2029\xe2\x80\xaa\"" },
	{ "a NUL", "a\0b", 3, "\"a\\u0000b\"" },
	{ "bytes that are no UTF-8, one by one", "\xff\xc3", 2, "\"\\ufffd\\ufffd\"" },
	{ "a cut character", "\xe2\x82", 2, "\"\\ufffd\\ufffd\"" },
	{ "a surrogate", "\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "an overlong form", "\xc0\xaf", 2, "\"\\ufffd\\ufffd\"" },
};

START_TEST(texts_are_escaped)
{
	AUTO(buffer) struct buffer out = { 0 };

	wire_text(&out, texts[_i].in, texts[_i].bytes);
	ck_assert_msg(strcmp(out.data, texts[_i].out) == 0, "%s: %s", texts[_i].spec, out.data);
}
END_TEST

static const struct {
	const char *in, *out; /* out NULL = no number */
} numbers[] = {
	{ "30", "30" },
	{ "30.0", "30" },
	{ "0.70", "0.7" },
	{ "-0", "-0" },
	{ "0", "0" },
	{ "1e-6", "0.000001" },
	{ "1e-7", "1e-7" },
	{ "1.5e-10", "1.5e-10" },
	{ "1e20", "100000000000000000000" },
	{ "1e21", "1e+21" },
	{ "12345678901234567890", "12345678901234567000" },
	{ "-123456789012345678901", "-123456789012345680000" },
	{ "9007199254740993", "9007199254740992" },
	{ "1234.5", "1234.5" },
	{ "-0.00125", "-0.00125" },
	{ "0.1", "0.1" },
	{ ".5", "0.5" },
	{ "5.", "5" },
	{ "+1", "1" },
	{ "1234567.891", "1234567.891" },
	{ "123456789012345678", "123456789012345680" },
	{ "1e400", NULL },
	{ "nan", NULL },
	{ "inf", NULL },
	{ "", NULL },
	{ " 1", NULL },
	{ "1 ", NULL },
	{ "1x", NULL },
	{ "1e", NULL },
	{ "0x10", NULL },
	{ ".", NULL },
};

START_TEST(numbers_are_shortest)
{
	AUTO(buffer) struct buffer out = { 0 };
	double value;
	bool ok = wire_read_number(numbers[_i].in, &value);

	ck_assert_msg(ok == (numbers[_i].out != NULL), "%s", numbers[_i].in);
	if (!ok)
		return;
	wire_number(&out, value);
	ck_assert_msg(strcmp(out.data, numbers[_i].out) == 0, "%s: %s", numbers[_i].in, out.data);
}
END_TEST

static const struct {
	const char *in, *out;
} durations[] = {
	{ "30s", "30" },
	{ "5m0s", "300" },
	{ "1500ms", "1.5" },
	{ "1.5h", "5400" },
	{ "1h2m3s", "3723" },
	{ "100us", "0.0001" },
	{ "100\xc2\xb5s", "0.0001" },
	{ "7ns", "7e-9" },
	{ "-1s", "-1" },
	{ "+2s", "2" },
	{ "0", "0" },
	{ ".5s", "0.5" },
	{ "1", NULL },
	{ "", NULL },
	{ "s", NULL },
	{ "1d", NULL },
	{ "1.s", "1" },
	{ ".s", NULL },
	{ "1..5s", NULL },
	{ "soon", NULL },
	{ "1s ", NULL },
	{ "-", NULL },
	{ "9999999999h", NULL },
};

START_TEST(durations_are_seconds)
{
	AUTO(buffer) struct buffer out = { 0 };
	double value;
	bool ok = wire_read_duration(durations[_i].in, &value);

	ck_assert_msg(ok == (durations[_i].out != NULL), "%s", durations[_i].in);
	if (!ok)
		return;
	wire_number(&out, value);
	ck_assert_msg(
		strcmp(out.data, durations[_i].out) == 0, "%s: %s", durations[_i].in, out.data);
}
END_TEST

START_TEST(objects_are_sorted_and_commas_fall_into_place)
{
	AUTO(json)
	struct json_object *value = json_tokener_parse(
		"{\"b\":[1.0,true,null,\"<\"],\"a\":{},\"B\":{\"y\":1,\"x\":-2.50}}");
	AUTO(buffer) struct buffer out = { 0 };

	buffer_putc(&out, '{');
	wire_set_text(&out, "first", NULL);
	wire_set_some_text(&out, "none", "");
	wire_set_sorted(&out, "value", value);
	wire_set_bool(&out, "last", false);
	buffer_putc(&out, '}');
	ck_assert_str_eq(out.data, "{\"first\":\"\",\"value\":{\"B\":{\"x\":-2.5,\"y\":1},\"a\":{},"
				   "\"b\":[1,true,null,\"\\u003c\"]},\"last\":false}");
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, texts_are_escaped, 0, COUNT(texts));
	tcase_add_loop_test(tcase, numbers_are_shortest, 0, COUNT(numbers));
	tcase_add_loop_test(tcase, durations_are_seconds, 0, COUNT(durations));
	tcase_add_test(tcase, objects_are_sorted_and_commas_fall_into_place);
}

FIXTURE_MAIN("wire", add)
