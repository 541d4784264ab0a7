#include "json/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct json_object *json_new_text(const char *text)
{
	return json_new_text_bytes(text, strlen(text));
}

struct json_object *json_new_text_bytes(const char *text, size_t bytes)
{
	if (bytes > INT32_MAX)
		return NULL;
	return json_object_new_string_len(text, (int)bytes);
}

static struct json_object *number_from(struct json_view v)
{
	const char *text = json_number_text(v);
	int64_t whole;

	if (json_int64(v, &whole) && strcmp(text, "-0") != 0)
		return json_object_new_int64(whole);
	return json_object_new_double_s(strtod(text, NULL), text);
}

static bool copy_children(struct json_object *to, struct json_view v)
{
	bool is_object = json_kind(v) == JSON_OBJECT;

	json_foreach (child, v) {
		AUTO(json) struct json_object *value = json_from_view(child);

		if (!value && json_kind(child) != JSON_NULL)
			return false;
		/* Keys of a document are unique. */
		if (is_object ? json_object_object_add_ex(to, json_key(child, NULL), value,
					JSON_C_OBJECT_ADD_KEY_IS_NEW)
			      : json_object_array_add(to, value))
			return false;
		take_json(&value);
	}
	return true;
}

struct json_object *json_from_view(struct json_view v)
{
	AUTO(json) struct json_object *made = NULL;
	const char *text;
	size_t bytes;

	switch (json_kind(v)) {
	case JSON_BOOL:
		return json_object_new_boolean(json_bool_or(v, false));
	case JSON_NUMBER:
		return number_from(v);
	case JSON_STRING:
		text = json_text(v, &bytes);
		return json_new_text_bytes(text, bytes);
	case JSON_ARRAY:
		made = json_object_new_array_ext((int)json_count(v));
		break;
	case JSON_OBJECT:
		made = json_object_new_object();
		break;
	default:
		return NULL;
	}
	if (!made || !copy_children(made, v))
		return NULL;
	return take_json(&made);
}

static bool is_of_kind(
	struct json_object *container, enum json_type type, const char *says, struct error *err)
{
	return !container || json_object_is_type(container, type) ||
	       error_set(err, ERR_INVALID, NULL, "%s", says);
}

static bool is_settable(struct json_object *object, struct error *err)
{
	return is_of_kind(object, json_type_object, "must be an object", err);
}

bool json_set(
	struct json_object *object, const char *key, struct json_object *value, struct error *err)
{
	if (!is_settable(object, err)) {
		json_object_put(value);
		return false;
	}
	if (object && value && json_object_object_add(object, key, value) == 0)
		return true;
	json_object_put(value);
	return error_no_memory(err);
}

bool json_set_text(struct json_object *object, const char *key, const char *text, struct error *err)
{
	return json_set(object, key, json_new_text(text), err);
}

bool json_set_int(struct json_object *object, const char *key, int64_t value, struct error *err)
{
	return json_set(object, key, json_object_new_int64(value), err);
}

bool json_set_bool(struct json_object *object, const char *key, bool value, struct error *err)
{
	return json_set(object, key, json_object_new_boolean(value), err);
}

bool json_set_view(
	struct json_object *object, const char *key, struct json_view v, struct error *err)
{
	if (json_kind(v) == JSON_NONE)
		return true;
	if (json_kind(v) != JSON_NULL)
		return json_set(object, key, json_from_view(v), err);
	if (!is_settable(object, err))
		return false;
	if (!object || json_object_object_add(object, key, NULL) != 0)
		return error_no_memory(err);
	return true;
}

bool json_append(struct json_object *array, struct json_object *value, struct error *err)
{
	if (!is_of_kind(array, json_type_array, "must be an array", err)) {
		json_object_put(value);
		return false;
	}
	if (array && value && json_object_array_add(array, value) == 0)
		return true;
	json_object_put(value);
	return error_no_memory(err);
}

static struct json_object *need(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *there;

	if (!object)
		return NULL;
	there = json_object_object_get(object, key);
	if (there)
		return json_object_is_type(there, type) ? there : NULL;
	there = type == json_type_object ? json_object_new_object() : json_object_new_array();
	return json_set(object, key, there, NULL) ? there : NULL;
}

struct json_object *json_need_object(struct json_object *object, const char *key)
{
	return need(object, key, json_type_object);
}

struct json_object *json_need_array(struct json_object *object, const char *key)
{
	return need(object, key, json_type_array);
}

struct json_object *json_find_keys(struct json_object *object, const char *const *keys)
{
	for (; *keys && object; keys++)
		object = json_object_is_type(object, json_type_object)
				 ? json_object_object_get(object, *keys)
				 : NULL;
	return object;
}

/* Whole numbers are written here: json-c is slow at it. Others keep the text they came with. */
static const char *number_text(struct json_object *number, char room[24])
{
	int64_t whole;

	if (!json_object_is_type(number, json_type_int))
		return json_object_to_json_string_ext(number, JSON_C_TO_STRING_PLAIN);
	whole = json_object_get_int64(number);
	if (whole == INT64_MAX) /* also what json-c answers for everything above */
		snprintf(room, 24, "%" PRIu64, json_object_get_uint64(number));
	else
		snprintf(room, 24, "%" PRId64, whole);
	return room;
}

static void write_number(struct buffer *out, struct json_object *number)
{
	int64_t whole = json_object_get_int64(number);
	char room[24];

	if (json_object_is_type(number, json_type_int) && whole >= 0 && whole < INT64_MAX)
		buffer_put_number(out, (uint64_t)whole);
	else
		buffer_puts(out, number_text(number, room));
}

struct member {
	const char *key;
	struct json_object *value;
};

