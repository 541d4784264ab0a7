#include "json/patch.h"

#include <string.h>

void json_patch_fini(struct json_patch *patch)
{
	buffer_fini(&patch->text);
	*patch = (struct json_patch){ 0 };
}

static void put_pointer(struct buffer *pointer, const struct path *at)
{
	if (!at)
		return;
	put_pointer(pointer, at->up);
	buffer_putc(pointer, '/');
	if (!at->key) {
		buffer_printf(pointer, "%zu", at->index);
		return;
	}
	for (const char *key = at->key; *key; key++)
		if (*key == '~' || *key == '/')
			buffer_puts(pointer, *key == '~' ? "~0" : "~1");
		else
			buffer_putc(pointer, *key);
}

/* Writes an operation up to its value, which the caller writes, and the closing brace, too. */
static void begin(struct json_patch *patch, const char *operation, const struct path *at)
{
	AUTO(buffer) struct buffer pointer = { 0 };

	buffer_puts(&pointer, "");
	put_pointer(&pointer, at);
	buffer_puts(&patch->text, patch->operations++ ? "," : "[");
	buffer_printf(&patch->text, "{\"op\":\"%s\",\"path\":", operation);
	if (pointer.failed)
		patch->text.failed = true;
	else
		json_write_string(&patch->text, pointer.data, pointer.bytes);
}

static void with_text(struct json_patch *patch, const char *operation, const struct path *at,
	const char *value_json)
{
	begin(patch, operation, at);
	buffer_puts(&patch->text, ",\"value\":");
	buffer_puts(&patch->text, value_json);
	buffer_putc(&patch->text, '}');
}

static void with_view(
	struct json_patch *patch, const char *operation, const struct path *at, struct json_view v)
{
	begin(patch, operation, at);
	buffer_puts(&patch->text, ",\"value\":");
	json_write(&patch->text, v);
	buffer_putc(&patch->text, '}');
}

void json_patch_add(struct json_patch *patch, const struct path *at, const char *value_json)
{
	with_text(patch, "add", at, value_json);
}

void json_patch_replace(struct json_patch *patch, const struct path *at, const char *value_json)
{
	with_text(patch, "replace", at, value_json);
}

void json_patch_remove(struct json_patch *patch, const struct path *at)
{
	begin(patch, "remove", at);
	buffer_putc(&patch->text, '}');
}

bool json_patch_take(struct json_patch *patch, char **out, struct error *err)
{
	char *text;

	if (patch->operations)
		buffer_putc(&patch->text, ']');
	text = buffer_take(&patch->text);
	json_patch_fini(patch);
	if (!text)
		return error_no_memory(err);
	*out = text;
	return true;
}

static void diff(
	struct json_patch *patch, const struct path *at, struct json_view from, struct json_view to)
{
	if (json_kind(from) != JSON_OBJECT || json_kind(to) != JSON_OBJECT) {
		if (!json_equal(from, to))
			with_view(patch, "replace", at, to);
		return;
	}
	json_foreach_member (member, from) {
		size_t bytes;
		const char *key = json_key(member, &bytes);
		const struct path *below = AT_KEY(at, key);
		struct json_view wanted = json_get_bytes(to, key, bytes);

		if (json_kind(wanted) == JSON_NONE)
			json_patch_remove(patch, below);
		else
			diff(patch, below, member, wanted);
	}
	json_foreach_member (member, to) {
		size_t bytes;
		const char *key = json_key(member, &bytes);

		if (json_kind(json_get_bytes(from, key, bytes)) == JSON_NONE)
			with_view(patch, "add", AT_KEY(at, key), member);
	}
}

void json_patch_diff(struct json_patch *patch, struct json_view from, struct json_view to)
{
	diff(patch, NULL, from, to);
}
