#include "http/client.h"

#include "base/clock.h"
#include "base/text.h"
#include "support/peer.h"
#include "support/suite.h"

static struct loop *loop;
static struct http_client *client;
static struct peer peer;
static struct error err;

/* What one request saw. */
struct seen {
	int heads;
	int status;
	struct buffer data;
	int dones;
	bool ok;
	bool refused;
	struct error err;
	struct buffer body;
	char type[64];
	struct http_request *request;
	int *open; /* counted down at the end; the loop stops at 0 */
};

static void seen_fini(struct seen *seen)
{
	buffer_fini(&seen->data);
	buffer_fini(&seen->body);
	*seen = (struct seen){ 0 };
}

static void seen_close(struct seen *seen)
{
	if (seen->open && --*seen->open == 0)
		loop_stop(loop);
}

static void on_head(void *context, struct http_request *request, int status)
{
	struct seen *seen = context;
	const char *type = http_response_header(request, "content-type");

	ck_assert(http_request_has_head(request));
	seen->heads++;
	seen->status = status;
	snprintf(seen->type, sizeof(seen->type), "%s", type ? type : "");
}

static bool on_data(
	void *context, struct http_request *request UNUSED, const char *data, size_t bytes)
{
	struct seen *seen = context;

	ck_assert_int_eq(seen->heads, 1);
	buffer_append(&seen->data, data, bytes);
	return true;
}

static void on_done(void *context, struct http_request *request, int status, struct buffer *body,
	const struct error *failure)
{
	struct seen *seen = context;

	seen->dones++;
	seen->refused = request && http_request_was_refused(request);
	seen->status = status;
	seen->ok = !failure;
	if (failure)
		seen->err = *failure;
	seen->body = *body;
	*body = (struct buffer){ 0 };
	seen->request = NULL;
	seen_close(seen);
}

static void start_at(unsigned port, struct seen *seen, struct http_request_options options)
{
	AUTO(text) char *url = text_format("http://127.0.0.1:%u/path?q=1", port);

	options.url = url;
	options.on_head = on_head;
	options.on_done = on_done;
	options.context = seen;
	ck_assert_msg(http_client_start(client, &options, &seen->request, &err), "%s", err.text);
}

static void give_up(void *context UNUSED)
{
	ck_abort_msg("the loop ran for 30 s without an end");
}

static void run(void)
{
	struct loop_timer *guard;

	ck_assert(loop_timer_new(loop, give_up, NULL, &guard, NULL));
	loop_timer_arm(guard, 30000);
	ck_assert(loop_run(loop, &err));
	loop_timer_free(guard);
}

static void run_ms(uint64_t ms)
{
	struct loop_timer *timer;

	ck_assert(loop_timer_new(loop, (loop_timer_fn)(void *)loop_stop, loop, &timer, NULL));
	loop_timer_arm(timer, ms);
	run();
	loop_timer_free(timer);
}

static void run_one(struct seen *seen, struct http_request_options options)
{
	int open = 1;

	seen->open = &open;
	start_at(peer.port, seen, options);
	run();
}

static void setup(void)
{
	const struct http_client_options options = { .max_connections_per_host = 4 };

	ck_assert(loop_new(&loop, &err));
	ck_assert(http_client_new(loop, &options, &client, &err));
}

static void teardown(void)
{
	http_client_free(client);
	loop_free(loop);
}

/* --- whole answers --- */

static struct buffer last_request; /* of answer_recorded */

static void answer_recorded(struct peer_connection *connection, void *context)
{
	AUTO(buffer) struct buffer rest = { 0 };

	if (peer_read_request(connection->fd, &last_request) && peer_send(connection->fd, context))
		peer_read_until(connection->fd, &rest, NULL);
}

static void answer_text(struct peer_connection *connection, void *context)
{
	AUTO(buffer) struct buffer request = { 0 };

	while (peer_read_request(connection->fd, &request))
		if (!peer_send(connection->fd, context))
			return;
}

