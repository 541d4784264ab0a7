/*
 * `spec.skills` as the document that `fetch-skills` reads, and what the pod needs for it. Pure; any thread.
 *   {"authMountPath","gitRefs":[{url,ref,dest,full,subPath}],"ociRefs":[{image,dest}],"s3Refs":[{uri,region,dest}],
 *    "insecureOci","sshHosts":[{host,port}],"imagePullSecrets":[name]}, keys in this order, each left out when empty.
 * Source: kagent v0.9.12 (s3Refs: ours).
 */
#ifndef AGENT_SKILLS_H
#define AGENT_SKILLS_H

#include "json/value.h"

#define SKILLS_FOLDER      "/skills"
#define SKILLS_AUTH_FOLDER "/git-auth"

struct skills {
	bool is_given; /* the block is there, even if empty */
	bool any; /* at least one skill */
	struct buffer config; /* the document; only when `any` */
	struct json_object *names; /* folders: OCI, then git, then S3 */
	const char *auth_secret; /* gitAuthSecretRef; "" when none; borrowed */
	struct json_view pull_secrets; /* [{name}]; borrowed */
};

/*
 * `skills` is the block (may be nothing). ERR_INVALID with the place of the bad entry: names, sub paths, duplicates. On success
 * skills_fini releases.
 */
MUST_USE bool skills_read(struct json_view skills, struct skills *out, struct error *err);
void skills_fini(struct skills *skills);

UNUSED static inline void auto_skills(struct skills *slot)
{
	skills_fini(slot);
}

#endif
