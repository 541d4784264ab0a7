#include "agent/convert.h"
#include "base/file.h"
#include "json/value.h"
#include "json/yaml.h"

#include "support/odd.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

/* --- the golden pairs: tests/golden/conversion/index.tsv says which files and which way --- */

static struct json_doc *read_yaml(const char *name, const char *version)
{
	char path[512];
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct yaml_document document = { 0 };
	struct json_doc *doc;
	struct error err;
	bool more;

	snprintf(
		path, sizeof(path), TEST_SOURCE_DIR "/golden/conversion/%s.%s.yaml", name, version);
	ck_assert_msg(file_read(path, 1 << 20, &text, &err), "%s", err.text);
	ck_assert_msg(yaml_reader_new(text.data, text.bytes, NULL, &reader, &err), "%s", err.text);
	ck_assert_msg(
		yaml_reader_next(reader, &document, &more, &err) && more, "%s: %s", path, err.text);
	doc = json_doc_ref(document.doc);
	yaml_document_fini(&document);
	return doc;
}

static struct json_doc *convert(const struct json_doc *from, enum agent_version to)
{
	struct buffer text = { 0 };
	struct json_doc *doc = NULL;
	struct error err;

	ck_assert_msg(convert_agent(json_root(from), to, &text, &err), "%s", err.text);
	ck_assert_msg(json_doc_parse(&text, &(struct json_limits){ .depth = 300 }, &doc, &err),
		"%s", err.text);
	return doc;
}

static void assert_equal(const struct json_doc *is, const struct json_doc *want, const char *spec)
{
	AUTO(buffer) struct buffer a = { 0 };
	AUTO(buffer) struct buffer b = { 0 };

	if (json_equal(json_root(is), json_root(want)))
		return;
	json_write_canonical(&a, json_root(is));
	json_write_canonical(&b, json_root(want));
	ck_abort_msg("%s:\n  is   %s\n  want %s", spec, a.data, b.data);
}

static void check_way(const char *name, enum agent_version to)
{
	static const char *const versions[] = { "v1alpha2", "v1alpha3" };
	AUTO(json_doc) struct json_doc *from = read_yaml(name, versions[!to]);
	AUTO(json_doc) struct json_doc *want = read_yaml(name, versions[to]);
	AUTO(json_doc) struct json_doc *is = convert(from, to);

	assert_equal(is, want, name);
}

START_TEST(every_golden_pair_converts)
{
	AUTO(buffer) struct buffer index = { 0 };
	struct error err;
	int pairs = 0;

	ck_assert(file_read(TEST_SOURCE_DIR "/golden/conversion/index.tsv", 1 << 20, &index, &err));
	for (char *line = strtok(index.data, "\n"); line; line = strtok(NULL, "\n")) {
		char name[64], way[32];

		if (*line == '#' || sscanf(line, "%63s %31s", name, way) != 2)
			continue;
		pairs++;
		if (strcmp(way, "to-v1alpha2") != 0)
			check_way(name, AGENT_V1ALPHA3);
		if (strcmp(way, "to-v1alpha3") != 0)
			check_way(name, AGENT_V1ALPHA2);
	}
	ck_assert_int_eq(pairs, 14);
}
END_TEST

/* --- odd content is carried along, never refused --- */

#define V2 "\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":\"SandboxAgent\""
#define V3 "\"apiVersion\":\"kagent.dev/v1alpha3\",\"kind\":\"SandboxAgent\""
#define STASHED(text)                                                                              \
	"\"metadata\":{\"annotations\":{\"sandgate.dev/v1alpha2-fields\":\"" text "\"}}"

