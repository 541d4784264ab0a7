/*
 * The reader of json/read.h from inside: what its parts share. read.c has the grammar, read_string.c the strings, read_keys.c the
 * search for duplicates. Only they include it.
 */
#ifndef JSON_READER_H
#define JSON_READER_H

#include "json/read.h"

#define NO_NODE UINT32_MAX

enum expect {
	EXPECT_VALUE,
	EXPECT_VALUE_OR_END,
	EXPECT_KEY,
	EXPECT_KEY_OR_END,
	EXPECT_COMMA_OR_END
};

struct key {
	const char *text;
	uint32_t bytes;
	uint32_t node;
};

struct reader {
	const char *text, *at, *end;
	struct json_limits limits;
	struct json_node *nodes;
	uint32_t count, room;
	uint32_t open; /* the innermost open container */
	unsigned depth;
	enum expect expect;
	struct key *keys; /* of the object being checked; kept for the next */
	size_t keys_room;
	uint32_t *slots;
	size_t slots_room;
	struct buffer decoded; /* keys written with escapes */
	uint64_t seed;
	struct json_refusal *why;
};

/* All return false. */
bool reader_refuse_as(struct reader *r, enum error_code code, const char *at, const char *what);
bool reader_refuse(struct reader *r, const char *at, const char *what); /* ERR_INVALID */
bool reader_refuse_no_memory(struct reader *r);

/* Makes room for one more node at least. */
MUST_USE bool reader_grow(struct reader *r);

MUST_USE static inline bool reader_add_node(
	struct reader *r, enum json_kind kind, const char *at, size_t bytes, int flags)
{
	if (r->count == r->room && !reader_grow(r))
		return false;
	r->nodes[r->count] = (struct json_node){
		.offset = (uint32_t)(at - r->text),
		.bytes = (uint32_t)bytes,
		.end = r->count + 1,
		.kind = (uint8_t)kind,
		.flags = (uint8_t)flags,
	};
	r->count++;
	return true;
}

/* At a quote. Adds the string's node and leaves `r->at` behind the closing quote. */
MUST_USE bool reader_take_string(struct reader *r, int flags);
/* Writes what a scanned string means, returns the length. `to` may be `from`: no escape grows. */
size_t reader_decode_string(const char *from, size_t bytes, char *to);

/* True when no two keys of an object are the same; all its members were read. */
MUST_USE bool reader_check_keys(struct reader *r, uint32_t object);

#endif
