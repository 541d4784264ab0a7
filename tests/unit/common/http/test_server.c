#include "http/server.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/exchange.h" /* what is in its room */
#include "support/peer.h"
#include "support/suite.h"

static struct loop *loop;
static struct http_server *server;
static struct error err;

/* --- the service under test: what it does depends on the path --- */

static atomic_int closed;
static atomic_int closed_answered;
static atomic_int event_credit; /* so many events are sent, and then no more */
static size_t most_pending;

static struct buffer ends;

static void on_end(void *context UNUSED, struct http_exchange *exchange)
{
	buffer_printf(&ends, "%s %s %d %s %s;", http_method(exchange), http_path(exchange),
		http_status(exchange), http_note(exchange) ? http_note(exchange) : "-",
		http_header(exchange, "Host"));
	ck_assert_uint_lt(http_took_us(exchange), 60000000);
}

struct open {
	struct http_exchange *exchange;
	struct loop_timer *timer;
	int events_left;
	size_t bytes_left;
};

static void on_close(void *context)
{
	struct open *it = context;

	closed++;
	closed_answered += http_is_answered(it->exchange);
	loop_timer_free(it->timer);
	free(it);
}

static void answer_late(void *context)
{
	struct open *it = context;

	http_answer_text(it->exchange, 200, "text/plain", "late");
}

static void send_event(void *context)
{
	struct open *it = context;
	struct buffer bytes = { 0 };

	if (atomic_load(&event_credit) == 0) {
		loop_timer_arm(it->timer, 1);
		return;
	}
	atomic_fetch_sub(&event_credit, 1);
	buffer_printf(&bytes, "event %d\n", it->events_left);
	http_stream_write(it->exchange, &bytes);
	if (--it->events_left == 0)
		http_stream_end(it->exchange);
	else
		loop_timer_arm(it->timer, 5);
}

static void pour(void *context)
{
	struct open *it = context;

	while (it->bytes_left && !http_stream_is_full(it->exchange)) {
		struct buffer bytes = { 0 };
		size_t part = it->bytes_left < 50000 ? it->bytes_left : 50000;

		memset(buffer_reserve(&bytes, part), 'x', part);
		buffer_grew(&bytes, part);
		http_stream_write(it->exchange, &bytes);
		it->bytes_left -= part;
		if (http_stream_pending(it->exchange) > most_pending)
			most_pending = http_stream_pending(it->exchange);
	}
	if (!it->bytes_left)
		http_stream_end(it->exchange);
}

static void serve_echo(struct http_exchange *exchange)
{
	struct buffer body = { 0 };
	const char *kind = http_header(exchange, "x-kind");

	buffer_printf(&body, "%s|%s|%s|%s|%s|", http_method(exchange), http_path(exchange),
		http_query(exchange), kind ? kind : "-", http_peer(exchange));
	buffer_append(&body, http_body(exchange)->data, http_body(exchange)->bytes);
	http_set_header(exchange, "X-Extra", "1");
	http_set_note(exchange, "echo");
	http_answer(exchange, 200, "text/plain", &body);
}

static void serve(void *context UNUSED, struct http_exchange *exchange)
{
	const char *path = http_path(exchange);
	struct open *it;

	if (!text_starts_with(path, "/open/")) {
		serve_echo(exchange);
		return;
	}
	path += strlen("/open/");
	it = calloc(1, sizeof(*it));
	it->exchange = exchange;
	http_set_hooks(exchange, &(const struct http_exchange_hooks){
					 .on_close = on_close, .on_drain = pour, .context = it });
	if (strcmp(path, "late") == 0) {
		ck_assert(loop_timer_new(loop, answer_late, it, &it->timer, NULL));
		loop_timer_arm(it->timer, 50);
	} else if (strcmp(path, "stream") == 0) {
		ck_assert(loop_timer_new(loop, send_event, it, &it->timer, NULL));
		it->events_left = 5;
		http_set_header(exchange, "Cache-Control", "no-cache");
		http_stream_begin(exchange, 200, "text/event-stream");
		loop_timer_arm(it->timer, 20);
	} else if (strcmp(path, "quiet") == 0) {
		http_stream_begin(exchange, 200, "text/event-stream");
	} else if (strcmp(path, "pour") == 0) {
		it->bytes_left = 5000000;
		http_stream_begin(exchange, 200, "text/plain");
		pour(it);
	}
	/* "never": neither */
}

/* --- driving: the loop here, the client's side on another thread --- */

static void *(*client_side)(void *);

static void stop_soon(void *context UNUSED)
{
	loop_stop(loop);
}

static void *run_client_side(void *context)
{
	client_side(context);
	if (!loop_post(loop, stop_soon, NULL, NULL))
		abort();
	return NULL;
}

