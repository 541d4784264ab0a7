#include "kube/client.h"

#include "base/log.h"
#include "base/text.h"
#include "kube/glance.h"
#include "kube/status.h"
#include "kube/token.h"

#include <stdio.h>

#define TIMEOUT_MS      30000
#define MAX_BODY_BYTES  (32u << 20)
#define MAX_NODES       3000000
#define MAX_DEPTH       256
#define REFUSAL_BYTES   (64u << 10) /* kept of a stream's answer other than 2xx */
#define CALLS_AT_ONCE   16 /* what is more waits for a connection */
#define STREAMS_AT_ONCE 256 /* every watch holds a connection */

struct kube_client {
	struct loop *loop;
	struct http_client *http; /* of the calls */
	struct http_client
		*streams; /* of the watches: what comes for a call does not look at them, too */
	char *server;
	char *default_namespace;
	struct token token;
	struct kube_call *calls;
	size_t waited_for; /* calls that are no streams */
	uint64_t requests;
	uint64_t writes;
	bool (*is_open)(const void *context); /* NULL = always */
	const void *gate_context;
	bool unreachable; /* said already */
	bool finishing;
};

struct kube_call {
	struct kube_client *client;
	struct http_request *request;
	struct kube_call *next;
	struct kube_call **link; /* what points at us */
	bool is_stream;
	int status;
	struct buffer refusal;
	void (*on_open)(void *context);
	void (*on_data)(void *context, const char *data, size_t bytes);
	bool (*is_known)(void *context, const char *rv);
	kube_done_fn done;
	void *context;
};

bool kube_client_new(
	struct loop *loop, struct kube_config *config, struct kube_client **out, struct error *err)
{
	struct kube_client *client = calloc(1, sizeof(*client));
	struct http_client_options options = {
		.ca_pem = config->ca_pem,
		.cert_pem = config->cert_pem,
		.key_pem = config->key_pem,
		.insecure = config->insecure,
	};

	if (!client)
		return error_no_memory(err);
	options.max_connections_per_host = CALLS_AT_ONCE;
	if (!http_client_new(loop, &options, &client->http, err)) {
		free(client);
		return false;
	}
	options.max_connections_per_host = STREAMS_AT_ONCE;
	if (!http_client_new(loop, &options, &client->streams, err)) {
		http_client_free(client->http);
		free(client);
		return false;
	}
	client->loop = loop;
	client->server = take_text(&config->server);
	client->default_namespace = take_text(&config->default_namespace);
	client->token.text = take_text(&config->token);
	client->token.file = take_text(&config->token_file);
	kube_config_fini(config);
	*out = client;
	return true;
}

static void call_free(struct kube_call *call)
{
	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
	if (!call->is_stream)
		call->client->waited_for--;
	buffer_fini(&call->refusal);
	free(call);
}

void kube_client_free(struct kube_client *client)
{
	struct kube_call *next;

	if (!client)
		return;
	for (struct kube_call *call = client->calls; call; call = next) {
		next = call->next;
		kube_cancel(call);
	}
	http_client_free(client->http);
	http_client_free(client->streams);
	token_fini(&client->token);
	free(client->server);
	free(client->default_namespace);
	free(client);
}

struct loop *kube_client_loop(const struct kube_client *client)
{
	return client->loop;
}

const char *kube_client_default_namespace(const struct kube_client *client)
{
	return client->default_namespace;
}

uint64_t kube_client_requests(const struct kube_client *client, bool writes_only)
{
	return writes_only ? client->writes : client->requests;
}

void kube_client_set_gate(
	struct kube_client *client, bool (*is_open)(const void *context), const void *context)
{
	client->is_open = is_open;
	client->gate_context = context;
}

static bool may_start(
	const struct kube_client *client, const struct kube_request *request, struct error *err)
{
	return request->passes_gate || strcmp(request->method, "GET") == 0 || !client->is_open ||
	       client->is_open(client->gate_context) ||
	       error_set(err, ERR_IO, NULL, "another replica leads: nothing is written here");
}

void kube_cancel(struct kube_call *call)
{
	if (!call)
		return;
	http_request_cancel(call->request);
	call_free(call);
}

/* One line per change, however many watches and calls notice it. */
static void note_reachable(struct kube_client *client, const struct error *err)
{
	if (err && !client->unreachable)
		log_warn("the API server cannot be reached, trying again",
			LOG_STR("server", client->server), LOG_ERR(err));
	if (!err && client->unreachable)
		log_info("the API server can be reached again", LOG_STR("server", client->server));
	client->unreachable = err != NULL;
}

static bool is_success(int status)
{
	return status >= 200 && status < 300;
}

static void on_head(void *context, struct http_request *request UNUSED, int status)
{
	struct kube_call *call = context;

	call->status = status;
	note_reachable(call->client, NULL);
	if (call->on_open && is_success(status))
		call->on_open(call->context);
}

static bool on_data(
	void *context, struct http_request *request UNUSED, const char *data, size_t bytes)
{
	struct kube_call *call = context;

	if (is_success(call->status))
		call->on_data(call->context, data,
			bytes); /* may cancel: the call is not touched afterwards */
	else if (call->refusal.bytes + bytes <= REFUSAL_BYTES)
		buffer_append(&call->refusal, data, bytes);
	return true;
}

void kube_call_skip_known(struct kube_call *call, bool (*is_known)(void *context, const char *rv))
{
	call->is_known = is_known;
}

static bool is_known(const struct kube_call *call, const struct buffer *body)
{
	struct glance seen;

	return call->is_known && body->data && glance_read_object(body->data, body->bytes, &seen) &&
	       call->is_known(call->context, seen.rv);
}

