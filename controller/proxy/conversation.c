#include "proxy/conversation.h"
#include "proxy/put.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>

#define RETRY_MS 200
#define EVENT_EXTRA_BYTES                                                                          \
	512 /* what stands around a result, and a little for what its conversion adds */

void conversation_set_stage(struct proxy_conversation *it, enum conversation_stage stage)
{
	if (it->stage == STAGE_HOLDING && stage != STAGE_HOLDING)
		it->proxy->stats.waiting--;
	if (it->stage != STAGE_HOLDING && stage == STAGE_HOLDING)
		it->proxy->stats.waiting++;
	it->stage = stage;
}

static void conversation_free(struct proxy_conversation *it)
{
	if (it->lookup)
		it->lookup->conversation = NULL;
	upstream_drop(it);
	loop_timer_free(it->hold);
	loop_timer_free(it->beat);
	sse_reader_fini(&it->reader);
	buffer_fini(&it->raw);
	if (it->split)
		split_fini(it->split);
	free(it->split);
	rpc_request_fini(&it->request);
	free(it->user);
	free(it->authorization);
	free(it->traceparent);
	free(it->tracestate);
	free(it->source);
	free(it->task);
	free(it);
}

/* The trace id inside "00-<trace>-<span>-<flags>". */
static const char *trace_of(const struct proxy_conversation *it, char out[33])
{
	if (!it->traceparent || strlen(it->traceparent) < 55)
		return NULL;
	memcpy(out, it->traceparent + 3, 32);
	out[32] = '\0';
	return out;
}

/* Every request has its line by the HTTP server; this one tells what that cannot see. */
static void conversation_log(const struct proxy_conversation *it, bool client_left)
{
	const char *result = client_left ? "client left" : it->failed_with ? "error" : "ok";
	char trace[33];

	LOG_WITH(it->failed_with ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "a2a call",
		LOG_OBJ(it->entry->key),
		LOG_STR("method", a2a_method_name(it->version, it->method)),
		LOG_STR("result", result), LOG_INT("rpc_code", it->failed_with),
		LOG_MS(clock_monotonic_ms() - it->began_ms), LOG_TRACE(trace_of(it, trace)));
}

/* Nothing more is done for it; what is sent to the client may still be on its way. */
static void conversation_stop(struct proxy_conversation *it, bool client_left)
{
	if (it->stage == STAGE_ENDED)
		return;
	conversation_log(it, client_left);
	conversation_set_stage(it, STAGE_ENDED);
	loop_timer_disarm(it->hold);
	loop_timer_disarm(it->beat);
	upstream_drop(it);
	it->proxy->stats.open--;
	it->proxy->stats.open_streams -= it->is_stream;
	if (it->counts_busy)
		proxy_count_busy(it->proxy, it->entry, -1);
	it->counts_busy = false;
}

static void on_close(void *context)
{
	struct proxy_conversation *it = context;
	struct proxy *proxy = it->proxy;
	struct proxy_entry *entry = it->entry;

	conversation_stop(it, true);
	LIST_REMOVE(it, in_entry);
	conversation_free(it);
	proxy_drop_entry(proxy, entry);
}

/* --- to the client --- */

void conversation_begin_event(struct buffer *event, size_t bytes)
{
	char id[UUID_TEXT_BYTES];

	random_uuid(id);
	buffer_reserve(event, bytes + EVENT_EXTRA_BYTES);
	sse_begin(event, id);
}

void conversation_emit(struct proxy_conversation *it, struct buffer *event)
{
	sse_end(event);
	it->proxy->stats.events++;
	http_stream_write(it->exchange, event); /* closes the stream when it failed */
	loop_timer_arm(it->beat, it->proxy->options.heartbeat_ms);
}

static void on_beat(void *context)
{
	struct proxy_conversation *it = context;
	struct buffer bytes = { 0 };

	if (!http_stream_pending(it->exchange)) {
		sse_write_comment(&bytes, "keep-alive");
		http_stream_write(it->exchange, &bytes);
	}
	loop_timer_arm(it->beat, it->proxy->options.heartbeat_ms);
}

void conversation_fail(struct proxy_conversation *it, const struct rpc_failure *failure)
{
	struct buffer body = { 0 };

	if (it->stage == STAGE_ENDED)
		return;
	it->proxy->stats.errors++;
	it->failed_with = failure->code;
	if (it->split) { /* the client has the start of a result: it sees that the end is missing */
		log_warn("an answer broke off", LOG_OBJ(it->entry->key),
			LOG_STR("why", failure->text));
		conversation_stop(it, false);
		http_stream_cut(it->exchange);
		return;
	}
	if (!it->is_stream) {
		conversation_stop(it, false);
		front_answer_error(it->exchange, it->request.id, failure);
		return;
	}
	conversation_begin_event(&body, 0);
	rpc_write_error(&body, it->request.id, failure, clock_wall_ms());
	conversation_emit(it, &body);
	conversation_end(it, NULL);
}

