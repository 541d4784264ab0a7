/* The graph of agents that use agents as tools: no self reference, no cycle, no deep chain. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_GRAPH_H
#define AGENT_GRAPH_H

#include "agent/subject.h"

#define GRAPH_MAX_DEPTH 10 /* agents below the first */

/* Follows tools of type Agent through Declarative agents, each once. ERR_INVALID, ERR_NOT_FOUND, ERR_PENDING. */
MUST_USE bool graph_check(const struct subject *subject, struct error *err);

#endif
