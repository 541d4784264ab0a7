#include "json/doc.h"
#include "support/suite.h"

#include <stdio.h>

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
	const char *spec, *text;
	size_t bytes;
	const char *says; /* NULL = accepted */
} texts[] = {
	{ "an empty object", TEXT("{}"), NULL },
	{ "an empty array with blanks of all four kinds", TEXT(" \t\r\n[ \t\r\n] \t\r\n"), NULL },
	{ "a lone string", TEXT("\"a\""), NULL },
	{ "a lone number", TEXT("0"), NULL },
	{ "the three words", TEXT("[true,false,null]"), NULL },
	{ "every form of number", TEXT("[-0,0.5,1e9,1E+2,10.25e-3,-1]"), NULL },
	{ "a number beyond 64 bits", TEXT("123456789012345678901234567890"), NULL },
	{ "a number beyond every double", TEXT("1e999999"), NULL },
	{ "every short escape", TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), NULL },
	{ "a surrogate pair", TEXT("\"\\ud83d\\ude00\""), NULL },
	{ "raw UTF-8 of two, three and four bytes",
		TEXT("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""), NULL },
	{ "the last code point", TEXT("\"\xF4\x8F\xBF\xBF\""), NULL },
	{ "DEL, which JSON allows", TEXT("\"\x7f\""), NULL },
	{ "the same key in two objects", TEXT("[{\"a\":1},{\"a\":1}]"), NULL },
	{ "a key inside a value of the same key", TEXT("{\"a\":{\"a\":1}}"), NULL },
	{ "an empty key", TEXT("{\"\":1}"), NULL },

	{ "nothing", TEXT(""), "the text is empty: JSON is expected" },
	{ "blanks only", TEXT("  "), "the text ends too early at line 1 column 3" },
	{ "two values", TEXT("1 2"), "more text behind the JSON value at line 1 column 3" },
	{ "a trailing brace", TEXT("{}}"), "more text behind the JSON value at line 1 column 3" },
	{ "a trailing NUL", TEXT("{}\0"), "more text behind the JSON value at line 1 column 3" },
	{ "an open array", TEXT("[1,"), "the text ends too early at line 1 column 4" },
	{ "an open object", TEXT("{\"a\":1"), "the text ends too early at line 1 column 7" },
	{ "a comma before the end of an array", TEXT("[1,]"),
		"unexpected character ']' at line 1 column 4" },
	{ "a comma before the end of an object", TEXT("{\"a\":1,}"),
		"unexpected character '}' at line 1 column 8" },
	{ "a leading comma", TEXT("[,1]"), "unexpected character ',' at line 1 column 2" },
	{ "no comma", TEXT("[1 2]"), "unexpected character '2' at line 1 column 4" },
	{ "no colon", TEXT("{\"a\" 1}"), "unexpected character '1' at line 1 column 6" },
	{ "a key without value", TEXT("{\"a\"}"), "unexpected character '}' at line 1 column 5" },
	{ "a key that is no string", TEXT("{1:2}"), "unexpected character '1' at line 1 column 2" },
	{ "brackets of the wrong kind", TEXT("[1}"),
		"unexpected character '}' at line 1 column 3" },
	{ "NaN", TEXT("NaN"), "unexpected character 'N' at line 1 column 1" },
	{ "Infinity", TEXT("-Infinity"), "not a JSON number at line 1 column 1" },
	{ "single quotes", TEXT("{'a':1}"), "unexpected character ''' at line 1 column 2" },
	{ "a comment", TEXT("{} // x"), "more text behind the JSON value at line 1 column 4" },
	{ "a comment inside", TEXT("[/**/]"), "unexpected character '/' at line 1 column 2" },
	{ "a word in capitals", TEXT("True"), "unexpected character 'T' at line 1 column 1" },
	{ "half a word", TEXT("[tru]"), "unexpected character 't' at line 1 column 2" },
	{ "a word with a tail", TEXT("nullx"),
		"more text behind the JSON value at line 1 column 5" },
	{ "a leading zero", TEXT("01"), "not a JSON number at line 1 column 1" },
	{ "a negative leading zero", TEXT("-01"), "not a JSON number at line 1 column 1" },
	{ "a plus", TEXT("+1"), "unexpected character '+' at line 1 column 1" },
	{ "no digit before the point", TEXT(".5"), "unexpected character '.' at line 1 column 1" },
	{ "no digit behind the point", TEXT("1."), "not a JSON number at line 1 column 1" },
	{ "no digit in the exponent", TEXT("1e+"), "not a JSON number at line 1 column 1" },
	{ "hexadecimal", TEXT("0x10"), "more text behind the JSON value at line 1 column 2" },
	{ "an open string", TEXT("[\"abc"),
		"a string is not closed: it begins at line 1 column 2" },
	{ "a string that ends in a backslash", TEXT("\"a\\"),
		"invalid escape in a string at line 1 column 3" },
	{ "an unknown escape", TEXT("\"\\x41\""), "invalid escape in a string at line 1 column 2" },
	{ "a short \\u escape", TEXT("\"\\u12\""),
		"\\u needs four hexadecimal digits at line 1 column 2" },
	{ "an escaped NUL", TEXT("\"a\\u0000\""), "\\u0000 is not allowed at line 1 column 3" },
	{ "an escaped NUL in a key", TEXT("{\"a\\u0000b\":1}"),
		"\\u0000 is not allowed at line 1 column 4" },
	{ "a raw NUL", TEXT("\"a\0b\""), "control character in a string at line 1 column 3" },
	{ "a raw tab", TEXT("\"a\tb\""), "control character in a string at line 1 column 3" },
	{ "a raw line break", TEXT("\"aaaaaaaaaaaaaaaa\nb\""),
		"control character in a string at line 1 column 18" },
	{ "a lone high surrogate", TEXT("\"\\ud83d\""),
		"lone surrogate in a string at line 1 column 2" },
	{ "a high surrogate before a letter", TEXT("\"\\ud83d\\u0041\""),
		"lone surrogate in a string at line 1 column 2" },
	{ "a lone low surrogate", TEXT("\"\\ude00\""),
		"lone surrogate in a string at line 1 column 2" },
	{ "a lone tail byte", TEXT("\"\x80\""), "invalid UTF-8 in a string at line 1 column 2" },
	{ "a cut sequence", TEXT("\"\xE2\x82\""), "invalid UTF-8 in a string at line 1 column 2" },
	{ "an overlong slash", TEXT("\"\xC0\xAF\""),
		"invalid UTF-8 in a string at line 1 column 2" },
	{ "an overlong form of three bytes", TEXT("\"\xE0\x80\xAF\""),
		"invalid UTF-8 in a string at line 1 column 2" },
	{ "a surrogate in UTF-8", TEXT("\"\xED\xA0\x80\""),
		"invalid UTF-8 in a string at line 1 column 2" },
	{ "past the last code point", TEXT("\"\xF4\x90\x80\x80\""),
		"invalid UTF-8 in a string at line 1 column 2" },
	{ "a byte order mark", TEXT("\xEF\xBB\xBF{}"), "unexpected byte 0xef at line 1 column 1" },
	{ "a duplicate key, by line and column",
		TEXT("{\n  \"a\": 1,\n  \"b\": \"\xC3\xA9\", \"a\": 2\n}"),
		"duplicate key \"a\" at line 3 column 13" },
	{ "a duplicate key in other spelling", TEXT("{\"a\":1,\"\\u0061\":2}"),
		"duplicate key \"a\" at line 1 column 8" },
	{ "two equal keys with escapes", TEXT("{\"\\n\":1,\"\\u000a\":2}"),
		"duplicate key \" \" at line 1 column 9" },
	{ "a duplicate key deep inside", TEXT("[[{\"x\":{\"b\":1,\"b\":1}}]]"),
		"duplicate key \"b\" at line 1 column 15" },
};

START_TEST(text_is_accepted_or_refused_with_its_place)
{
	struct buffer text = { 0 };
	struct json_doc *doc = NULL;
	struct error err = { 0 };

	buffer_append(&text, texts[_i].text, texts[_i].bytes);
	if (!texts[_i].says) {
		ck_assert_msg(json_doc_parse(&text, NULL, &doc, &err), "%s: %s", texts[_i].spec,
			err.text);
		ck_assert_msg(!text.data && !text.bytes, "%s: the text must move", texts[_i].spec);
	} else {
		ck_assert_msg(
			!json_doc_parse(&text, NULL, &doc, &err), "%s: accepted", texts[_i].spec);
		ck_assert_msg(
			!strcmp(err.text, texts[_i].says), "%s: %s", texts[_i].spec, err.text);
		ck_assert_int_eq(err.code, ERR_INVALID);
		ck_assert_msg(text.bytes == texts[_i].bytes &&
				      !memcmp(text.data, texts[_i].text, text.bytes),
			"%s: the text must stay as it was", texts[_i].spec);
	}
	json_doc_free(doc);
	buffer_fini(&text);
}
END_TEST

static struct json_doc *read_text(const char *text)
{
	struct json_doc *doc = NULL;
	struct error err = { 0 };

	ck_assert_msg(
		json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s: %s", text, err.text);
	return doc;
}

static void refuse(const char *text, size_t bytes, const struct json_limits *limits,
	enum error_code code, const char *says)
{
	struct json_doc *doc = NULL;
	struct error err = { 0 };

	ck_assert(!json_doc_copy(text, bytes, limits, &doc, &err));
	ck_assert_ptr_null(doc);
	ck_assert_int_eq(err.code, code);
	ck_assert_str_eq(err.text, says);
}

START_TEST(limits_hold_and_are_named)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct buffer deep = { 0 };
	struct error err = { 0 };

	for (int i = 0; i < 1000; i++)
		buffer_putc(&deep, '[');
	for (int i = 0; i < 1000; i++)
		buffer_putc(&deep, ']');
	refuse(deep.data, deep.bytes, NULL, ERR_TOO_LARGE,
		"deeper than 64 levels at line 1 column 65");
	ck_assert(json_doc_copy(
		deep.data, deep.bytes, &(struct json_limits){ .depth = 1000 }, &doc, &err));
	refuse("[1,2,3]", 7, &(struct json_limits){ .nodes = 3 }, ERR_TOO_LARGE,
		"more than 3 keys and values at line 1 column 7");
	refuse("[1,2,3]", 7, &(struct json_limits){ .bytes = 6 }, ERR_TOO_LARGE,
		"more than 6 bytes of JSON at line 1 column 1");
	buffer_fini(&deep);
}
END_TEST

START_TEST(exact_limits_are_enough)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err = { 0 };

	ck_assert(json_doc_copy("[1,2,3]", 7,
		&(struct json_limits){ .bytes = 7, .nodes = 4, .depth = 1 }, &doc, &err));
}
END_TEST

