/*
 * The grammar of allowedDomains and deniedDomains entries: what srt accepts and can match, nothing else.
 *   entry = host [":" port]; host = "localhost" / name / "*." name / ipv4 / "[" ipv6 "]"; deny also "*" [":" port]
 * Pure. Any thread. Source: srt's own rule, narrowed as its facts advise (two or more labels of [a-z0-9_-], case folded, ...).
 */
#ifndef AGENT_DOMAIN_H
#define AGENT_DOMAIN_H

#include "base/error.h"

enum domain_list { DOMAIN_ALLOW, DOMAIN_DENY };

#define DOMAIN_TEXT_BYTES 320

/*
 * Checks one entry. On success `folded` holds it as it is to be written for srt (lower case). On failure `err` (ERR_INVALID) says the
 * mistake and what to write instead: "a wildcard needs a dot behind the star: write \"*.example.com\"". `at` names the entry.
 */
MUST_USE bool domain_check(enum domain_list list, const char *entry, size_t bytes,
	const struct path *at, char folded[DOMAIN_TEXT_BYTES], struct error *err);

/* The grammar alone: true, and `folded` filled, when the entry is in it. */
bool domain_fold(
	enum domain_list list, const char *entry, size_t bytes, char folded[DOMAIN_TEXT_BYTES]);

/* True when every request that `narrow` matches is matched by `wide` too (both folded). */
bool domain_covers(const char *wide, const char *narrow);
/* "*.co.uk", "*.github.io": a wildcard over a public suffix (libpsl). Folded entry. */
bool domain_is_public_suffix_wildcard(const char *folded);
/* An address inside srt's NO_PROXY ranges, which common clients contact directly and thus never reach. Folded entry. */
bool domain_is_unproxied_address(const char *folded);
bool domain_is_metadata_address(const char *folded); /* 169.254.169.254 and its like */

#endif
