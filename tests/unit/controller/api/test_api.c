#include "controller/api/service.h"
#include "support/odd.h"
#include "support/suite.h"

#include <stdatomic.h>

#define PY    "X-Agent-Name: ns__NS__my_agent\r\n"
#define OTHER "X-Agent-Name: ns2__NS__other\r\n"

static void setup(void)
{
	service_start(&(struct identity_options){ .mode = IDENTITY_UNSECURE });
}

static void setup_proxy(void)
{
	service_start(&(struct identity_options){
		.mode = IDENTITY_TRUSTED_PROXY, .user_claim = "email" });
}

/* Another room's route. */
static void echo(void *context, struct http_exchange *exchange, struct route_match *match)
{
	struct buffer body = { 0 };

	buffer_printf(&body, "%s|%s|%s|%s|%s", (const char *)context, http_method(exchange),
		match->values[0], match->values[1], match->rest);
	http_answer(exchange, 200, "text/plain", &body);
}

static void setup_echo(void)
{
	setup();
	ck_assert(router_add(
		service_router, NULL, "/echo/{one}/{two}/**", echo, (char *)"context", NULL));
	ck_assert(router_add(service_router, "GET", "/**", echo, (char *)"page", NULL));
}

static void other_rooms(void)
{
	EXPECT("GET", "/echo/a/b", "", NULL, 200, "\r\n\r\ncontext|GET|a|b|");
	EXPECT("POST", "/echo/a%20b/c/", "", "", 200, "context|POST|a b|c|/");
	EXPECT("QUERY", "/echo/a/b/.well-known/x?q", "", NULL, 200,
		"context|QUERY|a|b|/.well-known/x");
	EXPECT("GET", "/echo/a/b/../c", "", NULL, 301, "Location: /echo/a/c\r\n");
	EXPECT("GET", "/echo/a", "", NULL, 200, "page|GET|");
	EXPECT("GET", "/", "", NULL, 200, "page|GET|");
	EXPECT("POST", "/", "", "", 405, "");
	EXPECT("GET", "/health", "", NULL, 200, "\"OK\"");
}

START_TEST(other_rooms_add_their_routes)
{
	SERVE(other_rooms);
}
END_TEST

static void fixed_answers(void)
{
	EXPECT("GET", "/health", "", NULL, 200,
		"\r\n\r\n{\"error\":false,\"data\":{\"status\":\"OK\"},\"message\":\"OK\"}");
	EXPECT("GET", "/version", "", NULL, 200,
		"\r\n\r\n{\"kagent_version\":\"1.2.3\",\"git_commit\":\"unknown\",\"build_date\":"
		"\"unknown\"}");
	EXPECT("GET", "/api/me", "", NULL, 200, "\r\n\r\n{\"sub\":\"admin@kagent.dev\"}");
	EXPECT("GET", "/api/me", "X-User-Id: me\r\n", NULL, 200, "{\"sub\":\"me\"}");
	EXPECT("GET", "/api/me?user_id=a+b%40x.com", "X-User-Id: me\r\n", NULL, 200,
		"{\"sub\":\"a+b@x.com\"}");
	HAS("Content-Type: application/json");
	EXPECT("GET", "/nowhere", "", NULL, 404, "\r\n\r\n404 page not found\n");
	HAS("Content-Type: text/plain");
	EXPECT("GET", "/api/sessions/", "", NULL, 404, "404 page not found\n");
	EXPECT("PATCH", "/api/sessions", "", NULL, 405, "\r\n\r\n");
	ck_assert_str_eq(service_body, "");
	EXPECT("GET", "/api//me", "", NULL, 301, "Location: /api/me\r\n");
	EXPECT("GET", "/x/../api/./me?a=b", "", NULL, 301, "Location: /api/me?a=b\r\n");
	EXPECT("GET", "/../../..", "", NULL, 301, "Location: /\r\n");
	EXPECT("GET", "/api/tasks/%zz", "", NULL, 400, "invalid escape");
	EXPECT("GET", "/api/tasks/a%00b", "", NULL, 400, "invalid escape");
}

START_TEST(health_version_and_unknown_paths)
{
	SERVE(fixed_answers);
}
END_TEST