/* The outcome as the caller hears it; `doc` only of a call that is no stream. */
static bool read_outcome(struct kube_call *call, int status, struct buffer *body,
	struct json_doc **doc, struct error *err)
{
	const struct json_limits limits = {
		.bytes = SIZE_MAX, .depth = MAX_DEPTH, .nodes = MAX_NODES
	};
	const struct buffer *said = call->is_stream ? &call->refusal : body;

	if (!is_success(status)) {
		if (status == 401)
			token_doubt(&call->client->token);
		kube_status_error(status, said->data, said->bytes,
			http_response_header(call->request, "Retry-After"), err);
		return false;
	}
	if (call->is_stream || is_known(call, body))
		return true;
	if (!json_doc_parse(body, &limits, doc, err)) {
		if (err->code == ERR_INVALID)
			err->code = ERR_IO; /* not our input: the peer sent what is no JSON */
		return error_wrap(err, "the API server's answer");
	}
	return true;
}

static void on_done(void *context, struct http_request *request UNUSED, int status,
	struct buffer *body, const struct error *transport)
{
	struct kube_call *call = context;
	struct kube_client *client = call->client;
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err = { 0 };
	kube_done_fn done = call->done;
	void *to = call->context;
	bool ok;

	if (transport && !call->status)
		note_reachable(client, transport);
	else if (!transport)
		note_reachable(client, NULL);
	if (transport)
		err = *transport;
	ok = !transport && read_outcome(call, status, body, &doc, &err);
	call_free(call);
	if (done)
		done(to, doc, ok ? NULL : &err);
	if (client->finishing && !client->waited_for)
		loop_stop(client->loop);
}

/* Puts the call on its way. On failure it is released and `options->body` with it. */
static bool call_start(struct kube_call *call, struct http_request_options *options,
	const char *path, const char *query, const char *accept, const char *content_type,
	struct error *err)
{
	struct kube_client *client = call->client;
	const char *token = token_get(&client->token);
	AUTO(text) char *bearer = token ? text_format("Bearer %s", token) : NULL;
	AUTO(text)
	char *url =
		text_format("%s%s%s%s", client->server, path, query ? "?" : "", query ? query : "");
	struct http_header headers[] = {
		{ "User-Agent", "sandgate/" SANDGATE_VERSION },
		{ "Accept", accept ? accept : "application/json" },
		{ "Content-Type", content_type },
		{ "Authorization", bearer },
		{ 0 },
	};

	if (!bearer)
		headers[3].name = NULL;
	if (!content_type)
		memmove(&headers[2], &headers[3], 2 * sizeof(headers[0]));
	options->url = url;
	options->headers = headers;
	options->on_head = on_head;
	options->on_done = on_done;
	options->context = call;
	if (!url || (token && !bearer)) {
		buffer_fini(&options->body);
		return error_no_memory(err);
	}
	return http_client_start(
		call->is_stream ? client->streams : client->http, options, &call->request, err);
}

static struct kube_call *call_new(struct kube_client *client, bool is_stream)
{
	struct kube_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->client = client;
	call->is_stream = is_stream;
	call->next = client->calls;
	call->link = &client->calls;
	if (call->next)
		call->next->link = &call->next;
	client->calls = call;
	client->waited_for += !is_stream;
	return call;
}

bool kube_start(struct kube_client *client, struct kube_request *request, struct kube_call **out,
	struct error *err)
{
	struct kube_call *call;
	struct http_request_options options = {
		.method = request->method,
		.body = request->body,
		.total_timeout_ms = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS,
		.max_body_bytes =
			request->max_body_bytes ? request->max_body_bytes : MAX_BODY_BYTES,
	};
	const char *content_type = request->body.bytes ? "application/json" : NULL;

	request->body = (struct buffer){ 0 };
	if (!may_start(client, request, err)) {
		buffer_fini(&options.body);
		return false;
	}
	call = call_new(client, false);
	if (!call) {
		buffer_fini(&options.body);
		return error_no_memory(err);
	}
	call->done = request->done;
	call->context = request->context;
	if (content_type && request->content_type)
		content_type = request->content_type;
	if (!call_start(call, &options, request->path, request->query, request->accept,
		    content_type, err)) {
		call_free(call);
		return false;
	}
	client->requests++;
	client->writes += strcmp(request->method, "GET") != 0;
	if (out)
		*out = call;
	return true;
}

bool kube_start_stream(struct kube_client *client, const struct kube_stream *stream,
	struct kube_call **out, struct error *err)
{
	struct kube_call *call = call_new(client, true);
	struct http_request_options options = {
		.method = "GET",
		.idle_timeout_ms = stream->idle_timeout_ms,
		.on_data = on_data,
	};

	if (!call)
		return error_no_memory(err);
	call->on_open = stream->on_open;
	call->on_data = stream->on_data;
	call->done = stream->done;
	call->context = stream->context;
	if (!call_start(call, &options, stream->path, stream->query, stream->accept, NULL, err)) {
		call_free(call);
		return false;
	}
	client->requests++;
	*out = call;
	return true;
}

bool kube_client_is_reachable(const struct kube_client *client)
{
	return !client->unreachable;
}

static void give_up(void *context)
{
	loop_stop(context);
}

void kube_client_finish(struct kube_client *client, uint32_t timeout_ms)
{
	struct loop_timer *timer = NULL;

	if (!client->waited_for ||
		!loop_timer_new(client->loop, give_up, client->loop, &timer, NULL))
		return;
	client->finishing = true;
	loop_timer_arm(timer, timeout_ms);
	if (!loop_run(client->loop, NULL))
		log_debug("the loop ended early");
	client->finishing = false;
	loop_timer_free(timer);
}
