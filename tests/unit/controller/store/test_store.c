#include "base/clock.h"
#include "controller/store/fixture.h"
#include "json/value.h"
#include "support/suite.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

static struct json_doc *parse(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err = { 0 };

	ck_assert_msg(
		json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s: %s", text, err.text);
	return doc;
}

static void create(const char *id, const char *user, const char *agent)
{
	const struct fixture_answer *answer =
		DO(STORE_SESSION_CREATE, .id = id, .user = user, .agent = agent);

	ck_assert_msg(answer->ok, "%s", answer->err.text);
	ck_assert(answer->created);
}

static void add_event(
	const char *session, const char *user, const char *agent, const char *id, const char *data)
{
	const struct fixture_answer *answer = DO(STORE_EVENT_ADD, .session = session, .user = user,
		.agent = agent, .id = id, .data = data);

	ck_assert_msg(answer->ok, "%s", answer->err.text);
}

/* The ids of a session's events, in the order of the answer. */
static void check_events(const struct fixture_answer *answer, const char *want)
{
	AUTO(json_doc) struct json_doc *doc = parse(answer->json);
	AUTO(buffer) struct buffer ids = { 0 };

	buffer_puts(&ids, "");
	json_foreach (event, json_get(json_root(doc), "events"))
		buffer_puts(&ids, json_text(json_get(event, "id"), NULL));
	ck_assert_str_eq(ids.data, want);
}

START_TEST(a_session_is_created_read_renamed_and_deleted)
{
	const struct fixture_answer *answer = DO(STORE_SESSION_CREATE, .user = "a+b@x.com",
		.agent = "ns__NS__one", .name = "Chat", .source = "user");
	AUTO(json_doc) struct json_doc *made = parse(answer->json);
	const char *id = json_text(json_get(json_root(made), "id"), NULL);

	ck_assert(answer->ok && answer->created);
	ck_assert_uint_eq(strlen(id), 36);
	ck_assert(json_text_is(json_get(json_root(made), "user_id"), "a+b@x.com"));
	ck_assert(json_text_is(json_get(json_root(made), "agent_id"), "ns__NS__one"));
	ck_assert(json_text_is(json_get(json_root(made), "source"), "user"));
	ck_assert(json_is_present(json_get(json_root(made), "created_at")));

	answer = DO(STORE_SESSION_RENAME, .id = id, .user = "a+b@x.com", .name = "Better \"name\"");
	ck_assert(answer->ok && strstr(answer->json, "\"name\":\"Better \\\"name\\\"\""));
	answer = DO(STORE_SESSION_GET, .id = id, .user = "a+b@x.com");
	ck_assert(answer->ok && strstr(answer->json, "\"events\":[]}"));
	answer = DO(STORE_SESSION_GET, .id = id, .user = "a b@x.com");
	ck_assert(!answer->ok && answer->err.code == ERR_NOT_FOUND);

	ck_assert(DO(STORE_SESSION_DELETE, .id = id, .user = "somebody else")->ok);
	ck_assert(DO(STORE_SESSION_GET, .id = id, .user = "a+b@x.com")->ok);
	ck_assert(DO(STORE_SESSION_DELETE, .id = id, .user = "a+b@x.com")->created);
	ck_assert(!DO(STORE_SESSION_DELETE, .id = id, .user = "a+b@x.com")->created);
	ck_assert(!DO(STORE_SESSION_GET, .id = id, .user = "a+b@x.com")->ok);
}
END_TEST

START_TEST(an_agent_has_one_chat)
{
	const struct fixture_answer *answer;

	create("s1", "u1", "a");
	answer = DO(STORE_SESSION_CREATE, .id = "s2", .user = "u1", .agent = "a");
	ck_assert(!answer->ok && answer->err.code == ERR_CONFLICT);
	ck_assert_str_eq(answer->err.text, "Sandbox agents support only one chat session: a "
					   "session already exists for this agent");
	answer = DO(STORE_SESSION_CREATE, .id = "s2", .user = "u2", .agent = "a");
	ck_assert(!answer->ok && answer->err.code == ERR_CONFLICT);
	create("s1", "u1b", "b"); /* the same id is another user's own */
	ck_assert(
		DO(STORE_SESSION_CREATE, .id = "s3", .user = "u1", .agent = "a", .source = "agent")
			->created);
	ck_assert(
		DO(STORE_SESSION_CREATE, .id = "s4", .user = "u1", .agent = "a", .source = "agent")
			->created);
	ck_assert(strstr(DO(STORE_SESSION_OF_AGENT, .agent = "a")->json, "\"id\":\"s1\""));
	ck_assert_int_eq(DO(STORE_SESSION_OF_AGENT, .agent = "none")->err.code, ERR_NOT_FOUND);

	ck_assert(DO(STORE_SESSION_DELETE, .id = "s1", .user = "u1")->ok);
	create("s2", "u2", "a");
}
END_TEST

START_TEST(creating_again_is_the_same_session)
{
	const struct fixture_answer *answer;

	ck_assert(DO(STORE_SESSION_CREATE, .id = "s", .user = "u", .agent = "a", .name = "one",
		.source = "user")
			  ->created);
	answer = DO(STORE_SESSION_CREATE, .id = "s", .user = "u", .agent = "a");
	ck_assert(answer->ok && !answer->created && strstr(answer->json, "\"name\":\"one\""));
	answer = DO(STORE_SESSION_CREATE, .id = "s", .user = "u", .agent = "a", .name = "two");
	ck_assert(answer->ok && !answer->created && strstr(answer->json, "\"name\":\"two\""));
	ck_assert(strstr(answer->json, "\"source\":\"user\""));
	answer = DO(STORE_SESSION_CREATE, .id = "s", .user = "u", .agent = "b");
	ck_assert(!answer->ok && answer->err.code == ERR_CONFLICT);
}
END_TEST

START_TEST(of_racing_creates_one_wins)
{
	struct fixture_answer answers[40];
	size_t won = 0;
	char id[16];

	for (size_t i = 0; i < COUNT(answers); i++) {
		snprintf(id, sizeof(id), "s%zu", i);
		fixture_submit(
			&answers[i], fixture_job(&(struct fixture_input){ STORE_SESSION_CREATE,
					     .id = id, .user = "u", .agent = "a" }));
	}
	fixture_wait();
	for (size_t i = 0; i < COUNT(answers); i++) {
		won += answers[i].ok;
		if (!answers[i].ok)
			ck_assert_int_eq(answers[i].err.code, ERR_CONFLICT);
		free(answers[i].json);
	}
	ck_assert_uint_eq(won, 1);
}
END_TEST

START_TEST(of_two_processes_one_wins)
{
	struct store *other = NULL;
	struct fixture_answer mine, theirs = { 0 };
	struct store_job *job = fixture_job(&(struct fixture_input){
		STORE_SESSION_CREATE, .id = "x", .user = "u", .agent = "a" });
	struct error err = { 0 };

	ck_assert(store_open(
		&(struct store_options){
			.path = fixture_url ? fixture_url : fixture_path, .loop = fixture_loop },
		&other, &err));
	fixture_submit(&mine, fixture_job(&(struct fixture_input){ STORE_SESSION_CREATE, .id = "y",
				      .user = "u", .agent = "a" }));
	job->done = fixture_done;
	job->context = &theirs;
	fixture_awaited++;
	ck_assert(store_submit(other, job, &err));
	fixture_wait();
	store_close(other);
	ck_assert_int_eq(mine.ok + theirs.ok, 1);
	ck_assert_int_eq(mine.ok ? theirs.err.code : mine.err.code, ERR_CONFLICT);
	free(mine.json);
	free(theirs.json);
}
END_TEST

START_TEST(a_failing_job_does_not_undo_its_neighbours)
{
	struct fixture_answer answers[4];

	fixture_submit(&answers[0], fixture_job(&(struct fixture_input){ STORE_SESSION_CREATE,
					    .id = "1", .user = "u", .agent = "a" }));
	fixture_submit(&answers[1], fixture_job(&(struct fixture_input){ STORE_SESSION_CREATE,
					    .id = "2", .user = "u", .agent = "a" }));
	fixture_submit(
		&answers[2], fixture_job(&(struct fixture_input){ STORE_EVENT_ADD, .session = "no",
				     .user = "u", .id = "e", .data = "{}" }));
	fixture_submit(
		&answers[3], fixture_job(&(struct fixture_input){ STORE_EVENT_ADD, .session = "1",
				     .user = "u", .agent = "a", .id = "e", .data = "{}" }));
	fixture_wait();
	ck_assert(answers[0].ok && !answers[1].ok && !answers[2].ok && answers[3].ok);
	check_events(DO(STORE_SESSION_GET, .id = "1", .user = "u"), "e");
	for (size_t i = 0; i < COUNT(answers); i++)
		free(answers[i].json);
}
END_TEST

START_TEST(events_keep_their_order)
{
	AUTO(json_doc) struct json_doc *all = NULL;
	const char *times[5];
	int64_t us;

	create("s", "u", "a");
	for (int i = 0; i < 5; i++)
		add_event("s", "u", "a", (const char *[]){ "z", "y", "x", "w", "v" }[i], "{}");
	check_events(DO(STORE_SESSION_GET, .id = "s", .user = "u", .ascending = true), "zyxwv");
	check_events(DO(STORE_SESSION_GET, .id = "s", .user = "u"), "vwxyz");
	check_events(
		DO(STORE_SESSION_GET, .id = "s", .user = "u", .ascending = true, .limit = 2), "zy");
	check_events(DO(STORE_SESSION_GET, .id = "s", .user = "u", .limit = 2), "vw");
	check_events(DO(STORE_SESSION_GET, .id = "s", .user = "u", .ascending = true, .limit = -1),
		"zyxwv");

	all = parse(DO(STORE_SESSION_GET, .id = "s", .user = "u", .ascending = true)->json);
	for (size_t i = 0; i < 5; i++) {
		times[i] = json_text(
			json_get(json_item(json_get(json_root(all), "events"), i), "created_at"),
			NULL);
		ck_assert(!i || strcmp(times[i - 1], times[i]) < 0);
	}
	ck_assert(clock_parse_rfc3339(times[2], &us, NULL));
	check_events(
		DO(STORE_SESSION_GET, .id = "s", .user = "u", .ascending = true, .after_us = us),
		"wv");
}
END_TEST

START_TEST(the_same_event_again_is_no_event)
{
	const struct fixture_answer *answer;

	create("s", "u", "a");
	add_event("s", "u", "a", "e1", "{\"n\":1}");
	answer = DO(STORE_EVENT_ADD, .session = "s", .user = "u", .agent = "a", .id = "e1",
		.data = "{\"n\":1}");
	ck_assert(answer->ok && !answer->created);
	answer = DO(STORE_EVENT_ADD, .session = "s", .user = "u", .agent = "a", .id = "e1",
		.data = "{\"n\":2}");
	ck_assert(!answer->ok && answer->err.code == ERR_CONFLICT);
	check_events(DO(STORE_SESSION_GET, .id = "s", .user = "u"), "e1");
}
END_TEST

START_TEST(events_are_written_by_the_sessions_agent_alone)
{
	const struct fixture_answer *answer;

	create("s", "u", "a");
	answer = DO(STORE_EVENT_ADD, .session = "s", .user = "u", .agent = "b", .id = "e",
		.data = "{}");
	ck_assert(!answer->ok && answer->err.code == ERR_DENIED);
	ck_assert_str_eq(answer->err.text, "Session does not belong to this agent");
	answer = DO(STORE_EVENT_ADD, .session = "s", .user = "u", .id = "e", .data = "{}");
	ck_assert(!answer->ok && answer->err.code == ERR_DENIED);
	answer = DO(STORE_EVENT_ADD, .session = "s", .user = "v", .agent = "a", .id = "e",
		.data = "{}");
	ck_assert(!answer->ok && answer->err.code == ERR_NOT_FOUND);
	ck_assert_int_eq(
		DO(STORE_SESSION_GET, .id = "s", .user = "u", .agent = "b", .from_agent_pod = true)
			->err.code,
		ERR_DENIED);
	ck_assert(
		DO(STORE_SESSION_GET, .id = "s", .user = "u", .agent = "a", .from_agent_pod = true)
			->ok);
}
END_TEST

START_TEST(bearer_tokens_are_not_stored)
{
	const struct fixture_answer *answer;
	AUTO(json_doc) struct json_doc *doc = NULL;
	const char *stored;

	create("s", "u", "a");
	add_event("s", "u", "a", "e",
		"{\"headers\": {\"accept\": \"*/*\", \"Authorization\": \"Bearer "
		"top.secret.token\"}, \"n\": 1.50}");
	answer = DO(STORE_SESSION_GET, .id = "s", .user = "u");
	doc = parse(answer->json);
	stored =
		json_text(json_get(json_item(json_get(json_root(doc), "events"), 0), "data"), NULL);
	ck_assert_str_eq(stored, "{\"headers\": {\"accept\": \"*/*\"}, \"n\": 1.50}");
	/* The agent itself has it back while the store runs, for its tools. */
	ck_assert(strstr(DO(STORE_SESSION_GET, .id = "s", .user = "u", .agent = "a",
				 .from_agent_pod = true, .is_proven = true)
				 ->json,
		"top.secret.token"));
	ck_assert_ptr_null(strstr(
		DO(STORE_SESSION_GET, .id = "s", .user = "u", .agent = "a", .from_agent_pod = true)
			->json,
		"top.secret.token"));
	/* The same post again is the same event, although what is kept is not what was sent. */
	answer = DO(STORE_EVENT_ADD, .session = "s", .user = "u", .agent = "a", .id = "e",
		.data = "{\"headers\": {\"accept\": \"*/*\", \"Authorization\": \"Bearer "
			"top.secret.token\"}, \"n\": 1.50}");
	ck_assert(answer->ok && !answer->created);
	store_close(fixture_store);
	if (!fixture_url) {
		AUTO(buffer) struct buffer file = { 0 };
		FILE *in = fopen(fixture_path, "r");
		int c;

		ck_assert_ptr_nonnull(in);
		while ((c = fgetc(in)) != EOF)
			buffer_putc(&file, (char)c);
		fclose(in);
		ck_assert_ptr_nonnull(file.data);
		ck_assert_ptr_null(memmem(file.data, file.bytes, "top.secret.token", 16));
		ck_assert_ptr_nonnull(memmem(file.data, file.bytes, "accept", 6));
	}
	fixture_open(0);
	ck_assert_ptr_null(strstr(DO(STORE_SESSION_GET, .id = "s", .user = "u", .agent = "a",
					  .from_agent_pod = true, .is_proven = true)
					  ->json,
		"top.secret.token"));
}
END_TEST

static const char task_text[] =
	"{\"id\":\"t\",\"contextId\":\"s\",\"kind\":\"task\",\"metadata\":{\"x\":null},\"status\":"
	"{\"state\":\"working\",\"timestamp\":null},\"odd\": 1.0e2 }";

START_TEST(tasks_come_back_as_they_were_posted)
{
	const struct fixture_answer *answer;

	ck_assert_int_eq(DO(STORE_TASK_GET, .id = "t")->err.code, ERR_NOT_FOUND);
	ck_assert(DO(STORE_TASK_PUT, .id = "t", .session = "s", .data = task_text)->ok);
	ck_assert_str_eq(DO(STORE_TASK_GET, .id = "t")->json, task_text);
	ck_assert_int_eq(DO(STORE_TASK_LIST, .session = "s", .user = "u")->err.code, ERR_NOT_FOUND);
	ck_assert(DO(STORE_TASK_DELETE, .id = "t")->ok);

	create("s", "u", "a");
	ck_assert_str_eq(DO(STORE_TASK_LIST, .session = "s", .user = "u")->json, "[]");
	ck_assert(DO(STORE_TASK_PUT, .id = "t2", .session = "s", .data = "{\"n\":2}")->ok);
	ck_assert(DO(STORE_TASK_PUT, .id = "t1", .session = "s", .data = "{\"n\":1}")->ok);
	ck_assert(DO(STORE_TASK_PUT, .id = "t2", .session = "s", .data = "{\"n\":3}")->ok);
	answer = DO(STORE_TASK_LIST, .session = "s", .user = "u");
	ck_assert_str_eq(answer->json, "[{\"n\":3},{\"n\":1}]");
	ck_assert(DO(STORE_TASK_DELETE, .id = "t1")->created);
	ck_assert(!DO(STORE_TASK_DELETE, .id = "t1")->created);
	ck_assert_int_eq(DO(STORE_TASK_GET, .id = "t1")->err.code, ERR_NOT_FOUND);
}
END_TEST

/* The same question again, after it was answered with too little room. */
static bool is_larger(enum store_job_kind kind, size_t most_bytes)
{
	struct fixture_answer answer;
	struct store_job *job = fixture_job(
		&(struct fixture_input){ kind, .id = "s", .session = "s", .user = "u" });

	job->most_bytes = most_bytes;
	fixture_submit(&answer, job);
	fixture_wait();
	free(answer.json);
	ck_assert(answer.ok || answer.err.code == ERR_TOO_LARGE);
	return !answer.ok;
}

START_TEST(an_answer_may_have_a_limit)
{
	static const enum store_job_kind kinds[] = { STORE_TASK_GET, STORE_TASK_LIST,
		STORE_SESSION_GET };
	AUTO(buffer) struct buffer data = { 0 };

	create("s", "u", "a");
	buffer_puts(&data, "{\"text\":\"");
	for (int i = 0; i < 1000; i++)
		buffer_putc(&data, 'x');
	buffer_puts(&data, "\"}");
	ck_assert(DO(STORE_TASK_PUT, .id = "s", .session = "s", .data = data.data)->ok);
	ck_assert(DO(STORE_EVENT_ADD, .session = "s", .user = "u", .agent = "a", .id = "e",
		.data = data.data)
			  ->ok);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		ck_assert(is_larger(kinds[i], 900));
		ck_assert(!is_larger(kinds[i], 2000));
		ck_assert(!is_larger(kinds[i], 0));
	}
}
END_TEST