static void agents(void)
{
	EXPECT("GET", "/api/agents", "", NULL, 200, "\"message\":\"Successfully listed agents\"}");
	HAS("\"data\":[{\"id\":\"ns__NS__my_agent\",\"agent\":{\"apiVersion\":\"kagent.dev/"
	    "v1alpha2\",\"kind\":\"SandboxAgent\",\"metadata\":");
	HAS("\"modelProvider\":\"OpenAI\",\"model\":\"gpt\",\"modelConfigRef\":\"ns/"
	    "m\",\"memoryRefs\":null,\"tools\":[],\"deploymentReady\":true,"
	    "\"accepted\":true,\"workloadMode\":\"sandbox\"},{\"id\":\"ns2__NS__other\"");
	HAS("\"tools\":null,\"deploymentReady\":false,\"accepted\":false");
	HAS("\"modelProvider\":\"Ollama\",\"model\":\"\",\"modelConfigRef\":\"ns2/the-default\"");
	HAS("\"modelProvider\":\"\",\"model\":\"\",\"modelConfigRef\":\"ns2/gone\"");
	LACKS("apiKeySecret");
	EXPECT("GET", "/api/agents?namespace=ns2", "", NULL, 200,
		"\"data\":[{\"id\":\"ns2__NS__other\"");
	EXPECT("GET", "/api/agents?namespace=none", "", NULL, 200, "\"data\":[],");
	EXPECT("GET", "/api/agents?namespace=No", "", NULL, 400, "invalid namespace \\\"No\\\": ");
	EXPECT("GET", "/api/sandboxagents/ns/my-agent", "", NULL, 200,
		"\"message\":\"Successfully retrieved sandbox agent\"");
	EXPECT("GET", "/api/sandboxagents/ns/none", "", NULL, 404,
		"{\"error\":\"SandboxAgent not found: ");
	EXPECT("GET", "/api/agents/ns/my-agent", "", NULL, 404, "{\"error\":\"Agent not found: ");
	EXPECT("DELETE", "/api/sandboxagents/ns/my-agent", "", NULL, 403, "--manage-agents");
	EXPECT("GET", "/api/sandboxagents", "", NULL, 405, "");
}

START_TEST(agents_are_listed_and_found)
{
	SERVE(agents);
}
END_TEST

/* The calls of one turn, as the Python runtime makes them. */
static void one_turn(void)
{
	EXPECT("GET", "/api/tasks/t1", PY, NULL, 404, "{\"error\":\"Task not found: ");
	EXPECT("GET", "/api/sessions/c1?user_id=a+b@x.com&order=asc&limit=-1", PY, NULL, 404,
		"{\"error\":\"Session not found: ");
	EXPECT("POST", "/api/sessions?user_id=a%2Bb%40x.com", PY,
		"{\"id\":\"c1\",\"user_id\":\"a+b@x.com\",\"agent_ref\":\"ns__NS__my_agent\","
		"\"name\":\"Hello\"}",
		201, "\"data\":{\"id\":\"c1\",\"user_id\":\"a+b@x.com\",");
	HAS("\"message\":\"Successfully created session\"}");
	HAS("\"agent_id\":\"ns__NS__my_agent\"");
	EXPECT("POST", "/api/tasks", PY,
		"{\"id\":\"t1\", "
		"\"contextId\":\"c1\",\"kind\":\"task\",\"metadata\":null,\"x\":1.0}",
		201,
		"\"data\":{\"id\":\"t1\", "
		"\"contextId\":\"c1\",\"kind\":\"task\",\"metadata\":null,\"x\":1.0},\"message\":"
		"\"Successfully created task\"}");
	EXPECT("POST", "/api/sessions/c1/events?user_id=a+b@x.com", PY,
		"{\"id\":\"e1\",\"data\":\"{\\\"invocation_id\\\": \\\"header_update\\\", "
		"\\\"headers\\\": {\\\"authorization\\\": \\\"Bearer s3cret\\\", \\\"accept\\\": "
		"\\\"*\\\"}}\"}",
		201, "Event added to session successfully");
	LACKS("s3cret");
	EXPECT("POST", "/api/sessions/c1/events?user_id=a+b@x.com", PY,
		"{\"id\":\"e2\",\"data\":\"{}\"}", 201, "\"id\":\"e2\"");
	EXPECT("POST", "/api/sessions/c1/events?user_id=a+b@x.com", PY,
		"{\"id\":\"e2\",\"data\":\"{}\"}", 201, "\"id\":\"e2\"");
	EXPECT("POST", "/api/sessions/c1/events?user_id=a+b@x.com", PY,
		"{\"id\":\"e2\",\"data\":\"{\\\"n\\\":1}\"}", 409,
		"{\"error\":\"the session has another event");
	EXPECT("GET", "/api/sessions/c1?user_id=a+b@x.com&order=asc&limit=-1", PY, NULL, 200,
		"\"events\":[{\"id\":\"e1\",\"session_id\":\"c1\",\"user_id\":\"a+b@x.com\","
		"\"created_at\":\"");
	HAS("\"data\":\"{\\\"invocation_id\\\": \\\"header_update\\\", \\\"headers\\\": "
	    "{\\\"accept\\\": \\\"*\\\"}}\"},{\"id\":\"e2\"");
	HAS("]},\"message\":\"Successfully retrieved session\"}");
	EXPECT("GET", "/api/tasks/t1", PY, NULL, 200,
		"{\"error\":false,\"data\":{\"id\":\"t1\", \"contextId\"");
	EXPECT("GET", "/api/sessions/c1/tasks", "X-User-Id: a+b@x.com\r\n", NULL, 200,
		"\"data\":[{\"id\":\"t1\", "
		"\"contextId\":\"c1\",\"kind\":\"task\",\"metadata\":null,\"x\":1.0}]");
	EXPECT("GET", "/api/sessions/c1/tasks", "", NULL, 404,
		"{\"error\":\"Session not found for given ID: ");
}

