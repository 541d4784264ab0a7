#include "agent/rules.h"

#include <stdio.h>
#include <string.h>

#define KEY_BYTES 64

const char *rule_kind_name(enum rule_kind kind)
{
	static const char *const names[] = {
		[RULE_OBJECT] = "object",
		[RULE_LIST] = "list",
		[RULE_TEXT] = "string",
		[RULE_WHOLE] = "integer",
		[RULE_BOOL] = "boolean",
		[RULE_REQUIRED] = "required",
		[RULE_CHOICE] = "one of",
		[RULE_MIN_ITEMS] = "items at least",
		[RULE_MAX_ITEMS] = "items at most",
		[RULE_MIN] = "at least",
		[RULE_MIN_LENGTH] = "length at least",
		[RULE_MAX_LENGTH] = "length at most",
		[RULE_PREFIX] = "starts with",
		[RULE_URI] = "URI",
		[RULE_NOT_WITH] = "not together with",
		[RULE_OPEN] = "open",
	};

	return names[kind];
}

static bool has_type(enum rule_kind kind, struct json_view v)
{
	switch (kind) {
	case RULE_OBJECT:
		return json_kind(v) == JSON_OBJECT;
	case RULE_LIST:
		return json_kind(v) == JSON_ARRAY;
	case RULE_TEXT:
		return json_kind(v) == JSON_STRING;
	case RULE_BOOL:
		return json_kind(v) == JSON_BOOL;
	default:
		return json_is_whole(v); /* check_numbers refuses what is beyond 64 bits */
	}
}

static bool is_choice(const char *text, const char *choices)
{
	size_t bytes = strlen(text);

	for (const char *word = choices; *word; word += strcspn(word, " "), word += *word == ' ')
		if (bytes == strcspn(word, " ") && strncmp(word, text, bytes) == 0)
			return true;
	return false;
}

/* "scheme:rest" or "/path", without blanks and control characters. */
static bool is_uri(const char *text)
{
	size_t scheme =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return text[0] == '/' || (scheme > 0 && text[scheme] == ':' && text[scheme + 1]);
}

static void check_type(const struct rule *rule, struct json_view v, const struct path *at,
	struct findings *findings)
{
	static const char *const must[] = {
		[RULE_OBJECT] = "must be an object",
		[RULE_LIST] = "must be a list",
		[RULE_TEXT] = "must be a string: put quotes around it",
		[RULE_WHOLE] = "must be a whole number",
		[RULE_BOOL] = "must be true or false",
	};

	if (json_is_present(v) && !has_type(rule->kind, v))
		findings_refuse(findings, FINDING_TYPE, at, "%s%s",
			rule->says ? rule->says : must[rule->kind],
			json_kind(v) == JSON_NUMBER && rule->kind == RULE_WHOLE
				? ": write it without a point or an exponent"
				: "");
}

static void check_text(const struct rule *rule, struct json_view v, const struct path *at,
	struct findings *findings)
{
	size_t bytes;
	const char *text = json_text(v, &bytes);

	if (!text)
		return;
	if (rule->kind == RULE_CHOICE && !is_choice(text, rule->with))
		findings_refuse(findings, FINDING_UNSUPPORTED, at, "\"%.80s\": must be %s", text,
			rule->says ? rule->says : rule->with);
	else if (rule->kind == RULE_MIN_LENGTH && bytes < (size_t)rule->limit)
		findings_refuse(findings, FINDING_INVALID, at, "%s",
			rule->says ? rule->says : "must not be empty");
	else if (rule->kind == RULE_MAX_LENGTH && bytes > (size_t)rule->limit)
		findings_refuse(findings, FINDING_TOO_LONG, at,
			"may have at most %ld characters, and has %zu", rule->limit, bytes);
	else if (rule->kind == RULE_PREFIX &&
		 (strncmp(text, rule->with, strlen(rule->with)) != 0 || !text[strlen(rule->with)]))
		findings_refuse(findings, FINDING_INVALID, at, "\"%.80s\": must start with %s%s%s",
			text, rule->with, rule->says ? ": " : "", rule->says ? rule->says : "");
	else if (rule->kind == RULE_URI && !is_uri(text))
		findings_refuse(findings, FINDING_INVALID, at, "\"%.80s\": %s", text, rule->says);
}

