#include "page/page.h"

#include "base/text.h"
#include "page/assets.h"
#include "support/peer.h"
#include "support/suite.h"

static struct loop *loop;
static struct router *router;
static struct http_server *server;
static struct buffer answer;
static void (*client)(void);

static void setup(void)
{
	struct error err;

	ck_assert(loop_new(&loop, &err));
	ck_assert(router_new(&router, &err));
	ck_assert(page_add_routes(router, &err));
	ck_assert_msg(http_server_start(&(struct http_server_options){ .listen = "127.0.0.1:0",
						.loop = loop,
						.on_request = router_handle,
						.on_end = router_log,
						.context = router },
			      &server, &err),
		"%s", err.text);
}

static void teardown(void)
{
	http_server_stop(server);
	loop_free(loop);
	router_free(router);
	buffer_fini(&answer);
}

static void end(void *context UNUSED)
{
	loop_stop(loop);
}

static void *run_client(void *context UNUSED)
{
	client();
	if (!loop_post(loop, end, NULL, NULL))
		abort();
	return NULL;
}

/* Runs a client on a thread beside the server's, to its end. */
static void serve(void (*run)(void))
{
	pthread_t thread;
	struct error err;

	client = run;
	ck_assert_int_eq(pthread_create(&thread, NULL, run_client, NULL), 0);
	ck_assert(loop_run(loop, &err));
	pthread_join(thread, NULL);
}

/* A GET and its whole answer. `headers` are whole lines with CRLF, or "". */
static int get(const char *path, const char *headers)
{
	AUTO(buffer) struct buffer request = { 0 };
	int fd = peer_connect(http_server_port(server));

	buffer_printf(&request, "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n", path,
		headers);
	ck_assert(peer_send(fd, request.data));
	buffer_clear(&answer);
	peer_read_until(fd, &answer, NULL);
	close(fd);
	ck_assert_msg(text_starts_with(answer.data, "HTTP/1.1 "), "%s", answer.data);
	return (int)strtol(answer.data + strlen("HTTP/1.1 "), NULL, 10);
}

static bool has(const char *text)
{
	return strstr(answer.data, text) != NULL;
}

static void check_body(struct page_bytes bytes)
{
	size_t length = (size_t)(bytes.end - bytes.begin);
	const char *body = strstr(answer.data, "\r\n\r\n");

	ck_assert_ptr_nonnull(body);
	body += 4;
	ck_assert_uint_eq(answer.bytes - (size_t)(body - answer.data), length);
	ck_assert_int_eq(memcmp(body, bytes.begin, length), 0);
}

static void ask_for_every_asset(void)
{
	for (const struct page_asset *asset = page_assets; asset->path; asset++) {
		ck_assert_int_eq(get(asset->path, ""), 200);
		ck_assert(has(asset->media_type) && has("X-Content-Type-Options: nosniff"));
		ck_assert(has("frame-ancestors 'none'") && !has("Content-Encoding"));
		check_body(asset->plain);
		ck_assert_int_eq(get(asset->path, "Accept-Encoding: br, gzip\r\n"), 200);
		ck_assert(has("Content-Encoding: gzip") && has("Vary: Accept-Encoding"));
		check_body(asset->gzip);
	}
}

START_TEST(every_asset_is_served_as_it_is_and_compressed)
{
	serve(ask_for_every_asset);
}
END_TEST

static void ask_again(void)
{
	for (const struct page_asset *asset = page_assets; asset->path; asset++) {
		AUTO(text)
		char *known = text_format("If-None-Match: \"old\", W/\"%s\"\r\n", asset->digest);
		AUTO(text)
		char *other = text_format(
			"If-None-Match: \"%s\"\r\nAccept-Encoding: gzip\r\n", asset->digest);

		ck_assert_int_eq(get(asset->path, known), 304);
		ck_assert(has(asset->digest) && has("Cache-Control: "));
		ck_assert_int_eq(get(asset->path, "If-None-Match: *\r\n"), 304);
		ck_assert_int_eq(get(asset->path, "If-None-Match: \"old\"\r\n"), 200);
		ck_assert_int_eq(get(asset->path, other), 200);
	}
}

START_TEST(what_the_browser_has_is_not_sent_again)
{
	serve(ask_again);
}
END_TEST

static void ask_how_long_it_lasts(void)
{
	ck_assert_int_eq(get("/", ""), 200);
	ck_assert(has("Cache-Control: no-cache"));
	for (const struct page_asset *asset = page_assets; asset->path; asset++)
		if (text_starts_with(asset->path, "/assets/")) {
			ck_assert_int_eq(get(asset->path, ""), 200);
			ck_assert(has("immutable"));
		}
}

START_TEST(only_what_is_named_by_its_content_is_kept_for_good)
{
	serve(ask_how_long_it_lasts);
}
END_TEST

static const struct {
	const char *spec, *accepted;
	bool is_compressed;
} encodings[] = {
	{ "asked for", "gzip", true },
	{ "among others", "deflate, gzip;q=0.5, br", true },
	{ "first of several", "gzip,br", true },
	{ "refused", "gzip;q=0", false },
	{ "refused, others taken", "gzip;q=0,br", false },
	{ "not named", "br", false },
	{ "part of another name", "x-gzip", false },
	{ "the start of another name", "gzipped", false },
};

static int encoding_at;

static void ask_in_an_encoding(void)
{
	AUTO(text)
	char *headers = text_format("Accept-Encoding: %s\r\n", encodings[encoding_at].accepted);

	ck_assert_int_eq(get("/", headers), 200);
	ck_assert_msg(has("Content-Encoding: gzip") == encodings[encoding_at].is_compressed, "%s",
		encodings[encoding_at].spec);
}

START_TEST(compressed_only_for_who_wants_it)
{
	encoding_at = _i;
	serve(ask_in_an_encoding);
}
END_TEST

static const char *const unknown[] = { "/assets/none.js", "/assets/..%2findex.html", "/assets/%00",
	"/assets/" };

static void ask_for_what_is_not_there(void)
{
	for (size_t i = 0; i < COUNT(unknown); i++) {
		int status = get(unknown[i], "");

		ck_assert_msg(status == 404 || status == 400, "%s: %d", unknown[i], status);
	}
}

START_TEST(nothing_else_is_reached)
{
	serve(ask_for_what_is_not_there);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("page");
	TCase *tests = tcase_create("page");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, every_asset_is_served_as_it_is_and_compressed);
	tcase_add_test(tests, what_the_browser_has_is_not_sent_again);
	tcase_add_test(tests, only_what_is_named_by_its_content_is_kept_for_good);
	tcase_add_loop_test(tests, compressed_only_for_who_wants_it, 0, (int)COUNT(encodings));
	tcase_add_test(tests, nothing_else_is_reached);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
