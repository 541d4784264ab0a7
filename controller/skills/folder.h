/*
 * A folder that nothing gets out of: every step is relative to an open descriptor and follows no symbolic link. Inside this room; one
 * thread.
 */
#ifndef SKILLS_FOLDER_H
#define SKILLS_FOLDER_H

#include "base/error.h"

#include <unistd.h>

#define FOLDER_PATH_BYTES 4096
#define FOLDER_MAX_DEPTH  100

UNUSED static inline void auto_fd(int *slot)
{
	if (*slot >= 0)
		close(*slot);
}

/* A path of an archive, made plain: no leading "./", no empty or "." parts. "" = the folder itself. ERR_INVALID: absolute, "..", too long. */
MUST_USE bool folder_plain_path(const char *path, char out[FOLDER_PATH_BYTES], struct error *err);

/*
 * Opens the folder that holds `path` (plain, not ""), making what is missing when `make`; `*name` is the last part, inside `path`.
 * ERR_INVALID: a part of the way is a symbolic link or no folder. ERR_NOT_FOUND: missing. The caller closes `*fd`.
 */
MUST_USE bool folder_open_parent(
	int root, const char *path, bool make, int *fd, const char **name, struct error *err);

/* Makes an empty folder `name` in `parent`, or empties the one there, and opens it. */
MUST_USE bool folder_make_fresh(int parent, const char *name, int *fd, struct error *err);

/* Removes `name` and all in it, whatever it is; nothing there is fine. */
MUST_USE bool folder_remove(int parent, const char *name, struct error *err);
/* Removes all in the folder. */
MUST_USE bool folder_empty(int folder, struct error *err);

/* True when a symbolic link in the folder `depth` levels down to `target` stays inside: relative, ".." only in front and not too many. */
bool folder_link_is_inside(size_t depth, const char *target);

/* Parts of a plain path. */
size_t folder_depth(const char *path);

#endif
