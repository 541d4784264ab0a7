#include "agent/server.h"

#include "agent/access.h"
#include "agent/endpoint.h"
#include "agent/wire.h"
#include "base/text.h"

#include <errno.h>

#define ANNOTATION_PORT     "kagent.dev/mcp-service-port"
#define ANNOTATION_PATH     "kagent.dev/mcp-service-path"
#define ANNOTATION_PROTOCOL "kagent.dev/mcp-service-protocol"
#define DEFAULT_TIMEOUT_S   30

void server_fini(struct server *server)
{
	free(server->url);
	*server = (struct server){ 0 };
}

static bool read_duration(struct json_view v, const struct subject_tool *tool,
	const struct path *at, bool *has, double *seconds, struct error *err)
{
	const char *text = json_text(v, NULL);

	if (!text)
		return true;
	if (!wire_read_duration(text, seconds))
		return error_set(err, ERR_INVALID, at,
			"%s %s/%s: \"%s\" is not a duration: write it as \"30s\"",
			agent_kind_names[tool->kind], tool->ns, tool->name, text);
	*has = true;
	return true;
}

static bool read_remote(struct json_view object, const struct subject_tool *tool,
	const struct path *at, struct server *out, struct error *err)
{
	struct json_view spec = json_get(object, "spec");
	struct json_view terminate = json_get(spec, "terminateOnClose");

	out->sse = json_text_is(json_get(spec, "protocol"), "SSE");
	out->has_terminate = json_kind(terminate) == JSON_BOOL;
	out->terminate = json_bool_or(terminate, false);
	out->tls = json_get(spec, "tls");
	out->headers_from = json_get(spec, "headersFrom");
	out->secret_hash = json_text_or(json_dig(object, "status", "secretHash"), "");
	out->url = strdup(json_text_or(json_get(spec, "url"), ""));
	if (!out->url)
		return error_no_memory(err);
	return read_duration(json_get(spec, "timeout"), tool, at, &out->has_timeout,
		       &out->timeout_s, err) &&
	       read_duration(json_get(spec, "sseReadTimeout"), tool, at, &out->has_read_timeout,
		       &out->read_timeout_s, err);
}

static bool read_mcp(struct json_view object, const struct subject_tool *tool,
	const struct path *at, struct server *out, struct error *err)
{
	struct json_view spec = json_get(object, "spec");
	int64_t port = json_int64_or(json_dig(spec, "deployment", "port"), 0);

	if (port <= 0)
		return error_set(err, ERR_INVALID, at, "cannot determine port for MCP server %s",
			tool->name);
	out->has_timeout = true;
	out->timeout_s = DEFAULT_TIMEOUT_S;
	out->url = text_format("http://%s.%s:%lld/mcp", tool->name, tool->ns, (long long)port);
	if (!out->url)
		return error_no_memory(err);
	return read_duration(
		json_get(spec, "timeout"), tool, at, &out->has_timeout, &out->timeout_s, err);
}

/* The port that speaks MCP by appProtocol, or the only one; 0 = cannot be told. */
static int64_t service_port(struct json_view ports)
{
	if (json_count(ports) == 1)
		return json_int64_or(json_get(json_item(ports, 0), "port"), 0);
	json_foreach (port, ports) {
		if (strcasecmp(json_text_or(json_get(port, "appProtocol"), ""), "mcp") == 0)
			return json_int64_or(json_get(port, "port"), 0);
	}
	return 0;
}

static bool annotated_port(
	struct json_view annotation, const struct path *at, int64_t *port, struct error *err)
{
	const char *text = json_text(annotation, NULL);
	char *end;
	long long value;

	if (!text)
		return true;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (!*text || *end || errno || text[0] == ' ')
		return error_set(err, ERR_INVALID, at,
			"port in annotation " ANNOTATION_PORT " is not a valid integer: \"%s\"",
			text);
	*port = value;
	return true;
}

static bool read_service(struct json_view object, const struct subject_tool *tool,
	const struct path *at, struct server *out, struct error *err)
{
	struct json_view annotations = json_dig(object, "metadata", "annotations");
	struct json_view protocol = json_get(annotations, ANNOTATION_PROTOCOL);
	const char *path = json_text_or(json_get(annotations, ANNOTATION_PATH), "/mcp");
	int64_t port = 0;

	if (!annotated_port(json_get(annotations, ANNOTATION_PORT), at, &port, err))
		return false;
	out->sse = json_text_is(protocol, "SSE");
	if (!port)
		port = service_port(json_dig(object, "spec", "ports"));
	if (!port)
		return error_set(err, ERR_INVALID, at,
			"no port found for service %s with protocol %s", tool->name,
			out->sse ? "SSE" : "STREAMABLE_HTTP");
	out->url = text_format("http://%s.%s:%lld%s", tool->name, tool->ns, (long long)port, path);
	return out->url || error_no_memory(err);
}

