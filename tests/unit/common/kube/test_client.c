#include "common/kube/rig.h"

/* --- what goes over the wire --- */

static struct {
	char request[8192];
} seen;

static bool answer_and_keep(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target UNUSED, const char *request)
{
	snprintf(seen.request, sizeof(seen.request), "%s", request);
	return api_reply(api, fd, 200, "", "{\"x\":\"y\"}");
}

static struct json_object *body_of(void)
{
	struct json_object *body = json_object_new_object();

	ck_assert(json_set_text(body, "a", "b", &err));
	return body;
}

static bool start_get(struct json_object *body UNUSED)
{
	return kube_get(client, &kube_secrets, "n", "s", on_done, NULL, NULL, &err);
}

static bool start_create(struct json_object *body)
{
	return kube_create(client, &kube_secrets, "n", body, on_done, NULL, NULL, &err);
}

static bool start_update(struct json_object *body)
{
	return kube_update(client, &kube_secrets, "n", "s", body, on_done, NULL, NULL, &err);
}

static bool start_merge(struct json_object *body)
{
	return kube_patch(client, &kube_sandbox_agents, "n", "s", "status", KUBE_PATCH_MERGE, body,
		on_done, NULL, NULL, &err);
}

static bool start_json(struct json_object *body)
{
	return kube_patch(client, &kube_secrets, "n", "s", NULL, KUBE_PATCH_JSON, body, on_done,
		NULL, NULL, &err);
}

static bool start_apply(struct json_object *body)
{
	return kube_patch(client, &kube_secrets, "n", "s", NULL, KUBE_PATCH_APPLY, body, on_done,
		NULL, NULL, &err);
}

static bool start_delete(struct json_object *body UNUSED)
{
	return kube_delete(client, &kube_secrets, "n", "s", "the-uid", on_done, NULL, NULL, &err);
}

static bool start_delete_any(struct json_object *body UNUSED)
{
	return kube_delete(client, &kube_secrets, "n", "s", NULL, on_done, NULL, NULL, &err);
}

static const struct {
	const char *spec;
	bool (*start)(struct json_object *body);
	const char *line, *content_type, *body;
	bool writes;
} verbs[] = {
	{ "get", start_get, "GET /api/v1/namespaces/n/secrets/s HTTP/1.1\r\n", NULL, "", false },
	{ "create", start_create,
		"POST /api/v1/namespaces/n/secrets?fieldManager=sandgate HTTP/1.1\r\n",
		"application/json", "{\"a\":\"b\"}", true },
	{ "update", start_update,
		"PUT /api/v1/namespaces/n/secrets/s?fieldManager=sandgate HTTP/1.1\r\n",
		"application/json", "{\"a\":\"b\"}", true },
	{ "merge patch of a subresource", start_merge,
		"PATCH "
		"/apis/kagent.dev/v1alpha2/namespaces/n/sandboxagents/s/"
		"status?fieldManager=sandgate HTTP/1.1\r\n",
		"application/merge-patch+json", "{\"a\":\"b\"}", true },
	{ "JSON patch", start_json,
		"PATCH /api/v1/namespaces/n/secrets/s?fieldManager=sandgate HTTP/1.1\r\n",
		"application/json-patch+json", "{\"a\":\"b\"}", true },
	{ "apply", start_apply,
		"PATCH /api/v1/namespaces/n/secrets/s?fieldManager=sandgate&force=true "
		"HTTP/1.1\r\n",
		"application/apply-patch+yaml", "{\"a\":\"b\"}", true },
	{ "delete of one uid", start_delete, "DELETE /api/v1/namespaces/n/secrets/s HTTP/1.1\r\n",
		"application/json",
		"{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":"
		"\"Background\",\"preconditions\":{\"uid\":"
		"\"the-uid\"}}",
		true },
	{ "delete of whatever is there", start_delete_any,
		"DELETE /api/v1/namespaces/n/secrets/s HTTP/1.1\r\n", "application/json",
		"{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":"
		"\"Background\"}",
		true },
};

