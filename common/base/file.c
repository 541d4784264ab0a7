#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE_BYTES 16384

static bool fail(const char *path, int reason, struct error *err)
{
	enum error_code code = reason == ENOENT || reason == ENOTDIR ? ERR_NOT_FOUND
			       : reason == EACCES || reason == EPERM ? ERR_DENIED
								     : ERR_IO;

	return error_set(err, code, NULL, "%s: %s", path, strerror(reason));
}

static bool read_all(
	int fd, const char *path, size_t max_bytes, struct buffer *out, struct error *err)
{
	size_t total = 0;

	for (;;) {
		char *to = buffer_reserve(out, PIECE_BYTES);
		ssize_t got = to ? read(fd, to, PIECE_BYTES) : 0;

		if (!to)
			return error_no_memory(err);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(path, errno, err);
		if (got == 0)
			return true;
		buffer_grew(out, (size_t)got);
		total += (size_t)got;
		if (total > max_bytes)
			return error_set(err, ERR_TOO_LARGE, NULL, "%s: larger than %zu bytes",
				path, max_bytes);
	}
}

bool file_read(const char *path, size_t max_bytes, struct buffer *out, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return fail(path, errno, err);
	ok = read_all(fd, path, max_bytes, out, err);
	close(fd);
	return ok;
}
