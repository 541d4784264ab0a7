#include "http/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_MAX_BYTES    ((size_t)3 * 1024 * 1024)
#define CONNECTIONS_MAX   1000u
#define LARGE_BODIES      16u
#define TURN_PATIENCE_MS  500u
#define IDLE_TIMEOUT_S    30u
#define REQUEST_TIMEOUT_S 60u
#define STOP_PATIENCE_MS  5000
#define CONNECTION_BYTES  (16 * 1024) /* of heads, and of what is being read or sent */
#define LOOP_CONNECTION_BYTES                                                                      \
	(10 * 1024) /* the same where thousands of streams are open; heads of 9 KiB fit in */
#define CLOSED_MANY    100
#define RUNS_PER_TURN  16
#define LISTEN_BACKLOG 1024
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

/* --- listening --- */

static bool listen_split(
	const char *text, char *host, size_t room, const char **port, struct error *err)
{
	const char *colon = strrchr(text, ':');
	size_t bytes = colon ? (size_t)(colon - text) : 0;

	if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
		bytes >= room)
		return error_set(err, ERR_INVALID, NULL,
			"listen address \"%.80s\": write [ADDRESS]:PORT, for example \":8083\"",
			text);
	if (bytes >= 2 && text[0] == '[' && colon[-1] == ']') {
		text++;
		bytes -= 2;
	}
	memcpy(host, text, bytes);
	host[bytes] = '\0';
	*port = colon + 1;
	return true;
}

static int listen_at(const struct sockaddr *address, socklen_t bytes)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1;
	int no = 0;
	int kept;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes,
		sizeof(yes)); /* inherited by what is accepted */
	if (address->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	if (bind(fd, address, bytes) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	kept = errno;
	close(fd);
	errno = kept;
	return -1;
}

/* Without a host: IPv6 with IPv4 in it where the machine has IPv6, else IPv4. */
static bool server_listen(struct http_server *server, struct error *err)
{
	const int families[] = { AF_INET6, AF_INET };
	const char *text = server->options.listen;
	const char *port = NULL;
	char host[256];
	int failed = EADDRNOTAVAIL;

	if (!listen_split(text, host, sizeof(host), &port, err))
		return false;
	for (size_t i = 0; i < COUNT(families) && server->listen_fd < 0; i++) {
		const struct addrinfo hints = { .ai_family = families[i],
			.ai_socktype = SOCK_STREAM,
			.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
		struct addrinfo *found;

		if (getaddrinfo(*host ? host : NULL, port, &hints, &found) != 0)
			continue;
		server->listen_fd = listen_at(found->ai_addr, found->ai_addrlen);
		if (server->listen_fd < 0)
			failed = errno;
		freeaddrinfo(found);
	}
	if (server->listen_fd < 0)
		return error_set(
			err, ERR_IO, NULL, "listen on \"%.80s\": %s", text, strerror(failed));
	return true;
}

static unsigned socket_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = { 0 };
	socklen_t bytes = sizeof(at);

	if (getsockname(fd, &at.any, &bytes) != 0)
		return 0;
	return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

/* --- connections --- */

static void connection_open(struct http_server *server, struct MHD_Connection *mhd, void **slot)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_connection *connection = calloc(1, sizeof(*connection));

	if (!connection || !info) {
		free(connection);
		return;
	}
	connection->server = server;
	connection->fd = info->connect_fd;
	connection->asking_since_ms = clock_monotonic_ms();
	if (server->options.loop)
		LIST_INSERT_HEAD(&server->connections, connection, in_all);
	if (server->options.tls) {
		info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		/* Without a hold (no memory) the handshake fails. */
		connection->hold =
			info ? tls_hold_new(server->options.tls, info->tls_session) : NULL;
	}
	*slot = connection;
}

static void connection_close(struct http_server *server, void **slot)
{
	struct http_connection *connection = *slot;

	*slot = NULL;
	if (!connection)
		return;
	if (server->options.loop) {
		LIST_REMOVE(connection, in_all);
		server->closed++;
		/* At its limit it looks for new connections again only when it is run once more. */
		server->must_run = true;
	}
	tls_hold_free(connection->hold);
	free(connection);
}

static void server_on_connection(void *context, struct MHD_Connection *mhd, void **slot,
	enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		connection_open(context, mhd, slot);
	else
		connection_close(context, slot);
}

/* Cuts who trickles: a request, head and body, has its time as a whole, however busy the connection looks. */
static void server_sweep(void *context)
{
	struct http_server *server = context;
	uint64_t patience_ms = server->options.request_timeout_s * 1000ull;
	uint64_t now = clock_monotonic_ms();
	struct http_connection *connection;

	LIST_FOREACH(connection, &server->connections, in_all)
	if (connection->asking_since_ms && now > connection->asking_since_ms + patience_ms)
		shutdown(connection->fd, SHUT_RDWR);
	if (server->closed >= CLOSED_MANY)
		malloc_trim(0); /* what many connections needed goes back to the system */
	server->closed = 0;
	room_check(&server->room);
	loop_timer_arm(server->sweep, patience_ms / 8);
}

/* --- on a loop: libmicrohttpd's epoll descriptor lies in ours --- */

static void server_ready(void *context, uint32_t events UNUSED)
{
	struct http_server *server = context;

	server->must_run = false;
	MHD_run(server->daemon);
}

/* Runs until it wants nothing at once, then says when it wants to be called again. */
static int server_before_wait(void *context)
{
	struct http_server *server = context;

	for (int i = 0; i < RUNS_PER_TURN; i++) {
		MHD_UNSIGNED_LONG_LONG wish_ms = 0;
		bool wishes = MHD_get_timeout(server->daemon, &wish_ms) == MHD_YES;

		if (!server->must_run && (!wishes || wish_ms))
			return !wishes ? -1 : wish_ms > 3600000 ? 3600000 : (int)wish_ms;
		server->must_run = false;
		MHD_run(server->daemon);
	}
	return 0;
}

static bool server_join_loop(struct http_server *server, struct error *err)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct loop *loop = server->options.loop;

	if (!info)
		return error_set(err, ERR_IO, NULL, "the HTTP library has no epoll");
	if (!loop_watch(loop, info->epoll_fd, EPOLLIN, server_ready, server, &server->watch, err) ||
		!loop_timer_new(loop, server_sweep, server, &server->sweep, err) ||
		!loop_timer_new(loop, exchange_watch_all, server, &server->watch_timer, err) ||
		!loop_before_wait(loop, server_before_wait, server, err))
		return false;
	server->has_hook = true;
	server_sweep(server);
	return true;
}

