/*
 * Conversion of agents' answers to 1.0: the outcome is always JSON, and what was converted there and back converts to the same 1.0
 * text again (the first crossing may tidy, the second must not).
 */
#include "proxy/a2a.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct json_doc *read(struct buffer *text)
{
	const struct json_limits limits = { .depth = 1000 };
	struct json_doc *doc;
	struct error err;

	if (!buffer_ok(text, &err) || !json_doc_parse(text, &limits, &doc, &err))
		abort();
	return doc;
}

static struct json_doc *cross(struct json_view event, enum a2a_version to)
{
	AUTO(buffer) struct buffer out = { 0 };

	a2a_write_event(&out, to, event);
	return read(&out);
}

/* A document as 1.0 defines it: one of its members, an object. Others may mean two things at once. */
static bool is_proper(struct json_view event)
{
	return json_count(event) == 1 && json_kind(json_first(event)) == JSON_OBJECT;
}

static void check_answer(struct json_view result)
{
	AUTO(json_doc) struct json_doc *once = cross(result, A2A_10);
	AUTO(json_doc) struct json_doc *back = cross(json_root(once), A2A_03);
	AUTO(json_doc) struct json_doc *twice = cross(json_root(back), A2A_10);

	if (is_proper(json_root(once)) && json_count(json_root(twice)) != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(buffer) struct buffer out = { 0 };
	struct rpc_answer answer;
	struct error err;

	if (!bytes)
		return 0;
	buffer_append(&text, data + 1, bytes - 1);
	if (!rpc_read_answer(&text, 1000000, &answer, &err))
		return 0;
	if (!answer.is_error) {
		check_answer(answer.result);
		a2a_write_result(&out, A2A_10, (enum a2a_method)(data[0] % (A2A_PUSH_DELETE + 1)),
			answer.result);
		json_doc_free(read(&out));
		buffer_clear(&out);
		a2a_write_opening_task(&out, answer.result);
		json_doc_free(read(&out));
		(void)a2a_event_is_last(answer.result);
		(void)a2a_event_task(answer.result);
	}
	rpc_answer_fini(&answer);
	return 0;
}
