#include "agent/template_tree.h"

#include <ctype.h>

static bool give_int(int64_t whole, struct value *out)
{
	*out = (struct value){ .kind = VALUE_INT, .whole = whole };
	return true;
}

static bool give_bool(bool truth, struct value *out)
{
	*out = (struct value){ .kind = VALUE_BOOL, .whole = truth };
	return true;
}

static bool call_not(const struct template_call *call, struct value *out, struct error *err)
{
	(void)err;
	return give_bool(!template_value_is_true(&call->args[0]), out);
}

static bool call_len(const struct template_call *call, struct value *out, struct error *err)
{
	const struct value *v = &call->args[0];

	if (v->kind == VALUE_TEXT)
		return give_int((int64_t)v->bytes, out);
	if (v->kind == VALUE_LIST)
		return give_int((int64_t)v->count, out);
	return error_set(err, ERR_INVALID, NULL, "a %s has no length", template_value_type(v));
}

static bool read_index(const struct value *v, size_t limit, size_t *out, struct error *err)
{
	if (v->kind != VALUE_INT)
		return error_set(
			err, ERR_INVALID, NULL, "cannot index with a %s", template_value_type(v));
	if (v->whole < 0 || (uint64_t)v->whole > limit)
		return error_set(
			err, ERR_INVALID, NULL, "index out of range: %lld", (long long)v->whole);
	*out = (size_t)v->whole;
	return true;
}

static bool call_index(const struct template_call *call, struct value *out, struct error *err)
{
	struct value v = call->args[0];

	for (size_t i = 1; i < call->count; i++) {
		size_t length = v.kind == VALUE_TEXT ? v.bytes : v.count;
		size_t at;

		if (v.kind != VALUE_TEXT && v.kind != VALUE_LIST)
			return error_set(err, ERR_INVALID, NULL, "can't index item of type %s",
				template_value_type(&v));
		if (!length)
			return error_set(err, ERR_INVALID, NULL, "index out of range: it is empty");
		if (!read_index(&call->args[i], length - 1, &at, err))
			return false;
		if (v.kind == VALUE_LIST)
			v = v.items[at];
		else
			give_int((unsigned char)v.text[at], &v);
	}
	*out = v;
	return true;
}

static bool call_slice(const struct template_call *call, struct value *out, struct error *err)
{
	struct value v = call->args[0];
	size_t length = v.kind == VALUE_TEXT ? v.bytes : v.count;
	size_t from = 0;
	size_t to = length;
	size_t capacity = length;

	if (v.kind != VALUE_TEXT && v.kind != VALUE_LIST)
		return error_set(err, ERR_INVALID, NULL, "can't slice item of type %s",
			template_value_type(&v));
	if (call->count == 4 && v.kind == VALUE_TEXT)
		return error_set(err, ERR_INVALID, NULL, "cannot 3-index slice a string");
	if ((call->count > 1 && !read_index(&call->args[1], length, &from, err)) ||
		(call->count > 2 && !read_index(&call->args[2], length, &to, err)) ||
		(call->count > 3 && !read_index(&call->args[3], length, &capacity, err)))
		return false;
	if (from > to || to > capacity)
		return error_set(
			err, ERR_INVALID, NULL, "invalid slice index: %zu > %zu", from, to);
	if (v.kind == VALUE_TEXT) {
		v.text += from;
		v.bytes = to - from;
	} else {
		v.items += from;
		v.count = to - from;
	}
	*out = v;
	return true;
}

static bool print_call(
	const struct template_call *call, bool line, struct value *out, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };

	return template_print_all(call->args, call->count, line, &text, err) &&
	       template_keep(call->arena, &text, out, err);
}

static bool call_print(const struct template_call *call, struct value *out, struct error *err)
{
	return print_call(call, false, out, err);
}

static bool call_println(const struct template_call *call, struct value *out, struct error *err)
{
	return print_call(call, true, out, err);
}

static bool call_printf(const struct template_call *call, struct value *out, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };

	return template_printf(call->args, call->count, &text, err) &&
	       template_keep(call->arena, &text, out, err);
}

