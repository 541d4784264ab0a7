/* What users may do with SandboxAgents through the API, how it is handed on, and how what became of it is told. */
#include "controller/api/service.h"
#include "support/odd.h"
#include "support/suite.h"

#define PY   "X-Agent-Name: ns__NS__my_agent\r\n"
#define JANE "Authorization: Bearer jane\r\n"
#define JOE  "Authorization: Bearer joe\r\n"
#define POD  "Authorization: Bearer pod\r\n"
#define ONE  "/api/sandboxagents/ns/one"
#define ALL  "/api/sandboxagents"

#define BODY(metadata, spec) "{\"metadata\":{" metadata "},\"spec\":{" spec "}}"
#define NAMED                "\"name\":\"one\",\"namespace\":\"ns\""
#define MADE                                                                                       \
	"{\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":\"SandboxAgent\",\"metadata\":{"         \
	"\"namespace\":\"ns\",\"name\":\"one\""

/* The API server's part: looks at what it is asked for, and answers later. */
struct outcome {
	api_changed_fn done;
	void *done_context;
	struct json_doc *agent;
	struct error err;
};

static void deliver(void *context)
{
	struct outcome *outcome = context;
	struct json_view nothing = { 0 };

	outcome->done(outcome->done_context, outcome->agent ? json_root(outcome->agent) : nothing,
		outcome->err.code ? &outcome->err : NULL);
	json_doc_free(outcome->agent);
	free(outcome);
}

/* On the loop's thread, which is the test's. */
static char asked[600];

static void change(
	void *context UNUSED, struct api_change *change, api_changed_fn done, void *done_context)
{
	static const char *const kinds[] = { "create", "update", "delete" };
	static const struct {
		const char *name;
		enum error_code code;
		const char *path;
	} errors[] = {
		{ "bad", ERR_INVALID, "spec.skills" },
		{ "gone", ERR_NOT_FOUND, "" },
		{ "there", ERR_EXISTS, "" },
		{ "stale", ERR_CONFLICT, "" },
		{ "forbidden", ERR_DENIED, "" },
		{ "large", ERR_TOO_LARGE, "" },
		{ "down", ERR_IO, "" },
		{ "busy", ERR_THROTTLED, "" },
	};
	struct outcome *outcome = calloc(1, sizeof(*outcome));

	ck_assert_ptr_nonnull(outcome);
	outcome->done = done;
	outcome->done_context = done_context;
	snprintf(asked, sizeof(asked), "%s %s/%s %s", kinds[change->kind], change->ns, change->name,
		change->json.bytes ? change->json.data : "");
	for (size_t i = 0; i < COUNT(errors); i++)
		if (strcmp(change->name, errors[i].name) == 0) {
			error_set(&outcome->err, errors[i].code, NULL, "says the API server");
			snprintf(
				outcome->err.path, sizeof(outcome->err.path), "%s", errors[i].path);
		}
	if (!outcome->err.code && change->kind != API_DELETE) {
		static const char text[] = "{\"metadata\":{\"name\":\"one\",\"namespace\":\"ns\"},"
					   "\"spec\":{\"type\":\"Declarative\"}}";

		ck_assert(json_doc_copy(text, strlen(text), NULL, &outcome->agent, NULL));
	}
	buffer_fini(&change->json);
	ck_assert(loop_post(service_loop, deliver, outcome, NULL));
}

static void prove(void *context UNUSED, const char *token UNUSED, struct identity_proof *proof)
{
	identity_proof_done(proof, "ns/my-agent", NULL);
}

/* The token "pod" is of the pod of agent ns/my-agent, "sidecar" of a pod that is no agent's. */
static void prove_user(void *context UNUSED, const char *token, struct identity_proof *proof)
{
	bool is_pod = strcmp(token, "pod") == 0;
	char who[200];

	if (is_pod || strcmp(token, "sidecar") == 0)
		snprintf(who, sizeof(who),
			"{\"user\":\"system:serviceaccount:ns:my-agent\",\"extra\":{"
			"\"authentication.kubernetes.io/pod-name\":[\"%s\"]}}",
			is_pod ? "my-agent" : "sidecar");
	else
		snprintf(who, sizeof(who), "{\"user\":\"%.20s\"}", token);
	identity_proof_done(proof, who, NULL);
}

