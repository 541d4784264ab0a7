/*
 * JSON text as agent runtimes have always been given it: fixed key order, `<`, `>`, `&`, U+2028 and U+2029 escaped, numbers in
 * their shortest form. Appends to a buffer, piece by piece; lack of memory shows in buffer_ok. Any thread, one at a time.
 * Source: kagent v0.9.12 writes its documents by Go's encoding/json, whose text is part of what users see and compare.
 */
#ifndef AGENT_WIRE_H
#define AGENT_WIRE_H

#include "json/value.h"

/* True right behind an opening bracket, and at the very start. */
bool wire_is_open(const struct buffer *out);
/* A comma unless the container was just opened, then the key and a colon. */
void wire_key(struct buffer *out, const char *key);
/* A comma unless the array or object was just opened. */
void wire_item(struct buffer *out);

/* The text in quotes. Each byte that is not UTF-8 becomes U+FFFD. */
void wire_text(struct buffer *out, const char *text, size_t bytes);
/* The shortest decimal text that reads back as `value`: 30, 0.7, 1e-7. `value` is finite. */
void wire_number(struct buffer *out, double value);

void wire_set_text(struct buffer *out, const char *key, const char *text); /* NULL counts as "" */
void wire_set_some_text(
	struct buffer *out, const char *key, const char *text); /* nothing for NULL and "" */
void wire_set_bool(struct buffer *out, const char *key, bool value);
void wire_set_number(struct buffer *out, const char *key, double value);
void wire_set_int(struct buffer *out, const char *key, int64_t value);
/* Members of `texts`, an array of strings; nothing when it is absent or empty. Other items are passed over. */
void wire_set_some_texts(struct buffer *out, const char *key, struct json_view texts);
/* The value with the keys of its objects in ascending order at every depth and all numbers as 64-bit floats. */
void wire_set_sorted(struct buffer *out, const char *key, struct json_object *value);

/* The same for an object of a document; nothing when it is none, or empty. */
void wire_set_some_object(struct buffer *out, const char *key, struct json_view object);

/* The number that `text` is, by the grammar of decimal floats; false for anything else, infinity and NaN. */
bool wire_read_number(const char *text, double *out);
/* Seconds of a duration such as "30s", "5m0s", "1.5h"; false when it is none. Source: Go's time.ParseDuration. */
bool wire_read_duration(const char *text, double *seconds);

#endif
