#include "agent/domain.h"
#include "agent/domain_address.h"
#include "agent/domain_mistake.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES  253
#define LABEL_MAX_BYTES 63
#define PORT_MAX        65535
#define PORT_TEXT_BYTES 12

enum host_kind { HOST_EVERY, HOST_NAME, HOST_BELOW_NAME, HOST_ADDRESS };

/* An entry taken apart. `host` is lower case; for HOST_BELOW_NAME without the "*." before it. */
struct domain {
	enum host_kind kind;
	char host[NAME_MAX_BYTES + 1];
	unsigned port; /* 0 = every port */
	struct in6_addr address; /* HOST_ADDRESS; IPv4 as ::ffff:a.b.c.d, as srt compares them */
};

enum label_char { NO_LABEL_CHAR, EDGE_CHAR, INNER_CHAR };

/* Which characters a label has: all but the hyphen at its edges too. */
static enum label_char label_char(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
		return EDGE_CHAR;
	return c == '-' ? INNER_CHAR : NO_LABEL_CHAR;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The label at `text`: its bytes, or 0 when it is none. `numeric` when it has digits only. */
static size_t label_bytes(const char *text, bool *numeric)
{
	size_t bytes = 0;

	*numeric = true;
	for (; label_char(text[bytes]) != NO_LABEL_CHAR; bytes++)
		*numeric &= is_digit(text[bytes]);
	if (bytes == 0 || bytes > LABEL_MAX_BYTES || label_char(text[0]) != EDGE_CHAR ||
		label_char(text[bytes - 1]) != EDGE_CHAR)
		return 0;
	return bytes;
}

static bool name_is_valid(const char *name)
{
	const char *at = name;
	size_t labels = 0, bytes;
	bool numeric;

	for (;; at++) {
		bytes = label_bytes(at, &numeric);
		if (bytes == 0)
			return false;
		labels++;
		at += bytes;
		if (*at != '.')
			break;
	}
	return !*at && labels > 1 && !numeric && at - name <= NAME_MAX_BYTES;
}

/* What spells an address is none: requests arrive in its full form. Below a star there is no address. */
static bool is_whole_name(const char *text)
{
	struct in_addr ignored;

	return name_is_valid(text) && !domain_address_spells(text, &ignored);
}

static bool read_ipv4(const char *text, struct in6_addr *out)
{
	struct in_addr v4;

	if (!is_digit(text[0]) || inet_pton(AF_INET, text, &v4) != 1)
		return false;
	memset(out, 0, sizeof(*out));
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(&out->s6_addr[12], &v4, sizeof(v4));
	return true;
}

static bool read_port(const char *text, unsigned *out)
{
	size_t digits = strspn(text, "0123456789");
	unsigned port = 0;

	if (digits == 0 || digits > 5 || text[digits] || text[0] == '0')
		return false;
	for (size_t i = 0; i < digits; i++)
		port = port * 10 + (unsigned)(text[i] - '0');
	*out = port;
	return port <= PORT_MAX;
}

/* "[" ipv6 ["%" zone] "]" [":" port]; srt drops the zone, so do we. */
static bool read_bracketed(char *text, struct domain *out)
{
	char *end = strchr(text, ']');
	char *zone = strchr(text, '%');

	if (!end || (end[1] && (end[1] != ':' || !read_port(end + 2, &out->port))))
		return false;
	*end = '\0';
	if (zone && zone < end) {
		if (strspn(zone + 1, "abcdefghijklmnopqrstuvwxyz0123456789._~-") !=
			strlen(zone + 1))
			return false;
		*zone = '\0';
	}
	if (inet_pton(AF_INET6, text + 1, &out->address) != 1)
		return false;
	out->kind = HOST_ADDRESS;
	snprintf(out->host, sizeof(out->host), "[%.*s]", INET6_ADDRSTRLEN, text + 1);
	return true;
}

static bool read_host(enum domain_list list, const char *text, struct domain *out)
{
	if (list == DOMAIN_DENY && strcmp(text, "*") == 0) {
		out->kind = HOST_EVERY;
	} else if (read_ipv4(text, &out->address)) {
		out->kind = HOST_ADDRESS;
	} else if (strncmp(text, "*.", 2) == 0 && name_is_valid(text + 2)) {
		out->kind = HOST_BELOW_NAME;
		text += 2;
	} else if (strcmp(text, "localhost") == 0 || is_whole_name(text)) {
		out->kind = HOST_NAME;
	} else {
		return false;
	}
	memccpy(out->host, text, '\0', sizeof(out->host));
	return true;
}

static char low(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool domain_read(enum domain_list list, const char *entry, size_t bytes, struct domain *out)
{
	char text[DOMAIN_TEXT_BYTES];
	char *colon;

	*out = (struct domain){ 0 };
	if (bytes == 0 || bytes >= sizeof(text) || memchr(entry, '\0', bytes))
		return false;
	for (size_t i = 0; i < bytes; i++)
		text[i] = low(entry[i]);
	text[bytes] = '\0';
	if (text[0] == '[')
		return read_bracketed(text, out);
	colon = strchr(text, ':');
	if (colon) {
		if (!read_port(colon + 1, &out->port))
			return false;
		*colon = '\0';
	}
	return read_host(list, text, out);
}

bool domain_fold(
	enum domain_list list, const char *entry, size_t bytes, char folded[DOMAIN_TEXT_BYTES])
{
	struct domain domain;
	char *end;

	if (!domain_read(list, entry, bytes, &domain))
		return false;
	end = stpcpy(stpcpy(folded, domain.kind == HOST_BELOW_NAME ? "*." : ""), domain.host);
	if (domain.port)
		snprintf(end, PORT_TEXT_BYTES, ":%u", domain.port);
	return true;
}

bool domain_check(enum domain_list list, const char *entry, size_t bytes, const struct path *at,
	char folded[DOMAIN_TEXT_BYTES], struct error *err)
{
	char says[sizeof(err->text)];

	if (domain_fold(list, entry, bytes, folded))
		return true;
	domain_mistake_explain(list, entry, bytes, says, sizeof(says));
	return error_set(err, ERR_INVALID, at, "%s", says);
}

/* `*.example.com` matches what ends in ".example.com". */
static bool is_below(const char *host, const char *name)
{
	size_t host_bytes = strlen(host), name_bytes = strlen(name);

	return host_bytes > name_bytes && host[host_bytes - name_bytes - 1] == '.' &&
	       strcmp(host + host_bytes - name_bytes, name) == 0;
}

static bool host_covers(const struct domain *wide, const struct domain *narrow)
{
	switch (wide->kind) {
	case HOST_EVERY:
		return true;
	case HOST_ADDRESS:
		return narrow->kind == HOST_ADDRESS &&
		       memcmp(&wide->address, &narrow->address, sizeof(wide->address)) == 0;
	case HOST_NAME:
		return narrow->kind == HOST_NAME && strcmp(wide->host, narrow->host) == 0;
	case HOST_BELOW_NAME:
		return (narrow->kind == HOST_NAME && is_below(narrow->host, wide->host)) ||
		       (narrow->kind == HOST_BELOW_NAME &&
			       (strcmp(wide->host, narrow->host) == 0 ||
				       is_below(narrow->host, wide->host)));
	}
	return false;
}

bool domain_covers(const char *wide, const char *narrow)
{
	struct domain w, n;

	if (!domain_read(DOMAIN_DENY, wide, strlen(wide), &w) ||
		!domain_read(DOMAIN_DENY, narrow, strlen(narrow), &n))
		return false;
	return host_covers(&w, &n) && (w.port == 0 || w.port == n.port);
}

bool domain_is_public_suffix_wildcard(const char *folded)
{
	struct domain domain;

	return folded[0] == '*' && domain_read(DOMAIN_DENY, folded, strlen(folded), &domain) &&
	       domain.kind == HOST_BELOW_NAME && psl_builtin() &&
	       psl_is_public_suffix(psl_builtin(), domain.host);
}

/* A block of addresses. IPv4 blocks are written as mapped ones, as domain_read keeps them. */
struct address_block {
	const char *first;
	unsigned bits;
};

/* The value of NO_PROXY that srt gives every command. */
static const struct address_block unproxied[] = {
	{ "::ffff:127.0.0.1", 128 },
	{ "::1", 128 },
	{ "::ffff:169.254.0.0", 96 + 16 },
	{ "::ffff:10.0.0.0", 96 + 8 },
	{ "::ffff:172.16.0.0", 96 + 12 },
	{ "::ffff:192.168.0.0", 96 + 16 },
};

/* Where clouds hand out credentials: AWS, GCP, Azure; Azure's host; Alibaba; Oracle; AWS and GCP over IPv6. */
static const struct address_block metadata[] = {
	{ "::ffff:169.254.169.254", 128 },
	{ "::ffff:168.63.129.16", 128 },
	{ "::ffff:100.100.100.200", 128 },
	{ "::ffff:192.0.0.192", 128 },
	{ "fd00:ec2::254", 128 },
	{ "fd20:ce::254", 128 },
};

static bool block_holds(const struct address_block *block, const struct in6_addr *address)
{
	struct in6_addr first;
	unsigned bytes = block->bits / 8, rest = block->bits % 8;

	if (inet_pton(AF_INET6, block->first, &first) != 1 || memcmp(&first, address, bytes) != 0)
		return false;
	return !rest || (first.s6_addr[bytes] ^ address->s6_addr[bytes]) >> (8 - rest) == 0;
}

static bool is_in(const char *folded, const struct address_block *blocks, size_t count)
{
	struct domain domain;

	if ((!is_digit(folded[0]) && folded[0] != '[') ||
		!domain_read(DOMAIN_DENY, folded, strlen(folded), &domain) ||
		domain.kind != HOST_ADDRESS)
		return false;
	for (size_t i = 0; i < count; i++)
		if (block_holds(&blocks[i], &domain.address))
			return true;
	return false;
}

bool domain_is_unproxied_address(const char *folded)
{
	return is_in(folded, unproxied, COUNT(unproxied)) ||
	       (strncmp(folded, "localhost", 9) == 0 && (!folded[9] || folded[9] == ':'));
}

bool domain_is_metadata_address(const char *folded)
{
	return is_in(folded, metadata, COUNT(metadata));
}
