/*
 * The world one reconcile translates against: watched kinds come from the caches, values of Secrets, ConfigMaps and Services are read
 * when they are asked for and live only as long as the reconcile. Loop's thread.
 */
#ifndef CONTROL_INPUTS_H
#define CONTROL_INPUTS_H

#include "control/actor.h"

struct inputs {
	struct control *control;
	struct map values; /* "Kind/ns/name" -> struct json_doc; what was read */
	struct map seen; /* "Kind/ns/name" of everything that was asked for */
	struct map absent; /* "Kind/ns/name" -> any; read, and not there */
	/* What the last translation asked for and did not get; kind AGENT_KIND_COUNT = nothing, or a watch that is not filled yet. */
	enum agent_kind wanted_kind;
	char wanted_ns[64], wanted_name[254];
};

void inputs_init(struct inputs *inputs, struct control *control);
void inputs_fini(struct inputs *inputs);

/* For agent_translate. `inputs` must outlive the use. */
struct agent_world inputs_world(struct inputs *inputs);

/* Takes the answer to what was wanted: a document (another reference is taken), or NULL for "not there". */
MUST_USE bool inputs_answer(struct inputs *inputs, struct json_doc *doc, struct error *err);
const struct kube_resource *inputs_wanted_resource(
	const struct inputs *inputs); /* NULL = nothing to read */

#endif
