#include "control/apply.h"
#include "support/suite.h"

#include <string.h>

static struct json_doc *read_doc(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err;

	ck_assert_msg(json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s", err.text);
	return doc;
}

static struct json_object *read_tree(const char *text)
{
	AUTO(json_doc) struct json_doc *doc = read_doc(text);
	struct json_object *tree = json_from_view(json_root(doc));

	ck_assert_ptr_nonnull(tree);
	return tree;
}

static void assert_text(struct json_object *value, const char *want)
{
	struct buffer text __attribute__((cleanup(auto_buffer))) = { 0 };

	json_value_write_canonical(&text, value);
	ck_assert_str_eq(text.data, want);
}

#define AGENT                                                                                      \
	"{\"kind\":\"SandboxAgent\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"uid\":"     \
	"\"u1\"}}"
#define OWNER(kind, name, uid)                                                                     \
	"\"ownerReferences\":[{\"kind\":\"" kind "\",\"name\":\"" name "\",\"uid\":\"" uid         \
	"\",\"controller\":true}]"

static const struct {
	const char *spec, *existing;
	enum apply_verdict verdict;
} verdicts[] = {
	{ "what is not there is made", "null", APPLY_CREATE },
	{ "ours with the same hash stays untouched",
		"{\"metadata\":{" OWNER("SandboxAgent", "a",
			"u1") ",\"annotations\":{\"sandgate.dev/applied-hash\":\"h\"}}}",
		APPLY_CURRENT },
	{ "ours with another hash is changed",
		"{\"metadata\":{" OWNER("SandboxAgent", "a",
			"u1") ",\"annotations\":{\"sandgate.dev/applied-hash\":\"x\"}}}",
		APPLY_CHANGE },
	{ "ours without a hash, as an earlier controller left it, is changed",
		"{\"metadata\":{" OWNER("SandboxAgent", "a", "u1") "}}", APPLY_CHANGE },
	{ "a same-named Agent's is left alone", "{\"metadata\":{" OWNER("Agent", "a", "u9") "}}",
		APPLY_FOREIGN },
	{ "nobody's is left alone", "{\"metadata\":{\"name\":\"a\"}}", APPLY_FOREIGN },
	{ "that of a deleted agent of the same name is waited for",
		"{\"metadata\":{" OWNER("SandboxAgent", "a", "u0") "}}", APPLY_LEFTOVER },
	{ "another SandboxAgent's is left alone",
		"{\"metadata\":{" OWNER("SandboxAgent", "b", "u2") "}}", APPLY_FOREIGN },
};

START_TEST(whose_an_object_is)
{
	AUTO(json_doc) struct json_doc *agent = read_doc(AGENT);
	AUTO(json_doc) struct json_doc *existing = read_doc(verdicts[_i].existing);

	ck_assert_msg(
		apply_judge(json_root(existing), json_root(agent), "h") == verdicts[_i].verdict,
		"%s", verdicts[_i].spec);
}
END_TEST

START_TEST(the_hash_does_not_depend_on_order_or_on_itself)
{
	AUTO(json)
	struct json_object *one =
		read_tree("{\"metadata\":{\"name\":\"a\"},\"data\":{\"x\":\"1\",\"y\":\"2\"}}");
	AUTO(json)
	struct json_object *two =
		read_tree("{\"data\":{\"y\":\"2\",\"x\":\"1\"},\"metadata\":{\"name\":\"a\"}}");
	AUTO(json)
	struct json_object *other =
		read_tree("{\"data\":{\"y\":\"3\",\"x\":\"1\"},\"metadata\":{\"name\":\"a\"}}");
	char first[APPLY_HASH_BYTES], second[APPLY_HASH_BYTES], third[APPLY_HASH_BYTES];
	struct apply_text text = { 0 };
	struct error err;

	ck_assert(apply_stamp(one, &text, first, &err));
	ck_assert(apply_stamp(one, &text, second, &err));
	ck_assert_str_eq(first, second);
	ck_assert(apply_stamp(two, &text, second, &err));
	ck_assert_str_eq(first, second);
	ck_assert(apply_stamp(other, &text, third, &err));
	ck_assert_str_ne(first, third);
	ck_assert_str_eq(json_object_get_string(json_find(
				 one, "metadata", "annotations", "sandgate.dev/applied-hash")),
		first);
	apply_text_fini(&text);
}
END_TEST

static const struct {
	const char *spec, *object;
} creations[] = {
	{ "without annotations", "{\"metadata\":{\"name\":\"a\"}}" },
	{ "with some", "{\"metadata\":{\"annotations\":{\"z\":\"1\",\"a\":\"\\\"\"},\"name\":\"a\"}"
		       ",\"spec\":"
		       "{\"annotations\":{}}}" },
	{ "with one of ours, which somebody copied",
		"{\"metadata\":{\"annotations\":{\"sandgate.dev/generation\":\"9\"}}}" },
	{ "behind a text that looks like them", "{\"data\":{\"a\":\"{\\\"metadata\\\":{"
						"\\\"annotations\\\":{}}}\"},\"metadata\":{}}" },
};

START_TEST(what_is_created_is_the_object_as_it_was_last_changed)
{
	AUTO(json) struct json_object *object = read_tree(creations[_i].object);
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_object *annotations;
	struct apply_text text = { 0 };
	struct buffer out = { 0 };
	char hash[APPLY_HASH_BYTES], again[APPLY_HASH_BYTES];
	struct error err;

	ck_assert(apply_stamp(object, &text, hash, &err));
	annotations = json_find(object, "metadata", "annotations");
	ck_assert(json_set_text(annotations, "sandgate.dev/changed-at", "then", &err));
	ck_assert(json_set_text(annotations, "sandgate.dev/generation", "3", &err));
	apply_put_object(&out, &text, object);
	ck_assert_msg(
		json_doc_parse(&out, NULL, &doc, &err), "%s: %s", creations[_i].spec, err.text);
	ck_assert_msg(json_value_equals_view(object, json_root(doc)), "%s", creations[_i].spec);
	ck_assert(apply_stamp(object, &text, again, &err));
	ck_assert_msg(strcmp(hash, again) == 0, "%s", creations[_i].spec);
	apply_text_fini(&text);
}
END_TEST

START_TEST(a_replacement_keeps_what_others_wrote)
{
	AUTO(json)
	struct json_object *wanted = read_tree("{\"metadata\":{\"name\":\"a\",\"labels\":{\"app\":"
					       "\"kagent\"}},\"stringData\":{\"k\":\"v\"}}");
	AUTO(json_doc)
	struct json_doc *existing =
		read_doc("{\"metadata\":{\"name\":\"a\",\"uid\":\"s1\",\"resourceVersion\":\"7\","
			 "\"labels\":{\"app\":\"x\",\"team\":\"t\"},"
			 "\"annotations\":{\"note\":\"n\"},\"finalizers\":[\"f\"]},\"data\":{"
			 "\"old\":\"b2xk\"}}");
	AUTO(json) struct json_object *whole = NULL;
	struct error err;

	ck_assert(apply_replacement(wanted, json_root(existing), &whole, &err));
	assert_text(whole, "{\"metadata\":{\"annotations\":{\"note\":\"n\"},\"finalizers\":[\"f\"],"
			   "\"labels\":{\"app\":\"kagent\","
			   "\"team\":\"t\"},\"name\":\"a\",\"resourceVersion\":\"7\",\"uid\":"
			   "\"s1\"},\"stringData\":{\"k\":\"v\"}}");
	assert_text(wanted, "{\"metadata\":{\"labels\":{\"app\":\"kagent\"},\"name\":\"a\"},"
			    "\"stringData\":{\"k\":\"v\"}}");
}
END_TEST

#define WANTED                                                                                     \
	"{\"metadata\":{\"name\":\"a\",\"labels\":{\"app\":\"kagent\"},\"annotations\":{"          \
	"\"sandgate.dev/generation\":\"2\"},"                                                      \
	"\"ownerReferences\":[{\"uid\":\"u1\"}]},\"spec\":{\"podTemplate\":{\"spec\":{}},"         \
	"\"replicas\":1}}"
#define EXISTING                                                                                   \
	"{\"metadata\":{\"uid\":\"b1\",\"labels\":{\"app\":\"kagent\",\"x\":\"y\"},"               \
	"\"annotations\":{\"agents.x-k8s.io/pod-name\":\"a\"}}}"

static const struct {
	const char *spec;
	bool with_template, v1beta1;
	enum apply_mode mode;
	const char *patch;
} patches[] = {
	{ "a new template suspends in one patch, and touches nobody else's annotation", true, false,
		APPLY_SUSPEND,
		"[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"b1\"},"
		"{\"op\":\"add\",\"path\":\"/metadata/annotations/"
		"sandgate.dev~1generation\",\"value\":\"2\"},"
		"{\"op\":\"add\",\"path\":\"/metadata/"
		"ownerReferences\",\"value\":[{\"uid\":\"u1\"}]},"
		"{\"op\":\"add\",\"path\":\"/spec/podTemplate\",\"value\":{\"spec\":{}}},"
		"{\"op\":\"add\",\"path\":\"/spec/replicas\",\"value\":0}]" },
	{ "resuming is one field", false, false, APPLY_RUN,
		"[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"b1\"},"
		"{\"op\":\"add\",\"path\":\"/spec/replicas\",\"value\":1}]" },
	{ "v1beta1 has a mode instead", false, true, APPLY_RUN,
		"[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"b1\"},"
		"{\"op\":\"add\",\"path\":\"/spec/operatingMode\",\"value\":\"Running\"}]" },
};

START_TEST(how_a_sandbox_is_patched)
{
	AUTO(json) struct json_object *wanted = read_tree(WANTED);
	AUTO(json_doc) struct json_doc *existing = read_doc(EXISTING);
	AUTO(text) char *patch = NULL;
	struct error err;

	ck_assert(apply_sandbox_patch(&(struct apply_sandbox){ .wanted = wanted,
					      .existing = json_root(existing),
					      .with_template = patches[_i].with_template,
					      .mode = patches[_i].mode,
					      .v1beta1 = patches[_i].v1beta1 },
		&patch, &err));
	ck_assert_msg(strcmp(patch, patches[_i].patch) == 0, "%s:\n%s", patches[_i].spec, patch);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control/apply");
	TCase *tcase = tcase_create("apply");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, whose_an_object_is, 0, COUNT(verdicts));
	tcase_add_test(tcase, the_hash_does_not_depend_on_order_or_on_itself);
	tcase_add_loop_test(
		tcase, what_is_created_is_the_object_as_it_was_last_changed, 0, COUNT(creations));
	tcase_add_test(tcase, a_replacement_keeps_what_others_wrote);
	tcase_add_loop_test(tcase, how_a_sandbox_is_patched, 0, COUNT(patches));
	return suite_run(suite);
}