START_TEST(a_runtime_keeps_a_chat)
{
	SERVE(one_turn);
}
END_TEST

static void refused_sessions(void)
{
	EXPECT("POST", "/api/sessions", "", "{", 400,
		"{\"error\":\"Invalid request body: the text ends too early at line 1 column "
		"2\"}\n");
	EXPECT("POST", "/api/sessions", "", "[]", 400,
		"Invalid request body: a JSON object is expected");
	EXPECT("POST", "/api/sessions", "", "", 400, "Invalid request body: the text is empty");
	EXPECT("POST", "/api/sessions", "", "{\"agent_ref\":\"a\",\"agent_ref\":\"b\"}", 400,
		"duplicate key");
	EXPECT("POST", "/api/sessions", "", "{\"name\":\"x\"}", 400,
		"{\"error\":\"agent_ref is required\"}\n");
	EXPECT("POST", "/api/sessions", "", "{\"agent_ref\":\"ns/none\"}", 400,
		"{\"error\":\"Agent ref is invalid, please check the agent ref ns/none: there is "
		"no SandboxAgent none in namespace ns\"}\n");
	EXPECT("POST", "/api/sessions", "", "{\"agent_ref\":\"my-agent\"}", 400,
		"write namespace/name");
	EXPECT("POST", "/api/sessions?user_id=%zz", "", "{\"agent_ref\":\"ns/my-agent\"}", 400,
		"Failed to get user ID");
	EXPECT("POST", "/api/sessions", OTHER, "{\"agent_ref\":\"ns/my-agent\"}", 403,
		"An agent can only create sessions of its own");

	EXPECT("POST", "/api/sessions", "X-User-Id: u\r\n",
		"{\"agent_ref\":\"ns/my-agent\",\"id\":\"one\",\"name\":\"Chat\"}", 201,
		"\"id\":\"one\"");
	EXPECT("POST", "/api/sessions", "X-User-Id: u\r\n",
		"{\"agent_ref\":\"ns/my-agent\",\"name\":\"Chat\"}", 409,
		"{\"error\":\"Sandbox agents support only one chat session: a session already "
		"exists for this agent\"}\n");
	EXPECT("POST", "/api/sessions", "X-User-Id: v\r\n",
		"{\"agent_ref\":\"ns__NS__my_agent\",\"id\":\"one\"}", 409, "only one chat");
	EXPECT("POST", "/api/sessions", "X-User-Id: u\r\n",
		"{\"agent_ref\":\"ns/my-agent\",\"id\":\"one\",\"name\":\"New name\"}", 201,
		"\"name\":\"New name\"");
}

START_TEST(session_creates_are_checked)
{
	SERVE(refused_sessions);
}
END_TEST

#define U "X-User-Id: u\r\n"

static void session_life(void)
{
	EXPECT("GET", "/api/sessions", U, NULL, 200,
		"\"message\":\"Successfully listed sessions\"");
	EXPECT("POST", "/api/sessions", U,
		"{\"agent_ref\":\"ns/my-agent\",\"id\":\"s/1\",\"source\":\"user\"}", 201,
		"\"source\":\"user\"");
	EXPECT("GET", "/api/sessions", U, NULL, 200, "\"data\":[{\"id\":\"s/1\"");
	EXPECT("GET", "/api/sessions/agent/ns/my-agent", U, NULL, 200, "\"id\":\"s/1\"");
	EXPECT("GET", "/api/sessions/agent/ns2/other", U, NULL, 200, "\"data\":[]");
	EXPECT("GET", "/api/sessions/agent/ns/none", U, NULL, 404,
		"{\"error\":\"Agent not found: ");
	EXPECT("GET", "/api/sessions/s%2F1", U, NULL, 200, "\"events\":[]");
	EXPECT("GET", "/api/sessions/s%2F1?limit=x", U, NULL, 400, "Failed to parse limit: ");
	EXPECT("GET", "/api/sessions/s%2F1?limit=99999999999999999999", U, NULL, 400,
		"Failed to parse limit: ");
	EXPECT("GET", "/api/sessions/s%2F1?after=yesterday", U, NULL, 400,
		"Failed to parse after timestamp: ");
	EXPECT("GET", "/api/sessions/s%2F1?after=2026-01-02T03:04:05Z&limit=3&order=asc", U, NULL,
		200, "\"events\":[]");
	EXPECT("PUT", "/api/sessions/s%2F1", U, "{\"name\":\"Renamed\"}", 200,
		"\"name\":\"Renamed\"");
	EXPECT("PUT", "/api/sessions/s%2F1", U, "{}", 400, "session name is required");
	EXPECT("PUT", "/api/sessions/none", U, "{\"name\":\"x\"}", 404, "Session not found: ");

	EXPECT("DELETE", "/api/sessions/s%2F1", "X-User-Id: other\r\n", NULL, 200,
		"{\"error\":false,\"data\":{},\"message\":\"Session deleted successfully\"}");
	EXPECT("GET", "/api/sessions/s%2F1", U, NULL, 200, "Renamed");
	EXPECT("DELETE", "/api/sessions/s%2F1", U, NULL, 200, "Session deleted successfully");
	EXPECT("GET", "/api/sessions/s%2F1", U, NULL, 404, "Session not found: ");
	EXPECT("DELETE", "/api/sessions/s%2F1", U, NULL, 200, "Session deleted successfully");
}

