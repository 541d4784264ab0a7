#include "store/jobs.h"
#include "support/suite.h"

static const struct {
	const char *spec, *in, *out;
} cases[] = {
	{ "nothing to strip", "{\"a\": 1, \"b\":[\"authorization\"]}", NULL },
	{ "a value of that name is no key", "{\"tool\":\"authorization\",\"x\":{\"y\":\"cookie\"}}",
		NULL },
	{ "the only member", "{\"authorization\":\"Bearer x\"}", "{}" },
	{ "the first member", "{\"authorization\": \"Bearer x\", \"a\": 1}", "{\"a\": 1}" },
	{ "the last member", "{\"a\": 1, \"authorization\": \"Bearer x\"}", "{\"a\": 1}" },
	{ "one in the middle", "{\"a\":1,\"cookie\":\"c\",\"b\":2}", "{\"a\":1,\"b\":2}" },
	{ "two side by side at the end", "{\"a\":1,\"cookie\":\"c\",\"authorization\":\"x\"}",
		"{\"a\":1}" },
	{ "two and nothing else", "{\"cookie\":\"c\",\"authorization\":\"x\"}", "{}" },
	{ "in any case of letters",
		"{\"AUTHORIZATION\":\"x\",\"Proxy-Authorization\":\"y\",\"Set-Cookie\":\"z\",\"n\":"
		"0}",
		"{\"n\":0}" },
	{ "at any depth",
		"[{\"a\":{\"headers\":{\"x\":1,\"Authorization\":\"t\"}}},[{\"cookie\":[1,{\"k\":"
		"\"}\"}]}]]",
		"[{\"a\":{\"headers\":{\"x\":1}}},[{}]]" },
	{ "values with quotes and brackets", "{\"authorization\":\"a\\\"},{\\\\\",\"b\":\"]\\\"\"}",
		"{\"b\":\"]\\\"\"}" },
	{ "numbers, words and containers",
		"{\"cookie\":null,\"a\":1,\"cookie\":-1.5e3,\"authorization\":{\"x\":[{}]}}",
		"{\"a\":1}" },
	{ "a key written with escapes", "{\"\\u0061uthorization\":\"x\",\"a\":1}", "{\"a\":1}" },
	{ "longer and shorter names stay",
		"{\"authorizations\":1,\"authorizatio\":2,\"x-cookie\":3}", NULL },
	{ "odd blanks stay where nothing is taken", "{ \"a\" : 1 ,\n \"cookie\" : 2 }",
		"{ \"a\" : 1  }" },
	{ "what is no JSON", "plain \"text\" with \"quotes", NULL },
	{ "a cut text", "{\"authorization\":\"Bearer secr", "{" },
	{ "a cut text, before its value", "{\"authorization\":", "{" },
	{ "an empty text", "", NULL },
};

START_TEST(credentials_are_taken_out_and_all_else_stays)
{
	AUTO(buffer) struct buffer out = { 0 };

	secrets_strip(&out, cases[_i].in);
	ck_assert_msg(strcmp(out.data, cases[_i].out ? cases[_i].out : cases[_i].in) == 0, "%s: %s",
		cases[_i].spec, out.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store/secrets");
	TCase *tests = tcase_create("secrets");

	tcase_add_loop_test(tests, credentials_are_taken_out_and_all_else_stays, 0, COUNT(cases));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
