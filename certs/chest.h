/*
 * What the certificate Secret holds: the CAs to trust, the key of the one that signs, and the serving pair. Pure; any thread.
 * Secret keys: ca.crt (bundle), ca.key, tls.crt, tls.key. The signing CA is the one in the bundle that ca.key belongs to.
 */
#ifndef CERTS_CHEST_H
#define CERTS_CHEST_H

#include "certs/issue.h"
#include "json/value.h"

struct chest {
	char *bundle; /* PEM, the signing CA first; NULL = none */
	char *ca_key;
	char *leaf;
	char *leaf_key;
};
void chest_fini(struct chest *chest);

/* Reads what is there of a Secret; what is absent or no base 64 stays NULL. ERR_NO_MEMORY. */
MUST_USE bool chest_read(struct json_view secret, struct chest *out, struct error *err);
/* The Secret to write. `resource_version` NULL or "": to create. NULL: out of memory. Owned by the caller. */
MUST_USE struct json_object *chest_secret(const struct chest *chest, const char *ns,
	const char *name, const char *resource_version, struct error *err);

/* The signing CA of the bundle, heap; NULL when none fits ca.key. */
MUST_USE char *chest_signer(const struct chest *chest);

/* Puts a new CA before the others: it signs from now on, and all are trusted. */
MUST_USE bool chest_add_ca(struct chest *chest, struct issued *ca, struct error *err);
/* Leaves only the signing CA and the one that signed the leaf. */
MUST_USE bool chest_drop_cas(struct chest *chest, struct error *err);
/* Puts a new serving pair in. */
void chest_set_leaf(struct chest *chest, struct issued *leaf);

#endif
