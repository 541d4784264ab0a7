/* A tree of a git repository as files. Inside this room; one thread. */
#ifndef SKILLS_GIT_TREE_H
#define SKILLS_GIT_TREE_H

#include "skills/limits.h"

#include "base/error.h"

#include <git2.h>

struct git_tree_job {
	git_repository *repository;
	git_tree *whole; /* of the commit: where links may lead that leave `sub_path` */
	const char *sub_path; /* plain; "" = whole */
	const struct skills_limits *limits;
	uint64_t content_bytes; /* so far */
	size_t entries;
};

/*
 * Writes `tree` into the folder `root`. A link that leaves the skill but not the repository becomes what it leads to; one that leaves the
 * repository is refused. ERR_INVALID, ERR_TOO_LARGE, ERR_IO.
 */
MUST_USE bool git_tree_write(struct git_tree_job *job, git_tree *tree, int root, struct error *err);

#endif
