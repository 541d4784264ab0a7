#include "agent/quantity.h"

#include "common/agent/fixture.h"

static const struct {
	const char *in, *out; /* out NULL = no quantity */
} cases[] = {
	{ "3000m", "3" },
	{ "2500m", "2500m" },
	{ "0.5", "500m" },
	{ "1.5", "1500m" },
	{ "100m", "100m" },
	{ "1", "1" },
	{ "1000", "1k" },
	{ "1500k", "1500k" },
	{ "1000000", "1M" },
	{ "0", "0" },
	{ "0.0", "0" },
	{ "00100", "00100" },
	{ "1024Mi", "1Gi" },
	{ "2048Ki", "2Mi" },
	{ "1Gi", "1Gi" },
	{ "1.5Gi", "1536Mi" },
	{ "0.5Gi", "512Mi" },
	{ "1000Ki", "1000Ki" },
	{ "1e3", "1e3" },
	{ "12e6", "12e6" },
	{ "1E3", "1E3" },
	{ "1e-3", "1e-3" },
	{ "100n", "100n" },
	{ "0.0000000001", "1n" },
	{ "-3000m", "-3" },
	{ "-1024Mi", "-1Gi" },
	{ "1.250", "1.250" },
	{ "0.0001Ti", "109951162777600u" },
	{ "9223372036854775807", "9223372036854775807" },
	{ "", NULL },
	{ "m", NULL },
	{ "1x", NULL },
	{ "1K", NULL },
	{ "1mi", NULL },
	{ "1 ", NULL },
	{ "e3", NULL },
	{ "1e", NULL },
	{ "1.2.3", NULL },
	{ "--1", NULL },
	{ "1Eii", NULL },
	{ "99999999999999999999999999999999999999", NULL },
	{ "1000Ei", NULL },
};

START_TEST(a_quantity_is_written_as_the_cluster_keeps_it)
{
	char out[QUANTITY_TEXT_BYTES] = "untouched";
	bool ok = quantity_canonical(cases[_i].in, out);

	ck_assert_msg(ok == (cases[_i].out != NULL), "%s: %s", cases[_i].in, out);
	ck_assert_msg(
		strcmp(out, ok ? cases[_i].out : "untouched") == 0, "%s: %s", cases[_i].in, out);
}
END_TEST

/* Written once, it stays. */
START_TEST(twice_is_once)
{
	char once[QUANTITY_TEXT_BYTES];
	char twice[QUANTITY_TEXT_BYTES];

	if (!cases[_i].out)
		return;
	ck_assert(quantity_canonical(cases[_i].in, once));
	ck_assert(quantity_canonical(once, twice));
	ck_assert_str_eq(once, twice);
}
END_TEST

START_TEST(quantities_are_found_where_they_are)
{
	AUTO(json)
	struct json_object *tree =
		json_tokener_parse("[{\"resources\":{\"requests\":{\"cpu\":0.5,\"memory\":"
				   "\"1024Mi\",\"x\":2},\"limits\":{\"cpu\":\"odd\"}},"
				   "\"env\":[{\"name\":\"limits\",\"value\":\"1000m\"},{"
				   "\"valueFrom\":{\"resourceFieldRef\":{\"divisor\":\"1000m\"}}}],"
				   "\"emptyDir\":{\"sizeLimit\":\"2048Mi\"},\"metadata\":{"
				   "\"labels\":{\"sizeLimit\":\"1000m\"}},\"args\":[\"1000m\"]}]");
	struct error err;

	ck_assert(quantity_fold(tree, &err));
	ck_assert_str_eq(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN),
		"[{\"resources\":{\"requests\":{\"cpu\":\"500m\",\"memory\":\"1Gi\",\"x\":\"2\"},"
		"\"limits\":{\"cpu\":\"odd\"}},"
		"\"env\":[{\"name\":\"limits\",\"value\":\"1000m\"},{\"valueFrom\":{"
		"\"resourceFieldRef\":{\"divisor\":\"1\"}}}],"
		"\"emptyDir\":{\"sizeLimit\":\"2Gi\"},\"metadata\":{\"labels\":{\"sizeLimit\":"
		"\"1000m\"}},\"args\":[\"1000m\"]}]");
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_quantity_is_written_as_the_cluster_keeps_it, 0, COUNT(cases));
	tcase_add_loop_test(tcase, twice_is_once, 0, COUNT(cases));
	tcase_add_test(tcase, quantities_are_found_where_they_are);
}

FIXTURE_MAIN("quantity", add)
