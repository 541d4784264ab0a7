#include "json/yaml.h"
#include "support/suite.h"

#define TEXT(literal) literal, sizeof(literal) - 1

/* All documents of a stream, a line each; or the error's text. */
static void read_stream(
	struct buffer *out, const char *text, size_t bytes, const struct json_limits *limits)
{
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct error err = { 0 };
	bool more = true;

	buffer_puts(out, "");
	if (!yaml_reader_new(text, bytes, limits, &reader, &err)) {
		buffer_puts(out, err.text);
		return;
	}
	for (;;) {
		struct yaml_document document = { 0 };

		if (!yaml_reader_next(reader, &document, &more, &err)) {
			buffer_printf(out, "! %s", err.text);
			ck_assert(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
			ck_assert_ptr_null(document.doc);
			return;
		}
		if (!more)
			return;
		json_write(out, json_root(document.doc));
		buffer_putc(out, '\n');
		yaml_document_fini(&document);
	}
}

static const struct {
	const char *spec, *text;
	size_t bytes;
	const char *json;
} streams[] = {
	{ "an empty stream", TEXT(""), "" },
	{ "comments only", TEXT("# a\n# b\n"), "" },
	{ "several documents, empty ones passed over",
		TEXT("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n"),
		"{\"a\":1}\n{\"b\":2}\n" },
	{ "comments and blank lines", TEXT("# top\na: 1 # one\n\n# between\nb: 'x # y'\n"),
		"{\"a\":1,\"b\":\"x # y\"}\n" },
	{ "CRLF line ends", TEXT("a: 1\r\nb:\r\n- x\r\n- |\r\n  t\r\n"),
		"{\"a\":1,\"b\":[\"x\",\"t\\n\"]}\n" },
	{ "plain words that mean something", TEXT("[null, Null, ~, true, True, false, FALSE]"),
		"[null,null,null,true,true,false,false]\n" },
	{ "an empty value is null", TEXT("a:\nb: ''\n"), "{\"a\":null,\"b\":\"\"}\n" },
	{ "numbers are JSON's", TEXT("[0, -1, 1.50, 1e3, 123456789012345678901234567890]"),
		"[0,-1,1.50,1e3,123456789012345678901234567890]\n" },
	{ "what only other schemas resolve is text",
		TEXT("[yes, No, on, off, 0o7, 0x1F, 1_000, 007, +1, .5, .inf, 1:30, 2001-01-01]"),
		"[\"yes\",\"No\",\"on\",\"off\",\"0o7\",\"0x1F\",\"1_000\",\"007\",\"+1\",\".5\","
		"\".inf\",\"1:30\",\"2001-01-01\"]\n" },
	{ "quoted scalars are text", TEXT("[\"1\", 'true', \"null\", '~']"),
		"[\"1\",\"true\",\"null\",\"~\"]\n" },
	{ "block scalars",
		TEXT("a: |\n  one\n   two\n\nb: >-\n  folded\n  text\nc: |+\n  kept\n\n"),
		"{\"a\":\"one\\n two\\n\",\"b\":\"folded text\",\"c\":\"kept\\n\\n\"}\n" },
	{ "a block scalar is never a number", TEXT("a: |-\n  12\n"), "{\"a\":\"12\"}\n" },
	{ "core tags",
		TEXT("a: !!str 12\nb: !!int \"12\"\nc: !!map {}\nd: !!seq []\ne: ! 12\nf: !!null "
		     "''\n"),
		"{\"a\":\"12\",\"b\":12,\"c\":{},\"d\":[],\"e\":\"12\",\"f\":null}\n" },
	{ "lists at the indentation of their key", TEXT("a:\n- b: 1\n  c:\n  - - x\n    - y\n"),
		"{\"a\":[{\"b\":1,\"c\":[[\"x\",\"y\"]]}]}\n" },
	{ "flow in block", TEXT("a: {b: [1, two], \"c\": 'd'}\n"),
		"{\"a\":{\"b\":[1,\"two\"],\"c\":\"d\"}}\n" },
	{ "JSON", TEXT("{\"a\": [1, \"\\ud83d\\ude00\", null],\n\t\"b\":{}}"),
		"{\"a\":[1,\"\xF0\x9F\x98\x80\",null],\"b\":{}}\n" },
	{ "JSON documents one behind the other", TEXT("{\"a\":1}\n---\n{\"b\":2}\n"),
		"{\"a\":1}\n{\"b\":2}\n" },
	{ "a merge sign that is a value", TEXT("a: <<\n"), "{\"a\":\"<<\"}\n" },
	{ "a scalar as document", TEXT("just text\n"), "\"just text\"\n" },
	{ "Unicode", TEXT("\xC3\xA9: \"\\u20ac\"\n"), "{\"\xC3\xA9\":\"\xE2\x82\xAC\"}\n" },
	{ "a byte order mark",
		TEXT("\xEF\xBB\xBF"
		     "a: 1\n"),
		"{\"a\":1}\n" },

	{ "duplicate keys, by place", TEXT("a: 1\nb:\n  c: 1\n  \"c\": 2\n"),
		"! duplicate key \"c\" at line 4 column 3" },
	{ "duplicate keys of JSON", TEXT("{\"a\":1,\n \"a\":2}"),
		"! duplicate key \"a\" at line 2 column 2" },
	{ "the documents before a wrong one", TEXT("a: 1\n---\na: &x 1\n"),
		"{\"a\":1}\n! anchors are not supported at line 3 column 4" },
	{ "an alias", TEXT("a: *x\n"), "! aliases are not supported at line 1 column 4" },
	{ "an anchor on a mapping", TEXT("a: &x {}\n"),
		"! anchors are not supported at line 1 column 4" },
	{ "an anchor on a key", TEXT("&x a: 1\n"),
		"! anchors are not supported at line 1 column 1" },
	{ "a merge key", TEXT("a:\n  <<: {b: 1}\n"),
		"! merge keys are not supported at line 2 column 3" },
	{ "a foreign tag", TEXT("a: !secret x\n"), "! tags are not supported at line 1 column 4" },
	{ "a binary tag", TEXT("a: !!binary aGk=\n"),
		"! tags are not supported at line 1 column 4" },
	{ "a tag that does not fit", TEXT("a: !!int x\n"),
		"! the value does not fit its tag at line 1 column 4" },
	{ "a number as key", TEXT("1: x\n"),
		"! a key must be text: write it in quotes at line 1 column 1" },
	{ "a boolean as key", TEXT("true: x\n"),
		"! a key must be text: write it in quotes at line 1 column 1" },
	{ "a list as key", TEXT("? [a]\n: x\n"), "! a key must be text at line 1 column 3" },
	{ "an escaped NUL", TEXT("a: \"x\\0\"\n"), "! \\u0000 is not allowed at line 1 column 4" },
	{ "a raw NUL", TEXT("a: x\0y\n"), "! control characters are not allowed at byte 4" },
	{ "invalid UTF-8", TEXT("a: \xFF\n"), "! invalid leading UTF-8 octet at byte 3" },
	{ "a tab as indentation", TEXT("a:\n\tb: 1\n"),
		"! while scanning for the next token: found character that cannot start any token "
		"at line 2 column 1" },
	{ "an open quote", TEXT("a: \"x\n"),
		"! while scanning a quoted scalar: found unexpected end of stream at line 2 column "
		"1" },
};

START_TEST(streams_are_read_or_refused_with_their_place)
{
	struct buffer out = { 0 };

	read_stream(&out, streams[_i].text, streams[_i].bytes, NULL);
	ck_assert_msg(!strcmp(out.data, streams[_i].json), "%s:\n%s", streams[_i].spec, out.data);
	buffer_fini(&out);
}
END_TEST

START_TEST(limits_hold)
{
	struct buffer deep = { 0 }, out = { 0 };

	for (int i = 0; i < 100000; i++)
		buffer_putc(&deep, '[');
	read_stream(&out, deep.data, deep.bytes, NULL);
	ck_assert_str_eq(out.data, "! too many levels at line 1 column 65");
	buffer_clear(&out);
	read_stream(&out, TEXT("[1,2,3"), &(struct json_limits){ .nodes = 2 });
	ck_assert_str_eq(out.data, "! too many keys and values at line 1 column 4");
	buffer_clear(&out);
	read_stream(&out, TEXT("a: 1"), &(struct json_limits){ .bytes = 3 });
	ck_assert_str_eq(out.data, "more than 3 bytes of YAML");
	buffer_fini(&deep);
	buffer_fini(&out);
}
END_TEST

static void read_one(const char *text, struct yaml_document *document)
{
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct error err = { 0 };
	bool more = false;

	ck_assert(yaml_reader_new(text, strlen(text), NULL, &reader, &err));
	ck_assert_msg(yaml_reader_next(reader, document, &more, &err), "%s\n%s", text, err.text);
	ck_assert(more);
}

static void check_place(const struct yaml_document *document, struct json_view v, bool of_key,
	size_t line, size_t column)
{
	size_t at_line = 0, at_column = 0;

	yaml_place(document, v, of_key, &at_line, &at_column);
	ck_assert_uint_eq(at_line, line);
	ck_assert_uint_eq(at_column, column);
}

static const char *const placed[] = {
	"# top\n---\nspec:\n  list:\n  - \xC3\xA9\n  - { a: x }\n",
	"\n\n{ \"spec\":\n  { \"list\":\n    [\"\xC3\xA9\",\n    { \"a\": \"x\" }]}}\n",
};

START_TEST(every_value_has_its_place)
{
	struct yaml_document yaml = { 0 }, json = { 0 };
	struct json_view list;

	read_one(placed[0], &yaml);
	list = json_dig(json_root(yaml.doc), "spec", "list");
	ck_assert_uint_eq(yaml.line, 3);
	check_place(&yaml, json_root(yaml.doc), false, 3, 1);
	check_place(&yaml, list, true, 4, 3);
	check_place(&yaml, list, false, 5, 3);
	check_place(&yaml, json_item(list, 1), false, 6, 5);
	check_place(&yaml, json_item(list, 1), true, 6, 5);
	check_place(&yaml, json_get(json_item(list, 1), "a"), true, 6, 7);
	check_place(&yaml, json_get(json_item(list, 1), "a"), false, 6, 10);
	check_place(&yaml, (struct json_view){ 0 }, false, 3, 1);

	read_one(placed[1], &json);
	ck_assert(json_equal(json_root(yaml.doc), json_root(json.doc)));
	list = json_dig(json_root(json.doc), "spec", "list");
	check_place(&json, list, true, 4, 5);
	check_place(&json, list, false, 5, 5);
	check_place(&json, json_get(json_item(list, 1), "a"), false, 6, 12);
	yaml_document_fini(&yaml);
	yaml_document_fini(&json);
}
END_TEST

static const struct {
	const char *json, *yaml;
} written[] = {
	{ "{\"kind\":\"Pod\",\"spec\":{\"list\":[{\"a\":1,\"b\":[\"x\",[1,2]]},\"y\"],\"none\":{},"
	  "\"empty\":[]}}",
		"kind: Pod\nspec:\n  list:\n  - a: 1\n    b:\n    - x\n    - - 1\n      - 2\n  - "
		"\"y\"\n  none: {}\n  empty: []\n" },
	{ "{\"a\":\"one\\ntwo\\n\",\"b\":\"x\\n\\ny\",\"c\":\"z\\n\\n\",\"d\":\" lead\\n\"}",
		"a: |\n  one\n  two\nb: |-\n  x\n\n  y\nc: |+\n  z\n\nd: \" lead\\n\"\n" },
	{ "[\"\",\"true\",\"No\",\"12\",\"0x1f\",\"1.2.3\",\"v1.2\",\"a: b\",\"a:b\",\"a #b\",\"- "
	  "x\",\"x \",\"https://x/y\",\"~\",\"<<\"]",
		"- \"\"\n- \"true\"\n- \"No\"\n- \"12\"\n- \"0x1f\"\n- \"1.2.3\"\n- v1.2\n- \"a: "
		"b\"\n- a:b\n- \"a #b\"\n- \"- x\"\n"
		"- \"x \"\n- https://x/y\n- \"~\"\n- \"<<\"\n" },
	{ "{\"1\":null,\"a b\":true,\"\":-1.50}", "\"1\": null\na b: true\n\"\": -1.50\n" },
	{ "\"a\\u007f\\u0085\\u2028\\ufeffz\"", "\"a\\u007f\\u0085\\u2028\\ufeffz\"\n" },
	{ "\"x\"", "x\n" },
	{ "[]", "[]\n" },
};

START_TEST(written_yaml_is_for_people_and_reads_back)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct yaml_document again = { 0 };
	struct buffer out = { 0 };