static void drive(void *(*side)(void *), void *context)
{
	pthread_t thread;

	client_side = side;
	ck_assert_int_eq(pthread_create(&thread, NULL, run_client_side, context), 0);
	ck_assert(loop_run(loop, &err));
	pthread_join(thread, NULL);
}

static void begin(const struct http_server_options *changes)
{
	struct http_server_options options = *changes;

	closed = 0;
	closed_answered = 0;
	event_credit = 0;
	most_pending = 0;
	ck_assert(loop_new(&loop, &err));
	options.listen = "127.0.0.1:0";
	options.loop = loop;
	options.on_request = serve;
	options.on_end = on_end;
	ck_assert_msg(http_server_start(&options, &server, &err), "%s", err.text);
}

static void setup(void)
{
	begin(&(const struct http_server_options){ .max_body_bytes = 1000 });
}

static void setup_impatient(void)
{
	begin(&(const struct http_server_options){ .idle_timeout_s = 1, .request_timeout_s = 2 });
}

static void teardown(void)
{
	http_server_stop(server);
	loop_free(loop);
	buffer_fini(&ends);
}

/* Sends `request` (may be several) and reads until `until` or the end. */
static void talk(const char *request, const char *until, struct buffer *answer)
{
	int fd = peer_connect(http_server_port(server));

	peer_send(fd, request);
	peer_read_until(fd, answer, until);
	close(fd);
}

/* --- requests --- */

