/* A folder of its own for each test, and what lies in it as one text. Header only. */
#ifndef SKILLS_WORKPLACE_H
#define SKILLS_WORKPLACE_H

#include "base/buffer.h"
#include "skills/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct workplace {
	char path[64];
	int fd;
};

UNUSED static void workplace_open(struct workplace *place)
{
	snprintf(place->path, sizeof(place->path), "/tmp/test-skills-XXXXXX");
	if (!mkdtemp(place->path))
		abort();
	place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->fd < 0)
		abort();
}

UNUSED static void workplace_close(struct workplace *place)
{
	struct error err;

	if (!folder_empty(place->fd, &err))
		abort();
	close(place->fd);
	rmdir(place->path);
}

/* A file that holds `bytes`, open for reading. */
UNUSED static int workplace_file(const struct buffer *bytes)
{
	char path[] = "/tmp/test-skills-file-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, bytes->data, bytes->bytes) != (ssize_t)bytes->bytes)
		abort();
	unlink(path);
	return fd;
}

UNUSED static int workplace_by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

UNUSED static void workplace_print(struct buffer *out, const char *folder, const char *prefix)
{
	struct dirent **names;
	int count = scandir(folder, &names, NULL, workplace_by_name);

	for (int i = 0; i < count; i++) {
		char path[4096];
		char name[4096];
		char content[256] = "";
		struct stat found;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		snprintf(name, sizeof(name), "%s%s", prefix, names[i]->d_name);
		if (strcmp(names[i]->d_name, ".") == 0 || strcmp(names[i]->d_name, "..") == 0 ||
			lstat(path, &found) != 0) {
			free(names[i]);
			continue;
		}
		free(names[i]);
		if (S_ISDIR(found.st_mode)) {
			buffer_printf(out, "%s/ ", name);
			snprintf(name + strlen(name), sizeof(name) - strlen(name), "/");
			workplace_print(out, path, name);
		} else if (S_ISLNK(found.st_mode)) {
			ssize_t got = readlink(path, content, sizeof(content) - 1);

			content[got > 0 ? got : 0] = '\0';
			buffer_printf(out, "%s->%s ", name, content);
		} else {
			FILE *file = fopen(path, "r");

			if (file && !fgets(content, sizeof(content), file))
				content[0] = '\0';
			if (file)
				fclose(file);
			buffer_printf(
				out, "%s%s=%s ", name, found.st_mode & 0100 ? "*" : "", content);
		}
	}
	free(names);
}

/* "a/ a/f=text a/run*=#! l->a " : folders, files with their first line, a star for executables, links. */
UNUSED static const char *workplace_content(const struct workplace *place, const char *below)
{
	static struct buffer out;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", place->path, below);
	buffer_clear(&out);
	buffer_puts(&out, "");
	workplace_print(&out, path, "");
	return out.data;
}

#endif
