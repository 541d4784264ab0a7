/*
 * What the controller keeps of the objects it watches: thousands of each, so only what is looked at. The functions fit
 * kube_cache_options.project. Any thread.
 */
#ifndef CONTROL_PROJECT_H
#define CONTROL_PROJECT_H

#include "json/doc.h"

/* The metadata, whole. */
void project_metadata(void *context, struct json_view object, struct buffer *out);
/*
 * Of an object that is perhaps a part of an agent: whose it is, and of ours the annotations and labels that the next write must keep.
 * (What our own writes always carry, and what belongs to others, is left out.) "held": see drift.h.
 */
void project_part(void *context, struct json_view object, struct buffer *out);
/*
 * A Sandbox: as a part, with its mode, the hash of its template, and its Ready condition. "touched": see drift.h. The template is read
 * when it matters.
 */
void project_sandbox(void *context, struct json_view sandbox, struct buffer *out);
/* A pod: how it is. */
void project_pod(void *context, struct json_view pod, struct buffer *out);

#endif
