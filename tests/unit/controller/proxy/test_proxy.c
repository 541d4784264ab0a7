#include "proxy/proxy.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/exchange.h" /* what is in its room */
#include "support/peer.h"
#include "support/suite.h"

static struct loop *loop;
static struct http_server *server;
static struct proxy *proxy;
static struct peer agent;
static struct error err;

/* --- a scripted agent --- */

struct script {
	const char *answer; /* whole HTTP answer; NULL = none, the connection stays open */
	atomic_size_t cut; /* close after so many bytes; 0 = the whole */
	bool stay; /* keep the connection open afterwards */
	int crowd; /* answer nobody before so many requests are there, 20 s at most */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct buffer asked; /* every request the agent got */
static const struct script *_Atomic script;
static atomic_int arrived; /* requests */

static void await_crowd(int crowd)
{
	for (int i = 0; i < 2000 && atomic_load(&arrived) < crowd; i++)
		peer_sleep_ms(10);
}

static void play(struct peer_connection *connection, void *context UNUSED)
{
	const struct script *now = atomic_load(&script);
	AUTO(buffer) struct buffer request = { 0 };
	size_t bytes;

	if (!peer_read_request(connection->fd, &request))
		return;
	pthread_mutex_lock(&lock);
	buffer_append(&asked, request.data, request.bytes);
	buffer_putc(&asked, '\n');
	pthread_mutex_unlock(&lock);
	atomic_fetch_add(&arrived, 1);
	await_crowd(now->crowd);
	bytes = !now->answer ? 0 : now->cut ? now->cut : strlen(now->answer);
	if (bytes)
		peer_send_bytes(connection->fd, now->answer, bytes);
	if (!now->answer || now->stay)
		peer_read_until(connection->fd, &request, NULL);
}

static bool agent_was_asked(const char *text)
{
	bool found;

	pthread_mutex_lock(&lock);
	found = asked.data && strstr(asked.data, text);
	pthread_mutex_unlock(&lock);
	return found;
}

#define JSON_ANSWER(body)                                                                          \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body
#define SSE_ANSWER(body)                                                                           \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: "        \
	"close\r\n\r\n" body
#define TASK_DONE                                                                                  \
	"{\"kind\":\"task\",\"id\":\"t1\",\"contextId\":\"c1\",\"status\":{\"state\":"             \
	"\"completed\"},\"artifacts\":[{\"artifactId\":\"a\","                                     \
	"\"parts\":[{\"kind\":\"text\",\"text\":\"hi\"}]}]}"

static const struct script done = {
	.answer = JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":" TASK_DONE "}")
};

/* --- the service --- */

static int lost;
static char lost_task[64];
static char lost_message[64];
static char lost_context[64];
static atomic_int busy_changes;
static bool is_busy;
static struct proxy_session session;
static bool session_fails;
static struct proxy_lookup *_Atomic late_lookup;
static bool answers_late;

static void serve(void *context UNUSED, struct http_exchange *exchange)
{
	char ns[300];
	char name[300];
	int at = 0;

	if (sscanf(http_path(exchange), "/api/a2a-sandboxes/%290[^/]/%290[^/]%n", ns, name, &at) <
		2) {
		http_answer(exchange, 404, NULL, NULL);
		return;
	}
	proxy_handle(proxy, exchange, ns, name, http_path(exchange) + at);
}

static void on_lost(void *context UNUSED, const struct proxy_lost *it)
{
	ck_assert_str_eq(it->ns, "kagent");
	ck_assert_str_eq(it->name, "my-agent");
	ck_assert_str_eq(it->user, "admin@kagent.dev");
	ck_assert_str_ne(it->reason, "");
	lost++;
	snprintf(lost_task, sizeof(lost_task), "%s", it->task ? it->task : "");
	snprintf(lost_message, sizeof(lost_message), "%s", it->message);
	snprintf(lost_context, sizeof(lost_context), "%s", it->context);
}

static void on_busy(void *context UNUSED, const char *ns UNUSED, const char *name UNUSED, bool busy)
{
	ck_assert(busy != is_busy);
	is_busy = busy;
	busy_changes++;
}

static void find_session(void *context UNUSED, struct proxy_lookup *lookup)
{
	const struct error down = { .code = ERR_IO, .text = "no store" };

	ck_assert_str_eq(lookup->ns, "kagent");
	ck_assert_str_eq(lookup->name, "my-agent");
	if (answers_late)
		late_lookup = lookup;
	else
		proxy_lookup_done(
			lookup, session.id ? &session : NULL, session_fails ? &down : NULL);
}

static struct json_doc *agent_object(void)
{
	static const char text[] = "{\"metadata\":{\"name\":\"my-agent\",\"namespace\":\"kagent\"},"
				   "\"spec\":{\"type\":\"Declarative\",\"description\":\"d\"}}";
	struct json_doc *doc;

	ck_assert(json_doc_copy(text, strlen(text), NULL, &doc, &err));
	return doc;
}

static void put_agent(bool is_ready, unsigned port)
{
	AUTO(text) char *url = text_format("http://127.0.0.1:%u", port);
	AUTO(json_doc) struct json_doc *doc = agent_object();
	const struct proxy_agent told = { .ns = "kagent",
		.name = "my-agent",
		.is_ready = is_ready,
		.base_url = url,
		.waits_for = is_ready ? NULL : "the pod to start",
		.agent = doc };

	ck_assert(proxy_agent_put(proxy, &told, &err));
}

static struct http_server_options http; /* its changes */

static void begin(const struct proxy_options *changes)
{
	struct proxy_options options = *changes;

	atomic_store(&arrived, 0);
	lost = 0;
	busy_changes = 0;
	is_busy = false;
	session = (struct proxy_session){ 0 };
	session_fails = false;
	answers_late = false;
	script = &done;
	ck_assert(loop_new(&loop, &err));
	options.loop = loop;
	options.find_session = find_session;
	options.task_lost = on_lost;
	options.on_busy = on_busy;
	ck_assert(proxy_new(&options, &proxy, &err));
	http.listen = "127.0.0.1:0";
	http.on_request = serve;
	http.loop = loop;
	ck_assert(http_server_start(&http, &server, &err));
	peer_start(&agent, play, NULL);
	put_agent(true, agent.port);
	proxy_set_synced(proxy);
}

static void setup(void)
{
	begin(&(const struct proxy_options){
		.hold_ms = 400, .refused_ms = 300, .idle_ms = 3000, .heartbeat_ms = 100 });
}

static void teardown(void)
{
	struct proxy_stats stats;

	proxy_get_stats(proxy, &stats);
	http_server_stop(server);
	proxy_free(proxy);
	loop_free(loop);
	http = (struct http_server_options){ 0 };
	peer_stop(&agent);
	buffer_fini(&asked);
	ck_assert_uint_eq(stats.open, 0);
	ck_assert_uint_eq(stats.waiting, 0);
	ck_assert(!is_busy);
}

/* --- driving: the client on a thread of its own --- */

static void (*client_side)(void);
static struct loop_timer *closing;
static uint64_t closing_until_ms;

/* The close of the last connection is seen soon, 20 s at most. */
static void stop_when_idle(void *context UNUSED)
{
	struct proxy_stats stats;

	proxy_get_stats(proxy, &stats);
	if ((stats.open || is_busy) && clock_monotonic_ms() < closing_until_ms)
		loop_timer_arm(closing, 5);
	else
		loop_stop(loop);
}

static void stop_soon(void *context UNUSED)
{
	closing_until_ms = clock_monotonic_ms() + 20000;
	stop_when_idle(NULL);
}

static void *run_client_side(void *context UNUSED)
{
	client_side();
	if (!loop_post(loop, stop_soon, NULL, NULL))
		abort();
	return NULL;
}

static void drive(void (*side)(void))
{
	pthread_t thread;

	client_side = side;
	ck_assert(loop_timer_new(loop, stop_when_idle, NULL, &closing, &err));
	ck_assert_int_eq(pthread_create(&thread, NULL, run_client_side, NULL), 0);
	ck_assert(loop_run(loop, &err));
	pthread_join(thread, NULL);
	loop_timer_free(closing);
}

#define RPC "/api/a2a-sandboxes/kagent/my-agent/"

static int send_request(const char *method, const char *path, const char *headers, const char *body)
{
	AUTO(text)
	char *request = text_format("%s %s HTTP/1.1\r\nHost: chat.example:8083\r\nConnection: "
				    "close\r\n%sContent-Length: %zu\r\n\r\n%s",
		method, path, headers ? headers : "", strlen(body), body);
	int fd = peer_connect(http_server_port(server));

	peer_send(fd, request);
	return fd;
}

static struct buffer answer;

static void ask(const char *method, const char *path, const char *headers, const char *body)
{
	int fd = send_request(method, path, headers, body);

	buffer_clear(&answer);
	peer_read_until(fd, &answer, NULL);
	close(fd);
	buffer_append(&answer, "", 0);
	peer_dechunk(&answer);
}

static bool answered(const char *text)
{
	return answer.data && strstr(answer.data, text);
}
#define CHECK_ANSWER(spec, text)                                                                   \
	ck_assert_msg(answered(text), "%s: wanted %s, got %s", spec, text, answer.data)

#define MESSAGE(more)                                                                              \
	"{\"message\":{\"messageId\":\"m\",\"role\":\"user\",\"parts\":[{\"kind\":\"text\","       \
	"\"text\":\"hello\"}]" more "}}"