START_TEST(members_and_items_are_found)
{
	AUTO(json_doc)
	struct json_doc *doc =
		read_text("{\"spec\":{\"list\":[1,[2,3],\"x\"],\"on\":true,\"no\":null},"
			  "\"flat\":[\"a\",\"b\"],\"\":\"empty\"}");
	struct json_view root = json_root(doc);
	struct json_view list = json_dig(root, "spec", "list");
	struct json_view none = { 0 };
	size_t bytes = 0;

	ck_assert_int_eq(json_kind(root), JSON_OBJECT);
	ck_assert_uint_eq(json_count(root), 3);
	ck_assert_uint_eq(json_count(list), 3);
	ck_assert_int_eq(json_kind(json_item(list, 1)), JSON_ARRAY);
	ck_assert(json_text_is(json_item(list, 2), "x"));
	ck_assert_int_eq(json_kind(json_item(list, 3)), JSON_NONE);
	ck_assert(json_text_is(json_item(json_get(root, "flat"), 1), "b"));
	ck_assert(json_text_is(json_get(root, ""), "empty"));
	ck_assert(json_bool_or(json_dig(root, "spec", "on"), false));
	ck_assert(!json_is_present(json_dig(root, "spec", "no")));
	ck_assert_int_eq(json_kind(json_dig(root, "spec", "no")), JSON_NULL);
	ck_assert_str_eq(json_key(json_dig(root, "spec", "on"), &bytes), "on");
	ck_assert_uint_eq(bytes, 2);
	ck_assert_ptr_null(json_key(json_item(list, 0), NULL));
	ck_assert_ptr_null(json_key(root, NULL));

	ck_assert_int_eq(json_kind(json_dig(root, "spec", "list", "deeper")), JSON_NONE);
	ck_assert_int_eq(json_kind(json_get(none, "a")), JSON_NONE);
	ck_assert_int_eq(json_kind(json_item(root, 0)), JSON_NONE);
	ck_assert_int_eq(json_kind(json_first(none)), JSON_NONE);
	ck_assert_ptr_null(json_text(none, NULL));
	ck_assert_str_eq(json_text_or(list, "other"), "other");
	ck_assert_uint_eq(json_count(none), 0);
	ck_assert_uint_eq(json_count(json_get(root, "")), 0);
}
END_TEST

