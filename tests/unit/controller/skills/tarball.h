/* Tars as a test wants them, also such as no tool would write. Header only. */
#ifndef SKILLS_TARBALL_H
#define SKILLS_TARBALL_H

#include "base/buffer.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

/* `type`: '0' file, '1' hard link, '2' symbolic link, '3' device, '5' folder, '6' pipe. */
struct tar_entry {
	const char *name;
	char type;
	unsigned mode;
	const char *link;
	const char *data;
};

UNUSED static void tar_head(
	struct buffer *out, const struct tar_entry *entry, unsigned long long size)
{
	char head[512] = { 0 };
	unsigned sum = 0;

	snprintf(head, 100, "%s", entry->name);
	snprintf(head + 100, 8, "%07o", entry->mode);
	snprintf(head + 108, 8, "%07o", 1000u);
	snprintf(head + 116, 8, "%07o", 1000u);
	snprintf(head + 124, 12, "%011llo", size);
	snprintf(head + 136, 12, "%011o", 0u);
	memset(head + 148, ' ', 8);
	head[156] = entry->type;
	snprintf(head + 157, 100, "%s", entry->link ? entry->link : "");
	snprintf(head + 257, 6, "ustar");
	head[263] = head[264] = '0';
	for (size_t i = 0; i < sizeof(head); i++)
		sum += (unsigned char)head[i];
	snprintf(head + 148, 8, "%06o", sum);
	buffer_append(out, head, sizeof(head));
}

UNUSED static void tar_add(struct buffer *out, const struct tar_entry *entry)
{
	static const char zeros[512];
	size_t bytes = entry->data ? strlen(entry->data) : 0;

	tar_head(out, entry, bytes);
	buffer_append(out, entry->data ? entry->data : "", bytes);
	buffer_append(out, zeros, (512 - bytes % 512) % 512);
}

UNUSED static void tar_end(struct buffer *out)
{
	static const char zeros[1024];

	buffer_append(out, zeros, sizeof(zeros));
}

/* All entries up to one without a name. */
UNUSED static void tar_make(struct buffer *out, const struct tar_entry *entries)
{
	for (; entries->name; entries++)
		tar_add(out, entries);
	tar_end(out);
}

UNUSED static void tar_add_filter(struct archive *writer, const char *filter)
{
	if (strcmp(filter, "gzip") == 0)
		archive_write_add_filter_gzip(writer);
	else if (strcmp(filter, "zstd") == 0)
		archive_write_add_filter_zstd(writer);
	else if (strcmp(filter, "xz") == 0)
		archive_write_add_filter_xz(writer);
}

/* `filter`: "gzip", "zstd", "xz" or "none". */
UNUSED static void tar_compress(const struct buffer *in, const char *filter, struct buffer *out)
{
	struct archive *writer = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t room = in->bytes + in->bytes / 10 + 4096;
	size_t used = 0;
	char *to = buffer_reserve(out, room);

	archive_write_set_format_raw(writer);
	tar_add_filter(writer, filter);
	archive_write_set_bytes_per_block(writer, 0);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "x");
	if (archive_write_open_memory(writer, to, room, &used) != ARCHIVE_OK ||
		archive_write_header(writer, entry) != ARCHIVE_OK ||
		archive_write_data(writer, in->data, in->bytes) != (la_ssize_t)in->bytes ||
		archive_write_close(writer) != ARCHIVE_OK)
		abort();
	buffer_grew(out, used);
	archive_entry_free(entry);
	archive_write_free(writer);
}

#endif
