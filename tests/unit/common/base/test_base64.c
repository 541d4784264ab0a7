#include "base/base64.h"
#include "support/suite.h"

#include <stdlib.h>

static const struct {
	const char *spec, *text, *bytes;
	bool ok;
} cases[] = {
	{ "nothing is nothing", "", "", true },
	{ "one byte takes two pads", "Zg==", "f", true },
	{ "two bytes take one pad", "Zm8=", "fo", true },
	{ "three bytes take none", "Zm9v", "foo", true },
	{ "longer text", "Zm9vYmFy", "foobar", true },
	{ "line breaks are passed over", "Zm9v\nYmFy\n", "foobar", true },
	{ "a missing pad is refused", "Zg=", NULL, false },
	{ "a lone character is refused", "Z", NULL, false },
	{ "text after the padding is refused", "Zg==Zg==", NULL, false },
	{ "a pad too many is refused", "Zm8==", NULL, false },
	{ "padding alone is refused", "====", NULL, false },
	{ "the URL alphabet is refused", "-_-_", NULL, false },
	{ "other characters are refused", "Zm9*", NULL, false },
};

START_TEST(decoding_follows_the_alphabet)
{
	AUTO(buffer) struct buffer out = { 0 };
	struct error err = { 0 };
	bool ok = base64_decode(cases[_i].text, strlen(cases[_i].text), &out, &err);

	ck_assert_msg(ok == cases[_i].ok, "%s: %s", cases[_i].spec, err.text);
	if (ok)
		ck_assert_msg(
			out.bytes == strlen(cases[_i].bytes) &&
				memcmp(out.data ? out.data : "", cases[_i].bytes, out.bytes) == 0,
			"%s", cases[_i].spec);
	else
		ck_assert_msg(err.code == ERR_INVALID, "%s", cases[_i].spec);
}
END_TEST

START_TEST(there_and_back_is_the_same)
{
	for (size_t bytes = 0; bytes < 70; bytes++) {
		AUTO(buffer) struct buffer text = { 0 };
		AUTO(buffer) struct buffer back = { 0 };
		char data[70];

		for (size_t i = 0; i < bytes; i++)
			data[i] = (char)(i * 37 + bytes);
		base64_encode(&text, data, bytes);
		ck_assert(base64_decode(text.data ? text.data : "", text.bytes, &back, NULL));
		ck_assert_uint_eq(back.bytes, bytes);
		ck_assert(!bytes || memcmp(back.data, data, bytes) == 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base64");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, decoding_follows_the_alphabet, 0, (int)COUNT(cases));
	tcase_add_test(tcase, there_and_back_is_the_same);
	return suite_run(suite);
}
