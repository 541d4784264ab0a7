/*
 * Says what is wrong with an entry that is not in the grammar of agent/domain.h, and what to write instead. A proposal is only made
 * when it is in the grammar. Pure; any thread.
 */
#ifndef AGENT_DOMAIN_MISTAKE_H
#define AGENT_DOMAIN_MISTAKE_H

#include "agent/domain.h"

/* Writes one sentence to `says`, cut to fit: "a wildcard needs a dot behind the star: write \"*.example.com\"". */
void domain_mistake_explain(
	enum domain_list list, const char *entry, size_t bytes, char *says, size_t says_bytes);

#endif
