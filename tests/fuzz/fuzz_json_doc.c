/* Whatever is accepted can be written, read again and is then the same, as a document, a compact one and as a tree. */
#include "json/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct json_word word_list[] = { JSON_WORD("a"), JSON_WORD("name"), JSON_WORD("1") };
static const struct json_words words = { word_list, COUNT(word_list) };

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(json_doc) struct json_doc *again = NULL;
	AUTO(json_doc) struct json_doc *sorted = NULL;
	AUTO(json) struct json_object *tree = NULL;
	struct buffer text = { 0 };
	struct error err = { 0 };

	if (!json_doc_copy((const char *)data, bytes, NULL, &doc, &err)) {
		check(err.code != ERR_NONE && *err.text);
		return 0;
	}
	json_write(&text, json_root(doc));
	check(json_doc_parse(&text, NULL, &again, &err));
	check(json_equal(json_root(doc), json_root(again)));

	again = json_doc_compact(again, &words);
	check(json_equal(json_root(doc), json_root(again)));
	check(json_equal(json_root(again), json_root(doc)));

	tree = json_from_view(json_root(doc));
	check(json_value_equals_view(tree, json_root(again)));
	check(json_value_is_subset(tree, json_root(again)));
	json_value_write_canonical(&text, tree);
	check(json_doc_parse(&text, NULL, &sorted, &err));
	check(json_equal(json_root(doc), json_root(sorted)));
	return 0;
}