/* Joe may nothing. What was asked for is told in the refusal. */
static void allow(void *context UNUSED, const struct identity_wish *wish, identity_allowed_fn done,
	void *done_context)
{
	struct error err;

	error_set(&err, ERR_DENIED, NULL, "may not %d %s/%s", (int)wish->right, wish->ns,
		wish->name ? wish->name : "*");
	done(done_context, strstr(wish->subject, "joe") ? &err : NULL);
}

static void setup(void)
{
	service_change = change;
	asked[0] = '\0';
	service_start(&(struct identity_options){ .mode = IDENTITY_UNSECURE });
}

static void setup_rbac(void)
{
	service_change = change;
	asked[0] = '\0';
	service_start(&(struct identity_options){ .mode = IDENTITY_KUBERNETES,
		.prove = prove,
		.prove_user = prove_user,
		.allow = allow });
}

struct claim {
	const char *spec, *method, *path, *headers, *body;
	int status;
	const char *says, *asks; /* asks NULL: the API server hears nothing of it */
};

static const struct claim claims[] = {
	{ "an agent is made", "POST", ALL, "", BODY(NAMED, "\"type\":\"BYO\",\"byo\":{}"), 201,
		"\"data\":{\"id\":\"ns__NS__one\",\"agent\":{\"apiVersion\"",
		"create ns/one " MADE "},\"spec\":{\"type\":\"BYO\",\"byo\":{}}}" },
	{ "and that is said", "POST", ALL, "", BODY(NAMED, ""), 201,
		"\"message\":\"Successfully created sandbox agent\"}",
		"create ns/one " MADE "},\"spec\":{\"type\":\"Declarative\"}}" },
	{ "an empty type is Declarative", "POST", ALL, "", BODY(NAMED, "\"a\":1,\"type\":\"\""),
		201, "", "create ns/one " MADE "},\"spec\":{\"type\":\"Declarative\",\"a\":1}}" },
	{ "a type that is none is left to the API server", "POST", ALL, "",
		BODY(NAMED, "\"type\":7"), 201, "",
		"create ns/one " MADE "},\"spec\":{\"type\":7}}" },
	{ "it is the controller's namespace when none is named", "POST", ALL, "",
		BODY("\"name\":\"one\"", ""), 201, "",
		"create ns/one " MADE "},\"spec\":{\"type\":\"Declarative\"}}" },
	{ "labels and annotations go with it, owners and finalizers do not", "POST", ALL, "",
		"{\"apiVersion\":\"kagent.dev/"
		"v1alpha2\",\"kind\":\"SandboxAgent\",\"metadata\":{" NAMED
		",\"labels\":{\"a\":\"b\"},\"annotations\":{\"c\":\"d\"},\"finalizers\":[\"f\"],"
		"\"ownerReferences\":[{}]},\"spec\":{},\"status\":{\"x\":1}}",
		201, "",
		"create ns/one " MADE ",\"labels\":{\"a\":\"b\"},\"annotations\":{\"c\":\"d\"}},"
		"\"spec\":{\"type\":\"Declarative\"}}" },
	{ "another version is refused", "POST", ALL, "",
		"{\"apiVersion\":\"kagent.dev/v1\",\"metadata\":{" NAMED "},\"spec\":{}}", 400,
		"Invalid agent configuration: apiVersion: ", NULL },
	{ "another kind is refused", "POST", ALL, "",
		"{\"kind\":\"Agent\",\"metadata\":{" NAMED "},\"spec\":{}}", 400,
		"Invalid agent configuration: kind: ", NULL },
	{ "no spec is refused", "POST", ALL, "", "{\"metadata\":{" NAMED "}}", 400,
		"Invalid agent configuration: spec: ", NULL },
	{ "no name is refused", "POST", ALL, "", BODY("\"generateName\":\"a\"", ""), 400,
		"Invalid agent configuration: metadata.name: ", NULL },
	{ "a namespace that would lead elsewhere is refused", "POST", ALL, "",
		BODY("\"name\":\"one\",\"namespace\":\"..\"", ""), 400,
		"metadata.namespace: ", NULL },
	{ "a body that is no JSON is refused", "POST", ALL, "", "{", 400,
		"Invalid request body: ", NULL },
	{ "a spec is replaced", "PUT", ONE, "",
		BODY(NAMED ",\"labels\":{\"a\":\"b\"},\"resourceVersion\":\"1\"",
			"\"type\":\"BYO\""),
		200, "\"message\":\"Successfully updated sandbox agent\"}",
		"update ns/one {\"type\":\"BYO\"}" },
	{ "not of another agent than the path's", "PUT", "/api/sandboxagents/ns/two", "",
		BODY(NAMED, ""), 400, "Path does not match request body metadata", NULL },
	{ "nor of another namespace", "PUT", "/api/sandboxagents/ns2/one", "", BODY(NAMED, ""), 400,
		"Path does not match request body metadata", NULL },
	{ "an agent is deleted", "DELETE", ONE, "", NULL, 200,
		"{\"error\":false,\"data\":{},\"message\":\"Successfully deleted sandbox agent\"}",
		"delete ns/one " },
	{ "a path that leads elsewhere is refused", "DELETE", "/api/sandboxagents/ns/a%2Fb", "",
		NULL, 400, "metadata.name: ", NULL },
	{ "a namespace in the path, too", "DELETE", "/api/sandboxagents/%2e%2e/one", "", NULL, 400,
		"metadata.namespace: ", NULL },
	{ "what the API server refuses is told with its field", "DELETE",
		"/api/sandboxagents/ns/bad", "", NULL, 400,
		"{\"error\":\"Invalid agent configuration: spec.skills: says the API server\"}",
		"delete ns/bad " },
	{ "what is not there", "DELETE", "/api/sandboxagents/ns/gone", "", NULL, 404,
		"{\"error\":\"SandboxAgent not found: says the API server\"}", "delete ns/gone " },
	{ "a namespace that is not there", "POST", ALL, "", BODY("\"name\":\"gone\"", ""), 404,
		"{\"error\":\"says the API server\"}", "create ns/gone " },
	{ "what is there already", "POST", ALL, "", BODY("\"name\":\"there\"", ""), 409,
		"says the API server", "create ns/there " },
	{ "what somebody else wrote first", "DELETE", "/api/sandboxagents/ns/stale", "", NULL, 409,
		"says the API server", "delete ns/stale " },
	{ "what the controller may not", "DELETE", "/api/sandboxagents/ns/forbidden", "", NULL, 403,
		"says the API server", "delete ns/forbidden " },
	{ "what is too large", "DELETE", "/api/sandboxagents/ns/large", "", NULL, 413,
		"says the API server", "delete ns/large " },
	{ "an API server that is away", "DELETE", "/api/sandboxagents/ns/down", "", NULL, 503,
		"Retry-After: 1\r\n", "delete ns/down " },
	{ "an API server that is busy", "DELETE", "/api/sandboxagents/ns/busy", "", NULL, 503,
		"cannot do this now: says the API server", "delete ns/busy " },
	{ "an agent makes no agents", "POST", ALL, PY, BODY(NAMED, ""), 403,
		"an agent may not change SandboxAgents", NULL },
	{ "nor changes them", "PUT", ONE, PY, BODY(NAMED, ""), 403, "an agent may not", NULL },
	{ "nor deletes them", "DELETE", ONE, PY, NULL, 403, "an agent may not", NULL },
	{ "a page of another origin changes nothing", "DELETE", ONE,
		"Origin: http://evil.example\r\n", NULL, 403, "another origin", NULL },
};

