#include "agent/domain_repair.h"
#include "agent/domain_address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <idn2.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\n\v\f"

static void cut_front(char *text, size_t bytes)
{
	memmove(text, text + bytes, strlen(text + bytes) + 1);
}

static void put(struct domain_attempt *attempt, const char *before, const char *text)
{
	char made[sizeof(attempt->text)];

	snprintf(made, sizeof(made), "%s%s", before, text);
	memcpy(attempt->text, made, sizeof(made));
}

/* Where the port's colon is: the last one, unless it lies inside brackets or there are several. NULL = no port. */
char *domain_repair_port(char *text)
{
	char *end = strrchr(text, ']');
	char *colon = strchr(end ? end : text, ':');

	return colon;
}

static bool is_ipv6(const char *text)
{
	struct in6_addr ignored;

	return inet_pton(AF_INET6, text, &ignored) == 1;
}

static bool is_ipv4(const char *text)
{
	struct in_addr ignored;

	return inet_pton(AF_INET, text, &ignored) == 1;
}

/* The repairs. Each returns true when it found its mistake and changed the text. */

static bool repair_blanks(struct domain_attempt *attempt)
{
	size_t before = strspn(attempt->text, BLANKS);
	size_t bytes = strlen(attempt->text);
	size_t kept = bytes;

	while (kept > before && strchr(BLANKS, attempt->text[kept - 1]))
		kept--;
	attempt->text[kept] = '\0';
	cut_front(attempt->text, before);
	return before > 0 || kept < bytes;
}

static bool repair_scheme(struct domain_attempt *attempt)
{
	static const char *const short_schemes[] = { "//", "http:", "https:", "mailto:", "ftp:" };
	char *slashes = strstr(attempt->text, "://");

	if (slashes) {
		cut_front(slashes, 3);
		cut_front(attempt->text, (size_t)(slashes - attempt->text));
		return true;
	}
	for (size_t i = 0; i < COUNT(short_schemes); i++) {
		size_t bytes = strlen(short_schemes[i]);

		if (strncasecmp(attempt->text, short_schemes[i], bytes) != 0 ||
			isdigit((unsigned char)attempt->text[bytes]))
			continue;
		cut_front(attempt->text, bytes + strspn(attempt->text + bytes, "/"));
		return true;
	}
	return false;
}

static bool repair_path(struct domain_attempt *attempt)
{
	size_t kept = strcspn(attempt->text, "/\\?#");

	if (kept == 0 || !attempt->text[kept])
		return false;
	attempt->text[kept] = '\0';
	return true;
}

static bool repair_user(struct domain_attempt *attempt)
{
	char *at = strrchr(attempt->text, '@');

	if (!at)
		return false;
	cut_front(attempt->text, (size_t)(at - attempt->text) + 1);
	return true;
}

static bool repair_missing_brackets(struct domain_attempt *attempt)
{
	char address[INET6_ADDRSTRLEN];
	const char *start = attempt->text + strspn(attempt->text, "[");
	size_t bytes = strcspn(start, "%]");

	if (start[bytes] == ']' && start[bytes + strspn(start + bytes, "]")])
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)bytes, start);
	if (!is_ipv6(address))
		return false;
	snprintf(attempt->text, sizeof(attempt->text), "[%s]", address);
	return true;
}

static bool repair_wrong_brackets(struct domain_attempt *attempt)
{
	char *end = strrchr(attempt->text, ']');

	if (attempt->text[0] != '[' || !end)
		return false;
	*end = '\0';
	if (strchr(attempt->text, ':')) {
		*end = ']';
		return false;
	}
	cut_front(end, 1);
	cut_front(attempt->text, 1);
	return true;
}

static bool repair_port(struct domain_attempt *attempt)
{
	char folded[DOMAIN_TEXT_BYTES];
	char *colon = domain_repair_port(attempt->text);
	char probe[16];

	if (!colon)
		return false;
	if (strlen(colon) < 8) {
		snprintf(probe, sizeof(probe), "a.b%s", colon);
		if (domain_fold(DOMAIN_ALLOW, probe, strlen(probe), folded))
			return false;
	}
	*colon = '\0';
	return true;
}

static bool repair_last_dot(struct domain_attempt *attempt)
{
	char *colon = domain_repair_port(attempt->text);
	char *end = colon ? colon : attempt->text + strlen(attempt->text);
	char *dots = end;

	while (dots > attempt->text && dots[-1] == '.')
		dots--;
	if (dots == end || dots == attempt->text || dots[-1] == '*')
		return false;
	cut_front(dots, (size_t)(end - dots));
	return true;
}

