/*
 * The stash of convert.h: which v1alpha2 fields it holds, as a table; reading one strictly; writing one canonically. Any thread.
 */
#ifndef AGENT_STASH_H
#define AGENT_STASH_H

#include "json/doc.h"

/* One stash that was read and understood; nothing in it is NULL-safe: absent parts are "nothing". */
struct stash {
	struct json_doc *doc; /* NULL = not understood, or none */
	struct json_view spec;
	struct json_view carried;
};

void stash_fini(struct stash *stash);
/* Reads the annotation's text. What is not understood leaves `stash` empty: that is no error. */
void stash_read(const char *text, size_t bytes, struct stash *stash);

/* The keys of a deployment block that have a home in v1alpha3, up to NULL. */
extern const char *const stash_declarative_moved[];
extern const char *const stash_byo_moved[];
bool stash_is_moved(const char *const *moved, const char *key);

/* Appends the stash that `spec` (v1alpha2) needs, or nothing. `carried` = the text the object's own annotation has, NULL = none. */
void stash_write(
	struct buffer *out, struct json_view spec, const char *carried, size_t carried_bytes);

/* The platform a v1alpha3 spec implies. */
const char *stash_implied_platform(struct json_view spec);

#endif
