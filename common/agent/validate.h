/*
 * Every rule about a SandboxAgent that can be decided from the object alone. The webhook refuses by it, the controller repeats it.
 * Pure; any thread. Sources: the CRD's schema and CEL rules, the translator's errors, srt's domain rule; each in the rule tables.
 */
#ifndef AGENT_VALIDATE_H
#define AGENT_VALIDATE_H

#include "agent/findings.h"
#include "json/doc.h"

struct agent_policy {
	bool refuse_public_suffix_wildcards; /* else they warn */
	bool refuse_unknown_fields; /* the object comes from a file, not from an API server */
	bool serves_v1alpha3; /* the object must fit into that version too */
	bool asked_in_v1alpha3; /* a v1alpha2 object that the API server converted */
};

/*
 * Reviews `object` (v1alpha2 or v1alpha3 by its apiVersion). `old` is the object before an update, or nothing: list entries that stood
 * there unchanged only warn. Findings come in field order. Everything is collected; the function itself cannot fail.
 */
void agent_validate(struct json_view object, struct json_view old,
	const struct agent_policy *policy, struct findings *findings);

#endif
