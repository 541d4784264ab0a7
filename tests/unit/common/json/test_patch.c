#include "common/json/patch_apply.h"
#include "json/patch.h"
#include "support/suite.h"

static struct json_doc *read_text(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err = { 0 };

	ck_assert_msg(
		json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s: %s", text, err.text);
	return doc;
}

START_TEST(operations_are_written_with_escaped_pointers)
{
	struct json_patch patch = { 0 };
	AUTO(text) char *text = NULL;
	struct error err = { 0 };
	const struct path *metadata = AT_KEY(NULL, "metadata");

	json_patch_add(&patch, AT_KEY(AT_KEY(metadata, "annotations"), "a.b/c~d\"e"), "\"v\"");
	json_patch_replace(&patch, AT_KEY(AT_INDEX(AT_KEY(NULL, "list"), 3), "x"), "{\"y\":1}");
	json_patch_remove(&patch, AT_KEY(NULL, "gone"));
	ck_assert_uint_eq(patch.operations, 3);
	ck_assert(json_patch_take(&patch, &text, &err));
	ck_assert_str_eq(text, "[{\"op\":\"add\",\"path\":\"/metadata/annotations/"
			       "a.b~1c~0d\\\"e\",\"value\":\"v\"},"
			       "{\"op\":\"replace\",\"path\":\"/list/3/x\",\"value\":{\"y\":1}},"
			       "{\"op\":\"remove\",\"path\":\"/gone\"}]");
	ck_assert_uint_eq(patch.operations, 0);
}
END_TEST

START_TEST(a_patch_without_operations_is_empty)
{
	struct json_patch patch = { 0 };
	AUTO(text) char *text = NULL;
	struct error err = { 0 };

	ck_assert(json_patch_take(&patch, &text, &err));
	ck_assert_str_eq(text, "");
}
END_TEST

static void check_law(const char *from_text, const char *to_text, const char *want)
{
	AUTO(json_doc) struct json_doc *from = read_text(from_text);
	AUTO(json_doc) struct json_doc *to = read_text(to_text);
	AUTO(json) struct json_object *tree = json_from_view(json_root(from));
	struct json_patch patch = { 0 };
	AUTO(text) char *text = NULL;
	struct error err = { 0 };

	json_patch_diff(&patch, json_root(from), json_root(to));
	ck_assert(json_patch_take(&patch, &text, &err));
	if (want)
		ck_assert_str_eq(text, want);
	if (*text) {
		AUTO(json_doc) struct json_doc *operations = read_text(text);

		json_foreach (operation, json_root(operations))
			ck_assert_msg(patch_apply(&tree, operation), "%s", text);
	}
	ck_assert_msg(json_value_equals_view(tree, json_root(to)), "%s -> %s by %s", from_text,
		to_text, text);
}

static const struct {
	const char *from, *to, *patch;
} diffs[] = {
	{ "{\"a\":1}", "{\"a\":1}", "" },
	{ "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "" },
	{ "{\"a\":1}", "{\"a\":2}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2}]" },
	{ "{\"a\":{\"b\":{\"c\":1,\"d\":1}}}", "{\"a\":{\"b\":{\"c\":1,\"d\":2}}}",
		"[{\"op\":\"replace\",\"path\":\"/a/b/d\",\"value\":2}]" },
	{ "{\"a\":[1,2]}", "{\"a\":[1,3]}",
		"[{\"op\":\"replace\",\"path\":\"/a\",\"value\":[1,3]}]" },
	{ "{\"a\":1}", "{\"b\":null}",
		"[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"add\",\"path\":\"/"
		"b\",\"value\":null}]" },
	{ "{\"a\":{}}", "{\"a\":[]}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":[]}]" },
	{ "{\"a\":null}", "{\"a\":0}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":0}]" },
	{ "{\"x/y\":{\"~\":1}}", "{\"x/y\":{\"~\":2}}",
		"[{\"op\":\"replace\",\"path\":\"/x~1y/~0\",\"value\":2}]" },
	{ "{\"\":{\"\":1}}", "{\"\":{}}", "[{\"op\":\"remove\",\"path\":\"//\"}]" },
	{ "[1]", "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"a\":1}}]" },
};

START_TEST(a_diff_names_the_smallest_member_that_differs)
{
	check_law(diffs[_i].from, diffs[_i].to, diffs[_i].patch);
}
END_TEST

/* A small random value; few keys and values, so that two of them have much in common. */
static void put_random(struct buffer *out, unsigned *seed, int depth)
{
	static const char *const keys[] = { "a", "b/c", "~d", "", "e\\\"f" };
	static const char *const leaves[] = { "0", "1", "null", "true", "\"x\"", "[]",
		"[1,{\"a\":2}]", "{}" };
	bool more = false;

	if (depth == 0 || rand_r(seed) % 3 == 0) {
		buffer_puts(out, leaves[(size_t)rand_r(seed) % COUNT(leaves)]);
		return;
	}
	buffer_putc(out, '{');
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (rand_r(seed) % 2)
			continue;
		buffer_printf(out, "%s\"%s\":", more ? "," : "", keys[i]);
		put_random(out, seed, depth - 1);
		more = true;
	}
	buffer_putc(out, '}');
}

START_TEST(applying_a_diff_gives_the_target)
{
	unsigned seed = (unsigned)_i;

	for (int round = 0; round < 50; round++) {
		struct buffer from = { 0 }, to = { 0 };

		put_random(&from, &seed, 4);
		put_random(&to, &seed, 4);
		check_law(from.data, to.data, NULL);
		buffer_fini(&from);
		buffer_fini(&to);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json/patch");
	TCase *tests = tcase_create("patch");

	tcase_add_test(tests, operations_are_written_with_escaped_pointers);
	tcase_add_test(tests, a_patch_without_operations_is_empty);
	tcase_add_loop_test(tests, a_diff_names_the_smallest_member_that_differs, 0, COUNT(diffs));
	tcase_add_loop_test(tests, applying_a_diff_gives_the_target, 0, 40);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
