/*
 * What RFC 6902 says an operation does, for those a diff has: "add", "replace" and "remove" of members, "replace" of all.
 * False: the operation does not fit the tree. For tests.
 */
#ifndef TEST_PATCH_APPLY_H
#define TEST_PATCH_APPLY_H

#include "json/value.h"

/* Reads a pointer's next step into `key`; returns what follows, or NULL. */
static const char *patch_apply_step(const char *pointer, char *key, size_t key_bytes)
{
	size_t used = 0;

	if (*pointer++ != '/')
		return NULL;
	for (; *pointer && *pointer != '/'; pointer++) {
		if (used + 1 == key_bytes)
			return NULL;
		key[used++] = (char)(*pointer != '~' ? *pointer : *++pointer == '0' ? '~' : '/');
	}
	key[used] = '\0';
	return pointer;
}

static bool patch_apply(struct json_object **whole, struct json_view operation)
{
	const char *pointer = json_text_or(json_get(operation, "path"), "");
	const char *op = json_text_or(json_get(operation, "op"), "");
	struct json_object *at = *whole;
	static char key[1 << 16];

	if (!*pointer) {
		json_object_put(*whole);
		*whole = json_from_view(json_get(operation, "value"));
		return strcmp(op, "replace") == 0;
	}
	for (;;) {
		pointer = patch_apply_step(pointer, key, sizeof(key));
		if (pointer && *pointer && json_object_is_type(at, json_type_array)) {
			at = json_object_array_get_idx(at, strtoul(key, NULL, 10));
			continue;
		}
		if (!pointer || !json_object_is_type(at, json_type_object))
			return false;
		if (!*pointer)
			break;
		at = json_object_object_get(at, key);
	}
	if (json_object_object_get_ex(at, key, NULL) == (strcmp(op, "add") == 0))
		return false;
	if (strcmp(op, "remove") == 0)
		json_object_object_del(at, key);
	else
		json_object_object_add(at, key, json_from_view(json_get(operation, "value")));
	return true;
}

#endif