#define CALL(method, params)                                                                       \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" method "\",\"params\":" params "}"
#define SEND   CALL("message/send", MESSAGE(""))
#define STREAM CALL("message/stream", MESSAGE(""))

/* --- the envelope: nothing of this reaches the agent. Source: the contract's table of answers --- */

static const struct {
	const char *spec, *method, *headers, *body, *status, *want, *id;
} envelopes[] = {
	{ "a get is no request", "GET", NULL, "", "200", "\"code\":-32600", "null" },
	{ "a put is no request", "PUT", NULL, SEND, "200", "\"code\":-32600", "null" },
	{ "no json", "POST", NULL, "{", "200",
		"\"code\":-32700,\"message\":\"parse error: ", "null" },
	{ "an empty body", "POST", NULL, "", "200", "\"code\":-32700", "null" },
	{ "a batch", "POST", NULL, "[" SEND "]", "200", "\"code\":-32602", "null" },
	{ "a method of wrong type", "POST", NULL, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}",
		"200", "\"code\":-32602", "null" },
	{ "another version of json-rpc", "POST", NULL,
		"{\"jsonrpc\":\"1.0\",\"id\":\"a\",\"method\":\"message/send\"}", "200",
		"\"code\":-32600", "\"a\"" },
	{ "an id that is an object", "POST", NULL,
		"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"message/send\"}", "200",
		"\"code\":-32600", "null" },
	{ "an id that is true", "POST", NULL,
		"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"message/send\"}", "200",
		"\"code\":-32600", "null" },
	{ "no method", "POST", NULL, "{\"jsonrpc\":\"2.0\",\"id\":3}", "200", "\"code\":-32600",
		"3" },
	{ "an empty method", "POST", NULL, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"\"}", "200",
		"\"code\":-32600", "3" },
	{ "an unknown method", "POST", NULL, CALL("tasks/explode", "{}"), "200",
		"\"code\":-32601,\"message\":\"method not found\"", "7" },
	{ "listing in 0.3", "POST", NULL, CALL("tasks/list", "{}"), "200", "\"code\":-32601", "7" },
	{ "listing in 1.0", "POST", "A2A-Version: 1.0\r\n", CALL("ListTasks", "{}"), "200",
		"\"code\":-32004", "7" },
	{ "a 1.0 name in 0.3", "POST", NULL, CALL("SendMessage", "{}"), "200", "\"code\":-32601",
		"7" },
	{ "a 0.3 name in 1.0", "POST", "A2A-Version: 1.0\r\n", SEND, "200", "\"code\":-32601",
		"7" },
	{ "an unknown version", "POST", "A2A-Version: 2.0\r\n", SEND, "400",
		"unsupported A2A version \"2.0\"", NULL },
	{ "no params", "POST", NULL, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"message/send\"}",
		"200", "\"code\":-32700", "7" },
	{ "params that are a list", "POST", NULL, CALL("message/send", "[]"), "200",
		"\"code\":-32602", "7" },
	{ "no message", "POST", NULL, CALL("message/send", "{}"), "200", "\"code\":-32602", "7" },
	{ "a message of wrong type", "POST", NULL, CALL("message/send", "{\"message\":\"hi\"}"),
		"200", "message must be an object", "7" },
	{ "a context id of wrong type", "POST", NULL,
		CALL("message/send", MESSAGE(",\"contextId\":5")), "200",
		"message.contextId must be a string", "7" },
	{ "an unknown kind of part", "POST", NULL,
		CALL("message/send", "{\"message\":{\"parts\":[{\"kind\":\"video\"}]}}"), "200",
		"\"code\":-32700,\"message\":\"parse error: unknown part kind video\"", "7" },
	{ "a part without kind", "POST", NULL,
		CALL("message/send", "{\"message\":{\"parts\":[{\"text\":\"x\"}]}}"), "200",
		"\"code\":-32700", "7" },
	{ "a stream with bad params", "POST", NULL, CALL("message/stream", "[]"), "200",
		"\"code\":-32602", "7" },
	{ "a task without id", "POST", NULL, CALL("tasks/get", "{}"), "200", "id is missing", "7" },
	{ "a page of another origin", "POST", "Origin: https://evil.example\r\n", SEND, "403",
		"another origin", NULL },
	{ "a sandboxed page", "POST", "Origin: null\r\n", SEND, "403", "another origin", NULL },
	{ "a large id is kept as written", "POST", NULL,
		"{\"jsonrpc\":\"2.0\",\"id\":12345678901234567890.10,\"method\":\"x\"}", "200",
		"\"code\":-32601", "12345678901234567890.10" },
};

static int row;

static void send_envelope(void)
{
	AUTO(text) char *status = text_format("HTTP/1.1 %s ", envelopes[row].status);
	AUTO(text)
	char *id = text_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":", envelopes[row].id);

	ask(envelopes[row].method, RPC, envelopes[row].headers, envelopes[row].body);
	CHECK_ANSWER(envelopes[row].spec, status);
	CHECK_ANSWER(envelopes[row].spec, envelopes[row].want);
	if (!envelopes[row].id)
		return;
	CHECK_ANSWER(envelopes[row].spec, id);
	CHECK_ANSWER(envelopes[row].spec, "\r\nContent-Type: application/json\r\n");
	CHECK_ANSWER(envelopes[row].spec, "\"@type\":\"type.googleapis.com/"
					  "google.rpc.ErrorInfo\",\"domain\":\"a2a-protocol.org\"");
}

START_TEST(what_is_no_call_is_answered_without_the_agent)
{
	row = _i;
	drive(send_envelope);
	ck_assert(!agent_was_asked("POST"));
	buffer_fini(&answer);
}
END_TEST

static const struct {
	const char *spec, *path;
	int status;
} paths[] = {
	{ "an unknown agent", "/api/a2a-sandboxes/kagent/other/", 404 },
	{ "an unknown namespace", "/api/a2a-sandboxes/other/my-agent/", 404 },
	{ "dots", "/api/a2a-sandboxes/kagent/../", 404 },
	{ "an escaped slash", "/api/a2a-sandboxes/kagent%2fmy-agent/x/", 404 },
	{ "capitals", "/api/a2a-sandboxes/Kagent/my-agent/", 404 },
	{ "no slash at the end", "/api/a2a-sandboxes/kagent/my-agent", 200 },
	{ "a longer path", "/api/a2a-sandboxes/kagent/my-agent/any/thing", 200 },
};

static void send_path(void)
{
	AUTO(text) char *status = text_format("HTTP/1.1 %d ", paths[row].status);

	ask("POST", paths[row].path, NULL, SEND);
	CHECK_ANSWER(paths[row].spec, status);
	if (paths[row].status == 404)
		CHECK_ANSWER(paths[row].spec, "Agent sandboxes/");
}

START_TEST(paths_lead_to_known_agents_only)
{
	row = _i;
	drive(send_path);
	buffer_fini(&answer);
}
END_TEST

/* --- what the agent is asked --- */

static const struct {
	const char *spec, *headers, *body, *has, *has_not;
} forwards[] = {
	{ "a send waits for the end unless the client says otherwise", NULL, SEND,
		"\"configuration\":{\"blocking\":true}", "\"id\":7" },
	{ "the client's configuration stays", NULL,
		CALL("message/send", "{\"message\":{\"parts\":[]},\"configuration\":{\"blocking\":"
				     "false,\"historyLength\":3}}"),
		"\"configuration\":{\"blocking\":false,\"historyLength\":3}", "true" },
	{ "unknown members pass", NULL,
		CALL("message/send", "{\"message\":{\"parts\":[],\"x\":{\"y\":null}}}"),
		"\"x\":{\"y\":null}", "kind" },
	{ "the method is passed", NULL, CALL("tasks/get", "{\"id\":\"t\",\"historyLength\":2}"),
		"\"method\":\"tasks/get\",\"params\":{\"id\":\"t\",\"historyLength\":2}",
		"blocking" },
	{ "cancel", NULL, CALL("tasks/cancel", "{\"id\":\"t\"}"), "\"method\":\"tasks/cancel\"",
		"SendMessage" },
	{ "push configs", NULL,
		CALL("tasks/pushNotificationConfig/set",
			"{\"taskId\":\"t\",\"pushNotificationConfig\":{\"url\":\"u\"}}"),
		"\"method\":\"tasks/pushNotificationConfig/set\"", "SendMessage" },
	{ "it is a post to the root", NULL, SEND, "POST / HTTP/1.1\r\n", "Expect" },
	{ "json is sent", NULL, SEND, "\r\nContent-Type: application/json\r\n",
		"text/event-stream" },
	{ "the dialect is told", NULL, SEND, "\r\nA2A-Version: 0.3\r\n", "A2A-Version: 1.0" },
	{ "a stream is asked for", NULL, STREAM, "\r\nAccept: text/event-stream\r\n", "\"id\":7" },
	{ "the default user is told", NULL, SEND, "\r\nX-User-Id: admin@kagent.dev\r\n",
		"Authorization" },
	{ "the client's user is told", "X-User-Id: me+you@x\r\n", SEND,
		"\r\nX-User-Id: me+you@x\r\n", "admin" },
	{ "authorization passes", "Authorization: Bearer abc\r\n", SEND,
		"\r\nAuthorization: Bearer abc\r\n", "Basic" },
	{ "the trace passes",
		"traceparent: "
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b\r\n",
		SEND,
		"\r\ntraceparent: "
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b\r\n",
		"baggage" },
	{ "the source passes", "x-kagent-source: agent\r\n", SEND, "\r\nx-kagent-source: agent\r\n",
		"cookie" },
	{ "nothing else passes",
		"Cookie: a=b\r\nX-Agent-Name: x\r\nX-Forwarded-For: 1.2.3.4\r\nX-Any: 1\r\n", SEND,
		"\r\nX-User-Id: ", "X-Any" },
	{ "no cookie passes", "Cookie: a=b\r\n", SEND, "\r\nX-User-Id: ", "Cookie" },
	{ "no agent name passes", "X-Agent-Name: b\r\n", SEND, "\r\nX-User-Id: ", "X-Agent-Name" },
};

