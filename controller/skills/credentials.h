/* Who we are at a registry, from Docker's config documents. Inside this room. Source: Docker CLI config.json, "auths"; Kubernetes pull secrets. */
#ifndef SKILLS_CREDENTIALS_H
#define SKILLS_CREDENTIALS_H

#include "json/doc.h"

#define CREDENTIALS_MAX_FILES 64

struct credentials {
	struct json_doc *files[CREDENTIALS_MAX_FILES];
	size_t count;
};

/* One login. Both texts are secrets. */
struct login {
	char *user_password; /* "user:password"; NULL = none */
	char *identity_token; /* NULL = none */
};

/* Adds <folder>/.dockerconfigjson; nothing there is fine. ERR_INVALID names the file, never what is in it. */
MUST_USE bool credentials_add(
	struct credentials *credentials, const char *folder, struct error *err);
void credentials_fini(struct credentials *credentials);

/*
 * The login for a repository: of all entries the one whose key says most of "registry/repository"; of two the later file's. None: both
 * texts NULL. ERR_INVALID: an entry that cannot be read.
 */
MUST_USE bool credentials_find(const struct credentials *credentials, const char *registry,
	const char *repository, struct login *out, struct error *err);
void login_fini(struct login *login);

UNUSED static inline void auto_login(struct login *slot)
{
	login_fini(slot);
}

#endif
