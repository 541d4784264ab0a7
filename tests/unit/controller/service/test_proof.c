#include "service/proof.h"
#include "support/suite.h"

#include <string.h>

static struct json_doc *parse(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err;

	ck_assert_msg(json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s", err.text);
	return doc;
}

#define STATUS(user, more)                                                                         \
	"{\"status\":{\"authenticated\":true,\"user\":{" user "},\"audiences\":[" more "]}}"
#define POD "\"extra\":{\"authentication.kubernetes.io/pod-name\":[\"my-agent\"]}"

static const struct {
	const char *spec, *review, *agent, *says;
} agents[] = {
	{ "a pod of the namespace",
		STATUS("\"username\":\"system:serviceaccount:ns:my-agent\"," POD, "\"kagent\""),
		"ns/my-agent", NULL },
	{ "a token that is not valid", "{\"status\":{\"authenticated\":false}}", NULL,
		"not valid" },
	{ "an answer without status", "{}", NULL, "not valid" },
	{ "a token for another audience",
		STATUS("\"username\":\"system:serviceaccount:ns:my-agent\"," POD, "\"other\""),
		NULL, "audience" },
	{ "a token of no pod", STATUS("\"username\":\"system:serviceaccount:ns:a\"", "\"kagent\""),
		NULL, "not bound to a pod" },
	{ "a user that is no service account", STATUS("\"username\":\"jane\"," POD, "\"kagent\""),
		NULL, "not bound to a pod" },
	{ "a service account without name",
		STATUS("\"username\":\"system:serviceaccount:ns\"," POD, "\"kagent\""), NULL,
		"not bound to a pod" },
};

START_TEST(proof_tells_the_agent_of_a_token)
{
	AUTO(json_doc) struct json_doc *doc = parse(agents[_i].review);
	struct error err = { 0 };
	char *agent = NULL;

	ck_assert_msg(proof_read_agent(json_root(doc), &agent, &err) == !!agents[_i].agent, "%s",
		agents[_i].spec);
	if (agents[_i].agent) {
		ck_assert_str_eq(agent, agents[_i].agent);
	} else {
		ck_assert_int_eq(err.code, ERR_DENIED);
		ck_assert_msg(
			strstr(err.text, agents[_i].says), "%s: %s", agents[_i].spec, err.text);
	}
	free(agent);
}
END_TEST

static const struct {
	const char *spec, *review, *subject;
} users[] = {
	{ "a user", STATUS("\"username\":\"jane\"", ""), "{\"user\":\"jane\"}" },
	{ "with all that RBAC may look at",
		STATUS("\"username\":\"jane\",\"uid\":\"7\",\"groups\":[\"a\",\"b\"],\"extra\":{"
		       "\"k\":[\"v\"]}",
			""),
		"{\"user\":\"jane\",\"uid\":\"7\",\"groups\":[\"a\",\"b\"],\"extra\":{\"k\":["
		"\"v\"]}}" },
	{ "nobody", STATUS("\"username\":\"\"", ""), NULL },
	{ "a token that is not valid",
		"{\"status\":{\"authenticated\":false,\"user\":{\"username\":\"jane\"}}}", NULL },
};

START_TEST(proof_tells_the_user_of_a_token)
{
	AUTO(json_doc) struct json_doc *doc = parse(users[_i].review);
	struct error err = { 0 };
	char *subject = NULL;

	ck_assert_msg(proof_read_user(json_root(doc), &subject, &err) == !!users[_i].subject, "%s",
		users[_i].spec);
	if (users[_i].subject)
		ck_assert_str_eq(subject, users[_i].subject);
	else
		ck_assert_int_eq(err.code, ERR_DENIED);
	free(subject);
}
END_TEST

static const struct {
	const char *spec;
	struct identity_wish wish;
	const char *attributes;
} wishes[] = {
	{ "to talk", { "{\"user\":\"j\"}", IDENTITY_TALK, "ns", "a" },
		"{\"group\":\"kagent.dev\",\"resource\":\"sandboxagents\",\"subresource\":"
		"\"a2a\",\"namespace\":\"ns\",\"name\":\"a\",\"verb\":\"create\"}" },
	{ "to look at one", { "{\"user\":\"j\"}", IDENTITY_GET, "ns", "a" },
		"{\"group\":\"kagent.dev\",\"resource\":\"sandboxagents\",\"namespace\":\"ns\","
		"\"name\":\"a\",\"verb\":\"get\"}" },
	{ "to list a namespace", { "{\"user\":\"j\"}", IDENTITY_LIST, "ns", NULL },
		"{\"group\":\"kagent.dev\",\"resource\":\"sandboxagents\",\"namespace\":\"ns\","
		"\"verb\":\"list\"}" },
	{ "to make one of any name", { "{\"user\":\"j\"}", IDENTITY_CREATE, "ns", NULL },
		"{\"group\":\"kagent.dev\",\"resource\":\"sandboxagents\",\"namespace\":\"ns\","
		"\"verb\":\"create\"}" },
	{ "to change one", { "{\"user\":\"j\"}", IDENTITY_UPDATE, "ns", "a" },
		"{\"group\":\"kagent.dev\",\"resource\":\"sandboxagents\",\"namespace\":\"ns\","
		"\"name\":\"a\",\"verb\":\"update\"}" },
	{ "to delete one", { "{\"user\":\"j\"}", IDENTITY_DELETE, "ns", "a" },
		"{\"group\":\"kagent.dev\",\"resource\":\"sandboxagents\",\"namespace\":\"ns\","
		"\"name\":\"a\",\"verb\":\"delete\"}" },
	{ "names cannot break out", { "{\"user\":\"j\"}", IDENTITY_GET, "n\"s", "a\",\"x\":\"" },
		"{\"group\":\"kagent.dev\",\"resource\":\"sandboxagents\",\"namespace\":"
		"\"n\\\"s\",\"name\":\"a\\\",\\\"x\\\":\\\"\",\"verb\":\"get\"}" },
};

START_TEST(proof_asks_for_a_right)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(buffer) struct buffer attributes = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err;

	proof_write_right(&text, &wishes[_i].wish);
	ck_assert_msg(json_doc_parse(&text, NULL, &doc, &err), "%s: %s", wishes[_i].spec, err.text);
	ck_assert(json_text_is(json_dig(json_root(doc), "spec", "user"), "j"));
	json_write(&attributes, json_dig(json_root(doc), "spec", "resourceAttributes"));
	ck_assert_str_eq(attributes.data, wishes[_i].attributes);
}
END_TEST

