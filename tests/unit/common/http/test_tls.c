#include "http/client.h"
#include "http/server.h"
#include "http/tls.h"

#include "base/text.h"
#include "support/certificate.h"
#include "support/peer.h"
#include "support/suite.h"

static struct certificate first;
static struct certificate second;
static struct tls_store *store;
static struct loop *loop;
static struct http_server *server;
static struct error err;

static void setup(void)
{
	first = certificate_make("first", 1);
	second = certificate_make("second", 2);
	ck_assert(tls_store_new(&store, &err));
	ck_assert(loop_new(&loop, &err));
}

static void teardown(void)
{
	http_server_stop(server);
	server = NULL;
	loop_free(loop);
	tls_store_free(store);
	certificate_fini(&first);
	certificate_fini(&second);
}

/* --- the store --- */

START_TEST(a_pair_that_fits_is_taken)
{
	ck_assert(!tls_store_is_ready(store));
	ck_assert_int_eq(tls_store_not_after(store), 0);
	ck_assert_msg(tls_store_set(store, first.chain_pem, first.key_pem, &err), "%s", err.text);
	ck_assert(tls_store_is_ready(store));
	ck_assert_int_eq(tls_store_not_after(store), first.not_after);
}
END_TEST

START_TEST(what_does_not_fit_is_refused_and_the_old_stays)
{
	AUTO(text) char *cut = text_copy(first.chain_pem, 100);

	ck_assert(tls_store_set(store, first.chain_pem, first.key_pem, &err));
	ck_assert(!tls_store_set(store, second.chain_pem, first.key_pem, &err));
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "does not fit"));
	ck_assert(!tls_store_set(store, cut, first.key_pem, &err));
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert(!tls_store_set(store, "", "", &err));
	ck_assert(!tls_store_set(store, second.chain_pem, "no key", &err));
	ck_assert(tls_store_is_ready(store));
}
END_TEST

START_TEST(a_chain_of_two_is_taken)
{
	AUTO(text) char *chain = text_format("%s%s", first.chain_pem, second.chain_pem);

	ck_assert_msg(tls_store_set(store, chain, first.key_pem, &err), "%s", err.text);
}
END_TEST

/* --- service --- */

static void serve(void *context UNUSED, struct http_exchange *exchange)
{
	struct buffer body = { 0 };

	buffer_append(&body, http_body(exchange)->data, http_body(exchange)->bytes);
	http_answer(exchange, 200, "text/plain", &body);
}

static void start_server(bool on_loop)
{
	const struct http_server_options options = { .listen = "127.0.0.1:0",
		.loop = on_loop ? loop : NULL,
		.threads = 2,
		.tls = store,
		.on_request = serve };

	ck_assert_msg(http_server_start(&options, &server, &err), "%s", err.text);
}

#define REQUESTS 150

static int started;
static int finished;
static int failures_seen;
static struct http_client *client;
static char last_error[512];

static void start_one(void);

static void on_done(void *context UNUSED, struct http_request *request UNUSED, int status,
	struct buffer *body, const struct error *failure)
{
	finished++;
	if (failure)
		snprintf(last_error, sizeof(last_error), "%s", failure->text);
	failures_seen +=
		failure || status != 200 || body->bytes != 5 || memcmp(body->data, "hello", 5) != 0;
	/* Half of them meet a certificate that is being exchanged. */
	ck_assert(tls_store_set(store, finished % 2 ? second.chain_pem : first.chain_pem,
		finished % 2 ? second.key_pem : first.key_pem, &err));
	if (started < REQUESTS)
		start_one();
	else if (finished == started)
		loop_stop(loop);
}

static void start_one(void)
{
	AUTO(text) char *url = text_format("https://127.0.0.1:%u/", http_server_port(server));
	/* A fresh handshake for each. */
	const struct http_header headers[] = { { "Connection", "close" }, { NULL, NULL } };
	struct http_request_options options = { .method = "POST",
		.url = url,
		.headers = headers,
		.on_done = on_done,
		.total_timeout_ms = 20000 };
	struct http_request *request;

	buffer_puts(&options.body, "hello");
	started++;
	ck_assert_msg(http_client_start(client, &options, &request, &err), "%s", err.text);
}

static void run_requests(const char *trusted, int at_once)
{
	const struct http_client_options options = { .ca_pem = trusted,
		.max_connections_per_host = 16 };

	started = 0;
	finished = 0;
	failures_seen = 0;
	last_error[0] = '\0';
	ck_assert(http_client_new(loop, &options, &client, &err));
	for (int i = 0; i < at_once; i++)
		start_one();
	ck_assert(loop_run(loop, &err));
	http_client_free(client);
}

