#include "agent/skill.h"

#include <string.h>

#define BLANKS " \t\r\n\v\f"

/* A stretch of text. */
struct span {
	const char *start;
	size_t bytes;
};

static struct span span_trim(const char *text, const char *characters)
{
	struct span span = { text + strspn(text, characters), 0 };

	span.bytes = strlen(span.start);
	while (span.bytes && strchr(characters, span.start[span.bytes - 1]))
		span.bytes--;
	return span;
}

/* What follows the last of `separators`. */
static struct span span_last(struct span span, const char *separators)
{
	for (size_t i = span.bytes; i > 0; i--)
		if (strchr(separators, span.start[i - 1]))
			return (struct span){ span.start + i, span.bytes - i };
	return span;
}

static bool put(struct span span, char out[SKILL_NAME_BYTES])
{
	if (span.bytes >= SKILL_NAME_BYTES)
		return false;
	memcpy(out, span.start, span.bytes);
	out[span.bytes] = '\0';
	return true;
}

static struct span url_name(const char *url)
{
	struct span span = span_trim(url, BLANKS);
	const char *cut = strpbrk(span.start, "?#");

	if (cut && (size_t)(cut - span.start) < span.bytes)
		span.bytes = (size_t)(cut - span.start);
	while (span.bytes && span.start[span.bytes - 1] == '/')
		span.bytes--;
	span = span_last(span, "/:");
	if (span.bytes >= 4 && strncmp(span.start + span.bytes - 4, ".git", 4) == 0)
		span.bytes -= 4;
	return span;
}

bool skill_git_name(struct json_view git_ref, char out[SKILL_NAME_BYTES])
{
	struct span name = span_trim(json_text_or(json_get(git_ref, "name"), ""), BLANKS);

	if (!name.bytes) {
		name = span_trim(json_text_or(json_get(git_ref, "path"), ""), BLANKS "/");
		name = span_last(name, "/");
	}
	if (!name.bytes)
		name = url_name(json_text_or(json_get(git_ref, "url"), ""));
	return put(name, out);
}

bool skill_oci_name(const char *ref, char out[SKILL_NAME_BYTES])
{
	struct span name = { ref, strcspn(ref, "@") };

	name = span_last(name, "/");
	for (size_t i = 0; i < name.bytes; i++)
		if (name.start[i] == ':')
			name.bytes = i;
	return put(name, out);
}

bool skill_name_is_valid(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return name[0] && strspn(name, allowed) == strlen(name) && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

bool skill_path_is_inside(const char *path)
{
	long depth = 0;

	if (path[0] == '/')
		return false;
	for (const char *part = path; *part; part += *part == '/') {
		size_t bytes = strcspn(part, "/");

		if (bytes == 2 && strncmp(part, "..", 2) == 0)
			depth--;
		else if (bytes > 1 || (bytes == 1 && *part != '.'))
			depth++;
		if (depth < 0)
			return false;
		part += bytes;
	}
	return true;
}