static const struct {
	const char *spec, *from, *want;
	enum agent_version to;
} cases[] = {
	{ "no spec: nothing is invented", "{" V3 "}", "{" V2 "}", AGENT_V1ALPHA2 },
	{ "a spec that is no object", "{" V3 ",\"spec\":7}", "{" V2 ",\"spec\":7}",
		AGENT_V1ALPHA2 },
	{ "an empty spec gets its platform", "{" V3 ",\"spec\":{}}",
		"{" V2 ",\"spec\":{\"platform\":\"agent-sandbox\"}}", AGENT_V1ALPHA2 },
	{ "a substrate block implies the platform", "{" V3 ",\"spec\":{\"substrate\":{}}}",
		"{" V2 ",\"spec\":{\"substrate\":{},\"platform\":\"substrate\"}}", AGENT_V1ALPHA2 },
	{ "an absent platform counts as agent-sandbox", "{" V2 ",\"spec\":{\"substrate\":{}}}",
		"{" V3 "," STASHED("{\\\"spec\\\":{\\\"platform\\\":\\\"agent-sandbox\\\"},"
				   "\\\"v\\\":1}") ",\"spec\":{\"substrate\":{}}}",
		AGENT_V1ALPHA3 },
	{ "an empty deployment is data", "{" V2 ",\"spec\":{\"declarative\":{\"deployment\":{}}}}",
		"{" V3 "," STASHED("{\\\"spec\\\":{\\\"declarative\\\":{\\\"deployment\\\":{}}},"
				   "\\\"v\\\":1}") ",\"spec\":{\"declarative\":{}}}",
		AGENT_V1ALPHA3 },
	{ "a text that is no stash stays, going down",
		"{" V3 "," STASHED("junk") ",\"spec\":{\"declarative\":{}}}",
		"{" V2 "," STASHED("junk") ",\"spec\":{\"declarative\":{\"runtime\":\"python\"},"
					   "\"platform\":\"agent-sandbox\"}}",
		AGENT_V1ALPHA2 },
	{ "and going up", "{" V2 "," STASHED("junk") ",\"spec\":{}}",
		"{" V3 "," STASHED("junk") ",\"spec\":{}}", AGENT_V1ALPHA3 },
	{ "a stash with an unknown key is no stash",
		"{" V3 "," STASHED(
			"{\\\"v\\\":1,\\\"spec\\\":{\\\"type\\\":\\\"BYO\\\"}}") ",\"spec\":{}}",
		"{" V2
		"," STASHED("{\\\"v\\\":1,\\\"spec\\\":{\\\"type\\\":\\\"BYO\\\"}}") ",\"spec\":{"
										     "\"platform\":"
										     "\"agent-"
										     "sandbox\"}}",
		AGENT_V1ALPHA2 },
	{ "a stash with a moved key is no stash",
		"{" V3 "," STASHED("{\\\"v\\\":1,\\\"spec\\\":{\\\"byo\\\":{\\\"deployment\\\":{"
				   "\\\"image\\\":\\\"i\\\"}}}}") ",\"spec\":{\"byo\":{}}}",
		"{" V2 "," STASHED(
			"{\\\"v\\\":1,\\\"spec\\\":{\\\"byo\\\":{\\\"deployment\\\":{\\\"image\\\":"
			"\\\"i\\\"}}}}") ",\"spec\":{\"byo\":{},\"platform\":\"agent-sandbox\"}}",
		AGENT_V1ALPHA2 },
	{ "a stash whose parent was removed is dropped",
		"{" V3 "," STASHED("{\\\"v\\\":1,\\\"spec\\\":{\\\"skills\\\":{"
				   "\\\"initContainer\\\":{}}}}") ",\"spec\":{\"platform\":3}}",
		"{" V2 ",\"metadata\":{},\"spec\":{\"platform\":3}}", AGENT_V1ALPHA2 },
	{ "the same version stays as it is", "{" V2 ",\"spec\":{\"declarative\":{}}}",
		"{" V2 ",\"spec\":{\"declarative\":{}}}", AGENT_V1ALPHA2 },
	{ "declarative in the wrong type",
		"{" V2 ",\"spec\":{\"declarative\":[1],\"byo\":\"x\",\"skills\":null}}",
		"{" V3 ",\"spec\":{\"declarative\":[1],\"byo\":\"x\",\"skills\":null}}",
		AGENT_V1ALPHA3 },
	{ "annotations in the wrong type", "{" V2 ",\"metadata\":{\"annotations\":[]},\"spec\":{}}",
		"{" V3 ",\"metadata\":{\"annotations\":[]},\"spec\":{}}", AGENT_V1ALPHA3 },
};

