/*
 * A JSON text read once, strictly, into a flat list of nodes, and views into it. This is how the product reads JSON:
 * requests, watch events, config. (What it builds and writes are json-c trees, see json/value.h.)
 *
 * Refused with a reason and the place: duplicate keys, trailing bytes, NaN, single quotes, comments, NUL and invalid UTF-8 (raw
 * or as \u escapes, lone surrogates too), control characters, numbers that are no JSON numbers, too deep, too large.
 * Source: RFC 8259, tightened (house rule: what json-c's parser lets through "successfully" is refused here).
 *
 * A document is immutable after parsing: any number of threads may read it. Views borrow it.
 */
#ifndef JSON_DOC_H
#define JSON_DOC_H

#include "base/buffer.h"

struct json_doc;
struct json_object; /* json-c */

enum json_kind {
	JSON_NONE,
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A place in a document; by value. {NULL, 0} is "nothing": every accessor takes it and answers as for an absent member. */
struct json_view {
	const struct json_doc *doc;
	uint32_t at;
};

struct json_limits {
	size_t bytes; /* 0 = 3 MiB */
	unsigned depth; /* 0 = 64 */
	size_t nodes; /* 0 = 1,000,000 */
};

/*
 * Reads `text`; on success its bytes move into the document and `text` is empty, on failure `text` is as it was.
 * ERR_INVALID (text says what and where: "duplicate key \"a\" at line 3 column 7"), ERR_TOO_LARGE, ERR_NO_MEMORY.
 */
MUST_USE bool json_doc_parse(struct buffer *text, const struct json_limits *limits,
	struct json_doc **out, struct error *err);
/* The same for bytes that must be copied. */
MUST_USE bool json_doc_copy(const char *text, size_t bytes, const struct json_limits *limits,
	struct json_doc **out, struct error *err);
/* Another owner of the same document (atomic count); release each with json_doc_free. */
struct json_doc *json_doc_ref(struct json_doc *doc);
void json_doc_free(struct json_doc *doc);
DEFINE_AUTO(json_doc, struct json_doc *, json_doc_free)

/*
 * Texts that many documents hold, which those that are kept need not hold each: what the reader of a compact document gets is the
 * word's own text. The list, the shortest first, outlives the documents.
 */
struct json_word {
	const char *text;
	size_t bytes;
};
#define JSON_WORD(literal)                                                                         \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	}

struct json_words {
	const struct json_word *list;
	size_t count; /* at most 65535 */
};

/*
 * Gives a document that is kept for long its smallest form (a third of the size, one piece of memory), when it is below 64 KiB: a text is
 * kept once, and not at all when it is one of `words` (NULL = none). Takes `doc`, which must have no other owner and no views, and
 * returns what to use from now on. json_offset says nothing of such a document.
 */
struct json_doc *json_doc_compact(struct json_doc *doc, const struct json_words *words);

struct json_view json_root(const struct json_doc *doc);
size_t json_doc_memory(const struct json_doc *doc); /* bytes held, for accounting */

enum json_kind json_kind(struct json_view v); /* JSON_NONE for nothing */
bool json_is_present(struct json_view v); /* something, and not null */
size_t json_count(struct json_view v); /* members or items; 0 for others */

struct json_view json_get(
	struct json_view object, const char *key); /* nothing when absent or not an object */
struct json_view json_get_bytes(struct json_view object, const char *key, size_t bytes);
struct json_view json_item(struct json_view array, size_t index);
/* Follows keys down: json_dig(v, "spec", "sandbox", "network"). */
struct json_view json_dig_keys(struct json_view v, const char *const *keys);
#define json_dig(v, ...) json_dig_keys((v), (const char *const[]){ __VA_ARGS__, NULL })

/* Strings are NUL-terminated, decoded, owned by the document. NULL when it is not a string. `bytes` may be NULL. */
const char *json_text(struct json_view v, size_t *bytes);
const char *json_text_or(struct json_view v, const char *otherwise);
bool json_text_is(struct json_view v, const char *text);
bool json_bool_or(struct json_view v, bool otherwise);
/* Whole numbers that fit, written without fraction or exponent; false (out untouched) for anything else. */
bool json_int64(struct json_view v, int64_t *out);
/* A number written without fraction or exponent, of any size. */
bool json_is_whole(struct json_view v);
int64_t json_int64_or(struct json_view v, int64_t otherwise);
/* A number's source text, NUL-terminated. NULL when not a number. */
const char *json_number_text(struct json_view v);

/* Iteration. json_first of an empty or wrong kind is nothing; json_next after the last is nothing. */
struct json_view json_first(struct json_view container);
struct json_view json_next(struct json_view container, struct json_view child);
/* The key of an object's member, as got from json_foreach_member or json_get. NULL for anything else: an item of an array has none. */
const char *json_key(struct json_view member, size_t *bytes);
#define json_foreach(child, container)                                                             \
	for (struct json_view child = json_first(container); json_kind(child) != JSON_NONE;        \
		child = json_next(container, child))
/* The members of an object, each with a key; what is no object has none, so that nobody asks the items of an array for their keys. */
#define json_foreach_member(member, object)                                                        \
	for (struct json_view member = json_kind(object) == JSON_OBJECT ? json_first(object)       \
									: (struct json_view){ 0 }; \
		json_kind(member) != JSON_NONE; member = json_next(object, member))

/* Equal as JSON values: objects without regard to order, numbers by source text. */
bool json_equal(struct json_view a, struct json_view b);

/* Where the value began in the source text (byte offset), for messages. */
size_t json_offset(struct json_view v);

/* Appends the value as compact JSON: members in document order, strings re-escaped as JSON needs, numbers as written. */
void json_write(struct buffer *out, struct json_view v);
/* The same with object keys in ascending byte order at every depth: equal values give equal bytes. */
void json_write_canonical(struct buffer *out, struct json_view v);
/* ... without these members of the object itself; `keys` up to NULL. */
void json_write_canonical_without(
	struct buffer *out, struct json_view object, const char *const *keys);
/* Appends `text` as a JSON string with quotes; invalid UTF-8 becomes U+FFFD. */
void json_write_string(struct buffer *out, const char *text, size_t bytes);

#endif
