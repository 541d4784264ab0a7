/* Who may what, where users show a token and RBAC says what they may. */
#include "controller/api/service.h"
#include "support/suite.h"

#define PY    "X-Agent-Name: ns__NS__my_agent\r\n"
#define POD   PY "X-User-Id: jane\r\nAuthorization: Bearer pod\r\n"
#define JANE  "Authorization: Bearer jane\r\n"
#define JOE   "Authorization: Bearer joe\r\n"
#define BEGIN "{\"agent_ref\":\"ns/my-agent\",\"id\":\"s\"}"

/* An answer that is on its way. */
struct answer {
	void (*give)(struct answer *answer);
	struct identity_proof *proof;
	identity_allowed_fn done;
	void *done_context;
	char who[64];
	struct error err;
	bool ok;
};

static void give_proof(struct answer *answer)
{
	identity_proof_done(
		answer->proof, answer->ok ? answer->who : NULL, answer->ok ? NULL : &answer->err);
}

static void give_right(struct answer *answer)
{
	answer->done(answer->done_context, answer->ok ? NULL : &answer->err);
}

static void deliver(void *context)
{
	struct answer *answer = context;

	answer->give(answer);
	free(answer);
}

static struct answer *answer_new(void (*give)(struct answer *answer), bool ok)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	ck_assert_ptr_nonnull(answer);
	answer->give = give;
	answer->ok = ok;
	ck_assert(loop_post(service_loop, deliver, answer, NULL));
	return answer;
}

static void prove(void *context UNUSED, const char *token, struct identity_proof *proof)
{
	struct answer *answer = answer_new(give_proof, strcmp(token, "pod") == 0);

	answer->proof = proof;
	snprintf(answer->who, sizeof(answer->who), "ns/my-agent");
	error_set(&answer->err, ERR_DENIED, NULL, "no token of a pod");
}

static void prove_user(void *context UNUSED, const char *token, struct identity_proof *proof)
{
	bool is_user = strcmp(token, "jane") == 0 || strcmp(token, "joe") == 0;
	struct answer *answer = answer_new(give_proof, is_user || strcmp(token, "evil") == 0);

	answer->proof = proof;
	if (is_user)
		snprintf(answer->who, sizeof(answer->who), "{\"user\":\"%.20s\"}", token);
	else
		snprintf(answer->who, sizeof(answer->who), "{\"user\":\"a\\r\\nX-User-Id: b\"}");
	error_set(&answer->err, strcmp(token, "down") == 0 ? ERR_IO : ERR_DENIED, NULL,
		"no such token");
}

/* Jane may do everything in namespace ns. */
static void allow(void *context UNUSED, const struct identity_wish *wish, identity_allowed_fn done,
	void *done_context)
{
	static const char *const names[] = { "talk", "get", "list", "create", "update", "delete" };
	bool is_jane = strcmp(wish->subject, "{\"user\":\"jane\"}") == 0;
	struct answer *answer = answer_new(give_right, is_jane && strcmp(wish->ns, "ns") == 0);

	answer->done = done;
	answer->done_context = done_context;
	error_set(&answer->err, ERR_DENIED, NULL, "may not %s in %s", names[wish->right], wish->ns);
}

static void setup(void)
{
	service_start(&(struct identity_options){ .mode = IDENTITY_KUBERNETES,
		.prove = prove,
		.prove_user = prove_user,
		.allow = allow });
}

static const struct {
	const char *spec, *method, *path, *headers, *body;
	int status;
	const char *says, *says_not;
} cases[] = {
	{ "probes need no token", "GET", "/health", "", NULL, 200, "OK", NULL },
	{ "users need one", "GET", "/api/me", "", NULL, 401, "Unauthorized\n", NULL },
	{ "a bad one is not enough", "GET", "/api/me", "Authorization: Bearer x\r\n", NULL, 401,
		"Unauthorized\n", NULL },
	{ "nor one of another scheme", "GET", "/api/me", "Authorization: Basic jane\r\n", NULL, 401,
		"Unauthorized\n", NULL },
	{ "when it cannot be looked at, that is said", "GET", "/api/me",
		"Authorization: Bearer down\r\n", NULL, 503, "no such token", NULL },
	{ "a name that would break a header is no user", "GET", "/api/me",
		"Authorization: Bearer evil\r\n", NULL, 401, "Unauthorized\n", NULL },
	{ "nobody can say to be somebody else", "GET", "/api/me?user_id=joe",
		JANE "X-User-Id: joe\r\n", NULL, 200, "{\"sub\":\"jane\"}", NULL },
	{ "agents of namespaces that may be listed", "GET", "/api/agents", JANE, NULL, 200,
		"my-agent", "ns2" },
	{ "and of no others", "GET", "/api/agents", JOE, NULL, 200, "\"data\":[]", "my-agent" },
	{ "a namespace that may not be listed", "GET", "/api/agents?namespace=ns2", JANE, NULL, 200,
		"\"data\":[]", "other" },
	{ "an agent that may be seen", "GET", "/api/sandboxagents/ns/my-agent", JANE, NULL, 200,
		"my-agent", NULL },
	{ "one that may not", "GET", "/api/sandboxagents/ns2/other", JANE, NULL, 403,
		"{\"error\":\"may not get in ns2\"}\n", NULL },
	{ "whether there is one is not told", "GET", "/api/sandboxagents/ns/none", JOE, NULL, 403,
		"may not get in ns", NULL },
	{ "a chat with somebody's agent", "POST", "/api/sessions", JOE, BEGIN, 403,
		"may not talk in ns", NULL },
	{ "a chat with an agent that one may talk to", "POST", "/api/sessions", JANE, BEGIN, 201,
		"\"user_id\":\"jane\"", NULL },
	{ "the chats of an agent", "GET", "/api/sessions/agent/ns/my-agent", JANE, NULL, 200,
		"Successfully", NULL },
	{ "the chats of somebody's agent", "GET", "/api/sessions/agent/ns/my-agent", JOE, NULL, 403,
		"may not talk in ns", NULL },
	{ "a chat of somebody else", "GET", "/api/sessions/s?user_id=jane", JOE, NULL, 404, "",
		NULL },
	{ "its tasks", "GET", "/api/sessions/s/tasks?user_id=jane", JOE, NULL, 404, "", NULL },
	{ "a task by its id", "GET", "/api/tasks/t", JOE, NULL, 403, "Only agents' pods", NULL },
	{ "a task's removal", "DELETE", "/api/tasks/t", JOE, NULL, 403, "Only agents' pods", NULL },
	{ "a task of a user's making", "POST", "/api/tasks", JANE, "{\"id\":\"t\"}", 403,
		"Only agents' pods", NULL },
	{ "memories of somebody else", "GET", "/api/memories?agent_name=a&user_id=jane", JOE, NULL,
		403, "of its own", NULL },
	{ "memories of one's own", "GET", "/api/memories?agent_name=a&user_id=joe", JOE, NULL, 200,
		"[]", NULL },
	{ "an agent that shows no token", "GET", "/api/sessions", PY, NULL, 401, "Unauthorized\n",
		NULL },
	{ "an agent that shows a user's", "GET", "/api/sessions", PY JANE, NULL, 401,
		"Unauthorized\n", NULL },
	{ "an agent that proves itself", "POST", "/api/tasks", POD,
		"{\"id\":\"t\",\"contextId\":\"s\"}", 201, "", NULL },
};

