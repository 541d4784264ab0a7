/* Accessors every Kubernetes object shares. Results are borrowed from the document; "" when absent, never NULL. Any thread. */
#ifndef KUBE_OBJECT_H
#define KUBE_OBJECT_H

#include "json/value.h"

const char *object_name(struct json_view object);
const char *object_namespace(struct json_view object);
const char *object_uid(struct json_view object);
const char *object_rv(struct json_view object);
const char *object_annotation(struct json_view object, const char *key);
const char *object_label(struct json_view object, const char *key);
int64_t object_generation(struct json_view object);
bool object_is_deleting(struct json_view object); /* deletionTimestamp is set */
/*
 * Begins what a cache is to keep of an object of a kind without namespaces: appends `{"metadata":{...}` with what every cache needs.
 */
void object_begin_kept(struct buffer *out, struct json_view object);
/* The owner reference with controller: true, or nothing. */
struct json_view object_controller_owner(struct json_view object);
bool object_is_owned_by(struct json_view object, const char *owner_uid);
/* status.conditions[?type], or nothing. */
struct json_view object_condition(struct json_view object, const char *type);
/*
 * True when `rv` is surely older than `than`. Both must be plain decimal numbers, otherwise nothing is sure (false).
 * Source: Kubernetes "API concepts", resource versions are comparable as numbers within one resource type.
 */
bool object_rv_is_older(const char *rv, const char *than);

#endif