static void send_forward(void)
{
	ask("POST", RPC, forwards[row].headers, forwards[row].body);
	CHECK_ANSWER(forwards[row].spec, "HTTP/1.1 200 ");
}

START_TEST(the_agent_is_asked_in_its_own_terms)
{
	row = _i;
	drive(send_forward);
	ck_assert_msg(agent_was_asked(forwards[_i].has), "%s: wanted %s in %s", forwards[_i].spec,
		forwards[_i].has, asked.data);
	ck_assert_msg(!agent_was_asked(forwards[_i].has_not), "%s: unwanted %s in %s",
		forwards[_i].spec, forwards[_i].has_not, asked.data);
	buffer_fini(&answer);
}
END_TEST

static void send_with_user_in_query(void)
{
	ask("POST", RPC "?user_id=a+b%40x.com", "X-User-Id: other\r\n", SEND);
	CHECK_ANSWER("query", "HTTP/1.1 200 ");
	ask("POST", RPC "?user_id=a%0d%0aX-Evil:1", NULL, SEND);
	CHECK_ANSWER("line break", "HTTP/1.1 401 ");
}

START_TEST(the_user_in_the_query_counts_first)
{
	drive(send_with_user_in_query);
	ck_assert(agent_was_asked("\r\nX-User-Id: a+b@x.com\r\n"));
	ck_assert(!agent_was_asked("X-Evil"));
	buffer_fini(&answer);
}
END_TEST

/* --- answers of the agent --- */

static const struct {
	const char *spec;
	struct script script;
	const char *want;
} outcomes[] = {
	{ "a task comes with the client's id",
		{ .answer = JSON_ANSWER(
			  "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":" TASK_DONE "}") },
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":" TASK_DONE "}\n" },
	{ "white space is not passed",
		{ .answer = JSON_ANSWER("{ \"jsonrpc\" : \"2.0\" ,\n \"result\" : { \"kind\" : "
					"\"message\" } }") },
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"kind\":\"message\"}}\n" },
	{ "a null result",
		{ .answer = JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":null}") },
		"\"id\":7,\"result\":null}" },
	{ "an error of the agent keeps its code",
		{ .answer = JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":-"
					"32001,\"message\":\"Task not found\"}}") },
		"\"id\":7,\"error\":{\"code\":-32001,\"message\":\"Task not found\"" },
	{ "its reason is told",
		{ .answer = JSON_ANSWER(
			  "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32001,\"message\":\"m\"}}") },
		"\"reason\":\"TASK_NOT_FOUND\"" },
	{ "an unknown code becomes internal",
		{ .answer = JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-31999,"
					"\"message\":\"odd\"}}") },
		"\"error\":{\"code\":-32603,\"message\":\"odd\"" },
	{ "a status that is no success",
		{ .answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nno\n" },
		"\"error\":{\"code\":-32603,\"message\":\"unexpected HTTP status: 503" },
	{ "html",
		{ .answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: "
			    "close\r\n\r\n<html>hello</html>" },
		"\"code\":-32603,\"message\":\"failed to decode response" },
	{ "json that is no answer", { .answer = JSON_ANSWER("{\"hello\":1}") },
		"failed to decode response" },
	{ "a json list", { .answer = JSON_ANSWER("[]") }, "failed to decode response" },
	{ "nothing at all", { .answer = "" },
		"\"code\":-32603,\"message\":\"agent kagent/my-agent was lost" },
	{ "half a head", { .answer = "HTTP/1.1 200 O" }, "was lost" },
	{ "half a body", { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"jsonrpc\"" },
		"was lost" },
	{ "silence", { .answer = NULL }, "no byte for 3000 ms" },
};

static void send_for_outcome(void)
{
	uint64_t began = clock_monotonic_ms();

	ask("POST", RPC, NULL, SEND);
	CHECK_ANSWER(outcomes[row].spec, "HTTP/1.1 200 ");
	CHECK_ANSWER(outcomes[row].spec, outcomes[row].want);
	ck_assert_uint_lt(clock_monotonic_ms() - began, 18000);
}

START_TEST(every_answer_of_the_agent_is_an_answer_to_the_client)
{
	row = _i;
	script = &outcomes[_i].script;
	drive(send_for_outcome);
	buffer_fini(&answer);
}
END_TEST

/* Only of work that was begun, and that is not known to have ended, something is to be told. */
static const struct {
	const char *spec, *body;
	struct script script;
	int lost;
	const char *task, *message, *context;
} losses[] = {
	{ "a send is known by its message", SEND, { .answer = "" }, 1, "", "m", "" },
	{ "and its chat", CALL("message/send", MESSAGE(",\"contextId\":\"c1\"")),
		{ .answer = "HTTP/1.1 200 O" }, 1, "", "m", "c1" },
	{ "one about a task by that", CALL("message/send", MESSAGE(",\"taskId\":\"t9\"")),
		{ .answer = "" }, 1, "t9", "m", "" },
	{ "a stream that has not begun", STREAM, { .answer = "" }, 1, "", "m", "" },
	{ "a message without id cannot be found",
		CALL("message/send", "{\"message\":{\"parts\":[]}}"), { .answer = "" }, 0, "", "",
		"" },
	{ "a question about a task began nothing", CALL("tasks/get", "{\"id\":\"t9\"}"),
		{ .answer = "" }, 0, "", "", "" },
	{ "a send that was answered", SEND,
		{ .answer = JSON_ANSWER(
			  "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":" TASK_DONE "}") },
		0, "", "", "" },
};

static void send_and_lose(void)
{
	ask("POST", RPC, NULL, losses[row].body);
	CHECK_ANSWER(losses[row].spec, losses[row].lost ? "was lost while it worked" : "\"id\":7");
}

START_TEST(what_an_agent_was_lost_over_is_told)
{
	row = _i;
	lost_task[0] = lost_message[0] = lost_context[0] = '\0';
	script = &losses[_i].script;
	drive(send_and_lose);
	ck_assert_msg(lost == losses[_i].lost, "%s: %d", losses[_i].spec, lost);
	ck_assert_str_eq(lost_task, losses[_i].task);
	ck_assert_str_eq(lost_message, losses[_i].message);
	ck_assert_str_eq(lost_context, losses[_i].context);
	buffer_fini(&answer);
}
END_TEST

static void send_to_nobody(void)
{
	uint64_t began = clock_monotonic_ms();

	ask("POST", RPC, NULL, SEND);
	CHECK_ANSWER("refused",
		"\"code\":-32603,\"message\":\"agent kagent/my-agent cannot be reached: ");
	ck_assert_uint_lt(clock_monotonic_ms() - began, 18000);
	ask("POST", RPC, NULL, STREAM);
	CHECK_ANSWER("refused", "data: "
				"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32603,"
				"\"message\":\"agent kagent/my-agent cannot be reached");
}

START_TEST(an_agent_that_refuses_connections_is_an_error_soon)
{
	unsigned port;
	int fd = peer_listen(&port);

	close(fd);
	put_agent(true, port);
	drive(send_to_nobody);
	ck_assert_int_eq(busy_changes, 4);
	buffer_fini(&answer);
}
END_TEST

static unsigned late_port;

static void listen_late(void *context UNUSED)
{
	put_agent(true, agent.port);
}

static void send_and_succeed(void)
{
	ask("POST", RPC, NULL, SEND);
	CHECK_ANSWER("held", "\"result\":" TASK_DONE);
}

START_TEST(a_refused_request_is_sent_again_when_the_agent_moved)
{
	struct loop_timer *timer;
	int fd = peer_listen(&late_port);

	close(fd);
	put_agent(true, late_port);
	ck_assert(loop_timer_new(loop, listen_late, NULL, &timer, NULL));
	loop_timer_arm(timer, 100);
	drive(send_and_succeed);
	loop_timer_free(timer);
	buffer_fini(&answer);
}
END_TEST

/* --- streams --- */

#define UPDATE(state, final)                                                                       \
	"{\"kind\":\"status-update\",\"taskId\":\"t1\",\"contextId\":\"c1\",\"status\":{"          \
	"\"state\":\"" state                                                                       \
	"\",\"timestamp\":\"2026-01-02T03:04:05.678901+00:00\"},\"final\":" final "}"
#define EVENT(result) "data: {\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":" result "}\r\n\r\n"

static const struct script two_events = {
	.answer = SSE_ANSWER(": ping - 12\r\n\r\n" EVENT(
		UPDATE("working", "false")) ": ping\r\n\r\n" EVENT(UPDATE("completed", "true")))
};

/* Takes the ids out, which differ each time, after looking at their form. */
static void strip_ids(void)
{
	char *at = answer.data;

	while ((at = strstr(at, "id: "))) {
		ck_assert_int_eq(strcspn(at, "\n"), 40);
		memmove(at, at + 41, strlen(at + 41) + 1);
	}
}

static void read_stream(void)
{
	ask("POST", RPC, NULL, STREAM);
	CHECK_ANSWER("head", "HTTP/1.1 200 ");
	CHECK_ANSWER("head", "\r\nContent-Type: text/event-stream\r\n");
	CHECK_ANSWER("head", "\r\nCache-Control: no-cache\r\n");
	CHECK_ANSWER("head", "\r\nX-Accel-Buffering: no\r\n");
	strip_ids();
	CHECK_ANSWER("events",
		"\r\n\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":" UPDATE("working",
			"false") "}\n\n"
				 "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":" UPDATE(
					 "completed", "true") "}\n\n");
	ck_assert_str_eq(strrchr(answer.data, '}'), "}\n\n");
}

