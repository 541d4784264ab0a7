/*
 * A commit of a git repository, laid out in a folder: the files alone, without history. Inside this room; one thread; blocks.
 * https (with a token), ssh (with a key, the host's key checked against known_hosts when there is one), http and git. Links that lead
 * out are refused, submodules left out, files as in the repository (no line end or LFS filters).
 */
#ifndef SKILLS_GIT_H
#define SKILLS_GIT_H

#include "skills/limits.h"

#include "base/error.h"

struct git_options {
	const char *auth_folder; /* ssh-privatekey, known_hosts, token; NULL = no login */
	const struct skills_limits *limits;
	int scratch; /* a folder for the repository while it is read */
	const char *scratch_path; /* the same as a path */
};

struct git_source {
	const char *url;
	const char *ref; /* branch, tag or whole commit id */
	const char *sub_path; /* "" = all */
};

MUST_USE bool git_fetch_tree(const struct git_options *options, const struct git_source *source,
	int root, struct error *err);

#endif
