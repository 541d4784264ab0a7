#include "api/call.h"
#include "base/log.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BODY_DEPTH 512 /* what an agent's events and tasks may need */

/* Of an answer: what is larger than the first is read again, when there is room for the next... up to the most. */
#define ANSWER_FIRST_BYTES ((size_t)256 * 1024)
#define ANSWER_TIMES       8
#define ANSWER_MOST_BYTES  (ANSWER_FIRST_BYTES * ANSWER_TIMES * ANSWER_TIMES * 4)

static const char json_type[] = "application/json";
static const char text_plain[] = "text/plain; charset=utf-8";

static void call_free(struct api_call *call)
{
	for (size_t i = 0; i < ROUTE_VALUES; i++)
		free(call->values[i]);
	caller_fini(&call->caller);
	store_job_free(call->held);
	store_job_free(call->larger);
	map_fini(&call->namespaces);
	free(call->asked_namespace);
	buffer_fini(&call->wanted);
	free(call);
}

static void on_close(void *context)
{
	struct api_call *call = context;

	call->exchange = NULL;
	if (!call->awaited)
		call_free(call);
}

void call_await(struct api_call *call)
{
	call->awaited++;
}

bool call_arrived(struct api_call *call)
{
	call->awaited--;
	if (call->exchange)
		return true;
	if (!call->awaited)
		call_free(call);
	return false;
}

static void refuse_caller(struct api_call *call, const struct error *err)
{
	log_info("caller refused", LOG_STR("peer", http_peer(call->exchange)), LOG_ERR(err));
	if (err->code == ERR_INVALID) {
		call_refuse(call, 400, "Failed to get user ID: %s", err->text);
	} else if (err->code == ERR_DENIED) {
		http_set_header(call->exchange, "X-Content-Type-Options", "nosniff");
		http_answer_text(call->exchange, 401, text_plain, "Unauthorized\n");
	} else {
		call_refuse(call, 503, "Who calls cannot be found out now: %s", err->text);
	}
}

static void on_identity(void *context, struct caller *caller, const struct error *err)
{
	struct api_call *call = context;

	if (caller)
		call->caller = *caller;
	if (!call_arrived(call))
		return;
	if (caller)
		call->handle(call);
	else
		refuse_caller(call, err);
}

static void on_room(void *context);
static void on_late(void *context);

void call_begin(const struct api_options *api, struct http_exchange *exchange,
	struct route_match *match, call_fn handle)
{
	struct api_call *call = calloc(1, sizeof(*call));

	if (!call) {
		http_answer_text(exchange, 503, json_type, "{\"error\":\"out of memory\"}\n");
		return;
	}
	call->api = api;
	call->exchange = exchange;
	call->handle = handle;
	for (size_t i = 0; i < match->count; i++)
		call->values[i] = take_text(&match->values[i]);
	http_set_hooks(exchange, &(struct http_exchange_hooks){ .on_drain = on_room,
					 .on_late = on_late,
					 .on_close = on_close,
					 .context = call,
					 .outlives_client = true });
	call_await(call);
	identity_resolve(api->identity, exchange, on_identity, call);
}

void call_answer(struct api_call *call, int status, struct buffer *data, const char *message)
{
	static const char before[] = "{\"error\":false,\"data\":";
	struct buffer body = { 0 };

	if (data && data->bytes) {
		body = *data;
		*data = (struct buffer){ 0 };
		buffer_insert(&body, before, strlen(before));
	} else {
		buffer_puts(&body, "{\"error\":false");
		body.failed |= data && data->failed;
	}
	if (message) {
		buffer_puts(&body, ",\"message\":");
		json_write_string(&body, message, strlen(message));
	}
	buffer_putc(&body, '}');
	call_answer_bare(call, status, &body);
}

void call_answer_bare(struct api_call *call, int status, struct buffer *json)
{
	if (json->failed) {
		buffer_fini(json);
		call_refuse_no_memory(call);
		return;
	}
	http_answer(call->exchange, status, json_type, json);
}

void call_refuse_no_memory(struct api_call *call)
{
	http_answer_text(call->exchange, 503, json_type, "{\"error\":\"out of memory\"}\n");
}

void call_refuse(struct api_call *call, int status, const char *fmt, ...)
{
	struct buffer body = { 0 };
	char text[700];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buffer_puts(&body, "{\"error\":");
	json_write_string(&body, text, strlen(text));
	buffer_puts(&body, "}\n");
	call_answer_bare(call, status, &body);
}

void call_refuse_job(struct api_call *call, const struct store_job *job, const char *what)
{
	switch (job->err.code) {
	case ERR_NOT_FOUND:
		call_refuse(call, 404, "%s: %s", what, job->err.text);
		break;
	case ERR_CONFLICT:
		call_refuse(call, 409, "%s", job->err.text);
		break;
	case ERR_DENIED:
		call_refuse(call, 403, "%s", job->err.text);
		break;
	case ERR_INVALID:
		call_refuse(call, 400, "%s", job->err.text);
		break;
	case ERR_TOO_LARGE:
		call_refuse(call, 413, "%s", job->err.text);
		break;
	default:
		http_set_header(call->exchange, "Retry-After", "1");
		call_refuse(call, 503, "The store cannot do this now: %s", job->err.text);
	}
}