static const struct {
	const char *spec;
	const char *answer;
	int status;
	const char *type;
	const char *body;
} answers[] = {
	{ "a length says where the body ends",
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
		200, "text/plain", "hello" },
	{ "chunks are joined",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
		"chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
		200, "", "hello" },
	{ "any status is an answer", "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno", 503, "",
		"no" },
	{ "a redirect is not followed",
		"HTTP/1.1 302 Go\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, "", "" },
	{ "an interim answer is passed over",
		"HTTP/1.1 100 Continue\r\nContent-Type: wrong\r\n\r\nHTTP/1.1 201 "
		"Made\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n",
		201, "a/b", "" },
	{ "a body without length ends with the connection", "HTTP/1.1 204 None\r\n\r\n", 204, "",
		"" },
	{ "the last header of a name counts",
		"HTTP/1.1 200 OK\r\nContent-Type: one\r\ncontent-type:  two \r\nContent-Length: "
		"0\r\n\r\n",
		200, "two", "" },
	{ "trailers are not headers",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: "
		"Content-Type\r\n\r\n1\r\nx\r\n0\r\nContent-Type: late\r\n\r\n",
		200, "", "x" },
};

START_TEST(whole_answers_arrive)
{
	struct seen seen = { 0 };

	peer_start(&peer, answer_text, (void *)answers[_i].answer);
	run_one(&seen, (struct http_request_options){ .method = "GET" });
	ck_assert_msg(seen.ok, "%s: %s", answers[_i].spec, seen.err.text);
	ck_assert_int_eq(seen.heads, 1);
	ck_assert_int_eq(seen.dones, 1);
	ck_assert_int_eq(seen.status, answers[_i].status);
	ck_assert_msg(strcmp(seen.type, answers[_i].type) == 0, "%s: type %s", answers[_i].spec,
		seen.type);
	ck_assert_msg(strcmp(seen.body.data ? seen.body.data : "", answers[_i].body) == 0,
		"%s: body %s", answers[_i].spec, seen.body.data);
	seen_fini(&seen);
	peer_stop(&peer);
}
END_TEST

#define EMPTY_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static const struct {
	const char *spec, *method, *body, *line, *has, *has_not;
} requests[] = {
	{ "a get has no body", "GET", "", "GET /path?q=1 HTTP/1.1\r\n", "\r\nX-One: 1\r\n",
		"Content-Length" },
	{ "a post sends its bytes", "POST", "{}", "POST /path?q=1 HTTP/1.1\r\n",
		"\r\nContent-Length: 2\r\n", "Content-Type" },
	{ "an empty post says so", "POST", "", "POST /path?q=1 HTTP/1.1\r\n",
		"\r\nContent-Length: 0\r\n", "Expect" },
	{ "a patch is a patch", "PATCH", "[1]", "PATCH /path", "\r\n\r\n[1]", "Accept" },
	{ "a put is a put", "PUT", "[1]", "PUT /path", "\r\n\r\n[1]", "Accept" },
	{ "a delete may have a body", "DELETE", "{\"a\":1}", "DELETE /path", "\r\n\r\n{\"a\":1}",
		"x-www-form" },
	{ "a delete may have none", "DELETE", "", "DELETE /path", "\r\nX-Empty:\r\n",
		"Content-Length" },
};

START_TEST(requests_go_out_as_asked)
{
	struct seen seen = { 0 };
	const struct http_header headers[] = { { "X-One", "1" }, { "X-Empty", "" },
		{ NULL, NULL } };
	struct http_request_options options = { .method = requests[_i].method, .headers = headers };

	buffer_puts(&options.body, requests[_i].body);
	peer_start(&peer, answer_recorded, EMPTY_ANSWER);
	run_one(&seen, options);
	ck_assert_msg(seen.ok, "%s: %s", requests[_i].spec, seen.err.text);
	peer_stop(&peer);
	ck_assert_msg(text_starts_with(last_request.data, requests[_i].line), "%s: %s",
		requests[_i].spec, last_request.data);
	ck_assert_msg(strstr(last_request.data, requests[_i].has), "%s: %s", requests[_i].spec,
		last_request.data);
	ck_assert_msg(!strstr(last_request.data, requests[_i].has_not), "%s: %s", requests[_i].spec,
		last_request.data);
	buffer_fini(&last_request);
	seen_fini(&seen);
}
END_TEST

