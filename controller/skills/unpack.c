#include "skills/unpack.h"

#include "skills/folder.h"

#include "base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES     65536
#define WHITEOUT        ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

DEFINE_AUTO(reader, struct archive *, archive_read_free)

static bool bad(const char *path, struct error *err)
{
	return error_wrap(err, "entry %.200s", path);
}

static bool fail(const char *what, struct error *err)
{
	return error_set(err, errno == ENOSPC ? ERR_TOO_LARGE : ERR_IO, NULL, "cannot %s: %s", what,
		strerror(errno));
}

/* --- reading --- */

static bool open_reader(int fd, bool any_format, struct archive **out, struct error *err)
{
	AUTO(reader) struct archive *reader = archive_read_new();

	if (!reader)
		return error_no_memory(err);
	archive_read_support_format_tar(reader);
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_zstd(reader);
	if (any_format) {
		archive_read_support_format_zip(reader);
		archive_read_support_filter_bzip2(reader);
		archive_read_support_filter_xz(reader);
	}
	if (lseek(fd, 0, SEEK_SET) != 0)
		return fail("read the archive", err);
	if (archive_read_open_fd(reader, fd, BLOCK_BYTES) != ARCHIVE_OK)
		return error_set(
			err, ERR_INVALID, NULL, "not an archive: %s", archive_error_string(reader));
	*out = take_reader(&reader);
	return true;
}

static bool is_within_limits(const struct unpack *unpack, uint64_t more, struct error *err)
{
	const struct skills_limits *limits = unpack->limits;

	if (unpack->entries >= limits->entries)
		return error_set(err, ERR_TOO_LARGE, NULL, "more than %zu files", limits->entries);
	if (more > limits->content_bytes || unpack->content_bytes > limits->content_bytes - more)
		return error_set(err, ERR_TOO_LARGE, NULL, "more than %llu bytes unpacked",
			(unsigned long long)limits->content_bytes);
	return true;
}

/*
 * The next entry and its plain path. `*more` false at the end. What is skipped is unpacked all the same, so its size is looked at
 * before: an entry is never larger than what is left.
 */
static bool next_entry(const struct unpack *unpack, struct archive *reader,
	struct archive_entry **entry, char path[FOLDER_PATH_BYTES], bool *more, struct error *err)
{
	int result = archive_read_next_header(reader, entry);
	const char *raw;
	int64_t bytes;

	*more = false;
	if (result == ARCHIVE_EOF)
		return true;
	if (result < ARCHIVE_WARN)
		return error_set(err, ERR_INVALID, NULL, "a broken archive: %s",
			archive_error_string(reader));
	raw = archive_entry_pathname(*entry);
	if (!raw)
		raw = archive_entry_pathname_utf8(*entry);
	if (!raw)
		return error_set(err, ERR_INVALID, NULL, "an entry without a usable name");
	bytes = archive_entry_size(*entry);
	if (bytes < 0)
		return error_set(err, ERR_INVALID, NULL, "entry %.200s has a negative size", raw);
	if (!is_within_limits(unpack, (uint64_t)bytes, err) || !folder_plain_path(raw, path, err))
		return bad(raw, err);
	*more = true;
	return true;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* --- whiteouts: the first time over the layer, so that they find only what is below it --- */

static bool apply_whiteout(
	const struct unpack *unpack, char path[FOLDER_PATH_BYTES], struct error *err)
{
	bool opaque = strcmp(base_of(path), WHITEOUT_OPAQUE) == 0;
	const char *gone = base_of(path) + strlen(WHITEOUT);
	const char *name;
	AUTO(fd) int fd = -1;

	if (!*gone || strcmp(gone, ".") == 0 || strcmp(gone, "..") == 0)
		return error_set(err, ERR_INVALID, NULL, "a whiteout of nothing");
	if (!folder_open_parent(unpack->root, path, false, &fd, &name, err))
		return err->code == ERR_NOT_FOUND ||
		       err->code == ERR_INVALID; /* nothing there to remove */
	return opaque ? folder_empty(fd, err) : folder_remove(fd, gone, err);
}

static bool apply_whiteouts(const struct unpack *unpack, int fd, struct error *err)
{
	AUTO(reader) struct archive *reader = NULL;
	struct unpack count = *unpack; /* this time over, counted for itself */

	if (!open_reader(fd, false, &reader, err))
		return false;
	for (;;) {
		struct archive_entry *entry;
		char path[FOLDER_PATH_BYTES];
		bool more;

		if (!next_entry(&count, reader, &entry, path, &more, err))
			return false;
		if (!more)
			return true;
		count.entries++;
		count.content_bytes += (uint64_t)archive_entry_size(entry);
		if (text_starts_with(base_of(path), WHITEOUT) && !apply_whiteout(unpack, path, err))
			return bad(path, err);
	}
}

/* --- entries --- */

static bool make_folder(int parent, const char *name, struct error *err)
{
	struct stat found;

	if (fstatat(parent, name, &found, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISDIR(found.st_mode))
			return true;
		if (!folder_remove(parent, name, err))
			return false;
	}
	return mkdirat(parent, name, 0755) == 0 || fail("make the folder", err);
}

static bool write_all(int fd, const char *data, size_t bytes, int64_t at, struct error *err)
{
	while (bytes) {
		ssize_t wrote = pwrite(fd, data, bytes, at);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return fail("write the file", err);
		data += wrote;
		at += wrote;
		bytes -= (size_t)wrote;
	}
	return true;
}

static bool copy_content(
	struct unpack *unpack, struct archive *reader, int64_t size, int fd, struct error *err)
{
	const void *data;
	size_t bytes;
	int64_t at;
	int result;