/* The arguments as one text, each character of it through `put`. */
static bool escape_call(const struct template_call *call,
	void (*put)(unsigned char c, struct buffer *out), struct value *out, struct error *err)
{
	AUTO(buffer) struct buffer plain = { 0 };
	AUTO(buffer) struct buffer text = { 0 };

	if (!template_print_all(call->args, call->count, false, &plain, err))
		return false;
	for (size_t i = 0; i < plain.bytes; i++)
		put((unsigned char)plain.data[i], &text);
	return buffer_ok(&text, err) && template_keep(call->arena, &text, out, err);
}

static void put_html(unsigned char c, struct buffer *out)
{
	switch (c) {
	case '"':
		buffer_puts(out, "&#34;");
		break;
	case '\'':
		buffer_puts(out, "&#39;");
		break;
	case '&':
		buffer_puts(out, "&amp;");
		break;
	case '<':
		buffer_puts(out, "&lt;");
		break;
	case '>':
		buffer_puts(out, "&gt;");
		break;
	case '\0':
		buffer_puts(out, "\xef\xbf\xbd");
		break;
	default:
		buffer_putc(out, (char)c);
		break;
	}
}

static void put_js(unsigned char c, struct buffer *out)
{
	if (c == '\\' || c == '\'' || c == '"')
		buffer_append(out, (const char[]){ '\\', (char)c }, 2);
	else if (c < ' ' || strchr("<>&=", c))
		buffer_printf(out, "\\u%04X", c);
	else
		buffer_putc(out, (char)c);
}

static void put_query(unsigned char c, struct buffer *out)
{
	if (isalnum(c) || (c && strchr("-_.~", c)))
		buffer_putc(out, (char)c);
	else if (c == ' ')
		buffer_putc(out, '+');
	else
		buffer_printf(out, "%%%02X", c);
}

static bool call_html(const struct template_call *call, struct value *out, struct error *err)
{
	return escape_call(call, put_html, out, err);
}

static bool call_js(const struct template_call *call, struct value *out, struct error *err)
{
	return escape_call(call, put_js, out, err);
}

static bool call_urlquery(const struct template_call *call, struct value *out, struct error *err)
{
	return escape_call(call, put_query, out, err);
}

static bool incompatible(struct error *err)
{
	return error_set(err, ERR_INVALID, NULL, "incompatible types for comparison");
}

static bool is_equal(const struct value *a, const struct value *b, bool *equal, struct error *err)
{
	if (a->kind == VALUE_LIST || b->kind == VALUE_LIST || a->kind == VALUE_INPUT ||
		b->kind == VALUE_INPUT)
		return error_set(err, ERR_INVALID, NULL, "non-comparable type %s",
			template_value_type(
				a->kind == VALUE_LIST || a->kind == VALUE_INPUT ? a : b));
	if (a->kind != b->kind) {
		*equal = false;
		return a->kind == VALUE_NIL || b->kind == VALUE_NIL || incompatible(err);
	}
	if (a->kind == VALUE_TEXT)
		*equal = a->bytes == b->bytes && memcmp(a->text, b->text, a->bytes) == 0;
	else
		*equal = a->whole == b->whole && !(a->decimal < b->decimal) &&
			 !(a->decimal > b->decimal);
	return true;
}

static bool is_less(const struct value *a, const struct value *b, bool *less, struct error *err)
{
	if (a->kind != b->kind)
		return incompatible(err);
	if (a->kind == VALUE_TEXT) {
		size_t common = a->bytes < b->bytes ? a->bytes : b->bytes;
		int order = memcmp(a->text, b->text, common);

		*less = order < 0 || (order == 0 && a->bytes < b->bytes);
		return true;
	}
	if (a->kind != VALUE_INT && a->kind != VALUE_FLOAT)
		return error_set(err, ERR_INVALID, NULL, "invalid type for comparison");
	*less = a->kind == VALUE_INT ? a->whole < b->whole : a->decimal < b->decimal;
	return true;
}

