/*
 * A scripted peer for tests: a listener on loopback whose every connection runs a function on its own thread. Scripts use plain reads
 * and writes, so they can be late, cut off or wrong at any byte. Header only: each test is one program.
 */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include "base/buffer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct peer;
struct peer_connection {
	struct peer *peer;
	int fd;
	int number; /* 0 = first */
	struct peer_connection *next;
};
typedef void (*peer_script_fn)(struct peer_connection *connection, void *context);

struct peer {
	int listener;
	unsigned port;
	peer_script_fn script;
	void *context;
	pthread_t thread;
	pthread_mutex_t lock; /* guards `open` */
	struct peer_connection *open;
	atomic_int connections;
	atomic_int alive;
	atomic_bool stopping;
};

UNUSED static void peer_sleep_ms(long ms)
{
	struct timespec wait = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&wait, NULL);
}

UNUSED static void *peer_run_connection(void *context)
{
	struct peer_connection *connection = context;
	struct peer *peer = connection->peer;

	struct peer_connection **at;

	peer->script(connection, peer->context);
	pthread_mutex_lock(&peer->lock);
	for (at = &peer->open; *at != connection; at = &(*at)->next)
		;
	*at = connection->next;
	shutdown(connection->fd, SHUT_WR);
	close(connection->fd);
	pthread_mutex_unlock(&peer->lock);
	free(connection);
	atomic_fetch_sub(&peer->alive, 1);
	return NULL;
}

UNUSED static void *peer_accept(void *context)
{
	struct peer *peer = context;

	while (!atomic_load(&peer->stopping)) {
		struct pollfd ready = { .fd = peer->listener, .events = POLLIN };
		struct peer_connection *connection;
		pthread_t thread;
		int one = 1;
		int fd;

		if (poll(&ready, 1, 20) <= 0)
			continue;
		fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		connection = malloc(sizeof(*connection));
		*connection = (struct peer_connection){ .peer = peer, .fd = fd };
		connection->number = atomic_fetch_add(&peer->connections, 1);
		atomic_fetch_add(&peer->alive, 1);
		pthread_mutex_lock(&peer->lock);
		connection->next = peer->open;
		peer->open = connection;
		pthread_mutex_unlock(&peer->lock);
		if (pthread_create(&thread, NULL, peer_run_connection, connection) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

/* A bound, listening socket on a free port of 127.0.0.1. */
UNUSED static int peer_listen(unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t at_bytes = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 512) < 0 ||
		getsockname(fd, (struct sockaddr *)&at, &at_bytes) < 0)
		abort();
	*port = ntohs(at.sin_port);
	return fd;
}

UNUSED static void peer_start(struct peer *peer, peer_script_fn script, void *context)
{
	*peer = (struct peer){ .script = script, .context = context };
	pthread_mutex_init(&peer->lock, NULL);
	peer->listener = peer_listen(&peer->port);
	if (pthread_create(&peer->thread, NULL, peer_accept, peer) != 0)
		abort();
}

/* Cuts what is open and waits for the scripts to end: they see closed connections, or look at peer->stopping. */
UNUSED static void peer_stop(struct peer *peer)
{
	atomic_store(&peer->stopping, true);
	pthread_join(peer->thread, NULL);
	close(peer->listener);
	pthread_mutex_lock(&peer->lock);
	for (struct peer_connection *it = peer->open; it; it = it->next)
		shutdown(it->fd, SHUT_RDWR);
	pthread_mutex_unlock(&peer->lock);
	for (int i = 0; i < 1000 && atomic_load(&peer->alive); i++)
		peer_sleep_ms(10);
	if (atomic_load(&peer->alive))
		abort();
}

/* False when the other side closed. */
UNUSED static bool peer_send_bytes(int fd, const char *bytes, size_t count)
{
	while (count) {
		ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		bytes += sent;
		count -= (size_t)sent;
	}
	return true;
}

UNUSED static bool peer_send(int fd, const char *text)
{
	return peer_send_bytes(fd, text, strlen(text));
}

/* Reads one request (head and a body with Content-Length) into `out`. False when the other side closed first. */
UNUSED static bool peer_read_request(int fd, struct buffer *out)
{
	size_t need = 0;

	buffer_clear(out);
	for (;;) {
		char *to = buffer_reserve(out, 65536);
		ssize_t got = recv(fd, to, 65536, 0);
		const char *end;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		buffer_grew(out, (size_t)got);
		end = strstr(out->data, "\r\n\r\n");
		if (end && !need) {
			const char *length = strcasestr(out->data, "\r\nContent-Length:");

			need = (size_t)(end - out->data) + 4;
			if (length && length < end)
				need += strtoul(length + 17, NULL, 10);
		}
		if (need && out->bytes >= need)
			return true;
	}
}

/* Connects to 127.0.0.1:port; the socket has a receive timeout so that no test hangs. */
UNUSED static int peer_connect(unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	struct timeval patience = { .tv_sec = 20 };
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Reads until `text` was seen in what came (true) or the other side closed or was silent for 20 s (false). */
UNUSED static bool peer_read_until(int fd, struct buffer *seen, const char *text)
{
	for (;;) {
		char *to;
		ssize_t got;

		if (text && seen->data && memmem(seen->data, seen->bytes, text, strlen(text)))
			return true;
		to = buffer_reserve(seen, 65536);
		got = recv(fd, to, 65536, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		buffer_grew(seen, (size_t)got);
	}
}

/* Replaces a chunked body in `answer` (head included) by what it means. */
UNUSED static void peer_dechunk(struct buffer *answer)
{
	char *at = answer->data ? strstr(answer->data, "\r\n\r\n") : NULL;
	struct buffer plain = { 0 };

	if (!at || !strstr(answer->data, "Transfer-Encoding: chunked"))
		return;
	at += 4;
	buffer_append(&plain, answer->data, (size_t)(at - answer->data));
	for (;;) {
		size_t left = answer->bytes - (size_t)(at - answer->data);
		char *line = memmem(at, left, "\r\n", 2);
		size_t bytes = strtoul(at, NULL, 16);

		if (!line || !bytes)
			break;
		left -= (size_t)(line + 2 - at);
		buffer_append(&plain, line + 2, bytes < left ? bytes : left);
		if (bytes + 2 > left)
			break;
		at = line + 2 + bytes + 2;
	}
	buffer_fini(answer);
	*answer = plain;
}

#endif