START_TEST(connections_are_used_again)
{
	peer_start(&peer, answer_text, EMPTY_ANSWER);
	for (int i = 0; i < 5; i++) {
		struct seen seen = { 0 };

		run_one(&seen, (struct http_request_options){ .method = "GET" });
		ck_assert(seen.ok);
		seen_fini(&seen);
	}
	ck_assert_int_eq(atomic_load(&peer.connections), 1);
	peer_stop(&peer);
}
END_TEST

START_TEST(no_more_connections_than_allowed_and_the_rest_waits)
{
	struct seen seen[20] = { 0 };
	int open = COUNT(seen);

	peer_start(&peer, answer_text, EMPTY_ANSWER);
	for (size_t i = 0; i < COUNT(seen); i++) {
		seen[i].open = &open;
		start_at(peer.port, &seen[i], (struct http_request_options){ .method = "GET" });
	}
	run();
	for (size_t i = 0; i < COUNT(seen); i++) {
		ck_assert_int_eq(seen[i].dones, 1);
		ck_assert(seen[i].ok);
		seen_fini(&seen[i]);
	}
	ck_assert_int_le(atomic_load(&peer.connections), 4);
	peer_stop(&peer);
}
END_TEST

/* --- broken answers --- */

struct cut {
	const char *answer;
	size_t at;
};

static void answer_cut(struct peer_connection *connection, void *context)
{
	const struct cut *cut = context;
	AUTO(buffer) struct buffer request = { 0 };

	if (peer_read_request(connection->fd, &request))
		peer_send_bytes(connection->fd, cut->answer, cut->at);
}

static const struct {
	const char *answer;
	size_t spare; /* bytes at the end that say nothing any more */
} cut_answers[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", 0 },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
		1 },
};

START_TEST(an_answer_cut_at_any_byte_is_an_error_never_a_short_answer)
{
	struct cut cut = { .answer = cut_answers[_i].answer };
	size_t whole = strlen(cut.answer);

	for (cut.at = 0; cut.at <= whole; cut.at++) {
		struct seen seen = { 0 };

		peer_start(&peer, answer_cut, &cut);
		run_one(&seen, (struct http_request_options){ .method = "POST" });
		ck_assert_int_eq(seen.dones, 1);
		ck_assert_msg(seen.ok == (cut.at + cut_answers[_i].spare >= whole),
			"cut at %zu of %zu", cut.at, whole);
		ck_assert(!seen.refused);
		if (!seen.ok)
			ck_assert_int_eq(seen.err.code, ERR_IO);
		if (seen.ok)
			ck_assert_str_eq(seen.body.data, "hello");
		seen_fini(&seen);
		peer_stop(&peer);
	}
}
END_TEST

START_TEST(nobody_listening_is_an_io_error)
{
	struct seen seen = { 0 };
	int open = 1;
	unsigned port;
	int fd = peer_listen(&port);

	close(fd);
	seen.open = &open;
	start_at(port, &seen, (struct http_request_options){ .method = "GET" });
	run();
	ck_assert(!seen.ok);
	ck_assert_int_eq(seen.err.code, ERR_IO);
	ck_assert(seen.refused);
	ck_assert_ptr_nonnull(strstr(seen.err.text, "127.0.0.1"));
	seen_fini(&seen);
}
END_TEST

static void answer_never(struct peer_connection *connection, void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };

	while (peer_read_request(connection->fd, &request))
		;
}

