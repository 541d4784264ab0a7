#include "skills/plan.h"

#include "base/file.h"
#include "base/text.h"

#include <string.h>

#define FILE_BYTES (1u << 20)
#define FOLDER     "/skills/"
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static const struct source {
	const char *list;
	const char *from;
	enum skill_source source;
} sources[] = {
	{ "gitRefs", "url", SKILL_GIT },
	{ "ociRefs", "image", SKILL_OCI },
	{ "s3Refs", "uri", SKILL_S3 },
};

void plan_fini(struct plan *plan)
{
	json_doc_free(plan->doc);
	free(plan->skills);
	*plan = (struct plan){ 0 };
}

static bool is_name(const char *name)
{
	return *name && strlen(name) < PLAN_NAME_BYTES && name[strspn(name, NAME_CHARS)] == '\0' &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool is_taken(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->skills[i].name, name) == 0)
			return true;
	return false;
}

static bool read_skill(struct plan *plan, const struct source *source, struct json_view entry,
	const struct path *at, struct error *err)
{
	const char *dest = json_text_or(json_get(entry, "dest"), "");
	struct skill skill = {
		.source = source->source,
		.from = json_text_or(json_get(entry, source->from), ""),
		.ref = json_text_or(json_get(entry, "ref"), "main"),
		.sub_path = json_text_or(json_get(entry, "subPath"), ""),
		.region = json_text_or(json_get(entry, "region"), ""),
	};

	if (!*skill.from)
		return error_set(err, ERR_INVALID, AT_KEY(at, source->from), "is missing");
	if (!text_starts_with(dest, FOLDER) || !is_name(dest + strlen(FOLDER)))
		return error_set(err, ERR_INVALID, AT_KEY(at, "dest"), "must be " FOLDER "<name>");
	skill.name = dest + strlen(FOLDER);
	if (is_taken(plan, skill.name))
		return error_set(err, ERR_INVALID, AT_KEY(at, "dest"), "%s is there twice", dest);
	plan->skills[plan->count++] = skill;
	return true;
}

static bool read_list(struct plan *plan, const struct source *source, struct error *err)
{
	struct json_view list = json_get(json_root(plan->doc), source->list);
	struct skill *more;
	size_t index = 0;

	if (json_is_present(list) && json_kind(list) != JSON_ARRAY)
		return error_set(err, ERR_INVALID, AT_KEY(NULL, source->list), "must be a list");
	if (!json_count(list))
		return true;
	more = realloc(plan->skills, (plan->count + json_count(list)) * sizeof(*more));
	if (!more)
		return error_no_memory(err);
	plan->skills = more;
	json_foreach (entry, list) {
		if (!read_skill(
			    plan, source, entry, AT_INDEX(AT_KEY(NULL, source->list), index), err))
			return false;
		index++;
	}
	return true;
}

static bool read_text(struct buffer *text, struct plan *plan, struct error *err)
{
	if (!json_doc_parse(text, NULL, &plan->doc, err))
		return false;
	if (json_kind(json_root(plan->doc)) != JSON_OBJECT)
		return error_set(err, ERR_INVALID, NULL, "must be an object");
	for (size_t i = 0; i < COUNT(sources); i++)
		if (!read_list(plan, &sources[i], err))
			return false;
	plan->insecure_oci = json_bool_or(json_get(json_root(plan->doc), "insecureOci"), false);
	plan->has_git_auth =
		*json_text_or(json_get(json_root(plan->doc), "authMountPath"), "") != '\0';
	return true;
}

bool plan_read(const char *path, struct plan *out, struct error *err)
{
	struct plan plan = { 0 };
	AUTO(buffer) struct buffer text = { 0 };

	if (!file_read(path, FILE_BYTES, &text, err))
		return false;
	if (!read_text(&text, &plan, err)) {
		plan_fini(&plan);
		return error_wrap(err, "%s", path);
	}
	*out = plan;
	return true;
}