START_TEST(iteration_sees_every_child_in_order)
{
	AUTO(json_doc)
	struct json_doc *doc = read_text("{\"a\":[1,[2],{\"k\":3}],\"b\":{},\"c\":\"\"}");
	struct buffer seen = { 0 };

	json_foreach (member, json_root(doc)) {
		buffer_puts(&seen, json_key(member, NULL));
		json_foreach (item, member)
			buffer_printf(&seen, "%d", json_kind(item));
	}
	json_foreach (nobody, json_get(json_root(doc), "c"))
		ck_abort();
	json_foreach (nobody, json_get(json_root(doc), "b"))
		ck_abort();
	json_foreach_member (nobody, json_get(json_root(doc), "a"))
		ck_abort_msg("an item of an array is no member");
	json_foreach_member (member, json_item(json_get(json_root(doc), "a"), 2))
		buffer_puts(&seen, json_key(member, NULL));
	ck_assert_ptr_null(json_key(json_item(json_get(json_root(doc), "a"), 0), NULL));
	ck_assert_str_eq(seen.data, "a356bck");
	buffer_fini(&seen);
}
END_TEST

START_TEST(strings_are_decoded_in_place)
{
	AUTO(json_doc)
	struct json_doc *doc =
		read_text("{\"k\\u0065y\":\"a\\n\\\"\\u00e9\\ud83d\\ude00\\/z\",\"next\":\"\"}");
	size_t bytes = 0;

	ck_assert_str_eq(json_text(json_get(json_root(doc), "key"), &bytes),
		"a\n\"\xC3\xA9\xF0\x9F\x98\x80/z");
	ck_assert_uint_eq(bytes, 11);
	ck_assert_str_eq(json_text(json_get(json_root(doc), "next"), &bytes), "");
	ck_assert_uint_eq(bytes, 0);
}
END_TEST

