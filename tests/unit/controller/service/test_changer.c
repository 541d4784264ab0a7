/* How changes of SandboxAgents reach a scripted API server, and what comes back. One loop stands for both. */
#include "common/kube/rig.h"
#include "service/changer.h"

#define PATH "/apis/kagent.dev/v1alpha2/namespaces/ns/sandboxagents"
#define KEEP "?fieldManager=sandgate-api&fieldValidation=Strict"

static struct changer *changer;

/* What the server's threads and the test share. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int conflicts_left;
static char heard[1000]; /* the last request that is no GET */
static atomic_int gets;

static bool take_conflict(void)
{
	bool taken;

	pthread_mutex_lock(&lock);
	taken = conflicts_left > 0;
	conflicts_left -= taken;
	pthread_mutex_unlock(&lock);
	return taken;
}

static void hear(const char *method, const char *target, const char *request)
{
	const char *body = strstr(request, "\r\n\r\n");

	pthread_mutex_lock(&lock);
	snprintf(heard, sizeof(heard), "%s %s %s", method, target, body ? body + 4 : "");
	pthread_mutex_unlock(&lock);
}

static bool answer(
	struct apiserver *api, int fd, const char *method, const char *target, const char *request)
{
	static const char agent[] = "{\"metadata\":{\"name\":\"one\",\"resourceVersion\":\"7\","
				    "\"labels\":{\"a\":\"b\"}},\"spec\":{\"old\":1},\"status\":{"
				    "\"s\":1}}";

	if (strstr(target, "/gone"))
		return api_refuse(api, fd, 404, "NotFound", "there is no such agent");
	if (strcmp(method, "GET") == 0) {
		atomic_fetch_add(&gets, 1);
		return api_reply(api, fd, 200, "", agent);
	}
	hear(method, target, request);
	if (take_conflict())
		return api_refuse(api, fd, 409, "Conflict", "somebody else wrote first");
	return api_reply(api, fd, strcmp(method, "POST") == 0 ? 201 : 200, "", agent);
}

static void setup(void)
{
	conflicts_left = 0;
	heard[0] = '\0';
	atomic_store(&gets, 0);
	open_client(answer, NULL);
	ck_assert(changer_new(loop, client, &changer, &err));
	changer_answer_on(changer, loop);
}

static void teardown(void)
{
	changer_close(changer);
	close_client();
	changer_free(changer);
}

static struct {
	int times;
	bool ok, has_agent;
	struct error err;
} outcome;

static void on_changed(void *context UNUSED, struct json_view agent, const struct error *why)
{
	outcome.times++;
	outcome.ok = !why;
	outcome.has_agent = json_is_present(agent);
	outcome.err = why ? *why : (struct error){ 0 };
	loop_stop(loop);
}

static void change(enum api_change_kind kind, const char *name, const char *json)
{
	struct api_change wish = { .kind = kind, .ns = "ns", .name = name };

	if (json)
		buffer_puts(&wish.json, json);
	memset(&outcome, 0, sizeof(outcome));
	changer_change(changer, &wish, on_changed, NULL);
	ck_assert_ptr_null(wish.json.data);
	run();
	ck_assert_int_eq(outcome.times, 1);
}

START_TEST(an_agent_is_created)
{
	change(API_CREATE, "one", "{\"the\":\"object\"}");
	ck_assert(outcome.ok && outcome.has_agent);
	ck_assert_str_eq(heard, "POST " PATH KEEP " {\"the\":\"object\"}");
}
END_TEST

START_TEST(only_the_spec_of_what_is_there_is_replaced)
{
	change(API_UPDATE, "one", "{\"new\":2}");
	ck_assert(outcome.ok && outcome.has_agent);
	ck_assert_str_eq(heard,
		"PUT " PATH "/one" KEEP " {\"spec\":{\"new\":2},\"metadata\":{\"name\":\"one\","
		"\"resourceVersion\":\"7\",\"labels\":{\"a\":\"b\"}},\"status\":{\"s\":1}}");
}
END_TEST

START_TEST(what_is_written_in_between_is_read_again)
{
	conflicts_left = 5;
	change(API_UPDATE, "one", "{\"new\":2}");
	ck_assert_msg(outcome.ok, "%s", outcome.err.text);
	ck_assert_int_eq(atomic_load(&gets), 6);
}
END_TEST

START_TEST(but_not_for_ever)
{
	conflicts_left = 100;
	change(API_UPDATE, "one", "{\"new\":2}");
	ck_assert(!outcome.ok && !outcome.has_agent);
	ck_assert_int_eq(outcome.err.code, ERR_CONFLICT);
	ck_assert_int_eq(atomic_load(&gets), 6);
}
END_TEST

START_TEST(an_agent_is_deleted)
{
	change(API_DELETE, "one", NULL);
	ck_assert(outcome.ok && !outcome.has_agent);
	ck_assert_str_eq(heard, "DELETE " PATH "/one ");
}
END_TEST

START_TEST(what_is_not_there_is_neither_changed_nor_deleted)
{
	change(API_UPDATE, "gone", "{}");
	ck_assert(!outcome.ok);
	ck_assert_int_eq(outcome.err.code, ERR_NOT_FOUND);
	change(API_DELETE, "gone", NULL);
	ck_assert_int_eq(outcome.err.code, ERR_NOT_FOUND);
	ck_assert_str_eq(outcome.err.text, "there is no such agent");
}
END_TEST

static bool is_never_open(const void *context UNUSED)
{
	return false;
}

/* The gate keeps those writes back that are the leader's. */
START_TEST(a_replica_that_does_not_lead_changes_agents_too)
{
	kube_client_set_gate(client, is_never_open, NULL);
	change(API_CREATE, "one", "{}");
	ck_assert(outcome.ok);
	change(API_UPDATE, "one", "{}");
	ck_assert(outcome.ok);
	change(API_DELETE, "one", NULL);
	ck_assert(outcome.ok);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, an_agent_is_created);
	tcase_add_test(tcase, only_the_spec_of_what_is_there_is_replaced);
	tcase_add_test(tcase, what_is_written_in_between_is_read_again);
	tcase_add_test(tcase, but_not_for_ever);
	tcase_add_test(tcase, an_agent_is_deleted);
	tcase_add_test(tcase, what_is_not_there_is_neither_changed_nor_deleted);
	tcase_add_test(tcase, a_replica_that_does_not_lead_changes_agents_too);
}

int main(void)
{
	return rig_main("service/changer", add);
}
