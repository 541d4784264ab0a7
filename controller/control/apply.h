/*
 * What to send to the API server so that an object becomes as wanted: pure builders of requests' bodies, and the question whether
 * anything must be sent at all. Field-scoped: what others wrote stays. Any thread.
 * Source: kagent's create/update rules; agent-sandbox (never PUT a whole Sandbox).
 */
#ifndef CONTROL_APPLY_H
#define CONTROL_APPLY_H

#include "json/value.h"

#define APPLY_HASH_BYTES 33

/* An object's text, written once for its hash and for its creation. */
struct apply_text {
	struct buffer canonical;
	size_t annotations_at; /* where their members begin */
};
void apply_text_fini(struct apply_text *text);

/*
 * Puts the hash of `object` into its metadata.annotations, and into `hash`, and what was hashed into `text`: the object as it stands, but
 * without that annotation and those that depend on the moment of the write.
 */
MUST_USE bool apply_stamp(struct json_object *object, struct apply_text *text,
	char hash[APPLY_HASH_BYTES], struct error *err);

/* Appends the stamped object, with those annotations as it has them now. */
void apply_put_object(
	struct buffer *out, const struct apply_text *text, struct json_object *object);

enum apply_verdict {
	APPLY_CURRENT, /* nothing to send */
	APPLY_CREATE,
	APPLY_CHANGE,
	APPLY_FOREIGN, /* somebody else's: hands off */
	APPLY_LEFTOVER, /* of a deleted SandboxAgent of the same name: it will be collected, wait */
};
/* `existing` is at least its metadata, or nothing. `owner` is the SandboxAgent. */
enum apply_verdict apply_judge(struct json_view existing, struct json_view owner, const char *hash);
/* For people: "Agent kagent/x" who owns `existing`, or "nobody". */
void apply_owner_name(struct json_view existing, char *out, size_t out_bytes);

/*
 * A whole object for PUT: `wanted` with the existing labels, annotations and finalizers under its own, the existing
 * resourceVersion and uid. For kinds whose content is all ours (Secret, ConfigMap).
 */
MUST_USE bool apply_replacement(struct json_object *wanted, struct json_view existing,
	struct json_object **out, struct error *err);

/* A merge patch of labels, annotations and owner references alone. For kinds that others fill, too (ServiceAccount). */
MUST_USE bool apply_metadata_patch(struct json_object *wanted, struct json_view existing,
	struct json_object **out, struct error *err);

enum apply_mode { APPLY_KEEP_MODE, APPLY_SUSPEND, APPLY_RUN };

/*
 * A JSON Patch for a Sandbox: with `with_template` replaces the pod template and merges labels and annotations; sets the mode in the
 * dialect of `v1beta1`. Guarded by the uid. Heap text.
 */
struct apply_sandbox {
	struct json_object *wanted; /* stamped */
	struct json_view existing;
	bool with_template;
	enum apply_mode mode;
	bool v1beta1;
};
MUST_USE bool apply_sandbox_patch(
	const struct apply_sandbox *change, char **out, struct error *err);

#endif