static void check_count(const struct rule *rule, struct json_view v, const struct path *at,
	struct findings *findings)
{
	size_t count = json_count(v);

	if (json_kind(v) != JSON_ARRAY)
		return;
	if (rule->kind == RULE_MIN_ITEMS && count < (size_t)rule->limit)
		findings_refuse(findings, FINDING_INVALID, at, "%s", rule->says);
	if (rule->kind == RULE_MAX_ITEMS && count > (size_t)rule->limit)
		findings_refuse(findings, FINDING_TOO_MANY, at,
			"may have at most %ld items, and has %zu%s%s", rule->limit, count,
			rule->says ? ": " : "", rule->says ? rule->says : "");
}

static void check_field(const struct rule *rule, struct json_view parent, struct json_view v,
	const struct path *at, struct findings *findings)
{
	int64_t number;

	switch (rule->kind) {
	case RULE_OBJECT:
	case RULE_LIST:
	case RULE_TEXT:
	case RULE_WHOLE:
	case RULE_BOOL:
		check_type(rule, v, at, findings);
		break;
	case RULE_REQUIRED:
		if (json_kind(parent) == JSON_OBJECT && !json_is_present(v))
			findings_refuse(findings, FINDING_REQUIRED, at, "%s",
				rule->says ? rule->says : "is required");
		break;
	case RULE_MIN_ITEMS:
	case RULE_MAX_ITEMS:
		check_count(rule, v, at, findings);
		break;
	case RULE_MIN:
		if (json_int64(v, &number) && number < rule->limit)
			findings_refuse(findings, FINDING_INVALID, at, "%lld: must be at least %ld",
				(long long)number, rule->limit);
		break;
	case RULE_OPEN:
		break;
	case RULE_NOT_WITH:
		if (json_is_present(v) && json_is_present(json_get(parent, rule->with)))
			findings_refuse(findings, FINDING_FORBIDDEN, at, "%s", rule->says);
		break;
	default:
		check_text(rule, v, at, findings);
	}
}

/*
 * Goes down from `parent` along `rest` of the rule's path. Returns 0, or the bytes of the path up to a key that is absent: in every item
 * where there are several, and the one furthest down then.
 */
static size_t follow(const struct rule *rule, const char *rest, struct json_view parent,
	const struct path *up, struct findings *findings)
{
	char key[KEY_BYTES];
	size_t bytes = strcspn(rest, ".[");
	size_t here = (size_t)(rest - rule->at) + bytes;
	const struct path *at = AT_KEY(up, key);
	struct json_view v = json_get_bytes(parent, rest, bytes);
	size_t deepest = 0, i = 0;
	bool found = false;

	memcpy(key, rest, bytes);
	key[bytes] = '\0';
	rest += bytes;
	if (!*rest) {
		check_field(rule, parent, v, at, findings);
		return json_is_present(v) ? 0 : here;
	}
	if (*rest == '.')
		return json_kind(v) == JSON_OBJECT ? follow(rule, rest + 1, v, at, findings) : here;
	if (json_kind(v) != JSON_ARRAY || !json_count(v))
		return here;
	json_foreach (item, v) {
		const struct path *place = AT_INDEX(at, i++);
		size_t absent = 0;

		if (rest[2])
			absent = follow(rule, rest + 3, item, place, findings);
		else
			check_field(rule, v, item, place, findings);
		found |= !absent;
		deepest = absent > deepest ? absent : deepest;
	}
	return found ? 0 : deepest;
}

void rules_check(struct json_view object, enum rule_version version, struct findings *findings)
{
	const char *absent =
		NULL; /* a path, of so many bytes, below which there is nothing to check */
	size_t absent_bytes = 0;

	for (size_t i = 0; i < agent_rule_count; i++) {
		const struct rule *rule = &agent_rules[i];

		if (!(rule->versions & version))
			continue;
		if (absent_bytes && strncmp(rule->at, absent, absent_bytes) == 0 &&
			(rule->at[absent_bytes] == '.' || rule->at[absent_bytes] == '['))
			continue;
		absent = rule->at;
		absent_bytes = follow(rule, rule->at, object, NULL, findings);
	}
}