static const struct {
	const char *spec, *request, *want;
} requests[] = {
	{ "a path keeps its escapes and dots",
		"GET /a%2Fb/../c?x=%20+&y HTTP/1.1\r\nHost: h\r\nX-Kind: k\r\nConnection: "
		"close\r\n\r\n",
		"\r\n\r\nGET|/a%2Fb/../c|x=%20+&y|k|127.0.0.1|" },
	{ "a body arrives whole",
		"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
		"POST|/||-|127.0.0.1|hello" },
	{ "a chunked body arrives whole",
		"PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: "
		"chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
		"PUT|/||-|127.0.0.1|hello" },
	{ "the form for proxies is understood",
		"GET http://h/p?q HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		"GET|/p|q|-|" },
	{ "headers of ours are sent", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		"\r\nX-Extra: 1\r\n" },
	{ "the type is sent", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		"\r\nContent-Type: text/plain\r\n" },
	{ "head has a length and no body",
		"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		"Content-Length: 20\r\n" },
	{ "a late answer comes", "GET /open/late HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		"\r\n\r\nlate" },
	{ "no host is refused", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400" },
	{ "a length beyond all numbers is refused",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
		"HTTP/1.1 4" },
	{ "noise is refused", "\x16\x03\x01 what is this\r\n\r\n", "HTTP/1.1 400" },
	{ "a body at the limit is taken", NULL, "HTTP/1.1 200" },
};

static void *ask(void *context)
{
	int i = *(int *)context;
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };

	if (requests[i].request)
		buffer_puts(&request, requests[i].request);
	else
		buffer_printf(&request,
			"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: "
			"1000\r\n\r\n%01000d",
			0);
	talk(request.data, NULL, &answer);
	ck_assert_msg(answer.data && strstr(answer.data, requests[i].want), "%s: %s",
		requests[i].spec, answer.data);
	return NULL;
}

START_TEST(requests_are_answered)
{
	drive(ask, &_i);
}
END_TEST

static void *ask_three(void *context UNUSED)
{
	AUTO(buffer) struct buffer answer = { 0 };

	talk("GET /one HTTP/1.1\r\nHost: h\r\n\r\nGET /open/late HTTP/1.1\r\nHost: i\r\n\r\n"
	     "POST /large HTTP/1.1\r\nHost: j\r\nContent-Length: 99999999\r\n\r\n",
		"413", &answer);
	return NULL;
}

START_TEST(every_end_is_told_with_its_outcome)
{
	drive(ask_three, NULL);
	http_server_stop(server);
	server = NULL;
	ck_assert_str_eq(
		ends.data, "GET /one 200 echo h;GET /open/late 200 - i;POST /large 413 - j;");
}
END_TEST

static void *ask_twice(void *context UNUSED)
{
	AUTO(buffer) struct buffer answer = { 0 };

	talk("GET /one HTTP/1.1\r\nHost: h\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\n\r\nGET "
	     "/open/late HTTP/1.1\r\nHost: h\r\n\r\n"
	     "GET /four HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		NULL, &answer);
	ck_assert_ptr_nonnull(strstr(answer.data, "GET|/one|"));
	ck_assert_ptr_nonnull(strstr(answer.data, "GET|/two|"));
	ck_assert_ptr_nonnull(strstr(answer.data, "late"));
	ck_assert_ptr_nonnull(strstr(answer.data, "GET|/four|"));
	return NULL;
}

START_TEST(one_connection_carries_many_requests)
{
	drive(ask_twice, NULL);
}
END_TEST

static const struct {
	const char *spec, *head;
	size_t bytes;
	bool told_to_go_on;
} bodies[] = {
	{ "one byte over", "Content-Length: 1001\r\n", 1001, false },
	{ "far over, still read to its end", "Content-Length: 3000000\r\n", 3000000, false },
	{ "too far to be read", "Content-Length: 999999999\r\n", 0, false },
	{ "asked before it is sent", "Content-Length: 5000\r\nExpect: 100-continue\r\n", 0, false },
	{ "a length near the largest number", "Content-Length: 18446744073709551614\r\n", 0,
		false },
	{ "chunks over the limit", "Transfer-Encoding: chunked\r\n", 5000, false },
};

static void *send_body(void *context)
{
	int i = *(int *)context;
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };

	buffer_printf(&request, "POST / HTTP/1.1\r\nHost: h\r\n%s\r\n", bodies[i].head);
	if (strstr(bodies[i].head, "chunked"))
		buffer_printf(&request, "%zx\r\n", bodies[i].bytes);
	memset(buffer_reserve(&request, bodies[i].bytes), 'x', bodies[i].bytes);
	buffer_grew(&request, bodies[i].bytes);
	if (strstr(bodies[i].head, "chunked"))
		buffer_puts(&request, "\r\n0\r\n\r\n");
	talk(request.data, NULL, &answer);
	/* Read to the end of the connection: the server closed it. */
	ck_assert_msg(answer.data && text_starts_with(answer.data, "HTTP/1.1 413 "), "%s: %s",
		bodies[i].spec, answer.data);
	ck_assert_msg(strstr(answer.data, "\r\nConnection: close\r\n"), "%s", bodies[i].spec);
	ck_assert_msg(
		strstr(answer.data, "\r\n\r\nrequest body too large\n"), "%s", bodies[i].spec);
	return NULL;
}

START_TEST(a_body_over_the_limit_is_answered_413_and_the_connection_closed)
{
	drive(send_body, &_i);
}
END_TEST

/* Tokens of users may be long. Twice: a connection that is kept has the same room again. */
static void *send_large_heads(void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	int fd = peer_connect(http_server_port(server));

	buffer_puts(&request, "POST /large HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ");
	for (int i = 0; i < 8192; i++)
		buffer_putc(&request, 'x');
	buffer_puts(&request, "\r\nContent-Length: 5\r\n\r\nhello");
	for (int i = 0; i < 2; i++) {
		buffer_clear(&answer);
		peer_send(fd, request.data);
		ck_assert(peer_read_until(fd, &answer, "POST|/large||-|127.0.0.1|hello"));
	}
	close(fd);
	return NULL;
}

START_TEST(a_head_of_eight_kib_is_served)
{
	drive(send_large_heads, NULL);
}
END_TEST

static void *flood_headers(void *context UNUSED)
{
	AUTO(buffer) struct buffer answer = { 0 };
	int fd = peer_connect(http_server_port(server));

	peer_send(fd, "GET / HTTP/1.1\r\nHost: h\r\n");
	for (int i = 0; i < 100000 &&
			peer_send(fd, "X-Flood: 0123456789012345678901234567890123456789\r\n");
		i++)
		;
	peer_read_until(fd, &answer, NULL);
	close(fd);
	/* The answer may be lost to a reset, a success never comes. */
	ck_assert(!answer.bytes || text_starts_with(answer.data, "HTTP/1.1 4"));
	buffer_clear(&answer);
	talk("GET /after HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", NULL, &answer);
	ck_assert_ptr_nonnull(strstr(answer.data, "GET|/after|"));
	return NULL;
}

START_TEST(a_flood_of_headers_ends_with_its_connection)
{
	drive(flood_headers, NULL);
}
END_TEST

static const struct {
	const char *query, *key;
	bool ok;
	enum error_code code;
	const char *value;
} queries[] = {
	{ "a=1&b=2", "b", true, ERR_NONE, "2" },
	{ "user_id=me%2Byou+x%40y", "user_id", true, ERR_NONE, "me+you+x@y" },
	{ "a=1&a=2", "a", true, ERR_NONE, "1" },
	{ "ab=1", "a", false, ERR_NONE, NULL },
	{ "a", "a", true, ERR_NONE, "" },
	{ "a=&b", "a", true, ERR_NONE, "" },
	{ "", "a", false, ERR_NONE, NULL },
	{ "a=%zz", "a", false, ERR_INVALID, NULL },
	{ "a=%00", "a", false, ERR_INVALID, NULL },
	{ "x=a=b", "x", true, ERR_NONE, "a=b" },
};
static int query_row;

static void serve_query(void *context UNUSED, struct http_exchange *exchange)
{
	AUTO(text) char *value = NULL;
	struct error why = { 0 };
	bool ok = http_query_value(exchange, queries[query_row].key, &value, &why);

	ck_assert_msg(ok == queries[query_row].ok, "%s", queries[query_row].query);
	if (ok)
		ck_assert_str_eq(value, queries[query_row].value);
	else
		ck_assert_int_eq(why.code, queries[query_row].code);
	http_answer(exchange, 204, NULL, NULL);
}

static void *ask_query(void *context UNUSED)
{
	AUTO(text)
	char *request = text_format("GET /?%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		queries[query_row].query);
	AUTO(buffer) struct buffer answer = { 0 };

	talk(request, NULL, &answer);
	ck_assert(text_starts_with(answer.data, "HTTP/1.1 204 "));
	return NULL;
}

START_TEST(query_values_are_decoded)
{
	const struct http_server_options options = {
		.listen = "127.0.0.1:0", .loop = loop, .on_request = serve_query
	};

	http_server_stop(server);
	ck_assert(http_server_start(&options, &server, &err));
	query_row = _i;
	drive(ask_query, NULL);
}
END_TEST

/* --- slow clients --- */

static void *send_half(void *context)
{
	AUTO(buffer) struct buffer answer = { 0 };
	int fd = peer_connect(http_server_port(server));
	uint64_t began = clock_monotonic_ms();

	peer_send(fd, context);
	ck_assert(!peer_read_until(fd, &answer, "HTTP/1.1 200"));
	ck_assert_uint_lt(clock_monotonic_ms() - began, 18000);
	close(fd);
	return NULL;
}

static const char *const halves[] = {
	"",
	"GE",
	"GET / HTTP/1.1\r\nHost: h\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
};

START_TEST(half_a_request_is_cut)
{
	drive(send_half, (void *)halves[_i]);
}
END_TEST

static void *trickle(void *context UNUSED)
{
	static const char *const start[] = { "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" };

	for (size_t i = 0; i < COUNT(start); i++) {
		int fd = peer_connect(http_server_port(server));
		uint64_t began = clock_monotonic_ms();

		peer_send(fd, start[i]);
		while (peer_send(fd, "x") && clock_monotonic_ms() - began < 20000)
			peer_sleep_ms(100);
		ck_assert_uint_lt(clock_monotonic_ms() - began, 20000);
		close(fd);
	}
	return NULL;
}

START_TEST(a_trickling_request_is_cut)
{
	drive(trickle, NULL);
}
END_TEST

static void *wait_longer_than_idle(void *context UNUSED)
{
	AUTO(buffer) struct buffer answer = { 0 };
	int fd = peer_connect(http_server_port(server));

	peer_send(fd, "GET /open/quiet HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert(peer_read_until(fd, &answer, "\r\n\r\n"));
	peer_sleep_ms(2500);
	ck_assert_int_eq(closed, 0);
	close(fd);
	for (int i = 0; i < 2000 && !closed; i++)
		peer_sleep_ms(10);
	ck_assert_int_eq(closed, 1);
	return NULL;
}

START_TEST(a_quiet_stream_outlives_the_idle_time_and_ends_with_its_client)
{
	drive(wait_longer_than_idle, NULL);
}
END_TEST

/* --- waiting and streaming --- */

static void *leave_while_waiting(void *context)
{
	for (int i = 0; i < 3; i++) {
		int fd = peer_connect(http_server_port(server));
		int before = closed;

		peer_send(fd, context);
		peer_sleep_ms(100);
		ck_assert_int_eq(closed, before);
		close(fd);
		for (int tries = 0; tries < 2000 && closed == before; tries++)
			peer_sleep_ms(10);
		ck_assert_int_eq(closed, before + 1);
	}
	ck_assert_int_eq(closed_answered, 0);
	return NULL;
}

START_TEST(a_client_that_leaves_is_noticed_at_once)
{
	static const char *const paths[] = { "GET /open/never HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /open/quiet HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /open/pour HTTP/1.1\r\nHost: h\r\n\r\n" };

	drive(leave_while_waiting, (void *)paths[_i]);
}
END_TEST

static void *read_stream(void *context UNUSED)
{
	AUTO(buffer) struct buffer seen = { 0 };
	int fd = peer_connect(http_server_port(server));

	peer_send(fd, "GET /open/stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	ck_assert(peer_read_until(fd, &seen, "\r\n\r\n"));
	ck_assert_ptr_null(strstr(seen.data, "event 5"));
	ck_assert_ptr_nonnull(strstr(seen.data, "\r\nCache-Control: no-cache\r\n"));
	for (int event = 5; event > 0; event--) {
		AUTO(text) char *text = text_format("event %d\n", event);

		/* The next is sent when this was seen: none of them waited for another. */
		atomic_store(&event_credit, 1);
		ck_assert(peer_read_until(fd, &seen, text));
	}
	ck_assert(!peer_read_until(fd, &seen, NULL));
	ck_assert(text_ends_with(seen.data, "0\r\n\r\n"));
	close(fd);
	return NULL;
}

START_TEST(head_and_events_are_flushed_one_by_one)
{
	drive(read_stream, NULL);
	ck_assert_int_eq(closed, 1);
	ck_assert_int_eq(closed_answered, 1);
}
END_TEST

static void *read_slowly(void *context UNUSED)
{
	int fd = peer_connect(http_server_port(server));
	size_t total = 0;
	char block[65536];
	ssize_t got;

	peer_send(fd, "GET /open/pour HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	peer_sleep_ms(200);
	while ((got = recv(fd, block, sizeof(block), 0)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			total += block[i] == 'x';
		peer_sleep_ms(1);
	}
	close(fd);
	ck_assert_uint_ge(total, 5000000);
	ck_assert_uint_lt(total, 5001000); /* and the x in the head */
	return NULL;
}

START_TEST(a_slow_reader_holds_the_source_back)
{
	drive(read_slowly, NULL);
	ck_assert_uint_lt(most_pending, 256 * 1024 + 50000);
}
END_TEST

#define STREAMS 100

static void *read_many_streams(void *context UNUSED)
{
	static int fds[STREAMS];

	atomic_store(&event_credit, STREAMS * 5);
	for (int i = 0; i < STREAMS; i++) {
		fds[i] = peer_connect(http_server_port(server));
		peer_send(fds[i],
			"GET /open/stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	}
	for (int i = 0; i < STREAMS; i++) {
		AUTO(buffer) struct buffer seen = { 0 };

		ck_assert(!peer_read_until(fds[i], &seen, NULL));
		for (int event = 1; event <= 5; event++) {
			AUTO(text) char *text = text_format("event %d\n", event);

			ck_assert_ptr_nonnull(strstr(seen.data, text));
		}
		close(fds[i]);
	}
	return NULL;
}

START_TEST(a_hundred_streams_at_once)
{
	drive(read_many_streams, NULL);
	ck_assert_int_eq(closed, STREAMS);
	ck_assert_int_eq(closed_answered, STREAMS);
}
END_TEST

static void *keep_open(void *context UNUSED)
{
	static const char *const paths[] = { "/open/never", "/open/quiet", "/echo" };
	int fds[3];

	for (int i = 0; i < 3; i++) {
		AUTO(text)
		char *request = text_format("GET %s HTTP/1.1\r\nHost: h\r\n\r\n", paths[i]);

		fds[i] = peer_connect(http_server_port(server));
		peer_send(fds[i], request);
	}
	peer_sleep_ms(1000);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	return NULL;
}

START_TEST(waiting_does_not_turn_the_loop)
{
	struct loop_stats stats;

	drive(keep_open, NULL);
	loop_take_stats(loop, &stats);
	ck_assert_uint_lt(stats.turns, 60);
}
END_TEST

static void *crowd(void *context UNUSED)
{
	int fds[6];
	AUTO(buffer) struct buffer answer = { 0 };

	for (int i = 0; i < 6; i++) {
		fds[i] = peer_connect(http_server_port(server));
		peer_send(fds[i], "GET /open/quiet HTTP/1.1\r\nHost: h\r\n\r\n");
	}
	peer_sleep_ms(800);
	for (int i = 0; i < 5; i++)
		close(fds[i]);
	ck_assert(peer_read_until(fds[5], &answer, "HTTP/1.1 200 "));
	close(fds[5]);
	return NULL;
}

START_TEST(more_connections_than_allowed_wait_without_turning_the_loop)
{
	const struct http_server_options options = {
		.listen = "127.0.0.1:0", .loop = loop, .max_connections = 2, .on_request = serve
	};
	struct loop_stats stats;

	http_server_stop(server);
	ck_assert(http_server_start(&options, &server, &err));
	drive(crowd, NULL);
	loop_take_stats(loop, &stats);
	ck_assert_uint_lt(stats.turns, 100);
}
END_TEST

/* --- the end --- */

static int left_open[2];

static void *leave_open(void *context UNUSED)
{
	AUTO(buffer) struct buffer seen = { 0 };

	for (int i = 0; i < 2; i++)
		left_open[i] = peer_connect(http_server_port(server));
	peer_send(left_open[0], "GET /open/never HTTP/1.1\r\nHost: h\r\n\r\n");
	peer_send(left_open[1], "GET /open/quiet HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert(peer_read_until(left_open[1], &seen, "\r\n\r\n"));
	return NULL;
}

START_TEST(stopping_answers_what_waits_and_ends_what_streams)
{
	AUTO(buffer) struct buffer first = { 0 };
	AUTO(buffer) struct buffer second = { 0 };
	uint64_t began;

	drive(leave_open, NULL);
	began = clock_monotonic_ms();
	http_server_stop(server);
	server = NULL;
	ck_assert_uint_lt(clock_monotonic_ms() - began, 10000);
	peer_read_until(left_open[0], &first, NULL);
	ck_assert(text_starts_with(first.data, "HTTP/1.1 503 "));
	peer_read_until(left_open[1], &second, NULL);
	ck_assert(text_ends_with(second.data, "0\r\n\r\n"));
	close(left_open[0]);
	close(left_open[1]);
	ck_assert_int_eq(closed, 2);
}
END_TEST

static const struct {
	const char *listen;
	bool ok;
	enum error_code code;
} addresses[] = {
	{ ":0", true, ERR_NONE },
	{ "127.0.0.1:0", true, ERR_NONE },
	{ "0.0.0.0:0", true, ERR_NONE },
	{ "8083", false, ERR_INVALID },
	{ ":http", false, ERR_INVALID },
	{ ":", false, ERR_INVALID },
	{ "localhost:0", false, ERR_IO },
	{ "192.0.2.1:0", false, ERR_IO },
};

START_TEST(listen_addresses)
{
	const struct http_server_options options = {
		.listen = addresses[_i].listen, .loop = loop, .on_request = serve
	};
	struct http_server *other = NULL;
	bool ok = http_server_start(&options, &other, &err);

	ck_assert_msg(ok == addresses[_i].ok, "%s: %s", addresses[_i].listen, ok ? "" : err.text);
	if (ok)
		ck_assert_uint_ne(http_server_port(other), 0);
	else
		ck_assert_int_eq(err.code, addresses[_i].code);
	http_server_stop(other);
}
END_TEST

START_TEST(a_port_in_use_is_refused_with_its_name)
{
	AUTO(text) char *listen_text = text_format("127.0.0.1:%u", http_server_port(server));
	const struct http_server_options options = {
		.listen = listen_text, .loop = loop, .on_request = serve
	};
	struct http_server *other;

	ck_assert(!http_server_start(&options, &other, &err));
	ck_assert_ptr_nonnull(strstr(err.text, listen_text));
	ck_assert_ptr_nonnull(strstr(err.text, "in use"));
}
END_TEST

/* --- own threads --- */

static void *ask_often(void *context)
{
	for (int i = 0; i < 100; i++) {
		AUTO(buffer) struct buffer answer = { 0 };
		AUTO(text)
		char *request = text_format("POST /n%d HTTP/1.1\r\nHost: h\r\nContent-Length: "
					    "5\r\nConnection: close\r\n\r\nhello",
			i);
		AUTO(text) char *want = text_format("POST|/n%d||-|127.0.0.1|hello", i);
		int fd = peer_connect(*(unsigned *)context);

		peer_send(fd, request);
		peer_read_until(fd, &answer, NULL);
		close(fd);
		ck_assert_ptr_nonnull(strstr(answer.data, want));
	}
	return NULL;
}

static void serve_or_not(void *context, struct http_exchange *exchange)
{
	if (strcmp(http_path(exchange), "/mute") != 0)
		serve(context, exchange);
}

START_TEST(own_threads_answer_at_the_same_time)
{
	const struct http_server_options options = {
		.listen = "127.0.0.1:0", .threads = 3, .on_request = serve_or_not
	};
	AUTO(buffer) struct buffer answer = { 0 };
	struct http_server *pool;
	pthread_t threads[4];
	unsigned port;
	int fd;

	ck_assert_msg(http_server_start(&options, &pool, &err), "%s", err.text);
	port = http_server_port(pool);
	for (size_t i = 0; i < COUNT(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, &port), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	fd = peer_connect(port);
	peer_send(fd, "GET /mute HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert(peer_read_until(fd, &answer, "HTTP/1.1 500 "));
	close(fd);
	http_server_stop(pool);
}
END_TEST

/* --- large bodies take turns --- */

#define LARGE_BYTES 100000

static atomic_int large_begun; /* handlers of such bodies */
static atomic_bool gate_is_open;

static void serve_behind_gate(void *context, struct http_exchange *exchange)
{
	if (http_body(exchange)->bytes == LARGE_BYTES) {
		atomic_fetch_add(&large_begun, 1);
		while (!atomic_load(&gate_is_open))
			peer_sleep_ms(1);
	}
	buffer_clear(http_body(exchange));
	serve(context, exchange);
}

#define HOLDS_OUT_MS 600000

static struct http_server *start_with_one_turn(unsigned threads, unsigned patience_ms)
{
	const struct http_server_options options = { .listen = "127.0.0.1:0",
		.threads = threads,
		.large_bodies = 1,
		.turn_patience_ms = patience_ms,
		.on_request = serve_behind_gate };
	struct http_server *pool;

	ck_assert_msg(http_server_start(&options, &pool, &err), "%s", err.text);
	return pool;
}

/* A connection on which so much of a large body was sent. */
static int send_large(const struct http_server *pool, const char *name, size_t bytes)
{
	AUTO(buffer) struct buffer request = { 0 };
	int fd = peer_connect(http_server_port(pool));

	buffer_printf(&request, "POST /%s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", name,
		LARGE_BYTES);
	memset(buffer_reserve(&request, bytes), 'x', bytes);
	buffer_grew(&request, bytes);
	ck_assert(peer_send_bytes(fd, request.data, request.bytes));
	return fd;
}

static void end_answered(int fd, const char *want)
{
	AUTO(buffer) struct buffer answer = { 0 };

	ck_assert_msg(peer_read_until(fd, &answer, want), "%s", want);
	close(fd);
}

static void ask_small(const struct http_server *pool)
{
	int fd = peer_connect(http_server_port(pool));

	peer_send(fd, "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
	end_answered(fd, "POST|/small|");
}

/* libmicrohttpd may not notice at once that an end came together with the last bytes; this it does. */
static void reset(int fd)
{
	const struct linger at_once = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

START_TEST(a_large_body_waits_for_its_turn_and_a_small_one_does_not)
{
	struct http_server *pool = start_with_one_turn(2, HOLDS_OUT_MS);
	int first = send_large(pool, "first", LARGE_BYTES);
	int second;

	for (int i = 0; i < 20000 && !atomic_load(&large_begun); i++)
		peer_sleep_ms(1);
	ck_assert_int_eq(atomic_load(&large_begun), 1);
	/* The one thread is held; all others are the other's. */
	second = send_large(pool, "second", LARGE_BYTES);
	for (int i = 0; i < 30; i++)
		ask_small(pool);
	ck_assert_int_eq(atomic_load(&large_begun), 1);
	atomic_store(&gate_is_open, true);
	end_answered(first, "POST|/first|");
	end_answered(second, "POST|/second|");
	http_server_stop(pool);
}
END_TEST

START_TEST(whoever_leaves_in_the_middle_of_a_large_body_gives_its_turn_on)
{
	struct http_server *pool = start_with_one_turn(2, HOLDS_OUT_MS);
	int half[8], whole[8];

	atomic_store(&gate_is_open, true);
	for (size_t i = 0; i < COUNT(half); i++) {
		half[i] = send_large(pool, "half", LARGE_BYTES / 2);
		whole[i] = send_large(pool, "whole", LARGE_BYTES);
	}
	for (size_t i = 0; i < COUNT(half); i++)
		reset(half[i]);
	for (size_t i = 0; i < COUNT(whole); i++)
		end_answered(whole[i], "POST|/whole|");
	http_server_stop(pool);
}
END_TEST

START_TEST(whoever_stays_in_the_middle_of_a_large_body_keeps_nobody_out)
{
	struct http_server *pool = start_with_one_turn(1, 50);
	int half = send_large(pool, "half", LARGE_BYTES / 2);
	int whole[4];

	atomic_store(&gate_is_open, true);
	for (size_t i = 0; i < COUNT(whole); i++)
		whole[i] = send_large(pool, "whole", LARGE_BYTES);
	for (size_t i = 0; i < COUNT(whole); i++)
		end_answered(whole[i], "POST|/whole|");
	http_server_stop(pool);
	close(half);
}
END_TEST

START_TEST(a_server_stops_while_large_bodies_wait)
{
	struct http_server *pool = start_with_one_turn(1, HOLDS_OUT_MS);
	int fds[4];

	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = send_large(pool, "half", LARGE_BYTES / 2);
	ask_small(pool);
	http_server_stop(pool);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}
END_TEST

/* --- on a loop --- */

#define LOOP_BODY_BYTES 1000000

static void setup_narrow(void)
{
	begin(&(const struct http_server_options){
		.request_timeout_s = 1, .room_bytes = 300000, .room_patience_ms = 600 });
}

/* A connection on which the head and so much of a large body was sent, then so much more. */
static int begin_body(const char *path, size_t bytes)
{
	AUTO(buffer) struct buffer request = { 0 };
	int fd = peer_connect(http_server_port(server));

	buffer_printf(&request, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", path,
		LOOP_BODY_BYTES);
	memset(buffer_reserve(&request, bytes), 'x', bytes);
	buffer_grew(&request, bytes);
	peer_send_bytes(fd, request.data, request.bytes);
	return fd;
}

static atomic_size_t room_held;

static void look_at_room(void *context UNUSED)
{
	atomic_store(&room_held, server->room.held_bytes);
}

/* So much of what was sent is in the server's memory. */
static void await_held(size_t bytes)
{
	atomic_store(&room_held, 0);
	while (atomic_load(&room_held) < bytes) {
		ck_assert(loop_post(loop, look_at_room, NULL, NULL));
		peer_sleep_ms(5);
	}
}

static void send_more(int fd, size_t bytes)
{
	AUTO(buffer) struct buffer more = { 0 };

	memset(buffer_reserve(&more, bytes), 'x', bytes);
	buffer_grew(&more, bytes);
	peer_send_bytes(fd, more.data, more.bytes);
}

static void *stall_in_body(void *context UNUSED)
{
	AUTO(buffer) struct buffer seen = { 0 };
	int stalled = begin_body("/stalled", LOOP_BODY_BYTES / 2);
	int whole[3];

	await_held(LOOP_BODY_BYTES);
	for (size_t i = 0; i < COUNT(whole); i++)
		whole[i] = begin_body("/whole", LOOP_BODY_BYTES);
	talk("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: "
	     "close\r\n\r\nhello",
		NULL, &seen);
	ck_assert_ptr_nonnull(strstr(seen.data, "|hello"));
	for (size_t i = 0; i < COUNT(whole); i++)
		end_answered(whole[i], "POST|/whole|");
	send_more(stalled, LOOP_BODY_BYTES / 2);
	end_answered(stalled, "HTTP/1.1 503 ");
	return NULL;
}

START_TEST(large_bodies_share_and_who_stalls_makes_way)
{
	drive(stall_in_body, NULL);
}
END_TEST

static void *wait_in_vain(void *context UNUSED)
{
	int kept = begin_body("/open/never", LOOP_BODY_BYTES);
	int second;

	await_held(2 * LOOP_BODY_BYTES);
	second = begin_body("/whole", LOOP_BODY_BYTES);
	end_answered(second, "\r\nRetry-After: 1\r\n");
	close(kept);
	return NULL;
}

START_TEST(a_large_body_that_waits_in_vain_is_told)
{
	drive(wait_in_vain, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http server");
	TCase *narrow = tcase_create("narrow server");
	TCase *tc = tcase_create("server");
	TCase *impatient = tcase_create("impatient server");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, requests_are_answered, 0, COUNT(requests));
	tcase_add_test(tc, every_end_is_told_with_its_outcome);
	tcase_add_test(tc, one_connection_carries_many_requests);
	tcase_add_loop_test(tc, a_body_over_the_limit_is_answered_413_and_the_connection_closed, 0,
		COUNT(bodies));
	tcase_add_test(tc, a_head_of_eight_kib_is_served);
	tcase_add_test(tc, a_flood_of_headers_ends_with_its_connection);
	tcase_add_loop_test(tc, query_values_are_decoded, 0, COUNT(queries));
	tcase_add_loop_test(tc, a_client_that_leaves_is_noticed_at_once, 0, 3);
	tcase_add_test(tc, head_and_events_are_flushed_one_by_one);
	tcase_add_test(tc, a_slow_reader_holds_the_source_back);
	tcase_add_test(tc, a_hundred_streams_at_once);
	tcase_add_test(tc, waiting_does_not_turn_the_loop);
	tcase_add_test(tc, more_connections_than_allowed_wait_without_turning_the_loop);
	tcase_add_test(tc, stopping_answers_what_waits_and_ends_what_streams);
	tcase_add_loop_test(tc, listen_addresses, 0, COUNT(addresses));
	tcase_add_test(tc, a_port_in_use_is_refused_with_its_name);
	tcase_add_test(tc, own_threads_answer_at_the_same_time);
	tcase_add_test(tc, a_large_body_waits_for_its_turn_and_a_small_one_does_not);
	tcase_add_test(tc, whoever_leaves_in_the_middle_of_a_large_body_gives_its_turn_on);
	tcase_add_test(tc, whoever_stays_in_the_middle_of_a_large_body_keeps_nobody_out);
	tcase_add_test(tc, a_server_stops_while_large_bodies_wait);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(impatient, setup_impatient, teardown);
	tcase_set_timeout(impatient, 60);
	tcase_add_loop_test(impatient, half_a_request_is_cut, 0, COUNT(halves));
	tcase_add_test(impatient, a_trickling_request_is_cut);
	tcase_add_test(impatient, a_quiet_stream_outlives_the_idle_time_and_ends_with_its_client);
	suite_add_tcase(suite, impatient);
	tcase_add_checked_fixture(narrow, setup_narrow, teardown);
	tcase_set_timeout(narrow, 60);
	tcase_add_test(narrow, large_bodies_share_and_who_stalls_makes_way);
	tcase_add_test(narrow, a_large_body_that_waits_in_vain_is_told);
	suite_add_tcase(suite, narrow);
	return suite_run(suite);
}
