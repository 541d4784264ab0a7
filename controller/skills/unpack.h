/*
 * Layers of an image, or one archive, laid over each other in a folder. Inside this room; one thread; blocks.
 *   - Nothing gets out: absolute paths, "..", links that lead out and what lies below a link are refused.
 *   - Files and folders are readable by everybody and writable by the owner; of the modes only "executable" counts. No owner, time,
 *     extended attribute, set-uid bit; devices, pipes and sockets are refused.
 *   - A whiteout removes what lower layers had, never what its own layer brings.
 * Source: OCI image-spec 1.1, "Image Layer Filesystem Changeset".
 */
#ifndef SKILLS_UNPACK_H
#define SKILLS_UNPACK_H

#include "skills/limits.h"

#include "base/error.h"

struct unpack {
	int root; /* the folder; borrowed */
	const struct skills_limits *limits;
	uint64_t content_bytes; /* so far, over all layers */
	size_t entries;
};

/* A tar, plain or by gzip or zstd, from the start of `fd`. ERR_INVALID names the entry, ERR_TOO_LARGE the limit. */
MUST_USE bool unpack_layer(struct unpack *unpack, int fd, struct error *err);
/* An archive in any common format (tar and its compressions, zip); no whiteouts. */
MUST_USE bool unpack_archive(struct unpack *unpack, int fd, struct error *err);

#endif
