/*
 * Members of a JSON object that is being written to a buffer: the comma where one is needed, the key, the value. Any thread.
 */
#ifndef PROXY_PUT_H
#define PROXY_PUT_H

#include "proxy/a2a.h"

/* A list of keys: NAMED("kind", "role"). */
#define NAMED(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Writes one object in the dialect `to`. */
typedef void (*put_write_fn)(struct buffer *out, enum a2a_version to, struct json_view v);

void put_key(struct buffer *out, const char *key); /* the value follows */
void put_text(struct buffer *out, const char *key, const char *text);
void put_bool(struct buffer *out, const char *key, bool value);
void put_view(
	struct buffer *out, const char *key, struct json_view v); /* nothing when absent or null */
/* Copies the members that are not named, null ones left out; what is no object has none. */
void put_others(struct buffer *out, struct json_view object, const char *const *named);
/* An object, or each object of an array, by `write`; what is of another kind is copied. */
void put_object(struct buffer *out, const char *key, enum a2a_version to, struct json_view v,
	put_write_fn write);
void put_list(struct buffer *out, const char *key, enum a2a_version to, struct json_view v,
	put_write_fn write);

#endif
