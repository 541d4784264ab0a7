/* The three kinds of MCP server that a tool can name, in one form. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_SERVER_H
#define AGENT_SERVER_H

#include "agent/subject.h"

struct server {
	char *url; /* heap */
	bool sse;
	bool has_timeout, has_read_timeout, has_terminate;
	double timeout_s;
	double read_timeout_s;
	bool terminate;
	struct json_view tls; /* as TLSConfig; borrowed */
	struct json_view headers_from; /* in the server's own namespace; borrowed */
	const char *secret_hash; /* hexadecimal; "" when none; borrowed */
};

/* Reads the object that `tool` names. ERR_INVALID: no port, no such kind, no duration. server_fini releases on success. */
MUST_USE bool server_read(const struct subject *subject, const struct subject_tool *tool,
	const struct path *at, struct server *out, struct error *err);
void server_fini(struct server *server);

/*
 * Where calls really go: through the proxy (all but RemoteMCPServers outside the cluster; then `host` is set to the server's own
 * host name for the x-kagent-host header), in plaintext, or straight. Replaces server->url.
 */
MUST_USE bool server_route(const struct subject *subject, enum agent_kind kind,
	struct server *server, char **host, struct error *err);

/* The same for another agent's address: rewrites `url` when there is a proxy. */
MUST_USE bool server_proxy(
	const struct agent_settings *settings, char **url, char **host, struct error *err);

#endif
