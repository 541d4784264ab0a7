/*
 * Which agents a change concerns: every object an agent's last translation asked for, found or not, and back. Exact, whatever the
 * translator reads, and independent of the number of agents. One thread.
 */
#ifndef CONTROL_REFERENCES_H
#define CONTROL_REFERENCES_H

#include "base/map.h"

struct references {
	struct map dependents; /* object "Kind/ns/name" -> struct name_set of agents "ns/name" */
	struct map uses; /* agent -> struct name_set of objects */
};

void references_fini(struct references *references);

/* From now on `agent` depends on the keys of `objects` (values: anything but NULL), and on nothing else. */
MUST_USE bool references_set(struct references *references, const char *agent,
	const struct map *objects, struct error *err);
void references_drop(struct references *references, const char *agent);
/* Visits the agents that depend on `object`. `visit` must not change the references. */
void references_each(const struct references *references, const char *object,
	void (*visit)(void *context, const char *agent), void *context);

#endif