START_TEST(sessions_are_listed_renamed_and_deleted)
{
	SERVE(session_life);
}
END_TEST

static void others_events(void)
{
	EXPECT("POST", "/api/sessions", U, "{\"agent_ref\":\"ns/my-agent\",\"id\":\"s\"}", 201, "");
	EXPECT("POST", "/api/sessions/s/events", PY, "{\"id\":\"e\",\"data\":\"{}\"}", 400,
		"{\"error\":\"Failed to get user ID: user_id is required\"}\n");
	EXPECT("POST", "/api/sessions/s/events?user_id=u", "", "{\"id\":\"e\",\"data\":\"{}\"}",
		403, "{\"error\":\"Session does not belong to this agent\"}\n");
	EXPECT("POST", "/api/sessions/s/events?user_id=u", OTHER, "{\"id\":\"e\",\"data\":\"{}\"}",
		403, "does not belong");
	EXPECT("POST", "/api/sessions/s/events?user_id=v", PY, "{\"id\":\"e\",\"data\":\"{}\"}",
		404, "Session not found: ");
	EXPECT("POST", "/api/sessions/s/events", PY U, "nonsense", 400, "Invalid request body: ");
	EXPECT("POST", "/api/sessions/s/events", PY U, "{\"id\":\"e\"}", 400, "data must be");
	EXPECT("POST", "/api/sessions/s/events", PY U, "{\"id\":\"e\",\"data\":{\"a\":[1]}}", 201,
		"\"data\":\"{\\\"a\\\":[1]}\"");
	EXPECT("POST", "/api/sessions/s/events", "X-Agent-Name: ns/my-agent\r\n" U,
		"{\"data\":\"{}\"}", 201, "\"session_id\":\"s\"");
	EXPECT("GET", "/api/sessions/s", OTHER U, NULL, 403, "does not belong");
}

START_TEST(an_agent_cannot_touch_anothers_session)
{
	SERVE(others_events);
}
END_TEST

static void tasks(void)
{
	EXPECT("POST", "/api/tasks", PY, "{\"contextId\":\"s\",\"kind\":\"task\"}", 201,
		"\"data\":{\"contextId\":\"s\",\"kind\":\"task\",\"id\":\"");
	EXPECT("POST", "/api/tasks", PY, "{\"id\":\"\",\"x\":[1.50]}", 201, "\"x\":[1.50]");
	EXPECT("POST", "/api/tasks", PY, "[1]", 400, "Invalid request body: ");
	EXPECT("POST", "/api/tasks", PY "A2A-Version: 0.3\r\n", "{\"id\":\"t\"}", 201, "");
	EXPECT("POST", "/api/tasks", PY "A2A-Version: 7\r\n", "{\"id\":\"t\"}", 400,
		"{\"error\":\"Unsupported A2A version: unsupported A2A version \\\"7\\\"\"}\n");
	EXPECT("GET", "/api/tasks/t", OTHER, NULL, 403, "Task does not belong to this agent");
	EXPECT("POST", "/api/tasks", OTHER, "{\"id\":\"t\"}", 403,
		"Task does not belong to this agent");
	EXPECT("GET", "/api/tasks/t", "", NULL, 200, "\"data\":{\"id\":\"t\"}");
	EXPECT("DELETE", "/api/tasks/t", OTHER, NULL, 403, "");
	EXPECT("DELETE", "/api/tasks/t", PY, NULL, 204, "");
	ck_assert_str_eq(service_body, "");
	EXPECT("DELETE", "/api/tasks/t", PY, NULL, 204, "");
	EXPECT("GET", "/api/tasks/t", PY, NULL, 404, "Task not found: ");
}

START_TEST(tasks_are_kept_as_posted)
{
	SERVE(tasks);
}
END_TEST