static const struct claim rbac_claims[] = {
	{ "who may create, does", "POST", ALL, JANE, BODY(NAMED, ""), 201, "", "create ns/one {" },
	{ "who may not, does not, whatever the name", "POST", ALL, JOE, BODY(NAMED, ""), 403,
		"may not 3 ns/*", NULL },
	{ "who may update, does", "PUT", ONE, JANE, BODY(NAMED, ""), 200, "", "update ns/one {" },
	{ "who may not, does not", "PUT", ONE, JOE, BODY(NAMED, ""), 403, "may not 4 ns/one",
		NULL },
	{ "who may delete, does", "DELETE", ONE, JANE, NULL, 200, "", "delete ns/one " },
	{ "who may not delete, does not", "DELETE", ONE, JOE, NULL, 403, "may not 5 ns/one", NULL },
	{ "nobody is refused", "DELETE", ONE, "", NULL, 401, "Unauthorized", NULL },
	{ "an agent's pod is refused as an agent", "DELETE", ONE, PY POD, NULL, 403,
		"an agent may not", NULL },
	{ "and as the user that its service account is", "DELETE", ONE, POD, NULL, 403,
		"an agent may not", NULL },
	{ "another pod's service account is a user", "DELETE", ONE,
		"Authorization: Bearer sidecar\r\n", NULL, 200, "", "delete ns/one " },
};

