/*
 * The caBundle in one object that needs it: a webhook configuration, or a CRD whose conversion is a webhook's. Pure; any thread.
 */
#ifndef CERTS_PLACEMENT_H
#define CERTS_PLACEMENT_H

#include "json/value.h"

enum placement_kind { PLACEMENT_WEBHOOKS, PLACEMENT_CRD };

/*
 * The JSON Patch that puts `bundle64` (base 64) where it belongs; `*out` is NULL when it is there already. Each webhook is tested by its
 * name, so that a list that changed meanwhile refuses the patch as a whole. ERR_NO_MEMORY.
 */
MUST_USE bool placement_patch(enum placement_kind kind, struct json_view object,
	const char *bundle64, struct json_object **out, struct error *err);

#endif
