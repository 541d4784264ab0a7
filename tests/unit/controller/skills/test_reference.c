#include "skills/reference.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define SHA "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA512_                                                                                    \
	"sha512:"                                                                                  \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                         \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *spec, *text, *registry, *repository, *tag, *digest; /* registry NULL: refused */
} cases[] = {
	{ "a short name is Docker's", "busybox", "docker.io", "library/busybox", "latest", NULL },
	{ "with a tag", "busybox:1.36", "docker.io", "library/busybox", "1.36", NULL },
	{ "a user's image", "user/skill", "docker.io", "user/skill", "latest", NULL },
	{ "Docker by its name", "docker.io/busybox", "docker.io", "library/busybox", "latest",
		NULL },
	{ "Docker by its old name", "index.docker.io/user/skill", "docker.io", "user/skill",
		"latest", NULL },
	{ "a registry with a dot", "ghcr.io/org/skill:v1", "ghcr.io", "org/skill", "v1", NULL },
	{ "a registry with a port", "registry:5000/skill", "registry:5000", "skill", "latest",
		NULL },
	{ "a port and a tag", "registry:5000/skill:v1", "registry:5000", "skill", "v1", NULL },
	{ "this machine", "localhost/skill", "localhost", "skill", "latest", NULL },
	{ "an IPv6 address", "[2001:db8::1]:5000/skill", "[2001:db8::1]:5000", "skill", "latest",
		NULL },
	{ "by digest", "a.example/skill@" SHA, "a.example", "skill", NULL, SHA },
	{ "by digest of the other kind", "a.example/skill@" SHA512_, "a.example", "skill", NULL,
		SHA512_ },
	{ "with both the digest counts", "a.example/skill:v1@" SHA, "a.example", "skill", NULL,
		SHA },
	{ "a deep repository", "a.example/b/c/d_e-f.g:x", "a.example", "b/c/d_e-f.g", "x", NULL },
	{ "nothing", "", NULL, NULL, NULL, NULL },
	{ "capitals in the repository", "a.example/Skill", NULL, NULL, NULL, NULL },
	{ "an empty part", "a.example/b//c", NULL, NULL, NULL, NULL },
	{ "a part of dots", "a.example/../c", NULL, NULL, NULL, NULL },
	{ "an empty tag", "a.example/b:", NULL, NULL, NULL, NULL },
	{ "a tag that begins with a dash", "a.example/b:-x", NULL, NULL, NULL, NULL },
	{ "a query in the name", "a.example/b?c=d", NULL, NULL, NULL, NULL },
	{ "a short digest", "a.example/b@sha256:0123", NULL, NULL, NULL, NULL },
	{ "a digest nobody can check", "a.example/b@md5:0123456789abcdef0123456789abcdef", NULL,
		NULL, NULL, NULL },
	{ "a login in the registry", "user:pass@a.example/b", NULL, NULL, NULL, NULL },
	{ "a URL", "https://a.example/b", NULL, NULL, NULL, NULL },
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

START_TEST(names_of_images_are_read)
{
	AUTO(reference) struct reference found = { 0 };
	struct error err;
	bool ok = reference_parse(cases[_i].text, &found, &err);

	ck_assert_msg(ok == (cases[_i].registry != NULL), "%s", cases[_i].spec);
	ck_assert_msg(
		same(found.registry, cases[_i].registry), "%s: %s", cases[_i].spec, found.registry);
	ck_assert_msg(same(found.repository, cases[_i].repository), "%s: %s", cases[_i].spec,
		found.repository);
	ck_assert_msg(same(found.tag, cases[_i].tag), "%s: %s", cases[_i].spec, found.tag);
	ck_assert_msg(same(found.digest, cases[_i].digest), "%s: %s", cases[_i].spec, found.digest);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, names_of_images_are_read, 0, (int)COUNT(cases));
	return suite_run(suite);
}
