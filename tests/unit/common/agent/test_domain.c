#include "agent/domain.h"
#include "json/doc.h"
#include "support/suite.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <regex.h>
#include <stdio.h>

#define DATA TEST_SOURCE_DIR "/golden/domains/srt-domains.tsv"

/* The grammar once more, as the expression that people read; only IPv6 addresses are left to inet_pton. */
#define LABEL "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
#define OCTET "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define HOST                                                                                       \
	"(localhost|(\\*\\.)?(" LABEL "\\.)+" LABEL "|(" OCTET "\\.){3}" OCTET                     \
	"|\\[[0-9a-f:.]+(%[a-z0-9._~-]*)?\\])"
#define PORT                                                                                       \
	"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])" \
	")?"

static bool matches(const char *expression, const char *text)
{
	regex_t compiled;
	bool matched;

	ck_assert_int_eq(regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB), 0);
	matched = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return matched;
}

static bool is_in_grammar(enum domain_list list, const char *text)
{
	char low[8192], inside[64];
	struct in6_addr address;
	size_t i = 0;

	for (; text[i] && i + 1 < sizeof(low); i++)
		low[i] = (char)tolower((unsigned char)text[i]);
	low[i] = '\0';
	if (list == DOMAIN_DENY && matches("^\\*" PORT "$", low))
		return true;
	if (!matches("^" HOST PORT "$", low))
		return false;
	if (low[0] == '[') {
		snprintf(inside, sizeof(inside), "%.*s", (int)strcspn(low + 1, "%]"), low + 1);
		return inet_pton(AF_INET6, inside, &address) == 1;
	}
	if (strcspn(low, ":") - (low[0] == '*' ? 2 : 0) > 253)
		return false;
	return matches("^" OCTET "(\\." OCTET "){3}" PORT "$", low) ||
	       !matches("\\.[0-9]+(:[0-9]+)?$", low);
}

struct row {
	struct json_doc *doc;
	const char *text;
	size_t bytes;
	bool accepts[2]; /* srt's verdict in either list */
};

static size_t read_rows(struct row **out)
{
	FILE *file = fopen(DATA, "r");
	char *line = NULL;
	size_t room = 0, count = 0;
	struct row *rows = NULL;

	ck_assert_ptr_nonnull(file);
	while (getline(&line, &room, file) > 0) {
		char *allow = strchr(line, '\t');
		char *deny = strchr(allow + 1, '\t');
		struct row row = { 0 };

		/* NUL cannot reach us: the JSON reader refuses it. */
		if (!json_doc_copy(line, (size_t)(allow - line), NULL, &row.doc, NULL))
			continue;
		row.text = json_text(json_root(row.doc), &row.bytes);
		row.accepts[DOMAIN_ALLOW] = strncmp(allow + 1, "accept", 6) == 0;
		row.accepts[DOMAIN_DENY] = strncmp(deny + 1, "accept", 6) == 0;
		rows = realloc(rows, (count + 1) * sizeof(*rows));
		rows[count++] = row;
	}
	free(line);
	fclose(file);
	*out = rows;
	return count;
}

static void free_rows(struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		json_doc_free(rows[i].doc);
	free(rows);
}

START_TEST(what_is_written_is_never_refused_by_srt)
{
	struct row *rows;
	size_t count = read_rows(&rows), passed = 0;

	ck_assert_uint_gt(count, 580);
	for (size_t i = 0; i < count; i++) {
		char folded[DOMAIN_TEXT_BYTES];
		bool known = false, accepted = false;

		if (!domain_fold((enum domain_list)_i, rows[i].text, rows[i].bytes, folded))
			continue;
		passed++;
		for (size_t j = 0; j < count; j++)
			if (strcmp(rows[j].text, folded) == 0) {
				known = true;
				accepted = rows[j].accepts[_i];
			}
		/* Folding changes nothing but letter case and an IPv6 zone. */
		ck_assert_msg(
			known ? accepted : rows[i].accepts[_i], "%s -> %s", rows[i].text, folded);
	}
	ck_assert_uint_gt(passed, 80);
	free_rows(rows, count);
}
END_TEST

START_TEST(what_passes_is_exactly_the_grammar)
{
	struct row *rows;
	size_t count = read_rows(&rows);

	for (size_t i = 0; i < count; i++) {
		char folded[DOMAIN_TEXT_BYTES];
		bool passed =
			domain_fold((enum domain_list)_i, rows[i].text, rows[i].bytes, folded);

		ck_assert_msg(passed == is_in_grammar((enum domain_list)_i, rows[i].text), "%s: %s",
			rows[i].text, passed ? "passed" : "refused");
	}
	free_rows(rows, count);
}
END_TEST