START_TEST(every_verb_has_its_request)
{
	AUTO(json) struct json_object *body = NULL;
	AUTO(text) char *type = NULL;
	const char *sent;

	open_client(answer_and_keep, NULL);
	body = body_of();
	ck_assert_msg(verbs[_i].start(body), "%s: %s", verbs[_i].spec, err.text);
	run();
	ck_assert_msg(end.ok && strcmp(end.text, "y") == 0, "%s: %s", verbs[_i].spec, end.err.text);
	ck_assert_msg(text_starts_with(seen.request, verbs[_i].line), "%s: %s", verbs[_i].spec,
		seen.request);
	ck_assert_msg(
		strstr(seen.request, "\r\nUser-Agent: sandgate/") != NULL, "%s", verbs[_i].spec);
	ck_assert_msg(strstr(seen.request, "\r\nAccept: application/json\r\n") != NULL, "%s",
		verbs[_i].spec);
	ck_assert_msg(!strstr(seen.request, "Authorization"), "%s", verbs[_i].spec);
	type = text_format(
		"\r\nContent-Type: %s\r\n", verbs[_i].content_type ? verbs[_i].content_type : "");
	ck_assert_msg((strstr(seen.request, type) != NULL) == (verbs[_i].content_type != NULL),
		"%s: %s", verbs[_i].spec, seen.request);
	sent = strstr(seen.request, "\r\n\r\n") + 4;
	ck_assert_msg(strcmp(sent, verbs[_i].body) == 0, "%s: %s", verbs[_i].spec, sent);
	ck_assert_uint_eq(kube_client_requests(client, false), 1);
	ck_assert_uint_eq(kube_client_requests(client, true), verbs[_i].writes);
	close_client();
}
END_TEST

/* The first token is refused. */
static bool answer_second_token(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target UNUSED, const char *request)
{
	if (strstr(request, "\r\nAuthorization: Bearer second\r\n"))
		return api_reply(api, fd, 200, "", "{}");
	return api_refuse(api, fd, 401, "Unauthorized", "Unauthorized");
}

static bool is_open(const void *context)
{
	return *(const bool *)context;
}

/* What stands between a replica that does not lead and the cluster. */
START_TEST(behind_a_shut_gate_nothing_is_written)
{
	AUTO(json) struct json_object *body = json_object_new_object();
	struct kube_request review = {
		.method = "POST", .path = "/r", .passes_gate = true, .done = on_done
	};
	bool open = false;

	ck_assert(json_set_text(body, "a", "b", &err));
	open_client(answer_and_keep, NULL);
	kube_client_set_gate(client, is_open, &open);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		bool started = verbs[i].start(body);

		ck_assert_msg(started != verbs[i].writes, "%s", verbs[i].spec);
		if (started)
			run();
		else
			ck_assert_int_eq(err.code, ERR_IO);
	}
	ck_assert_uint_eq(kube_client_requests(client, true), 0);
	ck_assert(kube_start(client, &review, NULL, &err));
	run();
	open = true;
	ck_assert(start_create(body));
	run();
	ck_assert(end.ok);
	ck_assert_uint_eq(kube_client_requests(client, true), 2);
	close_client();
}
END_TEST

START_TEST(a_refused_token_is_read_again)
{
	char path[] = "/tmp/test-client-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, "first", 5), 5);
	open_with(answer_second_token, NULL, (struct kube_config){ .token_file = strdup(path) });
	get();
	run();
	ck_assert(!end.ok);
	ck_assert_int_eq(end.err.code, ERR_DENIED);
	ck_assert_int_eq(pwrite(fd, "second", 6, 0), 6);
	get();
	run();
	ck_assert_msg(end.ok, "%s", end.err.text);
	close_client();
	close(fd);
	unlink(path);
}
END_TEST

/* --- answers --- */

static bool answer_text(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target UNUSED, const char *request UNUSED)
{
	return api_reply(api, fd, 200, "", api->context);
}

