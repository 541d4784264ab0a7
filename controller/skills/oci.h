/*
 * An image, or any artifact whose layers are tars, laid out in a folder. Inside this room; one thread; blocks.
 * Source: OCI image-spec 1.1 (index, manifest, layer), Docker image manifest v2 schema 2.
 */
#ifndef SKILLS_OCI_H
#define SKILLS_OCI_H

#include "skills/credentials.h"
#include "skills/limits.h"
#include "skills/web.h"

struct oci_options {
	struct web *web;
	const struct credentials *credentials;
	const struct skills_limits *limits;
	bool insecure;
	int scratch; /* a folder for one layer at a time */
};

/* Lays `image` out in the folder `root`. The error says what is wrong without naming the image. */
MUST_USE bool oci_pull(
	const struct oci_options *options, const char *image, int root, struct error *err);

/* A file in `folder` that is gone with its descriptor. */
MUST_USE bool scratch_open(int folder, int *fd, struct error *err);

#endif
