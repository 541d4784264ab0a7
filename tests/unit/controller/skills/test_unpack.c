#include "skills/unpack.h"

#include "controller/skills/tarball.h"
#include "controller/skills/workplace.h"
#include "support/suite.h"

#define FILE_OF(name, data)                                                                        \
	{                                                                                          \
		name, '0', 0644, NULL, data                                                        \
	}
#define FOLDER_OF(name)                                                                            \
	{                                                                                          \
		name, '5', 0755, NULL, NULL                                                        \
	}
#define LINK_OF(name, target)                                                                      \
	{                                                                                          \
		name, '2', 0777, target, NULL                                                      \
	}
#define HARD_OF(name, target)                                                                      \
	{                                                                                          \
		name, '1', 0644, target, NULL                                                      \
	}

static const struct skills_limits roomy = { 1 << 20, 1 << 20, 1000, 100 };

static struct workplace place;
static struct error err;

static void open_place(void)
{
	workplace_open(&place);
	err = (struct error){ 0 };
}

static void close_place(void)
{
	workplace_close(&place);
}

static bool lay(struct unpack *unpack, const struct tar_entry *entries)
{
	AUTO(buffer) struct buffer tar = { 0 };
	AUTO(fd) int fd = -1;

	tar_make(&tar, entries);
	fd = workplace_file(&tar);
	return unpack_layer(unpack, fd, &err);
}

/* --- layers over each other --- */

static const struct {
	const char *spec;
	struct tar_entry layers[3][8];
	const char *want;
} stacks[] = {
	{ "files, folders, links",
		{ { FOLDER_OF("s"), FILE_OF("s/SKILL.md", "text"),
			{ "s/run", '0', 0755, NULL, "#!" }, LINK_OF("s/l", "SKILL.md"),
			LINK_OF("s/up", "../top"), FILE_OF("top", "t") } },
		"s/ s/SKILL.md=text s/l->SKILL.md s/run*=#! s/up->../top top=t " },
	{ "missing folders are made", { { FILE_OF("a/b/c", "x") } }, "a/ a/b/ a/b/c=x " },
	{ "./ in front does not count", { { FOLDER_OF("./"), FILE_OF("./a", "x") } }, "a=x " },
	{ "a later layer replaces a file", { { FILE_OF("a", "1") }, { FILE_OF("a", "2") } },
		"a=2 " },
	{ "a later file replaces a folder", { { FILE_OF("a/b", "1") }, { FILE_OF("a", "2") } },
		"a=2 " },
	{ "a later folder replaces a link",
		{ { LINK_OF("a", "b") }, { FOLDER_OF("a"), FILE_OF("a/c", "1") } }, "a/ a/c=1 " },
	{ "a folder again keeps what is in it",
		{ { FILE_OF("a/b", "1") }, { FOLDER_OF("a"), FILE_OF("a/c", "2") } },
		"a/ a/b=1 a/c=2 " },
	{ "a hard link is the file", { { FILE_OF("a", "1"), HARD_OF("b", "a") } }, "a=1 b=1 " },
	{ "a hard link to itself changes nothing", { { FILE_OF("a", "1"), HARD_OF("a", "a") } },
		"a=1 " },
	{ "replacing a hard link leaves the other name",
		{ { FILE_OF("a", "1"), HARD_OF("b", "a") }, { FILE_OF("b", "2") } }, "a=1 b=2 " },
	{ "writing where a link was does not follow it",
		{ { FILE_OF("a", "1"), LINK_OF("b", "a") }, { FILE_OF("b", "2") } }, "a=1 b=2 " },
	{ "a whiteout removes a file",
		{ { FILE_OF("a/x", "1"), FILE_OF("a/y", "2") }, { FILE_OF("a/.wh.x", "") } },
		"a/ a/y=2 " },
	{ "a whiteout removes a folder", { { FILE_OF("a/x", "1") }, { FILE_OF(".wh.a", "") } },
		"" },
	{ "a whiteout removes a link, not what it leads to",
		{ { FILE_OF("a/x", "1"), LINK_OF("l", "a") }, { FILE_OF(".wh.l", "") } },
		"a/ a/x=1 " },
	{ "a whiteout of nothing is nothing", { { FILE_OF("a", "1") }, { FILE_OF("b/.wh.c", "") } },
		"a=1 " },
	{ "a whiteout does not touch its own layer",
		{ { FILE_OF("a", "1") }, { FILE_OF("a", "2"), FILE_OF(".wh.a", "") } }, "a=2 " },
	{ "an opaque folder has only what its layer brings",
		{ { FILE_OF("a/x", "1"), FILE_OF("a/b/c", "2") },
			{ FILE_OF("a/y", "3"), FILE_OF("a/.wh..wh..opq", "") } },
		"a/ a/y=3 " },
	{ "three layers",
		{ { FILE_OF("a", "1") }, { FILE_OF(".wh.a", "") }, { FILE_OF("a", "3") } },
		"a=3 " },
	{ "set-uid and modes do not count",
		{ { { "a", '0', 06600, NULL, "1" }, { "b", '0', 04755, NULL, "2" } } },
		"a=1 b*=2 " },
	{ "two dots in a name are a name", { { FILE_OF("a..b/..c", "1") } }, "a..b/ a..b/..c=1 " },
};