/* Whatever a refusal says to write must itself pass. */
START_TEST(every_proposal_passes)
{
	struct row *rows;
	size_t count = read_rows(&rows), proposals = 0;

	for (size_t i = 0; i < count; i++) {
		char folded[DOMAIN_TEXT_BYTES];
		struct error err = { 0 };
		char *proposal;

		if (domain_check(
			    (enum domain_list)_i, rows[i].text, rows[i].bytes, NULL, folded, &err))
			continue;
		ck_assert_int_eq(err.code, ERR_INVALID);
		ck_assert_msg(err.text[0], "%s", rows[i].text);
		proposal = strstr(err.text, ": write \"");
		if (!proposal)
			continue;
		proposal += strlen(": write \"");
		proposal[strcspn(proposal, "\"")] = '\0';
		ck_assert_msg(domain_fold((enum domain_list)_i, proposal, strlen(proposal), folded),
			"%s: %s", rows[i].text, proposal);
		proposals++;
	}
	ck_assert_uint_gt(proposals, 150);
	free_rows(rows, count);
}
END_TEST

static const struct {
	const char *spec;
	enum domain_list list;
	const char *entry, *says;
} mistakes[] = {
	{ "a scheme", DOMAIN_ALLOW, "https://api.github.com/",
		"an entry is a host, without a scheme: write \"api.github.com\"" },
	{ "a scheme with a port keeps the port", DOMAIN_ALLOW, "http://api.github.com:8080/zen?q",
		"an entry is a host, without a scheme: write \"api.github.com:8080\"" },
	{ "a path", DOMAIN_ALLOW, "api.github.com/zen",
		"an entry is a host, without a path: write \"api.github.com\"" },
	{ "user info", DOMAIN_ALLOW, "me:secret@api.github.com",
		"an entry is a host, without a user: write \"api.github.com\"" },
	{ "a port out of range", DOMAIN_ALLOW, "example.com:65536",
		"a port is a number from 1 to 65535, and none stands for every port: write "
		"\"example.com\"" },
	{ "port zero", DOMAIN_DENY, "*.example.com:0",
		"a port is a number from 1 to 65535, and none stands for every port: write "
		"\"*.example.com\"" },
	{ "no dot behind the star", DOMAIN_ALLOW, "*example.com",
		"a wildcard needs a dot behind the star: write \"*.example.com\"" },
	{ "an inner star", DOMAIN_ALLOW, "api.*.example.com",
		"a star can only be the whole first label, and then stands for any number: write "
		"\"*.example.com\"" },
	{ "a double star", DOMAIN_ALLOW, "**.example.com",
		"one star matches any number of labels: write \"*.example.com\"" },
	{ "two stars", DOMAIN_ALLOW, "*.*.example.com",
		"one star matches any number of labels: write \"*.example.com\"" },
	{ "a bare star", DOMAIN_ALLOW, "*",
		"everything cannot be allowed at once: list the hosts, such as \"*.example.com\"" },
	{ "a star over one label", DOMAIN_ALLOW, "*.com",
		"a wildcard needs two labels behind it: write a narrower one, such as "
		"\"*.example.com\"" },
	{ "a single label", DOMAIN_ALLOW, "kubernetes",
		"a name of one label is never matched: write it in full, such as "
		"\"kubernetes.NAMESPACE.svc.cluster.local\" for a Service" },
	{ "nothing", DOMAIN_ALLOW, "", "an entry without a host matches nothing: remove it" },
	{ "blanks alone", DOMAIN_ALLOW, " \t",
		"an entry without a host matches nothing: remove it" },
	{ "blanks around", DOMAIN_ALLOW, " example.com\n",
		"blanks around a host are never matched: write \"example.com\"" },
	{ "a trailing dot", DOMAIN_ALLOW, "example.com.",
		"a name has no dot at its end: write \"example.com\"" },
	{ "a leading dot", DOMAIN_ALLOW, ".example.com",
		"a name cannot start with a dot, and all hosts below it are a wildcard: write "
		"\"*.example.com\"" },
	{ "an empty label", DOMAIN_ALLOW, "example..com",
		"a label between two dots is empty: write \"example.com\"" },
	{ "IPv4 shorthand", DOMAIN_ALLOW, "127.1",
		"requests carry the full form of an IPv4 address: write \"127.0.0.1\"" },
	{ "IPv4 in hexadecimal with a port", DOMAIN_ALLOW, "0x7f.0.0.1:80",
		"requests carry the full form of an IPv4 address: write \"127.0.0.1:80\"" },
	{ "IPv4 with a hexadecimal number without digits", DOMAIN_ALLOW, "127.0x:8080",
		"requests carry the full form of an IPv4 address: write \"127.0.0.0:8080\"" },
	{ "an IPv4 number too large", DOMAIN_ALLOW, "1.2.3.256",
		"the last label is a number, so it must be an IPv4 address of four numbers up to "
		"255" },
	{ "bare IPv6", DOMAIN_ALLOW, "2001:DB8::1",
		"an IPv6 address stands in one pair of brackets: write \"[2001:db8::1]\"" },
	{ "brackets around a name", DOMAIN_ALLOW, "[example.com]:443",
		"brackets are for IPv6 addresses alone: write \"example.com:443\"" },
	{ "a range", DOMAIN_ALLOW, "10.0.0.0/8",
		"a range of addresses cannot be listed: list each address, or the names of the "
		"hosts" },
	{ "an IPv6 range", DOMAIN_DENY, "fc00::/7",
		"a range of addresses cannot be listed: list each address, or the names of the "
		"hosts" },
	{ "a wildcard over addresses", DOMAIN_ALLOW, "192.168.1.*",
		"a wildcard never matches an address: list each address, or the names of the "
		"hosts" },
	{ "a name in Unicode", DOMAIN_ALLOW, "b\303\274cher.example",
		"requests carry a name's ASCII (xn--) form: write \"xn--bcher-kva.example\"" },
	{ "a wildcard in Unicode with a port", DOMAIN_ALLOW, "*.b\303\274cher.example:443",
		"requests carry a name's ASCII (xn--) form: write "
		"\"*.xn--bcher-kva.example:443\"" },
	{ "a character that no name has", DOMAIN_ALLOW, "\360\237\230\200.com",
		"it has a character that host names do not have: write the name's xn-- form" },
	{ "several hosts in one entry", DOMAIN_ALLOW, "a.example,b.example",
		"one entry holds one host: make each host an entry of its own" },
	{ "a foreign character", DOMAIN_ALLOW, "a$.example",
		"\"$\" cannot stand in a host name: letters, digits, \"-\", \"_\" and \".\" can" },
	{ "a hyphen at a label's edge", DOMAIN_ALLOW, "-a.example",
		"a label cannot start or end with \"-\", as \"-a\" does" },
	{ "two mistakes at once", DOMAIN_ALLOW, "https://intranet/",
		"an entry is a host, without a scheme; also, a name of one label is never matched: "
		"write "
		"it in full, such as \"intranet.NAMESPACE.svc.cluster.local\" for a Service" },
};

