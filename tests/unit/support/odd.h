/*
 * A document in which one value is of a kind that nobody expects: what a careless or hostile peer sends. For claims that hold whatever
 * comes: go through all of `odd_values` at all places of a good document.
 */
#ifndef TEST_ODD_H
#define TEST_ODD_H

#include "json/doc.h"

#include <check.h>

static const char *const odd_values[] = { "null", "true", "7", "-1e300", "\"x\"", "[]", "[1]",
	"[[\"x\"],{\"x\":1}]", "{}", "{\"\":null,\"x\":[1]}" };

/* Appends `v` with the value that stands at `place` (counted in the order of the text, `*place` is used up) being `odd`. */
static void odd_write(struct buffer *out, struct json_view v, size_t *place, const char *odd)
{
	bool is_object = json_kind(v) == JSON_OBJECT;
	bool more = false;

	if ((*place)-- == 0) {
		buffer_puts(out, odd);
		return;
	}
	if (!is_object && json_kind(v) != JSON_ARRAY) {
		json_write(out, v);
		return;
	}
	buffer_putc(out, is_object ? '{' : '[');
	json_foreach (child, v) {
		if (more)
			buffer_putc(out, ',');
		more = true;
		if (is_object) {
			size_t bytes;
			const char *key = json_key(child, &bytes);

			json_write_string(out, key, bytes);
			buffer_putc(out, ':');
		}
		odd_write(out, child, place, odd);
	}
	buffer_putc(out, is_object ? '}' : ']');
}

/* How many places there are. */
static size_t odd_places(struct json_view v)
{
	size_t count = 1;

	json_foreach (child, v)
		count += odd_places(child);
	return count;
}

typedef void (*odd_check_fn)(void *context, struct json_view odd, const char *text);

/* Calls `check` with each odd form of `good`. */
static void odd_each(struct json_view good, odd_check_fn check, void *context)
{
	size_t places = odd_places(good);

	for (size_t i = 0; i < places * COUNT(odd_values); i++) {
		AUTO(buffer) struct buffer text = { 0 };
		AUTO(json_doc) struct json_doc *doc = NULL;
		size_t place = i / COUNT(odd_values);
		struct error err;

		odd_write(&text, good, &place, odd_values[i % COUNT(odd_values)]);
		ck_assert(buffer_ok(&text, &err));
		ck_assert_msg(json_doc_copy(text.data, text.bytes, NULL, &doc, &err), "%s: %s",
			err.text, text.data);
		check(context, json_root(doc), text.data);
	}
}

#endif
