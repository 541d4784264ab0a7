#include "agent/stash.h"

#include <string.h>

const char *const stash_declarative_moved[] = { "env", "imageRegistry", NULL };
const char *const stash_byo_moved[] = { "image", "cmd", "args", "env", NULL };

bool stash_is_moved(const char *const *moved, const char *key)
{
	for (; *moved; moved++)
		if (strcmp(*moved, key) == 0)
			return true;
	return false;
}

const char *stash_implied_platform(struct json_view spec)
{
	return json_is_present(json_get(spec, "substrate")) ? "substrate" : "agent-sandbox";
}

/* --- reading: all or nothing --- */

static bool deployment_is_understood(struct json_view deployment, const char *const *moved)
{
	if (json_kind(deployment) != JSON_OBJECT)
		return false;
	json_foreach_member (member, deployment)
		if (stash_is_moved(moved, json_key(member, NULL)))
			return false;
	return true;
}

static bool declarative_member_is_understood(const char *key, struct json_view value)
{
	if (strcmp(key, "runtime") == 0)
		return json_kind(value) == JSON_STRING;
	if (strcmp(key, "executeCodeBlocks") == 0)
		return json_kind(value) == JSON_BOOL;
	return strcmp(key, "deployment") == 0 &&
	       deployment_is_understood(value, stash_declarative_moved);
}

static bool byo_member_is_understood(const char *key, struct json_view value)
{
	return strcmp(key, "deployment") == 0 && deployment_is_understood(value, stash_byo_moved);
}

static bool skills_member_is_understood(const char *key, struct json_view value)
{
	return strcmp(key, "initContainer") == 0 && json_kind(value) == JSON_OBJECT;
}

static bool members_are_understood(
	struct json_view object, bool (*is_understood)(const char *key, struct json_view value))
{
	if (json_kind(object) != JSON_OBJECT)
		return false;
	json_foreach_member (member, object)
		if (!is_understood(json_key(member, NULL), member))
			return false;
	return true;
}

static bool spec_member_is_understood(const char *key, struct json_view value)
{
	if (strcmp(key, "platform") == 0)
		return json_kind(value) == JSON_STRING;
	if (strcmp(key, "skills") == 0)
		return members_are_understood(value, skills_member_is_understood);
	if (strcmp(key, "declarative") == 0)
		return members_are_understood(value, declarative_member_is_understood);
	return strcmp(key, "byo") == 0 && members_are_understood(value, byo_member_is_understood);
}

static bool member_is_understood(const char *key, struct json_view value)
{
	if (strcmp(key, "v") == 0)
		return json_int64_or(value, 0) == 1;
	if (strcmp(key, "carried") == 0)
		return json_kind(value) == JSON_STRING;
	return strcmp(key, "spec") == 0 && members_are_understood(value, spec_member_is_understood);
}

void stash_fini(struct stash *stash)
{
	json_doc_free(stash->doc);
	*stash = (struct stash){ 0 };
}