START_TEST(odd_content_is_carried_along)
{
	AUTO(json_doc) struct json_doc *from = NULL;
	AUTO(json_doc) struct json_doc *want = NULL;
	AUTO(json_doc) struct json_doc *is = NULL;
	struct error err;

	ck_assert_msg(json_doc_copy(cases[_i].from, strlen(cases[_i].from), NULL, &from, &err),
		"%s", err.text);
	ck_assert_msg(json_doc_copy(cases[_i].want, strlen(cases[_i].want), NULL, &want, &err),
		"%s", err.text);
	is = convert(from, cases[_i].to);
	assert_equal(is, want, cases[_i].spec);
}
END_TEST

static const struct {
	const char *spec, *from, *says;
} refusals[] = {
	{ "another kind", "{\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":\"Agent\"}",
		"only objects of kind SandboxAgent are converted" },
	{ "an unknown version", "{\"apiVersion\":\"kagent.dev/v1\",\"kind\":\"SandboxAgent\"}",
		"unknown version \"kagent.dev/v1\": a SandboxAgent is converted between "
		"kagent.dev/v1alpha2 and "
		"kagent.dev/v1alpha3" },
	{ "no object", "[]", "only objects of kind SandboxAgent are converted" },
};

/* All that the two versions say differently. */
static const char *const full[] = {
	"{" V2
	",\"metadata\":{\"name\":\"n\",\"annotations\":{\"a\":\"b\"}},\"spec\":{\"platform\":\"x\","
	"\"declarative\":{\"runtime\":\"go\",\"executeCodeBlocks\":true,\"deployment\":{\"env\":[{"
	"\"name\":\"A\"}],\"imageRegistry\":\"r\",\"replicas\":2}},\"byo\":{\"deployment\":{"
	"\"image\":\"i\",\"cmd\":\"c\",\"args\":[\"a\"],\"labels\":{\"l\":\"1\"}}},\"skills\":{"
	"\"refs\":[\"s\"],\"initContainer\":{\"env\":[]}}}}",
	"{" V3
	"," STASHED("{\\\"v\\\":1,\\\"spec\\\":{\\\"platform\\\":\\\"x\\\",\\\"declarative\\\":{"
		    "\\\"deployment\\\":{\\\"replicas\\\":2},\\\"runtime\\\":\\\"go\\\"},"
		    "\\\"byo\\\":{\\\"deployment\\\":{}},\\\"skills\\\":{\\\"initContainer\\\":{}}}"
		    "}") ",\"spec\":{\"declarative\":{\"env\":[],\"imageRegistry\":\"r\","
			 "\"deployment\":{\"a\":1}},\"byo\":{\"image\":\"i\",\"args\":[]},"
			 "\"skills\":{\"refs\":[]}}}",
};

/* Whatever the conversion is sent, it answers an object of the other version, or a reason; and the way back is open. */
static void convert_odd(void *context UNUSED, struct json_view odd, const char *text)
{
	for (int to = AGENT_V1ALPHA2; to <= AGENT_V1ALPHA3; to++) {
		AUTO(buffer) struct buffer out = { 0 };
		AUTO(buffer) struct buffer back = { 0 };
		AUTO(json_doc) struct json_doc *doc = NULL;
		AUTO(json_doc) struct json_doc *returned = NULL;
		struct error err = { 0 };

		(void)convert_stash_bytes(odd);
		if (!convert_agent(odd, (enum agent_version)to, &out, &err)) {
			ck_assert_msg(err.text[0], "%s", text);
			continue;
		}
		ck_assert_msg(json_doc_parse(&out, NULL, &doc, &err), "%s: %s", text, err.text);
		ck_assert_msg(convert_agent(json_root(doc), (enum agent_version) !to, &back, &err),
			"%s: %s", text, err.text);
		ck_assert_msg(
			json_doc_parse(&back, NULL, &returned, &err), "%s: %s", text, err.text);
	}
}

