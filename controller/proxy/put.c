#include "proxy/put.h"

void put_key(struct buffer *out, const char *key)
{
	if (out->bytes && out->data[out->bytes - 1] != '{')
		buffer_putc(out, ',');
	json_write_string(out, key, strlen(key));
	buffer_putc(out, ':');
}

void put_text(struct buffer *out, const char *key, const char *text)
{
	put_key(out, key);
	json_write_string(out, text, strlen(text));
}

void put_bool(struct buffer *out, const char *key, bool value)
{
	put_key(out, key);
	buffer_puts(out, value ? "true" : "false");
}

void put_view(struct buffer *out, const char *key, struct json_view v)
{
	if (!json_is_present(v))
		return;
	put_key(out, key);
	json_write(out, v);
}

static bool is_one_of(const char *key, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(key, *names) == 0)
			return true;
	return false;
}

void put_others(struct buffer *out, struct json_view object, const char *const *named)
{
	json_foreach_member (member, object) {
		const char *key = json_key(member, NULL);

		if (!is_one_of(key, named))
			put_view(out, key, member);
	}
}

void put_object(struct buffer *out, const char *key, enum a2a_version to, struct json_view v,
	put_write_fn write)
{
	if (json_kind(v) != JSON_OBJECT) {
		put_view(out, key, v);
		return;
	}
	put_key(out, key);
	write(out, to, v);
}

void put_list(struct buffer *out, const char *key, enum a2a_version to, struct json_view v,
	put_write_fn write)
{
	bool first = true;

	if (json_kind(v) != JSON_ARRAY) {
		put_view(out, key, v);
		return;
	}
	put_key(out, key);
	buffer_putc(out, '[');
	json_foreach (item, v) {
		if (!first)
			buffer_putc(out, ',');
		first = false;
		if (json_kind(item) == JSON_OBJECT)
			write(out, to, item);
		else
			json_write(out, item);
	}
	buffer_putc(out, ']');
}
