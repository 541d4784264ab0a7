#include "agent/check.h"

#include "agent/domain.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SANDBOX     AT_KEY(AT_KEY(NULL, "spec"), "sandbox")
#define SHOWN_BYTES 100

/* A list of domains under check. `entries` maps each folded entry to the number of the first one. */
struct domains {
	const struct check *check;
	enum domain_list kind;
	const char *key;
	struct json_view list;
	size_t *numbers; /* 0, 1, 2 ...: what the map points to */
	struct map entries;
	size_t wildcards; /* of these */
	struct map old; /* what stood in the list before, as it was written */
};

static void remember(const struct check *check, struct map *map, const char *key, void *value)
{
	if (!map_get(map, key) && !map_put(map, key, value, NULL, NULL))
		check->findings->failed = true;
}

/* The number of an entry, -1 when it is not there. */
static long number_of(const struct map *entries, const char *key)
{
	const size_t *number = map_get(entries, key);

	return number ? (long)*number : -1;
}

static void remember_old(struct domains *domains)
{
	json_foreach (
		entry, json_dig(domains->check->old_spec, "sandbox", "network", domains->key)) {
		if (json_text(entry, NULL))
			remember(domains->check, &domains->old, json_text(entry, NULL), domains);
	}
}

static void refuse_entry(enum check_id id, struct domains *domains, const char *text,
	const struct path *at, const char *says)
{
	struct findings *findings = domains->check->findings;

	if (map_get(&domains->old, text))
		check_warn(id, findings, at,
			"\"%.*s\": %s (it stood here before, so it is only left out)", SHOWN_BYTES,
			text, says);
	else
		check_refuse(
			id, findings, FINDING_INVALID, at, "\"%.*s\": %s", SHOWN_BYTES, text, says);
}

static void read_domains(struct domains *domains)
{
	const struct path *at = AT_KEY(AT_KEY(SANDBOX, "network"), domains->key);
	char folded[DOMAIN_TEXT_BYTES];
	size_t i = 0;

	json_foreach (entry, domains->list) {
		const struct path *place = AT_INDEX(at, i);
		struct error mistake;
		size_t bytes;
		const char *text = json_text(entry, &bytes);

		if (text && domain_check(domains->kind, text, bytes, NULL, folded, &mistake)) {
			domains->numbers[i] = i;
			remember(domains->check, &domains->entries, folded, &domains->numbers[i]);
			domains->wildcards += strncmp(folded, "*.", 2) == 0;
		} else if (text)
			refuse_entry(CHECK_DOMAINS, domains, text, place, mistake.text);
		i++;
	}
}

/* The index of the entry "STAR NAME" or, for requests to `port` (":443"; "" = every port), "STAR NAME PORT"; -1 when there is none. */
static long find_host(const struct map *entries, const char *star, const char *name,
	size_t name_bytes, const char *port)
{
	char key[DOMAIN_TEXT_BYTES + 2];
	char *end = mempcpy(stpcpy(key, star), name, name_bytes);
	long found;

	*end = '\0';
	found = number_of(entries, key);
	if (found < 0 && *port) {
		stpcpy(end, port);
		found = number_of(entries, key);
	}
	return found;
}

/* The index of a wildcard of the list that matches all that `name` stands for, -1 when there is none. */
static long find_wildcard(const struct domains *domains, const char *name, size_t name_bytes,
	const char *port, long self)
{
	const char *end = name + name_bytes;
	const char *dot;
	long found;

	if (!domains->wildcards || name[0] == '[' || strspn(name, "0123456789.") >= name_bytes)
		return -1; /* wildcards never match addresses */
	name += strncmp(name, "*.", 2) == 0 ? 2 : 0;
	while ((dot = memchr(name, '.', (size_t)(end - name)))) {
		name = dot + 1;
		found = find_host(&domains->entries, "*.", name, (size_t)(end - name), port);
		if (found >= 0 && found != self)
			return found;
	}
	return -1;
}

/* The index of an entry of the list that matches all that `folded` matches and is not `self`; -1 when there is none. */
static long find_cover(const struct domains *domains, const char *folded, long self)
{
	const char *port = strrchr(folded, ':');
	size_t host_bytes;
	long found;

	if (!port || strchr(port, ']'))
		port = folded + strlen(folded);
	host_bytes = (size_t)(port - folded);
	if (*port || self < 0) {
		found = find_host(&domains->entries, "", folded, host_bytes, port);
		if (found >= 0 && found != self)
			return found;
	}
	if (domains->kind == DOMAIN_DENY) {
		found = find_host(&domains->entries, "*", "", 0, port);
		if (found >= 0 && found != self)
			return found;
	}
	return find_wildcard(domains, folded, host_bytes, port, self);
}

