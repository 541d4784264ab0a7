#include "base/digest.h"
#include "base/auto.h"
#include "support/suite.h"

#include <string.h>

/* FIPS 180-2, appendix B, and the digest of nothing. */
static const struct {
	const char *text, *hex;
} known[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

START_TEST(known_answers)
{
	uint8_t digest[DIGEST_SHA256_BYTES];
	char hex[DIGEST_HEX_BYTES];

	digest_sha256(known[_i].text, strlen(known[_i].text), digest);
	digest_hex(digest, sizeof(digest), hex);
	ck_assert_str_eq(hex, known[_i].hex);
}
END_TEST

START_TEST(parts_give_the_digest_of_the_whole)
{
	const struct digest_part parts[] = { { "a", 1 }, { "", 0 }, { "bc", 2 } };
	uint8_t digest[DIGEST_SHA256_BYTES];
	char hex[DIGEST_HEX_BYTES];

	digest_sha256_parts(parts, COUNT(parts), digest);
	digest_hex(digest, sizeof(digest), hex);
	ck_assert_str_eq(hex, known[1].hex);
}
END_TEST

START_TEST(identifiers_are_of_version_four_and_differ)
{
	char one[UUID_TEXT_BYTES], two[UUID_TEXT_BYTES];

	random_uuid(one);
	random_uuid(two);
	ck_assert_uint_eq(strlen(one), 36);
	ck_assert_uint_eq(strspn(one, "0123456789abcdef-"), 36);
	ck_assert_int_eq(one[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", one[19]));
	ck_assert_str_ne(one, two);
}
END_TEST

START_TEST(random_numbers_stay_below_and_reach_every_value)
{
	unsigned seen = 0;

	for (int i = 0; i < 1000; i++) {
		uint32_t value = random_below(5);

		ck_assert_uint_lt(value, 5);
		seen |= 1U << value;
	}
	ck_assert_uint_eq(seen, 31);
	ck_assert_uint_eq(random_below(1), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/digest");
	TCase *tests = tcase_create("digest");

	tcase_add_loop_test(tests, known_answers, 0, COUNT(known));
	tcase_add_test(tests, parts_give_the_digest_of_the_whole);
	tcase_add_test(tests, identifiers_are_of_version_four_and_differ);
	tcase_add_test(tests, random_numbers_stay_below_and_reach_every_value);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