START_TEST(each_refusal_names_mistake_and_repair)
{
	char folded[DOMAIN_TEXT_BYTES] = "untouched";
	struct error err = { 0 };

	ck_assert_msg(!domain_check(mistakes[_i].list, mistakes[_i].entry,
			      strlen(mistakes[_i].entry), AT_KEY(NULL, "domains"), folded, &err),
		"%s", mistakes[_i].spec);
	ck_assert_msg(
		strcmp(err.text, mistakes[_i].says) == 0, "%s: %s", mistakes[_i].spec, err.text);
	ck_assert_str_eq(err.path, "domains");
	ck_assert_str_eq(folded, "untouched");
}
END_TEST

START_TEST(long_entries_are_refused_by_length)
{
	AUTO(buffer) struct buffer entry = { 0 };
	char folded[DOMAIN_TEXT_BYTES];
	struct error err = { 0 };

	for (int i = 0; i < 1000000; i++)
		buffer_putc(&entry, 'a');
	ck_assert(!domain_check(DOMAIN_ALLOW, entry.data, entry.bytes, NULL, folded, &err));
	ck_assert_str_eq(err.text, "a name has at most 253 characters, and this has 1000000");
	ck_assert(!domain_check(DOMAIN_ALLOW, entry.data, 1023, NULL, folded, &err));
}
END_TEST