static void answer_half(struct peer_connection *connection, void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };

	if (peer_read_request(connection->fd, &request) &&
		peer_send(connection->fd, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhe"))
		peer_read_until(connection->fd, &request, NULL);
}

static void answer_slowly(struct peer_connection *connection, void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };

	if (!peer_read_request(connection->fd, &request) ||
		!peer_send(connection->fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"))
		return;
	for (int i = 0; i < 10 && peer_send(connection->fd, "x"); i++)
		peer_sleep_ms(60);
}

START_TEST(pieces_are_handed_over_as_they_come)
{
	struct seen seen = { 0 };

	peer_start(&peer, answer_slowly, NULL);
	run_one(&seen, (struct http_request_options){ .method = "GET", .on_data = on_data });
	ck_assert(seen.ok);
	ck_assert_str_eq(seen.data.data, "xxxxxxxxxx");
	ck_assert_uint_eq(seen.body.bytes, 0);
	seen_fini(&seen);
	peer_stop(&peer);
}
END_TEST

static const struct {
	const char *spec;
	peer_script_fn script;
	struct http_request_options options;
	bool ok;
} silences[] = {
	{ "no byte at all", answer_never, { .idle_timeout_ms = 200 }, false },
	{ "silence inside the body", answer_half, { .idle_timeout_ms = 200 }, false },
	{ "slow but steady is not idle", answer_slowly, { .idle_timeout_ms = 300 }, true },
	{ "the total time ends also what is steady", answer_slowly, { .total_timeout_ms = 200 },
		false },
};

START_TEST(silence_ends_with_a_timeout)
{
	struct seen seen = { 0 };
	struct http_request_options options = silences[_i].options;

	options.method = "GET";
	peer_start(&peer, silences[_i].script, NULL);
	run_one(&seen, options);
	ck_assert_msg(seen.ok == silences[_i].ok, "%s: %s", silences[_i].spec, seen.err.text);
	if (!silences[_i].ok)
		ck_assert_msg(
			seen.err.code == ERR_TIMEOUT, "%s: %s", silences[_i].spec, seen.err.text);
	seen_fini(&seen);
	peer_stop(&peer);
}
END_TEST

static void answer_large(struct peer_connection *connection, void *context)
{
	static char block[65536];
	AUTO(buffer) struct buffer request = { 0 };
	size_t left = *(size_t *)context;
	char head[128];

	if (!peer_read_request(connection->fd, &request))
		return;
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", left);
	if (!peer_send(connection->fd, head))
		return;
	while (left) {
		size_t part = left < sizeof(block) ? left : sizeof(block);

		if (!peer_send_bytes(connection->fd, block, part))
			return;
		left -= part;
	}
}

static void answer_headers(struct peer_connection *connection, void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };

	if (!peer_read_request(connection->fd, &request) ||
		!peer_send(connection->fd, "HTTP/1.1 200 OK\r\n"))
		return;
	while (peer_send(connection->fd, "X-Flood: 0123456789012345678901234567890123456789\r\n"))
		;
}

START_TEST(a_body_over_the_limit_is_refused)
{
	size_t bytes = 100001;
	struct seen seen = { 0 };

	peer_start(&peer, answer_large, &bytes);
	run_one(&seen, (struct http_request_options){ .method = "GET", .max_body_bytes = 100000 });
	ck_assert(!seen.ok);
	ck_assert_int_eq(seen.err.code, ERR_TOO_LARGE);
	seen_fini(&seen);
	bytes = 100000;
	run_one(&seen, (struct http_request_options){ .method = "GET", .max_body_bytes = 100000 });
	ck_assert(seen.ok);
	ck_assert_uint_eq(seen.body.bytes, 100000);
	seen_fini(&seen);
	peer_stop(&peer);
}
END_TEST

START_TEST(a_flood_of_headers_is_refused)
{
	struct seen seen = { 0 };

	peer_start(&peer, answer_headers, NULL);
	run_one(&seen, (struct http_request_options){ .method = "GET" });
	ck_assert(!seen.ok);
	ck_assert_int_eq(seen.err.code, ERR_TOO_LARGE);
	seen_fini(&seen);
	peer_stop(&peer);
}
END_TEST

/* --- refusals at the start --- */

static const struct {
	const char *spec, *url, *header, *value;
} bad_starts[] = {
	{ "no scheme", "127.0.0.1/", "A", "b" },
	{ "another protocol", "file:///etc/passwd", "A", "b" },
	{ "a line break in a value", "http://127.0.0.1/", "A", "b\r\nC: d" },
	{ "a line break in a name", "http://127.0.0.1/", "A\n", "b" },
	{ "a blank in the path", "http://127.0.0.1/a b", "A", "b" },
	{ "a line break in the path", "http://127.0.0.1/a\r\nB: c", "A", "b" },
	{ "no host", "http:///a", "A", "b" },
	{ "a user before the host", "http://user@127.0.0.1/", "A", "b" },
	{ "a port that is none", "http://127.0.0.1:65536/", "A", "b" },
	{ "a length of the caller's", "http://127.0.0.1/", "Content-Length", "7" },
};

START_TEST(bad_starts_are_refused)
{
	const struct http_header headers[] = { { bad_starts[_i].header, bad_starts[_i].value },
		{ NULL, NULL } };
	struct http_request_options options = {
		.method = "POST", .url = bad_starts[_i].url, .headers = headers
	};
	struct http_request *request;

	buffer_puts(&options.body, "released all the same");
	ck_assert_msg(
		!http_client_start(client, &options, &request, &err), "%s", bad_starts[_i].spec);
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_ptr_null(options.body.data);
}
END_TEST

/* --- pause --- */

static int pauses;
static struct loop_timer *later;

static void resume(void *context)
{
	struct seen *seen = context;

	http_request_resume(seen->request);
}

static bool pause_each(
	void *context, struct http_request *request UNUSED, const char *data, size_t bytes)
{
	struct seen *seen = context;

	if (pauses % 2 == 0) {
		pauses++;
		loop_timer_arm(later, 5);
		return false;
	}
	pauses++;
	buffer_append(&seen->data, data, bytes);
	return true;
}

START_TEST(a_paused_answer_loses_nothing)
{
	size_t bytes = 300000;
	struct seen seen = { 0 };

	pauses = 0;
	peer_start(&peer, answer_large, &bytes);
	ck_assert(loop_timer_new(loop, resume, &seen, &later, NULL));
	run_one(&seen, (struct http_request_options){
			       .method = "GET", .on_data = pause_each, .idle_timeout_ms = 5000 });
	ck_assert_msg(seen.ok, "%s", seen.err.text);
	ck_assert_uint_eq(seen.data.bytes, bytes);
	ck_assert_int_gt(pauses, 4);
	loop_timer_free(later);
	seen_fini(&seen);
	peer_stop(&peer);
}
END_TEST

/* --- cancel --- */

enum cancel_stage {
	CANCEL_AT_ONCE,
	CANCEL_NEXT_TURN,
	CANCEL_WHILE_WAITING,
	CANCEL_IN_HEAD,
	CANCEL_IN_DATA,
	CANCEL_PAUSED,
	CANCEL_IN_DONE
};

static enum cancel_stage stage;
static struct seen victim;

static void cancel(void *context UNUSED)
{
	http_request_cancel(victim.request);
}

static void cancelling_head(void *context UNUSED, struct http_request *request, int status UNUSED)
{
	victim.heads++;
	if (stage == CANCEL_IN_HEAD)
		http_request_cancel(request);
}

static bool cancelling_data(void *context UNUSED, struct http_request *request,
	const char *data UNUSED, size_t bytes UNUSED)
{
	ck_assert_int_ne(stage, CANCEL_IN_HEAD);
	if (stage == CANCEL_IN_DATA)
		http_request_cancel(request);
	if (stage == CANCEL_PAUSED) {
		ck_assert(loop_post(loop, cancel, NULL, NULL));
		return false;
	}
	return true;
}

static void cancelling_done(void *context UNUSED, struct http_request *request, int status UNUSED,
	struct buffer *body UNUSED, const struct error *failure UNUSED)
{
	victim.dones++;
	http_request_cancel(request);
}

START_TEST(a_cancelled_request_calls_back_no_more)
{
	struct http_request_options options = { .method = "GET",
		.on_head = cancelling_head,
		.on_data = cancelling_data,
		.on_done = cancelling_done };
	AUTO(text) char *url = NULL;
	struct seen after = { 0 };
	struct loop_timer *timer;

	stage = (enum cancel_stage)_i;
	victim = (struct seen){ 0 };
	peer_start(&peer,
		stage == CANCEL_IN_DONE   ? answer_text
		: stage >= CANCEL_IN_HEAD ? answer_half
					  : answer_never,
		EMPTY_ANSWER);
	url = text_format("http://127.0.0.1:%u/", peer.port);
	options.url = url;
	ck_assert(loop_timer_new(loop, cancel, NULL, &timer, NULL));
	ck_assert(http_client_start(client, &options, &victim.request, &err));
	if (stage == CANCEL_AT_ONCE)
		http_request_cancel(victim.request);
	if (stage == CANCEL_NEXT_TURN)
		ck_assert(loop_post(loop, cancel, NULL, NULL));
	if (stage == CANCEL_WHILE_WAITING)
		loop_timer_arm(timer, 50);
	run_ms(150);
	for (int i = 0; i < 300; i++)
		if (stage == CANCEL_IN_DONE ? !victim.dones : atomic_load(&peer.alive) != 0)
			run_ms(100);
	ck_assert_int_eq(victim.dones, stage == CANCEL_IN_DONE);
	/* The connection was closed: the peer's script has ended, unless the answer had come whole. */
	if (stage != CANCEL_IN_DONE)
		ck_assert_int_eq(atomic_load(&peer.alive), 0);
	/* And the client works on. */
	peer_stop(&peer);
	peer_start(&peer, answer_text, EMPTY_ANSWER);
	run_one(&after, (struct http_request_options){ .method = "GET" });
	ck_assert(after.ok);
	seen_fini(&after);
	loop_timer_free(timer);
	peer_stop(&peer);
}
END_TEST

static struct seen second;

static void start_second(void *context UNUSED, struct http_request *request UNUSED,
	int status UNUSED, struct buffer *body UNUSED, const struct error *failure)
{
	ck_assert_ptr_null(failure);
	start_at(peer.port, &second, (struct http_request_options){ .method = "GET" });
}

START_TEST(a_callback_may_start_the_next_request)
{
	AUTO(text) char *url = NULL;
	struct http_request_options options = { .method = "GET", .on_done = start_second };
	struct http_request *first;
	int open = 1;

	second = (struct seen){ .open = &open };
	peer_start(&peer, answer_text, EMPTY_ANSWER);
	url = text_format("http://127.0.0.1:%u/", peer.port);
	options.url = url;
	ck_assert(http_client_start(client, &options, &first, &err));
	run();
	ck_assert(second.ok);
	seen_fini(&second);
	peer_stop(&peer);
}
END_TEST

START_TEST(freeing_the_client_ends_everything_silently)
{
	struct seen seen[5] = { 0 };

	peer_start(&peer, answer_never, NULL);
	for (size_t i = 0; i < COUNT(seen); i++)
		start_at(peer.port, &seen[i],
			(struct http_request_options){ .method = "GET", .idle_timeout_ms = 1000 });
	run_ms(20);
	teardown();
	for (size_t i = 0; i < COUNT(seen); i++)
		ck_assert_int_eq(seen[i].dones, 0);
	peer_stop(&peer);
	setup();
}
END_TEST

START_TEST(an_idle_client_does_not_turn)
{
	struct seen seen = { 0 };
	struct loop_stats before;
	struct loop_stats after;

	peer_start(&peer, answer_never, NULL);
	start_at(peer.port, &seen, (struct http_request_options){ .method = "GET" });
	run_ms(50);
	loop_take_stats(loop, &before);
	run_ms(500);
	loop_take_stats(loop, &after);
	ck_assert_uint_le(after.turns - before.turns, 20);
	http_request_cancel(seen.request);
	run_ms(10);
	peer_stop(&peer);
}
END_TEST

/* --- kept connections that the peer closes --- */

struct rude {
	atomic_int
		answers; /* before the peer closes a connection as soon as it has read a request */
	bool speaks; /* sends a byte first */
	bool only_once; /* its second connection is served well */
	atomic_int requests;
};

static void answer_rudely(struct peer_connection *connection, void *context)
{
	struct rude *rude = context;
	AUTO(buffer) struct buffer request = { 0 };

	for (int i = 0; peer_read_request(connection->fd, &request); i++) {
		atomic_fetch_add(&rude->requests, 1);
		if (i >= atomic_load(&rude->answers) && !(rude->only_once && connection->number)) {
			if (rude->speaks)
				peer_send(connection->fd, "H");
			return;
		}
		if (!peer_send(connection->fd, EMPTY_ANSWER))
			return;
	}
}

static const struct {
	const char *spec, *method;
	struct rude rude;
	bool ok; /* the second of two requests */
	int requests; /* the peer saw */
} again[] = {
	{ "a GET is sent again", "GET", { 1, false, true, 0 }, true, 3 },
	{ "a HEAD is sent again", "HEAD", { 1, false, true, 0 }, true, 3 },
	{ "a PUT is sent again", "PUT", { 1, false, true, 0 }, true, 3 },
	{ "a DELETE is sent again", "DELETE", { 1, false, true, 0 }, true, 3 },
	{ "a POST that the peer has read is not", "POST", { 1, false, true, 0 }, false, 2 },
	{ "a PATCH that the peer has read is not", "PATCH", { 1, false, true, 0 }, false, 2 },
	{ "nothing is, once the answer has begun", "GET", { 1, true, true, 0 }, false, 2 },
};

START_TEST(a_request_is_sent_again_only_when_that_is_harmless)
{
	struct rude rude = { .answers = again[_i].rude.answers,
		.speaks = again[_i].rude.speaks,
		.only_once = again[_i].rude.only_once };
	struct seen first = { 0 };
	struct seen other = { 0 };

	peer_start(&peer, answer_rudely, &rude);
	run_one(&first, (struct http_request_options){ .method = "GET" });
	ck_assert(first.ok);
	run_one(&other, (struct http_request_options){ .method = again[_i].method });
	peer_stop(&peer);
	ck_assert_msg(other.ok == again[_i].ok, "%s: %s", again[_i].spec, other.err.text);
	ck_assert_int_eq(other.dones, 1);
	ck_assert(!other.refused);
	if (!other.ok)
		ck_assert_int_eq(other.err.code, ERR_IO);
	ck_assert_msg(atomic_load(&rude.requests) == again[_i].requests, "%s: %d requests",
		again[_i].spec, atomic_load(&rude.requests));
	seen_fini(&first);
	seen_fini(&other);
}
END_TEST

START_TEST(a_new_connection_that_is_closed_is_no_reason_to_try_again)
{
	struct rude rude = { .answers = 0 };
	struct seen seen = { 0 };

	peer_start(&peer, answer_rudely, &rude);
	run_one(&seen, (struct http_request_options){ .method = "GET" });
	peer_stop(&peer);
	ck_assert(!seen.ok);
	ck_assert_int_eq(seen.err.code, ERR_IO);
	ck_assert_int_eq(atomic_load(&rude.requests), 1);
	seen_fini(&seen);
}
END_TEST

START_TEST(what_is_sent_again_is_not_sent_a_third_time)
{
	struct rude rude = { .answers = 1 };
	struct seen seen = { 0 };

	/* The first connection is kept; the one of the second try is closed at its first request. */
	peer_start(&peer, answer_rudely, &rude);
	run_one(&seen, (struct http_request_options){ .method = "GET" });
	ck_assert(seen.ok);
	seen_fini(&seen);
	atomic_store(&rude.answers, 0);
	run_one(&seen, (struct http_request_options){ .method = "GET" });
	peer_stop(&peer);
	ck_assert(!seen.ok);
	ck_assert_int_eq(atomic_load(&rude.requests), 3);
	seen_fini(&seen);
}
END_TEST

static void answer_once(struct peer_connection *connection, void *context)
{
	AUTO(buffer) struct buffer request = { 0 };

	if (peer_read_request(connection->fd, &request))
		peer_send(connection->fd, context);
}

START_TEST(a_connection_the_peer_has_closed_is_not_used_again)
{
	peer_start(&peer, answer_once, EMPTY_ANSWER);
	for (int i = 0; i < 3; i++) {
		struct seen seen = { 0 };

		run_one(&seen, (struct http_request_options){ .method = "POST" });
		ck_assert_msg(seen.ok, "%s", seen.err.text);
		seen_fini(&seen);
		for (int waited = 0; waited < 1000 && atomic_load(&peer.alive); waited++)
			run_ms(5);
		run_ms(20);
	}
	ck_assert_int_eq(atomic_load(&peer.connections), 3);
	peer_stop(&peer);
}
END_TEST

static const char *const unkept[] = {
	"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
};

START_TEST(a_connection_that_must_not_carry_another_request_is_closed)
{
	peer_start(&peer, answer_text, (void *)unkept[_i]);
	for (int i = 0; i < 2; i++) {
		struct seen seen = { 0 };

		run_one(&seen, (struct http_request_options){ .method = "POST" });
		ck_assert_msg(seen.ok, "%s", seen.err.text);
		seen_fini(&seen);
	}
	ck_assert_int_eq(atomic_load(&peer.connections), 2);
	peer_stop(&peer);
}
END_TEST

/* --- names --- */

static struct seen ask_name(const char *host, unsigned port, const char *method)
{
	AUTO(text) char *url = text_format("http://%s:%u/", host, port);
	int open = 1;
	struct seen seen = { .open = &open };
	struct http_request_options options = {
		.method = method, .url = url, .on_done = on_done, .context = &seen
	};

	ck_assert_msg(http_client_start(client, &options, &seen.request, &err), "%s", err.text);
	run();
	seen.open = NULL;
	return seen;
}

START_TEST(a_name_is_looked_up)
{
	struct seen seen;

	peer_start(&peer, answer_text, EMPTY_ANSWER);
	seen = ask_name("localhost", peer.port, "GET");
	ck_assert_msg(seen.ok, "%s", seen.err.text);
	seen_fini(&seen);
	peer_stop(&peer);
}
END_TEST

START_TEST(a_name_without_an_address_is_refused)
{
	struct seen seen = ask_name("no-such-host.invalid", 80, "POST");

	ck_assert(!seen.ok);
	ck_assert(seen.refused);
	ck_assert_ptr_nonnull(strstr(seen.err.text, "no-such-host.invalid"));
	seen_fini(&seen);
}
END_TEST

START_TEST(giving_up_a_name_does_not_wait_for_it)
{
	struct http_request_options options = { .method = "GET",
		.url = "http://no-such-host.invalid/",
		.on_done = on_done,
		.context = &victim };
	uint64_t began = clock_monotonic_ms();

	victim = (struct seen){ 0 };
	ck_assert(http_client_start(client, &options, &victim.request, &err));
	run_ms(1);
	if (!victim.dones)
		http_request_cancel(victim.request);
	teardown();
	ck_assert_uint_lt(clock_monotonic_ms() - began, 9000);
	setup();
	seen_fini(&victim);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http client");
	TCase *tc = tcase_create("client");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, whole_answers_arrive, 0, COUNT(answers));
	tcase_add_loop_test(tc, requests_go_out_as_asked, 0, COUNT(requests));
	tcase_add_test(tc, connections_are_used_again);
	tcase_add_test(tc, no_more_connections_than_allowed_and_the_rest_waits);
	tcase_add_loop_test(tc, an_answer_cut_at_any_byte_is_an_error_never_a_short_answer, 0,
		COUNT(cut_answers));
	tcase_add_test(tc, nobody_listening_is_an_io_error);
	tcase_add_test(tc, pieces_are_handed_over_as_they_come);
	tcase_add_loop_test(tc, silence_ends_with_a_timeout, 0, COUNT(silences));
	tcase_add_test(tc, a_body_over_the_limit_is_refused);
	tcase_add_test(tc, a_flood_of_headers_is_refused);
	tcase_add_loop_test(tc, bad_starts_are_refused, 0, COUNT(bad_starts));
	tcase_add_test(tc, a_paused_answer_loses_nothing);
	tcase_add_loop_test(tc, a_cancelled_request_calls_back_no_more, 0, CANCEL_IN_DONE + 1);
	tcase_add_test(tc, a_callback_may_start_the_next_request);
	tcase_add_test(tc, freeing_the_client_ends_everything_silently);
	tcase_add_test(tc, an_idle_client_does_not_turn);
	tcase_add_loop_test(
		tc, a_request_is_sent_again_only_when_that_is_harmless, 0, COUNT(again));
	tcase_add_test(tc, a_new_connection_that_is_closed_is_no_reason_to_try_again);
	tcase_add_test(tc, what_is_sent_again_is_not_sent_a_third_time);
	tcase_add_test(tc, a_connection_the_peer_has_closed_is_not_used_again);
	tcase_add_loop_test(
		tc, a_connection_that_must_not_carry_another_request_is_closed, 0, COUNT(unkept));
	tcase_add_test(tc, a_name_is_looked_up);
	tcase_add_test(tc, a_name_without_an_address_is_refused);
	tcase_add_test(tc, giving_up_a_name_does_not_wait_for_it);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