/* --- start --- */

static void server_log(void *context UNUSED, const char *format, va_list args) PRINTF(2, 0);
static void server_log(void *context UNUSED, const char *format, va_list args)
{
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	log_debug("http server", LOG_STR("says", text));
}

static size_t keep_escapes(
	void *context UNUSED, struct MHD_Connection *connection UNUSED, char *text)
{
	return strlen(text);
}

static void server_fill_options(
	struct http_server *server, const struct http_server_options *options)
{
	struct http_server_options *mine = &server->options;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	*mine = *options;
	if (!mine->max_body_bytes)
		mine->max_body_bytes = BODY_MAX_BYTES;
	if (!mine->max_connections)
		mine->max_connections = CONNECTIONS_MAX;
	if (!mine->large_bodies)
		mine->large_bodies = LARGE_BODIES;
	if (!mine->turn_patience_ms)
		mine->turn_patience_ms = TURN_PATIENCE_MS;
	if (!mine->idle_timeout_s)
		mine->idle_timeout_s = IDLE_TIMEOUT_S;
	if (!mine->request_timeout_s)
		mine->request_timeout_s = REQUEST_TIMEOUT_S;
	if (!mine->threads)
		mine->threads = cores > 0 ? (unsigned)cores : 1;
	if (mine->threads > mine->max_connections)
		mine->threads = mine->max_connections;
}

