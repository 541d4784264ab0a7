#include "agent/domain_mistake.h"
#include "agent/domain_repair.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define BLANKS " \t\r\n\v\f"

/* What cannot be repaired. `host` has no port. Writes the sentence and returns true when it found its mistake. */

static bool judge_empty(enum domain_list list, const char *host, char *says, size_t bytes)
{
	(void)list;
	if (host[strspn(host, BLANKS ".")])
		return false;
	snprintf(says, bytes, "an entry without a host matches nothing: remove it");
	return true;
}

static bool judge_star(enum domain_list list, const char *host, char *says, size_t bytes)
{
	if (list == DOMAIN_DENY || host[strspn(host, "*.")])
		return false;
	snprintf(says, bytes,
		"everything cannot be allowed at once: list the hosts, such as \"*.example.com\"");
	return true;
}

static bool judge_range(enum domain_list list, const char *host, char *says, size_t bytes)
{
	size_t address = strspn(host, "[]:.*" DIGITS "abcdefABCDEF");
	bool has_range = host[address] == '/' && isdigit((unsigned char)host[address + 1]);

	(void)list;
	if (!has_range || !strpbrk(host, ".:"))
		return false;
	snprintf(says, bytes,
		"a range of addresses cannot be listed: list each address, or the names of the "
		"hosts");
	return true;
}

static bool judge_address_wildcard(
	enum domain_list list, const char *host, char *says, size_t bytes)
{
	(void)list;
	if (!strchr(host, '*') || host[strspn(host, "*." DIGITS)] || !strpbrk(host, DIGITS))
		return false;
	snprintf(says, bytes,
		"a wildcard never matches an address: list each address, or the names of the "
		"hosts");
	return true;
}

static bool judge_wildcard(enum domain_list list, const char *host, char *says, size_t bytes)
{
	(void)list;
	if (strncmp(host, "*.", 2) == 0 && !strpbrk(host + 2, ".*")) {
		snprintf(says, bytes,
			"a wildcard needs two labels behind it: write a narrower one, such as "
			"\"*.example.%.63s\"",
			host + 2);
		return true;
	}
	if (strchr(host, '*') && (strncmp(host, "*.", 2) != 0 || strchr(host + 1, '*'))) {
		snprintf(says, bytes,
			"a star can only be the whole first label, as in \"*.example.com\": list "
			"the "
			"hosts one by one");
		return true;
	}
	return false;
}

static bool judge_characters(enum domain_list list, const char *host, char *says, size_t bytes)
{
	(void)list;
	for (const char *c = host; *c; c++) {
		if (isalnum((unsigned char)*c) || strchr("-_.*", *c))
			continue;
		if (strchr(",;| \t\r\n", *c))
			snprintf(says, bytes,
				"one entry holds one host: make each host an entry of its own");
		else if ((unsigned char)*c >= 0x80)
			snprintf(says, bytes,
				"it has a character that host names do not have: write the name's "
				"xn-- form");
		else if (*c == '[' || *c == ']' || *c == ':')
			snprintf(says, bytes,
				"this is no IPv6 address: write one as in \"[2001:db8::1]\"");
		else
			snprintf(says, bytes,
				"\"%c\" cannot stand in a host name: letters, digits, \"-\", \"_\" "
				"and "
				"\".\" can",
				*c);
		return true;
	}
	return false;
}

static bool judge_label(const char *label, size_t label_bytes, char *says, size_t bytes)
{
	if (label_bytes > 63) {
		snprintf(says, bytes, "a label has at most 63 characters, and \"%.12s...\" has %zu",
			label, label_bytes);
		return true;
	}
	if (label_bytes && (label[0] == '-' || label[label_bytes - 1] == '-')) {
		snprintf(says, bytes, "a label cannot start or end with \"-\", as \"%.*s\" does",
			(int)label_bytes, label);
		return true;
	}
	return false;
}

static const char *next_label(const char *label)
{
	const char *dot = strchr(label, '.');

	return dot ? dot + 1 : NULL;
}

static bool judge_name(enum domain_list list, const char *host, char *says, size_t bytes)
{
	const char *last = strrchr(host, '.');

	(void)list;
	for (const char *label = host; label; label = next_label(label))
		if (judge_label(label, strcspn(label, "."), says, bytes))
			return true;
	if (strlen(host) > 253) {
		snprintf(says, bytes, "a name has at most 253 characters, and this has %zu",
			strlen(host));
		return true;
	}
	if (!last) {
		snprintf(says, bytes,
			"a name of one label is never matched: write it in full, such as "
			"\"%.63s.NAMESPACE.svc.cluster.local\" for a Service",
			host);
		return true;
	}
	if (strspn(last + 1, DIGITS) == strlen(last + 1)) {
		snprintf(says, bytes,
			"the last label is a number, so it must be an IPv4 address of four numbers "
			"up "
			"to 255");
		return true;
	}
	return false;
}

static bool (*const judgements[])(enum domain_list, const char *, char *, size_t) = {
	judge_empty,
	judge_star,
	judge_range,
	judge_address_wildcard,
	judge_characters,
	judge_wildcard,
	judge_name,
};

static void judge(const struct domain_attempt *attempt, char *says, size_t bytes)
{
	struct domain_attempt host = *attempt;
	char *colon = domain_repair_port(host.text);

	if (colon && !strchr(host.text, '/'))
		*colon = '\0';
	for (size_t i = 0; i < COUNT(judgements); i++)
		if (judgements[i](host.list, host.text, says, bytes))
			return;
	snprintf(says, bytes,
		"this is no host: write a name, an IPv4 address, or an IPv6 address in brackets");
}

void domain_mistake_explain(
	enum domain_list list, const char *entry, size_t bytes, char *says, size_t says_bytes)
{
	struct domain_attempt attempt = { .list = list };
	char folded[DOMAIN_TEXT_BYTES];
	const char *first = NULL;

	if (bytes >= sizeof(attempt.text)) {
		snprintf(says, says_bytes, "a name has at most 253 characters, and this has %zu",
			bytes);
		return;
	}
	memcpy(attempt.text, entry, bytes);
	if (memchr(entry, '\0', bytes)) {
		snprintf(says, says_bytes, "it has a NUL character, which no host name can have");
		return;
	}
	if (judge_empty(list, attempt.text, says, says_bytes) ||
		judge_range(list, attempt.text, says, says_bytes) ||
		judge_address_wildcard(list, attempt.text, says, says_bytes))
		return;
	for (size_t i = 0; i < domain_repair_count; i++) {
		if (!domain_repairs[i].repair(&attempt))
			continue;
		first = first ? first : domain_repairs[i].says;
		if (domain_fold(list, attempt.text, strlen(attempt.text), folded)) {
			snprintf(says, says_bytes, "%s: write \"%s\"", first, folded);
			return;
		}
	}
	if (!first) {
		judge(&attempt, says, says_bytes);
		return;
	}
	judge(&attempt, folded, sizeof(folded));
	snprintf(says, says_bytes, "%s; also, %s", first, folded);
}
