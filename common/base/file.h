/* Whole files. Blocks: for start-up and for small files on tmpfs (tokens, certificates). Any thread. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buffer.h"

/*
 * Appends the file's bytes. ERR_NOT_FOUND, ERR_DENIED, ERR_IO, ERR_TOO_LARGE (more than `max_bytes`), ERR_NO_MEMORY; the text names
 * the file. On failure `out` may have grown.
 */
MUST_USE bool file_read(const char *path, size_t max_bytes, struct buffer *out, struct error *err);

#endif
