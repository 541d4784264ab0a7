/*
 * SandboxAgent between v1alpha2 (stored) and v1alpha3 (kagent 0.10), without loss. What v1alpha3 has no field for is kept in one
 * annotation on the v1alpha3 object, the stash: each datum is in exactly one place, a field or the stash.
 * Pure and total: no clock, no cluster; the same input gives the same bytes; odd content is carried along, never refused. Any thread.
 * Laws: down(up(x)) == x with platform and runtime written out; up(down(up(x))) == up(x).
 */
#ifndef AGENT_CONVERT_H
#define AGENT_CONVERT_H

#include "json/doc.h"

#define CONVERT_STASH "sandgate.dev/v1alpha2-fields"
/* Of annotations together the API server takes 262,144 bytes; a stash may fill half of that. */
#define CONVERT_STASH_MAX_BYTES (128u << 10)

enum agent_version { AGENT_V1ALPHA2, AGENT_V1ALPHA3 };

/* "kagent.dev/v1alpha3" -> AGENT_V1ALPHA3. ERR_UNSUPPORTED names the versions there are. */
MUST_USE bool convert_parse_version(
	const char *api_version, enum agent_version *out, struct error *err);

/*
 * Appends `object` in version `to` as compact JSON; in that version already, as it is. ERR_INVALID: no object, or no SandboxAgent of a
 * known version. `out` reports lack of memory.
 */
MUST_USE bool convert_agent(
	struct json_view object, enum agent_version to, struct buffer *out, struct error *err);

/* Whether the annotation's text is a stash that convert_agent would take up. */
bool convert_understands(const char *stash, size_t bytes);
/* Bytes of the stash that this v1alpha2 object takes in v1alpha3; 0 = none. */
size_t convert_stash_bytes(struct json_view object);

#endif