void stash_read(const char *text, size_t bytes, struct stash *stash)
{
	const struct json_limits limits = { .depth = 256 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error ignored;

	*stash = (struct stash){ 0 };
	if (!text || !json_doc_copy(text, bytes, &limits, &doc, &ignored))
		return;
	if (!members_are_understood(json_root(doc), member_is_understood) ||
		!json_is_present(json_get(json_root(doc), "v")))
		return;
	stash->spec = json_get(json_root(doc), "spec");
	stash->carried = json_get(json_root(doc), "carried");
	stash->doc = take_json_doc(&doc);
}

/* --- writing: keys in ascending order, empty parts left out --- */

/* Opens `"key":{` for the first member of a part, and says whether it is open. */
struct part {
	struct buffer *out;
	size_t start; /* what a part without members is cut back to */
	bool has_members;
};

static struct part part_open(struct buffer *out, const char *comma, const char *key)
{
	struct part part = { .out = out, .start = out->bytes };

	buffer_printf(out, "%s\"%s\":{", comma, key);
	return part;
}

static void part_key(struct part *part, const char *key)
{
	buffer_printf(part->out, "%s\"%s\":", part->has_members ? "," : "", key);
	part->has_members = true;
}

static bool part_close(struct part *part)
{
	if (part->has_members)
		buffer_putc(part->out, '}');
	else if (!part->out->failed)
		part->out->bytes = part->start;
	return part->has_members;
}

static bool has_other_members(struct json_view object, const char *const *keys)
{
	json_foreach_member (member, object)
		if (!stash_is_moved(keys, json_key(member, NULL)))
			return true;
	return false;
}

/* The deployment without what has moved; nothing when only moved keys were there. An empty block is data. */
static void put_deployment(struct part *part, struct json_view deployment, const char *const *moved)
{
	if (json_kind(deployment) != JSON_OBJECT)
		return;
	if (json_count(deployment) && !has_other_members(deployment, moved))
		return;
	part_key(part, "deployment");
	json_write_canonical_without(part->out, deployment, moved);
}

static void put_canonical(struct part *part, const char *key, struct json_view value)
{
	part_key(part, key);
	json_write_canonical(part->out, value);
}

static bool put_byo(struct buffer *out, struct json_view byo)
{
	struct part part = part_open(out, "", "byo");

	put_deployment(&part, json_get(byo, "deployment"), stash_byo_moved);
	return part_close(&part);
}

static bool put_declarative(struct buffer *out, const char *comma, struct json_view declarative)
{
	struct part part = part_open(out, comma, "declarative");
	struct json_view code = json_get(declarative, "executeCodeBlocks");
	struct json_view runtime = json_get(declarative, "runtime");

	put_deployment(&part, json_get(declarative, "deployment"), stash_declarative_moved);
	if (json_kind(code) == JSON_BOOL)
		put_canonical(&part, "executeCodeBlocks", code);
	if (json_kind(runtime) == JSON_STRING && !json_text_is(runtime, "python"))
		put_canonical(&part, "runtime", runtime);
	return part_close(&part);
}

static bool put_skills(struct buffer *out, const char *comma, struct json_view skills)
{
	struct part part = part_open(out, comma, "skills");
	struct json_view container = json_get(skills, "initContainer");

	if (json_kind(container) == JSON_OBJECT)
		put_canonical(&part, "initContainer", container);
	return part_close(&part);
}

static bool put_spec(struct buffer *out, const char *comma, struct json_view spec)
{
	struct part part = part_open(out, comma, "spec");
	struct json_view platform = json_get(spec, "platform");

	part.has_members |= put_byo(out, json_get(spec, "byo"));
	part.has_members |=
		put_declarative(out, part.has_members ? "," : "", json_get(spec, "declarative"));
	if (json_kind(platform) == JSON_STRING &&
		!json_text_is(platform, stash_implied_platform(spec)))
		put_canonical(&part, "platform", platform);
	else if (json_kind(platform) == JSON_NONE && json_kind(spec) == JSON_OBJECT &&
		 strcmp(stash_implied_platform(spec), "agent-sandbox") != 0) {
		part_key(&part, "platform"); /* absent counts as agent-sandbox */
		buffer_puts(out, "\"agent-sandbox\"");
	}
	part.has_members |= put_skills(out, part.has_members ? "," : "", json_get(spec, "skills"));
	return part_close(&part);
}

void stash_write(
	struct buffer *out, struct json_view spec, const char *carried, size_t carried_bytes)
{
	size_t start = out->bytes;
	bool has_members = carried != NULL;

	buffer_putc(out, '{');
	if (carried) {
		buffer_puts(out, "\"carried\":");
		json_write_string(out, carried, carried_bytes);
	}
	has_members |= put_spec(out, has_members ? "," : "", spec);
	if (has_members)
		buffer_puts(out, ",\"v\":1}");
	else if (!out->failed)
		out->bytes = start;
}