#define ASKED                                                                                      \
	"\"spec\":{\"user\":\"jane\",\"resourceAttributes\":{\"verb\":\"create\",\"subresource\":" \
	"\"a2a\",\"name\":\"a\",\"namespace\":\"ns\"}}"

static const struct {
	const char *spec, *review;
	bool is_allowed;
} answers[] = {
	{ "allowed", "{" ASKED ",\"status\":{\"allowed\":true}}", true },
	{ "not allowed", "{" ASKED ",\"status\":{\"allowed\":false}}", false },
	{ "denied wins", "{" ASKED ",\"status\":{\"allowed\":true,\"denied\":true}}", false },
	{ "no answer is no", "{" ASKED "}", false },
};

START_TEST(proof_reads_a_right)
{
	AUTO(json_doc) struct json_doc *doc = parse(answers[_i].review);
	struct error err = { 0 };
	char *text = NULL;

	ck_assert_msg(proof_read_right(json_root(doc), &text, &err) == answers[_i].is_allowed, "%s",
		answers[_i].spec);
	if (!answers[_i].is_allowed) {
		ck_assert_int_eq(err.code, ERR_DENIED);
		ck_assert_str_eq(err.text,
			"user \"jane\" cannot create sandboxagents/a2a a in namespace \"ns\"");
	}
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("service/proof");
	TCase *tcase = tcase_create("proof");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, proof_tells_the_agent_of_a_token, 0, (int)COUNT(agents));
	tcase_add_loop_test(tcase, proof_tells_the_user_of_a_token, 0, (int)COUNT(users));
	tcase_add_loop_test(tcase, proof_asks_for_a_right, 0, (int)COUNT(wishes));
	tcase_add_loop_test(tcase, proof_reads_a_right, 0, (int)COUNT(answers));
	return suite_run(suite);
}
