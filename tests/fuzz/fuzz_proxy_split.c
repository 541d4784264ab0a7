/*
 * Answers taken apart while they come: it does not matter how they are cut, and what the strict reader takes for a good answer is taken
 * apart into the same result. The first byte of the input says where it is cut.
 */
#include "proxy/rpc.h"
#include "proxy/split.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static bool take_apart(
	struct split *split, const char *text, size_t bytes, size_t cut, struct buffer *result)
{
	struct error err;

	return split_feed(split, text, cut, result, &err) &&
	       split_feed(split, text + cut, bytes - cut, result, &err) &&
	       split_is_whole(split, &err);
}

/* What the strict reader says. NONE: no answer with a result that can be sent on. */
static enum json_kind read_whole(const char *bytes, size_t count, struct buffer *result)
{
	AUTO(buffer) struct buffer text = { 0 };
	struct rpc_answer answer;
	enum json_kind kind;
	struct error err;

	buffer_append(&text, bytes, count);
	if (!rpc_read_answer(&text, SIZE_MAX, &answer, &err))
		return JSON_NONE;
	kind = answer.is_error ? JSON_NONE : json_kind(answer.result);
	json_write(result, answer.result);
	rpc_answer_fini(&answer);
	return kind;
}

/* The same JSON, written the same way? */
static bool is_same(const struct buffer *raw, const struct buffer *want)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(buffer) struct buffer again = { 0 };
	const struct json_limits limits = { .bytes = SIZE_MAX, .depth = SPLIT_DEPTH };
	struct error err;

	if (!json_doc_copy(raw->data, raw->bytes, &limits, &doc, &err))
		return false;
	json_write(&again, json_root(doc));
	return again.bytes == want->bytes && memcmp(again.data, want->data, want->bytes) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(buffer) struct buffer at_once = { 0 };
	AUTO(buffer) struct buffer cut = { 0 };
	AUTO(buffer) struct buffer want = { 0 };
	struct split first = { 0 };
	struct split second = { 0 };
	const char *text = (const char *)data + 1;
	enum json_kind kind;
	bool ok;

	if (bytes < 2)
		return 0;
	bytes--;
	ok = take_apart(&first, text, bytes, 0, &at_once);
	if (take_apart(&second, text, bytes, data[0] % bytes, &cut) != ok)
		abort();
	if (ok && (cut.bytes != at_once.bytes || memcmp(cut.data, at_once.data, cut.bytes) != 0))
		abort();
	kind = read_whole(text, bytes, &want);
	if ((kind == JSON_OBJECT || kind == JSON_ARRAY) && first.saw_result &&
		(!ok || !is_same(&at_once, &want)))
		abort();
	split_fini(&first);
	split_fini(&second);
	return 0;
}
