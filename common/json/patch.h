/*
 * Writes RFC 6902 JSON Patch documents, an operation at a time, as text. "" = nothing was added: send no patch.
 * Pointers are RFC 6901; keys are escaped here. Any thread, one at a time per patch.
 */
#ifndef JSON_PATCH_H
#define JSON_PATCH_H

#include "json/value.h"

struct json_patch {
	struct buffer text; /* the operations so far, without the closing bracket */
	size_t operations;
};

void json_patch_fini(struct json_patch *patch);
/* `at` is the place of the member, e.g. AT_KEY(AT_KEY(NULL,"spec"),"type"). `value_json` is JSON text. */
void json_patch_add(struct json_patch *patch, const struct path *at, const char *value_json);
void json_patch_replace(struct json_patch *patch, const struct path *at, const char *value_json);
void json_patch_remove(struct json_patch *patch, const struct path *at);
/* The whole document, or an empty string when there is no operation. Heap; ERR_NO_MEMORY. Empties the patch. */
MUST_USE bool json_patch_take(struct json_patch *patch, char **out, struct error *err);
/* Operations that turn `from` into `to`, smallest member first; arrays that differ are replaced whole. */
void json_patch_diff(struct json_patch *patch, struct json_view from, struct json_view to);

#endif
