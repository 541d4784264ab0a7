#include "base/file.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test-file-XXXXXX";

static void path_of(char *out, size_t bytes, const char *name)
{
	snprintf(out, bytes, "%s/%s", folder, name);
}

static void put(const char *name, size_t bytes)
{
	char path[128];
	FILE *file;

	path_of(path, sizeof(path), name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < bytes; i++)
		fputc((int)('a' + i % 26), file);
	ck_assert_int_eq(fclose(file), 0);
}

static const struct {
	const char *spec;
	long bytes; /* -1: not there, -2: a folder */
	size_t max_bytes;
	enum error_code code;
} cases[] = {
	{ "an empty file is nothing", 0, 10, ERR_NONE },
	{ "a file as large as allowed", 10, 10, ERR_NONE },
	{ "one byte more is too large", 11, 10, ERR_TOO_LARGE },
	{ "several pieces are put together", 50000, 100000, ERR_NONE },
	{ "a missing file is not found", -1, 10, ERR_NOT_FOUND },
	{ "a folder cannot be read", -2, 10, ERR_IO },
};

START_TEST(reading_tells_what_is_there)
{
	AUTO(buffer) struct buffer out = { 0 };
	struct error err = { 0 };
	char path[128];
	char name[16];
	bool ok;

	snprintf(name, sizeof(name), "f%d", _i);
	path_of(path, sizeof(path), name);
	if (cases[_i].bytes >= 0)
		put(name, (size_t)cases[_i].bytes);
	else if (cases[_i].bytes == -2)
		ck_assert_int_eq(mkdir(path, 0700), 0);
	ok = file_read(path, cases[_i].max_bytes, &out, &err);
	remove(path);
	ck_assert_msg(err.code == cases[_i].code, "%s: %s", cases[_i].spec, err.text);
	ck_assert_msg(ok == (cases[_i].code == ERR_NONE), "%s", cases[_i].spec);
	if (!ok) {
		ck_assert_msg(strstr(err.text, path) != NULL, "%s: no name in %s", cases[_i].spec,
			err.text);
		return;
	}
	ck_assert_msg(out.bytes == (size_t)cases[_i].bytes, "%s", cases[_i].spec);
	for (size_t i = 0; i < out.bytes; i++)
		ck_assert_int_eq(out.data[i], (char)('a' + i % 26));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file");
	TCase *tcase = tcase_create("all");
	int status;

	if (!mkdtemp(folder))
		return EXIT_FAILURE;
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, reading_tells_what_is_there, 0, (int)COUNT(cases));
	status = suite_run(suite);
	rmdir(folder);
	return status;
}
