#include "agent/rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PLACE_BYTES 256

/* A place in the table: "spec.skills.gitRefs[]". */
struct place {
	char text[PLACE_BYTES];
	size_t bytes;
	enum rule_version version;
};

static bool is_below(const struct rule *rule, const struct place *place)
{
	return (rule->versions & place->version) &&
	       strncmp(rule->at, place->text, place->bytes) == 0 && rule->at[place->bytes] == '.';
}

static bool is_open(const struct place *place)
{
	bool has_members = false;

	for (size_t i = 0; i < agent_rule_count; i++) {
		const struct rule *rule = &agent_rules[i];

		if (rule->kind == RULE_OPEN && strcmp(rule->at, place->text) == 0)
			return true;
		has_members |= is_below(rule, place);
	}
	return !has_members;
}

/* The key of a row right below the place, not terminated. */
static const char *key_of(const struct rule *rule, const struct place *place, size_t *bytes)
{
	const char *key = rule->at + place->bytes + 1;

	*bytes = strcspn(key, ".[");
	return key;
}

static bool is_known(const struct place *place, const char *key)
{
	for (size_t i = 0; i < agent_rule_count; i++) {
		const char *known;
		size_t bytes;

		if (!is_below(&agent_rules[i], place))
			continue;
		known = key_of(&agent_rules[i], place, &bytes);
		if (strlen(key) == bytes && memcmp(known, key, bytes) == 0)
			return true;
	}
	return false;
}

/* True when one insertion, removal or change of a character, or letter case, makes them equal. */
static bool is_close(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	size_t same = 0, tail = 0, shorter = a_bytes < b_bytes ? a_bytes : b_bytes;

	if (a_bytes == b_bytes && strncasecmp(a, b, a_bytes) == 0)
		return true;
	while (same < shorter && a[same] == b[same])
		same++;
	while (tail < shorter - same && a[a_bytes - 1 - tail] == b[b_bytes - 1 - tail])
		tail++;
	return a_bytes - same - tail <= 1 && b_bytes - same - tail <= 1;
}

static void refuse(const struct place *place, const char *key, const struct path *at,
	struct findings *findings)
{
	for (size_t i = 0; i < agent_rule_count; i++) {
		size_t bytes;
		const char *known;

		if (!is_below(&agent_rules[i], place))
			continue;
		known = key_of(&agent_rules[i], place, &bytes);
		if (!is_close(key, strlen(key), known, bytes))
			continue;
		findings_refuse(findings, FINDING_UNSUPPORTED, at,
			"there is no such field: write \"%.*s\"", (int)bytes, known);
		return;
	}
	findings_refuse(findings, FINDING_UNSUPPORTED, at, "there is no such field: remove it");
}

static struct place step(const struct place *place, const char *separator, const char *key)
{
	struct place next = { .version = place->version };
	int wrote = snprintf(next.text, sizeof(next.text), "%s%s%s", place->text, separator, key);

	next.bytes = wrote > 0 && (size_t)wrote < sizeof(next.text) ? (size_t)wrote : 0;
	return next;
}

static void look_into(const struct place *place, struct json_view v, const struct path *at,
	struct findings *findings);

static void look_at_members(const struct place *place, struct json_view object,
	const struct path *at, struct findings *findings)
{
	json_foreach_member (member, object) {
		const char *key = json_key(member, NULL);
		const struct path *here = AT_KEY(at, key);

		if (is_known(place, key)) {
			struct place next = step(place, ".", key);

			look_into(&next, member, here, findings);
		} else {
			refuse(place, key, here, findings);
		}
	}
}

static void look_into(const struct place *place, struct json_view v, const struct path *at,
	struct findings *findings)
{
	struct place items;
	size_t i = 0;

	if (!place->bytes || findings_are_full(findings))
		return;
	if (json_kind(v) == JSON_OBJECT && !is_open(place))
		look_at_members(place, v, at, findings);
	if (json_kind(v) != JSON_ARRAY)
		return;
	items = step(place, "[]", "");
	if (is_open(&items))
		return;
	json_foreach (item, v)
		look_into(&items, item, AT_INDEX(at, i++), findings);
}

void rules_check_unknown(
	struct json_view object, enum rule_version version, struct findings *findings)
{
	const struct place spec = { .text = "spec", .bytes = 4, .version = version };

	look_into(&spec, json_get(object, "spec"), AT_KEY(NULL, "spec"), findings);
}
