#include "json/value.h"
#include "support/suite.h"

#include <stdio.h>

static struct json_doc *read_text(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err = { 0 };

	ck_assert_msg(
		json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s: %s", text, err.text);
	return doc;
}

static struct json_object *tree_of(const char *text)
{
	AUTO(json_doc) struct json_doc *doc = read_text(text);

	return json_from_view(json_root(doc));
}

START_TEST(trees_are_built_and_written)
{
	AUTO(json) struct json_object *tree = json_object_new_object();
	AUTO(json_doc) struct json_doc *doc = read_text("{\"deep\":[1.50,null]}");
	struct buffer out = { 0 };
	struct error err = { 0 };

	ck_assert(json_set_text(tree, "z", "a/\"b\"", &err));
	ck_assert(json_set_int(tree, "n", -5, &err));
	ck_assert(json_set_bool(tree, "b", true, &err));
	ck_assert(json_set_view(tree, "v", json_root(doc), &err));
	ck_assert(json_set_view(tree, "absent", json_get(json_root(doc), "none"), &err));
	ck_assert(
		json_set_view(tree, "null", json_item(json_get(json_root(doc), "deep"), 1), &err));
	ck_assert(json_append(json_need_array(tree, "list"), json_new_text("one"), &err));
	ck_assert(json_append(json_need_array(tree, "list"), json_new_text("two"), &err));
	ck_assert(json_set_text(json_need_object(tree, "object"), "k", "v", &err));
	ck_assert_ptr_null(json_need_object(tree, "list"));
	ck_assert_ptr_null(json_need_array(NULL, "list"));
	json_value_write(&out, tree);
	ck_assert_str_eq(out.data,
		"{\"z\":\"a/"
		"\\\"b\\\"\",\"n\":-5,\"b\":true,\"v\":{\"deep\":[1.50,null]},\"null\":null,"
		"\"list\":[\"one\",\"two\"],\"object\":{\"k\":\"v\"}}");
	buffer_clear(&out);
	json_value_write_canonical(&out, tree);
	ck_assert_str_eq(out.data, "{\"b\":true,\"list\":[\"one\",\"two\"],\"n\":-5,\"null\":null,"
				   "\"object\":{\"k\":\"v\"},"
				   "\"v\":{\"deep\":[1.50,null]},\"z\":\"a/\\\"b\\\"\"}");
	ck_assert_str_eq(json_object_get_string(json_find(tree, "object", "k")), "v");
	ck_assert_ptr_null(json_find(tree, "list", "k"));
	ck_assert_ptr_null(json_find(tree, "no", "k"));
	buffer_fini(&out);
}
END_TEST

START_TEST(setters_report_missing_values)
{
	AUTO(json) struct json_object *tree = json_object_new_object();
	AUTO(json) struct json_object *list = json_object_new_array();
	struct error err = { 0 };

	ck_assert(!json_set(tree, "a", NULL, &err));
	ck_assert_int_eq(err.code, ERR_NO_MEMORY);
	ck_assert(!json_set(NULL, "a", json_new_text("taken"), &err));
	ck_assert(!json_append(list, NULL, &err));
	ck_assert(!json_append(NULL, json_new_text("taken"), &err));
	ck_assert_int_eq(json_object_object_length(tree), 0);
}
END_TEST

START_TEST(setters_refuse_what_is_of_another_kind)
{
	AUTO(json) struct json_object *tree = json_object_new_object();
	AUTO(json) struct json_object *list = json_object_new_array();
	struct error err = { 0 };

	ck_assert(!json_set(list, "a", json_new_text("taken"), &err));
	ck_assert_str_eq(err.text, "must be an object");
	ck_assert(!json_append(tree, json_new_text("taken"), &err));
	ck_assert_str_eq(err.text, "must be an array");
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert(!json_set_text(list, "a", "b", &err) && !json_set_int(list, "a", 1, &err));
	ck_assert_int_eq(json_object_array_length(list), 0);
	ck_assert_int_eq(json_object_object_length(tree), 0);
}
END_TEST

static const char *const numbers[] = { "0", "-0", "7", "-7", "1.0", "1e3", "9223372036854775807",
	"9223372036854775808", "18446744073709551615", "123456789012345678901234567890", "1e999",
	"0.1000" };

START_TEST(numbers_keep_their_text)
{
	AUTO(json) struct json_object *tree = tree_of(numbers[_i]);
	AUTO(json_doc) struct json_doc *doc = read_text(numbers[_i]);
	struct buffer out = { 0 };

	json_value_write(&out, tree);
	ck_assert_str_eq(out.data, numbers[_i]);
	ck_assert(json_value_equals_view(tree, json_root(doc)));
	buffer_fini(&out);
}
END_TEST

START_TEST(unsigned_numbers_are_written_whole)
{
	AUTO(json) struct json_object *number = json_object_new_uint64(UINT64_MAX);
	struct buffer out = { 0 };

	json_value_write(&out, number);
	ck_assert_str_eq(out.data, "18446744073709551615");
	buffer_fini(&out);
}
END_TEST

START_TEST(canonical_text_does_not_depend_on_order)
{
	AUTO(json)
	struct json_object *a =
		tree_of("{\"b\":[{\"y\":1,\"x\":2}],\"a\":\"\xC3\xA9\",\"ab\":0,\"B\":0}");
	AUTO(json)
	struct json_object *b =
		tree_of("{\"B\":0,\"ab\":0,\"a\":\"\\u00e9\",\"b\":[{\"x\":2,\"y\":1}]}");
	struct buffer one = { 0 }, two = { 0 };

	json_value_write_canonical(&one, a);
	json_value_write_canonical(&two, b);
	ck_assert_str_eq(one.data, two.data);
	ck_assert_str_eq(
		one.data, "{\"B\":0,\"a\":\"\xC3\xA9\",\"ab\":0,\"b\":[{\"x\":2,\"y\":1}]}");
	buffer_fini(&one);
	buffer_fini(&two);
}
END_TEST

START_TEST(canonical_members_are_sorted_however_many_there_are)
{
	AUTO(json) struct json_object *object = json_object_new_object();
	AUTO(buffer) struct buffer want = { 0 };
	AUTO(buffer) struct buffer got = { 0 };
	struct error err = { 0 };

	for (int i = _i; i > 0; i--) {
		char key[16];

		snprintf(key, sizeof(key), "%02d", (i * 7) % (_i + 1));
		ck_assert(json_set_bool(object, key, true, &err));
	}
	buffer_putc(&want, '{');
	for (int i = 0; i <= _i; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%02d", i);
		if (json_find(object, key))
			buffer_printf(&want, "%s\"%s\":true", want.bytes > 1 ? "," : "", key);
	}
	buffer_putc(&want, '}');
	json_value_write_canonical(&got, object);
	ck_assert_str_eq(got.data, want.data);
}
END_TEST

static const struct {
	const char *spec, *wanted, *there;
	bool subset, equal;
} pairs[] = {
	{ "the same", "{\"a\":[1,{\"b\":\"c\"}]}", "{\"a\":[1,{\"b\":\"c\"}]}", true, true },
	{ "in another order", "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true, true },
	{ "server defaults do not count", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1,\"c\":2},\"d\":3}",
		true, false },
	{ "defaults inside items do not count", "[{\"a\":1}]", "[{\"a\":1,\"b\":2}]", true, false },
	{ "arrays must have the same length", "[1]", "[1,2]", false, false },
	{ "a wanted member is missing", "{\"a\":1}", "{}", false, false },
	{ "a wanted member differs", "{\"a\":1}", "{\"a\":2}", false, false },
	{ "null wanted, absent there", "{\"a\":null}", "{}", true, false },
	{ "null wanted, null there", "{\"a\":null}", "{\"a\":null}", true, true },
	{ "null wanted, something there", "{\"a\":null}", "{\"a\":0}", false, false },
	{ "an empty object wanted, nothing there", "{\"a\":{}}", "{}", false, false },
	{ "numbers by text", "1.0", "1", false, false },
	{ "a number is not a string", "\"1\"", "1", false, false },
	{ "false is not null", "{\"a\":false}", "{\"a\":null}", false, false },
	{ "booleans", "[true,false]", "[true,false]", true, true },
	{ "an object is not an array", "{}", "[]", false, false },
};

START_TEST(values_are_compared_with_views)
{
	AUTO(json) struct json_object *wanted = tree_of(pairs[_i].wanted);
	AUTO(json_doc) struct json_doc *there = read_text(pairs[_i].there);

	ck_assert_msg(json_value_is_subset(wanted, json_root(there)) == pairs[_i].subset,
		"%s: subset", pairs[_i].spec);
	ck_assert_msg(json_value_equals_view(wanted, json_root(there)) == pairs[_i].equal,
		"%s: equal", pairs[_i].spec);
}
END_TEST

START_TEST(nothing_and_null_become_no_tree)
{
	AUTO(json_doc) struct json_doc *doc = read_text("null");

	ck_assert_ptr_null(json_from_view((struct json_view){ 0 }));
	ck_assert_ptr_null(json_from_view(json_root(doc)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json/value");
	TCase *tests = tcase_create("value");

	tcase_add_test(tests, trees_are_built_and_written);
	tcase_add_test(tests, setters_report_missing_values);
	tcase_add_test(tests, setters_refuse_what_is_of_another_kind);
	tcase_add_loop_test(tests, numbers_keep_their_text, 0, COUNT(numbers));
	tcase_add_test(tests, unsigned_numbers_are_written_whole);
	tcase_add_test(tests, canonical_text_does_not_depend_on_order);
	tcase_add_loop_test(tests, canonical_members_are_sorted_however_many_there_are, 0, 40);
	tcase_add_loop_test(tests, values_are_compared_with_views, 0, COUNT(pairs));
	tcase_add_test(tests, nothing_and_null_become_no_tree);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
