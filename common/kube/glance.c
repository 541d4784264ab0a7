#include "kube/glance.h"

#include <string.h>

/* What is left of the line. Every step leaves it as it was when the line goes on otherwise. */
struct rest {
	const char *at, *end;
};

static bool take(struct rest *rest, const char *text)
{
	size_t bytes = strlen(text);

	if ((size_t)(rest->end - rest->at) < bytes || memcmp(rest->at, text, bytes) != 0)
		return false;
	rest->at += bytes;
	return true;
}

/* Behind the string that begins with the quote at `at`, or NULL. */
static const char *string_end(const char *at, const char *end)
{
	const char *quote = memchr(at + 1, '"', (size_t)(end - at - 1));

	if (quote && quote[-1] != '\\')
		return quote + 1;
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : NULL;
}

/* A string; `out` (of `room` bytes) gets it when it fits and has no escapes, else nothing. */
static bool take_string(struct rest *rest, char *out, size_t room)
{
	const char *from = rest->at + 1;
	const char *end =
		rest->at < rest->end && *rest->at == '"' ? string_end(rest->at, rest->end) : NULL;
	size_t bytes;

	if (!end)
		return false;
	bytes = (size_t)(end - 1 - from);
	if (out && bytes < room && !memchr(from, '\\', bytes)) {
		memcpy(out, from, bytes);
		out[bytes] = '\0';
	}
	rest->at = end;
	return true;
}

/* A value of any kind, up to the comma or bracket behind it. */
static bool skip(struct rest *rest)
{
	const char *at = rest->at;
	size_t depth = 0;

	while (at && at < rest->end) {
		switch (*at) {
		case '"':
			at = string_end(at, rest->end);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
		case ',':
			if (!depth) {
				rest->at = at;
				return true;
			}
			depth -= *at != ',';
			break;
		default:
			break;
		}
		at++;
	}
	return false;
}

static char *slot_of(struct glance *out, const char *key, size_t *room)
{
	const struct {
		const char *key;
		char *slot;
		size_t room;
	} slots[] = {
		{ "name", out->name, sizeof(out->name) },
		{ "namespace", out->ns, sizeof(out->ns) },
		{ "resourceVersion", out->rv, sizeof(out->rv) },
	};

	for (size_t i = 0; i < COUNT(slots); i++)
		if (strcmp(key, slots[i].key) == 0) {
			*room = slots[i].room;
			return slots[i].slot;
		}
	return NULL;
}

/* The members of the metadata, up to its end. */
static bool read_metadata(struct rest *rest, struct glance *out)
{
	do {
		char key[64] = "";
		size_t room = 0;
		char *slot;

		if (!take_string(rest, key, sizeof(key)) || !take(rest, ":"))
			return false;
		slot = slot_of(out, key, &room);
		if (slot ? !take_string(rest, slot, room) : !skip(rest))
			return false;
		if (*out->name && *out->ns && *out->rv)
			return true;
	} while (take(rest, ","));
	return take(rest, "}") && *out->name && *out->rv;
}

/* The members of the object, up to its metadata's end. */
static bool read_object(struct rest *rest, struct glance *out)
{
	*out = (struct glance){ 0 };
	do {
		if (take(rest, "\"metadata\":{"))
			return read_metadata(rest, out);
		if (!take_string(rest, NULL, 0) || !take(rest, ":") || !skip(rest))
			return false;
	} while (take(rest, ","));
	return false;
}

bool glance_read(const char *line, size_t bytes, struct glance *out)
{
	struct rest rest = { line, line + bytes };

	return (take(&rest, "{\"type\":\"ADDED\",\"object\":{") ||
		       take(&rest, "{\"type\":\"MODIFIED\",\"object\":{")) &&
	       read_object(&rest, out);
}

bool glance_read_object(const char *text, size_t bytes, struct glance *out)
{
	struct rest rest = { text, text + bytes };

	return take(&rest, "{") && read_object(&rest, out);
}
