/*
 * The name of an image: [registry/]repository[:tag][@digest]. Inside this room. Source: the distribution project's reference grammar
 * and Docker's defaults (docker.io, library/, latest).
 */
#ifndef SKILLS_REFERENCE_H
#define SKILLS_REFERENCE_H

#include "base/error.h"

struct reference {
	char *registry; /* as written: "registry.example:5000"; "docker.io" when none */
	char *repository;
	char *tag; /* NULL with a digest */
	char *digest; /* "sha256:..."; NULL = by tag */
};

MUST_USE bool reference_parse(
	const char *text, struct reference *out, struct error *err); /* ERR_INVALID */
void reference_fini(struct reference *reference);
/* "sha256:<64 hex digits>" or "sha512:<128>". */
bool digest_is_valid(const char *digest);

UNUSED static inline void auto_reference(struct reference *slot)
{
	reference_fini(slot);
}

#endif
