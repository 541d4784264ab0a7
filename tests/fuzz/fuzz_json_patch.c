/* Two JSON texts parted by a 0xFF byte: the patch from one to the other is JSON, and applying it gives the other. */
#include "../unit/common/json/patch_apply.h"
#include "json/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(json_doc) struct json_doc *from = NULL;
	AUTO(json_doc) struct json_doc *to = NULL;
	AUTO(json_doc) struct json_doc *operations = NULL;
	AUTO(json) struct json_object *tree = NULL;
	const char *text = (const char *)data;
	const char *cut = bytes ? memchr(text, 0xff, bytes) : NULL;
	struct json_patch patch = { 0 };
	AUTO(text) char *written = NULL;

	if (!cut || !json_doc_copy(text, (size_t)(cut - text), NULL, &from, NULL) ||
		!json_doc_copy(cut + 1, bytes - (size_t)(cut - text) - 1, NULL, &to, NULL))
		return 0;
	json_patch_diff(&patch, json_root(from), json_root(to));
	check(json_patch_take(&patch, &written, NULL));
	check(!*written == json_equal(json_root(from), json_root(to)));
	if (!*written)
		return 0;
	check(json_doc_copy(written, strlen(written),
		&(struct json_limits){ .bytes = SIZE_MAX, .depth = 100 }, &operations, NULL));
	tree = json_from_view(json_root(from));
	json_foreach (operation, json_root(operations))
		check(patch_apply(&tree, operation));
	check(json_value_equals_view(tree, json_root(to)));
	return 0;
}