static bool server_start_daemon(struct http_server *server, struct error *err)
{
	const struct http_server_options *options = &server->options;
	unsigned flags =
		MHD_USE_ERROR_LOG | (options->tls ? MHD_USE_TLS : 0) |
		(options->loop ? MHD_USE_EPOLL : MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC) |
		MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem more[4] = { { MHD_OPTION_END, 0, NULL } };
	size_t used = 0;

	if (!options->loop && options->threads > 1)
		more[used++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE,
			options->threads, NULL };
	if (options->tls) {
		more[used++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
			(void *)tls_retrieve };
		more[used++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)TLS_PRIORITIES };
	}
	more[used] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, exchange_on_request, server, /**/
		MHD_OPTION_EXTERNAL_LOGGER, server_log, NULL, /**/
		MHD_OPTION_LISTEN_SOCKET, server->listen_fd, /**/
		MHD_OPTION_CONNECTION_LIMIT, options->max_connections, /**/
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)(options->loop ? LOOP_CONNECTION_BYTES : CONNECTION_BYTES), /**/
		MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s, /**/
		MHD_OPTION_STRICT_FOR_CLIENT, 1, /**/
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, /**/
		MHD_OPTION_URI_LOG_CALLBACK, exchange_on_target, server, /**/
		MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, server, /**/
		MHD_OPTION_NOTIFY_CONNECTION, server_on_connection, server, /**/
		MHD_OPTION_ARRAY, more, MHD_OPTION_END);
	return server->daemon ||
	       error_set(err, ERR_IO, NULL, "start the HTTP server on \"%.80s\"", options->listen);
}

static bool server_start(struct http_server *server, struct error *err)
{
	if (!server_listen(server, err))
		return false;
	server->port = socket_port(server->listen_fd);
	if (!server->options.loop && !turns_start(&server->turns, server->options.large_bodies,
					     server->options.turn_patience_ms, err))
		return false;
	if (!server_start_daemon(server, err))
		return false;
	return !server->options.loop || server_join_loop(server, err);
}

bool http_server_start(
	const struct http_server_options *options, struct http_server **out, struct error *err)
{
	struct http_server *server = calloc(1, sizeof(*server));

	if (!server)
		return error_no_memory(err);
	signal(SIGPIPE, SIG_IGN);
	server->listen_fd = -1;
	TAILQ_INIT(&server->unwatched);
	server_fill_options(server, options);
	room_init(&server->room, &(struct room_options){ .shared_bytes = options->room_bytes,
					 .patience_ms = options->room_patience_ms,
					 .on_turn = exchange_on_turn,
					 .on_late = exchange_on_late });
	if (!server_start(server, err)) {
		http_server_stop(server);
		return false;
	}
	server->options.listen = NULL;
	*out = server;
	return true;
}

unsigned http_server_port(const struct http_server *server)
{
	return server->port;
}

/* --- stop --- */

static bool server_is_answering(const struct http_server *server)
{
	const struct http_exchange *exchange;

	LIST_FOREACH(exchange, &server->exchanges, in_all)
	if (exchange->state > EXCHANGE_READING)
		return true;
	return false;
}

static void server_run_for(struct http_server *server, int wait_ms)
{
	struct pollfd ready = { .events = POLLIN };
	int wish_ms = server_before_wait(server);

	ready.fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	if (wish_ms >= 0 && wish_ms < wait_ms)
		wait_ms = wish_ms;
	if (poll(&ready, 1, wait_ms) > 0)
		MHD_run(server->daemon);
}

static void server_end_on_loop(struct http_server *server)
{
	uint64_t until = clock_monotonic_ms() + STOP_PATIENCE_MS;
	struct http_exchange *exchange;

	LIST_FOREACH(exchange, &server->exchanges, in_all)
	exchange_shut(exchange);
	while (server_is_answering(server) && clock_monotonic_ms() < until)
		server_run_for(server, 50);
	LIST_FOREACH(exchange, &server->exchanges, in_all)
	exchange_cut(exchange);
	server_run_for(server, 0);
}

static void server_end_on_threads(struct http_server *server)
{
	for (int waited = 0; waited < STOP_PATIENCE_MS && atomic_load(&server->active); waited += 5)
		poll(NULL, 0, 5);
	turns_end(&server->turns);
}

void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	if (server->daemon) {
		MHD_quiesce_daemon(server->daemon);
		if (server->options.loop)
			server_end_on_loop(server);
		else
			server_end_on_threads(server);
		loop_unwatch(server->watch);
		MHD_stop_daemon(server->daemon);
	}
	if (server->has_hook)
		loop_before_wait_remove(server->options.loop, server_before_wait, server);
	loop_timer_free(server->sweep);
	loop_timer_free(server->watch_timer);
	if (server->listen_fd >= 0)
		close(server->listen_fd);
	turns_fini(&server->turns);
	free(server);
}