START_TEST(certificates_are_exchanged_under_load_without_a_failed_request)
{
	AUTO(text) char *both = text_format("%s%s", first.chain_pem, second.chain_pem);

	ck_assert(tls_store_set(store, first.chain_pem, first.key_pem, &err));
	start_server(_i == 0);
	run_requests(both, 8);
	ck_assert_int_eq(finished, REQUESTS);
	ck_assert_msg(failures_seen == 0, "%d failed: %s", failures_seen, last_error);
}
END_TEST

static int outcome;

static void on_single(void *context UNUSED, struct http_request *request UNUSED, int status,
	struct buffer *body UNUSED, const struct error *failure)
{
	outcome = failure ? -1 : status;
	if (failure)
		snprintf(last_error, sizeof(last_error), "%s", failure->text);
	loop_stop(loop);
}

static int ask_trusting(const char *trusted, bool insecure)
{
	const struct http_client_options options = { .ca_pem = trusted, .insecure = insecure };
	AUTO(text) char *url = text_format("https://127.0.0.1:%u/", http_server_port(server));
	struct http_request_options get = {
		.method = "GET", .url = url, .on_done = on_single, .total_timeout_ms = 10000
	};
	struct http_request *request;

	ck_assert(http_client_new(loop, &options, &client, &err));
	ck_assert(http_client_start(client, &get, &request, &err));
	ck_assert(loop_run(loop, &err));
	http_client_free(client);
	return outcome;
}

START_TEST(new_handshakes_see_the_new_certificate)
{
	ck_assert(tls_store_set(store, first.chain_pem, first.key_pem, &err));
	start_server(_i == 0);
	ck_assert_int_eq(ask_trusting(first.chain_pem, false), 200);
	ck_assert_int_eq(ask_trusting(second.chain_pem, false), -1);
	ck_assert_int_eq(ask_trusting(second.chain_pem, true), 200);
	ck_assert(tls_store_set(store, second.chain_pem, second.key_pem, &err));
	ck_assert_int_eq(ask_trusting(second.chain_pem, false), 200);
	ck_assert_int_eq(ask_trusting(first.chain_pem, false), -1);
}
END_TEST

START_TEST(without_a_certificate_the_handshake_fails_and_later_works)
{
	start_server(_i == 0);
	ck_assert_int_eq(ask_trusting(first.chain_pem, false), -1);
	ck_assert(tls_store_set(store, first.chain_pem, first.key_pem, &err));
	ck_assert_int_eq(ask_trusting(first.chain_pem, false), 200);
}
END_TEST

/* --- what does not shake hands properly --- */

static void *(*side)(void);

static void stop_soon(void *context UNUSED)
{
	loop_stop(loop);
}

static void *run_side(void *context UNUSED)
{
	side();
	if (!loop_post(loop, stop_soon, NULL, NULL))
		abort();
	return NULL;
}

static void *speak_plainly(void)
{
	AUTO(buffer) struct buffer answer = { 0 };
	int fd = peer_connect(http_server_port(server));

	peer_send(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	peer_read_until(fd, &answer, NULL);
	ck_assert(!answer.data || !strstr(answer.data, "200"));
	close(fd);
	return NULL;
}

static void *leave_in_handshake(void)
{
	/* The start of a ClientHello, cut at every byte. */
	static const char hello[] = "\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03";

	for (size_t at = 0; at < sizeof(hello); at++) {
		int fd = peer_connect(http_server_port(server));

		peer_send_bytes(fd, hello, at);
		close(fd);
	}
	peer_sleep_ms(50);
	return NULL;
}

START_TEST(other_speech_harms_nobody)
{
	static void *(*const sides[])(void) = { speak_plainly, leave_in_handshake };
	pthread_t thread;

	ck_assert(tls_store_set(store, first.chain_pem, first.key_pem, &err));
	start_server(true);
	side = sides[_i];
	ck_assert_int_eq(pthread_create(&thread, NULL, run_side, NULL), 0);
	ck_assert(loop_run(loop, &err));
	pthread_join(thread, NULL);
	ck_assert_int_eq(ask_trusting(first.chain_pem, false), 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls");
	TCase *tc = tcase_create("tls");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_pair_that_fits_is_taken);
	tcase_add_test(tc, what_does_not_fit_is_refused_and_the_old_stays);
	tcase_add_test(tc, a_chain_of_two_is_taken);
	tcase_add_loop_test(
		tc, certificates_are_exchanged_under_load_without_a_failed_request, 0, 2);
	tcase_add_loop_test(tc, new_handshakes_see_the_new_certificate, 0, 2);
	tcase_add_loop_test(tc, without_a_certificate_the_handshake_fails_and_later_works, 0, 2);
	tcase_add_loop_test(tc, other_speech_harms_nobody, 0, 2);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
