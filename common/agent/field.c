#include "agent/field.h"

#include <stdlib.h>
#include <string.h>

/* One step down; moves `*field` behind it. */
static struct json_view step(struct json_view at, const char **field)
{
	const char *start = *field;
	struct json_view found;
	char *end;

	if (*start == '[') {
		size_t bytes = strcspn(start, "]");
		unsigned long index = strtoul(start + 1, &end, 10);

		*field = start + bytes + (start[bytes] == ']');
		if (end == start + bytes && json_kind(at) == JSON_ARRAY)
			return json_item(at, index);
		return json_get_bytes(at, start + 1, bytes - 1);
	}
	start += *start == '.';
	*field = start + strcspn(start, ".[");
	found = json_get_bytes(at, start, (size_t)(*field - start));
	return found;
}

struct json_view field_find(struct json_view object, const char *field, bool *exact)
{
	struct json_view at = object;

	while (*field) {
		struct json_view next = step(at, &field);

		if (json_kind(next) == JSON_NONE) {
			if (exact)
				*exact = false;
			return at;
		}
		at = next;
	}
	if (exact)
		*exact = true;
	return at;
}
