/* To the agent's pod and back: the request in the agent's dialect, its answer or its events in the client's. */
#include "proxy/conversation.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>

#define LARGE_EVENT_BYTES  ((size_t)64 * 1024)
#define LAST_PATIENCE_MS   5000 /* for the end of a stream after its last event */
#define CONNECT_TIMEOUT_MS 5000
#define ANSWER_EXTRA_BYTES 128 /* for a longer id */
#define BODY_ROOM_BYTES    768 /* most requests fit in without a second allocation */
#define KEPT_REQUEST_BYTES ((size_t)16 * 1024) /* a larger one is not kept while the agent works */
#define NO_STREAM_MAX_BYTES                                                                        \
	((size_t)1024 * 1024) /* of what a stream call got instead of a stream */

/* --- answers --- */

/* Until the agent has told the id of its task, it is known by the message that began it: the answer to a send tells it last. */
static void tell_lost(const struct proxy_conversation *it, const char *reason)
{
	const struct proxy_options *options = &it->proxy->options;
	struct json_view message = json_get(it->request.params, "message");
	const struct proxy_lost lost = { .ns = it->entry->ns,
		.name = it->entry->name,
		.user = it->user,
		.task = it->task,
		.message = json_text_or(json_get(message, "messageId"), ""),
		.context = json_text_or(json_get(message, "contextId"), ""),
		.reason = reason };

	if (options->task_lost && !it->saw_last && (lost.task || *lost.message))
		options->task_lost(options->context, &lost);
}

static void fail_lost(struct proxy_conversation *it, const char *reason)
{
	struct rpc_failure failure;

	tell_lost(it, reason);
	rpc_fail(&failure, RPC_INTERNAL_ERROR, "agent %s was lost while it worked: %.300s",
		it->entry->key, reason);
	conversation_fail(it, &failure);
}

static void fail_status(struct proxy_conversation *it)
{
	struct rpc_failure failure;

	rpc_fail(&failure, RPC_INTERNAL_ERROR, "unexpected HTTP status: %d from agent %s",
		it->status, it->entry->key);
	conversation_fail(it, &failure);
}

void upstream_fail_decode(struct proxy_conversation *it, const struct error *err)
{
	struct rpc_failure failure;

	rpc_fail(&failure, RPC_INTERNAL_ERROR, "failed to decode response of agent %s: %.300s",
		it->entry->key, err->text);
	conversation_fail(it, &failure);
}

void upstream_fail_too_large(struct proxy_conversation *it)
{
	const char *why = it->version == A2A_10 ? ": the most that is turned into A2A 1.0" : "";
	struct rpc_failure failure;

	rpc_fail(&failure, RPC_INTERNAL_ERROR,
		"the answer of agent %s is larger than %zu bytes%s; ask for less of it, for "
		"example with historyLength",
		it->entry->key, it->proxy->options.max_answer_bytes, why);
	conversation_fail(it, &failure);
}

static void remember_task(struct proxy_conversation *it, struct json_view event)
{
	const char *task = a2a_event_task(event);

	if (!it->task && *task)
		it->task = strdup(task);
}

/* 1.0 wants a Task (or a single Message) at the start of a stream; agents begin with an update. */
static void emit_opening(struct proxy_conversation *it, struct json_view event)
{
	const char *kind = json_text_or(json_get(event, "kind"), "");
	struct buffer json = { 0 };
	bool needs_task =
		it->version == A2A_10 && !it->has_opened && text_ends_with(kind, "-update");

	it->has_opened = true;
	if (!needs_task)
		return;
	conversation_begin_event(&json, 0);
	rpc_begin_result(&json, it->request.id);
	a2a_write_opening_task(&json, event);
	rpc_end_result(&json);
	conversation_emit(it, &json);
}

/* `bytes`: about how long it is. */
static void emit_result(struct proxy_conversation *it, struct json_view result, size_t bytes)
{
	struct buffer json = { 0 };

	remember_task(it, result);
	emit_opening(it, result);
	if (!it->saw_last && a2a_event_is_last(result)) {
		it->saw_last = true;
		loop_timer_arm(it->hold, LAST_PATIENCE_MS);
	}
	conversation_begin_event(&json, bytes);
	rpc_begin_result(&json, it->request.id);
	a2a_write_result(&json, it->version, it->method, result);
	rpc_end_result(&json);
	conversation_emit(it, &json);
}

