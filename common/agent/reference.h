/*
 * Values that an object takes from ConfigMaps and Secrets: ValueSource and ValueRef. Pure; any thread.
 * Errors of all functions: as world_need; ERR_NOT_FOUND "key k not found in Secret ns/name". A value never enters an error.
 * Source: kagent's CRDs, v1alpha2.
 */
#ifndef AGENT_REFERENCE_H
#define AGENT_REFERENCE_H

#include "agent/world.h"
#include "json/value.h"

/* Appends the value that `source` {type, name, key} names in `ns`. */
MUST_USE bool reference_read(const struct agent_world *world, const char *ns,
	struct json_view source, const struct path *at, struct buffer *out, struct error *err);

/* Sets a member of `headers` for each item of `headers_from`; a later item of the same name wins. */
MUST_USE bool reference_headers(const struct agent_world *world, const char *ns,
	struct json_view headers_from, const struct path *at, struct json_object *headers,
	struct error *err);

/* Whether the Secret has the key, with whatever value. */
bool reference_secret_has(struct json_view secret, const char *key);

#endif