static void both_versions(void)
{
	const char *one = PY "A2A-Version: 1.0\r\n";

	EXPECT("POST", "/api/sessions", U, "{\"agent_ref\":\"ns/my-agent\",\"id\":\"c\"}", 201, "");
	EXPECT("POST", "/api/tasks", one, "{\"new\":{\"id\":\"t\",\"contextId\":\"c\"}}", 201,
		"\"data\":{\"new\":{\"id\":\"t\",\"contextId\":\"c\"}}");
	EXPECT("GET", "/api/tasks/t", PY, NULL, 200, "\"data\":{\"id\":\"t\",\"contextId\":\"c\"}");
	EXPECT("GET", "/api/tasks/t", one, NULL, 200,
		"\"data\":{\"new\":{\"id\":\"t\",\"contextId\":\"c\"}}");
	EXPECT("POST", "/api/tasks", PY, "{\"id\":\"u\",\"contextId\":\"c\"}", 201, "");
	EXPECT("GET", "/api/sessions/c/tasks", "A2A-Version: 1.0\r\n" U, NULL, 200,
		"\"data\":[{\"new\":{\"id\":\"t\",\"contextId\":\"c\"}},{\"new\":{\"id\":\"u\"");
}

START_TEST(tasks_are_told_in_the_version_that_was_asked_for)
{
	SERVE(both_versions);
}
END_TEST

static void foreign_pages(void)
{
	const char *body = "{\"agent_ref\":\"ns/my-agent\",\"id\":\"s\"}";

	EXPECT("POST", "/api/sessions", "Origin: https://evil.example\r\n", body, 403,
		"a page of another origin");
	EXPECT("POST", "/api/sessions",
		"Sec-Fetch-Site: cross-site\r\nOrigin: http://localhost\r\n", body, 403,
		"another origin");
	EXPECT("POST", "/api/sessions", "Origin: null\r\n", body, 403, "another origin");
	EXPECT("DELETE", "/api/sessions/s", "Sec-Fetch-Site: same-site\r\n", NULL, 403,
		"another origin");
	EXPECT("GET", "/api/sessions", "Origin: https://evil.example\r\n", NULL, 200,
		"Successfully listed");
	EXPECT("POST", "/api/sessions",
		"Sec-Fetch-Site: same-origin\r\nOrigin: https://shown.example\r\n", body, 201, "");
	EXPECT("POST", "/api/sessions", "Origin: http://localhost\r\n", body, 201, "");
	EXPECT("POST", "/api/sessions",
		"Origin: https://shown.example\r\nX-Forwarded-Host: shown.example\r\n", body, 201,
		"");
}

START_TEST(pages_of_other_origins_change_nothing)
{
	SERVE(foreign_pages);
}
END_TEST

/* Header and signature are nobody's business; the payload: {"sub":"s1","email":"a@x"}, {"sub":"s1"}, {"email":7}. */
#define CLAIMS_BOTH "Authorization: Bearer h.eyJzdWIiOiJzMSIsImVtYWlsIjoiYUB4In0.sig\r\n"
#define CLAIMS_SUB  "Authorization: Bearer h.eyJzdWIiOiJzMSJ9.sig\r\n"
#define CLAIMS_NONE "Authorization: Bearer h.eyJlbWFpbCI6N30.sig\r\n"

static void behind_a_proxy(void)
{
	EXPECT("GET", "/health", "", NULL, 200, "");
	EXPECT("GET", "/version", "", NULL, 200, "");
	EXPECT("GET", "/api/sessions", "", NULL, 401, "\r\n\r\nUnauthorized\n");
	HAS("X-Content-Type-Options: nosniff");
	HAS("Content-Type: text/plain; charset=utf-8");
	EXPECT("GET", "/api/me", "Authorization: bearer h.eyJzdWIiOiJzMSJ9.sig\r\n", NULL, 401, "");
	EXPECT("GET", "/api/me", "Authorization: Bearer a.b\r\n", NULL, 401, "");
	EXPECT("GET", "/api/me", "Authorization: Bearer a.!!.c\r\n", NULL, 401, "");
	EXPECT("GET", "/api/me", "Authorization: Bearer a.W10.c\r\n", NULL, 401, "");
	EXPECT("GET", "/api/me", "Authorization: Bearer a..c\r\n", NULL, 401, "");
	EXPECT("GET", "/api/me", CLAIMS_NONE, NULL, 401, "");
	EXPECT("GET", "/api/me?user_id=mallory", CLAIMS_BOTH "X-User-Id: mallory\r\n", NULL, 200,
		"\r\n\r\n{\"sub\":\"s1\",\"email\":\"a@x\"}");
	EXPECT("GET", "/api/me", CLAIMS_BOTH PY, NULL, 200, "{\"sub\":\"s1\"}");
	EXPECT("GET", "/api/me", CLAIMS_BOTH PY "X-User-Id: served\r\n", NULL, 200,
		"{\"sub\":\"served\"}");
	EXPECT("POST", "/api/sessions?user_id=mallory", CLAIMS_BOTH,
		"{\"agent_ref\":\"ns/my-agent\"}", 201, "\"user_id\":\"a@x\"");
	EXPECT("GET", "/api/sessions", CLAIMS_SUB, NULL, 200, "\"data\":[]");
}

START_TEST(a_proxy_in_front_names_the_user)
{
	SERVE(behind_a_proxy);
}
END_TEST

/* Answers later, from the loop, like a review that goes to the API server. */
struct review {
	struct identity_proof *proof;
	char *token;
};

