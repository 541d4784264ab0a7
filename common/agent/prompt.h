/* The system message: where it comes from, and what becomes of it as a template. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_PROMPT_H
#define AGENT_PROMPT_H

#include "agent/subject.h"

/* Appends the message as written. ERR_INVALID: none is given. ERR_NOT_FOUND, ERR_PENDING. */
MUST_USE bool prompt_read(const struct subject *subject, struct buffer *out, struct error *err);

/*
 * Appends `message`, as a template when promptTemplate names data sources, else as it is. The names are arrays of strings.
 * ERR_INVALID: the template, or two sources of one identifier.
 */
MUST_USE bool prompt_apply(const struct subject *subject, const struct buffer *message,
	struct json_object *tool_names, struct json_object *skill_names, struct buffer *out,
	struct error *err);

#endif
