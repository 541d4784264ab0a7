#include "base/walk.h"

#include "base/file.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX   16
#define CHUNK_BYTES 65536

static bool walk(
	const char *path, const struct walk_options *options, unsigned depth, struct error *err);

static bool failed(const char *path, struct error *err)
{
	enum error_code code = errno == ENOENT   ? ERR_NOT_FOUND
			       : errno == EACCES ? ERR_DENIED
						 : ERR_IO;

	return error_set(err, code, NULL, "%s: %s", path, strerror(errno));
}

static bool read_standard_input(
	const struct walk_options *options, struct buffer *out, struct error *err)
{
	for (;;) {
		char *to = buffer_reserve(out, CHUNK_BYTES);
		ssize_t got;

		if (!to)
			return error_no_memory(err);
		got = read(STDIN_FILENO, to, CHUNK_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return failed("standard input", err);
		if (got == 0)
			return true;
		buffer_grew(out, (size_t)got);
		if (out->bytes > options->max_bytes)
			return error_set(err, ERR_TOO_LARGE, NULL,
				"standard input: more than %zu bytes", options->max_bytes);
	}
}

static bool visit_file(const char *path, const struct walk_options *options, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };

	return file_read(path, options->max_bytes, &text, err) && buffer_ok(&text, err) &&
	       options->visit(options->context, path, &text, err);
}

static bool counts(const struct dirent *entry, const struct walk_options *options, bool is_folder)
{
	if (entry->d_name[0] == '.' || is_folder)
		return entry->d_name[0] != '.';
	for (const char *const *end = options->ends; *end; end++)
		if (text_ends_with(entry->d_name, *end))
			return true;
	return false;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool walk_entry(const char *folder, const struct dirent *entry,
	const struct walk_options *options, unsigned depth, struct error *err)
{
	AUTO(text) char *path = text_format("%s/%s", folder, entry->d_name);
	struct stat found;

	if (!path)
		return error_no_memory(err);
	if (stat(path, &found) < 0)
		return failed(path, err);
	if (!counts(entry, options, S_ISDIR(found.st_mode)))
		return true;
	return walk(path, options, depth + 1, err);
}

static bool walk_folder(
	const char *path, const struct walk_options *options, unsigned depth, struct error *err)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, by_bytes);
	bool ok = true;

	if (count < 0)
		return failed(path, err);
	for (int i = 0; i < count; i++) {
		ok = ok && (entries[i]->d_name[0] == '.' ||
				   walk_entry(path, entries[i], options, depth, err));
		free(entries[i]);
	}
	free(entries);
	return ok;
}

static bool walk(
	const char *path, const struct walk_options *options, unsigned depth, struct error *err)
{
	struct stat found;

	if (stat(path, &found) < 0)
		return failed(path, err);
	if (!S_ISDIR(found.st_mode))
		return visit_file(path, options, err);
	if (depth > DEPTH_MAX)
		return error_set(
			err, ERR_TOO_LARGE, NULL, "%s: folders are nested too deeply", path);
	return walk_folder(path, options, depth, err);
}

bool walk_path(const char *path, const struct walk_options *options, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };

	if (strcmp(path, "-") != 0)
		return walk(path, options, 0, err);
	return read_standard_input(options, &text, err) &&
	       options->visit(options->context, "-", &text, err);
}