static void end_review(void *context)
{
	struct review *review = context;
	struct error err;

	if (strcmp(review->token, "good") == 0) {
		identity_proof_done(review->proof, "ns/my-agent", NULL);
	} else if (strcmp(review->token, "down") == 0) {
		error_set(&err, ERR_IO, NULL, "the API server is away");
		identity_proof_done(review->proof, NULL, &err);
	} else {
		error_set(&err, ERR_DENIED, NULL, "not a token of ours");
		identity_proof_done(review->proof, NULL, &err);
	}
	free(review->token);
	free(review);
}

static void prove(void *context UNUSED, const char *token, struct identity_proof *proof)
{
	struct review *review = malloc(sizeof(*review));

	*review = (struct review){ proof, strdup(token) };
	ck_assert(loop_post(service_loop, end_review, review, NULL));
}

static void setup_proven(void)
{
	service_start(&(struct identity_options){ .mode = IDENTITY_UNSECURE, .prove = prove });
}

static void proofs(void)
{
	const char *body = "{\"agent_ref\":\"ns/my-agent\",\"id\":\"s\"}";

	EXPECT("POST", "/api/sessions", PY U, body, 401, "Unauthorized");
	EXPECT("POST", "/api/sessions", PY U "Authorization: Bearer bad\r\n", body, 401,
		"Unauthorized");
	EXPECT("POST", "/api/sessions", OTHER U "Authorization: Bearer good\r\n", body, 401,
		"Unauthorized");
	EXPECT("POST", "/api/sessions", PY U "Authorization: Bearer down\r\n", body, 503,
		"the API server is away");
	EXPECT("POST", "/api/sessions", PY U "Authorization: Bearer good\r\n", body, 201, "");
	/* What the agent was sent comes back to it, and to nobody else. */
	EXPECT("POST", "/api/sessions/s/events?user_id=u", PY "Authorization: Bearer good\r\n",
		"{\"id\":\"e\",\"data\":\"{\\\"authorization\\\":\\\"Bearer s3cret\\\"}\"}", 201,
		"");
	LACKS("s3cret");
	EXPECT("GET", "/api/sessions/s", PY U "Authorization: Bearer good\r\n", NULL, 200,
		"s3cret");
	EXPECT("GET", "/api/sessions/s", U, NULL, 200, "\"data\":\"{}\"");
}

START_TEST(agents_prove_who_they_are)
{
	SERVE(proofs);
}
END_TEST

static void leaving(void)
{
	for (int i = 0; i < 20; i++) {
		int fd = peer_connect(http_server_port(service_server));

		peer_send(fd, "GET /api/sessions HTTP/1.1\r\nHost: h\r\n" PY U
			      "Authorization: Bearer good\r\n\r\n");
		if (i % 2)
			peer_sleep_ms(1);
		close(fd);
	}
	EXPECT("GET", "/api/sessions", U, NULL, 200, "");
}

START_TEST(clients_may_leave_at_any_time)
{
	SERVE(leaving);
}
END_TEST

static void put_vector(struct buffer *out, size_t dimensions)
{
	buffer_puts(out, "\"vector\":[1");
	for (size_t i = 1; i < dimensions; i++)
		buffer_puts(out, ",0.5");
	buffer_puts(out, "]}");
}

static void memories(void)
{
	AUTO(buffer) struct buffer item = { 0 };
	AUTO(buffer) struct buffer short_item = { 0 };
	AUTO(buffer) struct buffer batch = { 0 };

	buffer_puts(&item, "{\"agent_name\":\"ns__NS__my_agent\",\"user_id\":\"u\",\"content\":"
			   "\"likes tea\",");
	put_vector(&item, 768);
	buffer_puts(&short_item,
		"{\"agent_name\":\"ns__NS__my_agent\",\"user_id\":\"u\",\"content\":\"x\",");
	put_vector(&short_item, 767);
	buffer_printf(&batch, "{\"items\":[%s,%s]}", item.data, item.data);

	EXPECT("POST", "/api/memories/sessions", PY, item.data, 201, "\r\n\r\n{\"id\":\"");
	EXPECT("POST", "/api/memories/sessions", PY, short_item.data, 400,
		"vector must have exactly 768 dimensions, got 767");
	EXPECT("POST", "/api/memories/sessions", PY, "{}", 400,
		"Missing required fields (agent_name, user_id, vector)");
	EXPECT("POST", "/api/memories/sessions", OTHER, item.data, 403, "memories of its own");
	EXPECT("POST", "/api/memories/sessions/batch", PY, batch.data, 201, "{\"count\":2}");
	EXPECT("POST", "/api/memories/sessions/batch", PY, "{\"items\":[]}", 400, "Empty batch");
	EXPECT("POST", "/api/memories/search", PY, item.data, 200, "\"content\":\"likes tea\"");
	HAS("\"score\":");
	EXPECT("GET", "/api/memories?agent_name=ns__NS__my-agent&user_id=u", PY, NULL, 200,
		"\"access_count\":1");
	EXPECT("GET", "/api/memories?agent_name=x", "", NULL, 400,
		"Missing required query parameters (agent_name, user_id)");
	EXPECT("DELETE", "/api/memories?agent_name=ns__NS__my_agent&user_id=u", PY, NULL, 200,
		"{\"status\":\"deleted\"}");
	EXPECT("GET", "/api/memories?agent_name=ns__NS__my_agent&user_id=u", PY, NULL, 200,
		"\r\n\r\n[]");
}