/* `bytes`: about how long it is, with what stands around it. */
static void answer_result(struct proxy_conversation *it, struct json_view result, size_t bytes)
{
	struct buffer json = { 0 };

	buffer_reserve(&json, bytes + ANSWER_EXTRA_BYTES);
	rpc_begin_result(&json, it->request.id);
	a2a_write_result(&json, it->version, it->method, result);
	rpc_end_result(&json);
	buffer_putc(&json, '\n');
	conversation_end(it, &json);
}

/* --- a 1.0 subscription: the task as it stands, then its events --- */

static void subscribe_with_task(struct proxy_conversation *it, struct json_view task)
{
	const char *state = json_text_or(json_dig(task, "status", "state"), "");
	struct rpc_failure failure;
	struct buffer json = { 0 };

	if (a2a_state_is_terminal(state)) {
		rpc_fail(&failure, RPC_UNSUPPORTED_OPERATION,
			"the task has ended (%s): there is nothing to subscribe to", state);
		conversation_fail(it, &failure);
		return;
	}
	conversation_begin_event(&json, 0);
	rpc_begin_result(&json, it->request.id);
	buffer_puts(&json, "{\"task\":");
	a2a_write_task(&json, A2A_10, task);
	buffer_putc(&json, '}');
	rpc_end_result(&json);
	conversation_emit(it, &json);
	it->has_opened = true;
	upstream_send(it);
}

/* --- a stream that ended in good order, but before its task --- */

static void fail_ended_early(struct proxy_conversation *it)
{
	fail_lost(it, "its answer ended before the task did");
}

static bool write_last_update(
	struct buffer *out, struct json_view task, struct json_doc **update, struct error *err)
{
	buffer_puts(out, "{\"kind\":\"status-update\",\"taskId\":");
	json_write(out, json_get(task, "id"));
	buffer_puts(out, ",\"contextId\":");
	json_write(out, json_get(task, "contextId"));
	buffer_puts(out, ",\"status\":");
	json_write(out, json_get(task, "status"));
	buffer_puts(out, ",\"final\":true}");
	return buffer_ok(out, err) && json_doc_parse(out, NULL, update, err);
}

/* The task as it stands after the stream: at its end, then the client is told; or running on without us. */
static void end_with_task(struct proxy_conversation *it, struct json_view task)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *update = NULL;
	struct rpc_failure failure;
	struct error err;

	if (json_kind(json_get(task, "status")) != JSON_OBJECT ||
		!json_is_present(json_get(task, "id"))) {
		fail_ended_early(it);
	} else if (!a2a_event_is_last(task)) {
		rpc_fail(&failure, RPC_INTERNAL_ERROR,
			"agent %s ended its answer, but works on: subscribe to task %.100s",
			it->entry->key, json_text_or(json_get(task, "id"), ""));
		conversation_fail(it, &failure);
	} else if (!write_last_update(&text, task, &update, &err)) {
		upstream_fail_decode(it, &err);
	} else {
		emit_result(it, json_root(update), 0);
		conversation_end(it, NULL);
	}
}

static void check_end(struct proxy_conversation *it)
{
	if (!it->task) {
		fail_ended_early(it);
		return;
	}
	it->checks_end = true;
	upstream_send(it);
}

/* The answer to check_end; whatever is wrong with it, the agent does not know its task any more. */
static void take_check(struct proxy_conversation *it, struct buffer *body, bool ok)
{
	struct rpc_answer answer = { 0 };
	struct error err;

	if (ok && it->status == 200 &&
		rpc_read_answer(body, it->proxy->options.max_answer_bytes, &answer, &err) &&
		!answer.is_error)
		end_with_task(it, answer.result);
	else
		fail_ended_early(it);
	rpc_answer_fini(&answer);
}

/* A whole JSON-RPC answer came, not a stream. */
static void take_answer(struct proxy_conversation *it, struct buffer *body)
{
	size_t bytes = body->bytes;
	struct rpc_answer answer;
	struct error err;

	if (it->status != 200) {
		fail_status(it);
		return;
	}
	if (!rpc_read_answer(body, it->proxy->options.max_answer_bytes, &answer, &err)) {
		upstream_fail_decode(it, &err);
		return;
	}
	if (answer.is_error) {
		conversation_fail(it, &answer.failure);
	} else if (it->asked == A2A_GET && it->method == A2A_RESUBSCRIBE) {
		subscribe_with_task(it, answer.result);
	} else if (!it->is_stream) {
		answer_result(it, answer.result, bytes);
	} else {
		emit_result(it, answer.result, 0);
		conversation_end(it, NULL);
	}
	rpc_answer_fini(&answer);
}