static bool repair_first_dot(struct domain_attempt *attempt)
{
	size_t dots = strspn(attempt->text, ".");

	if (dots == 0 || !attempt->text[dots])
		return false;
	put(attempt, "*.", attempt->text + dots);
	return true;
}

static bool repair_double_dot(struct domain_attempt *attempt)
{
	char *dots = strstr(attempt->text, "..");

	if (!dots)
		return false;
	while ((dots = strstr(attempt->text, "..")))
		cut_front(dots, 1);
	return true;
}

static bool repair_missing_dot(struct domain_attempt *attempt)
{
	const char *next = attempt->text + 1;

	if (attempt->text[0] != '*' || (!isalnum((unsigned char)*next) && *next != '_'))
		return false;
	if (strchr(attempt->text + 1, '*'))
		return false;
	put(attempt, "*.", attempt->text + 1);
	return true;
}

static bool repair_double_star(struct domain_attempt *attempt)
{
	size_t stars = strspn(attempt->text, "*.");

	if (stars < 3 || attempt->text[stars - 1] != '.' || !attempt->text[stars])
		return false;
	put(attempt, "*.", attempt->text + stars);
	return true;
}

static bool repair_inner_star(struct domain_attempt *attempt)
{
	char *star = strrchr(attempt->text, '*');
	char *dot = star ? strchr(star, '.') : NULL;

	if (!dot || star == attempt->text || isdigit((unsigned char)attempt->text[0]))
		return false;
	put(attempt, "*", dot);
	return true;
}

static bool repair_unicode(struct domain_attempt *attempt)
{
	bool below = strncmp(attempt->text, "*.", 2) == 0;
	const char *name = attempt->text + (below ? 2 : 0);
	char *colon = domain_repair_port(attempt->text);
	char port[16] = "";
	char *ascii = NULL;

	for (const char *c = name;; c++) {
		if (!*c)
			return false;
		if ((unsigned char)*c >= 0x80)
			break;
	}
	if (colon) {
		snprintf(port, sizeof(port), "%s", colon);
		*colon = '\0';
	}
	if (idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
		if (colon)
			*colon = ':';
		return false;
	}
	put(attempt, below ? "*." : "", ascii);
	strncat(attempt->text, port, sizeof(attempt->text) - strlen(attempt->text) - 1);
	idn2_free(ascii);
	return true;
}

static bool repair_address_shorthand(struct domain_attempt *attempt)
{
	char *colon = domain_repair_port(attempt->text);
	char full[INET_ADDRSTRLEN + 16];
	struct in_addr address;
	bool found;

	if (colon)
		*colon = '\0';
	found = !is_ipv4(attempt->text) && domain_address_spells(attempt->text, &address) &&
		inet_ntop(AF_INET, &address, full, INET_ADDRSTRLEN);
	if (colon)
		*colon = ':';
	if (!found)
		return false;
	if (colon)
		snprintf(full + strlen(full), 16, "%.12s", colon);
	put(attempt, "", full);
	return true;
}

const struct domain_repair domain_repairs[] = {
	{ repair_blanks, "blanks around a host are never matched" },
	{ repair_scheme, "an entry is a host, without a scheme" },
	{ repair_path, "an entry is a host, without a path" },
	{ repair_user, "an entry is a host, without a user" },
	{ repair_missing_brackets, "an IPv6 address stands in one pair of brackets" },
	{ repair_wrong_brackets, "brackets are for IPv6 addresses alone" },
	{ repair_port, "a port is a number from 1 to 65535, and none stands for every port" },
	{ repair_unicode, "requests carry a name's ASCII (xn--) form" },
	{ repair_last_dot, "a name has no dot at its end" },
	{ repair_first_dot,
		"a name cannot start with a dot, and all hosts below it are a wildcard" },
	{ repair_double_dot, "a label between two dots is empty" },
	{ repair_double_star, "one star matches any number of labels" },
	{ repair_missing_dot, "a wildcard needs a dot behind the star" },
	{ repair_inner_star,
		"a star can only be the whole first label, and then stands for any number" },
	{ repair_address_shorthand, "requests carry the full form of an IPv4 address" },
};
const size_t domain_repair_count = COUNT(domain_repairs);