static int row;

static void ask_row(void)
{
	int got = ASK(cases[row].method, cases[row].path, cases[row].headers, cases[row].body);

	ck_assert_msg(got == cases[row].status, "%s: %s", cases[row].spec, service_answer.data);
	ck_assert_msg(strstr(service_answer.data, cases[row].says), "%s: %s", cases[row].spec,
		service_answer.data);
	ck_assert_msg(!cases[row].says_not || !strstr(service_answer.data, cases[row].says_not),
		"%s: %s", cases[row].spec, service_answer.data);
}

START_TEST(rbac_says_what_users_may)
{
	row = _i;
	SERVE(ask_row);
}
END_TEST

static void a_chat_of_two(void)
{
	EXPECT("POST", "/api/sessions", JANE, BEGIN, 201, "jane");
	EXPECT("POST", "/api/tasks", POD, "{\"id\":\"t\",\"contextId\":\"s\"}", 201, "");
	EXPECT("GET", "/api/sessions/s/tasks", JANE, NULL, 200, "\"t\"");
	EXPECT("GET", "/api/sessions/s/tasks", JOE, NULL, 404, "");
	EXPECT("DELETE", "/api/sessions/s", JOE, NULL, 200, "");
	EXPECT("GET", "/api/sessions/s", JANE, NULL, 200, "\"s\"");
}

START_TEST(a_chat_is_its_users_and_its_agents)
{
	SERVE(a_chat_of_two);
}
END_TEST

static void leaving(void)
{
	static const char *const paths[] = { "/api/agents", "/api/sandboxagents/ns/my-agent",
		"/api/sessions/agent/ns/my-agent" };

	for (int i = 0; i < 30; i++) {
		int fd = peer_connect(http_server_port(service_server));
		AUTO(buffer) struct buffer request = { 0 };

		buffer_printf(&request, "GET %s HTTP/1.1\r\nHost: h\r\n" JANE "\r\n", paths[i % 3]);
		peer_send(fd, request.data);
		if (i % 2)
			peer_sleep_ms(1);
		close(fd);
	}
	EXPECT("GET", "/api/me", JANE, NULL, 200, "jane");
}

START_TEST(users_may_leave_while_their_rights_are_looked_at)
{
	SERVE(leaving);
}
END_TEST

START_TEST(the_mode_needs_agents_that_prove_themselves)
{
	struct identity *identity = NULL;
	struct error err;

	ck_assert(!identity_new(
		&(struct identity_options){
			.mode = IDENTITY_KUBERNETES, .prove_user = prove_user, .allow = allow },
		&identity, &err));
	ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

START_TEST(the_modes_are_named_when_there_is_no_such_one)
{
	enum identity_mode mode;
	struct error err;

	ck_assert(identity_parse_mode("kubernetes", &mode, &err));
	ck_assert_int_eq(mode, IDENTITY_KUBERNETES);
	ck_assert(!identity_parse_mode("Kubernetes", &mode, &err));
	ck_assert_str_eq(err.text, "unknown auth mode \"Kubernetes\" (valid modes: unsecure, "
				   "trusted-proxy, kubernetes)");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/identity");
	TCase *tcase = tcase_create("rbac");

	tcase_add_checked_fixture(tcase, setup, service_stop);
	tcase_add_loop_test(tcase, rbac_says_what_users_may, 0, (int)COUNT(cases));
	tcase_add_test(tcase, a_chat_is_its_users_and_its_agents);
	tcase_add_test(tcase, users_may_leave_while_their_rights_are_looked_at);
	tcase_add_test(tcase, the_mode_needs_agents_that_prove_themselves);
	tcase_add_test(tcase, the_modes_are_named_when_there_is_no_such_one);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