START_TEST(events_are_framed_anew_and_pings_swallowed)
{
	script = &two_events;
	drive(read_stream);
	ck_assert_int_eq(lost, 0);
	ck_assert_int_eq(busy_changes, 2);
	buffer_fini(&answer);
}
END_TEST

static const struct {
	const char *spec;
	struct script script;
	const char *want;
	int lost;
} streams[] = {
	{ "an error event ends it",
		{ .answer = SSE_ANSWER(EVENT(
			  UPDATE("working", "false")) "data: "
						      "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-"
						      "32001,\"message\":\"gone\"}}\n\n"),
			.stay = true },
		"data: "
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32001,\"message\":\"gone\"",
		0 },
	{ "an error instead of a stream",
		{ .answer = JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32602,"
					"\"message\":\"terminal\"}}") },
		"data: "
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32602,\"message\":\"terminal\"",
		0 },
	{ "a result instead of a stream",
		{ .answer = JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"result\":" TASK_DONE "}") },
		"data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":" TASK_DONE "}\n\n", 0 },
	{ "a status that is no success",
		{ .answer = "HTTP/1.1 500 Bad\r\nContent-Length: 2\r\n\r\nno" },
		"unexpected HTTP status: 500", 0 },
	{ "html instead of a stream",
		{ .answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: "
			    "close\r\n\r\n<html>" },
		"failed to decode response", 0 },
	{ "an event that is no json", { .answer = SSE_ANSWER("data: hello\n\n"), .stay = true },
		"failed to decode response", 0 },
	{ "the end before the last event",
		{ .answer = SSE_ANSWER(EVENT(UPDATE("working", "false"))) },
		"\"code\":-32603,\"message\":\"agent kagent/my-agent was lost while it worked: its "
		"answer ended before",
		1 },
	{ "silence after an event",
		{ .answer = SSE_ANSWER(EVENT(UPDATE("working", "false"))), .stay = true },
		"was lost while it worked: no byte for 3000 ms", 1 },
	{ "a question to the user is an end",
		{ .answer = SSE_ANSWER(EVENT(UPDATE("input-required", "true"))) }, "input-required",
		0 },
	{ "a single message is an end",
		{ .answer = SSE_ANSWER(EVENT("{\"kind\":\"message\",\"parts\":[]}")) },
		"\"kind\":\"message\"", 0 },
	{ "data over several lines",
		{ .answer = SSE_ANSWER("data: {\"jsonrpc\":\"2.0\",\ndata: "
				       "\"result\":\ndata:{\"kind\":\"message\"}}\n\n") },
		"data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"kind\":\"message\"}}\n\n", 0 },
};

static void read_outcome(void)
{
	ask("POST", RPC, NULL, STREAM);
	CHECK_ANSWER(streams[row].spec, "HTTP/1.1 200 ");
	CHECK_ANSWER(streams[row].spec, streams[row].want);
}

START_TEST(whatever_becomes_of_a_stream_is_its_last_event)
{
	row = _i;
	script = &streams[_i].script;
	drive(read_outcome);
	ck_assert_msg(lost == streams[_i].lost, "%s: %d", streams[_i].spec, lost);
	if (lost)
		ck_assert_str_eq(lost_task, "t1");
	buffer_fini(&answer);
}
END_TEST

#define CUT_ANSWER                                                                                 \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" \
	"19\r\n: ping\n\ndata: {\"jsonrpc\":\"2\r\n"                                               \
	"3a\r\n.0\",\"result\":{\"kind\":\"message\",\"messageId\":\"m\",\"parts\":[]}}"           \
	"\n\n\r\n0\r\n\r\n"

static struct script cut_script;

static void read_cuts(void)
{
	for (cut_script.cut = 1; cut_script.cut < strlen(CUT_ANSWER); cut_script.cut += 3) {
		ask("POST", RPC, NULL, STREAM);
		CHECK_ANSWER("cut", "HTTP/1.1 200 ");
		ck_assert_msg(answered("\"kind\":\"message\"") || answered("\"code\":-32603"),
			"cut at %zu: %s", cut_script.cut, answer.data);
		ck_assert_msg(text_ends_with(answer.data, "}\n\n"), "cut at %zu: %s",
			cut_script.cut, answer.data);
	}
}

START_TEST(a_stream_cut_at_any_byte_ends_with_an_event)
{
	cut_script.answer = CUT_ANSWER;
	script = &cut_script;
	drive(read_cuts);
	buffer_fini(&answer);
}
END_TEST

static const struct script quiet = { .answer = SSE_ANSWER(EVENT(UPDATE("working", "false"))),
	.stay = true };

static void leave_stream(void)
{
	AUTO(buffer) struct buffer seen = { 0 };
	int fd = send_request("POST", RPC, NULL, STREAM);

	ck_assert(peer_read_until(fd, &seen, "working"));
	ck_assert_int_eq(atomic_load(&agent.alive), 1);
	ck_assert(peer_read_until(fd, &seen, ": keep-alive\n\n"));
	close(fd);
	for (int i = 0; i < 2000 && atomic_load(&agent.alive); i++)
		peer_sleep_ms(10);
	ck_assert_int_eq(atomic_load(&agent.alive), 0);
}

START_TEST(a_client_that_leaves_closes_upstream_and_cancels_no_task)
{
	script = &quiet;
	drive(leave_stream);
	ck_assert(!agent_was_asked("tasks/cancel"));
	ck_assert_int_eq(lost, 0);
	ck_assert_int_eq(busy_changes, 2);
}
END_TEST

static void leave_call(void)
{
	int fd = send_request("POST", RPC, NULL, SEND);

	for (int i = 0; i < 2000 && !atomic_load(&agent.alive); i++)
		peer_sleep_ms(10);
	ck_assert_int_eq(atomic_load(&agent.alive), 1);
	close(fd);
	for (int i = 0; i < 2000 && atomic_load(&agent.alive); i++)
		peer_sleep_ms(10);
	ck_assert_int_eq(atomic_load(&agent.alive), 0);
}

START_TEST(a_client_that_leaves_a_call_closes_upstream)
{
	static const struct script never = { .answer = NULL };

	script = &never;
	drive(leave_call);
}
END_TEST

/* An agent that pours events; how far it got shows whether the client holds it back. */
static atomic_size_t poured;

static void pour(struct peer_connection *connection, void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer event = { 0 };

	if (!peer_read_request(connection->fd, &request) ||
		!peer_send(connection->fd, SSE_ANSWER("")))
		return;
	buffer_puts(&event,
		"data: {\"jsonrpc\":\"2.0\",\"result\":{\"kind\":\"artifact-update\",\"text\":\"");
	for (int i = 0; i < 10000; i++)
		buffer_putc(&event, 'x');
	buffer_puts(&event, "\"}}\n\n");
	for (int i = 0; i < 3000; i++) {
		if (!peer_send_bytes(connection->fd, event.data, event.bytes))
			return;
		atomic_fetch_add(&poured, event.bytes);
	}
	peer_send(connection->fd, EVENT(UPDATE("completed", "true")));
}

static void read_late(void)
{
	AUTO(buffer) struct buffer seen = { 0 };
	int fd = send_request("POST", RPC, NULL, STREAM);

	peer_sleep_ms(500);
	/* Sockets hold some megabytes, the proxy a quarter of one. */
	ck_assert_uint_lt(atomic_load(&poured), 20000000);
	peer_read_until(fd, &seen, NULL);
	close(fd);
	ck_assert_uint_ge(seen.bytes, 30000000);
	ck_assert_ptr_nonnull(strstr(seen.data, "completed"));
}

START_TEST(a_slow_client_holds_the_agent_back)
{
	struct peer source;

	atomic_store(&poured, 0);
	peer_start(&source, pour, NULL);
	put_agent(true, source.port);
	drive(read_late);
	peer_stop(&source);
}
END_TEST

static void send_well(void)
{
	ask("POST", RPC, NULL, SEND);
	CHECK_ANSWER("afterwards", "\"result\":" TASK_DONE);
}

/* --- too much --- */

#define LINE_BYTES ((size_t)50 * 1000 * 1000)
#define MOST_BYTES ((size_t)1 << 20)

