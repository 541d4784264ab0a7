#include "http/url.h"
#include "support/suite.h"

#include <string.h>

static const struct {
	const char *text;
	bool ok;
	const char *scheme, *host;
	unsigned port;
	const char *path, *query;
} urls[] = {
	{ "https://example.com", true, "https", "example.com", 0, "", NULL },
	{ "https://example.com/", true, "https", "example.com", 0, "/", NULL },
	{ "https://example.com?q", true, "https", "example.com", 0, "", "q" },
	{ "http://10.0.0.1:8080/a/../b%2Fc?x=1&y#f", true, "http", "10.0.0.1", 8080, "/a/../b%2Fc",
		"x=1&y" },
	{ "http://[::1]:80/", true, "http", "::1", 80, "/", NULL },
	{ "http://name", true, "http", "name", 0, "", NULL },
	{ "example.com", false, NULL, NULL, 0, NULL, NULL },
	{ "http://", false, NULL, NULL, 0, NULL, NULL },
	{ "http://host:99999/", false, NULL, NULL, 0, NULL, NULL },
	{ "http://host:port/", false, NULL, NULL, 0, NULL, NULL },
	{ "http://a b/", false, NULL, NULL, 0, NULL, NULL },
	{ "", false, NULL, NULL, 0, NULL, NULL },
};

START_TEST(urls_are_taken_apart)
{
	struct url url = { 0 };
	struct error err = { 0 };
	bool ok = url_parse(urls[_i].text, &url, &err);

	ck_assert_msg(ok == urls[_i].ok, "%s", urls[_i].text);
	if (!ok) {
		ck_assert_int_eq(err.code, ERR_INVALID);
		ck_assert_ptr_null(url.host);
		return;
	}
	ck_assert_str_eq(url.scheme, urls[_i].scheme);
	ck_assert_str_eq(url.host, urls[_i].host);
	ck_assert_uint_eq(url.port, urls[_i].port);
	ck_assert_msg(strcmp(url.path, urls[_i].path) == 0, "%s: path %s", urls[_i].text, url.path);
	if (urls[_i].query)
		ck_assert_str_eq(url.query, urls[_i].query);
	else
		ck_assert_ptr_null(url.query);
	url_fini(&url);
}
END_TEST

static const struct {
	const char *plain, *encoded;
} encodings[] = {
	{ "abc-._~09", "abc-._~09" },
	{ "a b+c/d?e&f=g%h", "a%20b%2Bc%2Fd%3Fe%26f%3Dg%25h" },
	{ "\xc3\xa4", "%C3%A4" },
	{ "", "" },
};

START_TEST(encoding_there_and_back)
{
	AUTO(text) char *encoded = url_encode(encodings[_i].plain);
	AUTO(text) char *decoded = NULL;

	ck_assert_str_eq(encoded, encodings[_i].encoded);
	ck_assert(url_decode(encoded, strlen(encoded), &decoded, NULL));
	ck_assert_str_eq(decoded, encodings[_i].plain);
}
END_TEST

static const char *const bad_escapes[] = { "%", "a%4", "%zz", "%4g", "%00", "x%-1" };

START_TEST(bad_escapes_are_refused)
{
	AUTO(text) char *decoded = NULL;
	struct error err = { 0 };

	ck_assert_msg(!url_decode(bad_escapes[_i], strlen(bad_escapes[_i]), &decoded, &err), "%s",
		bad_escapes[_i]);
	ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

START_TEST(a_raw_nul_is_refused)
{
	AUTO(text) char *decoded = NULL;

	ck_assert(!url_decode("a\0b", 3, &decoded, NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("url");
	TCase *tc = tcase_create("url");

	tcase_add_loop_test(tc, urls_are_taken_apart, 0, COUNT(urls));
	tcase_add_loop_test(tc, encoding_there_and_back, 0, COUNT(encodings));
	tcase_add_loop_test(tc, bad_escapes_are_refused, 0, COUNT(bad_escapes));
	tcase_add_test(tc, a_raw_nul_is_refused);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
