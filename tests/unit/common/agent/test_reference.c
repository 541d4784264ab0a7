#include "agent/reference.h"

#include "common/agent/fixture.h"

#define SOURCE(type, key) "{type: " type ", name: s, key: " key "}"

static const struct {
	const char *spec, *source, *data, *want, *says; /* want NULL = refused */
} cases[] = {
	{ "base64 of every length", SOURCE("Secret", "k"), "Secret\ndata: {k: YQ==}", "a", NULL },
	{ "two bytes", SOURCE("Secret", "k"), "Secret\ndata: {k: YWI=}", "ab", NULL },
	{ "three bytes", SOURCE("Secret", "k"), "Secret\ndata: {k: YWJj}", "abc", NULL },
	{ "no bytes", SOURCE("Secret", "k"), "Secret\ndata: {k: ''}", "", NULL },
	{ "high bytes", SOURCE("Secret", "k"), "Secret\ndata: {k: /+/A}", "\xff\xef\xc0", NULL },
	{ "a Secret as written, before the API server takes it", SOURCE("Secret", "k"),
		"Secret\nstringData: {k: plain}\ndata: {k: YQ==}", "plain", NULL },
	{ "a ConfigMap", SOURCE("ConfigMap", "k"), "ConfigMap\ndata: {k: 'YQ=='}", "YQ==", NULL },
	{ "what is no base64", SOURCE("Secret", "k"), "Secret\ndata: {k: 'a-b'}", NULL,
		"key k of Secret ns/s is not base64" },
	{ "cut base64", SOURCE("Secret", "k"), "Secret\ndata: {k: Y}", NULL,
		"key k of Secret ns/s is not base64" },
	{ "no such key", SOURCE("Secret", "x"), "Secret\ndata: {k: YQ==}", NULL,
		"key x not found in Secret ns/s" },
	{ "no such object", SOURCE("ConfigMap", "k"), "Secret\ndata: {k: YQ==}", NULL,
		"ConfigMap ns/s not found" },
	{ "no such type", SOURCE("Vault", "k"), "Secret\ndata: {k: YQ==}", NULL,
		"unknown value source type: Vault" },
};

START_TEST(a_value_is_read_where_it_stands)
{
	AUTO(text)
	char *yaml = text_format("source: %s\nkind: Holder\nmetadata: {name: h}\n---\nmetadata: "
				 "{name: s, namespace: ns}\nkind: %s\n",
		cases[_i].source, cases[_i].data);
	struct cluster cluster = cluster_new(yaml);
	struct agent_world world = shelf_world(cluster.shelf);
	struct json_view source = json_get(json_root(cluster.documents[0].doc), "source");
	AUTO(buffer) struct buffer out = { 0 };
	struct error err = { 0 };
	bool ok = reference_read(&world, "ns", source, NULL, &out, &err);

	ck_assert_msg(ok == (cases[_i].want != NULL), "%s: %s", cases[_i].spec, err.text);
	if (ok)
		ck_assert_str_eq(out.data ? out.data : "", cases[_i].want);
	else
		ck_assert_str_eq(err.text, cases[_i].says);
	cluster_free(&cluster);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_value_is_read_where_it_stands, 0, COUNT(cases));
}

FIXTURE_MAIN("reference", add)
