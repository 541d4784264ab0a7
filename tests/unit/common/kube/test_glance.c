#include "kube/glance.h"

#include "base/auto.h"
#include "support/suite.h"

#include <stdlib.h>

static const struct {
	const char *spec, *line;
	bool ok;
	const char *ns, *name, *rv;
} lines[] = {
	{ "a built-in kind, as the API server orders it",
		"{\"type\":\"ADDED\",\"object\":{\"kind\":\"Secret\",\"apiVersion\":\"v1\","
		"\"metadata\":{"
		"\"name\":\"a\",\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"7\","
		"\"labels\":{}}}}",
		true, "n", "a", "7" },
	{ "a custom kind, with what comes before in the alphabet",
		"{\"type\":\"MODIFIED\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"K\","
		"\"metadata\":{"
		"\"annotations\":{\"name\":\"wrong\",\"x\":\"}\\\",{\"},\"generation\":3,"
		"\"managedFields\":"
		"[{\"f:metadata\":{\"f:name\":{}},\"n\":[1,[2]]}],\"name\":\"a\",\"namespace\":"
		"\"n\","
		"\"resourceVersion\":\"12\",\"uid\":\"u\"},\"spec\":{}}}",
		true, "n", "a", "12" },
	{ "an object of no namespace",
		"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":"
		"\"7\"}}}",
		true, "", "a", "7" },
	{ "a spec that has metadata, too",
		"{\"type\":\"ADDED\",\"object\":{\"spec\":{\"metadata\":{\"name\":\"wrong\","
		"\"namespace\":"
		"\"w\",\"resourceVersion\":\"1\"}},\"metadata\":{\"name\":\"a\",\"namespace\":"
		"\"n\","
		"\"resourceVersion\":\"7\"}}}",
		true, "n", "a", "7" },
	{ "text that looks like metadata",
		"{\"type\":\"ADDED\",\"object\":{\"x\":\"\\\"metadata\\\":{\\\"name\\\":"
		"\\\"wrong\\\"\","
		"\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"resourceVersion\":\"7\"}}}",
		true, "n", "a", "7" },
	{ "a deletion is read whole",
		"{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\","
		"\"resourceVersion\":\"7\"}}}",
		false, NULL, NULL, NULL },
	{ "a bookmark is read whole",
		"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}",
		false, NULL, NULL, NULL },
	{ "no resourceVersion", "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}",
		false, NULL, NULL, NULL },
	{ "a name that is no text",
		"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":7,\"resourceVersion\":"
		"\"7\"}}}",
		false, NULL, NULL, NULL },
	{ "a name with an escape",
		"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"\\u0061\","
		"\"resourceVersion\":"
		"\"7\"}}}",
		false, NULL, NULL, NULL },
	{ "a resourceVersion that is too long",
		"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":"
		"\"12345678901234567890123456789012\"}}}",
		false, NULL, NULL, NULL },
	{ "blanks, which are allowed but not usual",
		"{ "
		"\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":"
		"\"7\"}}}",
		false, NULL, NULL, NULL },
	{ "no metadata", "{\"type\":\"ADDED\",\"object\":{\"kind\":\"K\"}}", false, NULL, NULL,
		NULL },
	{ "nothing", "", false, NULL, NULL, NULL },
};

START_TEST(a_glance_tells_which_object_it_is)
{
	struct glance seen;
	bool ok = glance_read(lines[_i].line, strlen(lines[_i].line), &seen);

	ck_assert_msg(ok == lines[_i].ok, "%s", lines[_i].spec);
	if (!ok)
		return;
	ck_assert_msg(strcmp(seen.ns, lines[_i].ns) == 0, "%s: %s", lines[_i].spec, seen.ns);
	ck_assert_msg(strcmp(seen.name, lines[_i].name) == 0, "%s: %s", lines[_i].spec, seen.name);
	ck_assert_msg(strcmp(seen.rv, lines[_i].rv) == 0, "%s: %s", lines[_i].spec, seen.rv);
}
END_TEST

START_TEST(an_answer_is_the_object_itself)
{
	static const char text[] =
		"{\"kind\":\"K\",\"metadata\":{\"annotations\":{\"x\":\"\\\\\"},\"name\":\"a\","
		"\"namespace\":\"n\",\"resourceVersion\":\"7\"}}";
	struct glance seen;

	ck_assert(glance_read_object(text, strlen(text), &seen));
	ck_assert_str_eq(seen.ns, "n");
	ck_assert_str_eq(seen.name, "a");
	ck_assert_str_eq(seen.rv, "7");
	ck_assert(!glance_read_object(lines[0].line, strlen(lines[0].line), &seen));
}
END_TEST

/* Each cut lies in memory of its own: a byte read behind it is found by the sanitizer. */
START_TEST(a_line_may_be_cut_anywhere)
{
	size_t bytes = strlen(lines[_i].line);

	for (size_t cut = 0; cut < bytes; cut++) {
		char *copy = malloc(cut ? cut : 1);
		struct glance seen;

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, lines[_i].line, cut);
		if (glance_read(copy, cut, &seen)) {
			ck_assert_str_eq(seen.name, lines[_i].name);
			ck_assert_str_eq(seen.rv, lines[_i].rv);
		}
		free(copy);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kube/glance");
	TCase *tests = tcase_create("lines");

	tcase_add_loop_test(tests, a_glance_tells_which_object_it_is, 0, COUNT(lines));
	tcase_add_test(tests, an_answer_is_the_object_itself);
	tcase_add_loop_test(tests, a_line_may_be_cut_anywhere, 0, COUNT(lines));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
