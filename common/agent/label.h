/* The labels and annotations of an agent's objects. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_LABEL_H
#define AGENT_LABEL_H

#include "agent/subject.h"

/* Labels of the pod and, as the base, of everything else. ERR_INVALID: --default-agent-pod-labels is malformed. */
MUST_USE bool label_pod(const struct subject *subject, struct json_object **out, struct error *err);
/* Sets the members of `from`, an object of strings. What `into` has already stays when `keep`. */
MUST_USE bool label_overlay(
	struct json_object *into, struct json_view from, bool keep, struct error *err);

#endif