/* --- what the client calls --- */

static void on_head(void *context, struct http_request *request, int status)
{
	struct proxy_conversation *it = context;
	const char *type = http_response_header(request, "Content-Type");

	if (it->asked == it->method && json_doc_memory(it->request.doc) > KEPT_REQUEST_BYTES)
		conversation_keep_little(it);
	it->status = status;
	it->is_sse = status == 200 && type &&
		     strncasecmp(type, "text/event-stream", strlen("text/event-stream")) == 0;
}

/* A small one is copied, so that the reader keeps its memory for the next. */
static void take_event(struct buffer *text, struct buffer *data)
{
	if (data->bytes > LARGE_EVENT_BYTES) {
		*text = *data;
		*data = (struct buffer){ 0 };
	} else {
		buffer_append(text, data->data ? data->data : "", data->bytes);
	}
}

static bool on_event(void *context, const char *name UNUSED, struct buffer *data)
{
	struct proxy_conversation *it = context;
	AUTO(buffer) struct buffer text = { 0 };
	size_t bytes = data->bytes;
	struct rpc_answer answer;
	struct error err;

	if (it->stage != STAGE_SENT)
		return false;
	take_event(&text, data);
	if (!buffer_ok(&text, &err) ||
		!rpc_read_answer(&text, it->proxy->options.max_answer_bytes, &answer, &err)) {
		upstream_fail_decode(it, &err);
		return false;
	}
	if (answer.is_error) {
		it->saw_last = true;
		conversation_fail(it, &answer.failure);
	} else {
		emit_result(it, answer.result, bytes);
	}
	rpc_answer_fini(&answer);
	return it->stage == STAGE_SENT;
}

/* What a stream call got instead of a stream is an error's text at most. */
static void take_no_stream(struct proxy_conversation *it, const char *data, size_t bytes)
{
	if (it->raw.bytes + bytes <= NO_STREAM_MAX_BYTES)
		buffer_append(&it->raw, data, bytes);
}

static bool on_data(
	void *context, struct http_request *request UNUSED, const char *data, size_t bytes)
{
	struct proxy_conversation *it = context;
	struct error err;

	it->paused = http_stream_is_full(it->exchange) ||
		     (!it->split && !http_may_hold(it->exchange, bytes));
	if (it->paused)
		return false;
	if (!a2a_is_stream(it->asked))
		pass_take(it, data, bytes);
	else if (!it->is_sse)
		take_no_stream(it, data, bytes);
	else if (!sse_feed(&it->reader, data, bytes, on_event, it, &err))
		upstream_fail_decode(it, &err);
	upstream_count(it);
	return true;
}

static void refuse(struct proxy_conversation *it, const struct error *failure)
{
	uint64_t now = clock_monotonic_ms();
	struct rpc_failure why;

	if (!it->refused_ms)
		it->refused_ms = now;
	if (now - it->refused_ms < it->proxy->options.refused_ms) {
		conversation_hold(it);
		return;
	}
	rpc_fail(&why, RPC_INTERNAL_ERROR, "agent %s cannot be reached: %.300s", it->entry->key,
		failure->text);
	conversation_fail(it, &why);
}

static void on_done(void *context, struct http_request *request, int status UNUSED,
	struct buffer *body UNUSED, const struct error *failure)
{
	struct proxy_conversation *it = context;

	it->upstream = NULL;
	if (it->stage != STAGE_SENT)
		return;
	if (it->checks_end) {
		take_check(it, &it->raw, !failure);
	} else if (failure && http_request_was_refused(request)) {
		refuse(it, failure);
	} else if (failure) {
		fail_lost(it, failure->text);
	} else if (it->is_stream && it->asked == it->method && it->is_sse) {
		if (it->saw_last)
			conversation_end(it, NULL);
		else
			check_end(it);
	} else if (it->split) {
		pass_end(it);
	} else {
		take_answer(it, &it->raw);
	}
	upstream_count(it);
}

/* --- sending --- */