bool call_body(struct api_call *call, struct json_doc **out)
{
	struct json_limits limits = { .bytes = SIZE_MAX,
		.depth = BODY_DEPTH }; /* the server has capped the bytes */
	struct error err;

	if (!json_doc_parse(http_body(call->exchange), &limits, out, &err)) {
		call_refuse(call, 400, "Invalid request body: %s", err.text);
		return false;
	}
	if (json_kind(json_root(*out)) == JSON_OBJECT)
		return true;
	call_refuse(call, 400, "Invalid request body: a JSON object is expected");
	json_doc_free(*out);
	*out = NULL;
	return false;
}

bool call_query(struct api_call *call, const char *key, char **out)
{
	struct error err;

	if (http_query_value(call->exchange, key, out, &err) || err.code == ERR_NONE)
		return true;
	call_refuse(call, 400, "Invalid query value %s: %s", key, err.text);
	return false;
}

struct store_job *call_job(struct api_call *call, enum store_job_kind kind)
{
	AUTO(store_job) struct store_job *job = store_job_new(kind);

	if (job) {
		job->user = strdup(call->caller.user);
		job->agent = call->caller.agent ? strdup(call->caller.agent) : NULL;
		job->from_agent_pod = call->caller.agent;
		job->is_proven = call->caller.is_proven;
		job->most_bytes = ANSWER_FIRST_BYTES;
	}
	if (job && job->user && (job->agent || !call->caller.agent))
		return take_store_job(&job);
	call_refuse_no_memory(call);
	return NULL;
}

bool call_set(struct api_call *call, struct store_job **job, char **slot, const char *text)
{
	free(*slot);
	*slot = text ? strdup(text) : NULL;
	if (*slot || !text)
		return true;
	store_job_free(take_store_job(job));
	call_refuse_no_memory(call);
	return false;
}

/* --- jobs --- */

/* The answer is larger than there was room for: once more, when there is. */
static void submit_larger(struct api_call *call)
{
	struct store_job *job = call->larger;

	if (!http_may_hold(call->exchange, job->most_bytes))
		return;
	http_hold(call->exchange, job->most_bytes);
	call->larger = NULL;
	call_submit(call, job, call->then);
}

static void on_room(void *context)
{
	struct api_call *call = context;

	if (call->larger)
		submit_larger(call);
}

static void on_late(void *context)
{
	struct api_call *call = context;

	if (!call->larger)
		return;
	store_job_free(call->larger);
	call->larger = NULL;
	http_set_header(call->exchange, "Retry-After", "1");
	call_refuse(call, 503, "Too many large answers at a time: ask again");
}

static bool may_be_larger(const struct store_job *job)
{
	return !job->ok && job->err.code == ERR_TOO_LARGE && job->most_bytes &&
	       job->most_bytes < ANSWER_MOST_BYTES;
}

static void on_done(void *context, struct store_job *job)
{
	struct api_call *call = context;

	if (!call_arrived(call))
		return;
	http_hold(call->exchange, 0);
	call->larger = may_be_larger(job) ? store_job_again(job) : NULL;
	if (!call->larger) {
		call->then(call, job);
		return;
	}
	call->larger->most_bytes *= ANSWER_TIMES;
	if (call->larger->most_bytes > ANSWER_MOST_BYTES)
		call->larger->most_bytes = ANSWER_MOST_BYTES;
	submit_larger(call);
}

void call_submit(struct api_call *call, struct store_job *job, call_then_fn then)
{
	struct error err;

	job->done = on_done;
	job->context = call;
	call->then = then;
	call->awaited++;
	if (store_submit(call->api->store, job, &err))
		return;
	call->awaited--;
	call_refuse(call, 503, "The store cannot do this now: %s", err.text);
}

/* --- rights --- */

bool call_is_of_rbac_user(const struct api_call *call)
{
	return call->caller.subject;
}

static void on_right(void *context, const struct error *err)
{
	struct api_call *call = context;

	if (!call_arrived(call))
		return;
	if (!err)
		call->allowed(call);
	else if (err->code == ERR_DENIED)
		call_refuse(call, 403, "%s", err->text);
	else
		call_refuse(
			call, 503, "What the caller may do cannot be found out now: %s", err->text);
}

void call_authorize(struct api_call *call, enum identity_right right, const char *ns,
	const char *name, call_fn then)
{
	call->allowed = then;
	call_await(call);
	identity_authorize(call->api->identity, &call->caller, right, ns, name, on_right, call);
}

static void submit_held(struct api_call *call)
{
	struct store_job *job = call->held;

	call->held = NULL;
	call_submit(call, job, call->then);
}

void call_submit_talk(struct api_call *call, struct store_job *job, const char *ns,
	const char *name, call_then_fn then)
{
	call->held = job;
	call->then = then;
	call_authorize(call, IDENTITY_TALK, ns, name, submit_held);
}
