/* A glance at a line never tells another object than reading it whole does, and never looks behind its end. */
#include "kube/glance.h"

#include "json/doc.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool says(struct json_view metadata, const char *key, const char *text)
{
	return strcmp(json_text_or(json_get(metadata, key), ""), text) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	const char *line = (const char *)data;
	struct json_view metadata;
	struct glance seen;
	struct error err;

	if (!glance_read(line, bytes, &seen) || !json_doc_copy(line, bytes, NULL, &doc, &err))
		return 0;
	metadata = json_get(json_get(json_root(doc), "object"), "metadata");
	check(says(metadata, "name", seen.name));
	check(says(metadata, "resourceVersion", seen.rv));
	check(!*seen.ns || says(metadata, "namespace", seen.ns));
	return 0;
}