	ck_assert(json_doc_copy(written[_i].json, strlen(written[_i].json), NULL, &doc, NULL));
	yaml_write(&out, json_root(doc));
	ck_assert_str_eq(out.data, written[_i].yaml);
	read_one(out.data, &again);
	ck_assert(json_equal(json_root(doc), json_root(again.doc)));
	yaml_document_fini(&again);
	buffer_fini(&out);
}
END_TEST

START_TEST(long_keys_are_written_so_that_they_can_be_read)
{
	struct buffer text = { 0 }, out = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct yaml_document again = { 0 };

	buffer_puts(&text, "[{\"");
	for (int i = 0; i < 2000; i++)
		buffer_putc(&text, 'k');
	buffer_puts(&text, "\":{\"a\":[1]},\"b\":2}]");
	ck_assert(json_doc_parse(&text, NULL, &doc, NULL));
	yaml_write(&out, json_root(doc));
	read_one(out.data, &again);
	ck_assert(json_equal(json_root(doc), json_root(again.doc)));
	yaml_document_fini(&again);
	buffer_fini(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json/yaml");
	TCase *tests = tcase_create("yaml");

	tcase_add_loop_test(tests, streams_are_read_or_refused_with_their_place, 0, COUNT(streams));
	tcase_add_test(tests, limits_hold);
	tcase_add_test(tests, every_value_has_its_place);
	tcase_add_loop_test(tests, written_yaml_is_for_people_and_reads_back, 0, COUNT(written));
	tcase_add_test(tests, long_keys_are_written_so_that_they_can_be_read);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
