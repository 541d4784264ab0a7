/*
 * The API as a service on loopback, with a store in a folder of its own, two agents, and a client that runs on a thread beside the
 * loop. For tests: SERVE(client_side) runs a client to its end.
 */
#ifndef TEST_API_SERVICE_H
#define TEST_API_SERVICE_H

#include "api/api.h"
#include "api/roster.h"
#include "base/text.h"
#include "support/peer.h"

#include <check.h>

static char service_folder[64];
static struct loop *service_loop;
static struct store *service_store;
static struct router *service_router;
static struct identity *service_identity;
static struct roster *service_roster;
static struct api *service_api;
static struct http_server *service_server;

static bool service_start_unsynced;
static bool service_start_narrow; /* with little room, for which nobody waits long */
/* For api_options.change. */
static void (*service_change)(
	void *context, struct api_change *change, api_changed_fn done, void *done_context);

/* `model` is the text of a ModelConfig; NULL = none. */
static void service_add_agent(const char *ns, const char *name, const char *rest, const char *model)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(json_doc) struct json_doc *model_doc = NULL;
	struct error err;

	buffer_printf(
		&text, "{\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\"},%s}", ns, name, rest);
	ck_assert(json_doc_parse(&text, NULL, &doc, &err));
	ck_assert(!model || json_doc_copy(model, strlen(model), NULL, &model_doc, &err));
	ck_assert(roster_put(service_roster, ns, name, doc, model_doc, &err));
}

/* Stands in for the converter: a task in 1.0 is one in 0.3 under the key "new". */
static void service_write_task(struct buffer *out, bool in_version_1, struct json_view task)
{
	buffer_puts(out, in_version_1 ? "{\"new\":" : "");
	json_write(out, in_version_1 ? task : json_get(task, "new"));
	buffer_puts(out, in_version_1 ? "}" : "");
}

static void service_start(const struct identity_options *identity)
{
	struct api_options options = { 0 };
	char path[80];
	struct error err;

	snprintf(service_folder, sizeof(service_folder), "/tmp/test-api-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(service_folder));
	snprintf(path, sizeof(path), "%s/db", service_folder);
	ck_assert(loop_new(&service_loop, &err));
	ck_assert_msg(store_open(&(struct store_options){ .path = path, .loop = service_loop },
			      &service_store, &err),
		"%s", err.text);
	ck_assert(router_new(&service_router, &err));
	ck_assert(identity_new(identity, &service_identity, &err));
	ck_assert(roster_new(&service_roster, &err));
	service_add_agent("ns", "my-agent",
		"\"spec\":{\"declarative\":{\"modelConfig\":\"m\",\"tools\":[]}},\"status\":{"
		"\"conditions\":["
		"{\"type\":\"Ready\",\"status\":\"True\",\"reason\":\"WorkloadReady\"},{\"type\":"
		"\"Accepted\",\"status\":\"True\"}]}",
		"{\"metadata\":{\"name\":\"m\"},\"spec\":{\"provider\":\"OpenAI\",\"model\":"
		"\"gpt\","
		"\"apiKeySecret\":\"k\"}}");
	service_add_agent("ns2", "other", "\"spec\":{}",
		"{\"metadata\":{\"name\":\"the-default\"},\"spec\":{\"provider\":\"Ollama\"}}");
	service_add_agent(
		"ns2", "poor", "\"spec\":{\"declarative\":{\"modelConfig\":\"gone\"}}", NULL);
	if (!service_start_unsynced)
		roster_set_synced(service_roster);
	options = (struct api_options){
		.router = service_router,
		.store = service_store,
		.identity = service_identity,
		.world = roster_world(service_roster),
		.write_task = service_write_task,
		.change = service_change,
		.default_namespace = "ns",
		.version = "1.2.3",
	};
	ck_assert(api_new(&options, &service_api, &err));
	ck_assert_msg(http_server_start(&(struct http_server_options){ .listen = "127.0.0.1:0",
						.loop = service_loop,
						.max_body_bytes = 2 << 20,
						.room_bytes = service_start_narrow ? 1 : 0,
						.room_patience_ms = service_start_narrow ? 600 : 0,
						.request_timeout_s = service_start_narrow ? 1 : 0,
						.on_request = router_handle,
						.on_end = router_log,
						.context = service_router },
			      &service_server, &err),
		"%s", err.text);
}

static void service_stop(void)
{
	static const char *const files[] = { "db", "db-wal", "db-shm" };
	char path[80];

	http_server_stop(service_server);
	store_close(service_store);
	loop_free(service_loop);
	api_free(service_api);
	roster_free(service_roster);
	identity_free(service_identity);
	router_free(service_router);
	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", service_folder, files[i]);
		unlink(path);
	}
	rmdir(service_folder);
}

static void (*service_client)(void);

static void service_end(void *context UNUSED)
{
	loop_stop(service_loop);
}

static void *service_run_client(void *context UNUSED)
{
	service_client();
	if (!loop_post(service_loop, service_end, NULL, NULL))
		abort();
	return NULL;
}

static void SERVE(void (*client)(void))
{
	pthread_t thread;
	struct error err;

	service_client = client;
	ck_assert_int_eq(pthread_create(&thread, NULL, service_run_client, NULL), 0);
	ck_assert(loop_run(service_loop, &err));
	pthread_join(thread, NULL);
}

/* An answer; lives until the next request. */
static struct buffer service_answer;
static const char *service_body;

/* Sends a request and returns the status. `headers` are whole lines with CRLF, or "". */
static int ASK(const char *method, const char *path, const char *headers, const char *body)
{
	AUTO(buffer) struct buffer request = { 0 };
	int fd = peer_connect(http_server_port(service_server));
	int status = 0;

	buffer_printf(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s",
		method, path, headers);
	if (body)
		buffer_printf(&request, "Content-Length: %zu\r\n", strlen(body));
	buffer_puts(&request, "\r\n");
	if (body)
		buffer_puts(&request, body);
	ck_assert(peer_send(fd, request.data));
	buffer_clear(&service_answer);
	buffer_puts(&service_answer, "");
	peer_read_until(fd, &service_answer, NULL);
	close(fd);
	ck_assert_msg(text_starts_with(service_answer.data, "HTTP/1.1 "), "%s %s: %s", method, path,
		service_answer.data);
	status = (int)strtol(service_answer.data + strlen("HTTP/1.1 "), NULL, 10);
	service_body = strstr(service_answer.data, "\r\n\r\n");
	ck_assert_ptr_nonnull(service_body);
	service_body += 4;
	return status;
}
#define HAS(text)                                                                                  \
	ck_assert_msg(strstr(service_answer.data, (text)) != NULL, "%s\nis not in\n%s", (text),    \
		service_answer.data)
#define LACKS(text)                                                                                \
	ck_assert_msg(strstr(service_answer.data, (text)) == NULL, "%s\nis in\n%s", (text),        \
		service_answer.data)

/* A request, its status, and a part of the answer. */
#define EXPECT(method, path, headers, body, status, part)                                          \
	do {                                                                                       \
		int got_ = ASK(method, path, headers, body);                                       \
		ck_assert_msg(got_ == (status), "%s %s: %s", method, path, service_answer.data);   \
		HAS(part);                                                                         \
	} while (0)

#endif