#define LONG_TASK_BYTES (8 << 20)

static long memory_kib(const char *which)
{
	char line[256];
	long kib = 0;
	FILE *status = fopen("/proc/self/status", "re");

	while (fgets(line, sizeof(line), status))
		if (text_starts_with(line, which))
			kib = strtol(line + strlen(which) + 1, NULL, 10);
	fclose(status);
	return kib;
}

static void forget_peak(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "we");

	fputs("5", file);
	fclose(file);
}

START_TEST(of_a_long_list_no_more_is_held_than_asked_for)
{
	AUTO(buffer) struct buffer data = { 0 };
	char id[] = "a";
	long before;

	create("s", "u", "a");
	buffer_puts(&data, "{\"text\":\"");
	memset(buffer_reserve(&data, LONG_TASK_BYTES), 'x', LONG_TASK_BYTES);
	buffer_grew(&data, LONG_TASK_BYTES);
	buffer_puts(&data, "\"}");
	for (; id[0] < 'q'; id[0]++)
		ck_assert(DO(STORE_TASK_PUT, .id = id, .session = "s", .data = data.data)->ok);
	forget_peak();
	before = memory_kib("VmRSS:");
	ck_assert(is_larger(STORE_TASK_LIST, 1000));
	ck_assert_int_lt(memory_kib("VmHWM:") - before, 8L * LONG_TASK_BYTES / 1024);
}
END_TEST

