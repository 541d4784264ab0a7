#include "control/drift.h"
#include "support/suite.h"

#include <stdio.h>

#define ENTRY(manager, more, fields)                                                               \
	"{\"manager\":\"" manager "\"," more "\"fieldsV1\":{" fields "}}"
#define OURS(fields)   ENTRY("sandgate", "", fields)
#define THEIRS(fields) ENTRY("kubectl-edit", "", fields)
#define AT(time)       "\"time\":\"2026-01-01T00:00:0" time "Z\","
#define FOUR                                                                                       \
	"\"f:data\":{\".\":{},\"f:a\":{}},\"f:metadata\":{\"f:labels\":{\".\":{},\"f:l\":{}},"     \
	"\"f:annotations\":{\".\":{},\"f:x/y\":{},\"f:z\":{}}}"
#define TEMPLATE "\"f:spec\":{\"f:podTemplate\":{\"f:spec\":{}}}"

static struct json_doc *doc_of(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err = { 0 };

	ck_assert_msg(
		json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s: %s", text, err.text);
	return doc;
}

static struct json_doc *object_with(const char *entries)
{
	char text[1500];

	snprintf(text, sizeof(text), "{\"metadata\":{\"managedFields\":[%s]}}", entries);
	return doc_of(text);
}

static const struct {
	const char *spec, *entries;
	int64_t held;
} holders[] = {
	{ "all that we wrote is ours", OURS(FOUR), 4 },
	{ "a value that somebody changed is theirs",
		OURS("\"f:data\":{\".\":{}}") "," THEIRS("\"f:data\":{\"f:a\":{}}"), -1 },
	{ "so is one that they added", OURS(FOUR) "," THEIRS("\"f:data\":{\"f:b\":{}}"), -1 },
	{ "or added as bytes", OURS(FOUR) "," THEIRS("\"f:binaryData\":{\"f:b\":{}}"), -1 },
	{ "their own labels and secrets do not count",
		OURS(FOUR) "," THEIRS("\"f:metadata\":{\"f:labels\":{\"f:theirs\":{}}},"
				      "\"f:secrets\":{\".\":{}}"),
		4 },
	{ "a label that they took away is missing", OURS("\"f:data\":{\"f:a\":{}}"), 1 },
	{ "nothing noted, nothing held", "", 0 },
};

START_TEST(what_others_set_is_not_held)
{
	AUTO(json_doc) struct json_doc *doc = object_with(holders[_i].entries);

	ck_assert_msg(drift_held(json_root(doc)) == holders[_i].held, "%s", holders[_i].spec);
}
END_TEST

static const struct {
	const char *spec, *entries;
	bool is_touched;
} templates[] = {
	{ "ours alone", ENTRY("sandgate", AT("1"), TEMPLATE), false },
	{ "theirs, later",
		ENTRY("sandgate", AT("1"), TEMPLATE) "," ENTRY("kubectl", AT("2"), TEMPLATE),
		true },
	{ "theirs, in the same second",
		ENTRY("sandgate", AT("1"), TEMPLATE) "," ENTRY("kubectl", AT("1"), TEMPLATE),
		true },
	{ "theirs, before our last write",
		ENTRY("kubectl", AT("1"), TEMPLATE) "," ENTRY("sandgate", AT("2"), TEMPLATE),
		false },
	{ "their annotation",
		ENTRY("sandgate", AT("1"), TEMPLATE) "," ENTRY(
			"agent-sandbox", AT("2"), "\"f:metadata\":{\"f:annotations\":{}}"),
		false },
	{ "the status",
		ENTRY("sandgate", AT("1"), TEMPLATE) "," ENTRY(
			"agent-sandbox", AT("2") "\"subresource\":\"status\",", TEMPLATE),
		false },
};

START_TEST(a_template_that_others_set_is_touched)
{
	AUTO(json_doc) struct json_doc *doc = object_with(templates[_i].entries);

	ck_assert_msg(drift_is_template_touched(json_root(doc)) == templates[_i].is_touched, "%s",
		templates[_i].spec);
}
END_TEST

#define SECRET                                                                                     \
	"{\"metadata\":{\"labels\":{\"l\":\"1\"},\"annotations\":{\"x\":\"2\"}},"                  \
	"\"stringData\":{\"a\":\"hello\"}}"
#define MAP "{\"metadata\":{\"annotations\":{\"x\":\"2\"}},\"data\":{\"a\":\"hello\"}}"

static const struct {
	const char *spec, *wanted, *existing;
	bool is_as_wanted;
} pairs[] = {
	{ "as written", SECRET,
		"{\"metadata\":{\"labels\":{\"l\":\"1\"},\"annotations\":{\"x\":\"2\"}},"
		"\"data\":{\"a\":\"aGVsbG8=\"}}",
		true },
	{ "with labels of others", SECRET,
		"{\"metadata\":{\"labels\":{\"l\":\"1\",\"m\":\"1\"},\"annotations\":{\"x\":\"2\"}}"
		","
		"\"data\":{\"a\":\"aGVsbG8=\"}}",
		true },
	{ "another value", SECRET,
		"{\"metadata\":{\"labels\":{\"l\":\"1\"},\"annotations\":{\"x\":\"2\"}},"
		"\"data\":{\"a\":\"aGVsbG9v\"}}",
		false },
	{ "one value more", SECRET,
		"{\"metadata\":{\"labels\":{\"l\":\"1\"},\"annotations\":{\"x\":\"2\"}},"
		"\"data\":{\"a\":\"aGVsbG8=\",\"b\":\"\"}}",
		false },
	{ "no value", SECRET,
		"{\"metadata\":{\"labels\":{\"l\":\"1\"},\"annotations\":{\"x\":\"2\"}}}", false },
	{ "another label", SECRET,
		"{\"metadata\":{\"labels\":{\"l\":\"2\"},\"annotations\":{\"x\":\"2\"}},"
		"\"data\":{\"a\":\"aGVsbG8=\"}}",
		false },
	{ "a ConfigMap as written", MAP, MAP, true },
	{ "with bytes that nobody wants", MAP,
		"{\"metadata\":{\"annotations\":{\"x\":\"2\"}},\"data\":{\"a\":\"hello\"},"
		"\"binaryData\":{\"b\":\"\"}}",
		false },
	{ "a ServiceAccount without its annotation",
		"{\"metadata\":{\"annotations\":{\"role\":\"r\"}}}",
		"{\"metadata\":{},\"secrets\":[{\"name\":\"token\"}]}", false },
};

START_TEST(what_was_read_is_compared)
{
	AUTO(json_doc) struct json_doc *wanted = doc_of(pairs[_i].wanted);
	AUTO(json_doc) struct json_doc *existing = doc_of(pairs[_i].existing);
	AUTO(json) struct json_object *object = json_from_view(json_root(wanted));

	ck_assert_msg(drift_is_as_wanted(object, json_root(existing)) == pairs[_i].is_as_wanted,
		"%s", pairs[_i].spec);
}
END_TEST

START_TEST(what_is_written_is_what_is_expected)
{
	AUTO(json_doc) struct json_doc *wanted = doc_of(SECRET);
	AUTO(json) struct json_object *object = json_from_view(json_root(wanted));

	ck_assert_int_eq(drift_expected(object), 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/drift");
	TCase *tests = tcase_create("drift");

	tcase_add_loop_test(tests, what_others_set_is_not_held, 0, COUNT(holders));
	tcase_add_loop_test(tests, a_template_that_others_set_is_touched, 0, COUNT(templates));
	tcase_add_loop_test(tests, what_was_read_is_compared, 0, COUNT(pairs));
	tcase_add_test(tests, what_is_written_is_what_is_expected);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
