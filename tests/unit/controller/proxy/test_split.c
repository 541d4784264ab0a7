#include "proxy/split.h"
#include "support/suite.h"

#include <stdlib.h>

#define TASK "{\"id\":\"t\",\"parts\":[{\"text\":\"a \\\" ] } \\\\\"},[[]],1.5e3]}"

static const struct {
	const char *spec, *in;
	const char *want; /* the result; NULL = there is none that can be sent on */
	bool ok;
} cases[] = {
	{ "a task", "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":" TASK "}", TASK, true },
	{ "texts that end in a backslash, and texts of quotes",
		"{\"jsonrpc\":\"2.0\",\"result\":[\"\\\\\",\"\\\"\\\"\",\"a\\\\\\\"]}\",\"\"]}",
		"[\"\\\\\",\"\\\"\\\"\",\"a\\\\\\\"]}\",\"\"]", true },
	{ "a list", "{\"jsonrpc\":\"2.0\",\"result\":[{},[]]}", "[{},[]]", true },
	{ "white space everywhere", " {\n\"jsonrpc\" : \"2.0\" ,\r\n\t\"result\" : {} } \n", "{}",
		true },
	{ "members behind the result", "{\"result\":{},\"id\":{\"a\":[1]},\"jsonrpc\":\"2.0\"}",
		"{}", true },
	{ "an error that is null", "{\"jsonrpc\":\"2.0\",\"error\":null,\"result\":{\"a\":1}}",
		"{\"a\":1}", true },
	{ "keys of the same name further in",
		"{\"jsonrpc\":\"2.0\",\"meta\":{\"result\":{\"no\":1}},\"result\":{\"result\":{}}}",
		"{\"result\":{}}", true },
	{ "a text of that name is no key",
		"{\"jsonrpc\":\"2.0\",\"id\":\"result\",\"result\":{\"a\":\"result\"}}",
		"{\"a\":\"result\"}", true },
	{ "a key that only ends so", "{\"jsonrpc\":\"2.0\",\"a\\\"result\":{},\"result\":[]}", "[]",
		true },
	{ "an error", "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"{\"}}", NULL,
		false },
	{ "both", "{\"jsonrpc\":\"2.0\",\"result\":{},\"error\":{\"code\":1}}", "{}", false },
	{ "a text as result", "{\"jsonrpc\":\"2.0\",\"result\":\"{}\"}", NULL, false },
	{ "null as result", "{\"jsonrpc\":\"2.0\",\"result\":null}", NULL, false },
	{ "another version", "{\"jsonrpc\":\"1.0\",\"result\":{}}", "{}", false },
	{ "no version", "{\"result\":{}}", "{}", false },
	{ "two results", "{\"jsonrpc\":\"2.0\",\"result\":{},\"result\":{}}", "{}", false },
	{ "an end that is missing", "{\"jsonrpc\":\"2.0\",\"result\":{}", "{}", false },
	{ "an end inside the result", "{\"jsonrpc\":\"2.0\",\"result\":{\"a\":[", "{\"a\":[",
		false },
	{ "an end inside a text", "{\"jsonrpc\":\"2.0\",\"result\":{\"a}}\\\"", "{\"a}}\\\"",
		false },
	{ "bytes behind the end", "{\"jsonrpc\":\"2.0\",\"result\":{}}{}", "{}", false },
	{ "one bracket too many", "{\"jsonrpc\":\"2.0\",\"result\":{}}}", "{}", false },
	{ "the wrong bracket", "{\"jsonrpc\":\"2.0\",\"result\":{\"a\":[}]}", "{\"a\":[", false },
	{ "the wrong bracket around", "{\"jsonrpc\":\"2.0\",\"result\":{}]", "{}", false },
	{ "two values", "{\"jsonrpc\":\"2.0\",\"result\":{}{}}", "{}", false },
	{ "html", "<html>{\"result\":{}}</html>", "{}", false },
	{ "nothing", "", NULL, false },
};

static bool feed_in_pieces(
	struct split *split, const char *in, size_t piece, struct buffer *result, bool *had_begun)
{
	size_t bytes = strlen(in);
	bool ok = true;
	struct error err;

	for (size_t at = 0; at < bytes && ok; at += piece) {
		/* A copy of the exact size: the sanitizer sees a read beyond it. */
		size_t count = bytes - at < piece ? bytes - at : piece;
		char *copy = malloc(count);

		memcpy(copy, in + at, count);
		ok = split_feed(split, copy, count, result, &err);
		free(copy);
		*had_begun = *had_begun || (ok && split_has_begun(split));
	}
	return ok && split_is_whole(split, &err);
}

START_TEST(the_result_is_found_however_the_answer_is_cut)
{
	for (size_t piece = 1; piece <= strlen(cases[_i].in) + 1; piece++) {
		AUTO(buffer) struct buffer result = { 0 };
		struct split split = { 0 };
		bool had_begun = false;
		bool ok = feed_in_pieces(&split, cases[_i].in, piece, &result, &had_begun);

		ck_assert_msg(ok == cases[_i].ok, "%s in pieces of %zu", cases[_i].spec, piece);
		/* Where it is wrong, what came before the wrong byte may have been handed on, or not. */
		if (ok || !cases[_i].want)
			ck_assert_msg(strcmp(result.data ? result.data : "",
					      cases[_i].want ? cases[_i].want : "") == 0,
				"%s in pieces of %zu: %s", cases[_i].spec, piece, result.data);
		split_fini(&split);
	}
}
END_TEST

static const struct {
	const char *spec, *in;
	bool want;
} beginnings[] = {
	{ "behind the version", "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":{\"a\"", true },
	{ "before the version it may yet be anything", "{\"id\":\"1\",\"result\":{\"a\"", false },
	{ "behind another version", "{\"jsonrpc\":\"1.0\",\"result\":{\"a\"", false },
	{ "behind an error", "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1},\"result\":{\"a\"",
		false },
	{ "behind what is no JSON", "{\"jsonrpc\":\"2.0\",id:1,\"result\":{\"a\"", false },
	{ "in a list", "[{\"jsonrpc\":\"2.0\",\"result\":{\"a\"", false },
	{ "further in", "{\"jsonrpc\":\"2.0\",\"x\":{\"result\":{\"a\"", false },
	{ "when it has ended there is no hurry", "{\"jsonrpc\":\"2.0\",\"result\":{}", false },
};

START_TEST(a_beginning_shows_whether_it_can_be_sent_on)
{
	AUTO(buffer) struct buffer result = { 0 };
	struct split split = { 0 };
	struct error err;

	ck_assert(split_feed(&split, beginnings[_i].in, strlen(beginnings[_i].in), &result, &err));
	ck_assert_msg(split_has_begun(&split) == beginnings[_i].want, "%s", beginnings[_i].spec);
	split_fini(&split);
}
END_TEST

static const struct {
	const char *spec, *start, *repeated;
	enum error_code want;
} endless[] = {
	{ "an id without end", "{\"id\":\"", "xxxxxxxxxx", ERR_TOO_LARGE },
	{ "blanks without end", "{", "          ", ERR_TOO_LARGE },
	{ "depth without end", "{\"jsonrpc\":\"2.0\",\"result\":", "[[[[[[[[[[", ERR_INVALID },
};

START_TEST(what_has_no_end_is_refused)
{
	AUTO(buffer) struct buffer result = { 0 };
	struct split split = { 0 };
	struct error err = { 0 };
	bool ok = split_feed(&split, endless[_i].start, strlen(endless[_i].start), &result, &err);

	for (int i = 0; i < 10000 && ok; i++)
		ok = split_feed(&split, endless[_i].repeated, 10, &result, &err);
	ck_assert_msg(!ok, "%s", endless[_i].spec);
	ck_assert_int_eq(err.code, endless[_i].want);
	split_fini(&split);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("split");
	TCase *tc = tcase_create("split");

	tcase_add_loop_test(tc, the_result_is_found_however_the_answer_is_cut, 0, COUNT(cases));
	tcase_add_loop_test(tc, a_beginning_shows_whether_it_can_be_sent_on, 0, COUNT(beginnings));
	tcase_add_loop_test(tc, what_has_no_end_is_refused, 0, COUNT(endless));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
