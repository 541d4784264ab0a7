/*
 * The agents there are, as an api_world: whoever watches the cluster tells each change here. Belongs to the API's thread; the
 * documents themselves may be shared.
 */
#ifndef API_ROSTER_H
#define API_ROSTER_H

#include "api/api.h"

struct roster;

MUST_USE bool roster_new(struct roster **out, struct error *err);
void roster_free(struct roster *roster);
DEFINE_AUTO(roster, struct roster *, roster_free)

/* Adds or changes a SandboxAgent; `agent` and `model`, its ModelConfig (NULL = none), get another owner. */
MUST_USE bool roster_put(struct roster *roster, const char *ns, const char *name,
	struct json_doc *agent, struct json_doc *model, struct error *err);
void roster_remove(struct roster *roster, const char *ns, const char *name);
/* All have been told once. */
void roster_set_synced(struct roster *roster);

struct api_world roster_world(struct roster *roster);

#endif
