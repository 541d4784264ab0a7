#include "proxy/split.h"

#include "proxy/rpc.h"

#define AROUND_MAX_BYTES ((size_t)64 * 1024)

void split_fini(struct split *split)
{
	buffer_fini(&split->around);
}

/* --- brackets --- */

static bool open_bracket(struct split *split, char c, struct error *err)
{
	unsigned at = split->depth;
	uint64_t bit = 1ull << at % 64;

	if (at == SPLIT_DEPTH)
		return error_set(err, ERR_INVALID, NULL, "deeper than %d levels", SPLIT_DEPTH);
	split->is_array[at / 64] &= ~bit;
	split->is_array[at / 64] |= c == '[' ? bit : 0;
	split->depth++;
	return true;
}

static bool close_bracket(struct split *split, char c, struct error *err)
{
	unsigned at = split->depth - 1;

	if (!split->depth || (split->is_array[at / 64] >> at % 64 & 1) != (c == ']'))
		return error_set(err, ERR_INVALID, NULL, "a \"%c\" that closes nothing", c);
	split->depth--;
	return true;
}

/* True unless the brackets are wrong. */
static bool note_bracket(struct split *split, char c, struct error *err)
{
	if (c == '{' || c == '[')
		return open_bracket(split, c, err);
	if (c == '}' || c == ']')
		return close_bracket(split, c, err);
	return true;
}

/* --- inside strings --- */

/* Where the string ends (behind its quote), or where the piece does. */
static const char *skip_string(struct split *split, const char *at, const char *end)
{
	const char *quote = NULL; /* the next one, or the end */

	while (at < end) {
		const char *backslash;

		if (split->after_backslash) {
			split->after_backslash = false;
			at++;
			continue;
		}
		if (!quote || quote < at)
			quote = memchr(at, '"', (size_t)(end - at));
		if (!quote)
			quote = end;
		backslash = memchr(at, '\\', (size_t)(quote - at));
		if (!backslash) {
			split->in_string = quote == end;
			return quote == end ? end : quote + 1;
		}
		split->after_backslash = true;
		at = backslash + 1;
	}
	return at;
}

/* --- the result --- */

/* Takes what there is of it; leaves `at` behind its end, or the piece's. */
static bool take_result(struct split *split, const char **at, const char *end,
	struct buffer *result, struct error *err)
{
	const char *from = *at;

	while (*at < end && split->in_result) {
		if (split->in_string) {
			*at = skip_string(split, *at, end);
			continue;
		}
		if (**at == '"')
			split->in_string = true;
		else if (!note_bracket(split, **at, err))
			return false;
		++*at;
		split->in_result = split->depth > 1;
	}
	buffer_append(result, from, (size_t)(*at - from));
	if (!split->in_result)
		buffer_puts(&split->around, "null");
	return true;
}

/* --- around it --- */

static bool is_result_key(const struct split *split)
{
	static const char key[] = "\"result\"";

	return split->depth == 1 && split->key_bytes == strlen(key) &&
	       memcmp(split->around.data + split->key_at, key, strlen(key)) == 0;
}

static void take_string_around(struct split *split, const char **at, const char *end)
{
	const char *from = *at;

	*at = skip_string(split, from, end);
	buffer_append(&split->around, from, (size_t)(*at - from));
	split->key_bytes = split->around.bytes - split->key_at;
}

static bool take_around(struct split *split, const char **at, const char *end, struct error *err)
{
	char c = **at;

	if (split->in_string) {
		take_string_around(split, at, end);
		return true;
	}
	if (split->awaits_result && (c == '{' || c == '[')) {
		split->awaits_result = false;
		split->in_result = true;
		split->saw_result = true;
		return true;
	}
	if (!strchr(" \t\r\n", c))
		split->awaits_result = c == ':' && !split->saw_result && is_result_key(split);
	if (c == '"') {
		split->in_string = true;
		split->key_at = split->around.bytes;
	}
	buffer_append(&split->around, *at, 1);
	++*at;
	return note_bracket(split, c, err);
}

bool split_feed(struct split *split, const char *bytes, size_t count, struct buffer *result,
	struct error *err)
{
	const char *end = bytes + count;

	while (bytes < end) {
		if (split->in_result ? !take_result(split, &bytes, end, result, err)
				     : !take_around(split, &bytes, end, err))
			return false;
		if (split->around.bytes > AROUND_MAX_BYTES)
			return error_set(err, ERR_TOO_LARGE, NULL,
				"more than %zu KiB around a result", AROUND_MAX_BYTES / 1024);
	}
	return buffer_ok(&split->around, err);
}

/* `rest` completes what there is. */
static bool reads_well(const struct split *split, const char *rest, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	struct rpc_answer answer;
	bool is_error;

	buffer_append(&text, split->around.data ? split->around.data : "", split->around.bytes);
	buffer_puts(&text, rest);
	if (!buffer_ok(&text, err) || !rpc_read_answer(&text, SIZE_MAX, &answer, err))
		return false;
	is_error = answer.is_error;
	rpc_answer_fini(&answer);
	return !is_error || error_set(err, ERR_INVALID, NULL, "both a result and an error");
}

bool split_has_begun(const struct split *split)
{
	struct error err;

	return split->in_result && reads_well(split, "null}", &err);
}

bool split_is_whole(const struct split *split, struct error *err)
{
	if (!split->saw_result || split->in_result)
		return error_set(err, ERR_INVALID, NULL, "it ends inside its result");
	return reads_well(split, "", err);
}