static const struct {
	const char *text;
	bool fits;
	int64_t value;
} numbers[] = {
	{ "0", true, 0 },
	{ "-0", true, 0 },
	{ "42", true, 42 },
	{ "9223372036854775807", true, INT64_MAX },
	{ "9223372036854775808", false, 0 },
	{ "-9223372036854775808", true, INT64_MIN },
	{ "-9223372036854775809", false, 0 },
	{ "123456789012345678901234567890", false, 0 },
	{ "1.0", false, 0 },
	{ "1e2", false, 0 },
	{ "\"1\"", false, 0 },
	{ "null", false, 0 },
};

START_TEST(whole_numbers_that_fit_are_read)
{
	AUTO(json_doc) struct json_doc *doc = read_text(numbers[_i].text);
	int64_t value = 77;

	ck_assert_msg(
		json_int64(json_root(doc), &value) == numbers[_i].fits, "%s", numbers[_i].text);
	ck_assert_int_eq(value, numbers[_i].fits ? numbers[_i].value : 77);
	if (*numbers[_i].text != '"' && *numbers[_i].text != 'n')
		ck_assert_str_eq(json_number_text(json_root(doc)), numbers[_i].text);
}
END_TEST

START_TEST(number_text_ends_where_the_number_ends)
{
	AUTO(json_doc) struct json_doc *doc = read_text("[1,22 ,333]");

	ck_assert_str_eq(json_number_text(json_item(json_root(doc), 0)), "1");
	ck_assert_str_eq(json_number_text(json_item(json_root(doc), 1)), "22");
	ck_assert_str_eq(json_number_text(json_item(json_root(doc), 2)), "333");
}
END_TEST

