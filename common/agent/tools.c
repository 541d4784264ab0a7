#include "agent/tools.h"

#include "agent/reference.h"
#include "agent/server.h"
#include "agent/trust.h"
#include "agent/wire.h"
#include "base/text.h"

#define HOST_HEADER     "x-kagent-host"
#define AGENT_PORT      8080
#define CONTROLLER_PORT 8083

struct work {
	const struct subject *subject;
	struct parts *parts;
	struct buffer *hashes;
	struct tools *out;
};

void tools_fini(struct tools *tools)
{
	buffer_fini(&tools->http);
	buffer_fini(&tools->sse);
	buffer_fini(&tools->agents);
	json_object_put(tools->http_names);
	json_object_put(tools->sse_names);
	*tools = (struct tools){ 0 };
}

static void write_params(
	const struct server *server, struct json_object *headers, struct buffer *out)
{
	wire_key(out, "params");
	buffer_putc(out, '{');
	wire_set_text(out, "url", server->url);
	wire_set_sorted(out, "headers", headers);
	if (server->has_timeout)
		wire_set_number(out, "timeout", server->timeout_s);
	if (server->has_read_timeout)
		wire_set_number(out, "sse_read_timeout", server->read_timeout_s);
	if (server->has_terminate && !server->sse)
		wire_set_bool(out, "terminate_on_close", server->terminate);
	trust_write(server->tls, out);
	buffer_putc(out, '}');
}

/* A server's hash that is no hash changes nothing. */
static void add_hash(const char *text, struct buffer *out)
{
	if (strlen(text) % 2 == 0 && text[strspn(text, "0123456789abcdefABCDEF")] == '\0')
		buffer_puts(out, text);
}

static bool write_server(const struct work *work, const struct server *server, struct json_view ref,
	struct json_object *headers, struct error *err)
{
	struct buffer *out = server->sse ? &work->out->sse : &work->out->http;
	struct json_object *names = server->sse ? work->out->sse_names : work->out->http_names;
	struct json_view tools = json_get(ref, "toolNames");

	if (out->bytes)
		buffer_putc(out, ',');
	buffer_putc(out, '{');
	write_params(server, headers, out);
	wire_set_some_texts(out, "tools", tools);
	wire_set_some_texts(out, "allowed_headers", json_get(ref, "allowedHeaders"));
	wire_set_some_texts(out, "require_approval", json_get(ref, "requireApproval"));
	buffer_putc(out, '}');
	add_hash(server->secret_hash, work->hashes);
	return buffer_ok(out, err) && buffer_ok(work->hashes, err) &&
	       parts_append_views(names, tools, err) && trust_mount(server->tls, work->parts, err);
}

/* `own`: the headers that the tool itself gives. They win over the server's. */
static bool merge_headers(
	struct json_object *headers, struct json_object *own, const char *host, struct error *err)
{
	json_object_object_foreach(own, name, value)
	{
		if (!json_set(headers, name, json_object_get(value), err))
			return false;
	}
	return !host || json_set_text(headers, HOST_HEADER, host, err);
}

static bool add_read_server(const struct work *work, const struct subject_tool *tool,
	struct json_view ref, struct json_object *own, const struct path *at, struct server *server,
	struct error *err)
{
	AUTO(json) struct json_object *headers = json_object_new_object();
	AUTO(text) char *host = NULL;
	struct error found = { 0 };

	if (!headers)
		return error_no_memory(err);
	if (!reference_headers(
		    work->subject->world, tool->ns, server->headers_from, at, headers, &found)) {
		struct error inner = found;

		if (found.code != ERR_PENDING)
			error_set(&found, inner.code, at, "headers of %s %s/%s: %s",
				agent_kind_names[tool->kind], tool->ns, tool->name, inner.text);
		if (err)
			*err = found;
		return false;
	}
	return server_route(work->subject, tool->kind, server, &host, err) &&
	       merge_headers(headers, own, host, err) &&
	       write_server(work, server, ref, headers, err);
}

static bool add_server(const struct work *work, const struct subject_tool *tool,
	struct json_view ref, struct json_object *own, const struct path *at, struct error *err)
{
	const char *group = json_text_or(json_get(ref, "apiGroup"), "");
	struct server server;
	bool ok;

	if (tool->kind == AGENT_KIND_COUNT)
		return error_set(err, ERR_INVALID, at, "unknown tool server type: %s%s%s",
			json_text_or(json_get(ref, "kind"), ""), *group ? "." : "", group);
	if (!server_read(work->subject, tool, at, &server, err))
		return false;
	ok = add_read_server(work, tool, ref, own, at, &server, err);
	server_fini(&server);
	return ok;
}

