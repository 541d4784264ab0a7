#include "agent/endpoint.h"

#include "common/agent/fixture.h"

static const struct {
	const char *url;
	bool secure;
	const char *plain;
} plaintexts[] = {
	{ "https://h/x?y#z", false, "http://h:443/x?y#z" },
	{ "http://h/x", false, "http://h:80/x" },
	{ "http://h/x", true, "http://h:443/x" },
	{ "HTTPS://h", false, "http://h:443" },
	{ "https://h:8443/x", false, "http://h:8443/x" },
	{ "https://u:p@h/x", false, "http://u:p@h:443/x" },
	{ "https://[::1]:9/x", false, "http://[::1]:9/x" },
	{ "https://[::1]/x", false, "http://[::1]:443/x" },
	{ "h:80/x", false, "http://h:80/x" },
	{ "h/x", false, "http://h:80/x" },
	{ "h", true, "http://h:443" },
	{ "ftp://h/x", false, "ftp://h/x" },
	{ "https:///x", false, "https:///x" },
	{ "https://h:99999/x", false, "https://h:99999/x" },
	{ "https://h:0/", false, "https://h:0/" },
	{ "https://h:x/", false, "https://h:x/" },
	{ "https://[::1/x", false, "https://[::1/x" },
	{ "https://a b/", false, "https://a b/" },
	{ "", false, "" },
	{ "1://h", false, "1://h" },
};

START_TEST(an_address_becomes_plaintext)
{
	AUTO(buffer) struct buffer out = { 0 };

	endpoint_plaintext(plaintexts[_i].url, plaintexts[_i].secure, &out);
	ck_assert_msg(strcmp(out.data ? out.data : "", plaintexts[_i].plain) == 0, "%s: %s",
		plaintexts[_i].url, out.data);
}
END_TEST

static const struct {
	const char *url, *host, *through; /* host NULL = no address */
} addresses[] = {
	{ "http://a.b:80/p/q?r#s", "a.b", "https://px:9/p/q" },
	{ "http://a.b", "a.b", "https://px:9" },
	{ "http://u@a.b/", "a.b", "https://px:9/" },
	{ "http://[fe80::1]:80/x", "fe80::1", "https://px:9/x" },
	{ "a.b:80/p", NULL, NULL },
	{ "http://", NULL, NULL },
	{ "://a", NULL, NULL },
	{ "http://a\nb/", NULL, NULL },
};

START_TEST(an_address_goes_through_the_proxy)
{
	AUTO(buffer) struct buffer out = { 0 };
	struct endpoint proxy;
	struct endpoint to;
	struct endpoint_part host;
	bool ok = endpoint_split(addresses[_i].url, &to);

	ck_assert(endpoint_split("https://px:9/ignored?x", &proxy));
	ck_assert_msg(ok == (addresses[_i].host != NULL), "%s", addresses[_i].url);
	if (!ok)
		return;
	host = endpoint_hostname(&to);
	ck_assert_uint_eq(host.bytes, strlen(addresses[_i].host));
	ck_assert_mem_eq(host.at, addresses[_i].host, host.bytes);
	endpoint_through(&proxy, &to, &out);
	ck_assert_str_eq(out.data, addresses[_i].through);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, an_address_becomes_plaintext, 0, COUNT(plaintexts));
	tcase_add_loop_test(tcase, an_address_goes_through_the_proxy, 0, COUNT(addresses));
}

FIXTURE_MAIN("endpoint", add)
