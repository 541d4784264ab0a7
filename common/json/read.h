/*
 * The inside of json/doc.h: how a document lies in memory, and the reader that makes it. Only this room includes it.
 *
 * A document is its text and a tape of 16-byte nodes in the order of the text; a container's node is followed by its children, a
 * member is its key's node followed by its value's. The reader goes over the text once and changes nothing in it; when all is
 * well, json_tape_settle decodes the strings where they lie and ends strings and numbers with a NUL.
 */
#ifndef JSON_READ_H
#define JSON_READ_H

#include "json/doc.h"

enum {
	NODE_KEY = 1,
	NODE_ESCAPED = 2,
	NODE_WORD = 4 /* of a compact document: the text is one of its words, not its own */
};

struct json_node {
	uint32_t offset; /* of the value's first byte in the text */
	uint32_t bytes; /* string, number: length; container: how many children; bool: 0 or 1 */
	uint32_t
		end; /* the node behind this value and all in it (while reading, of an open container: its parent) */
	uint8_t kind; /* enum json_kind */
	uint8_t flags;
};

struct json_tape {
	struct json_node *nodes; /* heap, the caller's */
	uint32_t count;
};

/* Why a text was refused: `what` without the place, which is the byte `offset` or the node number `node`. */
struct json_refusal {
	enum error_code code;
	char what[120];
	size_t offset;
	uint32_t node;
};

/* `text` ends with a NUL that `bytes` does not count. */
MUST_USE bool json_tape_read(const char *text, size_t bytes, const struct json_limits *limits,
	struct json_tape *out, struct json_refusal *why);
void json_tape_settle(const struct json_tape *tape, char *text);

/* Reads like json_doc_parse, and leaves it to the caller to say where. */
MUST_USE bool json_doc_read(struct buffer *text, const struct json_limits *limits,
	struct json_doc **out, struct json_refusal *why);

/* What is in force when `asked` (or NULL) was asked for. */
struct json_limits json_limits_or_default(const struct json_limits *asked);
/* Behind the JSON number that begins at `at`, or NULL when none does. */
const char *json_number_end(const char *at);

/* How many nodes a document has: its views stand at 0 up to that. */
size_t json_doc_nodes(const struct json_doc *doc);

/* Line and column of a byte, both from 1; columns count characters. */
void json_text_place(const char *text, size_t offset, size_t *line, size_t *column);

#endif