static int compare_members(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

struct writing {
	struct buffer *out;
	bool canonical;
	const struct json_object *inner; /* NULL = none is looked for */
	size_t inner_at; /* behind its opening brace */
};

static void write_value(struct writing *w, struct json_object *value);

static void write_member(struct writing *w, const struct member *member, bool first)
{
	if (!first)
		buffer_putc(w->out, ',');
	json_write_string(w->out, member->key, strlen(member->key));
	buffer_putc(w->out, ':');
	write_value(w, member->value);
}

static void write_members(struct writing *w, const struct member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		write_member(w, &members[i], i == 0);
}

static void write_unsorted(struct writing *w, struct json_object *object)
{
	bool first = true;

	json_object_object_foreach(object, key, value)
	{
		write_member(w, &(struct member){ key, value }, first);
		first = false;
	}
}

#define FEW_MEMBERS 16 /* up to here sorting them one by one is faster */

static void insert_sorted(struct member *members, size_t count, struct member member)
{
	for (; count && compare_members(&members[count - 1], &member) > 0; count--)
		members[count] = members[count - 1];
	members[count] = member;
}

DEFINE_AUTO(members, struct member *, free)

static void write_many_sorted(struct writing *w, struct json_object *object)
{
	size_t count = 0;
	AUTO(members)
	struct member *members =
		calloc((size_t)json_object_object_length(object), sizeof(*members));

	if (!members) {
		w->out->failed = true;
		return;
	}
	json_object_object_foreach(object, key, value) members[count++] =
		(struct member){ key, value };
	qsort(members, count, sizeof(*members), compare_members);
	write_members(w, members, count);
}

static void write_sorted(struct writing *w, struct json_object *object)
{
	struct member members[FEW_MEMBERS];
	size_t count = 0;

	if (json_object_object_length(object) > FEW_MEMBERS) {
		write_many_sorted(w, object);
		return;
	}
	json_object_object_foreach(object, key, value)
	{
		insert_sorted(members, count++, (struct member){ key, value });
	}
	write_members(w, members, count);
}

static void write_object(struct writing *w, struct json_object *object)
{
	buffer_putc(w->out, '{');
	if (object == w->inner)
		w->inner_at = w->out->bytes;
	if (w->canonical)
		write_sorted(w, object);
	else
		write_unsorted(w, object);
	buffer_putc(w->out, '}');
}

static void write_array(struct writing *w, struct json_object *array)
{
	size_t count = json_object_array_length(array);

	buffer_putc(w->out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_putc(w->out, ',');
		write_value(w, json_object_array_get_idx(array, i));
	}
	buffer_putc(w->out, ']');
}

static void write_value(struct writing *w, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		buffer_puts(w->out, "null");
		break;
	case json_type_boolean:
		buffer_puts(w->out, json_object_get_boolean(value) ? "true" : "false");
		break;
	case json_type_int:
	case json_type_double:
		write_number(w->out, value);
		break;
	case json_type_string:
		json_write_string(w->out, json_object_get_string(value),
			(size_t)json_object_get_string_len(value));
		break;
	case json_type_array:
		write_array(w, value);
		break;
	case json_type_object:
		write_object(w, value);
		break;
	}
}

void json_value_write(struct buffer *out, struct json_object *value)
{
	write_value(&(struct writing){ .out = out }, value);
}

void json_value_write_canonical(struct buffer *out, struct json_object *value)
{
	write_value(&(struct writing){ .out = out, .canonical = true }, value);
}

size_t json_value_write_canonical_with(
	struct buffer *out, struct json_object *value, const struct json_object *inner)
{
	struct writing w = { .out = out, .canonical = true, .inner = inner };

	write_value(&w, value);
	return w.inner_at;
}

/* How much of `v` the value must account for. */
enum match { MATCH_ALL, MATCH_SUBSET };

static bool matches(struct json_object *value, struct json_view v, enum match how);

static bool arrays_match(struct json_object *array, struct json_view v, enum match how)
{
	size_t index = 0;

	if (json_kind(v) != JSON_ARRAY || json_count(v) != json_object_array_length(array))
		return false;
	json_foreach (item, v)
		if (!matches(json_object_array_get_idx(array, index++), item, how))
			return false;
	return true;
}

static bool objects_match(struct json_object *object, struct json_view v, enum match how)
{
	if (json_kind(v) != JSON_OBJECT)
		return false;
	if (how == MATCH_ALL && json_count(v) != (size_t)json_object_object_length(object))
		return false;
	json_object_object_foreach(
		object, key, value) if (!matches(value, json_get(v, key), how)) return false;
	return true;
}

static bool matches(struct json_object *value, struct json_view v, enum match how)
{
	const char *text;
	char room[24];
	size_t bytes;

	switch (json_object_get_type(value)) {
	case json_type_null:
		return json_kind(v) == JSON_NULL ||
		       (how == MATCH_SUBSET && json_kind(v) == JSON_NONE);
	case json_type_boolean:
		return json_kind(v) == JSON_BOOL &&
		       json_bool_or(v, false) == (bool)json_object_get_boolean(value);
	case json_type_int:
	case json_type_double:
		text = json_number_text(v);
		return text && strcmp(number_text(value, room), text) == 0;
	case json_type_string:
		text = json_text(v, &bytes);
		return text && bytes == (size_t)json_object_get_string_len(value) &&
		       memcmp(text, json_object_get_string(value), bytes) == 0;
	case json_type_array:
		return arrays_match(value, v, how);
	case json_type_object:
		return objects_match(value, v, how);
	}
	return false;
}

bool json_value_equals_view(struct json_object *value, struct json_view v)
{
	return matches(value, v, MATCH_ALL);
}

bool json_value_is_subset(struct json_object *wanted, struct json_view v)
{
	return matches(wanted, v, MATCH_SUBSET);
}
