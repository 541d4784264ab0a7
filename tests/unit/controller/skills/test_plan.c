#include "skills/plan.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/test-plan-XXXXXX";

static void put(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(skills_come_in_the_order_they_are_fetched)
{
	AUTO(plan) struct plan plan = { 0 };
	struct error err;

	put("{\"authMountPath\":\"/git-auth\",\"gitRefs\":[{\"url\":\"https://g.example/"
	    "x\",\"ref\":\"v1\",\"dest\":\"/skills/x\","
	    "\"subPath\":\"a/b\"}],\"ociRefs\":[{\"image\":\"r.example/y\",\"dest\":\"/skills/"
	    "y\"}],\"s3Refs\":[{\"uri\":\"s3://b/z\","
	    "\"region\":\"eu-1\",\"dest\":\"/skills/"
	    "z\"}],\"insecureOci\":true,\"imagePullSecrets\":[\"s\"],\"new\":1}");
	ck_assert_msg(plan_read(path, &plan, &err), "%s", err.text);
	ck_assert_uint_eq(plan.count, 3);
	ck_assert_int_eq(plan.skills[0].source, SKILL_GIT);
	ck_assert_str_eq(plan.skills[0].name, "x");
	ck_assert_str_eq(plan.skills[0].ref, "v1");
	ck_assert_str_eq(plan.skills[0].sub_path, "a/b");
	ck_assert_int_eq(plan.skills[1].source, SKILL_OCI);
	ck_assert_str_eq(plan.skills[1].from, "r.example/y");
	ck_assert_int_eq(plan.skills[2].source, SKILL_S3);
	ck_assert_str_eq(plan.skills[2].region, "eu-1");
	ck_assert(plan.insecure_oci);
	ck_assert(plan.has_git_auth);
}
END_TEST

#define OCI(dest) "{\"ociRefs\":[{\"image\":\"i\",\"dest\":\"" dest "\"}]}"

static const struct {
	const char *spec, *text, *path, *says;
} bad[] = {
	{ "no JSON", "{", "", "line 1" },
	{ "a list", "[]", "", "must be an object" },
	{ "refs that are no list", "{\"ociRefs\":{}}", "ociRefs", "must be a list" },
	{ "no image", "{\"ociRefs\":[{\"dest\":\"/skills/a\"}]}", "ociRefs[0].image",
		"is missing" },
	{ "an image that is no text", "{\"ociRefs\":[{\"image\":1,\"dest\":\"/skills/a\"}]}",
		"ociRefs[0].image", "is missing" },
	{ "no folder", "{\"ociRefs\":[{\"image\":\"i\"}]}", "ociRefs[0].dest",
		"must be /skills/<name>" },
	{ "a folder elsewhere", OCI("/etc/a"), "ociRefs[0].dest", "must be /skills/<name>" },
	{ "the folder of all", OCI("/skills/"), "ociRefs[0].dest", "must be /skills/<name>" },
	{ "a folder above", OCI("/skills/.."), "ociRefs[0].dest", "must be /skills/<name>" },
	{ "a folder in a folder", OCI("/skills/a/b"), "ociRefs[0].dest", "must be /skills/<name>" },
	{ "a name with a tilde, which is ours", OCI("/skills/fetching~a"), "ociRefs[0].dest",
		"must be /skills/<name>" },
	{ "one folder twice",
		"{\"gitRefs\":[{\"url\":\"u\",\"dest\":\"/skills/"
		"a\"}],\"ociRefs\":[{\"image\":\"i\",\"dest\":\"/skills/a\"}]}",
		"ociRefs[0].dest", "is there twice" },
};

START_TEST(a_wrong_document_names_the_field)
{
	AUTO(plan) struct plan plan = { 0 };
	struct error err = { 0 };

	put(bad[_i].text);
	ck_assert_msg(!plan_read(path, &plan, &err), "%s", bad[_i].spec);
	ck_assert_msg(err.code == ERR_INVALID, "%s", bad[_i].spec);
	ck_assert_msg(strcmp(err.path, bad[_i].path) == 0, "%s: %s", bad[_i].spec, err.path);
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s: %s", bad[_i].spec, err.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = tcase_create("all");
	int fd = mkstemp(path);
	int status;

	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, skills_come_in_the_order_they_are_fetched);
	tcase_add_loop_test(tcase, a_wrong_document_names_the_field, 0, (int)COUNT(bad));
	status = suite_run(suite);
	unlink(path);
	return status;
}
