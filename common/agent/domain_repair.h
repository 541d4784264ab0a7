/*
 * The repairs that a domain entry can be given, each of which knows one mistake. Pure; any thread. For domain_mistake.c.
 */
#ifndef AGENT_DOMAIN_REPAIR_H
#define AGENT_DOMAIN_REPAIR_H

#include "agent/domain.h"

/* Longer entries are not looked at closely: no name is. */
#define DOMAIN_CLOSE_LOOK_BYTES 1024

/* The entry while it is repaired, step by step. */
struct domain_attempt {
	enum domain_list list;
	char text[DOMAIN_CLOSE_LOOK_BYTES];
};

struct domain_repair {
	bool (*repair)(struct domain_attempt
			*attempt); /* true: it found its mistake and changed the text */
	const char *says;
};

/* In this order: what stands outside goes first. */
extern const struct domain_repair domain_repairs[];
extern const size_t domain_repair_count;

/* Where the port's colon is, or NULL. */
char *domain_repair_port(char *text);

#endif
