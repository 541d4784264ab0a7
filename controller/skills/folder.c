#include "skills/folder.h"

#include "skills/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_BYTES  255
#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

const struct skills_limits skills_default_limits = {
	.download_bytes = 1ull << 30,
	.content_bytes = 2ull << 30,
	.entries = 200000,
	.layers = 127,
};

static bool fail(const char *what, const char *path, struct error *err)
{
	int reason = errno;

	return error_set(err,
		reason == ENOENT   ? ERR_NOT_FOUND
		: reason == ENOMEM ? ERR_NO_MEMORY
				   : ERR_IO,
		NULL, "cannot %s %s: %s", what, path, strerror(reason));
}

bool folder_plain_path(const char *path, char out[FOLDER_PATH_BYTES], struct error *err)
{
	size_t used = 0;
	size_t depth = 0;

	if (path[0] == '/')
		return error_set(err, ERR_INVALID, NULL, "absolute path %.200s", path);
	out[0] = '\0';
	while (*path) {
		size_t bytes = strcspn(path, "/");

		if (bytes == 2 && path[0] == '.' && path[1] == '.')
			return error_set(err, ERR_INVALID, NULL, "path with \"..\": %.200s", path);
		if (bytes && !(bytes == 1 && path[0] == '.')) {
			if (bytes > PART_BYTES || used + bytes + 2 > FOLDER_PATH_BYTES ||
				++depth > FOLDER_MAX_DEPTH)
				return error_set(err, ERR_INVALID, NULL,
					"path too long or too deep: %.100s...", path);
			if (used)
				out[used++] = '/';
			memcpy(out + used, path, bytes);
			used += bytes;
			out[used] = '\0';
		}
		path += bytes + (path[bytes] == '/');
	}
	return true;
}

size_t folder_depth(const char *path)
{
	size_t depth = *path != '\0';

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

bool folder_link_is_inside(size_t depth, const char *target)
{
	bool climbing = true;

	if (!*target || target[0] == '/' || strlen(target) >= FOLDER_PATH_BYTES)
		return false;
	while (*target) {
		size_t bytes = strcspn(target, "/");
		bool is_up = bytes == 2 && target[0] == '.' && target[1] == '.';

		if (is_up && (!climbing || depth-- == 0))
			return false;
		if (!is_up && bytes && !(bytes == 1 && target[0] == '.'))
			climbing = false;
		target += bytes + (target[bytes] == '/');
	}
	return true;
}

/* One step down. Takes `fd`, also on failure. */
static bool step(int fd, const char *part, bool make, int *out, struct error *err)
{
	int next = openat(fd, part, OPEN_FOLDER);
	bool ok;

	if (next < 0 && errno == ENOENT && make &&
		(mkdirat(fd, part, 0755) == 0 || errno == EEXIST))
		next = openat(fd, part, OPEN_FOLDER);
	ok = next >= 0;
	if (!ok && (errno == ELOOP || errno == ENOTDIR))
		error_set(err, ERR_INVALID, NULL,
			"%.200s is no folder, yet something lies below it", part);
	else if (!ok)
		fail("open", part, err);
	close(fd);
	if (ok)
		*out = next;
	return ok;
}

bool folder_open_parent(
	int root, const char *path, bool make, int *out, const char **name, struct error *err)
{
	int fd = openat(root, ".", OPEN_FOLDER);
	const char *slash;

	if (fd < 0)
		return fail("open", path, err);
	while ((slash = strchr(path, '/'))) {
		char part[PART_BYTES + 1];

		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		if (!step(fd, part, make, &fd, err))
			return false;
		path = slash + 1;
	}
	*out = fd;
	*name = path;
	return true;
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool remove_below(int parent, const char *name, unsigned depth, struct error *err);

/* Takes `fd`. */
static bool empty_below(int fd, unsigned depth, struct error *err)
{
	DIR *folder = fdopendir(fd);
	struct dirent *entry;
	bool ok = true;

	if (!folder) {
		close(fd);
		return fail("read", "a folder", err);
	}
	while (ok && (errno = 0, entry = readdir(folder))) {
		if (is_dot(entry->d_name))
			continue;
		ok = remove_below(dirfd(folder), entry->d_name, depth, err);
	}
	closedir(folder);
	return ok;
}

static bool remove_below(int parent, const char *name, unsigned depth, struct error *err)
{
	int fd;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return fail("remove", name, err);
	if (depth > FOLDER_MAX_DEPTH + 1)
		return error_set(err, ERR_INVALID, NULL, "%s is too deep to be removed", name);
	fd = openat(parent, name, OPEN_FOLDER);
	if (fd < 0)
		return fail("open", name, err);
	if (!empty_below(fd, depth + 1, err))
		return false;
	return unlinkat(parent, name, AT_REMOVEDIR) == 0 || fail("remove", name, err);
}

bool folder_remove(int parent, const char *name, struct error *err)
{
	return remove_below(parent, name, 0, err);
}

bool folder_empty(int folder, struct error *err)
{
	int fd = openat(folder, ".", OPEN_FOLDER);

	return fd >= 0 ? empty_below(fd, 0, err) : fail("open", "a folder", err);
}

bool folder_make_fresh(int parent, const char *name, int *out, struct error *err)
{
	int fd;

	if (!folder_remove(parent, name, err))
		return false;
	if (mkdirat(parent, name, 0755) != 0)
		return fail("make", name, err);
	fd = openat(parent, name, OPEN_FOLDER);
	if (fd < 0)
		return fail("open", name, err);
	*out = fd;
	return true;
}