static const struct claim *claim;

static void check_claim(void)
{
	int status = ASK(claim->method, claim->path, claim->headers, claim->body);

	ck_assert_msg(
		status == claim->status, "%s: %d: %s", claim->spec, status, service_answer.data);
	ck_assert_msg(strstr(service_answer.data, claim->says) != NULL, "%s: %s", claim->spec,
		service_answer.data);
}

/* The client's thread has been joined, so that what was asked may be looked at. */
static void check(const struct claim *next)
{
	claim = next;
	SERVE(check_claim);
	if (next->asks)
		ck_assert_msg(text_starts_with(asked, next->asks), "%s: %s", next->spec, asked);
	else
		ck_assert_msg(!*asked, "%s: %s", next->spec, asked);
}

START_TEST(changes_are_handed_on)
{
	check(&claims[_i]);
}
END_TEST

START_TEST(rbac_says_who_may_change)
{
	check(&rbac_claims[_i]);
}
END_TEST

static void post_odd(void *context UNUSED, struct json_view odd UNUSED, const char *text)
{
	static const char *const calls[][2] = { { "POST", ALL }, { "PUT", ONE } };

	for (size_t i = 0; i < COUNT(calls); i++) {
		int status = ASK(calls[i][0], calls[i][1], "", text);

		ck_assert_msg(status == 200 || status == 201 || status == 400, "%s: %s", text,
			service_answer.data);
	}
}

static void odd_bodies(void)
{
	static const char good[] = "{\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":"
				   "\"SandboxAgent\",\"metadata\":{" NAMED
				   ",\"labels\":{\"l\":\"1\"}},\"spec\":{\"type\":\"BYO\","
				   "\"byo\":{\"a\":[1]}}}";
	AUTO(json_doc) struct json_doc *doc = NULL;

	ck_assert(json_doc_copy(good, strlen(good), NULL, &doc, NULL));
	odd_each(json_root(doc), post_odd, NULL);
}

START_TEST(a_body_of_any_kind_is_answered)
{
	SERVE(odd_bodies);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/changes");
	TCase *open = tcase_create("unsecure");
	TCase *rbac = tcase_create("rbac");

	tcase_add_checked_fixture(open, setup, service_stop);
	tcase_add_loop_test(open, changes_are_handed_on, 0, (int)COUNT(claims));
	tcase_add_test(open, a_body_of_any_kind_is_answered);
	tcase_set_timeout(open, 30);
	tcase_add_checked_fixture(rbac, setup_rbac, service_stop);
	tcase_add_loop_test(rbac, rbac_says_who_may_change, 0, (int)COUNT(rbac_claims));
	suite_add_tcase(suite, open);
	suite_add_tcase(suite, rbac);
	return suite_run(suite);
}