START_TEST(large_objects_find_their_duplicate)
{
	for (int twice = -1; twice < 40; twice++) {
		struct buffer text = { 0 };
		struct json_doc *doc = NULL;
		struct error err = { 0 };
		bool ok;

		for (int i = 0; i < 40; i++)
			buffer_printf(&text, "%c\"key-%d\":%d", i ? ',' : '{', i, i);
		if (twice >= 0) /* the same key again, half of it written as escapes */
			buffer_printf(&text, ",\"\\u006bey-%d\":0", twice);
		buffer_putc(&text, '}');
		ok = json_doc_parse(&text, NULL, &doc, &err);
		ck_assert_int_eq(ok, twice < 0);
		if (!ok)
			ck_assert_msg(strstr(err.text, "duplicate key \"key-"), "%s", err.text);
		json_doc_free(doc);
		buffer_fini(&text);
	}
}
END_TEST

START_TEST(hundred_thousand_keys_are_checked_in_no_time)
{
	struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err = { 0 };

	for (int i = 0; i < 100000; i++)
		buffer_printf(&text, "%c\"%d\":0", i ? ',' : '{', i);
	buffer_putc(&text, '}');
	ck_assert_msg(json_doc_parse(&text, NULL, &doc, &err), "%s", err.text);
	ck_assert_uint_eq(json_count(json_root(doc)), 100000);
	buffer_fini(&text);
}
END_TEST

START_TEST(long_strings_are_whole)
{
	AUTO(buffer) struct buffer want = { 0 };
	struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err = { 0 };
	const char *got;
	size_t bytes = 0;

	buffer_puts(&text, "[\"");
	for (int i = 0; i < 1 << 20; i++)
		buffer_putc(&text, (char)('a' + i % 26));
	buffer_append(&want, text.data + 2, text.bytes - 2);
	buffer_puts(&text, "\\n\"]");
	ck_assert(json_doc_parse(&text, NULL, &doc, &err));
	got = json_text(json_item(json_root(doc), 0), &bytes);
	ck_assert_uint_eq(bytes, (1 << 20) + 1);
	ck_assert_mem_eq(got, want.data, 1 << 20);
	ck_assert_int_eq(got[1 << 20], '\n');
	ck_assert_uint_gt(json_doc_memory(doc), 1 << 20);
}
END_TEST

static const struct {
	const char *spec, *text;
	bool shrinks;
} compacts[] = {
	{ "an object",
		"{\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"\",\"y\":\"z\"}},\"n\":-1.5e3}",
		true },
	{ "every kind", "[null,true,false,0,\"\",{},[],[[1],{\"k\":[\"v\"]}]]", true },
	{ "escapes", "{\"a\\n\\u00e4\":\"\\ud83d\\ude00\\\"\"}", true },
	{ "a lone string", "\"text\"", true },
	{ "a lone word", "null", true },
	{ "a listed word as key, as value and as a part of another",
		"{\"metadata\":\"name\",\"name\":[\"metadata\",\"metadata \",\"nam\"]}", true },
	{ "a text twice, once with an escape",
		"[\"once\",\"\\u006fnce\",\"once\",\"onc\",12,\"12\"]", true },
	{ "a long text twice", "{\"uid of an owner\":[\"uid of an owner\",\"uid of another\"]}",
		true },
	{ "an empty text beside a listed one", "{\"\":\"\",\"name\":\"\"}", true },
};

