/*
 * One repository of a registry, for reading. Inside this room; one thread; blocks. Logs in when asked to: Basic, or a Bearer token from
 * the realm the registry names (by user and password, an identity token, or as nobody).
 * Source: OCI distribution-spec 1.1; the distribution project's "Token Authentication".
 */
#ifndef SKILLS_REGISTRY_H
#define SKILLS_REGISTRY_H

#include "skills/credentials.h"
#include "skills/reference.h"
#include "skills/web.h"

struct registry;

struct registry_options {
	struct web *web; /* borrowed */
	const struct reference *reference; /* borrowed */
	const struct login *login; /* borrowed */
	bool insecure; /* TLS is not verified; without TLS plain HTTP */
};

MUST_USE bool registry_new(
	const struct registry_options *options, struct registry **out, struct error *err);
void registry_free(struct registry *registry);
DEFINE_AUTO(registry, struct registry *, registry_free)

/*
 * GET <repository>/<kind>/<name>, kind "manifests" or "blobs". 2xx only: ERR_DENIED (with what to do), ERR_NOT_FOUND, ERR_THROTTLED,
 * ERR_IO, and web_do's. `accept` NULL = whatever. `sink` as in web_request (NULL: collected into answer->body).
 */
struct registry_get {
	const char *kind;
	const char *name;
	const char *accept;
	bool (*sink)(void *context, const void *data, size_t bytes, struct error *err);
	void *context;
};
MUST_USE bool registry_do(struct registry *registry, const struct registry_get *get,
	struct web_answer *out, struct error *err);

#endif