START_TEST(memories_are_kept_and_searched)
{
	SERVE(memories);
}
END_TEST

static void feedback(void)
{
	EXPECT("POST", "/api/feedback", U, "{\"is_positive\":true,\"feedback_text\":\"\"}", 400,
		"Missing required field: feedbackText");
	EXPECT("POST", "/api/feedback", U, "{\"is_positive\":1,\"feedback_text\":\"x\"}", 400,
		"Invalid feedback data format: ");
	EXPECT("POST", "/api/feedback", U,
		"{\"is_positive\":true,\"feedback_text\":\"x\",\"issue_type\":\"odd\"}", 400,
		"issue_type");
	EXPECT("POST", "/api/feedback", U,
		"{\"is_positive\":true,\"feedback_text\":\"good\",\"message_id\":4}", 200,
		"{\"error\":false,\"data\":{},\"message\":\"Feedback submitted successfully\"}");
	EXPECT("GET", "/api/feedback", U, NULL, 200,
		"\"message_id\":4,\"is_positive\":true,\"feedback_text\":\"good\"");
}

START_TEST(feedback_is_taken)
{
	SERVE(feedback);
}
END_TEST

static void setup_unsynced(void)
{
	service_start_unsynced = true;
	service_start(&(struct identity_options){ .mode = IDENTITY_UNSECURE });
}

static void unsynced(void)
{
	EXPECT("POST", "/api/sessions", U, "{\"agent_ref\":\"new/agent\"}", 201,
		"\"agent_id\":\"new__NS__agent\"");
}

START_TEST(agents_not_yet_read_are_believed_in)
{
	SERVE(unsynced);
}
END_TEST

/* Bodies that are right, each with the call that takes it. */
static const struct {
	const char *method, *path, *body;
} bodies[] = {
	{ "POST", "/api/sessions",
		"{\"id\":\"c\",\"agent_ref\":\"ns/my-agent\",\"name\":\"n\",\"source\":\"user\"}" },
	{ "PUT", "/api/sessions/c", "{\"name\":\"n\",\"agent_ref\":\"ns/my-agent\"}" },
	{ "POST", "/api/sessions/c/events?user_id=u", "{\"id\":\"e\",\"data\":{\"a\":1}}" },
	{ "POST", "/api/tasks",
		"{\"id\":\"t\",\"contextId\":\"c\",\"status\":{\"state\":\"working\",\"message\":{"
		"\"messageId\":"
		"\"m\"}},\"history\":[{\"messageId\":\"m\"}]}" },
	{ "POST", "/api/feedback",
		"{\"is_positive\":true,\"feedback_text\":\"f\",\"message_id\":1,\"issue_type\":"
		"\"tool\"}" },
	{ "POST", "/api/memories/sessions",
		"{\"agent_name\":\"ns__NS__my_agent\",\"user_id\":\"u\",\"content\":\"c\","
		"\"vector\":[1]}" },
	{ "POST", "/api/memories/sessions/batch",
		"{\"items\":[{\"agent_name\":\"ns__NS__my_agent\",\"user_id\":\"u\",\"vector\":[1]}"
		"]}" },
	{ "POST", "/api/memories/search",
		"{\"agent_name\":\"a\",\"user_id\":\"u\",\"vector\":[1],\"limit\":1,\"min_score\":"
		"0.5}" },
};

static void post_odd(void *context, struct json_view odd UNUSED, const char *text)
{
	const size_t *i = context;
	int status = ASK(bodies[*i].method, bodies[*i].path, PY, text);
	AUTO(json_doc) struct json_doc *answer = NULL;
	struct error err;

	ck_assert_msg(status >= 200 && status < 500, "%s: %s", text, service_answer.data);
	ck_assert_msg(json_doc_copy(service_body, strlen(service_body), NULL, &answer, &err),
		"%s: %s", text, service_answer.data);
}

static void odd_bodies(void)
{
	for (size_t i = 0; i < COUNT(bodies); i++) {
		AUTO(json_doc) struct json_doc *good = NULL;

		ck_assert(json_doc_copy(bodies[i].body, strlen(bodies[i].body), NULL, &good, NULL));
		odd_each(json_root(good), post_odd, &i);
	}
}

START_TEST(a_body_of_any_kind_is_answered)
{
	SERVE(odd_bodies);
}
END_TEST

