/* The files that a path of a command line stands for. Blocks; start-up and command-line programs only. */
#ifndef BASE_WALK_H
#define BASE_WALK_H

#include "base/buffer.h"

struct walk_options {
	const char *const *ends; /* names that count in folders, such as ".yaml", up to NULL */
	size_t max_bytes; /* of one file */
	/* `name` is how to speak of the file. `text` may be moved out. False stops the walk. */
	bool (*visit)(void *context, const char *name, struct buffer *text, struct error *err);
	void *context;
};

/*
 * Visits `path`: a file whatever its name, a folder's files in byte order (folders in it too, hidden ones not), or "-", standard input.
 * ERR_NOT_FOUND, ERR_DENIED, ERR_IO, ERR_TOO_LARGE (the text names the file), or what `visit` failed with.
 */
MUST_USE bool walk_path(const char *path, const struct walk_options *options, struct error *err);

#endif
