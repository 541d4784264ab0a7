/*
 * YAML 1.2 documents as JSON documents, with the place of every value. Only what JSON can say: aliases, anchors, merge keys, tags
 * other than the core ones, non-string keys and duplicate keys are refused; depth and size are capped; plain scalars resolve by the
 * JSON-compatible core schema (yes, on, 0o7, 1_000 are text). JSON texts are YAML too and go the same way.
 * Any thread, one at a time per reader. Source: YAML 1.2.2 chapter 10.3, restricted.
 */
#ifndef JSON_YAML_H
#define JSON_YAML_H

#include "json/doc.h"

struct yaml_document {
	struct json_doc *doc;
	size_t line; /* where the document starts, from 1 */
	struct yaml_places *places;
};

struct yaml_reader;

/* `text` is borrowed until yaml_reader_free. */
MUST_USE bool yaml_reader_new(const char *text, size_t bytes, const struct json_limits *limits,
	struct yaml_reader **out, struct error *err);
void yaml_reader_free(struct yaml_reader *reader);
DEFINE_AUTO(yaml_reader, struct yaml_reader *, yaml_reader_free)

/*
 * The next document. `*more` false: the stream has ended and `out` is untouched. Empty documents are passed over.
 * ERR_INVALID names line and column. The caller releases with yaml_document_fini.
 */
MUST_USE bool yaml_reader_next(
	struct yaml_reader *reader, struct yaml_document *out, bool *more, struct error *err);
void yaml_document_fini(struct yaml_document *document);

/* Line and column (from 1) of the value `v` of this document, or of the member's key when `of_key`. */
void yaml_place(const struct yaml_document *document, struct json_view v, bool of_key, size_t *line,
	size_t *column);

/* One document's JSON as block YAML, keys in order, for people. */
void yaml_write(struct buffer *out, struct json_view v);

#endif
