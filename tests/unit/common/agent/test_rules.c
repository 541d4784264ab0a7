#include "agent/field.h"
#include "agent/rules.h"
#include "base/file.h"
#include "base/text.h"
#include "json/yaml.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>

START_TEST(every_row_is_complete)
{
	const struct rule *rule = &agent_rules[_i];

	ck_assert_msg(strncmp(rule->at, "spec", 4) == 0, "%s", rule->at);
	ck_assert_msg(rule->source && rule->source[0], "%s", rule->at);
	ck_assert_msg(
		rule->versions >= RULE_V1ALPHA2 && rule->versions <= RULE_BOTH, "%s", rule->at);
	ck_assert_ptr_nonnull(rule_kind_name(rule->kind));
	if (rule->kind == RULE_CHOICE || rule->kind == RULE_PREFIX || rule->kind == RULE_NOT_WITH)
		ck_assert_msg(rule->with != NULL, "%s", rule->at);
	if (rule->kind == RULE_MIN_ITEMS || rule->kind == RULE_NOT_WITH || rule->kind == RULE_URI)
		ck_assert_msg(rule->says != NULL, "%s", rule->at);
}
END_TEST

START_TEST(no_row_stands_twice)
{
	for (size_t i = 0; i < agent_rule_count; i++)
		for (size_t j = i + 1; j < agent_rule_count; j++)
			ck_assert_msg(
				agent_rules[i].kind != agent_rules[j].kind ||
					!(agent_rules[i].versions & agent_rules[j].versions) ||
					strcmp(agent_rules[i].at, agent_rules[j].at) != 0,
				"%s", agent_rules[i].at);
}
END_TEST

/* A value of every wrong JSON type for each typed row: refused at that field, and only there. */
START_TEST(wrong_types_are_refused)
{
	const struct rule *rule = &agent_rules[_i];
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(buffer) struct buffer end = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct findings findings = { 0 };
	char field[256] = "";
	bool found = false;

	if (rule->kind > RULE_BOOL)
		return;
	for (const char *at = rule->at; *at;) {
		if (*at == '[') {
			buffer_putc(&text, '[');
			buffer_puts(&end, "]");
			memcpy(field + strlen(field), "[0]", 4);
			at += 2;
		} else {
			size_t bytes;

			at += *at == '.';
			bytes = strcspn(at, ".[");
			buffer_printf(&text, "{\"%.*s\":", (int)bytes, at);
			buffer_puts(&end, "}");
			snprintf(field + strlen(field), sizeof(field) - strlen(field), "%s%.*s",
				field[0] ? "." : "", (int)bytes, at);
			at += bytes;
		}
	}
	buffer_puts(&text, rule->kind == RULE_TEXT ? "7" : "\"text\"");
	for (size_t i = end.bytes; i > 0; i--)
		buffer_putc(&text, end.data[i - 1]);
	ck_assert_msg(json_doc_parse(&text, NULL, &doc, NULL), "%s", rule->at);
	rules_check(json_root(doc), rule->versions == RULE_V1ALPHA3 ? RULE_V1ALPHA3 : RULE_V1ALPHA2,
		&findings);
	for (size_t i = 0; i < findings.cause_count; i++)
		if (findings.causes[i].reason == FINDING_TYPE) {
			ck_assert_str_eq(findings.causes[i].field, field);
			found = true;
		}
	ck_assert_msg(found, "%s", field);
	findings_fini(&findings);
}
END_TEST

static const struct {
	const char *spec, *object, *says; /* "FIELD: message", "" = none */
	enum rule_version version;
} unknown[] = {
	{ "a field that is known", "{'spec':{'type':'BYO'}}", "", RULE_V1ALPHA2 },
	{ "a letter too few", "{'spec':{'sandbox':{'network':{'allowedDomain':[]}}}}",
		"spec.sandbox.network.allowedDomain: there is no such field: write "
		"\"allowedDomains\"",
		RULE_V1ALPHA2 },
	{ "letter case", "{'spec':{'declarative':{'systemmessage':'x'}}}",
		"spec.declarative.systemmessage: there is no such field: write \"systemMessage\"",
		RULE_V1ALPHA2 },
	{ "something else", "{'spec':{'replicas':1}}",
		"spec.replicas: there is no such field: remove it", RULE_V1ALPHA2 },
	{ "in a list", "{'spec':{'skills':{'gitRefs':[{'url':'u'},{'branch':'main'}]}}}",
		"spec.skills.gitRefs[1].branch: there is no such field: remove it", RULE_V1ALPHA2 },
	{ "what the other version has", "{'spec':{'platform':'agent-sandbox'}}",
		"spec.platform: there is no such field: remove it", RULE_V1ALPHA3 },
	{ "containers are Kubernetes' own",
		"{'spec':{'byo':{'deployment':{'extraContainers':[{'name':'x','image':'y'}],'env':["
		"{'name':"
		"'a','valueFrom':{}}],'labels':{'any':'x'},'resources':{'limits':{}}}}}}",
		"", RULE_V1ALPHA2 },
	{ "texts in lists have no members", "{'spec':{'skills':{'refs':['a']}}}", "",
		RULE_V1ALPHA2 },
};