START_TEST(a_task_is_its_agents_alone)
{
	create("s", "u", "a");
	ck_assert(DO(STORE_TASK_PUT, .id = "t", .session = "s", .data = "{}", .agent = "a",
		.from_agent_pod = true)
			  ->ok);
	ck_assert_int_eq(
		DO(STORE_TASK_GET, .id = "t", .agent = "b", .from_agent_pod = true)->err.code,
		ERR_DENIED);
	ck_assert_int_eq(
		DO(STORE_TASK_GET, .id = "t", .from_agent_pod = true)->err.code, ERR_DENIED);
	ck_assert_int_eq(
		DO(STORE_TASK_DELETE, .id = "t", .agent = "b", .from_agent_pod = true)->err.code,
		ERR_DENIED);
	ck_assert_int_eq(DO(STORE_TASK_PUT, .id = "t", .session = "s", .data = "{}", .agent = "b",
				 .from_agent_pod = true)
				 ->err.code,
		ERR_DENIED);
	ck_assert_int_eq(DO(STORE_TASK_PUT, .id = "t2", .session = "s", .data = "{}", .agent = "b",
				 .from_agent_pod = true)
				 ->err.code,
		ERR_DENIED);
	ck_assert(DO(STORE_TASK_GET, .id = "t", .agent = "a", .from_agent_pod = true)->ok);
}
END_TEST

