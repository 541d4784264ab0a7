/* Rendered objects on a stream: YAML documents, or one JSON List. One thread. */
#ifndef RENDER_OUTPUT_H
#define RENDER_OUTPUT_H

#include "agent/translate.h"

#include <stdio.h>

struct output {
	bool json;
	struct json_object *items; /* JSON: collected until output_end */
	struct buffer yaml;
};

MUST_USE bool output_begin(struct output *output, bool json, struct error *err);
/* Secret, settings of srt, ServiceAccount, skills, Sandbox; what is not there is passed over. */
MUST_USE bool output_add(
	struct output *output, const struct agent_objects *objects, struct error *err);
/* Writes everything. ERR_IO. */
MUST_USE bool output_end(struct output *output, FILE *stream, struct error *err);
void output_fini(struct output *output);

#endif