/* An agent with one line of 50 MB, which is never finished. */
static void pour_line(struct peer_connection *connection, void *context UNUSED)
{
	static const char piece[10000] = { 0 };
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer text = { 0 };

	if (!peer_read_request(connection->fd, &request) ||
		!peer_send(connection->fd, SSE_ANSWER("data: \"")))
		return;
	buffer_append(&text, piece, sizeof(piece));
	memset(text.data, 'x', text.bytes);
	for (size_t sent = 0; sent < LINE_BYTES; sent += text.bytes) {
		if (!peer_send_bytes(connection->fd, text.data, text.bytes))
			return;
		atomic_fetch_add(&poured, text.bytes);
	}
}

static void read_line(void)
{
	ask("POST", RPC, NULL, STREAM);
	CHECK_ANSWER("a line of 50 MB", "\"code\":-32603,\"message\":\"failed to decode response");
	ck_assert_uint_lt(answer.bytes, 10000);
}

static void setup_capped(void)
{
	begin(&(const struct proxy_options){ .max_answer_bytes = MOST_BYTES });
}

START_TEST(a_line_without_end_ends_its_stream_alone)
{
	struct peer source;

	atomic_store(&poured, 0);
	peer_start(&source, pour_line, NULL);
	put_agent(true, source.port);
	drive(read_line);
	peer_stop(&source);
	/* Sockets hold some megabytes, the proxy one. */
	ck_assert_uint_lt(atomic_load(&poured), LINE_BYTES / 2);
	put_agent(true, agent.port);
	drive(send_well);
	buffer_fini(&answer);
}
END_TEST

/* --- large events, for which there is little room --- */

#define EVENT_BYTES ((size_t)8 * 1000 * 1000)

static atomic_int events_begun;

static bool pour_part(int fd, size_t bytes)
{
	char text[100000];

	memset(text, 'y', sizeof(text));
	for (size_t sent = 0; sent < bytes; sent += sizeof(text))
		if (!peer_send_bytes(fd, text, sizeof(text)))
			return false;
	return true;
}

/* An agent with one large event; it stops in the middle of the first that was asked for. */
static void pour_event(struct peer_connection *connection, void *context)
{
	bool stops = context && atomic_fetch_add(&events_begun, 1) == 0;
	AUTO(buffer) struct buffer request = { 0 };

	if (!peer_read_request(connection->fd, &request) ||
		!peer_send(connection->fd,
			SSE_ANSWER("data: {\"jsonrpc\":\"2.0\",\"result\":{\"kind\":\"message\","
				   "\"text\":\"")) ||
		!pour_part(connection->fd, stops ? EVENT_BYTES / 2 : EVENT_BYTES))
		return;
	if (stops)
		peer_read_until(connection->fd, &request, NULL);
	else
		peer_send(connection->fd, "\"}}\n\n");
}

static void read_event(int fd, const char *want, bool is_whole)
{
	AUTO(buffer) struct buffer seen = { 0 };
	size_t count = 0;

	peer_read_until(fd, &seen, NULL);
	close(fd);
	for (size_t i = 0; i < seen.bytes; i++)
		count += seen.data[i] == 'y';
	ck_assert_int_eq(count >= EVENT_BYTES, is_whole);
	ck_assert_ptr_nonnull(strstr(seen.data, want));
}

static void *read_one(void *context UNUSED)
{
	read_event(send_request("POST", RPC, NULL, STREAM), "\"kind\":\"message\"", true);
	return NULL;
}

static void read_events(void)
{
	pthread_t several[4];

	for (size_t i = 0; i < COUNT(several); i++)
		ck_assert_int_eq(pthread_create(&several[i], NULL, read_one, NULL), 0);
	for (size_t i = 0; i < COUNT(several); i++)
		pthread_join(several[i], NULL);
}

static atomic_size_t room_held;

static void look_at_room(void *context UNUSED)
{
	atomic_store(&room_held, server->room.held_bytes);
}

static void read_stopped(void)
{
	int stopped = send_request("POST", RPC, NULL, STREAM);

	while (atomic_load(&room_held) < EVENT_BYTES / 2) {
		ck_assert(loop_post(loop, look_at_room, NULL, NULL));
		peer_sleep_ms(5);
	}
	read_one(NULL);
	read_event(stopped, "\"error\":{\"code\":-32603,\"message\":\"too many large ", false);
}

static void begin_narrow(uint32_t patience_ms)
{
	http = (struct http_server_options){ .request_timeout_s = 1,
		.room_bytes = (size_t)1 << 20,
		.room_patience_ms = patience_ms };
	begin(&(const struct proxy_options){ .idle_ms = 60000 });
}

static void setup_narrow(void)
{
	begin_narrow(600000);
}

static void setup_narrow_and_impatient(void)
{
	begin_narrow(3000);
}

static void drive_events(void (*clients)(void), void *context)
{
	struct peer source;

	atomic_store(&events_begun, 0);
	peer_start(&source, pour_event, context);
	put_agent(true, source.port);
	drive(clients);
	peer_stop(&source);
	put_agent(true, agent.port);
	drive(send_well);
	buffer_fini(&answer);
}

START_TEST(large_events_take_turns_where_there_is_little_room)
{
	drive_events(read_events, NULL);
}
END_TEST

START_TEST(an_agent_that_stops_in_a_large_event_makes_way)
{
	drive_events(read_stopped, &events_begun);
}
END_TEST

/* --- answers of any size. An agent that answers with a text between `before` and `behind` --- */

#define TEXT_BYTES ((size_t)8 * 1000 * 1000)
#define LONG_BYTES ((size_t)60 * 1000 * 1000) /* more than all sockets on the way hold */
#define LARGE_BEFORE                                                                               \
	"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"kind\":\"task\",\"id\":\"t1\",\"text\":"  \
	"\""
#define IS_WHOLE "\r\n0\r\n\r\n" /* the last chunk */

static const struct large {
	const char *spec, *headers, *method, *before, *behind;
	bool cut; /* the agent closes in the middle of it */
	const char *want; /* how the answer ends, or an error */
	bool passes;
	int lost;
} larges[] = {
	{ "an answer passes in any size", NULL, "message/send", LARGE_BEFORE, "\"}}", false,
		"\"}}\n", true, 0 },
	{ "so does a task that was asked for", NULL, "tasks/get", LARGE_BEFORE, "\"}}", false,
		"\"}}\n", true, 0 },
	{ "white space does not matter", NULL, "message/send",
		"{ \"jsonrpc\" : \"2.0\" ,\n \"result\" : {\"text\":\"",
		"\"} , \"id\" : \"x\" } \n", false, "\"}}\n", true, 0 },
	{ "what is lost half-way has no end", NULL, "message/send", LARGE_BEFORE, "", true, NULL,
		true, 1 },
	{ "what ends half-way has no end", NULL, "message/send", LARGE_BEFORE, "", false, NULL,
		true, 0 },
	{ "what is no JSON behind its result has no end", NULL, "message/send", LARGE_BEFORE,
		"\"}},,", false, NULL, true, 0 },
	{ "what is an error too has no end", NULL, "message/send", LARGE_BEFORE,
		"\"},\"error\":{\"code\":1}}", false, NULL, true, 0 },
	{ "an answer for 1.0 is converted whole", "A2A-Version: 1.0\r\n", "SendMessage",
		LARGE_BEFORE, "\"}}", false, "turned into A2A 1.0", false, 0 },
	{ "so is one that says late what it is", NULL, "message/send", "{\"result\":{\"text\":\"",
		"\"},\"jsonrpc\":\"2.0\"}", false, "is larger than 1048576 bytes", false, 0 },
	{ "an error is no result", NULL, "message/send",
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"", "\"}}", false,
		"is larger than 1048576 bytes", false, 0 },
};

static size_t text_bytes;

