/* Every document that is read has a place for its root, and reads back the same when written as YAML and as JSON. */
#include "json/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_reads_back(const struct buffer *text, struct json_view v)
{
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct yaml_document document = { 0 };
	bool more = false;

	check(yaml_reader_new(text->data, text->bytes, &(struct json_limits){ .bytes = SIZE_MAX },
		&reader, NULL));
	check(yaml_reader_next(reader, &document, &more, NULL) && more);
	check(json_equal(json_root(document.doc), v));
	yaml_document_fini(&document);
}

static void check_document(const struct yaml_document *document)
{
	struct json_view root = json_root(document->doc);
	struct buffer text = { 0 };
	size_t line = 0, column = 0;

	yaml_place(document, root, false, &line, &column);
	check(line == document->line && column > 0);
	yaml_write(&text, root);
	check_reads_back(&text, root);
	buffer_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct error err = { 0 };
	bool more = true;

	if (!yaml_reader_new((const char *)data, bytes, NULL, &reader, &err))
		return 0;
	while (more) {
		struct yaml_document document = { 0 };

		if (!yaml_reader_next(reader, &document, &more, &err)) {
			check(err.code != ERR_NONE && *err.text);
			break;
		}
		if (more)
			check_document(&document);
		yaml_document_fini(&document);
	}
	return 0;
}