START_TEST(layers_lie_over_each_other)
{
	struct unpack unpack = { .root = place.fd, .limits = &roomy };

	for (size_t i = 0; i < 3 && stacks[_i].layers[i][0].name; i++)
		ck_assert_msg(lay(&unpack, stacks[_i].layers[i]), "%s: layer %zu: %s",
			stacks[_i].spec, i, err.text);
	ck_assert_msg(strcmp(workplace_content(&place, ""), stacks[_i].want) == 0, "%s: %s",
		stacks[_i].spec, workplace_content(&place, ""));
}
END_TEST

/* --- what must not get out --- */

static const struct {
	const char *spec;
	struct tar_entry entries[5];
	const char *says;
} escapes[] = {
	{ "an absolute path", { FILE_OF("/etc/passwd", "x") }, "absolute path" },
	{ "a path that climbs", { FILE_OF("a/../../b", "x") }, "path with \"..\"" },
	{ "a path of two dots", { FOLDER_OF("..") }, "path with \"..\"" },
	{ "an absolute link", { LINK_OF("a", "/etc") }, "leads out" },
	{ "a link that climbs out", { LINK_OF("a", "..") }, "leads out" },
	{ "a link that climbs out of a folder", { LINK_OF("a/b", "../../x") }, "leads out" },
	{ "a link that climbs after it went down",
		{
			LINK_OF("p", "x/.."),
		},
		"climbs after" },
	{ "an empty link", { LINK_OF("a", "") }, "leads out" },
	{ "a file below a link", { LINK_OF("a", "b"), FOLDER_OF("b"), FILE_OF("a/x", "x") },
		"is no folder" },
	{ "a file below a file", { FILE_OF("a", "x"), FILE_OF("a/x", "x") }, "is no folder" },
	{ "a hard link to outside", { HARD_OF("a", "../x") }, "path with \"..\"" },
	{ "a hard link to an absolute path", { HARD_OF("a", "/etc/passwd") }, "absolute path" },
	{ "a hard link to a link, which would lead elsewhere",
		{ FOLDER_OF("d"), LINK_OF("d/l", "../x"), HARD_OF("h", "d/l") }, "finds no file" },
	{ "a hard link to nothing", { HARD_OF("a", "b") }, "finds no file" },
	{ "a hard link through a link",
		{ LINK_OF("l", "d"), FILE_OF("d/f", "x"), HARD_OF("h", "l/f") }, "finds no file" },
	{ "a device", { { "a", '3', 0644, NULL, NULL } }, "devices" },
	{ "a pipe", { { "a", '6', 0644, NULL, NULL } }, "devices" },
	{ "a whiteout of the folder above", { FILE_OF("a/.wh...", "") }, "whiteout of nothing" },
	{ "a whiteout of the folder itself", { FILE_OF(".wh..", "") }, "whiteout of nothing" },
};