static void pour_answer(struct peer_connection *connection, void *context)
{
	const struct large *large = context;
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer head = { 0 };
	AUTO(buffer) struct buffer text = { 0 };
	size_t sent = 0;

	for (int i = 0; i < 10000; i++)
		buffer_putc(&text, 'x');
	buffer_printf(&head,
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: "
		"close\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(large->before) + text_bytes + strlen(large->behind), large->before);
	if (!peer_read_request(connection->fd, &request) || !peer_send(connection->fd, head.data))
		return;
	for (; sent < (large->cut ? text_bytes / 2 : text_bytes); sent += text.bytes) {
		if (!peer_send_bytes(connection->fd, text.data, text.bytes))
			return;
		atomic_fetch_add(&poured, text.bytes);
	}
	if (!large->cut)
		peer_send(connection->fd, large->behind);
}

/* How many bytes of the poured text came. */
static size_t poured_bytes_in(const struct buffer *seen)
{
	size_t count = 0;

	for (size_t i = 0; i < seen->bytes; i++)
		count += seen->data[i] == 'x';
	return count;
}

static int ask_for_large(void)
{
	AUTO(text)
	char *body = text_format("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}",
		larges[row].method,
		strstr(larges[row].method, "tasks/") ? "{\"id\":\"t1\"}"
		: larges[row].headers
			? "{\"message\":{\"messageId\":\"m\",\"role\":\"ROLE_USER\",\"parts\":[]}}"
			: MESSAGE(""));

	return send_request("POST", RPC, larges[row].headers, body);
}

static void read_large(void)
{
	const struct large *large = &larges[row];
	int fd = ask_for_large();

	buffer_clear(&answer);
	peer_read_until(fd, &answer, NULL);
	close(fd);
	buffer_append(&answer, "", 0);
	if (!large->passes) {
		CHECK_ANSWER(large->spec, "\"id\":7,\"error\":{\"code\":-32603");
		CHECK_ANSWER(large->spec, large->want);
		return;
	}
	CHECK_ANSWER(large->spec, "HTTP/1.1 200 ");
	CHECK_ANSWER(large->spec, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{");
	ck_assert_msg(text_ends_with(answer.data, IS_WHOLE) == !!large->want, "%s", large->spec);
	if (large->want) {
		peer_dechunk(&answer);
		ck_assert_uint_ge(poured_bytes_in(&answer), text_bytes);
		ck_assert_msg(text_ends_with(answer.data, large->want), "%s", large->spec);
	}
}

START_TEST(an_answer_of_any_size_passes_where_nothing_is_converted)
{
	struct peer source;

	row = _i;
	text_bytes = TEXT_BYTES;
	atomic_store(&poured, 0);
	peer_start(&source, pour_answer, (void *)&larges[_i]);
	put_agent(true, source.port);
	drive(read_large);
	peer_stop(&source);
	ck_assert_msg(lost == larges[_i].lost, "%s: %d", larges[_i].spec, lost);
	put_agent(true, agent.port);
	drive(send_well);
	buffer_fini(&answer);
}
END_TEST

static void read_large_late(void)
{
	size_t before = 0;
	int fd = ask_for_large();

	/* Nothing more comes from the agent once everything on the way is full. */
	for (int i = 0; i < 200; i++) {
		size_t now = atomic_load(&poured);

		if (now && now == before)
			break;
		before = now;
		peer_sleep_ms(100);
	}
	ck_assert_uint_lt(before, text_bytes);
	buffer_clear(&answer);
	peer_read_until(fd, &answer, NULL);
	close(fd);
	ck_assert_uint_ge(poured_bytes_in(&answer), text_bytes);
}

/* An agent pours a long answer for what `clients` do. */
static void drive_long(void (*clients)(void))
{
	struct peer source;

	row = 0;
	text_bytes = LONG_BYTES;
	atomic_store(&poured, 0);
	peer_start(&source, pour_answer, (void *)&larges[0]);
	put_agent(true, source.port);
	drive(clients);
	peer_stop(&source);
}

START_TEST(a_slow_client_holds_a_large_answer_back)
{
	drive_long(read_large_late);
	buffer_fini(&answer);
}
END_TEST

static void leave_large(void)
{
	int fd = ask_for_large();

	buffer_clear(&answer);
	peer_read_until(fd, &answer, "xxx");
	close(fd);
}

START_TEST(a_client_may_leave_a_large_answer)
{
	drive_long(leave_large);
	ck_assert_int_eq(lost, 0);
	ck_assert_uint_lt(atomic_load(&poured), text_bytes);
	buffer_fini(&answer);
}
END_TEST

/* An id of a megabyte, where `key` is. */
static void send_long_id(const char *key)
{
	AUTO(buffer) struct buffer body = { 0 };

	buffer_printf(&body,
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"message/"
		"send\",\"params\":{\"message\":{"
		"\"parts\":[],\"%s\":\"",
		key);
	for (size_t i = 0; i < MOST_BYTES; i++)
		buffer_putc(&body, 'x');
	buffer_puts(&body, "\"}}}");
	ask("POST", RPC, NULL, body.data);
	CHECK_ANSWER(key, "\"code\":-32602");
	CHECK_ANSWER(key, "is longer than 512 bytes");
	CHECK_ANSWER(key, key);
	ck_assert_uint_lt(answer.bytes, 2000);
}

static void send_long_ids(void)
{
	send_long_id("contextId");
	send_long_id("taskId");
	send_long_id("messageId");
}

START_TEST(ids_of_a_megabyte_are_refused_without_the_agent)
{
	drive(send_long_ids);
	ck_assert(!agent_was_asked("POST"));
	buffer_fini(&answer);
}
END_TEST

static int fds[100];
static const struct script a_crowd = {
	.answer = SSE_ANSWER(": ping - 12\r\n\r\n" EVENT(
		UPDATE("working", "false")) ": ping\r\n\r\n" EVENT(UPDATE("completed", "true"))),
	.crowd = COUNT(fds)
};

static void read_many(void)
{
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = send_request("POST", RPC, NULL, STREAM);
	for (size_t i = 0; i < COUNT(fds); i++) {
		AUTO(buffer) struct buffer seen = { 0 };

		peer_read_until(fds[i], &seen, NULL);
		close(fds[i]);
		ck_assert_ptr_nonnull(strstr(seen.data, "working"));
		ck_assert_ptr_nonnull(strstr(seen.data, "completed"));
	}
}

START_TEST(a_hundred_streams_at_once)
{
	script = &a_crowd;
	drive(read_many);
	ck_assert_int_eq(busy_changes, 2);
}
END_TEST

/* --- held requests --- */

static void make_ready(void *context UNUSED)
{
	put_agent(true, agent.port);
}

static void remove_agent(void *context UNUSED)
{
	proxy_agent_remove(proxy, "kagent", "my-agent");
}

static struct loop_timer *looking;
static loop_timer_fn change;

/* As long as nothing waits for it, the change does not come. */
static void change_when_awaited(void *context UNUSED)
{
	struct proxy_stats stats;

	proxy_get_stats(proxy, &stats);
	if (stats.waiting || late_lookup)
		change(NULL);
	else
		loop_timer_arm(looking, 5);
}

static void drive_with(void (*side)(void), loop_timer_fn when_awaited)
{
	change = when_awaited;
	ck_assert(loop_timer_new(loop, change_when_awaited, NULL, &looking, NULL));
	loop_timer_arm(looking, 5);
	drive(side);
	loop_timer_free(looking);
	buffer_fini(&answer);
}

/* The request that was sent has reached the proxy. */
static void await_busy(void)
{
	for (int i = 0; i < 2000 && !atomic_load(&busy_changes); i++)
		peer_sleep_ms(10);
}

START_TEST(a_request_waits_until_its_agent_is_ready)
{
	struct proxy_stats stats;

	put_agent(false, agent.port);
	drive_with(send_and_succeed, make_ready);
	proxy_get_stats(proxy, &stats);
	ck_assert_uint_eq(stats.held, 1);
}
END_TEST

static void send_in_vain(void)
{
	uint64_t began = clock_monotonic_ms();

	ask("POST", RPC, NULL, SEND);
	CHECK_ANSWER("patience", "\"id\":7,\"error\":{\"code\":-32603,\"message\":\"agent "
				 "kagent/my-agent is not ready after");
	CHECK_ANSWER("patience", "it waits for: the pod to start\"");
	ck_assert_uint_ge(clock_monotonic_ms() - began, 350);
	ask("POST", RPC, NULL, STREAM);
	CHECK_ANSWER("stream", ": keep-alive\n\n");
	CHECK_ANSWER("stream", "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32603");
	CHECK_ANSWER("stream", "it waits for: the pod to start\"");
}

START_TEST(after_that_the_client_is_told_what_is_awaited)
{
	put_agent(false, agent.port);
	drive(send_in_vain);
	ck_assert(!agent_was_asked("POST"));
	buffer_fini(&answer);
}
END_TEST

static void send_and_be_told_deleted(void)
{
	ask("POST", RPC, NULL, SEND);
	CHECK_ANSWER(
		"deleted", "\"code\":-32603,\"message\":\"agent kagent/my-agent was deleted\"");
	ask("POST", RPC, NULL, SEND);
	CHECK_ANSWER("deleted", "HTTP/1.1 404 ");
}

START_TEST(a_deleted_agent_ends_what_waits_for_it)
{
	put_agent(false, agent.port);
	drive_with(send_and_be_told_deleted, remove_agent);
}
END_TEST

static void leave_while_held(void)
{
	int fd = send_request("POST", RPC, NULL, SEND);

	await_busy();
	close(fd);
}

START_TEST(a_client_may_leave_while_it_is_held)
{
	put_agent(false, agent.port);
	drive(leave_while_held);
	ck_assert_int_eq(busy_changes, 2);
}
END_TEST

static void setup_keeping(void)
{
	begin(&(const struct proxy_options){ .hold_ms = 400, .keeps_authorization = true });
}

static void send_with_token(void)
{
	ask("POST", RPC, "Authorization: Bearer abc\r\n", SEND);
	CHECK_ANSWER("token", "HTTP/1.1 200 ");
}

START_TEST(a_token_that_is_not_for_the_agent_stays_here)
{
	drive(send_with_token);
	ck_assert(agent_was_asked("\r\nX-User-Id: "));
	ck_assert(!agent_was_asked("Authorization"));
	ck_assert(!agent_was_asked("abc"));
	buffer_fini(&answer);
}
END_TEST

static void setup_unsynced(void)
{
	setup();
	proxy_free(proxy);
	ck_assert(proxy_new(
		&(const struct proxy_options){ .loop = loop, .hold_ms = 300 }, &proxy, &err));
}

static void set_synced(void *context UNUSED)
{
	proxy_set_synced(proxy);
}

static void send_before_news(void)
{
	ask("POST", RPC, NULL, SEND);
	CHECK_ANSWER("news", "\"code\":-32603,\"message\":\"agent kagent/my-agent was deleted\"");
}

START_TEST(before_the_first_news_unknown_agents_are_waited_for)
{
	if (_i == 0)
		drive_with(send_and_succeed, make_ready);
	else
		drive_with(send_before_news, set_synced);
}
END_TEST

/* --- the one session --- */

static const struct {
	const char *spec;
	struct proxy_session session;
	bool fails;
	const char *headers, *more, *want;
	bool is_sent;
} sessions[] = {
	{ "no session yet", { 0 }, false, NULL, "", "\"result\":", true },
	{ "no session yet, the client chose an id", { 0 }, false, NULL, ",\"contextId\":\"mine\"",
		"\"result\":", true },
	{ "the session goes on", { "c1", "admin@kagent.dev" }, false, NULL, ",\"contextId\":\"c1\"",
		"\"result\":", true },
	{ "without an id the one to use is told", { "c1", "admin@kagent.dev" }, false, NULL, "",
		"with contextId \\\"c1\\\"", false },
	{ "the id is told to programs too", { "c1", "admin@kagent.dev" }, false, NULL, "",
		"\"contextId\":\"c1\"}", false },
	{ "a foreign id", { "c1", "admin@kagent.dev" }, false, NULL, ",\"contextId\":\"c2\"",
		"with contextId \\\"c1\\\"", false },
	{ "an empty id is none", { "c1", "admin@kagent.dev" }, false, NULL, ",\"contextId\":\"\"",
		"with contextId \\\"c1\\\"", false },
	{ "another user's session", { "secret", "other" }, false, NULL, "",
		"belongs to another user", false },
	{ "another user's session, guessed", { "secret", "other" }, false, NULL,
		",\"contextId\":\"secret\"", "belongs to another user", false },
	{ "the session's own user", { "c1", "other" }, false, "X-User-Id: other\r\n",
		",\"contextId\":\"c1\"", "\"result\":", true },
	{ "a call of another agent", { "c1", "other" }, false, "x-kagent-source: agent\r\n", "",
		"\"result\":", true },
	{ "an answer to a task", { "c1", "admin@kagent.dev" }, false, NULL, ",\"taskId\":\"t1\"",
		"\"result\":", true },
	{ "a task in a foreign context", { "c1", "admin@kagent.dev" }, false, NULL,
		",\"taskId\":\"t1\",\"contextId\":\"c2\"", "\"error\":", false },
	{ "a store that is down stops nobody", { 0 }, true, NULL, "", "\"result\":", true },
};

static void send_in_session(void)
{
	AUTO(text)
	char *body = text_format("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"message/"
				 "send\",\"params\":{\"message\":{\"parts\":[]%s}}}",
		sessions[row].more);

	ask("POST", RPC, sessions[row].headers, body);
	CHECK_ANSWER(sessions[row].spec, sessions[row].want);
	if (sessions[row].session.id && strcmp(sessions[row].session.id, "secret") == 0)
		ck_assert_msg(!answered("secret"), "%s: %s", sessions[row].spec, answer.data);
}

START_TEST(one_session_is_kept_and_told)
{
	row = _i;
	session = sessions[_i].session;
	session_fails = sessions[_i].fails;
	drive(send_in_session);
	ck_assert_msg(agent_was_asked("POST") == sessions[_i].is_sent, "%s", sessions[_i].spec);
	buffer_fini(&answer);
}
END_TEST

static void answer_lookup(void *context UNUSED)
{
	ck_assert_ptr_nonnull(late_lookup);
	proxy_lookup_done(late_lookup, NULL, NULL);
	late_lookup = NULL;
}

static void answer_lookup_of_nobody(void *context UNUSED)
{
	struct proxy_stats stats;

	proxy_get_stats(proxy, &stats);
	if (stats.open)
		loop_timer_arm(looking, 5);
	else
		answer_lookup(NULL);
}

static void leave_while_asking(void)
{
	int fd = send_request("POST", RPC, NULL, SEND);

	for (int i = 0; i < 2000 && !late_lookup; i++)
		peer_sleep_ms(10);
	close(fd);
	for (int i = 0; i < 2000 && late_lookup; i++)
		peer_sleep_ms(10);
}

START_TEST(the_answer_about_the_session_may_come_late)
{
	answers_late = true;
	drive_with(_i ? leave_while_asking : send_and_succeed,
		_i ? answer_lookup_of_nobody : answer_lookup);
	ck_assert(agent_was_asked("POST") == !_i);
}
END_TEST

/* --- the card --- */

static const struct {
	const char *spec, *method, *path, *headers;
	int status;
	const char *want;
} cards[] = {
	{ "the address the client used", "GET", RPC ".well-known/agent-card.json", NULL, 200,
		"\n  \"url\": \"http://chat.example:8083/api/a2a-sandboxes/kagent/my-agent/\"" },
	{ "behind tls", "GET", RPC ".well-known/agent-card.json", "X-Forwarded-Proto: https\r\n",
		200, "\"url\": \"https://chat.example:8083/api/a2a-sandboxes/kagent/my-agent/\"" },
	{ "an odd protocol is not believed", "GET", RPC ".well-known/agent-card.json",
		"X-Forwarded-Proto: javascript\r\n", 200, "\"url\": \"http://chat.example" },
	{ "the old path", "GET", RPC ".well-known/agent.json", NULL, 200,
		"\"name\": \"my_agent\"" },
	{ "without the slash before", "GET",
		"/api/a2a-sandboxes/kagent/my-agent/.well-known/agent-card.json", NULL, 200,
		"supportedInterfaces" },
	{ "programs of any origin may read it", "GET", RPC ".well-known/agent-card.json", NULL, 200,
		"\r\nAccess-Control-Allow-Origin: *\r\n" },
	{ "a page may read it", "GET", RPC ".well-known/agent-card.json",
		"Origin: https://a.example\r\n", 200,
		"\r\nAccess-Control-Allow-Origin: "
		"https://a.example\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\n" },
	{ "preflight", "OPTIONS", RPC ".well-known/agent-card.json", NULL, 200,
		"\r\nAccess-Control-Allow-Methods: GET, OPTIONS\r\n" },
	{ "other methods", "DELETE", RPC ".well-known/agent-card.json", NULL, 405, "" },
	{ "an unknown agent", "GET", "/api/a2a-sandboxes/kagent/nobody/.well-known/agent-card.json",
		NULL, 404, "Agent sandboxes/kagent/nobody not found" },
};

static void get_card(void)
{
	AUTO(text) char *status = text_format("HTTP/1.1 %d ", cards[row].status);

	ask(cards[row].method, cards[row].path, cards[row].headers, "");
	CHECK_ANSWER(cards[row].spec, status);
	CHECK_ANSWER(cards[row].spec, cards[row].want);
}

START_TEST(cards_tell_where_the_agent_is_reached)
{
	row = _i;
	drive(get_card);
	ck_assert(!agent_was_asked("GET"));
	buffer_fini(&answer);
}
END_TEST

static void get_configured_card(void)
{
	ask("GET", RPC ".well-known/agent-card.json", NULL, "");
	CHECK_ANSWER("configured",
		"\"url\": \"https://a2a.example/base/api/a2a-sandboxes/kagent/my-agent/\"");
	ask("POST", RPC, NULL,
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"agent/getAuthenticatedExtendedCard\"}");
	CHECK_ANSWER("extended 0.3", "\"id\":7,\"result\":{");
	CHECK_ANSWER("extended 0.3", "\"url\":\"https://a2a.example/base/api/a2a-sandboxes/kagent/"
				     "my-agent/\",\"protocolVersion\":\"0.3\"");
	ck_assert(!answered("supportedInterfaces"));
	ask("POST", RPC, "A2A-Version: 1.0\r\n",
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"GetExtendedAgentCard\"}");
	CHECK_ANSWER(
		"extended 1.0", "\"supportedInterfaces\":[{\"url\":\"https://a2a.example/base/");
	ck_assert(!answered("preferredTransport"));
}

static void setup_configured(void)
{
	begin(&(const struct proxy_options){ .a2a_base_url = "https://a2a.example/base/" });
}

START_TEST(a_configured_address_counts_before_the_clients)
{
	drive(get_configured_card);
	buffer_fini(&answer);
}
END_TEST

/* --- 1.0 --- */

#define MESSAGE_10                                                                                 \
	"{\"message\":{\"messageId\":\"m\",\"role\":\"ROLE_USER\",\"parts\":[{\"text\":\"hello\"}" \
	"]}}"

static const struct script still_working = {
	.answer = JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"result\":{\"kind\":\"task\",\"id\":\"t1\","
			      "\"contextId\":\"c1\",\"status\":{\"state\":\"working\"}}}")
};

static void call_in_10(void)
{
	ask("POST", RPC, "A2A-Version: 1.0\r\n", CALL("SendMessage", MESSAGE_10));
	CHECK_ANSWER("send", "\"id\":7,\"result\":{\"task\":{\"id\":\"t1\",\"contextId\":\"c1\","
			     "\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}");
	CHECK_ANSWER("send", "\"parts\":[{\"text\":\"hi\"}]");
	ask("POST", RPC "?A2A-Version=1.0", NULL, CALL("GetTask", "{\"id\":\"t1\"}"));
	CHECK_ANSWER("get", "\"result\":{\"id\":\"t1\"");
	ask("POST", RPC, "A2A-Version: 1.0\r\n", CALL("SubscribeToTask", "{\"id\":\"t1\"}"));
	CHECK_ANSWER("subscribe to what has ended", "\"error\":{\"code\":-32004");
	script = &two_events;
	ask("POST", RPC, "A2A-Version: 1.0\r\n", CALL("SendStreamingMessage", MESSAGE_10));
	strip_ids();
	CHECK_ANSWER("a task comes first",
		"\r\n\r\ndata: "
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"task\":{\"id\":\"t1\",\"contextId\":"
		"\"c1\",\"status\":"
		"{\"state\":\"TASK_STATE_WORKING\",\"timestamp\":\"2026-01-02T03:04:05.678901Z\"}}}"
		"}\n\n"
		"data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"statusUpdate\":{");
	CHECK_ANSWER("then updates", "\"state\":\"TASK_STATE_COMPLETED\"");
	ck_assert(!answered("final"));
}

START_TEST(clients_of_1_0_are_served_in_their_dialect)
{
	drive(call_in_10);
	ck_assert(agent_was_asked(
		"\"method\":\"message/"
		"send\",\"params\":{\"message\":{\"kind\":\"message\",\"role\":\"user\",\"parts\":"
		"[{\"kind\":\"text\",\"text\":\"hello\"}],\"messageId\":\"m\"},\"configuration\":{"
		"\"blocking\":true}}"));
	ck_assert(agent_was_asked("\"method\":\"message/stream\""));
	ck_assert(!agent_was_asked("tasks/resubscribe"));
	buffer_fini(&answer);
}
END_TEST

/* Answers tasks/get with a running task and tasks/resubscribe with its events. */
static void play_task(struct peer_connection *connection, void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };

	if (peer_read_request(connection->fd, &request))
		peer_send(connection->fd, strstr(request.data, "tasks/get") ? still_working.answer
									    : two_events.answer);
}

static void subscribe_in_10(void)
{
	ask("POST", RPC, "A2A-Version: 1.0\r\n", CALL("SubscribeToTask", "{\"id\":\"t1\"}"));
	strip_ids();
	CHECK_ANSWER("subscribe",
		"\r\n\r\ndata: "
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"task\":{\"id\":\"t1\",\"contextId\":"
		"\"c1\",\"status\":{\"state\":\"TASK_STATE_WORKING\"}}}}\n\n"
		"data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"statusUpdate\":");
	CHECK_ANSWER("subscribe", "TASK_STATE_COMPLETED");
}

START_TEST(a_subscription_begins_with_the_task)
{
	struct peer other;

	peer_start(&other, play_task, NULL);
	put_agent(true, other.port);
	drive(subscribe_in_10);
	peer_stop(&other);
	buffer_fini(&answer);
}
END_TEST

/* --- streams that end in good order, but too early --- */

#define TASK_IN(state)                                                                             \
	"{\"kind\":\"task\",\"id\":\"t1\",\"contextId\":\"c1\",\"status\":{\"state\":\"" state     \
	"\"}}"

static const struct {
	const char *spec, *task, *want;
	int lost;
} early_ends[] = {
	{ "the task has ended meanwhile",
		JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"result\":" TASK_IN("failed") "}"),
		"\"status\":{\"state\":\"failed\"},\"final\":true}}\n\n", 0 },
	{ "the task waits for the user",
		JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"result\":" TASK_IN("input-required") "}"),
		"\"status\":{\"state\":\"input-required\"},\"final\":true}}\n\n", 0 },
	{ "the task runs on",
		JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"result\":" TASK_IN("working") "}"),
		"but works on: subscribe to task t1", 0 },
	{ "the task is not known",
		JSON_ANSWER("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32001,\"message\":\"no\"}}"),
		"was lost", 1 },
	{ "the agent is gone", "", "was lost", 1 },
	{ "the agent is ill", "HTTP/1.1 500 Bad\r\nContent-Length: 0\r\n\r\n", "was lost", 1 },
};

