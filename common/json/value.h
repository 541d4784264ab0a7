/*
 * What the product builds: json-c trees. Reading is json/doc.h.
 * Setters take their value argument, also when they fail or when `value` is NULL (then they report lack of memory), so calls nest:
 *   json_set(o, "metadata", json_new_object(), err). ERR_INVALID: what they are to set it in is of another kind, as may be in a tree
 *   that was made from somebody's text. One thread at a time per tree.
 */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include "json/doc.h"

#include <json-c/json.h>

DEFINE_AUTO(json, struct json_object *, json_object_put)

/* NULL on lack of memory, which the setters report. */
struct json_object *json_new_text(const char *text);
struct json_object *json_new_text_bytes(const char *text, size_t bytes);
struct json_object *json_from_view(
	struct json_view v); /* deep copy; numbers keep their source text; nothing -> NULL */

MUST_USE bool json_set(
	struct json_object *object, const char *key, struct json_object *value, struct error *err);
MUST_USE bool json_set_text(
	struct json_object *object, const char *key, const char *text, struct error *err);
MUST_USE bool json_set_int(
	struct json_object *object, const char *key, int64_t value, struct error *err);
MUST_USE bool json_set_bool(
	struct json_object *object, const char *key, bool value, struct error *err);
/* Copies the view under `key`; nothing to do (true) when it is absent. */
MUST_USE bool json_set_view(
	struct json_object *object, const char *key, struct json_view v, struct error *err);
MUST_USE bool json_append(struct json_object *array, struct json_object *value, struct error *err);
/* The object under `key`, made when absent. Borrowed. NULL = out of memory or something else stands there. */
struct json_object *json_need_object(struct json_object *object, const char *key);
struct json_object *json_need_array(struct json_object *object, const char *key);

/* Follows keys down a tree; NULL when absent. Borrowed. */
struct json_object *json_find_keys(struct json_object *object, const char *const *keys);
#define json_find(o, ...) json_find_keys((o), (const char *const[]){ __VA_ARGS__, NULL })

/* Compact text: members in insertion order, '/' unescaped, UTF-8 raw. */
void json_value_write(struct buffer *out, struct json_object *value);
/* Canonical text: object keys in ascending byte order at every depth; equal values give equal bytes. For hashes and comparison. */
void json_value_write_canonical(struct buffer *out, struct json_object *value);
/* The same. Returns where in `out` the members of `inner`, an object somewhere in `value`, begin. */
size_t json_value_write_canonical_with(
	struct buffer *out, struct json_object *value, const struct json_object *inner);

/* Equal as JSON values (objects without order; numbers by text). */
bool json_value_equals_view(struct json_object *value, struct json_view v);
/*
 * True when every member `wanted` names is in `v` with an equal value, at every depth; arrays must have the same length. What
 * `v` has beyond that (server defaults) does not count. `null` wanted = absent or null in `v`.
 */
bool json_value_is_subset(struct json_object *wanted, struct json_view v);

#endif