START_TEST(an_unfinished_task_can_be_failed)
{
	const struct fixture_answer *answer;
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view task;

	ck_assert(DO(STORE_TASK_PUT, .id = "t", .session = "s", .data = task_text)->ok);
	answer = DO(STORE_TASK_FAIL, .id = "t", .data = "the pod is gone");
	ck_assert_msg(answer->ok && answer->created, "%s", answer->err.text);
	doc = parse(DO(STORE_TASK_GET, .id = "t")->json);
	task = json_root(doc);
	ck_assert(json_text_is(json_dig(task, "status", "state"), "failed"));
	ck_assert(json_text_is(
		json_get(json_item(json_dig(task, "status", "message", "parts"), 0), "text"),
		"the pod is gone"));
	ck_assert(json_text_is(json_dig(task, "status", "message", "contextId"), "s"));
	ck_assert_int_eq(json_kind(json_dig(task, "metadata", "x")), JSON_NULL);
	ck_assert_str_eq(json_number_text(json_get(task, "odd")), "1.0e2");
	answer = DO(STORE_TASK_FAIL, .id = "t", .data = "again");
	ck_assert(answer->ok && !answer->created);
	ck_assert_int_eq(DO(STORE_TASK_FAIL, .id = "none", .data = "x")->err.code, ERR_NOT_FOUND);
}
END_TEST

static void put_begun(const char *id, const char *session, const char *agent, const char *state)
{
	AUTO(text)
	char *task =
		text_format("{\"id\":\"%s\",\"contextId\":\"%s\",\"kind\":\"task\",\"history\":[{"
			    "\"messageId\":\"m-%s\"},{\"messageId\":\"n\"}],\"status\":{\"state\":"
			    "\"%s\"}}",
			id, session, id, state);

	ck_assert(DO(STORE_TASK_PUT, .id = id, .session = session, .data = task, .agent = agent,
		.from_agent_pod = true)
			  ->ok);
}

static const struct {
	const char *spec, *agent, *user, *session, *message;
	const char *failed; /* the task that is, or NULL */
} begun[] = {
	{ "the task that a message began", "a", "u", "s", "m-t1", "t1" },
	{ "the latest when there are more", "a", "u", "s", "n", "t2" },
	{ "without its chat named", "a", "u", NULL, "m-t1", "t1" },
	{ "an empty chat is none named", "a", "u", "", "m-t1", "t1" },
	{ "one that waits for its user is not lost", "a", "u", "s", "m-asks", NULL },
	{ "nor one that is over", "a", "u", "s", "m-over", NULL },
	{ "a message of no task", "a", "u", "s", "m", NULL },
	{ "a task of another chat", "a", "u", "other", "m-t1", NULL },
	{ "a task of another user", "a", "v", NULL, "m-t1", NULL },
	{ "a task of another agent", "b", "u", NULL, "m-t1", NULL },
};

START_TEST(the_task_of_a_message_can_be_failed)
{
	static const char *const unfinished[] = { "t1", "t2" };
	const struct fixture_answer *answer;

	create("s", "u", "a");
	create("s2", "v", "b");
	put_begun("t1", "s", "a", "working");
	put_begun("t2", "s", "a", "submitted");
	put_begun("asks", "s", "a", "input-required");
	put_begun("over", "s", "a", "completed");
	answer = DO(STORE_TASK_FAIL_OF_MESSAGE, .agent = begun[_i].agent, .user = begun[_i].user,
		.session = begun[_i].session, .id = begun[_i].message, .data = "the pod is gone");
	ck_assert_msg(answer->ok == !!begun[_i].failed, "%s: %s", begun[_i].spec, answer->err.text);
	ck_assert(begun[_i].failed ? answer->created : answer->err.code == ERR_NOT_FOUND);
	for (size_t i = 0; i < COUNT(unfinished); i++) {
		bool wanted = begun[_i].failed && strcmp(begun[_i].failed, unfinished[i]) == 0;
		const char *task = DO(STORE_TASK_GET, .id = unfinished[i])->json;

		ck_assert_msg(!strstr(task, "the pod is gone") == !wanted, "%s: %s", begun[_i].spec,
			task);
	}
}
END_TEST

START_TEST(a_deleted_agent_leaves_nothing)
{
	create("s", "u", "a");
	create("s", "v", "b");
	add_event("s", "u", "a", "e", "{}");
	ck_assert(DO(STORE_TASK_PUT, .id = "t", .session = "s", .data = "{}", .agent = "a",
		.from_agent_pod = true)
			  ->ok);
	ck_assert(DO(STORE_AGENT_DELETED, .agent = "a")->ok);
	ck_assert_int_eq(DO(STORE_SESSION_GET, .id = "s", .user = "u")->err.code, ERR_NOT_FOUND);
	ck_assert_int_eq(DO(STORE_TASK_GET, .id = "t")->err.code, ERR_NOT_FOUND);
	ck_assert(DO(STORE_SESSION_GET, .id = "s", .user = "v")->ok);
	create("s", "u", "a");
	check_events(DO(STORE_SESSION_GET, .id = "s", .user = "u"), "");
}
END_TEST

START_TEST(an_agent_that_was_replaced_unseen_starts_clean)
{
	ck_assert(!DO(STORE_AGENT_SEEN, .agent = "a", .id = "uid-1")->created);
	create("s", "u", "a");
	store_close(fixture_store);
	fixture_open(0);
	ck_assert(!DO(STORE_AGENT_SEEN, .agent = "a", .id = "uid-1")->created);
	ck_assert(DO(STORE_SESSION_GET, .id = "s", .user = "u")->ok);
	ck_assert(DO(STORE_AGENT_SEEN, .agent = "a", .id = "uid-2")->created);
	ck_assert(!DO(STORE_SESSION_GET, .id = "s", .user = "u")->ok);
	create("s", "u", "a");
	ck_assert(DO(STORE_AGENT_DELETED, .agent = "a")->ok);
	ck_assert(!DO(STORE_AGENT_SEEN, .agent = "a", .id = "uid-3")->created);
}
END_TEST

/* Jobs that may wait for company keep their place before one that may not. */
START_TEST(a_wave_of_agents_is_seen_before_what_follows)
{
	struct fixture_answer seen[200];
	struct store_stats stats;

	ck_assert(!DO(STORE_AGENT_SEEN, .agent = "a", .id = "uid-1")->created);
	create("s", "u", "a");
	for (size_t i = 0; i < COUNT(seen); i++) {
		char agent[16];

		snprintf(agent, sizeof(agent), "a%zu", i);
		fixture_submit(&seen[i], fixture_job(&(struct fixture_input){ STORE_AGENT_SEEN,
						 .agent = i ? agent : "a", .id = "uid-2" }));
	}
	ck_assert(!DO(STORE_SESSION_OF_AGENT, .agent = "a")->ok);
	for (size_t i = 0; i < COUNT(seen); i++) {
		ck_assert(seen[i].done && seen[i].ok && seen[i].created == (i == 0));
		free(seen[i].json);
	}
	store_take_stats(fixture_store, &stats);
	ck_assert_uint_eq(stats.jobs, COUNT(seen) + 3);
}
END_TEST

static bool has_chat(const char *agent)
{
	return DO(STORE_SESSION_OF_AGENT, .agent = agent)->ok;
}