static void write_body(struct buffer *out, const struct proxy_conversation *it)
{
	/* One request and one answer on a connection: any id will do. */
	buffer_reserve(out, BODY_ROOM_BYTES);
	buffer_puts(out, "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"method\":\"");
	buffer_puts(out, a2a_method_name(A2A_03, it->asked));
	buffer_puts(out, "\",\"params\":");
	if (it->asked == it->method) {
		a2a_write_params(out, it->version, it->method, it->request.params);
	} else {
		buffer_puts(out, "{\"id\":");
		json_write_string(out, it->task, strlen(it->task));
		buffer_putc(out, '}');
	}
	buffer_putc(out, '}');
}

static void add_header(
	struct http_header *headers, size_t *used, const char *name, const char *value)
{
	if (value)
		headers[(*used)++] = (struct http_header){ name, value };
}

/* All that is sent upstream; nothing else of the client's headers is. Source: kagent v0.9.12, plus what sub-agent calls need. */
static void fill_headers(
	const struct proxy_conversation *it, bool wants_stream, struct http_header headers[12])
{
	size_t used = 0;

	add_header(headers, &used, "Content-Type", "application/json");
	add_header(
		headers, &used, "Accept", wants_stream ? "text/event-stream" : "application/json");
	add_header(headers, &used, "A2A-Version", "0.3");
	add_header(headers, &used, "X-User-Id", it->user);
	add_header(headers, &used, "Authorization", it->authorization);
	add_header(headers, &used, "traceparent", it->traceparent);
	add_header(headers, &used, "tracestate", it->traceparent ? it->tracestate : NULL);
	add_header(headers, &used, "x-kagent-source", it->source);
	headers[used] = (struct http_header){ NULL, NULL };
}

/* A 1.0 subscription begins with the task as it stands; everything else is asked as it came. */
static enum a2a_method next_to_ask(const struct proxy_conversation *it)
{
	if (it->checks_end)
		return A2A_GET;
	if (it->version == A2A_10 && it->method == A2A_RESUBSCRIBE && !it->has_opened)
		return A2A_GET;
	return it->method;
}

static bool start(struct proxy_conversation *it, struct error *err)
{
	struct http_header headers[12];
	struct http_request_options options = { .method = "POST",
		.url = it->entry->url,
		.headers = headers,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.idle_timeout_ms = it->proxy->options.idle_ms,
		.on_head = on_head,
		.on_data = on_data,
		.on_done = on_done,
		.context = it };
	bool wants_stream = a2a_is_stream(it->asked);

	fill_headers(it, wants_stream, headers);
	write_body(&options.body, it);
	if (!buffer_ok(&options.body, err)) {
		buffer_fini(&options.body);
		return false;
	}
	return http_client_start(it->proxy->client, &options, &it->upstream, err);
}

void upstream_send(struct proxy_conversation *it)
{
	struct rpc_failure failure;
	struct error err;

	loop_timer_disarm(it->hold);
	conversation_set_stage(it, STAGE_SENT);
	it->asked = next_to_ask(it);
	it->status = 0;
	it->is_sse = false;
	it->paused = false;
	buffer_fini(&it->raw);
	if (start(it, &err))
		return;
	rpc_fail(&failure, RPC_INTERNAL_ERROR, "the request cannot be sent to agent %s: %.300s",
		it->entry->key, err.text);
	conversation_fail(it, &failure);
}

void upstream_resume(struct proxy_conversation *it)
{
	if (!it->paused || !it->upstream)
		return;
	it->paused = false;
	http_request_resume(it->upstream);
}

void upstream_count(struct proxy_conversation *it)
{
	if (it->stage == STAGE_ENDED) {
		buffer_fini(&it->raw);
		sse_reader_fini(&it->reader);
	}
	http_hold(it->exchange, it->raw.bytes + sse_reader_bytes(&it->reader));
}

void upstream_fail_late(struct proxy_conversation *it)
{
	struct rpc_failure failure;

	rpc_fail(&failure, RPC_INTERNAL_ERROR,
		"too many large requests and answers at a time: this one of agent %s took too "
		"long; "
		"send it again",
		it->entry->key);
	conversation_fail(it, &failure);
	upstream_count(it);
}

void upstream_drop(struct proxy_conversation *it)
{
	if (it->upstream)
		http_request_cancel(it->upstream);
	it->upstream = NULL;
}
