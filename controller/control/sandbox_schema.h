/*
 * What the schema of the served Sandbox has a place for. The API server drops the rest of what is written to it, without a word, and each
 * release of agent-sandbox has the PodSpec of another release of Kubernetes. Pure; any thread.
 * Source: apiextensions.k8s.io/v1, structural schemas, "field pruning".
 */
#ifndef CONTROL_SANDBOX_SCHEMA_H
#define CONTROL_SANDBOX_SCHEMA_H

#include "json/value.h"

/* Appends of an OpenAPI schema which fields there are, and nothing else: 24 KB of 300. Fit for sandbox_schema_fit, as is the whole. */
void sandbox_schema_project(struct json_view schema, struct buffer *out);

/* The fields that were taken out, as users write them: "spec.a[0].b, spec.c". Those that have no room in `names` are counted. */
struct sandbox_lack {
	char names[320];
	size_t count, unnamed;
};

/* Takes out of `value`, which stands at `at`, what the schema has no place for; adds it to `lack`. No schema: it has one for all. */
void sandbox_schema_fit(struct json_view schema, struct json_object *value, const struct path *at,
	struct sandbox_lack *lack);

#endif