/* Each replica tells what it sees, one of them late: what the other already knows to be over changes nothing. */
START_TEST(a_replica_that_lags_behind_takes_no_newer_chat_away)
{
	ck_assert(DO(STORE_AGENT_SEEN, .agent = "a", .id = "first")->ok);
	create("s1", "u", "a");
	ck_assert(DO(STORE_AGENT_SEEN, .agent = "a", .id = "second")->created);
	ck_assert(!has_chat("a"));
	create("s2", "u", "a");
	ck_assert(!DO(STORE_AGENT_SEEN, .agent = "a", .id = "first")->created);
	ck_assert_msg(has_chat("a"), "seen late");
	ck_assert(DO(STORE_AGENT_DELETED, .agent = "a", .id = "first")->ok);
	ck_assert_msg(has_chat("a"), "deleted late");
	ck_assert(!DO(STORE_AGENT_SEEN, .agent = "a", .id = "second")->created);
	ck_assert(has_chat("a"));
	ck_assert(DO(STORE_AGENT_DELETED, .agent = "a", .id = "second")->ok);
	ck_assert(!has_chat("a"));
	ck_assert(DO(STORE_AGENT_SEEN, .agent = "a", .id = "second")->ok);
	ck_assert(DO(STORE_AGENT_SEEN, .agent = "a", .id = "third")->ok);
	create("s3", "u", "a");
	ck_assert(DO(STORE_AGENT_DELETED, .agent = "a", .id = "second")->ok);
	ck_assert_msg(has_chat("a"), "deleted late again");
}
END_TEST

START_TEST(chats_on_other_replicas_are_known_while_those_live)
{
	ck_assert(!DO(STORE_STREAM_ASK, .agent = "a", .name = "one")->created);
	ck_assert(DO(STORE_STREAM_OPEN, .agent = "a", .name = "one", .limit = 60000)->ok);
	ck_assert(DO(STORE_STREAM_OPEN, .agent = "a", .name = "one", .limit = 60000)->ok);
	ck_assert(!DO(STORE_STREAM_ASK, .agent = "a", .name = "one")->created);
	ck_assert(DO(STORE_STREAM_ASK, .agent = "a", .name = "two")->created);
	ck_assert(!DO(STORE_STREAM_ASK, .agent = "b", .name = "two")->created);
	ck_assert(DO(STORE_STREAM_CLOSED, .agent = "a", .name = "one")->ok);
	ck_assert(!DO(STORE_STREAM_ASK, .agent = "a", .name = "two")->created);
	ck_assert(DO(STORE_STREAM_OPEN, .agent = "a", .name = "dead", .limit = -1)->ok);
	ck_assert(!DO(STORE_STREAM_ASK, .agent = "a", .name = "two")->created);
	ck_assert(DO(STORE_SWEEP)->ok);
}
END_TEST

START_TEST(a_session_made_anew_starts_clean)
{
	create("s", "u", "a");
	ck_assert(DO(STORE_TASK_PUT, .id = "t", .session = "s", .data = "{}")->ok);
	ck_assert(DO(STORE_SESSION_DELETE, .id = "s", .user = "u")->ok);
	/* The agent that was at work has a last word. */
	ck_assert(DO(STORE_TASK_PUT, .id = "t", .session = "s", .data = "{}")->ok);
	create("s", "u", "a");
	ck_assert_str_eq(DO(STORE_TASK_LIST, .session = "s", .user = "u")->json, "[]");
}
END_TEST

/* The ids of a list of sessions. */
static void check_list(const struct fixture_answer *answer, const char *want)
{
	AUTO(json_doc) struct json_doc *doc = parse(answer->json);
	AUTO(buffer) struct buffer ids = { 0 };

	buffer_puts(&ids, "");
	json_foreach (session, json_root(doc))
		buffer_puts(&ids, json_text(json_get(session, "id"), NULL));
	ck_assert_str_eq(ids.data, want);
}

START_TEST(lists_show_the_users_sessions_newest_first)
{
	create("1", "u", "a");
	create("2", "u", "b");
	create("3", "v", "c");
	ck_assert(DO(STORE_SESSION_CREATE, .id = "4", .user = "u", .agent = "a", .source = "agent")
			  ->ok);
	check_list(DO(STORE_SESSION_LIST, .user = "u"), "421");
	add_event("1", "u", "a", "e", "{}");
	check_list(DO(STORE_SESSION_LIST, .user = "u"), "142");
	check_list(DO(STORE_SESSION_LIST, .user = "u", .agent = "a"), "1");
	check_list(DO(STORE_SESSION_LIST, .user = "u", .agent = "a", .from_agent_pod = true), "14");
	check_list(DO(STORE_SESSION_LIST, .user = "w"), "");
}
END_TEST

START_TEST(what_was_acknowledged_survives_the_end_of_the_store)
{
	create("s", "u", "a");
	add_event("s", "u", "a", "e", "{}");
	store_close(fixture_store);
	fixture_open(0);
	check_events(DO(STORE_SESSION_GET, .id = "s", .user = "u"), "e");
	add_event("s", "u", "a", "f", "{}");
	check_events(DO(STORE_SESSION_GET, .id = "s", .user = "u", .ascending = true), "ef");
}
END_TEST