static void play_early_end(struct peer_connection *connection, void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };

	if (!peer_read_request(connection->fd, &request))
		return;
	if (strstr(request.data, "tasks/get"))
		peer_send(connection->fd, early_ends[row].task);
	else
		peer_send(connection->fd, SSE_ANSWER(EVENT(UPDATE("working", "false"))));
}

static void read_early_end(void)
{
	ask("POST", RPC, NULL, STREAM);
	CHECK_ANSWER(early_ends[row].spec, "\"state\":\"working\"");
	CHECK_ANSWER(early_ends[row].spec, early_ends[row].want);
}

START_TEST(a_stream_that_ends_early_tells_how_the_task_stands)
{
	struct peer other;

	row = _i;
	peer_start(&other, play_early_end, NULL);
	put_agent(true, other.port);
	drive(read_early_end);
	peer_stop(&other);
	ck_assert_msg(lost == early_ends[_i].lost, "%s", early_ends[_i].spec);
	buffer_fini(&answer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proxy");
	TCase *tc = tcase_create("proxy");
	TCase *unsynced = tcase_create("unsynced");
	TCase *configured = tcase_create("configured");
	TCase *narrow = tcase_create("narrow");
	TCase *impatient = tcase_create("narrow and impatient");
	TCase *capped = tcase_create("capped");
	TCase *keeping = tcase_create("keeping");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, what_is_no_call_is_answered_without_the_agent, 0, COUNT(envelopes));
	tcase_add_loop_test(tc, paths_lead_to_known_agents_only, 0, COUNT(paths));
	tcase_add_loop_test(tc, the_agent_is_asked_in_its_own_terms, 0, COUNT(forwards));
	tcase_add_test(tc, the_user_in_the_query_counts_first);
	tcase_add_loop_test(
		tc, every_answer_of_the_agent_is_an_answer_to_the_client, 0, COUNT(outcomes));
	tcase_add_loop_test(tc, what_an_agent_was_lost_over_is_told, 0, COUNT(losses));
	tcase_add_test(tc, an_agent_that_refuses_connections_is_an_error_soon);
	tcase_add_test(tc, a_refused_request_is_sent_again_when_the_agent_moved);
	tcase_add_test(tc, events_are_framed_anew_and_pings_swallowed);
	tcase_add_loop_test(tc, whatever_becomes_of_a_stream_is_its_last_event, 0, COUNT(streams));
	tcase_add_test(tc, a_stream_cut_at_any_byte_ends_with_an_event);
	tcase_add_test(tc, a_client_that_leaves_closes_upstream_and_cancels_no_task);
	tcase_add_test(tc, a_client_that_leaves_a_call_closes_upstream);
	tcase_add_test(tc, a_slow_client_holds_the_agent_back);
	tcase_add_test(tc, ids_of_a_megabyte_are_refused_without_the_agent);
	tcase_add_test(tc, a_hundred_streams_at_once);
	tcase_add_test(tc, a_request_waits_until_its_agent_is_ready);
	tcase_add_test(tc, after_that_the_client_is_told_what_is_awaited);
	tcase_add_test(tc, a_deleted_agent_ends_what_waits_for_it);
	tcase_add_test(tc, a_client_may_leave_while_it_is_held);
	tcase_add_loop_test(tc, one_session_is_kept_and_told, 0, COUNT(sessions));
	tcase_add_loop_test(tc, the_answer_about_the_session_may_come_late, 0, 2);
	tcase_add_loop_test(tc, cards_tell_where_the_agent_is_reached, 0, COUNT(cards));
	tcase_add_test(tc, clients_of_1_0_are_served_in_their_dialect);
	tcase_add_test(tc, a_subscription_begins_with_the_task);
	tcase_add_loop_test(
		tc, a_stream_that_ends_early_tells_how_the_task_stands, 0, COUNT(early_ends));
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(unsynced, setup_unsynced, teardown);
	tcase_set_timeout(unsynced, 60);
	tcase_add_loop_test(unsynced, before_the_first_news_unknown_agents_are_waited_for, 0, 2);
	suite_add_tcase(suite, unsynced);
	tcase_add_checked_fixture(configured, setup_configured, teardown);
	tcase_set_timeout(configured, 60);
	tcase_add_test(configured, a_configured_address_counts_before_the_clients);
	suite_add_tcase(suite, configured);
	tcase_add_checked_fixture(narrow, setup_narrow, teardown);
	tcase_set_timeout(narrow, 60);
	tcase_add_test(narrow, large_events_take_turns_where_there_is_little_room);
	suite_add_tcase(suite, narrow);
	tcase_add_checked_fixture(impatient, setup_narrow_and_impatient, teardown);
	tcase_set_timeout(impatient, 60);
	tcase_add_test(impatient, an_agent_that_stops_in_a_large_event_makes_way);
	suite_add_tcase(suite, impatient);
	tcase_add_checked_fixture(capped, setup_capped, teardown);
	tcase_set_timeout(capped, 60);
	tcase_add_test(capped, a_line_without_end_ends_its_stream_alone);
	tcase_add_loop_test(
		capped, an_answer_of_any_size_passes_where_nothing_is_converted, 0, COUNT(larges));
	tcase_add_test(capped, a_slow_client_holds_a_large_answer_back);
	tcase_add_test(capped, a_client_may_leave_a_large_answer);
	suite_add_tcase(suite, capped);
	tcase_add_checked_fixture(keeping, setup_keeping, teardown);
	tcase_set_timeout(keeping, 60);
	tcase_add_test(keeping, a_token_that_is_not_for_the_agent_stays_here);
	suite_add_tcase(suite, keeping);
	return suite_run(suite);
}
