#include "skills/git_tree.h"

#include "skills/folder.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MODE_LINK 0120000

DEFINE_AUTO(blob, git_blob *, git_blob_free)
DEFINE_AUTO(object, git_object *, git_object_free)
DEFINE_AUTO(entry, git_tree_entry *, git_tree_entry_free)

/* Where we are: in the skill (for links and messages) and in the repository (for what links lead to). */
struct place {
	char path[FOLDER_PATH_BYTES];
	char in_repository[FOLDER_PATH_BYTES];
};

static bool write_tree(struct git_tree_job *job, git_tree *tree, const struct place *place,
	int folder, struct error *err);

static bool fail(const char *what, const char *path, struct error *err)
{
	return error_set(err, errno == ENOSPC ? ERR_TOO_LARGE : ERR_IO, NULL,
		"cannot %s %.200s: %s", what, path, strerror(errno));
}

static bool count(struct git_tree_job *job, uint64_t bytes, struct error *err)
{
	if (++job->entries > job->limits->entries)
		return error_set(
			err, ERR_TOO_LARGE, NULL, "more than %zu files", job->limits->entries);
	if (bytes > job->limits->content_bytes ||
		job->content_bytes > job->limits->content_bytes - bytes)
		return error_set(err, ERR_TOO_LARGE, NULL, "more than %llu bytes of files",
			(unsigned long long)job->limits->content_bytes);
	job->content_bytes += bytes;
	return true;
}

/* The size is looked at before the content is read. */
static bool read_blob(
	struct git_tree_job *job, const git_oid *id, git_blob **out, struct error *err)
{
	git_odb *store = NULL;
	git_object_t type;
	size_t bytes = 0;
	bool known = git_repository_odb(&store, job->repository) == 0 &&
		     git_odb_read_header(&bytes, &type, store, id) == 0;

	git_odb_free(store);
	if (!known || type != GIT_OBJECT_BLOB)
		return error_set(err, ERR_INVALID, NULL, "the repository lacks a file it names");
	if (!count(job, bytes, err))
		return false;
	return git_blob_lookup(out, job->repository, id) == 0 ||
	       error_set(err, ERR_IO, NULL, "cannot read a file of the repository");
}

static bool write_file(
	git_blob *blob, bool executable, const char *name, int folder, struct error *err)
{
	AUTO(fd)
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		executable ? 0755 : 0644);
	const char *data = git_blob_rawcontent(blob);
	uint64_t left = (uint64_t)git_blob_rawsize(blob);

	if (fd < 0)
		return fail("make", name, err);
	while (left) {
		ssize_t wrote = write(fd, data, left);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return fail("write", name, err);
		data += wrote;
		left -= (uint64_t)wrote;
	}
	return true;
}

static bool write_folder(struct git_tree_job *job, git_tree *tree, const struct place *place,
	const char *name, int folder, struct error *err)
{
	AUTO(fd) int below = -1;

	if (!count(job, 0, err) || !folder_make_fresh(folder, name, &below, err))
		return false;
	return !tree || write_tree(job, tree, place, below, err);
}

/* --- links --- */

/* `from`'s folder and then `target`, without "." and "..". False: out of the repository. */
static bool join(const char *from, const char *target, char out[FOLDER_PATH_BYTES])
{
	const char *slash = strrchr(from, '/');
	size_t used = slash ? (size_t)(slash - from) : 0;

	memcpy(out, from, used);
	out[used] = '\0';
	if (*target == '/')
		return false;
	while (*target) {
		size_t bytes = strcspn(target, "/");

		if (bytes == 2 && target[0] == '.' && target[1] == '.') {
			if (!used)
				return false;
			while (used && out[--used] != '/')
				;
			out[used] = '\0';
		} else if (bytes && !(bytes == 1 && target[0] == '.')) {
			if (used + bytes + 2 > FOLDER_PATH_BYTES)
				return false;
			if (used)
				out[used++] = '/';
			memcpy(out + used, target, bytes);
			used += bytes;
			out[used] = '\0';
		}
		target += bytes + (target[bytes] == '/');
	}
	return true;
}

