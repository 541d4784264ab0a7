/*
 * What one field of a SandboxAgent must be, as a table: a reviewer checks rows against the API, and the README's rule reference is
 * made from them. What a row cannot say is in the check_*.c files. Pure; any thread.
 */
#ifndef AGENT_RULES_H
#define AGENT_RULES_H

#include "agent/findings.h"

enum rule_kind {
	RULE_OBJECT, /* the JSON type that it must have */
	RULE_LIST,
	RULE_TEXT,
	RULE_WHOLE, /* whole number */
	RULE_BOOL,
	RULE_REQUIRED, /* when the parent is there */
	RULE_CHOICE, /* one of the words of `with`, which are separated by blanks */
	RULE_MIN_ITEMS,
	RULE_MAX_ITEMS,
	RULE_MIN,
	RULE_MIN_LENGTH, /* in bytes */
	RULE_MAX_LENGTH,
	RULE_PREFIX, /* starts with `with` and goes on */
	RULE_URI, /* an absolute URI or an absolute path */
	RULE_NOT_WITH, /* not together with its sibling `with` */
	RULE_OPEN, /* has members that are no business of this table */
};

enum rule_version { RULE_V1ALPHA2 = 1, RULE_V1ALPHA3 = 2, RULE_BOTH = 3 };

struct rule {
	const char *at; /* "spec.skills.gitRefs[].url"; [] = each item */
	enum rule_kind kind;
	long limit;
	const char *with;
	const char *says; /* what to write instead; NULL = what the kind says by itself */
	const char *source;
	enum rule_version versions; /* 0 = RULE_BOTH */
};

extern const struct rule agent_rules[];
extern const size_t agent_rule_count;

/* Applies the rows for `version` to `object`. */
void rules_check(struct json_view object, enum rule_version version, struct findings *findings);
/*
 * Refuses members of the spec that `version` does not have, as the API server does for kubectl apply. For files only: what is unknown
 * here may be known to a newer CRD.
 */
void rules_check_unknown(
	struct json_view object, enum rule_version version, struct findings *findings);
const char *rule_kind_name(enum rule_kind kind);

#endif