START_TEST(nothing_gets_out)
{
	struct unpack unpack = { .root = place.fd, .limits = &roomy };

	ck_assert_msg(!lay(&unpack, escapes[_i].entries), "%s", escapes[_i].spec);
	ck_assert_msg(
		err.code == ERR_INVALID, "%s: %s", escapes[_i].spec, error_code_name(err.code));
	ck_assert_msg(
		strstr(err.text, escapes[_i].says) != NULL, "%s: %s", escapes[_i].spec, err.text);
}
END_TEST

/* --- limits --- */

START_TEST(a_bomb_is_refused_before_it_is_unpacked)
{
	const struct tar_entry bomb = { "bomb", '0', 0644, NULL, NULL };
	struct unpack unpack = { .root = place.fd, .limits = &roomy };
	AUTO(buffer) struct buffer tar = { 0 };
	AUTO(fd) int fd = -1;

	tar_head(&tar, &bomb, 8ull << 30);
	tar_end(&tar);
	fd = workplace_file(&tar);
	ck_assert(!unpack_layer(&unpack, fd, &err));
	ck_assert_int_eq(err.code, ERR_TOO_LARGE);
	ck_assert_str_eq(workplace_content(&place, ""), "");
}
END_TEST

START_TEST(many_small_files_are_counted_together)
{
	const struct skills_limits limits = { 1 << 20, 25, 1000, 100 };
	const struct tar_entry first[] = { FILE_OF("a", "0123456789"), FILE_OF("b", "0123456789"),
		{ 0 } };
	const struct tar_entry second[] = { FILE_OF("c", "0123456789"), { 0 } };
	struct unpack unpack = { .root = place.fd, .limits = &limits };

	ck_assert_msg(lay(&unpack, first), "%s", err.text);
	ck_assert(!lay(&unpack, second));
	ck_assert_int_eq(err.code, ERR_TOO_LARGE);
	ck_assert_ptr_nonnull(strstr(err.text, "25 bytes"));
}
END_TEST

START_TEST(entries_are_counted)
{
	const struct skills_limits limits = { 1 << 20, 1 << 20, 3, 100 };
	const struct tar_entry three[] = { FOLDER_OF("a"), FOLDER_OF("b"), FOLDER_OF("c"), { 0 } };
	const struct tar_entry one[] = { FOLDER_OF("d"), { 0 } };
	struct unpack unpack = { .root = place.fd, .limits = &limits };

	ck_assert_msg(lay(&unpack, three), "%s", err.text);
	ck_assert(!lay(&unpack, one));
	ck_assert_int_eq(err.code, ERR_TOO_LARGE);
	ck_assert_ptr_nonnull(strstr(err.text, "3 files"));
}
END_TEST

START_TEST(a_path_is_neither_endless_nor_bottomless)
{
	struct unpack unpack = { .root = place.fd, .limits = &roomy };
	AUTO(buffer) struct buffer deep = { 0 };
	struct tar_entry entries[2] = { { 0 } };
	AUTO(buffer) struct buffer tar = { 0 };
	AUTO(fd) int fd = -1;
	char head[64];

	for (int i = 0; i < 101; i++)
		buffer_puts(&deep, "d/");
	/* Longer than a ustar name: as a pax header. */
	snprintf(head, sizeof(head), "%zu path=", deep.bytes + 10);
	entries[0] = (struct tar_entry){ "pax", 'x', 0644, NULL, NULL };
	{
		AUTO(buffer) struct buffer pax = { 0 };

		buffer_printf(&pax, "%s%s\n", head, deep.data);
		ck_assert_uint_eq(pax.bytes, deep.bytes + 10);
		entries[0].data = pax.data;
		tar_add(&tar, &entries[0]);
	}
	tar_add(&tar, &(struct tar_entry){ "short", '5', 0755, NULL, NULL });
	tar_end(&tar);
	fd = workplace_file(&tar);
	ck_assert(!unpack_layer(&unpack, fd, &err));
	ck_assert_msg(strstr(err.text, "too deep") != NULL, "%s", err.text);
}
END_TEST

/* --- forms --- */

