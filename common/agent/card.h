/* The A2A agent card of a SandboxAgent: 0.3 and 1.0 keys in one document. Pure; any thread. Source: kagent's card, A2A 0.3 and 1.0. */
#ifndef AGENT_CARD_H
#define AGENT_CARD_H

#include "json/value.h"

/* Two-space indented JSON, no trailing newline. `url` is what clients are to call. */
MUST_USE bool card_write(
	struct json_view agent, const char *url, struct buffer *out, struct error *err);

#endif