static char *peer_url(const struct agent_settings *settings, const struct subject_tool *tool)
{
	if (tool->kind == AGENT_KIND_AGENT)
		return text_format("http://%s.%s:%d", tool->name, tool->ns, AGENT_PORT);
	return text_format("http://%s.%s:%d/api/a2a-sandboxes/%s/%s",
		subject_setting(settings->controller_name, "kagent-controller"),
		subject_setting(settings->controller_namespace, "kagent"), CONTROLLER_PORT,
		tool->ns, tool->name);
}

static bool write_peer(const struct work *work, const struct subject_tool *tool, const char *url,
	const char *description, struct json_object *headers, struct error *err)
{
	struct buffer *out = &work->out->agents;
	AUTO(text) char *name = agent_python_identifier(tool->ns, tool->name);

	if (!name)
		return error_no_memory(err);
	if (out->bytes)
		buffer_putc(out, ',');
	buffer_putc(out, '{');
	wire_set_text(out, "name", name);
	wire_set_text(out, "url", url);
	if (json_object_object_length(headers))
		wire_set_sorted(out, "headers", headers);
	wire_set_some_text(out, "description", description);
	buffer_putc(out, '}');
	return buffer_ok(out, err);
}

static bool add_peer(const struct work *work, const struct subject_tool *tool,
	struct json_object *headers, const struct path *at, struct error *err)
{
	const struct agent_settings *settings = work->subject->settings;
	AUTO(text) char *url = peer_url(settings, tool);
	AUTO(text) char *host = NULL;
	struct json_view target;
	const char *type;

	if (!url)
		return error_no_memory(err);
	if (!world_need(work->subject->world, tool->kind, tool->ns, tool->name, at, &target, err))
		return false;
	type = json_text_or(json_dig(target, "spec", "type"), "");
	if (strcmp(type, "Declarative") != 0 && strcmp(type, "BYO") != 0)
		return error_set(err, ERR_INVALID, at, "unknown agent type: %s", type);
	return server_proxy(settings, &url, &host, err) &&
	       (!host || json_set_text(headers, HOST_HEADER, host, err)) &&
	       write_peer(work, tool, url,
		       json_text_or(json_dig(target, "spec", "description"), ""), headers, err);
}

static bool add_tool(
	const struct work *work, struct json_view item, const struct path *at, struct error *err)
{
	AUTO(json) struct json_object *headers = json_object_new_object();
	struct subject_tool tool = subject_tool(item, work->subject->ns);
	struct json_view ref = json_get(item, "agent");

	if (!headers)
		return error_no_memory(err);
	if (!reference_headers(work->subject->world, work->subject->ns,
		    json_get(item, "headersFrom"), AT_KEY(at, "headersFrom"), headers, err))
		return false;
	if (!tool.is_agent)
		return add_server(work, &tool, json_get(item, "mcpServer"), headers,
			AT_KEY(at, "mcpServer"), err);
	if (!json_is_present(ref))
		return error_set(err, ERR_INVALID, at, "tool must have a provider or tool server");
	if (tool.kind == AGENT_KIND_COUNT)
		return error_set(err, ERR_INVALID, at,
			"unsupported agent tool kind \"%s\" for agent %s/%s",
			json_text_or(json_get(ref, "kind"), ""), tool.ns, tool.name);
	if (strcmp(tool.ns, work->subject->ns) == 0 &&
		strcmp(tool.name, work->subject->name) == 0 &&
		tool.kind == AGENT_KIND_SANDBOX_AGENT)
		return error_set(err, ERR_INVALID, at,
			"agent tool cannot be used to reference itself, %s/%s", tool.ns, tool.name);
	return add_peer(work, &tool, headers, AT_KEY(at, "agent"), err);
}

bool tools_translate(const struct subject *subject, struct parts *parts, struct buffer *hashes,
	struct tools *out, struct error *err)
{
	const struct path *at = AT_KEY(AT_KEY(AT_KEY(NULL, "spec"), "declarative"), "tools");
	struct work work = { subject, parts, hashes, out };
	size_t index = 0;

	out->http_names = json_object_new_array();
	out->sse_names = json_object_new_array();
	if (!out->http_names || !out->sse_names)
		return error_no_memory(err);
	json_foreach (item, json_get(subject->declarative, "tools")) {
		if (!add_tool(&work, item, AT_INDEX(at, index), err))
			return false;
		index++;
	}
	return true;
}
