/*
 * The folder below /skills that a skill is put into, and what may be fetched. Pure; any thread.
 * Source: kagent v0.9.12's skills-init configuration.
 */
#ifndef AGENT_SKILL_H
#define AGENT_SKILL_H

#include "json/doc.h"

#define SKILL_NAME_BYTES 256

/* Name of an item of skills.gitRefs: its name, else the last part of its path, else of its URL. False: longer than a file name can be. */
bool skill_git_name(struct json_view git_ref, char out[SKILL_NAME_BYTES]);
/* Name of an item of skills.refs: the last part of the repository, without tag and digest. False as above. */
bool skill_oci_name(const char *ref, char out[SKILL_NAME_BYTES]);
/* One or more of [A-Za-z0-9._-], and neither "." nor "..". */
bool skill_name_is_valid(const char *name);
/* True when `path` stays below the folder it starts in: relative, and no ".." leads out. */
bool skill_path_is_inside(const char *path);

#endif
