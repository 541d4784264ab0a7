#include "agent/skill.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *spec, *url, *path, *name, *folder;
} git_refs[] = {
	{ "the repository's last part", "https://x.example/org/curl.git", "", "", "curl" },
	{ "no suffix, a slash at the end", "https://x.example/org/curl/", "", "", "curl" },
	{ "query and fragment do not count", "https://x.example/org/curl.git?a=b/c#d", "", "",
		"curl" },
	{ "an address as for scp", "git@x.example:curl.git", "", "", "curl" },
	{ "the path's last part comes first", "https://x.example/org/all", "/skills/curl/", "",
		"curl" },
	{ "a name comes before all", "https://x.example/org/all", "skills/curl", "  mine ",
		"mine" },
	{ "nothing is left", "https://x.example/.git", "", "", "" },
};

START_TEST(git_skills_have_names)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	char name[SKILL_NAME_BYTES];

	buffer_printf(&text, "{\"url\":\"%s\",\"path\":\"%s\",\"name\":\"%s\"}", git_refs[_i].url,
		git_refs[_i].path, git_refs[_i].name);
	ck_assert(json_doc_parse(&text, NULL, &doc, NULL));
	ck_assert(skill_git_name(json_root(doc), name));
	ck_assert_msg(strcmp(name, git_refs[_i].folder) == 0, "%s: %s", git_refs[_i].spec, name);
}
END_TEST

static const struct {
	const char *ref, *name;
} oci_refs[] = {
	{ "curl", "curl" },
	{ "curl:1", "curl" },
	{ "r.example:5000/curl", "curl" },
	{ "r.example:5000/org/curl:1.2@sha256:abc", "curl" },
	{ "r.example/org/", "" },
};

START_TEST(oci_skills_have_names)
{
	char name[SKILL_NAME_BYTES];

	ck_assert(skill_oci_name(oci_refs[_i].ref, name));
	ck_assert_msg(strcmp(name, oci_refs[_i].name) == 0, "%s: %s", oci_refs[_i].ref, name);
}
END_TEST

static const struct {
	const char *path;
	bool is_inside;
} paths[] = {
	{ "", true },
	{ ".", true },
	{ "a/b/", true },
	{ "a/../b", true },
	{ "a/./..", true },
	{ "..a/b..", true },
	{ "..", false },
	{ "../a", false },
	{ "a/../../b", false },
	{ "a/./../..", false },
	{ "/a", false },
};

START_TEST(paths_stay_inside)
{
	ck_assert_msg(
		skill_path_is_inside(paths[_i].path) == paths[_i].is_inside, "%s", paths[_i].path);
}
END_TEST

START_TEST(names_are_file_names)
{
	char long_ref[400], name[SKILL_NAME_BYTES] = "untouched";

	ck_assert(skill_name_is_valid("A.b_c-1"));
	ck_assert(skill_name_is_valid("..."));
	ck_assert(!skill_name_is_valid(""));
	ck_assert(!skill_name_is_valid("."));
	ck_assert(!skill_name_is_valid(".."));
	ck_assert(!skill_name_is_valid("a b"));
	ck_assert(!skill_name_is_valid("a/b"));
	memset(long_ref, 'a', sizeof(long_ref) - 1);
	long_ref[sizeof(long_ref) - 1] = '\0';
	ck_assert(!skill_oci_name(long_ref, name));
	ck_assert_str_eq(name, "untouched");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent/skill");
	TCase *tests = tcase_create("skill");

	tcase_add_loop_test(tests, git_skills_have_names, 0, COUNT(git_refs));
	tcase_add_loop_test(tests, oci_skills_have_names, 0, COUNT(oci_refs));
	tcase_add_loop_test(tests, paths_stay_inside, 0, COUNT(paths));
	tcase_add_test(tests, names_are_file_names);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