static const struct json_word word_list[] = { JSON_WORD("name"), JSON_WORD("metadata") };
static const struct json_words words = { word_list, COUNT(word_list) };

START_TEST(compact_documents_say_the_same)
{
	struct error err = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(json_doc) struct json_doc *same = NULL;
	AUTO(buffer) struct buffer one = { 0 };
	AUTO(buffer) struct buffer two = { 0 };
	const char *text = compacts[_i].text;

	ck_assert(json_doc_copy(text, strlen(text), NULL, &doc, &err));
	ck_assert(json_doc_copy(text, strlen(text), NULL, &same, &err));
	same = json_doc_compact(same, &words);
	ck_assert_msg((json_doc_memory(same) < json_doc_memory(doc)) == compacts[_i].shrinks, "%s",
		compacts[_i].spec);
	ck_assert_msg(json_equal(json_root(doc), json_root(same)), "%s", compacts[_i].spec);
	json_write(&one, json_root(doc));
	json_write(&two, json_root(same));
	ck_assert_msg(strcmp(one.data, two.data) == 0, "%s: %s", compacts[_i].spec, two.data);
	same = json_doc_compact(same, &words); /* once more changes nothing */
	ck_assert(json_equal(json_root(doc), json_root(same)));
}
END_TEST

START_TEST(large_documents_are_left_as_they_are)
{
	struct error err = { 0 };
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;

	buffer_puts(&text, "[\"");
	for (int i = 0; i < 70000; i++)
		buffer_putc(&text, 'x');
	buffer_puts(&text, "\"]");
	ck_assert(json_doc_parse(&text, NULL, &doc, &err));
	doc = json_doc_compact(doc, NULL);
	ck_assert_uint_eq(strlen(json_text(json_item(json_root(doc), 0), NULL)), 70000);
}
END_TEST

static const struct {
	const char *spec, *a, *b;
	bool equal;
} pairs[] = {
	{ "order of members does not count", "{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}", true },
	{ "order of items counts", "[1,2]", "[2,1]", false },
	{ "numbers by their text", "1.0", "1", false },
	{ "spelling of strings does not count", "\"\\u0061\"", "\"a\"", true },
	{ "a number is not its text", "1", "\"1\"", false },
	{ "null is not false", "null", "false", false },
	{ "true is not false", "true", "false", false },
	{ "one more member", "{\"a\":1}", "{\"a\":1,\"b\":1}", false },
	{ "one less member", "{\"a\":1,\"b\":1}", "{\"a\":1}", false },
	{ "null member is not absent member", "{\"a\":null}", "{\"b\":null}", false },
	{ "empty object is not empty array", "{}", "[]", false },
	{ "prefix of a string", "\"ab\"", "\"abc\"", false },
	{ "deep down", "[{\"a\":[{\"b\":{}}]}]", "[{\"a\":[{\"b\":{}}]}]", true },
	{ "three members turned round", "{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":3,\"b\":2,\"a\":1}",
		true },
};

START_TEST(equality_is_that_of_values)
{
	AUTO(json_doc) struct json_doc *a = read_text(pairs[_i].a);
	AUTO(json_doc) struct json_doc *b = read_text(pairs[_i].b);

	ck_assert_msg(
		json_equal(json_root(a), json_root(b)) == pairs[_i].equal, "%s", pairs[_i].spec);
	ck_assert_msg(json_equal(json_root(b), json_root(a)) == pairs[_i].equal, "%s, turned",
		pairs[_i].spec);
	ck_assert(json_equal(json_root(a), json_root(a)));
	ck_assert(!json_equal(json_root(a), (struct json_view){ 0 }));
}
END_TEST

static const struct {
	const char *in, *out;
} written[] = {
	{ " { \"b\" : [ 1 , -2.50e3 , true , null ] , \"a\" : { } } ",
		"{\"b\":[1,-2.50e3,true,null],\"a\":{}}" },
	{ "\"\\u0041\\/\\\"\\\\\\n\\u001f\\u00e9\"", "\"A/\\\"\\\\\\n\\u001f\xC3\xA9\"" },
	{ "[]", "[]" },
	{ "\"\\b\\f\\r\\t\"", "\"\\b\\f\\r\\t\"" },
};

