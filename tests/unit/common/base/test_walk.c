#include "base/walk.h"

#include "base/text.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const ends[] = { ".yaml", ".json", NULL };
static char folder[] = "/tmp/sandgate-walk-XXXXXX";

static void put(const char *name, const char *text)
{
	AUTO(text) char *path = text_format("%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void make(const char *name)
{
	AUTO(text) char *path = text_format("%s/%s", folder, name);

	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	make("m");
	make("m/inner");
	make(".git");
	put("z.yaml", "z");
	put("a.json", "a");
	put("readme.md", "no");
	put(".hidden.yaml", "no");
	put(".git/b.yaml", "no");
	put("m/inner/b.yaml", "b");
}

static void tear_down(void)
{
	AUTO(text) char *command = text_format("rm -rf %s", folder);

	ck_assert_int_eq(system(command), 0);
}

static bool note(void *context, const char *name, struct buffer *text, struct error *err)
{
	struct buffer *seen = context;

	buffer_printf(seen, "%s=%s ", name + strlen(folder), text->data);
	return text->data[0] != 'b' || error_set(err, ERR_INVALID, NULL, "b is bad");
}

static bool walk(const char *path, size_t max_bytes, struct buffer *seen, struct error *err)
{
	struct walk_options options = { ends, max_bytes, note, seen };

	return walk_path(path, &options, err);
}

START_TEST(folders_are_walked_in_order_up_to_a_failure)
{
	AUTO(buffer) struct buffer seen = { 0 };
	struct error err;

	ck_assert(!walk(folder, 100, &seen, &err));
	ck_assert_str_eq(seen.data, "/a.json=a /m/inner/b.yaml=b ");
	ck_assert_str_eq(err.text, "b is bad");
}
END_TEST

START_TEST(a_file_counts_whatever_its_name)
{
	AUTO(buffer) struct buffer seen = { 0 };
	AUTO(text) char *path = text_format("%s/readme.md", folder);

	ck_assert(walk(path, 100, &seen, NULL));
	ck_assert_str_eq(seen.data, "/readme.md=no ");
}
END_TEST

START_TEST(failures_name_the_file)
{
	AUTO(buffer) struct buffer seen = { 0 };
	AUTO(text) char *path = text_format("%s/readme.md", folder);
	struct error err;

	ck_assert(!walk("/tmp/sandgate-nothing", 100, &seen, &err));
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_str_eq(err.text, "/tmp/sandgate-nothing: No such file or directory");
	ck_assert(!walk(path, 1, &seen, &err));
	ck_assert_int_eq(err.code, ERR_TOO_LARGE);
	ck_assert_ptr_nonnull(strstr(err.text, path));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/walk");
	TCase *tests = tcase_create("walk");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, folders_are_walked_in_order_up_to_a_failure);
	tcase_add_test(tests, a_file_counts_whatever_its_name);
	tcase_add_test(tests, failures_name_the_file);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