void conversation_end(struct proxy_conversation *it, struct buffer *answer)
{
	conversation_stop(it, false);
	if (it->is_stream || it->split)
		http_stream_end(it->exchange);
	else
		http_answer(it->exchange, 200, "application/json", answer);
}

static void on_drain(void *context)
{
	upstream_resume(context);
}

static void on_late(void *context)
{
	upstream_fail_late(context);
}

/* --- waiting for the agent --- */

static void fail_gone(struct proxy_conversation *it)
{
	struct rpc_failure failure;

	rpc_fail(&failure, RPC_INTERNAL_ERROR, "agent %s was deleted", it->entry->key);
	conversation_fail(it, &failure);
}

static void fail_not_ready(struct proxy_conversation *it)
{
	const struct proxy_entry *entry = it->entry;
	struct rpc_failure failure;

	if (!entry->exists)
		rpc_fail(&failure, RPC_INTERNAL_ERROR,
			"agent %s is not known: the agents have not been read yet", entry->key);
	else
		rpc_fail(&failure, RPC_INTERNAL_ERROR,
			"agent %s is not ready after %u s; it waits for: %.380s", entry->key,
			it->proxy->options.hold_ms / 1000,
			entry->waits_for ? entry->waits_for : "its pod");
	conversation_fail(it, &failure);
}

static void on_patience_over(void *context)
{
	struct proxy_conversation *it = context;

	if (it->stage == STAGE_SENT && it->saw_last)
		conversation_end(it, NULL); /* the agent said all, but does not close */
	if (it->stage != STAGE_HOLDING)
		return;
	if (it->entry->is_ready)
		upstream_send(it); /* after a refusal */
	else
		fail_not_ready(it);
}

void conversation_hold(struct proxy_conversation *it)
{
	uint64_t now = clock_monotonic_ms();
	uint64_t until = it->began_ms + it->proxy->options.hold_ms;

	if (it->stage != STAGE_HOLDING)
		it->proxy->stats.held++;
	conversation_set_stage(it, STAGE_HOLDING);
	if (it->entry->is_ready)
		loop_timer_arm(it->hold, RETRY_MS);
	else
		loop_timer_arm(it->hold, until > now ? until - now : 0);
}

static void proceed(struct proxy_conversation *it)
{
	if (it->entry->is_ready)
		upstream_send(it);
	else
		conversation_hold(it);
}

void conversation_agent_changed(struct proxy_conversation *it)
{
	if (it->stage != STAGE_HOLDING && it->stage != STAGE_ASKING)
		return;
	if (!it->entry->exists && it->proxy->is_synced)
		fail_gone(it);
	else if (it->stage == STAGE_HOLDING)
		proceed(it);
}

/* --- the one session of an agent --- */

/* Only a message that would begin a chat, or go on with one, can be wrong about it. */
static bool must_ask(const struct proxy_conversation *it)
{
	struct json_view message = json_get(it->request.params, "message");

	if (!it->proxy->options.find_session ||
		(it->method != A2A_SEND && it->method != A2A_STREAM))
		return false;
	if (it->source && strcmp(it->source, "agent") == 0)
		return false; /* a call of another agent does not use the slot up */
	return *json_text_or(json_get(message, "contextId"), "") ||
	       !*json_text_or(json_get(message, "taskId"), "");
}

static bool check_session(const struct proxy_conversation *it, const struct proxy_session *session,
	struct rpc_failure *failure)
{
	const char *context =
		json_text_or(json_dig(it->request.params, "message", "contextId"), "");

	if (strcmp(session->user, it->user) != 0)
		return rpc_fail(failure, RPC_INVALID_PARAMS,
			"agent %s has one chat session, and it belongs to another user; the agent "
			"is free again when that session is deleted",
			it->entry->key);
	if (strcmp(session->id, context) == 0)
		return true;
	rpc_fail(failure, RPC_INVALID_PARAMS,
		"agent %s has one chat session: send the message with contextId \"%.200s\" to go "
		"on with it, or delete that session to begin anew",
		it->entry->key, session->id);
	snprintf(failure->context_id, sizeof(failure->context_id), "%s", session->id);
	return false;
}

void proxy_lookup_done(
	struct proxy_lookup *lookup, const struct proxy_session *session, const struct error *err)
{
	struct proxy_conversation *it = lookup->conversation;
	struct rpc_failure failure;

	if (it)
		it->lookup = NULL;
	free((char *)lookup->ns);
	free((char *)lookup->name);
	free(lookup);
	if (!it || it->stage != STAGE_ASKING)
		return;
	if (err)
		log_warn("session of agent not known", LOG_OBJ(it->entry->key), LOG_ERR(err));
	if (!err && session && !check_session(it, session, &failure)) {
		it->proxy->stats.refused_sessions++;
		conversation_fail(it, &failure);
		return;
	}
	proceed(it);
}