static const struct {
	const char *spec, *entry, *folded;
} foldings[] = {
	{ "names are lower case", "API.GitHub.com", "api.github.com" },
	{ "so is localhost, which srt knows in lower case only", "LocalHost:80", "localhost:80" },
	{ "ports stay", "*.Example.com:8443", "*.example.com:8443" },
	{ "below a star nothing is an address", "*.84.0xE", "*.84.0xe" },
	{ "nor is what no address is spelled like", "1.2.0xFFFFF", "1.2.0xfffff" },
	{ "IPv6 addresses are lower case", "[2001:DB8::1]:443", "[2001:db8::1]:443" },
	{ "a zone is dropped, as srt does", "[fe80::1%eth0]", "[fe80::1]" },
};

START_TEST(entries_are_folded)
{
	char folded[DOMAIN_TEXT_BYTES];

	ck_assert_msg(
		domain_fold(DOMAIN_ALLOW, foldings[_i].entry, strlen(foldings[_i].entry), folded),
		"%s", foldings[_i].spec);
	ck_assert_msg(
		strcmp(folded, foldings[_i].folded) == 0, "%s: %s", foldings[_i].spec, folded);
}
END_TEST

static const struct {
	const char *wide, *narrow;
	bool covers;
} covers[] = {
	{ "example.com", "example.com", true },
	{ "example.com", "example.com:443", true },
	{ "example.com:443", "example.com", false },
	{ "example.com:443", "example.com:80", false },
	{ "*.example.com", "example.com", false },
	{ "*.example.com", "xexample.com", false },
	{ "*.example.com", "a.example.com:443", true },
	{ "*.example.com", "*.example.com", true },
	{ "*.example.com", "*.a.example.com", true },
	{ "*.a.example.com", "*.example.com", false },
	{ "*.a.example.com", "a.a.example.com", true },
	{ "[::ffff:1.2.3.4]", "1.2.3.4", true },
	{ "[::1]", "[0:0:0:0:0:0:0:1]:80", true },
	{ "*", "[::1]", true },
	{ "*:22", "a.b:22", true },
	{ "*:22", "a.b", false },
};

START_TEST(an_entry_covers_what_it_matches)
{
	ck_assert_msg(domain_covers(covers[_i].wide, covers[_i].narrow) == covers[_i].covers,
		"%s %s", covers[_i].wide, covers[_i].narrow);
}
END_TEST

static const struct {
	const char *entry;
	bool is_suffix, is_unproxied, is_metadata;
} kinds[] = {
	{ "*.co.uk", true, false, false },
	{ "*.github.io:443", true, false, false },
	{ "*.example.com", false, false, false },
	{ "*.svc.cluster.local", false, false, false },
	{ "co.uk", false, false, false },
	{ "10.1.2.3", false, true, false },
	{ "172.15.255.255", false, false, false },
	{ "172.16.0.1:80", false, true, false },
	{ "172.31.255.255", false, true, false },
	{ "172.32.0.0", false, false, false },
	{ "192.168.0.1", false, true, false },
	{ "127.0.0.1", false, true, false },
	{ "127.0.0.2", false, false, false },
	{ "localhost:3000", false, true, false },
	{ "[::1]", false, true, false },
	{ "[::ffff:10.0.0.1]", false, true, false },
	{ "169.254.169.254", false, true, true },
	{ "169.254.169.253", false, true, false },
	{ "[fd00:ec2::254]", false, false, true },
	{ "203.0.113.7", false, false, false },
};

START_TEST(risky_entries_are_known)
{
	ck_assert_msg(domain_is_public_suffix_wildcard(kinds[_i].entry) == kinds[_i].is_suffix,
		"%s", kinds[_i].entry);
	ck_assert_msg(domain_is_unproxied_address(kinds[_i].entry) == kinds[_i].is_unproxied, "%s",
		kinds[_i].entry);
	ck_assert_msg(domain_is_metadata_address(kinds[_i].entry) == kinds[_i].is_metadata, "%s",
		kinds[_i].entry);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent/domain");
	TCase *tests = tcase_create("domain");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, what_is_written_is_never_refused_by_srt, 0, 2);
	tcase_add_loop_test(tests, what_passes_is_exactly_the_grammar, 0, 2);
	tcase_add_loop_test(tests, every_proposal_passes, 0, 2);
	tcase_add_loop_test(tests, each_refusal_names_mistake_and_repair, 0, COUNT(mistakes));
	tcase_add_test(tests, long_entries_are_refused_by_length);
	tcase_add_loop_test(tests, entries_are_folded, 0, COUNT(foldings));
	tcase_add_loop_test(tests, an_entry_covers_what_it_matches, 0, COUNT(covers));
	tcase_add_loop_test(tests, risky_entries_are_known, 0, COUNT(kinds));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