START_TEST(a_value_of_any_kind_is_converted)
{
	AUTO(json_doc) struct json_doc *good = NULL;
	struct error err;

	ck_assert(json_doc_copy(full[_i], strlen(full[_i]), NULL, &good, &err));
	odd_each(json_root(good), convert_odd, NULL);
}
END_TEST

START_TEST(what_is_no_agent_is_refused)
{
	AUTO(json_doc) struct json_doc *from = NULL;
	AUTO(buffer) struct buffer out = { 0 };
	struct error err;

	ck_assert(json_doc_copy(refusals[_i].from, strlen(refusals[_i].from), NULL, &from, &err));
	ck_assert(!convert_agent(json_root(from), AGENT_V1ALPHA3, &out, &err));
	ck_assert_msg(
		strcmp(err.text, refusals[_i].says) == 0, "%s: %s", refusals[_i].spec, err.text);
}
END_TEST

/* --- the laws, over generated objects --- */

static unsigned seed;

static unsigned pick(unsigned limit)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % limit;
}

static void put(struct buffer *out, bool *more, const char *member)
{
	buffer_printf(out, "%s%s", *more ? "," : "", member);
	*more = true;
}

static void generate_from(
	struct buffer *out, const char *const *choices, size_t count, unsigned chance)
{
	bool more = false;

	buffer_putc(out, '{');
	for (size_t i = 0; i < count; i++)
		if (pick(100) < chance)
			put(out, &more, choices[i]);
	buffer_putc(out, '}');
}
#define GENERATE(out, chance, ...)                                                                 \
	generate_from(out, (const char *const[]){ __VA_ARGS__ },                                   \
		COUNT(((const char *const[]){ __VA_ARGS__ })), chance)

static void generate_annotations(struct buffer *out)
{
	GENERATE(out, 30, "\"a\":\"b\"",
		"\"kubectl.kubernetes.io/last-applied-configuration\":\"{\\\"x\\\":1}\\n\"");
}

static void generate_metadata(struct buffer *out)
{
	static const char *const own[] = { "junk", "{\\\"v\\\":1}", "",
		"{\\\"spec\\\":{\\\"platform\\\":\\\"x\\\"},\\\"v\\\":1}", "{\\\"v\\\":2}" };

	buffer_puts(out, "{\"name\":\"n\",\"namespace\":\"s\"");
	if (pick(2)) {
		buffer_puts(out, ",\"annotations\":");
		generate_annotations(out);
		if (pick(3) == 0) {
			bool is_empty = out->data[out->bytes - 2] == '{';

			out->bytes--;
			buffer_printf(out, "%s\"sandgate.dev/v1alpha2-fields\":\"%s\"}",
				is_empty ? "" : ",", own[pick(COUNT(own))]);
		}
	}
	buffer_putc(out, '}');
}

static void generate_deployment(struct buffer *out, bool is_byo)
{
	if (is_byo)
		GENERATE(out, 40, "\"image\":\"i\"", "\"cmd\":\"c\"", "\"args\":[\"a\",\"a\"]",
			"\"env\":[]", "\"replicas\":2", "\"labels\":{\"z\":\"1\",\"a\":\"2\"}",
			"\"workingDir\":\"/\"");
	else
		GENERATE(out, 40, "\"env\":[{\"name\":\"A\"},{\"name\":\"A\",\"value\":\"\"}]",
			"\"imageRegistry\":\"r\"", "\"replicas\":0",
			"\"resources\":{\"limits\":{\"memory\":\"1Gi\",\"cpu\":1}}",
			"\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]", "\"annotations\":{}");
}

static void generate_block(struct buffer *out, bool is_byo)
{
	bool more = false;

	buffer_putc(out, '{');
	if (pick(2)) {
		buffer_puts(out, "\"deployment\":");
		generate_deployment(out, is_byo);
		more = true;
	}
	if (!is_byo && pick(2))
		put(out, &more, pick(2) ? "\"runtime\":\"go\"" : "\"runtime\":\"python\"");
	if (!is_byo && pick(2))
		put(out, &more,
			pick(2) ? "\"executeCodeBlocks\":false" : "\"executeCodeBlocks\":true");
	if (!is_byo && pick(2))
		put(out, &more,
			"\"tools\":[{\"type\":\"Agent\",\"agent\":{\"name\":\"x\"},"
			"\"isolateSessions\":false}]");
	buffer_putc(out, '}');
}

