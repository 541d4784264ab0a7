/* The document that says what to fetch, read and checked. Inside this room. Source: common/agent/skills.h. */
#ifndef SKILLS_PLAN_H
#define SKILLS_PLAN_H

#include "json/doc.h"

#define PLAN_NAME_BYTES 256

enum skill_source { SKILL_GIT, SKILL_OCI, SKILL_S3 };

/* One skill; borrowed from the plan's document. */
struct skill {
	enum skill_source source;
	const char *name; /* of its folder; [A-Za-z0-9._-]+ and neither "." nor ".." */
	const char *from; /* the image, the git URL, the s3:// URI */
	const char *ref; /* git: branch, tag or commit */
	const char *sub_path; /* git: "" = all */
	const char *region; /* S3: "" = not said */
};

struct plan {
	struct json_doc *doc;
	struct skill *skills;
	size_t count;
	bool insecure_oci;
	bool has_git_auth;
};

/* ERR_INVALID names the field; ERR_NOT_FOUND, ERR_IO: the file. */
MUST_USE bool plan_read(const char *path, struct plan *out, struct error *err);
void plan_fini(struct plan *plan);

UNUSED static inline void auto_plan(struct plan *slot)
{
	plan_fini(slot);
}

#endif
