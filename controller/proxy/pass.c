/* An answer that is kept whole, or is so large that it is sent on while it comes, to a client that speaks the agent's dialect. */
#include "proxy/conversation.h"

#define PASS_FROM_BYTES ((size_t)256 * 1024) /* smaller ones are read whole, and strictly */

static bool pass_may(const struct proxy_conversation *it)
{
	return it->version == A2A_03 && !it->is_stream && it->asked == it->method &&
	       !it->checks_end;
}

static void pass_on(
	struct proxy_conversation *it, struct buffer *out, const char *data, size_t bytes)
{
	struct error err;

	if (split_feed(it->split, data, bytes, out, &err)) {
		http_stream_write(it->exchange, out);
		return;
	}
	buffer_fini(out);
	upstream_fail_decode(it, &err);
}

/* What came up to now shows whether it can be sent on: its result has begun. */
static void try_to_begin(struct proxy_conversation *it)
{
	struct split *split = calloc(1, sizeof(*split));
	struct buffer out = { 0 };
	struct error err;

	rpc_begin_result(&out, it->request.id);
	if (split && it->status == 200 &&
		split_feed(split, it->raw.data, it->raw.bytes, &out, &err) &&
		split_has_begun(split)) {
		it->split = split;
		buffer_fini(&it->raw);
		http_stream_begin(it->exchange, 200, "application/json");
		http_stream_write(it->exchange, &out);
		return;
	}
	if (split)
		split_fini(split);
	free(split);
	buffer_fini(&out);
	it->is_kept_whole = true;
}

void pass_take(struct proxy_conversation *it, const char *data, size_t bytes)
{
	struct buffer out = { 0 };
	struct error err;

	if (it->split) {
		pass_on(it, &out, data, bytes);
		return;
	}
	buffer_append(&it->raw, data, bytes);
	if (!buffer_ok(&it->raw, &err))
		upstream_fail_decode(it, &err);
	else if (it->raw.bytes > it->proxy->options.max_answer_bytes)
		upstream_fail_too_large(it);
	else if (it->raw.bytes > PASS_FROM_BYTES && !it->is_kept_whole && pass_may(it))
		try_to_begin(it);
}

void pass_end(struct proxy_conversation *it)
{
	struct buffer out = { 0 };
	struct error err;

	if (!split_is_whole(it->split, &err)) {
		upstream_fail_decode(it, &err);
		return;
	}
	rpc_end_result(&out);
	buffer_putc(&out, '\n');
	http_stream_write(it->exchange, &out);
	conversation_end(it, NULL);
}
