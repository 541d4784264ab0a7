/*
 * Bodies sent to the whole API, over a connection to a server with a store in memory. The first byte chooses the call, the rest is
 * the body. Every one is answered, never with an error of ours, and with JSON where JSON is promised.
 */
#include "api/api.h"
#include "api/roster.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *const calls[] = {
	"POST /api/sessions",
	"PUT /api/sessions/s",
	"POST /api/sessions/s/events?user_id=u",
	"POST /api/tasks",
	"POST /api/memories/sessions",
	"POST /api/memories/sessions/batch",
	"POST /api/memories/search",
	"POST /api/feedback",
};

static struct loop *loop;
static unsigned port;
static struct buffer answer;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void start(void)
{
	static struct store *store;
	static struct router *router;
	static struct identity *identity;
	static struct roster *roster;
	static struct api *api;
	static struct http_server *server;
	static const char agent[] = "{\"metadata\":{\"namespace\":\"n\",\"name\":\"a\"}}";
	struct json_doc *doc = NULL;

	log_set_level(LOG_LEVEL_ERROR);
	check(loop_new(&loop, NULL));
	check(store_open(
		&(struct store_options){ .path = ":memory:", .loop = loop }, &store, NULL));
	check(router_new(&router, NULL) && roster_new(&roster, NULL));
	check(identity_new(
		&(struct identity_options){ .mode = IDENTITY_UNSECURE }, &identity, NULL));
	check(json_doc_copy(agent, sizeof(agent) - 1, NULL, &doc, NULL) &&
		roster_put(roster, "n", "a", doc, NULL, NULL));
	json_doc_free(doc);
	roster_set_synced(roster);
	check(api_new(&(struct api_options){ .router = router,
			      .store = store,
			      .identity = identity,
			      .world = roster_world(roster) },
		&api, NULL));
	check(http_server_start(&(struct http_server_options){ .listen = "127.0.0.1:0",
					.loop = loop,
					.on_request = router_handle,
					.context = router },
		&server, NULL));
	port = http_server_port(server);
}

/* A machine that is busy with other connections may refuse one for a moment. */
static int open_connection(void)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	struct linger none = { .l_onoff = 1 }; /* no port stays behind */

	for (int i = 0; i < 200; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		check(fd >= 0);
		if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0) {
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
			return fd;
		}
		perror("connect");
		close(fd);
		nanosleep(&moment, NULL);
	}
	abort();
}

static void on_readable(void *context, uint32_t events UNUSED)
{
	char *to = buffer_reserve(&answer, 65536);
	ssize_t got = recv(*(int *)context, to, 65536, 0);

	if (got > 0)
		buffer_grew(&answer, (size_t)got);
	else
		loop_stop(loop);
}

static void ask(const char *call, const uint8_t *body, size_t bytes)
{
	AUTO(buffer) struct buffer request = { 0 };
	struct loop_watch *watch;
	int fd = open_connection();

	buffer_printf(&request,
		"%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Agent-Name: "
		"n__NS__a\r\nX-User-Id: u\r\nContent-Length: %zu\r\n\r\n",
		call, bytes);
	buffer_append(&request, body, bytes);
	check(send(fd, request.data, request.bytes, MSG_NOSIGNAL) == (ssize_t)request.bytes);
	buffer_clear(&answer);
	check(loop_watch(loop, fd, EPOLLIN, on_readable, &fd, &watch, NULL));
	check(loop_run(loop, NULL));
	loop_unwatch(watch);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	const char *body;
	int status = 0;

	if (!loop)
		start();
	if (!bytes || bytes > 60000)
		return 0;
	ask(calls[data[0] % COUNT(calls)], data + 1, bytes - 1);
	check(answer.data && sscanf(answer.data, "HTTP/1.1 %d", &status) == 1);
	check(status >= 200 && status < 500);
	body = strstr(answer.data, "\r\n\r\n");
	check(body && json_doc_copy(body + 4, strlen(body + 4),
			      &(struct json_limits){ .depth = 1000 }, &doc, NULL));
	return 0;
}