/* What the link leads to, in its place. */
static bool write_target(struct git_tree_job *job, const char *target, const struct place *place,
	const char *name, int folder, struct error *err)
{
	struct place there = *place;
	AUTO(entry) git_tree_entry *entry = NULL;
	AUTO(object) git_object *object = NULL;
	AUTO(blob) git_blob *blob = NULL;

	if (!join(place->in_repository, target, there.in_repository) || !*there.in_repository)
		return error_set(err, ERR_INVALID, NULL,
			"the symbolic link to %.200s leads out of the repository", target);
	if (git_tree_entry_bypath(&entry, job->whole, there.in_repository) != 0 ||
		git_tree_entry_filemode(entry) == MODE_LINK ||
		git_tree_entry_to_object(&object, job->repository, entry) != 0)
		return error_set(err, ERR_INVALID, NULL,
			"the symbolic link to %.200s leads out of the skill, to nothing we can "
			"copy",
			target);
	if (git_object_type(object) == GIT_OBJECT_TREE)
		return write_folder(job, (git_tree *)object, &there, name, folder, err);
	if (git_object_type(object) != GIT_OBJECT_BLOB)
		return error_set(err, ERR_INVALID, NULL,
			"the symbolic link to %.200s leads to a submodule", target);
	return read_blob(job, git_object_id(object), &blob, err) &&
	       write_file(blob, git_tree_entry_filemode(entry) & 0111, name, folder, err);
}

static bool write_link(struct git_tree_job *job, git_blob *blob, const struct place *place,
	const char *name, int folder, struct error *err)
{
	AUTO(text)
	char *target = text_copy(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));

	if (!target)
		return error_no_memory(err);
	if (strlen(target) != (size_t)git_blob_rawsize(blob))
		return error_set(err, ERR_INVALID, NULL, "a symbolic link with a NUL in it");
	if (!folder_link_is_inside(folder_depth(place->path) - 1, target))
		return write_target(job, target, place, name, folder, err);
	return symlinkat(target, folder, name) == 0 || fail("make the link", name, err);
}

/* --- trees --- */

static bool write_entry(struct git_tree_job *job, const git_tree_entry *entry,
	const struct place *place, int folder, struct error *err)
{
	const char *name = git_tree_entry_name(entry);
	AUTO(object) git_object *object = NULL;
	AUTO(blob) git_blob *blob = NULL;

	switch (git_tree_entry_type(entry)) {
	case GIT_OBJECT_TREE:
		if (git_tree_entry_to_object(&object, job->repository, entry) != 0)
			return error_set(
				err, ERR_INVALID, NULL, "the repository lacks a folder it names");
		return write_folder(job, (git_tree *)object, place, name, folder, err);
	case GIT_OBJECT_COMMIT: /* a submodule: an empty folder, as a plain clone leaves it */
		return write_folder(job, NULL, place, name, folder, err);
	default:
		break;
	}
	if (!read_blob(job, git_tree_entry_id(entry), &blob, err))
		return false;
	if (git_tree_entry_filemode(entry) == MODE_LINK)
		return write_link(job, blob, place, name, folder, err);
	return write_file(blob, git_tree_entry_filemode(entry) & 0111, name, folder, err);
}

/* The place of `name` below. ERR_INVALID when no file may be called so. */
static bool go_down(
	const struct place *place, const char *name, struct place *out, struct error *err)
{
	char plain[FOLDER_PATH_BYTES];
	char joined[2 * FOLDER_PATH_BYTES];

	if (strchr(name, '/') || !folder_plain_path(name, plain, err) || strcmp(plain, name) != 0 ||
		!*name)
		return error_set(err, ERR_INVALID, NULL,
			"the repository has a file called \"%.100s\"", name);
	snprintf(joined, sizeof(joined), "%s%s%s", place->path, *place->path ? "/" : "", name);
	if (!folder_plain_path(joined, out->path, err))
		return false;
	snprintf(joined, sizeof(joined), "%s%s%s", place->in_repository,
		*place->in_repository ? "/" : "", name);
	return folder_plain_path(joined, out->in_repository, err);
}

static bool write_tree(struct git_tree_job *job, git_tree *tree, const struct place *place,
	int folder, struct error *err)
{
	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
		struct place below;

		if (!go_down(place, git_tree_entry_name(entry), &below, err))
			return false;
		if (!write_entry(job, entry, &below, folder, err))
			return false;
	}
	return true;
}

bool git_tree_write(struct git_tree_job *job, git_tree *tree, int root, struct error *err)
{
	struct place place = { .path = "" };

	snprintf(place.in_repository, sizeof(place.in_repository), "%s", job->sub_path);
	return write_tree(job, tree, &place, root, err);
}
