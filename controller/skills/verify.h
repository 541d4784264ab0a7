/* Bytes against the digest they were promised to have. Inside this room. Source: OCI image-spec, "Digests"; sha256 and sha512. */
#ifndef SKILLS_VERIFY_H
#define SKILLS_VERIFY_H

#include "base/error.h"

struct verifier;

MUST_USE bool verifier_new(
	const char *digest, struct verifier **out, struct error *err); /* a valid digest, copied */
void verifier_free(struct verifier *verifier);
DEFINE_AUTO(verifier, struct verifier *, verifier_free)
void verifier_restart(struct verifier *verifier);
void verifier_add(struct verifier *verifier, const void *data, size_t bytes);
/* ERR_INVALID: other bytes than promised, with both digests. Restart it before further use. */
MUST_USE bool verifier_check(struct verifier *verifier, struct error *err);

#endif
