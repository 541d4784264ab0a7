#include "api/call.h"

static const struct endpoint {
	const char *method, *pattern;
	call_fn handle;
} endpoints[] = {
	{ "GET", "/api/me", me_get },

	{ "GET", "/api/agents", agents_list },
	{ "GET", "/api/agents/{namespace}/{name}", agents_get },
	{ "GET", "/api/sandboxagents/{namespace}/{name}", agents_get_sandbox },
	{ "POST", "/api/sandboxagents", changes_create },
	{ "PUT", "/api/sandboxagents/{namespace}/{name}", changes_update },
	{ "DELETE", "/api/sandboxagents/{namespace}/{name}", changes_delete },

	{ "GET", "/api/sessions", sessions_list },
	{ "POST", "/api/sessions", sessions_create },
	{ "GET", "/api/sessions/agent/{namespace}/{name}", sessions_of_agent },
	{ "GET", "/api/sessions/{session_id}", sessions_get },
	{ "PUT", "/api/sessions/{session_id}", sessions_rename },
	{ "DELETE", "/api/sessions/{session_id}", sessions_delete },
	{ "POST", "/api/sessions/{session_id}/events", events_add },
	{ "GET", "/api/sessions/{session_id}/tasks", tasks_of_session },

	{ "POST", "/api/tasks", tasks_put },
	{ "GET", "/api/tasks/{task_id}", tasks_get },
	{ "DELETE", "/api/tasks/{task_id}", tasks_delete },

	{ "POST", "/api/memories/sessions", memories_add },
	{ "POST", "/api/memories/sessions/batch", memories_add_batch },
	{ "POST", "/api/memories/search", memories_search },
	{ "GET", "/api/memories", memories_list },
	{ "DELETE", "/api/memories", memories_delete },

	{ "POST", "/api/feedback", feedback_add_one },
	{ "GET", "/api/feedback", feedback_list_all },
};

struct entry {
	struct api *api;
	const struct endpoint *endpoint;
};

struct api {
	struct api_options options;
	struct entry entries[COUNT(endpoints)];
};

static void begin(void *context, struct http_exchange *exchange, struct route_match *match)
{
	const struct entry *entry = context;

	call_begin(&entry->api->options, exchange, match, entry->endpoint->handle);
}

/* Probes and versions are for everybody. */
static void get_health(
	void *context UNUSED, struct http_exchange *exchange, struct route_match *match UNUSED)
{
	http_answer_text(exchange, 200, "application/json",
		"{\"error\":false,\"data\":{\"status\":\"OK\"},\"message\":\"OK\"}");
}

static void get_version(
	void *context, struct http_exchange *exchange, struct route_match *match UNUSED)
{
	const struct api *api = context;
	const char *const names[] = { "kagent_version", "git_commit", "build_date" };
	const char *const values[] = { api->options.version, api->options.git_commit,
		api->options.build_date };
	struct buffer body = { 0 };

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *value = values[i] ? values[i] : "unknown";

		buffer_printf(&body, "%s\"%s\":", i ? "," : "{", names[i]);
		json_write_string(&body, value, strlen(value));
	}
	buffer_putc(&body, '}');
	http_answer(exchange, 200, "application/json", &body);
}

static bool add_routes(struct api *api, struct error *err)
{
	struct router *router = api->options.router;

	if (!router_add(router, "GET", "/health", get_health, api, err) ||
		!router_add(router, "GET", "/version", get_version, api, err))
		return false;
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		api->entries[i] = (struct entry){ api, &endpoints[i] };
		if (!router_add(router, endpoints[i].method, endpoints[i].pattern, begin,
			    &api->entries[i], err))
			return false;
	}
	return true;
}

bool api_new(const struct api_options *options, struct api **out, struct error *err)
{
	AUTO(api) struct api *api = calloc(1, sizeof(*api));

	if (!api)
		return error_no_memory(err);
	api->options = *options;
	if (!add_routes(api, err))
		return false;
	*out = take_api(&api);
	return true;
}

void api_free(struct api *api)
{
	free(api);
}

void me_get(struct api_call *call)
{
	struct buffer body = { 0 };

	if (call->caller.claims && !call->caller.agent) {
		json_write(&body, json_root(call->caller.claims));
	} else {
		buffer_puts(&body, "{\"sub\":");
		json_write_string(&body, call->caller.user, strlen(call->caller.user));
		buffer_putc(&body, '}');
	}
	call_answer_bare(call, 200, &body);
}