static void large_body(void)
{
	AUTO(buffer) struct buffer body = { 0 };

	buffer_puts(&body, "{\"id\":\"t\",\"x\":\"");
	for (int i = 0; i < 1000000; i++)
		buffer_putc(&body, 'x');
	buffer_puts(&body, "\"}");
	EXPECT("POST", "/api/tasks", PY, body.data, 201, "");
	EXPECT("GET", "/api/tasks/t", PY, NULL, 200, body.data);
	buffer_clear(&body);
	buffer_puts(&body, "{\"agent_ref\":\"ns/my-agent\",\"id\":\"");
	for (int i = 0; i < 1000000; i++)
		buffer_putc(&body, 'x');
	buffer_puts(&body, "\"}");
	EXPECT("POST", "/api/sessions", "", body.data, 400,
		"{\"error\":\"id is longer than 512 bytes\"}\n");
	EXPECT("POST", "/api/sessions", "", "{\"agent_ref\":\"ns/my-agent\"}", 201, "");
	buffer_clear(&body);
	for (int i = 0; i < 100000; i++)
		buffer_putc(&body, '[');
	EXPECT("POST", "/api/tasks", PY, body.data, 400, "deeper than 512 levels");
}

START_TEST(large_and_deep_bodies)
{
	SERVE(large_body);
}
END_TEST

static atomic_bool is_occupied;

/* Another room's route, whose answers take all there is, and never come. */
static void occupy(
	void *context UNUSED, struct http_exchange *exchange, struct route_match *match UNUSED)
{
	ck_assert(http_may_hold(exchange, (size_t)64 << 20));
	http_hold(exchange, (size_t)64 << 20);
	atomic_store(&is_occupied, true);
}

static void setup_narrow(void)
{
	service_start_narrow = true;
	setup();
	ck_assert(router_add(service_router, "GET", "/occupy", occupy, NULL, NULL));
}

static void read_with_little_room(void)
{
	AUTO(buffer) struct buffer body = { 0 };
	int fd;

	buffer_puts(&body, "{\"id\":\"t\",\"x\":\"");
	for (int i = 0; i < 1000000; i++)
		buffer_putc(&body, 'x');
	buffer_puts(&body, "\"}");
	EXPECT("POST", "/api/tasks", PY, body.data, 201, "");
	EXPECT("GET", "/api/tasks/t", PY, NULL, 200, body.data);
	fd = peer_connect(http_server_port(service_server));
	peer_send(fd, "GET /occupy HTTP/1.1\r\nHost: h\r\n\r\n");
	while (!atomic_load(&is_occupied))
		peer_sleep_ms(1);
	EXPECT("GET", "/api/tasks/t", PY, NULL, 503, "Too many large answers at a time");
	EXPECT("GET", "/api/tasks/none", PY, NULL, 404, "");
	close(fd);
	EXPECT("GET", "/api/tasks/t", PY, NULL, 200, body.data);
}

START_TEST(a_large_answer_waits_for_room_and_not_for_ever)
{
	SERVE(read_with_little_room);
}
END_TEST

static TCase *with(Suite *suite, const char *name, void (*begin)(void))
{
	TCase *tests = tcase_create(name);

	tcase_add_checked_fixture(tests, begin, service_stop);
	tcase_set_timeout(tests, 30);
	suite_add_tcase(suite, tests);
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("api");
	TCase *tests = with(suite, "unsecure", setup);
	TCase *proxied = with(suite, "trusted-proxy", setup_proxy);
	TCase *proven = with(suite, "proven", setup_proven);
	TCase *narrow = with(suite, "narrow", setup_narrow);
	TCase *echoed = with(suite, "other rooms", setup_echo);
	TCase *unread = with(suite, "unsynced", setup_unsynced);

	tcase_add_test(tests, health_version_and_unknown_paths);
	tcase_add_test(tests, agents_are_listed_and_found);
	tcase_add_test(tests, a_runtime_keeps_a_chat);
	tcase_add_test(tests, session_creates_are_checked);
	tcase_add_test(tests, sessions_are_listed_renamed_and_deleted);
	tcase_add_test(tests, an_agent_cannot_touch_anothers_session);
	tcase_add_test(tests, tasks_are_kept_as_posted);
	tcase_add_test(tests, tasks_are_told_in_the_version_that_was_asked_for);
	tcase_add_test(tests, pages_of_other_origins_change_nothing);
	tcase_add_test(tests, memories_are_kept_and_searched);
	tcase_add_test(tests, feedback_is_taken);
	tcase_add_test(tests, large_and_deep_bodies);
	tcase_add_test(tests, a_body_of_any_kind_is_answered);
	tcase_add_test(narrow, a_large_answer_waits_for_room_and_not_for_ever);
	tcase_add_test(echoed, other_rooms_add_their_routes);
	tcase_add_test(unread, agents_not_yet_read_are_believed_in);
	tcase_add_test(proxied, a_proxy_in_front_names_the_user);
	tcase_add_test(proven, agents_prove_who_they_are);
	tcase_add_test(proven, clients_may_leave_at_any_time);
	return suite_run(suite);
}