static bool call_eq(const struct template_call *call, struct value *out, struct error *err)
{
	bool equal = false;

	for (size_t i = 1; i < call->count && !equal; i++)
		if (!is_equal(&call->args[0], &call->args[i], &equal, err))
			return false;
	return give_bool(equal, out);
}

static bool call_ne(const struct template_call *call, struct value *out, struct error *err)
{
	bool equal;

	return is_equal(&call->args[0], &call->args[1], &equal, err) && give_bool(!equal, out);
}

static bool call_lt(const struct template_call *call, struct value *out, struct error *err)
{
	bool less;

	return is_less(&call->args[0], &call->args[1], &less, err) && give_bool(less, out);
}

static bool call_ge(const struct template_call *call, struct value *out, struct error *err)
{
	bool less;

	return is_less(&call->args[0], &call->args[1], &less, err) && give_bool(!less, out);
}

static bool call_gt(const struct template_call *call, struct value *out, struct error *err)
{
	bool less;

	return is_less(&call->args[1], &call->args[0], &less, err) && give_bool(less, out);
}

static bool call_le(const struct template_call *call, struct value *out, struct error *err)
{
	bool less;

	return is_less(&call->args[1], &call->args[0], &less, err) && give_bool(!less, out);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "a/b c/d": what there is to include, sorted. */
static bool list_includes(struct json_object *includes, struct buffer *out, struct error *err)
{
	size_t count = includes ? (size_t)json_object_object_length(includes) : 0;
	const char **names = calloc(count + 1, sizeof(*names));
	size_t at = 0;

	if (!names)
		return error_no_memory(err);
	if (includes) {
		json_object_object_foreach(includes, name, unused)
		{
			(void)unused;
			names[at++] = name;
		}
	}
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%s%s", i ? " " : "", names[i]);
	free(names);
	return buffer_ok(out, err);
}

static bool call_include(const struct template_call *call, struct value *out, struct error *err)
{
	AUTO(buffer) struct buffer path = { 0 };
	AUTO(buffer) struct buffer known = { 0 };
	const struct value *v = &call->args[0];
	struct json_object *text = NULL;

	if (v->kind != VALUE_TEXT)
		return error_set(err, ERR_INVALID, NULL, "the name must be a string");
	buffer_append(&path, v->text, v->bytes);
	if (!buffer_ok(&path, err))
		return false;
	if (strlen(path.data) == path.bytes && /* a NUL is in no name */
		json_object_object_get_ex(call->input->includes, path.data, &text)) {
		*out = (struct value){ .kind = VALUE_TEXT,
			.text = json_object_get_string(text),
			.bytes = (size_t)json_object_get_string_len(text) };
		return true;
	}
	if (!list_includes(call->input->includes, &known, err))
		return false;
	return error_set(err, ERR_INVALID, NULL,
		"prompt template \"%s\" not found in promptSources, available: [%s]", path.data,
		known.data ? known.data : "");
}

#define ANY 64

static const struct template_function functions[] = {
	{ "and", 1, ANY, NULL },
	{ "or", 1, ANY, NULL },
	{ "not", 1, 1, call_not },
	{ "len", 1, 1, call_len },
	{ "index", 1, ANY, call_index },
	{ "slice", 1, 4, call_slice },
	{ "print", 0, ANY, call_print },
	{ "printf", 1, ANY, call_printf },
	{ "println", 0, ANY, call_println },
	{ "html", 0, ANY, call_html },
	{ "js", 0, ANY, call_js },
	{ "urlquery", 0, ANY, call_urlquery },
	{ "eq", 2, ANY, call_eq },
	{ "ne", 2, 2, call_ne },
	{ "lt", 2, 2, call_lt },
	{ "le", 2, 2, call_le },
	{ "gt", 2, 2, call_gt },
	{ "ge", 2, 2, call_ge },
	{ "include", 1, 1, call_include },
};

const struct template_function *template_function_find(const char *name, size_t bytes)
{
	for (size_t i = 0; i < COUNT(functions); i++)
		if (strlen(functions[i].name) == bytes &&
			memcmp(functions[i].name, name, bytes) == 0)
			return &functions[i];
	return NULL;
}