static void generate_v2(struct buffer *out)
{
	static const char *const platforms[] = { "\"platform\":\"agent-sandbox\"",
		"\"platform\":\"substrate\"", "\"platform\":\"\"" };
	bool more = false;

	buffer_puts(out, "{" V2 ",\"metadata\":");
	generate_metadata(out);
	if (pick(20)) {
		buffer_puts(out, ",\"spec\":{");
		if (pick(2))
			put(out, &more, platforms[pick(3)]);
		if (pick(3) == 0)
			put(out, &more, "\"substrate\":{}");
		if (pick(2)) {
			put(out, &more, "\"declarative\":");
			generate_block(out, false);
		}
		if (pick(3) == 0) {
			put(out, &more, "\"byo\":");
			generate_block(out, true);
		}
		if (pick(2))
			put(out, &more,
				pick(2) ? "\"skills\":{\"refs\":[\"a\"],\"initContainer\":{\"env\":"
					  "[]}}"
					: "\"skills\":{}");
		buffer_putc(out, '}');
	}
	buffer_puts(out, ",\"status\":{\"observedGeneration\":1}}");
}

/* x with platform and runtime written out, as the conversion does. */
static struct json_doc *fill(const struct json_doc *doc)
{
	AUTO(json) struct json_object *tree = json_from_view(json_root(doc));
	struct json_object *spec = json_find(tree, "spec");
	struct json_object *declarative = json_find(tree, "spec", "declarative");
	struct buffer text = { 0 };
	struct json_doc *filled = NULL;
	struct error err;

	if (spec && !json_find(spec, "platform"))
		ck_assert(json_set_text(spec, "platform", "agent-sandbox", &err));
	if (declarative && !json_find(declarative, "runtime"))
		ck_assert(json_set_text(declarative, "runtime", "python", &err));
	if (json_find(tree, "metadata", "annotations") &&
		json_object_object_length(json_find(tree, "metadata", "annotations")) == 0)
		json_object_object_del(json_find(tree, "metadata"), "annotations");
	json_value_write(&text, tree);
	ck_assert(json_doc_parse(&text, NULL, &filled, &err));
	return filled;
}

START_TEST(there_and_back_is_the_same)
{
	for (unsigned i = 0; i < 5000; i++) {
		AUTO(json_doc) struct json_doc *x = NULL;
		AUTO(json_doc) struct json_doc *filled = NULL;
		AUTO(json_doc) struct json_doc *up = NULL;
		AUTO(json_doc) struct json_doc *down = NULL;
		AUTO(json_doc) struct json_doc *tidy = NULL;
		AUTO(json_doc) struct json_doc *again = NULL;
		struct buffer text = { 0 };
		struct error err;

		seed = i;
		generate_v2(&text);
		ck_assert_msg(json_doc_parse(&text, NULL, &x, &err), "%s", err.text);
		up = convert(x, AGENT_V1ALPHA3);
		down = convert(up, AGENT_V1ALPHA2);
		filled = fill(x);
		tidy = fill(down);
		assert_equal(tidy, filled, "down(up(x)) == x with defaults");
		again = convert(down, AGENT_V1ALPHA3);
		assert_equal(again, up, "up(down(up(x))) == up(x)");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent/convert");
	TCase *tcase = tcase_create("convert");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, every_golden_pair_converts);
	tcase_add_loop_test(tcase, odd_content_is_carried_along, 0, COUNT(cases));
	tcase_add_loop_test(tcase, a_value_of_any_kind_is_converted, 0, COUNT(full));
	tcase_add_loop_test(tcase, what_is_no_agent_is_refused, 0, COUNT(refusals));
	tcase_add_test(tcase, there_and_back_is_the_same);
	return suite_run(suite);
}