static const struct {
	const char *spec, *filter;
	bool layer, archive;
} forms[] = {
	{ "a plain tar", "none", true, true },
	{ "gzip", "gzip", true, true },
	{ "zstd", "zstd", true, true },
	{ "xz is an archive's, no layer's", "xz", false, true },
};

START_TEST(compressions_are_told_by_content)
{
	const struct tar_entry entries[] = { FILE_OF("a", "x"), { 0 } };
	struct unpack unpack = { .root = place.fd, .limits = &roomy };
	AUTO(buffer) struct buffer tar = { 0 };
	AUTO(buffer) struct buffer packed = { 0 };
	AUTO(fd) int fd = -1;

	tar_make(&tar, entries);
	tar_compress(&tar, forms[_i].filter, &packed);
	fd = workplace_file(&packed);
	ck_assert_msg(unpack_layer(&unpack, fd, &err) == forms[_i].layer, "%s: %s", forms[_i].spec,
		err.text);
	ck_assert_msg(unpack_archive(&unpack, fd, &err) == forms[_i].archive, "%s: %s",
		forms[_i].spec, err.text);
	ck_assert_str_eq(workplace_content(&place, ""), "a=x ");
}
END_TEST

START_TEST(a_cut_layer_is_an_error_wherever_it_is_cut)
{
	const struct tar_entry entries[] = { FOLDER_OF("d"), FILE_OF("d/a", "some text"),
		FILE_OF("b", "more"), { 0 } };
	AUTO(buffer) struct buffer tar = { 0 };
	AUTO(buffer) struct buffer packed = { 0 };

	tar_make(&tar, entries);
	tar_compress(&tar, "gzip", &packed);
	for (size_t at = 0; at < packed.bytes - 8;
		at++) { /* the last eight are its checksum and length */
		struct unpack unpack = { .root = place.fd, .limits = &roomy };
		struct buffer part = { .data = packed.data, .bytes = at };
		AUTO(fd) int fd = workplace_file(&part);
		bool ok = unpack_layer(&unpack, fd, &err);

		/* Before the first byte there is an empty archive, and behind the last file only padding is lost. */
		ck_assert_msg(!ok || at == 0 ||
				      strcmp(workplace_content(&place, ""),
					      "b=more d/ d/a=some text ") == 0,
			"cut after %zu bytes", at);
		ck_assert(folder_empty(place.fd, &err));
	}
}
END_TEST

START_TEST(what_is_no_archive_is_refused)
{
	struct unpack unpack = { .root = place.fd, .limits = &roomy };
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(fd) int fd = -1;

	buffer_puts(&text, "<html>this is a page that says that you should log in first, and no "
			   "archive at all</html>");
	fd = workplace_file(&text);
	ck_assert(!unpack_layer(&unpack, fd, &err));
	ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

START_TEST(names_are_utf8)
{
	const struct tar_entry entries[] = { FILE_OF("d\xc3\xbcr", "x"), { 0 } };
	struct unpack unpack = { .root = place.fd, .limits = &roomy };

	ck_assert_msg(lay(&unpack, entries), "%s", err.text);
	ck_assert_str_eq(workplace_content(&place, ""), "d\xc3\xbcr=x ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unpack");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, open_place, close_place);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, layers_lie_over_each_other, 0, (int)COUNT(stacks));
	tcase_add_loop_test(tcase, nothing_gets_out, 0, (int)COUNT(escapes));
	tcase_add_test(tcase, a_bomb_is_refused_before_it_is_unpacked);
	tcase_add_test(tcase, many_small_files_are_counted_together);
	tcase_add_test(tcase, entries_are_counted);
	tcase_add_test(tcase, a_path_is_neither_endless_nor_bottomless);
	tcase_add_loop_test(tcase, compressions_are_told_by_content, 0, (int)COUNT(forms));
	tcase_add_test(tcase, a_cut_layer_is_an_error_wherever_it_is_cut);
	tcase_add_test(tcase, what_is_no_archive_is_refused);
	tcase_add_test(tcase, names_are_utf8);
	return suite_run(suite);
}