static const struct {
	const char *spec;
	const char *body;
	enum error_code code;
} answers[] = {
	{ "an object", "{\"x\":\"y\"}", ERR_NONE },
	{ "no JSON", "<html>", ERR_IO },
	{ "nothing", "", ERR_IO },
	{ "two objects", "{}{}", ERR_IO },
};

START_TEST(an_answer_is_json_or_an_error)
{
	open_client(answer_text, (void *)answers[_i].body);
	get();
	run();
	ck_assert_msg(end.err.code == answers[_i].code, "%s: %s", answers[_i].spec, end.err.text);
	close_client();
}
END_TEST

static bool is_seven(void *context UNUSED, const char *rv)
{
	return strcmp(rv, "7") == 0;
}

static const struct {
	const char *spec;
	const char *body;
	bool skipped;
} known[] = {
	{ "what is known is not read",
		"{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\",\"resourceVersion\":\"7\",no "
		"JSON",
		true },
	{ "what is not is read",
		"{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\",\"resourceVersion\":\"8\"},"
		"\"x\":\"y\"}",
		false },
	{ "what does not tell is read", "{\"x\":\"y\"}", false },
};

START_TEST(an_answer_that_is_known_already_is_skipped)
{
	struct kube_call *call;

	open_client(answer_text, (void *)known[_i].body);
	ck_assert(kube_get(client, &kube_secrets, "n", "s", on_done, NULL, &call, &err));
	kube_call_skip_known(call, is_seven);
	run();
	ck_assert_msg(end.ok && strcmp(end.text, known[_i].skipped ? "" : "y") == 0, "%s: %s",
		known[_i].spec, end.err.text);
	close_client();
}
END_TEST

START_TEST(a_cut_answer_is_an_error_wherever_it_is_cut)
{
	long at = 0;
	int cuts;

	open_client(answer_text, "{\"x\":\"a longer text than nothing\"}");
	do {
		atomic_store(&server.cuts, 0);
		atomic_store(&server.budget, at);
		get();
		run();
		cuts = atomic_load(&server.cuts);
		/* A connection that closed before a byte came is tried again by the transport: then there is an answer. */
		ck_assert_msg(!cuts || at == 0 || (!end.ok && end.err.code == ERR_IO),
			"cut after %ld bytes", at);
		at++;
	} while (cuts);
	ck_assert(end.ok);
	ck_assert_int_gt(at, 80);
	ck_assert_int_eq(end.times, at);
	close_client();
}
END_TEST

static bool answer_never(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target UNUSED, const char *request UNUSED)
{
	return api_hang(api, fd);
}

START_TEST(a_silent_server_is_not_waited_for_longer_than_said)
{
	struct kube_request request = {
		.method = "GET", .path = "/version", .timeout_ms = 200, .done = on_done
	};
	uint64_t began = clock_monotonic_ms();

	open_client(answer_never, NULL);
	ck_assert(kube_start(client, &request, NULL, &err));
	run();
	ck_assert_int_eq(end.err.code, ERR_TIMEOUT);
	ck_assert_uint_ge(clock_monotonic_ms() - began, 190);
	ck_assert_uint_le(clock_monotonic_ms() - began, 20000);
	ck_assert(!kube_client_is_reachable(client));
	close_client();
}
END_TEST

START_TEST(a_cancelled_call_is_not_heard_of)
{
	struct kube_call *call = NULL;

	open_client(answer_never, NULL);
	ck_assert(kube_get(client, &kube_secrets, "n", "s", on_done, NULL, &call, &err));
	run_for(50);
	kube_cancel(call);
	kube_cancel(NULL);
	run_for(50);
	ck_assert_int_eq(end.times, 0);
	get(); /* and what is under way at the end is released without a word */
	close_client();
	ck_assert_int_eq(end.times, 0);
}
END_TEST

