/* Who may use whose tools across namespaces. Pure; any thread. Source: kagent v0.9.12, allowedNamespaces. */
#ifndef AGENT_ACCESS_H
#define AGENT_ACCESS_H

#include "agent/subject.h"

/*
 * Refuses the first tool of another namespace that may not be used from the agent's. ERR_INVALID, ERR_NOT_FOUND, ERR_PENDING.
 * Nothing to check for BYO.
 */
MUST_USE bool access_check(const struct subject *subject, struct error *err);

/* True when the namespace is watched: it is listed, or there is no list. */
bool access_is_watched(const struct agent_settings *settings, const char *ns);

/*
 * Whether an expression of a label selector has the values that its operator takes. ERR_INVALID: "In of "team" needs values". What the
 * rule table says of it is not looked at.
 */
MUST_USE bool access_check_values(struct json_view expression, struct error *err);

#endif