static void warn_of_overlap(const struct domains *domains, const struct domains *denied,
	const char *text, const char *folded, size_t i, const struct path *at)
{
	struct findings *findings = domains->check->findings;
	long first = number_of(&domains->entries, folded);
	long cover = find_cover(domains, folded, (long)i);

	if (first >= 0 && first != (long)i)
		check_warn(CHECK_DOMAIN_OVERLAP, findings, at,
			"\"%.*s\": %s[%ld] says the same: leave one out", SHOWN_BYTES, text,
			domains->key, first);
	else if (cover >= 0)
		check_warn(CHECK_DOMAIN_OVERLAP, findings, at,
			"\"%.*s\": %s[%ld] covers it: leave it out", SHOWN_BYTES, text,
			domains->key, cover);
	cover = denied && denied->entries.count ? find_cover(denied, folded, -1) : -1;
	if (cover >= 0)
		check_warn(CHECK_DOMAIN_OVERLAP, findings, at,
			"\"%.*s\": deniedDomains[%ld] refuses it, and a refusal always wins",
			SHOWN_BYTES, text, cover);
}

static void warn_of_address(
	const struct domains *domains, const char *text, const char *folded, const struct path *at)
{
	struct findings *findings = domains->check->findings;

	if (domain_is_metadata_address(folded))
		check_warn(CHECK_DOMAIN_ADDRESS, findings, at,
			"\"%.*s\": this is a cloud's metadata service, which hands out the "
			"machine's "
			"credentials",
			SHOWN_BYTES, text);
	else if (domain_is_unproxied_address(folded))
		check_warn(CHECK_DOMAIN_ADDRESS, findings, at,
			"\"%.*s\": most clients contact such addresses without the sandbox's proxy "
			"and do "
			"not reach them: list the host's name",
			SHOWN_BYTES, text);
}

static void judge_public_suffix(
	struct domains *domains, const char *text, const char *folded, const struct path *at)
{
	static const char says[] = "everybody can own a host below this public suffix: list the "
				   "hosts or domains you mean";

	if (!domain_is_public_suffix_wildcard(folded))
		return;
	if (domains->check->policy && domains->check->policy->refuse_public_suffix_wildcards)
		refuse_entry(CHECK_PUBLIC_SUFFIX, domains, text, at, says);
	else
		check_warn(CHECK_PUBLIC_SUFFIX, domains->check->findings, at, "\"%.*s\": %s",
			SHOWN_BYTES, text, says);
}

static void judge_domains(struct domains *domains, const struct domains *denied)
{
	const struct path *at = AT_KEY(AT_KEY(SANDBOX, "network"), domains->key);
	char folded[DOMAIN_TEXT_BYTES];
	size_t i = 0;

	json_foreach (entry, domains->list) {
		const struct path *place = AT_INDEX(at, i);
		size_t bytes;
		const char *text = json_text(entry, &bytes);

		if (text && domain_fold(domains->kind, text, bytes, folded)) {
			warn_of_overlap(domains, denied, text, folded, i, place);
			if (domains->kind == DOMAIN_ALLOW) {
				warn_of_address(domains, text, folded, place);
				judge_public_suffix(domains, text, folded, place);
			}
		}
		i++;
	}
}

static void check_domains(const struct check *check)
{
	struct json_view network = json_dig(check->spec, "sandbox", "network");
	struct domains denied = { .check = check, .kind = DOMAIN_DENY, .key = "deniedDomains" };
	struct domains allowed = { .check = check, .kind = DOMAIN_ALLOW, .key = "allowedDomains" };
	struct domains *lists[] = { &allowed, &denied };

	for (size_t i = 0; i < COUNT(lists); i++) {
		lists[i]->list = json_get(network, lists[i]->key);
		lists[i]->numbers =
			calloc(json_count(lists[i]->list) + 1, sizeof(*lists[i]->numbers));
		if (!lists[i]->numbers) {
			check->findings->failed = true;
			continue;
		}
		remember_old(lists[i]);
		read_domains(lists[i]);
	}
	judge_domains(&allowed, &denied);
	judge_domains(&denied, NULL);
	for (size_t i = 0; i < COUNT(lists); i++) {
		map_fini(&lists[i]->entries);
		map_fini(&lists[i]->old);
		free(lists[i]->numbers);
	}
}

void check_sandbox(const struct check *check)
{
	check_domains(check);
	check_files(check);
}