START_TEST(unknown_fields_are_refused_with_the_one_meant)
{
	AUTO(text) char *text = text_copy(unknown[_i].object, strlen(unknown[_i].object));
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct findings findings = { 0 };
	char said[512] = "";

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	ck_assert(json_doc_copy(text, strlen(text), NULL, &doc, NULL));
	rules_check_unknown(json_root(doc), unknown[_i].version, &findings);
	if (findings.cause_count)
		snprintf(said, sizeof(said), "%s: %s", findings.causes[0].field,
			findings.causes[0].message);
	ck_assert_msg(strcmp(said, unknown[_i].says) == 0, "%s: %s", unknown[_i].spec, said);
	ck_assert_uint_le(findings.cause_count, 1);
	findings_fini(&findings);
}
END_TEST

static const struct {
	const char *field, *found;
	bool exact;
} fields[] = {
	{ "", "{", true },
	{ "a.b[1]", "2", true },
	{ "a.b[7]", "[", false },
	{ "a.c", "{", false },
	{ "a[x.y/z]", "3", true },
	{ "a.b.c", "[", false },
};

START_TEST(fields_are_found_by_name)
{
	static const char text[] = "{\"a\":{\"b\":[1,2],\"x.y/z\":3}}";
	AUTO(json_doc) struct json_doc *doc = NULL;
	bool exact;
	struct json_view v;

	ck_assert(json_doc_copy(text, strlen(text), NULL, &doc, NULL));
	v = field_find(json_root(doc), fields[_i].field, &exact);
	ck_assert_msg(text[json_offset(v)] == fields[_i].found[0], "%s", fields[_i].field);
	ck_assert_msg(exact == fields[_i].exact, "%s", fields[_i].field);
}
END_TEST

/* "spec.tools[].name" as an object that has it, with the value null. */
static bool is_known(const char *path, enum rule_version version)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(buffer) struct buffer end = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct findings findings = { 0 };
	bool known;

	for (const char *at = path; *at;) {
		size_t bytes;

		at += *at == '.';
		if (*at == '[') {
			buffer_putc(&text, '[');
			buffer_putc(&end, ']');
			at += 2;
			continue;
		}
		bytes = strcspn(at, ".[");
		buffer_printf(&text, "{\"%.*s\":", (int)bytes, at);
		buffer_putc(&end, '}');
		at += bytes;
	}
	buffer_puts(&text, "null");
	for (size_t i = end.bytes; i > 0; i--)
		buffer_putc(&text, end.data[i - 1]);
	ck_assert_msg(json_doc_parse(&text, NULL, &doc, NULL), "%s", path);
	rules_check_unknown(json_root(doc), version, &findings);
	known = !findings.cause_count;
	findings_fini(&findings);
	return known;
}

static size_t check_schema(struct json_view schema, const char *path, enum rule_version version)
{
	AUTO(text) char *any = text_format("%s.no-such-field", path);
	size_t count = 0;

	if (json_text_is(json_get(schema, "type"), "array")) {
		AUTO(text) char *items = text_format("%s[]", path);

		return check_schema(json_get(schema, "items"), items, version);
	}
	if (!json_count(json_get(schema, "properties")) || is_known(any, version))
		return 0;
	json_foreach (property, json_get(schema, "properties")) {
		AUTO(text) char *field = text_format("%s.%s", path, json_key(property, NULL));

		ck_assert_msg(
			is_known(field, version), "%s is in the CRD and not in the table", field);
		count += 1 + check_schema(property, field, version);
	}
	return count;
}

START_TEST(every_field_of_the_crd_is_in_the_table)
{
	static const char path[] =
		TEST_SOURCE_DIR "/../charts/sandgate/files/crds/sandboxagents.kagent.dev.yaml";
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct json_limits limits = { .bytes = 8 << 20 };
	struct yaml_document document;
	size_t versions = 0;
	bool more;

	ck_assert(file_read(path, 8 << 20, &text, NULL));
	ck_assert(yaml_reader_new(text.data, text.bytes, &limits, &reader, NULL));
	ck_assert(yaml_reader_next(reader, &document, &more, NULL) && more);
	json_foreach (version, json_dig(json_root(document.doc), "spec", "versions")) {
		bool is_v1alpha3 = json_text_is(json_get(version, "name"), "v1alpha3");
		struct json_view spec =
			json_dig(version, "schema", "openAPIV3Schema", "properties", "spec");

		ck_assert_uint_gt(
			check_schema(spec, "spec", is_v1alpha3 ? RULE_V1ALPHA3 : RULE_V1ALPHA2),
			100);
		versions++;
	}
	ck_assert_uint_eq(versions, 2);
	yaml_document_fini(&document);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agent/rules");
	TCase *tests = tcase_create("rules");

	tcase_add_loop_test(tests, every_row_is_complete, 0, (int)agent_rule_count);
	tcase_add_test(tests, no_row_stands_twice);
	tcase_add_loop_test(tests, wrong_types_are_refused, 0, (int)agent_rule_count);
	tcase_add_loop_test(
		tests, unknown_fields_are_refused_with_the_one_meant, 0, COUNT(unknown));
	tcase_add_test(tests, every_field_of_the_crd_is_in_the_table);
	tcase_add_loop_test(tests, fields_are_found_by_name, 0, COUNT(fields));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