START_TEST(the_last_write_is_sent_before_the_end)
{
	open_client(answer_and_keep, NULL);
	kube_client_finish(client, 1000);
	get();
	kube_client_finish(client, 20000);
	ck_assert_int_eq(end.times, 1);
	close_client();
}
END_TEST

START_TEST(the_end_does_not_wait_for_ever)
{
	uint64_t began = clock_monotonic_ms();

	open_client(answer_never, NULL);
	get();
	kube_client_finish(client, 200);
	ck_assert_uint_le(clock_monotonic_ms() - began, 20000);
	close_client();
}
END_TEST

/* --- streams --- */

static struct buffer streamed;
static int opened;

static void on_open(void *context UNUSED)
{
	opened++;
}

static void on_data(void *context UNUSED, const char *data, size_t bytes)
{
	buffer_append(&streamed, data, bytes);
}

static bool answer_stream(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target UNUSED, const char *request UNUSED)
{
	return api_stream(api, fd) && api_line(api, fd, "one") && api_line(api, fd, "two") &&
	       api_stream_end(api, fd);
}

static bool answer_refused(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target UNUSED, const char *request UNUSED)
{
	return api_refuse(api, fd, 403, "Forbidden", "not you");
}

static void run_stream(apiserver_fn answer, unsigned idle_timeout_ms)
{
	const struct kube_stream stream = { .path = "/logs",
		.on_open = on_open,
		.on_data = on_data,
		.done = on_done,
		.idle_timeout_ms = idle_timeout_ms };
	struct kube_call *call;

	opened = 0;
	buffer_clear(&streamed);
	open_client(answer, NULL);
	ck_assert(kube_start_stream(client, &stream, &call, &err));
	run();
	close_client();
}

START_TEST(a_stream_is_handed_over_as_it_comes)
{
	run_stream(answer_stream, 20000);
	ck_assert_msg(end.ok, "%s", end.err.text);
	ck_assert_str_eq(streamed.data, "one\ntwo\n");
	ck_assert_int_eq(opened, 1);
	buffer_fini(&streamed);
}
END_TEST

START_TEST(a_refused_stream_has_its_reason)
{
	run_stream(answer_refused, 20000);
	ck_assert_int_eq(end.err.code, ERR_DENIED);
	ck_assert_str_eq(end.err.text, "not you");
	ck_assert_int_eq(opened, 0);
	ck_assert_uint_eq(streamed.bytes, 0);
}
END_TEST

static bool answer_silent_stream(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target UNUSED, const char *request UNUSED)
{
	return api_stream(api, fd) && api_hang(api, fd);
}

START_TEST(a_silent_stream_ends)
{
	run_stream(answer_silent_stream, 2000);
	ck_assert_int_eq(end.err.code, ERR_TIMEOUT);
	ck_assert_int_eq(opened, 1);
	buffer_fini(&streamed);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, every_verb_has_its_request, 0, (int)COUNT(verbs));
	tcase_add_test(tcase, behind_a_shut_gate_nothing_is_written);
	tcase_add_test(tcase, a_refused_token_is_read_again);
	tcase_add_loop_test(tcase, an_answer_is_json_or_an_error, 0, (int)COUNT(answers));
	tcase_add_loop_test(
		tcase, an_answer_that_is_known_already_is_skipped, 0, (int)COUNT(known));
	tcase_add_test(tcase, a_cut_answer_is_an_error_wherever_it_is_cut);
	tcase_add_test(tcase, a_silent_server_is_not_waited_for_longer_than_said);
	tcase_add_test(tcase, a_cancelled_call_is_not_heard_of);
	tcase_add_test(tcase, the_last_write_is_sent_before_the_end);
	tcase_add_test(tcase, the_end_does_not_wait_for_ever);
	tcase_add_test(tcase, a_stream_is_handed_over_as_it_comes);
	tcase_add_test(tcase, a_refused_stream_has_its_reason);
	tcase_add_test(tcase, a_silent_stream_ends);
}

int main(void)
{
	return rig_main("client", add);
}
