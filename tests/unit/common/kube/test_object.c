#include "kube/object.h"
#include "support/suite.h"

#include <stdlib.h>

static const struct {
	const char *spec, *rv, *than;
	bool older;
} ages[] = {
	{ "smaller is older", "9", "10", true },
	{ "larger is not", "10", "9", false },
	{ "equal is not", "10", "10", false },
	{ "same length by digits", "1234567890123456788", "1234567890123456789", true },
	{ "beyond 64 bits it is still a number", "18446744073709551615", "18446744073709551616",
		true },
	{ "letters are never older", "abc", "10", false },
	{ "nor is anything older than letters", "10", "abc", false },
	{ "nothing is never older", "", "10", false },
	{ "a leading zero is no resource version", "09", "10", false },
	{ "too long is no resource version", "9", "999999999999999999999", false },
};

START_TEST(resource_versions_compare_as_numbers)
{
	ck_assert_msg(object_rv_is_older(ages[_i].rv, ages[_i].than) == ages[_i].older, "%s",
		ages[_i].spec);
}
END_TEST

static struct json_doc *parse(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err;

	ck_assert_msg(json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s", err.text);
	return doc;
}

START_TEST(accessors_find_what_is_there)
{
	AUTO(json_doc)
	struct json_doc *doc = parse("{\"metadata\":{\"name\":\"n\",\"namespace\":\"ns\",\"uid\":"
				     "\"u\",\"resourceVersion\":\"7\",\"generation\":3,"
				     "\"labels\":{\"l\":\"1\"},\"annotations\":{\"a/"
				     "b\":\"2\"},\"deletionTimestamp\":\"2026-01-01T00:00:00Z\","
				     "\"ownerReferences\":[{\"uid\":\"o1\"},{\"uid\":\"o2\","
				     "\"controller\":true,\"name\":\"boss\"}]},"
				     "\"status\":{\"conditions\":[{\"type\":\"A\",\"status\":"
				     "\"False\"},{\"type\":\"Ready\",\"status\":\"True\"}]}}");
	struct json_view object = json_root(doc);

	ck_assert_str_eq(object_name(object), "n");
	ck_assert_str_eq(object_namespace(object), "ns");
	ck_assert_str_eq(object_uid(object), "u");
	ck_assert_str_eq(object_rv(object), "7");
	ck_assert_str_eq(object_label(object, "l"), "1");
	ck_assert_str_eq(object_annotation(object, "a/b"), "2");
	ck_assert_int_eq(object_generation(object), 3);
	ck_assert(object_is_deleting(object));
	ck_assert_str_eq(
		json_text_or(json_get(object_controller_owner(object), "name"), ""), "boss");
	ck_assert(object_is_owned_by(object, "o1"));
	ck_assert(object_is_owned_by(object, "o2"));
	ck_assert(!object_is_owned_by(object, "o3"));
	ck_assert_str_eq(
		json_text_or(json_get(object_condition(object, "Ready"), "status"), ""), "True");
	ck_assert_int_eq(json_kind(object_condition(object, "Other")), JSON_NONE);
}
END_TEST

static const struct {
	const char *spec, *text;
} poor[] = {
	{ "an empty object", "{}" },
	{ "no object at all", "[]" },
	{ "members of the wrong kind",
		"{\"metadata\":{\"name\":1,\"labels\":[],\"ownerReferences\":{},\"generation\":"
		"\"1\"},\"status\":{\"conditions\":\"x\"}}" },
	{ "nulls", "{\"metadata\":{\"name\":null,\"deletionTimestamp\":null,\"ownerReferences\":"
		   "null},\"status\":null}" },
	{ "owners without a uid", "{\"metadata\":{\"ownerReferences\":[{},null,7]}}" },
};

START_TEST(what_is_absent_or_wrong_reads_as_nothing)
{
	AUTO(json_doc) struct json_doc *doc = parse(poor[_i].text);
	struct json_view object = json_root(doc);

	ck_assert_msg(strcmp(object_name(object), "") == 0, "%s", poor[_i].spec);
	ck_assert_msg(strcmp(object_label(object, "l"), "") == 0, "%s", poor[_i].spec);
	ck_assert_msg(object_generation(object) == 0, "%s", poor[_i].spec);
	ck_assert_msg(!object_is_deleting(object), "%s", poor[_i].spec);
	ck_assert_msg(!object_is_owned_by(object, ""), "%s", poor[_i].spec);
	ck_assert_msg(json_kind(object_controller_owner(object)) == JSON_NONE, "%s", poor[_i].spec);
	ck_assert_msg(
		json_kind(object_condition(object, "Ready")) == JSON_NONE, "%s", poor[_i].spec);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("object");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, resource_versions_compare_as_numbers, 0, (int)COUNT(ages));
	tcase_add_test(tcase, accessors_find_what_is_there);
	tcase_add_loop_test(tcase, what_is_absent_or_wrong_reads_as_nothing, 0, (int)COUNT(poor));
	return suite_run(suite);
}