static void ask_session(struct proxy_conversation *it)
{
	struct proxy_lookup *lookup = calloc(1, sizeof(*lookup));

	if (!lookup) {
		proceed(it);
		return;
	}
	*lookup = (struct proxy_lookup){
		.ns = strdup(it->entry->ns), .name = strdup(it->entry->name), .conversation = it
	};
	it->lookup = lookup;
	if (!lookup->ns || !lookup->name)
		proxy_lookup_done(lookup, NULL, NULL);
	else
		it->proxy->options.find_session(it->proxy->options.context, lookup);
}

void conversation_keep_little(struct proxy_conversation *it)
{
	struct json_view message = json_get(it->request.params, "message");
	AUTO(buffer) struct buffer text = { 0 };
	struct json_doc *little = NULL;

	buffer_puts(&text, "{\"message\":{");
	put_view(&text, "messageId", json_get(message, "messageId"));
	put_view(&text, "contextId", json_get(message, "contextId"));
	buffer_puts(&text, "},\"id\":");
	if (json_is_present(it->request.id))
		json_write(&text, it->request.id);
	else
		buffer_puts(&text, "null");
	buffer_putc(&text, '}');
	if (!buffer_ok(&text, NULL) || !json_doc_parse(&text, NULL, &little, NULL))
		return;
	json_doc_free(it->request.doc);
	it->request = (struct rpc_request){ .doc = little,
		.id = json_get(json_root(little), "id"),
		.method = "",
		.params = json_root(little) };
	http_body_done(it->exchange);
}

/* --- the start --- */

static bool copy_header(struct http_exchange *exchange, const char *name, char **slot)
{
	const char *value = http_header(exchange, name);

	if (!value)
		return true;
	*slot = strdup(value);
	return *slot != NULL;
}

/* The task this is about, when the client names it. */
static bool copy_task(struct proxy_conversation *it, struct json_view params)
{
	const char *task =
		json_text(it->method == A2A_RESUBSCRIBE ? json_get(params, "id")
							: json_dig(params, "message", "taskId"),
			NULL);

	it->task = task ? strdup(task) : NULL;
	return !task || it->task;
}

static bool conversation_init(
	struct proxy_conversation *it, const struct rpc_request *request, const char *user)
{
	struct loop *loop = it->proxy->options.loop;
	struct error err;

	it->user = strdup(user);
	it->began_ms = clock_monotonic_ms();
	it->is_stream = a2a_is_stream(it->method);
	it->reader.max_bytes = it->proxy->options.max_answer_bytes;
	return it->user && copy_task(it, request->params) &&
	       (it->proxy->options.keeps_authorization ||
		       copy_header(it->exchange, "Authorization", &it->authorization)) &&
	       copy_header(it->exchange, "traceparent", &it->traceparent) &&
	       copy_header(it->exchange, "tracestate", &it->tracestate) &&
	       copy_header(it->exchange, "x-kagent-source", &it->source) &&
	       loop_timer_new(loop, on_patience_over, it, &it->hold, &err) &&
	       loop_timer_new(loop, on_beat, it, &it->beat, &err);
}

static void begin_stream(struct proxy_conversation *it)
{
	it->proxy->stats.streams++;
	it->proxy->stats.open_streams++;
	http_set_header(it->exchange, "Cache-Control", "no-cache");
	http_set_header(it->exchange, "X-Accel-Buffering", "no");
	http_stream_begin(it->exchange, 200, "text/event-stream");
	loop_timer_arm(it->beat, it->proxy->options.heartbeat_ms);
}

bool conversation_start(struct proxy *proxy, struct proxy_entry *entry,
	struct http_exchange *exchange, struct rpc_request *request, enum a2a_version version,
	enum a2a_method method, const char *user)
{
	const struct http_exchange_hooks hooks = {
		.on_drain = on_drain, .on_late = on_late, .on_close = on_close
	};
	struct http_exchange_hooks mine = hooks;
	struct proxy_conversation *it = calloc(1, sizeof(*it));

	if (!it)
		return false;
	*it = (struct proxy_conversation){ .proxy = proxy,
		.entry = entry,
		.exchange = exchange,
		.version = version,
		.method = method };
	if (!conversation_init(it, request, user)) {
		conversation_free(it);
		return false;
	}
	it->request = *request;
	*request = (struct rpc_request){ 0 };
	LIST_INSERT_HEAD(&entry->conversations, it, in_entry);
	mine.context = it;
	http_set_hooks(exchange, &mine);
	proxy->stats.open++;
	if (method == A2A_SEND || method == A2A_STREAM) {
		it->counts_busy = true;
		proxy_count_busy(proxy, entry, 1);
	}
	if (it->is_stream)
		begin_stream(it);
	if (must_ask(it))
		ask_session(it);
	else
		proceed(it);
	return true;
}
