/*
 * A scripted API server: plain HTTP on loopback, one function answers every request. It can stop in the middle of a byte stream:
 * after `budget` bytes over all connections the connection is cut, once. Header only: each test is one program.
 */
#ifndef KUBE_APISERVER_H
#define KUBE_APISERVER_H

#include "base/text.h"
#include "kube/client.h"
#include "support/peer.h"

struct apiserver;
/* Answers one request; false ends the connection. `target` is path and query. */
typedef bool (*apiserver_fn)(struct apiserver *server, int fd, const char *method,
	const char *target, const char *request);

struct apiserver {
	struct peer peer;
	apiserver_fn answer;
	void *context;
	atomic_long budget; /* bytes until the cut; negative = never */
	atomic_int cuts;
	atomic_int requests;
};

/* False when cut or closed. */
UNUSED static bool api_send(struct apiserver *server, int fd, const char *data, size_t bytes)
{
	long left = atomic_load(&server->budget);

	if (left < 0)
		return peer_send_bytes(fd, data, bytes);
	if ((size_t)left >= bytes) {
		atomic_store(&server->budget, left - (long)bytes);
		return peer_send_bytes(fd, data, bytes);
	}
	atomic_store(&server->budget, -1);
	atomic_fetch_add(&server->cuts, 1);
	peer_send_bytes(fd, data, (size_t)left);
	return false;
}

/* `headers` are whole lines, "" when none. */
UNUSED static bool api_reply(
	struct apiserver *server, int fd, int status, const char *headers, const char *body)
{
	AUTO(buffer) struct buffer out = { 0 };

	buffer_printf(&out,
		"HTTP/1.1 %d Whatever\r\nContent-Type: application/json\r\n%sContent-Length: "
		"%zu\r\n\r\n%s",
		status, headers, strlen(body), body);
	return api_send(server, fd, out.data, out.bytes);
}

UNUSED static bool api_refuse(
	struct apiserver *server, int fd, int status, const char *reason, const char *message)
{
	AUTO(text)
	char *body = text_format(
		"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":"
		"\"%s\",\"reason\":\"%s\",\"code\":%d}",
		message, reason, status);

	return api_reply(server, fd, status, "", body);
}

UNUSED static bool api_stream(struct apiserver *server, int fd)
{
	const char *head = "HTTP/1.1 200 OK\r\nContent-Type: "
			   "application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

	return api_send(server, fd, head, strlen(head));
}

/* One line of a watch, as one chunk. */
UNUSED static bool api_line(struct apiserver *server, int fd, const char *line)
{
	AUTO(buffer) struct buffer out = { 0 };

	buffer_printf(&out, "%zx\r\n%s\n\r\n", strlen(line) + 1, line);
	return api_send(server, fd, out.data, out.bytes);
}

UNUSED static bool api_stream_end(struct apiserver *server, int fd)
{
	return api_send(server, fd, "0\r\n\r\n", 5);
}

/* Holds a stream open until the client goes or the server is stopped. False, so that it can be returned. */
UNUSED static bool api_hang(struct apiserver *server, int fd)
{
	while (!atomic_load(&server->peer.stopping)) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		char byte;

		if (poll(&ready, 1, 10) > 0 && recv(fd, &byte, 1, MSG_PEEK) <= 0)
			return false;
	}
	return false;
}

UNUSED static void api_connection(struct peer_connection *connection, void *context)
{
	struct apiserver *server = context;
	AUTO(buffer) struct buffer request = { 0 };
	char method[16];
	char target[2048];

	while (peer_read_request(connection->fd, &request)) {
		if (sscanf(request.data, "%15s %2047s", method, target) != 2)
			return;
		atomic_fetch_add(&server->requests, 1);
		if (!server->answer(server, connection->fd, method, target, request.data))
			return;
	}
}

UNUSED static void api_start(struct apiserver *server, apiserver_fn answer, void *context)
{
	*server = (struct apiserver){ .answer = answer, .context = context };
	atomic_store(&server->budget, -1);
	peer_start(&server->peer, api_connection, server);
}

/* The same on a socket that is bound already: until now its port refused connections. */
UNUSED static void api_start_on(
	struct apiserver *server, apiserver_fn answer, void *context, int bound, unsigned port)
{
	*server = (struct apiserver){ .answer = answer, .context = context };
	atomic_store(&server->budget, -1);
	server->peer = (struct peer){
		.script = api_connection, .context = server, .listener = bound, .port = port
	};
	pthread_mutex_init(&server->peer.lock, NULL);
	if (listen(bound, 64) != 0 ||
		pthread_create(&server->peer.thread, NULL, peer_accept, &server->peer) != 0)
		abort();
}

/* A bound socket that does not listen. */
UNUSED static int api_reserve_port(unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t at_bytes = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		getsockname(fd, (struct sockaddr *)&at, &at_bytes) < 0)
		abort();
	*port = ntohs(at.sin_port);
	return fd;
}

UNUSED static void api_stop(struct apiserver *server)
{
	peer_stop(&server->peer);
}

/* A client of the server at `port`, without credentials unless given (takes what is in `config`). */
UNUSED static struct kube_client *api_client(
	struct loop *loop, unsigned port, struct kube_config config)
{
	struct kube_client *client = NULL;
	struct error err;

	config.server = text_format("http://127.0.0.1:%u", port);
	config.default_namespace = strdup("default");
	if (!kube_client_new(loop, &config, &client, &err))
		abort();
	return client;
}

#endif