	while ((result = archive_read_data_block(reader, &data, &bytes, &at)) == ARCHIVE_OK) {
		if (at < 0 || at > size || bytes > (uint64_t)(size - at))
			return error_set(err, ERR_INVALID, NULL, "larger than it says");
		if (!write_all(fd, data, bytes, at, err))
			return false;
	}
	if (result != ARCHIVE_EOF)
		return error_set(err, ERR_INVALID, NULL, "a broken archive: %s",
			archive_error_string(reader));
	unpack->content_bytes += (uint64_t)size;
	return ftruncate(fd, size) == 0 || fail("write the file", err);
}

static bool make_file(struct unpack *unpack, struct archive *reader, struct archive_entry *entry,
	int parent, const char *name, struct error *err)
{
	mode_t mode = archive_entry_perm(entry) & 0111 ? 0755 : 0644;
	AUTO(fd) int fd = -1;

	if (!folder_remove(parent, name, err))
		return false;
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return fail("make the file", err);
	return copy_content(unpack, reader, archive_entry_size(entry), fd, err);
}

static bool make_symlink(
	const char *path, const char *target, int parent, const char *name, struct error *err)
{
	if (!target || !folder_link_is_inside(folder_depth(path) - 1, target))
		return error_set(err, ERR_INVALID, NULL,
			"the symbolic link to %.200s leads out of the skill, or "
			"climbs after it went down",
			target ? target : "nothing");
	if (!folder_remove(parent, name, err))
		return false;
	return symlinkat(target, parent, name) == 0 || fail("make the link", err);
}

/* Only to a file: a second name of a symbolic link would lead elsewhere. */
static bool make_hardlink(const struct unpack *unpack, const char *path, const char *target,
	int parent, const char *name, struct error *err)
{
	char plain[FOLDER_PATH_BYTES];
	const char *target_name;
	struct stat found;
	AUTO(fd) int target_parent = -1;

	if (!folder_plain_path(target, plain, err))
		return error_wrap(err, "hard link");
	if (!*plain ||
		!folder_open_parent(
			unpack->root, plain, false, &target_parent, &target_name, err) ||
		fstatat(target_parent, target_name, &found, AT_SYMLINK_NOFOLLOW) != 0 ||
		!S_ISREG(found.st_mode))
		return error_set(
			err, ERR_INVALID, NULL, "the hard link to %.200s finds no file", plain);
	if (strcmp(plain, path) == 0)
		return true;
	if (!folder_remove(parent, name, err))
		return false;
	return linkat(target_parent, target_name, parent, name, 0) == 0 ||
	       fail("make the link", err);
}

static bool make_entry(struct unpack *unpack, struct archive *reader, struct archive_entry *entry,
	const char *path, struct error *err)
{
	const char *hardlink = archive_entry_hardlink(entry);
	const char *name;
	AUTO(fd) int parent = -1;

	if (!*path) /* the folder itself */
		return archive_entry_filetype(entry) == AE_IFDIR ||
		       error_set(err, ERR_INVALID, NULL, "no name");
	if (!folder_open_parent(unpack->root, path, true, &parent, &name, err))
		return false;
	if (hardlink)
		return make_hardlink(unpack, path, hardlink, parent, name, err);
	switch (archive_entry_filetype(entry)) {
	case AE_IFDIR:
		return make_folder(parent, name, err);
	case AE_IFREG:
		return make_file(unpack, reader, entry, parent, name, err);
	case AE_IFLNK:
		return make_symlink(path, archive_entry_symlink(entry), parent, name, err);
	default:
		return error_set(err, ERR_INVALID, NULL,
			"devices, pipes and sockets are no part of a skill");
	}
}

static bool make_entries(struct unpack *unpack, int fd, bool is_layer, struct error *err)
{
	AUTO(reader) struct archive *reader = NULL;

	if (!open_reader(fd, !is_layer, &reader, err))
		return false;
	for (;;) {
		struct archive_entry *entry;
		char path[FOLDER_PATH_BYTES];
		bool more;

		if (!next_entry(unpack, reader, &entry, path, &more, err))
			return false;
		if (!more)
			return true;
		unpack->entries++;
		if (is_layer && text_starts_with(base_of(path), WHITEOUT))
			continue;
		if (!make_entry(unpack, reader, entry, path, err))
			return bad(path, err);
	}
}

bool unpack_layer(struct unpack *unpack, int fd, struct error *err)
{
	return apply_whiteouts(unpack, fd, err) && make_entries(unpack, fd, true, err);
}

bool unpack_archive(struct unpack *unpack, int fd, struct error *err)
{
	return make_entries(unpack, fd, false, err);
}
