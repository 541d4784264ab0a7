/*
 * Defaults that admission makes visible; only ever added, never rewritten. Pure; any thread.
 * type: Declarative; sandbox.network.allowedDomains: []; declarative.runtime: python; declarative.modelConfig when absent or empty;
 * skills.gitRefs[].ref: main; allowedNamespaces.from: Same; context.compaction numbers. Source: the CRD's defaults and the chart value.
 */
#ifndef AGENT_DEFAULTS_H
#define AGENT_DEFAULTS_H

#include "json/patch.h"

/* Appends the operations that `object` needs; none when it is complete. Idempotent: applied once, a second call adds nothing. */
void agent_default(
	struct json_view object, const char *default_model_config, struct json_patch *patch);

#endif
