#include "agent/domain_address.h"
#include "base/error.h"
#include "support/suite.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *spec, *text, *address; /* NULL: none */
} cases[] = {
	{ "the full form", "192.0.2.7", "192.0.2.7" },
	{ "the last of two numbers fills three octets", "127.1", "127.0.0.1" },
	{ "the last of three fills two", "1.2.772", "1.2.3.4" },
	{ "a single number is all four", "2130706433", "127.0.0.1" },
	{ "the largest", "4294967295", "255.255.255.255" },
	{ "larger than the largest", "4294967296", NULL },
	{ "far larger", "99999999999999999999999999", NULL },
	{ "hexadecimal", "0x7f.0X0.0.0xA", "127.0.0.10" },
	{ "hexadecimal without digits is zero", "127.0x", "127.0.0.0" },
	{ "octal", "0177.0.0.01", "127.0.0.1" },
	{ "zeros before a number", "00000177.1", "127.0.0.1" },
	{ "zero", "0", "0.0.0.0" },
	{ "a digit that octal numbers lack", "1.2.3.08", NULL },
	{ "a digit that hexadecimal numbers lack", "0xg.1", NULL },
	{ "an octet too large", "1.256.3.4", NULL },
	{ "the last of four too large", "1.2.3.256", NULL },
	{ "the last of two too large", "1.16777216", NULL },
	{ "five numbers", "1.2.3.4.5", NULL },
	{ "an empty number", "1..2", NULL },
	{ "a dot at the end", "1.2.3.4.", NULL },
	{ "a name", "example.com", NULL },
	{ "a sign", "+1.2", NULL },
	{ "nothing", "", NULL },
};

START_TEST(what_spells_an_address_is_known)
{
	struct in_addr address;
	char full[INET_ADDRSTRLEN] = "";

	if (domain_address_spells(cases[_i].text, &address))
		inet_ntop(AF_INET, &address, full, sizeof(full));
	ck_assert_msg(strcmp(full, cases[_i].address ? cases[_i].address : "") == 0, "%s: %s",
		cases[_i].spec, full);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent/domain_address");
	TCase *tests = tcase_create("address");

	tcase_add_loop_test(tests, what_spells_an_address_is_known, 0, COUNT(cases));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
