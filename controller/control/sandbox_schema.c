#include "control/sandbox_schema.h"

#include <stdio.h>
#include <string.h>

#define PRESERVES "x-kubernetes-preserve-unknown-fields"

static bool preserves(struct json_view schema)
{
	return json_bool_or(json_get(schema, PRESERVES), false);
}

/* Begins a member of the object at the end of `out`. */
static void begin_member(struct buffer *out, const char *key, size_t bytes)
{
	if (out->data[out->bytes - 1] != '{')
		buffer_putc(out, ',');
	json_write_string(out, key, bytes);
	buffer_putc(out, ':');
}

static void project_properties(struct json_view properties, struct buffer *out)
{
	buffer_putc(out, '{');
	json_foreach_member (property, properties) {
		size_t bytes;
		const char *name = json_key(property, &bytes);

		begin_member(out, name, bytes);
		sandbox_schema_project(property, out);
	}
	buffer_putc(out, '}');
}

void sandbox_schema_project(struct json_view schema, struct buffer *out)
{
	static const char *const inner[] = { "items", "additionalProperties" };

	buffer_putc(out, '{');
	if (preserves(schema)) {
		begin_member(out, PRESERVES, strlen(PRESERVES));
		buffer_puts(out, "true");
	}
	if (json_is_present(json_get(schema, "properties"))) {
		begin_member(out, "properties", strlen("properties"));
		project_properties(json_get(schema, "properties"), out);
	}
	for (size_t i = 0; i < COUNT(inner); i++) {
		struct json_view of_each = json_get(schema, inner[i]);

		if (!json_is_present(of_each))
			continue;
		begin_member(out, inner[i], strlen(inner[i]));
		if (json_kind(of_each) == JSON_OBJECT)
			sandbox_schema_project(of_each, out);
		else /* true: anything */
			json_write(out, of_each);
	}
	buffer_putc(out, '}');
}

static void note_lack(struct sandbox_lack *lack, const struct path *at)
{
	char name[160];
	size_t used = strlen(lack->names);

	path_print(at, name, sizeof(name));
	lack->count++;
	if (used + strlen(name) + sizeof(", ") > sizeof(lack->names))
		lack->unnamed++;
	else
		snprintf(lack->names + used, sizeof(lack->names) - used, "%s%s", used ? ", " : "",
			name);
}

static void fit_object(struct json_view schema, struct json_object *object, const struct path *at,
	struct sandbox_lack *lack)
{
	struct json_view properties = json_get(schema, "properties");
	struct json_view values = json_get(schema, "additionalProperties");

	json_object_object_foreach(object, key, member)
	{
		struct json_view known = json_get(properties, key);

		if (!json_is_present(known))
			known = values;
		if (json_is_present(known)) {
			sandbox_schema_fit(known, member, AT_KEY(at, key), lack);
		} else if (!preserves(schema)) {
			note_lack(lack, AT_KEY(at, key));
			json_object_object_del(object, key);
		}
	}
}

void sandbox_schema_fit(struct json_view schema, struct json_object *value, const struct path *at,
	struct sandbox_lack *lack)
{
	if (json_kind(schema) != JSON_OBJECT)
		return;
	if (json_object_is_type(value, json_type_object))
		fit_object(schema, value, at, lack);
	else if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; i < json_object_array_length(value); i++)
			sandbox_schema_fit(json_get(schema, "items"),
				json_object_array_get_idx(value, i), AT_INDEX(at, i), lack);
}
