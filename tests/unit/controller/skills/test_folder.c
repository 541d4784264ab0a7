#include "controller/skills/workplace.h"
#include "support/suite.h"

static const struct {
	const char *spec, *path, *plain; /* plain NULL: refused */
} paths[] = {
	{ "a name", "a", "a" },
	{ "dots and slashes that say nothing", "./a//b/./c/", "a/b/c" },
	{ "the folder itself", "./", "" },
	{ "names with dots", "..a/b../...", "..a/b../..." },
	{ "an absolute path", "/a", NULL },
	{ "a path that climbs", "a/../b", NULL },
	{ "a path that is above", "..", NULL },
};

START_TEST(paths_become_plain)
{
	char plain[FOLDER_PATH_BYTES];
	struct error err;
	bool ok = folder_plain_path(paths[_i].path, plain, &err);

	ck_assert_msg(ok == (paths[_i].plain != NULL), "%s", paths[_i].spec);
	ck_assert_msg(!ok || strcmp(plain, paths[_i].plain) == 0, "%s: %s", paths[_i].spec, plain);
}
END_TEST

static const struct {
	const char *spec, *target;
	size_t depth;
	bool inside;
} links[] = {
	{ "beside", "a", 0, true },
	{ "below", "a/b", 0, true },
	{ "up and down, as deep as we are", "../../a", 2, true },
	{ "up to the top", "..", 1, true },
	{ "above the top", "..", 0, false },
	{ "one step too many", "../../../a", 2, false },
	{ "down and up again: what is down there may be a link", "a/../b", 5, false },
	{ "dots that say nothing", "./.././a", 1, true },
	{ "absolute", "/a", 5, false },
	{ "nothing", "", 5, false },
};

START_TEST(links_stay_inside)
{
	ck_assert_msg(folder_link_is_inside(links[_i].depth, links[_i].target) == links[_i].inside,
		"%s", links[_i].spec);
}
END_TEST

START_TEST(depth_counts_parts)
{
	ck_assert_uint_eq(folder_depth(""), 0);
	ck_assert_uint_eq(folder_depth("a"), 1);
	ck_assert_uint_eq(folder_depth("a/b/c"), 3);
}
END_TEST

/* What lies behind a link is not touched. */
START_TEST(removing_does_not_follow_links)
{
	struct workplace place;
	struct workplace other;
	struct error err = { 0 };
	int fd;

	workplace_open(&place);
	workplace_open(&other);
	ck_assert_int_eq(mkdirat(other.fd, "kept", 0755), 0);
	ck_assert_int_eq(mkdirat(place.fd, "d", 0755), 0);
	ck_assert_int_eq(symlinkat(other.path, place.fd, "d/link"), 0);
	ck_assert_int_eq(symlinkat(other.path, place.fd, "link"), 0);
	ck_assert_msg(folder_remove(place.fd, "link", &err), "%s", err.text);
	ck_assert_msg(folder_remove(place.fd, "d", &err), "%s", err.text);
	ck_assert_msg(folder_remove(place.fd, "nothing", &err), "%s", err.text);
	ck_assert_str_eq(workplace_content(&place, ""), "");
	ck_assert_str_eq(workplace_content(&other, ""), "kept/ ");
	ck_assert_msg(folder_make_fresh(place.fd, "new", &fd, &err), "%s", err.text);
	close(fd);
	ck_assert_str_eq(workplace_content(&place, ""), "new/ ");
	workplace_close(&other);
	workplace_close(&place);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("folder");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, paths_become_plain, 0, (int)COUNT(paths));
	tcase_add_loop_test(tcase, links_stay_inside, 0, (int)COUNT(links));
	tcase_add_test(tcase, depth_counts_parts);
	tcase_add_test(tcase, removing_does_not_follow_links);
	return suite_run(suite);
}