bool server_read(const struct subject *subject, const struct subject_tool *tool,
	const struct path *at, struct server *out, struct error *err)
{
	struct server server = { .secret_hash = "" };
	struct json_view object;
	bool ok;

	if (!world_need(subject->world, tool->kind, tool->ns, tool->name, at, &object, err))
		return false;
	if (tool->kind == AGENT_KIND_REMOTE_MCP_SERVER)
		ok = read_remote(object, tool, at, &server, err);
	else if (tool->kind == AGENT_KIND_MCP_SERVER)
		ok = read_mcp(object, tool, at, &server, err);
	else
		ok = read_service(object, tool, at, &server, err);
	if (ok)
		*out = server;
	else
		server_fini(&server);
	return ok;
}

bool server_proxy(const struct agent_settings *settings, char **url, char **host, struct error *err)
{
	AUTO(buffer) struct buffer through = { 0 };
	struct endpoint proxy;
	struct endpoint to;
	struct endpoint_part name;
	char *routed;

	if (text_is_empty(settings->proxy_url))
		return true;
	if (!endpoint_split(settings->proxy_url, &proxy))
		return error_set(err, ERR_INVALID, NULL,
			"--proxy-url: \"%s\" is not an address: write http://host:port",
			settings->proxy_url);
	if (!endpoint_split(*url, &to))
		return error_set(err, ERR_INVALID, NULL,
			"\"%s\" is not an address: write http://host:port", *url);
	endpoint_through(&proxy, &to, &through);
	name = endpoint_hostname(&to);
	*host = text_copy(name.at, name.bytes);
	routed = buffer_take(&through);
	if (!*host || !routed) {
		free(routed);
		return error_no_memory(err);
	}
	free(*url);
	*url = routed;
	return true;
}

/* Whether the second of a host name's two labels is a namespace. */
static bool is_service_host(
	const struct subject *subject, const char *host, bool *internal, struct error *err)
{
	const char *dot = strchr(host, '.');
	struct error found = { 0 };
	struct json_view space;

	*internal = false;
	if (!dot || !dot[1] || strchr(dot + 1, '.'))
		return true;
	if (world_need(subject->world, AGENT_KIND_NAMESPACE, "", dot + 1, NULL, &space, &found)) {
		*internal = true;
		return true;
	}
	if (found.code == ERR_DENIED) {
		*internal = subject->settings->watch_namespaces &&
			    *subject->settings->watch_namespaces &&
			    access_is_watched(subject->settings, dot + 1);
		return true;
	}
	if (found.code == ERR_NOT_FOUND)
		return true;
	if (err)
		*err = found;
	return false;
}

static bool is_internal(
	const struct subject *subject, const char *url, bool *internal, struct error *err)
{
	AUTO(text) char *host = NULL;
	struct endpoint endpoint;
	struct endpoint_part name;

	*internal = false;
	if (!endpoint_split(url, &endpoint))
		return true;
	name = endpoint_hostname(&endpoint);
	host = text_copy(name.at, name.bytes);
	if (!host)
		return error_no_memory(err);
	if (text_ends_with(host, ".svc.cluster.local")) {
		*internal = true;
		return true;
	}
	return is_service_host(subject, host, internal, err);
}

static bool make_plaintext(struct server *server, struct error *err)
{
	AUTO(buffer) struct buffer plain = { 0 };
	char *url;

	endpoint_plaintext(server->url, json_is_present(server->tls), &plain);
	url = buffer_take(&plain);
	if (!url)
		return error_no_memory(err);
	free(server->url);
	server->url = url;
	return true;
}

bool server_route(const struct subject *subject, enum agent_kind kind, struct server *server,
	char **host, struct error *err)
{
	bool remote = kind == AGENT_KIND_REMOTE_MCP_SERVER;
	bool proxied = !text_is_empty(subject->settings->proxy_url);

	if (proxied && remote && !is_internal(subject, server->url, &proxied, err))
		return false;
	if (proxied)
		return server_proxy(subject->settings, &server->url, host, err);
	return !remote || !subject->settings->mcp_egress_plaintext || make_plaintext(server, err);
}
