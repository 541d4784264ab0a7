/* Objects from files: paths, folders and standard input, several documents each, YAML or JSON, Lists taken apart. Start-up only. */
#ifndef RENDER_SOURCE_H
#define RENDER_SOURCE_H

#include "json/doc.h"

struct source_object {
	struct json_doc *doc; /* the object, whole */
	char *place; /* "agents.yaml:12": where it starts */
};

struct source {
	struct source_object *objects; /* in the order read */
	size_t count;
};

struct source_options {
	const char *ns; /* for objects that name none */
	bool as_stored; /* the CRDs' defaults are not filled in */
};

/*
 * Reads `path`: a file, a folder (its *.yaml, *.yml and *.json, by name, folders in it too), or "-". SandboxAgents of v1alpha3 become
 * v1alpha2. ERR_IO, ERR_INVALID with "file:line:column: ". What was read before the failure stays for source_fini.
 */
MUST_USE bool source_read(struct source *source, const char *path,
	const struct source_options *options, struct error *err);
void source_fini(struct source *source);

#endif