START_TEST(writing_is_compact_and_keeps_order_and_numbers)
{
	AUTO(json_doc) struct json_doc *doc = read_text(written[_i].in);
	struct buffer out = { 0 };

	json_write(&out, json_root(doc));
	ck_assert_str_eq(out.data, written[_i].out);
	buffer_fini(&out);
}
END_TEST

START_TEST(written_strings_are_always_valid)
{
	struct buffer out = { 0 };

	json_write_string(&out, TEXT("a\0b\xFF\xE2\x82z\x7f"));
	ck_assert_str_eq(out.data, "\"a\\u0000b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\x7f\"");
	buffer_fini(&out);
}
END_TEST

/* A text of every length up to 40, with one byte in every place that must be escaped. */
START_TEST(bytes_are_escaped_wherever_they_stand)
{
	char text[40];
	size_t bytes = (size_t)_i;

	for (size_t at = 0; at <= bytes; at++) {
		AUTO(buffer) struct buffer out = { 0 };
		AUTO(buffer) struct buffer want = { 0 };

		memset(text, 'a', sizeof(text));
		if (at < bytes)
			text[at] = '"';
		json_write_string(&out, text, bytes);
		buffer_putc(&want, '"');
		for (size_t i = 0; i < bytes; i++)
			buffer_puts(&want, i == at ? "\\\"" : "a");
		buffer_putc(&want, '"');
		ck_assert_str_eq(out.data, want.data);
		ck_assert_uint_eq(out.bytes, want.bytes);
	}
}
END_TEST

START_TEST(offsets_point_into_the_source)
{
	AUTO(json_doc) struct json_doc *doc = read_text("{ \"a\": [10, \"x\"] }");

	ck_assert_uint_eq(json_offset(json_root(doc)), 0);
	ck_assert_uint_eq(json_offset(json_dig(json_root(doc), "a")), 7);
	ck_assert_uint_eq(json_offset(json_item(json_dig(json_root(doc), "a"), 1)), 12);
}
END_TEST

START_TEST(two_owners_share_a_document)
{
	struct json_doc *doc = read_text("[\"kept\"]");
	struct json_doc *other = json_doc_ref(doc);

	json_doc_free(doc);
	ck_assert(json_text_is(json_item(json_root(other), 0), "kept"));
	json_doc_free(other);
	json_doc_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json/doc");
	TCase *tests = tcase_create("doc");

	tcase_add_loop_test(tests, text_is_accepted_or_refused_with_its_place, 0, COUNT(texts));
	tcase_add_loop_test(tests, compact_documents_say_the_same, 0, COUNT(compacts));
	tcase_add_test(tests, large_documents_are_left_as_they_are);
	tcase_add_test(tests, limits_hold_and_are_named);
	tcase_add_test(tests, exact_limits_are_enough);
	tcase_add_test(tests, members_and_items_are_found);
	tcase_add_test(tests, iteration_sees_every_child_in_order);
	tcase_add_test(tests, strings_are_decoded_in_place);
	tcase_add_loop_test(tests, whole_numbers_that_fit_are_read, 0, COUNT(numbers));
	tcase_add_test(tests, number_text_ends_where_the_number_ends);
	tcase_add_test(tests, large_objects_find_their_duplicate);
	tcase_add_test(tests, hundred_thousand_keys_are_checked_in_no_time);
	tcase_add_test(tests, long_strings_are_whole);
	tcase_add_loop_test(tests, equality_is_that_of_values, 0, COUNT(pairs));
	tcase_add_loop_test(
		tests, writing_is_compact_and_keeps_order_and_numbers, 0, COUNT(written));
	tcase_add_test(tests, written_strings_are_always_valid);
	tcase_add_loop_test(tests, bytes_are_escaped_wherever_they_stand, 0, 40);
	tcase_add_test(tests, offsets_point_into_the_source);
	tcase_add_test(tests, two_owners_share_a_document);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
