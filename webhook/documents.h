/*
 * Kubernetes objects in the files of a command line: YAML or JSON, several documents each, Lists taken apart. For `review` and
 * `convert`.
 */
#ifndef WEBHOOK_DOCUMENTS_H
#define WEBHOOK_DOCUMENTS_H

#include "base/flags.h"
#include "json/yaml.h"

/* One object where it stands. */
struct document_object {
	struct json_view object;
	const char *file; /* as it was named; "-" = standard input */
	size_t number; /* of its document in the file, from 1 */
	const struct yaml_document *document;
};

typedef bool (*document_visit)(
	void *context, const struct document_object *object, struct error *err);

/*
 * Visits the objects of all `paths` in order. ERR_INVALID: a text is no YAML, a document no Kubernetes object ("FILE: ..."); else as
 * walk_path.
 */
MUST_USE bool documents_each(
	const struct flag_list *paths, document_visit visit, void *context, struct error *err);
bool document_is_agent(struct json_view object); /* a SandboxAgent of kagent.dev, in any version */

#endif
