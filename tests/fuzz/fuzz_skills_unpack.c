/* Layers and archives. Whatever they hold: nothing appears beside the folder, and no link in it leads out. */
#include "skills/folder.h"
#include "skills/unpack.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct skills_limits limits = { 1 << 20, 1 << 20, 200, 10 };

static char place[] = "/tmp/fuzz-unpack-XXXXXX";
static char root[64];

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void clean_up(void)
{
	rmdir(root);
	rmdir(place);
}

static void set_up(void)
{
	if (root[0])
		return;
	require(mkdtemp(place) != NULL);
	snprintf(root, sizeof(root), "%s/root", place);
	require(mkdir(root, 0755) == 0);
	atexit(clean_up);
}

/* What there is is a file, a folder or a link; a link that leads anywhere leads to somewhere inside. */
static int check(const char *path, const struct stat *found, int kind, struct FTW *walk)
{
	char real[PATH_MAX];
	size_t bytes = strlen(root);

	(void)walk;
	require(S_ISREG(found->st_mode) || S_ISDIR(found->st_mode) || S_ISLNK(found->st_mode));
	require(S_ISLNK(found->st_mode) || (found->st_mode & 07022) == 0);
	if ((kind == FTW_SL || kind == FTW_SLN) && realpath(path, real))
		require(strncmp(real, root, bytes) == 0 && (real[bytes] == '/' || !real[bytes]));
	return 0;
}

/* Nothing but the empty root. */
static int is_more(const char *path, const struct stat *found, int kind, struct FTW *walk)
{
	(void)found;
	(void)kind;
	return walk->level > 0 && strcmp(path, root) != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct unpack unpack = { .limits = &limits };
	struct error err;
	bool is_layer = bytes && data[0] & 1;
	int fd;

	set_up();
	umask(0022);
	unpack.root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = memfd_create("archive", MFD_CLOEXEC);
	require(unpack.root >= 0 && fd >= 0);
	if (bytes > 1)
		require(write(fd, data + 1, bytes - 1) == (ssize_t)(bytes - 1));
	if (is_layer ? unpack_layer(&unpack, fd, &err) : unpack_archive(&unpack, fd, &err))
		require(unpack.entries <= limits.entries &&
			unpack.content_bytes <= limits.content_bytes);
	require(nftw(root, check, 16, FTW_PHYS) == 0);
	require(folder_empty(unpack.root, &err));
	close(fd);
	close(unpack.root);
	require(nftw(place, is_more, 16, FTW_PHYS) == 0);
	return 0;
}
