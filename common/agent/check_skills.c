#include "agent/check.h"
#include "agent/skill.h"

#include "base/map.h"

#include <stdio.h>
#include <string.h>

#define SKILLS AT_KEY(AT_KEY(NULL, "spec"), "skills")

/* The folders that are taken, by name; the value is the place of the first skill that takes it. */
struct folders {
	const struct check *check;
	struct map taken;
};

static void check_folder(struct folders *folders, const char *name, const char *shown,
	const struct path *at, const char *repair)
{
	struct findings *findings = folders->check->findings;
	void *previous = NULL;

	if (!name[0])
		check_refuse(CHECK_SKILL_FOLDERS, findings, FINDING_INVALID, at,
			"\"%.120s\": no folder name can be made of it: %s", shown, repair);
	else if (!skill_name_is_valid(name))
		check_refuse(CHECK_SKILL_FOLDERS, findings, FINDING_INVALID, at,
			"\"%.120s\": \"%.80s\" is no folder name (letters, digits, \".\", \"_\" "
			"and \"-\" "
			"are): %s",
			shown, name, repair);
	else if (!map_put(&folders->taken, name, folders, &previous, NULL))
		findings->failed = true;
	else if (previous)
		check_refuse(CHECK_SKILL_FOLDERS, findings, FINDING_DUPLICATE, at,
			"\"%.120s\": an earlier skill has the folder \"%.80s\" already: %s", shown,
			name, repair);
}

static void check_git_path(
	const struct check *check, struct json_view git_ref, const struct path *place)
{
	const char *path = json_text_or(json_get(git_ref, "path"), "");

	if (!skill_path_is_inside(path))
		check_refuse(CHECK_GIT_PATH, check->findings, FINDING_INVALID,
			AT_KEY(place, "path"),
			"\"%.120s\": must stay inside the repository: no leading \"/\" and no "
			"\"..\" that "
			"leads out",
			path);
}

static void check_git_refs(struct folders *folders, struct json_view skills)
{
	const struct path *at = AT_KEY(SKILLS, "gitRefs");
	char name[SKILL_NAME_BYTES];
	size_t i = 0;

	json_foreach (git_ref, json_get(skills, "gitRefs")) {
		const struct path *place = AT_INDEX(at, i++);
		const char *url = json_text(json_get(git_ref, "url"), NULL);
		bool is_named = json_text_or(json_get(git_ref, "name"), "")[0] != '\0';

		if (!url)
			continue; /* the rule table says that it is needed */
		check_git_path(folders->check, git_ref, place);
		if (!skill_git_name(git_ref, name))
			memcpy(name, "/", 2);
		check_folder(folders, name,
			is_named ? json_text_or(json_get(git_ref, "name"), "") : url,
			is_named ? AT_KEY(place, "name") : place, "write another name");
	}
}

static void check_oci_refs(struct folders *folders, struct json_view skills)
{
	const struct path *at = AT_KEY(SKILLS, "refs");
	char name[SKILL_NAME_BYTES];
	size_t i = 0;

	json_foreach (ref, json_get(skills, "refs")) {
		const struct path *place = AT_INDEX(at, i++);
		const char *text = json_text(ref, NULL);

		if (!text)
			continue;
		if (strstr(text, "://")) {
			check_refuse(CHECK_SKILL_SCHEME, folders->check->findings, FINDING_INVALID,
				place, "\"%.120s\": an image has no scheme: write \"%.120s\"", text,
				strstr(text, "://") + 3);
			continue;
		}
		if (!skill_oci_name(text, name))
			memcpy(name, "/", 2);
		check_folder(
			folders, name, text, place, "give the image a repository name of its own");
	}
}

void check_skills(const struct check *check)
{
	struct json_view skills = json_get(check->spec, "skills");
	struct folders folders = { .check = check };

	if (json_kind(skills) != JSON_OBJECT)
		return;
	if (!json_is_present(json_get(skills, "refs")) &&
		!json_is_present(json_get(skills, "gitRefs")))
		check_warn(CHECK_NO_SKILL, check->findings, SKILLS,
			"names no skill: add refs or gitRefs, or leave it out");
	if (json_count(json_get(skills, "s3Refs")))
		check_warn(CHECK_S3_SKILLS, check->findings, AT_KEY(SKILLS, "s3Refs"),
			"is kept but not fetched here: use refs or gitRefs");
	check_git_refs(&folders, skills);
	check_oci_refs(&folders, skills);
	map_fini(&folders.taken);
}