/* Adds events until it is killed, and tells how many were acknowledged. */
static void child_adds_events(int tell)
{
	fixture_open(0);
	for (int i = 0;; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		add_event(
			"s", "u", "a", id, "{\"x\":\"0123456789012345678901234567890123456789\"}");
		if (write(tell, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

START_TEST(what_was_acknowledged_survives_a_kill)
{
	int pipe_ends[2];
	int last = -1, got;
	pid_t child;

	create("s", "u", "a");
	store_close(fixture_store);
	fixture_store = NULL;
	ck_assert_int_eq(pipe(pipe_ends), 0);
	child = fork();
	if (!child)
		child_adds_events(pipe_ends[1]);
	close(pipe_ends[1]);
	while (last < 20 + 17 * _i) {
		ck_assert_int_eq(read(pipe_ends[0], &got, sizeof(got)), sizeof(got));
		last = got;
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(pipe_ends[0], &got, sizeof(got)) == sizeof(got))
		last = got;
	close(pipe_ends[0]);
	fixture_open(0);
	{
		AUTO(json_doc)
		struct json_doc *doc = parse(
			DO(STORE_SESSION_GET, .id = "s", .user = "u", .ascending = true)->json);
		size_t count = json_count(json_get(json_root(doc), "events"));

		ck_assert_msg(count == (size_t)last + 1 || count == (size_t)last + 2, "%zu of %d",
			count, last + 1);
	}
}
END_TEST

/* Makes everything that is stored `days` older. */
static void age(int days)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		"UPDATE sessions SET updated_at = updated_at - %d * 86400000000;"
		"UPDATE tasks SET updated_at = updated_at - %d * 86400000000",
		days, days);
	fixture_sql(sql);
}

START_TEST(what_nobody_used_goes_in_time)
{
	int64_t week_ms = INT64_C(7) * 86400000;

	create("old", "u", "a");
	create("old", "v", "b");
	add_event("old", "u", "a", "e", "{}");
	ck_assert(DO(STORE_TASK_PUT, .id = "kept", .session = "old", .data = "{}")->ok);
	ck_assert(DO(STORE_TASK_PUT, .id = "orphan", .session = "none", .data = "{}")->ok);
	age(5);
	ck_assert(DO(STORE_SWEEP)->ok);
	ck_assert(DO(STORE_SESSION_GET, .id = "old", .user = "u")->ok);
	ck_assert(DO(STORE_TASK_GET, .id = "kept")->ok);
	ck_assert(!DO(STORE_TASK_GET, .id = "orphan")->ok);
	ck_assert(DO(STORE_SWEEP, .limit = week_ms)->ok);
	ck_assert(DO(STORE_SESSION_GET, .id = "old", .user = "u")->ok);

	add_event("old", "v", "b", "e", "{}");
	age(5);
	add_event("old", "v", "b", "f", "{}");
	ck_assert(DO(STORE_SWEEP, .limit = week_ms)->ok);
	ck_assert(!DO(STORE_SESSION_GET, .id = "old", .user = "u")->ok);
	ck_assert(DO(STORE_SESSION_GET, .id = "old", .user = "v")->ok);
	ck_assert(DO(STORE_TASK_GET, .id = "kept")->ok);
	age(9);
	ck_assert(DO(STORE_SWEEP, .limit = week_ms)->ok);
	ck_assert(!DO(STORE_SESSION_GET, .id = "old", .user = "v")->ok);
	ck_assert(!DO(STORE_TASK_GET, .id = "kept")->ok);
	create("new", "u", "a");
}
END_TEST

START_TEST(a_full_disk_is_told_and_loses_nothing)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	const struct fixture_answer *answer;
	char data[3000];
	int acknowledged = 0;

	store_close(fixture_store);
	fixture_open(60);
	create("s", "u", "a");
	create("other", "u", "b");
	memset(data, 'x', sizeof(data) - 1);
	data[0] = data[sizeof(data) - 2] = '"';
	data[sizeof(data) - 1] = '\0';
	for (;; acknowledged++) {
		char id[16];

		ck_assert_int_lt(acknowledged, 1000);
		snprintf(id, sizeof(id), "%d", acknowledged);
		answer = DO(STORE_EVENT_ADD, .session = "s", .user = "u", .agent = "a", .id = id,
			.data = data);
		if (!answer->ok)
			break;
	}
	ck_assert_int_gt(acknowledged, 5);
	ck_assert_int_eq(answer->err.code, ERR_IO);
	ck_assert_msg(strstr(answer->err.text, "no space is left for the database"), "%s",
		answer->err.text);
	doc = parse(DO(STORE_SESSION_GET, .id = "s", .user = "u")->json);
	ck_assert_int_eq(json_count(json_get(json_root(doc), "events")), acknowledged);

	/* It heals when there is room again. */
	ck_assert(DO(STORE_SESSION_DELETE, .id = "s", .user = "u")->ok);
	ck_assert(DO(STORE_EVENT_ADD, .session = "other", .user = "u", .agent = "b", .id = "e",
		.data = data)
			  ->ok);
}
END_TEST

START_TEST(one_job_too_large_does_not_fail_its_batch)
{
	struct fixture_answer answers[3];
	AUTO(buffer) struct buffer large = { 0 };

	store_close(fixture_store);
	fixture_open(60);
	create("s", "u", "a");
	for (int i = 0; i < 400000; i++)
		buffer_putc(&large, 'x');
	fixture_submit(&answers[0], fixture_job(&(struct fixture_input){ STORE_TASK_PUT, .id = "1",
					    .session = "s", .data = "{}" }));
	fixture_submit(&answers[1], fixture_job(&(struct fixture_input){ STORE_TASK_PUT, .id = "2",
					    .session = "s", .data = large.data }));
	fixture_submit(&answers[2], fixture_job(&(struct fixture_input){ STORE_TASK_PUT, .id = "3",
					    .session = "s", .data = "{}" }));
	fixture_wait();
	ck_assert(answers[0].ok && !answers[1].ok && answers[2].ok);
	ck_assert_str_eq(DO(STORE_TASK_LIST, .session = "s", .user = "u")->json, "[{},{}]");
	for (size_t i = 0; i < COUNT(answers); i++)
		free(answers[i].json);
}
END_TEST

START_TEST(a_locked_database_is_waited_for_then_told)
{
	sqlite3 *other = NULL;
	const struct fixture_answer *answer;

	ck_assert_int_eq(sqlite3_open(fixture_path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	answer = DO(STORE_SESSION_CREATE, .id = "s", .user = "u", .agent = "a");
	ck_assert(!answer->ok && answer->err.code == ERR_IO);
	ck_assert_msg(
		strstr(answer->err.text, "locked by another process"), "%s", answer->err.text);
	ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	create("s", "u", "a");
}
END_TEST

static const struct {
	const char *spec, *path, *content;
	enum error_code code;
	const char *says;
} bad_files[] = {
	{ "another kind of database", "mysql://u:secret@db/x", NULL, ERR_INVALID,
		"open the store: write postgres://user:password@host/name, or the path of a file" },
	{ "a missing folder", "/nowhere/at/all/db", NULL, ERR_IO, "does its folder exist" },
	{ "a file that is something else", NULL,
		"this is not a database at all, but it is long enough to look at", ERR_IO,
		"is no SQLite database" },
};

START_TEST(what_cannot_be_opened_is_told)
{
	struct store *store = NULL;
	struct error err = { 0 };
	char path[80];

	snprintf(path, sizeof(path), "%s-wal", fixture_path);
	store_close(fixture_store);
	fixture_store = NULL;
	if (bad_files[_i].content) {
		FILE *out = fopen(fixture_path, "w");

		fputs(bad_files[_i].content, out);
		fclose(out);
	}
	ck_assert(
		!store_open(&(struct store_options){ .path = bad_files[_i].path ? bad_files[_i].path
										: fixture_path,
				    .loop = fixture_loop },
			&store, &err));
	ck_assert_int_eq(err.code, bad_files[_i].code);
	ck_assert_msg(strstr(err.text, bad_files[_i].says), "%s: %s", bad_files[_i].spec, err.text);
}
END_TEST

START_TEST(a_newer_schema_is_left_alone)
{
	struct store *store = NULL;
	struct error err = { 0 };

	store_close(fixture_store);
	fixture_store = NULL;
	fixture_sql("INSERT INTO schema_version VALUES (900)");
	ck_assert(!store_open(
		&(struct store_options){
			.path = fixture_url ? fixture_url : fixture_path, .loop = fixture_loop },
		&store, &err));
	ck_assert_int_eq(err.code, ERR_UNSUPPORTED);
	ck_assert_msg(strstr(err.text, "version 900"), "%s", err.text);
}
END_TEST

START_TEST(feedback_is_kept)
{
	ck_assert_str_eq(DO(STORE_FEEDBACK_LIST, .user = "u")->json, "[]");
	ck_assert(DO(STORE_FEEDBACK_ADD, .user = "u",
		.data = "{\"is_positive\":true,\"feedback_text\":\"good\"}")
			  ->ok);
	ck_assert(DO(STORE_FEEDBACK_ADD, .user = "u",
		.data = "{\"is_positive\":false,\"feedback_text\":\"bad\",\"message_id\":7,\"issue_"
			"type\":\"tool\"}")
			  ->ok);
	{
		AUTO(json_doc)
		struct json_doc *doc = parse(DO(STORE_FEEDBACK_LIST, .user = "u")->json);
		struct json_view second = json_item(json_root(doc), 1);

		ck_assert_uint_eq(json_count(json_root(doc)), 2);
		ck_assert(
			json_bool_or(json_get(json_item(json_root(doc), 0), "is_positive"), false));
		ck_assert_int_eq(json_int64_or(json_get(second, "message_id"), 0), 7);
		ck_assert(json_text_is(json_get(second, "issue_type"), "tool"));
		ck_assert_int_eq(
			json_kind(json_get(json_item(json_root(doc), 0), "message_id")), JSON_NONE);
	}
}
END_TEST

static const struct fixture_answer *search(
	const float *vector, size_t dimensions, double min_score, int64_t limit)
{
	static struct fixture_answer answer;
	struct store_job *job = fixture_job(&(struct fixture_input){
		STORE_MEMORY_SEARCH, .agent = "ns__NS__my_agent", .user = "u", .limit = limit });

	free(answer.json);
	job->vector = malloc(dimensions * sizeof(float));
	memcpy(job->vector, vector, dimensions * sizeof(float));
	job->dimensions = dimensions;
	job->min_score = min_score;
	fixture_submit(&answer, job);
	fixture_wait();
	return &answer;
}

static void check_found(const struct fixture_answer *answer, const char *want)
{
	AUTO(json_doc) struct json_doc *doc = parse(answer->json);
	AUTO(buffer) struct buffer found = { 0 };

	buffer_puts(&found, "");
	json_foreach (memory, json_root(doc))
		buffer_puts(&found, json_text(json_get(memory, "content"), NULL));
	ck_assert_str_eq(found.data, want);
}

START_TEST(memories_are_found_by_likeness)
{
	const struct fixture_answer *answer = DO(STORE_MEMORY_ADD,
		.data = "[{\"agent_name\":\"ns__NS__my-agent\",\"user_id\":\"u\",\"content\":\"a\","
			"\"vector\":[1,0,0]},"
			"{\"agent_name\":\"ns__NS__my_agent\",\"user_id\":\"u\",\"content\":\"b\","
			"\"vector\":[2,2,0],\"metadata\":{\"k\":1}},"
			"{\"agent_name\":\"ns__NS__my_agent\",\"user_id\":\"u\",\"content\":\"c\","
			"\"vector\":[0,0,5]},"
			"{\"agent_name\":\"ns__NS__my_agent\",\"user_id\":\"v\",\"content\":\"d\","
			"\"vector\":[1,0,0]}]");

	ck_assert_msg(answer->ok, "%s", answer->err.text);
	check_found(search((const float[]){ 3, 0, 0 }, 3, -1, 0), "abc");
	check_found(search((const float[]){ 3, 0, 0 }, 3, 0.3, 0), "ab");
	check_found(search((const float[]){ 0, 1, 0 }, 3, 0.3, 1), "b");
	ck_assert(
		strstr(search((const float[]){ 0, 1, 0 }, 3, 0.3, 1)->json, "\"score\":0.707106"));
	ck_assert(strstr(
		search((const float[]){ 0, 1, 0 }, 3, 0.3, 1)->json, "\"metadata\":{\"k\":1}"));
	check_found(search((const float[]){ 1, 1 }, 2, -1, 0), "");
	check_found(DO(STORE_MEMORY_LIST, .agent = "ns__NS__my-agent", .user = "u"), "bac");
	ck_assert(DO(STORE_MEMORY_DELETE, .agent = "ns__NS__my_agent", .user = "u")->created);
	check_found(DO(STORE_MEMORY_LIST, .agent = "ns__NS__my_agent", .user = "u"), "");
	check_found(DO(STORE_MEMORY_LIST, .agent = "ns__NS__my_agent", .user = "v"), "d");
}
END_TEST

START_TEST(the_store_answers_and_counts)
{
	struct store_stats stats;

	ck_assert(DO(STORE_PING)->ok);
	ck_assert(!DO((enum store_job_kind)99)->ok);
	store_take_stats(fixture_store, &stats);
	ck_assert_uint_eq(stats.jobs, 2);
	ck_assert_uint_eq(stats.failures, 0);
	ck_assert_uint_eq(stats.queued, 0);
}
END_TEST

static void count_done(void *context, struct store_job *job)
{
	*(int *)context += job->ok;
}

START_TEST(closing_finishes_what_is_queued)
{
	int done = 0;
	struct error err = { 0 };

	create("s", "u", "a");
	for (int i = 0; i < 200; i++) {
		char id[16];
		struct store_job *job;

		snprintf(id, sizeof(id), "%d", i);
		job = fixture_job(&(struct fixture_input){ STORE_EVENT_ADD, .session = "s",
			.user = "u", .agent = "a", .id = id, .data = "{}" });
		job->done = count_done;
		job->context = &done;
		ck_assert(store_submit(fixture_store, job, &err));
	}
	store_close(fixture_store);
	loop_free(fixture_loop);
	ck_assert_int_eq(done, 200);
	ck_assert(loop_new(&fixture_loop, &err));
	fixture_open(0);
}
END_TEST

/* What a query without parameters gives, its one value. */
static bool sql_says(const char *sql, const char *want)
{
	char command[1000];
	char line[100] = "";
	FILE *output;

	snprintf(command, sizeof(command), "psql -qAt -d '%s' -c \"%s\"", fixture_url, sql);
	output = popen(command, "r");
	ck_assert_ptr_nonnull(output);
	if (fgets(line, sizeof(line), output))
		line[strcspn(line, "\n")] = '\0';
	pclose(output);
	return strcmp(line, want) == 0;
}

#define HOLDERS                                                                                    \
	"FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND wait_event = 'PgSleep'"

/* Another user of the database holds the session's row, until release_rows. */
static void hold_row(const char *session)
{
	char command[1000];

	snprintf(command, sizeof(command),
		"psql -q -d '%s' -c \"BEGIN; UPDATE sessions SET source = source WHERE id = '%s'; "
		"SELECT pg_sleep(600)\" >/dev/null 2>&1 &",
		fixture_url, session);
	ck_assert_int_eq(system(command), 0);
	for (int i = 0; i < 1000 && !sql_says("SELECT count(*) " HOLDERS, "1"); i++)
		usleep(10000);
}

static void release_rows(void)
{
	ck_assert(sql_says("SELECT count(pg_terminate_backend(pid)) " HOLDERS, "1"));
}

struct slow {
	char order[8];
	size_t done, all;
};

static void slow_done(void *context, struct store_job *job)
{
	struct slow *slow = context;
	const char *name = job->ok ? job->id : "?";

	slow->order[slow->done++] = name[strlen(name) - 1];
	if (slow->done == slow->all)
		loop_stop(fixture_loop);
}

static struct store_job *event_job(const char *session, const char *agent, const char *id)
{
	return fixture_job(&(struct fixture_input){ STORE_EVENT_ADD, .session = session,
		.user = "u", .agent = agent, .id = id, .data = "{}" });
}

static void submit_slow(struct slow *slow, int round)
{
	struct error err = { 0 };

	for (size_t i = 1; i <= slow->all; i++) {
		char id[16];
		struct store_job *job;

		snprintf(id, sizeof(id), "%d-%zu", round, i);
		job = event_job("slow", "a", id);
		job->done = slow_done;
		job->context = slow;
		ck_assert(store_submit(fixture_store, job, &err));
	}
}

static void do_quick(int round)
{
	struct fixture_answer quick[6];

	for (size_t i = 0; i < COUNT(quick); i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d-%zu", round, i);
		fixture_submit(&quick[i], event_job("quick", "b", id));
	}
	while (fixture_awaited)
		ck_assert(loop_run(fixture_loop, &(struct error){ 0 }));
	for (size_t i = 0; i < COUNT(quick); i++) {
		ck_assert_msg(quick[i].ok, "%s", quick[i].err.text);
		free(quick[i].json);
	}
}

#define IN_TIME_MS 8000 /* before the statement that is held up ends by its time limit */

/* False: the machine stood still for so long that nothing was shown. */
static bool others_pass_by(int round)
{
	struct slow slow = { .all = 3 };
	uint64_t began;
	bool passed;

	hold_row("slow");
	began = clock_monotonic_ms();
	submit_slow(&slow, round);
	do_quick(round);
	passed = slow.done == 0;
	release_rows();
	if (slow.done < slow.all)
		ck_assert(loop_run(fixture_loop, &(struct error){ 0 }));
	if (clock_monotonic_ms() - began > IN_TIME_MS)
		return false;
	ck_assert(passed);
	ck_assert_str_eq(slow.order, "123");
	return true;
}

START_TEST(a_slow_job_holds_up_what_concerns_the_same_alone)
{
	int round = 0;

	create("slow", "u", "a");
	create("quick", "u", "b");
	while (!others_pass_by(round))
		ck_assert_int_lt(++round, 10);
}
END_TEST

/* Many chats at once, each with its events in a row: they are stored and answered in this row, whichever connection takes them. */
START_TEST(each_chat_keeps_its_order_on_every_connection)
{
	enum { CHATS = 12, EVENTS = 20 };
	static struct fixture_answer answers[CHATS][EVENTS];

	for (int chat = 0; chat < CHATS; chat++) {
		char name[16];

		snprintf(name, sizeof(name), "chat-%d", chat);
		create(name, "u", name + 5);
	}
	for (int event = 0; event < EVENTS; event++)
		for (int chat = 0; chat < CHATS; chat++) {
			char name[16];
			char id[16];

			snprintf(name, sizeof(name), "chat-%d", chat);
			snprintf(id, sizeof(id), "event-%02d", event);
			fixture_submit(&answers[chat][event], event_job(name, name + 5, id));
		}
	fixture_wait();
	for (int chat = 0; chat < CHATS; chat++) {
		char name[16];
		const char *at;

		snprintf(name, sizeof(name), "chat-%d", chat);
		at = DO(STORE_SESSION_GET, .id = name, .user = "u", .ascending = true)->json;
		for (int event = 0; event < EVENTS; event++) {
			char id[24];

			snprintf(id, sizeof(id), "\"event-%02d\"", event);
			ck_assert(answers[chat][event].ok);
			free(answers[chat][event].json);
			at = strstr(at, id);
			ck_assert_msg(at, "%s of %s comes too soon", id, name);
		}
	}
}
END_TEST

/* What only a database server can show. */
static void add_server_tests(Suite *suite)
{
	TCase *tests = tcase_create("server");

	tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, a_slow_job_holds_up_what_concerns_the_same_alone);
	suite_add_tcase(suite, tests);
}

/* What only a database in a file can show. */
static void add_file_tests(TCase *tests)
{
	tcase_add_test(tests, a_full_disk_is_told_and_loses_nothing);
	tcase_add_test(tests, one_job_too_large_does_not_fail_its_batch);
	tcase_add_test(tests, a_locked_database_is_waited_for_then_told);
	tcase_add_loop_test(tests, what_cannot_be_opened_is_told, 0, COUNT(bad_files));
}

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tests = tcase_create("store");

	tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, a_session_is_created_read_renamed_and_deleted);
	tcase_add_test(tests, an_agent_has_one_chat);
	tcase_add_test(tests, creating_again_is_the_same_session);
	tcase_add_test(tests, of_racing_creates_one_wins);
	tcase_add_test(tests, of_two_processes_one_wins);
	tcase_add_test(tests, a_failing_job_does_not_undo_its_neighbours);
	tcase_add_test(tests, events_keep_their_order);
	tcase_add_test(tests, each_chat_keeps_its_order_on_every_connection);
	tcase_add_test(tests, the_same_event_again_is_no_event);
	tcase_add_test(tests, events_are_written_by_the_sessions_agent_alone);
	tcase_add_test(tests, bearer_tokens_are_not_stored);
	tcase_add_test(tests, tasks_come_back_as_they_were_posted);
	tcase_add_test(tests, an_answer_may_have_a_limit);
	tcase_add_test(tests, of_a_long_list_no_more_is_held_than_asked_for);
	tcase_add_test(tests, a_task_is_its_agents_alone);
	tcase_add_test(tests, an_unfinished_task_can_be_failed);
	tcase_add_loop_test(tests, the_task_of_a_message_can_be_failed, 0, (int)COUNT(begun));
	tcase_add_test(tests, a_deleted_agent_leaves_nothing);
	tcase_add_test(tests, an_agent_that_was_replaced_unseen_starts_clean);
	tcase_add_test(tests, a_wave_of_agents_is_seen_before_what_follows);
	tcase_add_test(tests, a_replica_that_lags_behind_takes_no_newer_chat_away);
	tcase_add_test(tests, chats_on_other_replicas_are_known_while_those_live);
	tcase_add_test(tests, a_session_made_anew_starts_clean);
	tcase_add_test(tests, lists_show_the_users_sessions_newest_first);
	tcase_add_test(tests, what_was_acknowledged_survives_the_end_of_the_store);
	tcase_add_loop_test(tests, what_was_acknowledged_survives_a_kill, 0, 5);
	tcase_add_test(tests, what_nobody_used_goes_in_time);
	tcase_add_test(tests, a_newer_schema_is_left_alone);
	tcase_add_test(tests, feedback_is_kept);
	tcase_add_test(tests, memories_are_found_by_likeness);
	tcase_add_test(tests, the_store_answers_and_counts);
	tcase_add_test(tests, closing_finishes_what_is_queued);
	suite_add_tcase(suite, tests);
	if (getenv("STORE_TEST_URL"))
		add_server_tests(suite);
	else
		add_file_tests(tests);
	return suite_run(suite);
}
