#include "agent/card.h"

#include "common/agent/fixture.h"

#define HEAD                                                                                       \
	"{\n  \"defaultInputModes\": [\n    \"text\"\n  ],\n  \"defaultOutputModes\": [\n    "     \
	"\"text\"\n  ],\n"
#define TAIL                                                                                       \
	"  \"capabilities\": {\n    \"streaming\": true\n  },\n  \"supportedInterfaces\": [\n    " \
	"{\n      \"url\": \"http://u\",\n"                                                        \
	"      \"protocolBinding\": \"JSONRPC\",\n      \"protocolVersion\": \"0.3\"\n    },\n   " \
	" {\n      \"url\": \"http://u\",\n"                                                       \
	"      \"protocolBinding\": \"JSONRPC\",\n      \"protocolVersion\": \"1.0\"\n    }\n  "   \
	"],\n  \"url\": \"http://u\",\n"                                                           \
	"  \"protocolVersion\": \"0.3\",\n  \"preferredTransport\": \"JSONRPC\"\n}"

static const struct {
	const char *spec, *agent, *want;
} cases[] = {
	{ "a bare agent", "{metadata: {name: my-agent-1}, spec: {type: Declarative}}",
		HEAD "  \"description\": \"\",\n  \"name\": \"my_agent_1\",\n  \"version\": "
		     "\"\",\n  \"skills\": [],\n" TAIL },
	{ "what the card may say besides",
		"{metadata: {name: a}, spec: {type: BYO, description: 'x <y>', version: v1, "
		"iconUrl: /i.png, documentationUrl: 'http://d', provider: {organization: o, url: "
		"'http://p'}}}",
		HEAD "  \"description\": \"x \\u003cy\\u003e\",\n  \"documentationUrl\": "
		     "\"http://d\",\n  \"iconUrl\": \"/i.png\",\n  \"name\": \"a\",\n"
		     "  \"provider\": {\n    \"organization\": \"o\",\n    \"url\": \"http://p\"\n "
		     " },\n  \"version\": \"v1\",\n  \"skills\": [],\n" TAIL },
	{ "skills, with and without their lists",
		"{metadata: {name: a}, spec: {type: Declarative, declarative: {a2aConfig: {skills: "
		"[{id: i, name: n, tags: [t], examples: [e], inputModes: [in], outputModes: "
		"[out]}, {name: m, tags: []}, {name: k}]}}}}",
		HEAD
		"  \"description\": \"\",\n  \"name\": \"a\",\n  \"version\": \"\",\n  \"skills\": "
		"[\n"
		"    {\n      \"description\": \"\",\n      \"examples\": [\n        \"e\"\n      "
		"],\n      \"id\": \"i\",\n      \"inputModes\": [\n        \"in\"\n      ],\n"
		"      \"name\": \"n\",\n      \"outputModes\": [\n        \"out\"\n      ],\n     "
		" \"tags\": [\n        \"t\"\n      ]\n    },\n"
		"    {\n      \"description\": \"\",\n      \"id\": \"\",\n      \"name\": "
		"\"m\",\n      \"tags\": []\n    },\n"
		"    {\n      \"description\": \"\",\n      \"id\": \"\",\n      \"name\": "
		"\"k\",\n      \"tags\": null\n    }\n  ],\n" TAIL },
	{ "an idle block of a BYO agent says nothing",
		"{metadata: {name: a}, spec: {type: BYO, declarative: {a2aConfig: {skills: [{name: "
		"n}]}}}}",
		HEAD "  \"description\": \"\",\n  \"name\": \"a\",\n  \"version\": \"\",\n  "
		     "\"skills\": [],\n" TAIL },
};

START_TEST(a_card_says_what_the_agent_says)
{
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct yaml_document document = { 0 };
	AUTO(buffer) struct buffer out = { 0 };
	struct error err;
	bool more;

	ck_assert(yaml_reader_new(cases[_i].agent, strlen(cases[_i].agent), NULL, &reader, &err));
	ck_assert(yaml_reader_next(reader, &document, &more, &err));
	ck_assert(card_write(json_root(document.doc), "http://u", &out, &err));
	ck_assert_msg(
		strcmp(out.data, cases[_i].want) == 0, "%s\n got: %s", cases[_i].spec, out.data);
	yaml_document_fini(&document);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_card_says_what_the_agent_says, 0, COUNT(cases));
}

FIXTURE_MAIN("card", add)
