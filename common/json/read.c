#include "json/reader.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_BYTES (3U << 20)
#define DEFAULT_DEPTH 64
#define DEFAULT_NODES 1000000
#define MOST_BYTES    (UINT32_MAX - 16) /* offsets have 32 bits */
#define MOST_DEPTH    1024 /* what is read is walked by recursion */

bool reader_refuse_as(struct reader *r, enum error_code code, const char *at, const char *what)
{
	r->why->code = code;
	r->why->offset = (size_t)(at - r->text);
	r->why->node = r->count;
	snprintf(r->why->what, sizeof(r->why->what), "%s", what);
	return false;
}

bool reader_refuse(struct reader *r, const char *at, const char *what)
{
	return reader_refuse_as(r, ERR_INVALID, at, what);
}

bool reader_refuse_no_memory(struct reader *r)
{
	return reader_refuse_as(r, ERR_NO_MEMORY, r->at, "out of memory");
}

static bool refuse_unexpected(struct reader *r)
{
	unsigned char c = (unsigned char)*r->at;

	if (r->at == r->end)
		return reader_refuse(r, r->at, "the text ends too early");
	reader_refuse(r, r->at, "");
	if (c > 0x20 && c < 0x7f)
		snprintf(r->why->what, sizeof(r->why->what), "unexpected character '%c'", c);
	else
		snprintf(r->why->what, sizeof(r->why->what), "unexpected byte 0x%02x", c);
	return false;
}

bool reader_grow(struct reader *r)
{
	size_t room = r->room ? (size_t)r->room * 2 : (size_t)(r->end - r->text) / 16 + 8;
	struct json_node *nodes;

	if (room > r->limits.nodes)
		room = r->limits.nodes;
	if (r->count >= room) {
		reader_refuse_as(r, ERR_TOO_LARGE, r->at, "");
		snprintf(r->why->what, sizeof(r->why->what), "more than %zu keys and values",
			r->limits.nodes);
		return false;
	}
	nodes = realloc(r->nodes, room * sizeof(*nodes));
	if (!nodes)
		return reader_refuse_no_memory(r);
	r->nodes = nodes;
	r->room = (uint32_t)room;
	return true;
}

static const char *skip_digits(const char *at)
{
	while (*at >= '0' && *at <= '9')
		at++;
	return at;
}

const char *json_number_end(const char *at)
{
	const char *from;

	if (*at == '-')
		at++;
	from = at;
	at = skip_digits(at);
	if (at == from || (*from == '0' && at != from + 1))
		return NULL;
	if (*at == '.') {
		from = ++at;
		at = skip_digits(at);
		if (at == from)
			return NULL;
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		if (*at == '+' || *at == '-')
			at++;
		from = at;
		at = skip_digits(at);
		if (at == from)
			return NULL;
	}
	return at;
}

static bool read_number(struct reader *r)
{
	const char *from = r->at;
	const char *end = json_number_end(from);

	if (!end)
		return reader_refuse(r, from, "not a JSON number");
	r->at = end;
	return reader_add_node(r, JSON_NUMBER, from, (size_t)(end - from), 0);
}

static bool read_word(struct reader *r, const char *word, enum json_kind kind, size_t value)
{
	const char *from = r->at;
	size_t bytes = strlen(word);

	if (strncmp(from, word, bytes) != 0)
		return refuse_unexpected(r);
	r->at += bytes;
	return reader_add_node(r, kind, from, value, 0);
}

static bool open_container(struct reader *r, enum json_kind kind, enum expect expect)
{
	if (r->depth == r->limits.depth) {
		reader_refuse_as(r, ERR_TOO_LARGE, r->at, "");
		snprintf(r->why->what, sizeof(r->why->what), "deeper than %u levels",
			r->limits.depth);
		return false;
	}
	if (!reader_add_node(r, kind, r->at, 0, 0))
		return false;
	r->nodes[r->count - 1].end = r->open;
	r->open = r->count - 1;
	r->depth++;
	r->at++;
	r->expect = expect;
	return true;
}

static bool read_value(struct reader *r)
{
	if (r->open != NO_NODE)
		r->nodes[r->open].bytes++;
	r->expect = EXPECT_COMMA_OR_END;
	switch (*r->at) {
	case '{':
		return open_container(r, JSON_OBJECT, EXPECT_KEY_OR_END);
	case '[':
		return open_container(r, JSON_ARRAY, EXPECT_VALUE_OR_END);
	case '"':
		return reader_take_string(r, 0);
	case 't':
		return read_word(r, "true", JSON_BOOL, 1);
	case 'f':
		return read_word(r, "false", JSON_BOOL, 0);
	case 'n':
		return read_word(r, "null", JSON_NULL, 0);
	default:
		if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))
			return read_number(r);
		return refuse_unexpected(r);
	}
}

static void skip_blanks(struct reader *r)
{
	while (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t')
		r->at++;
}

static bool read_key(struct reader *r)
{
	if (*r->at != '"')
		return refuse_unexpected(r);
	if (!reader_take_string(r, NODE_KEY))
		return false;
	skip_blanks(r);
	if (*r->at != ':')
		return refuse_unexpected(r);
	r->at++;
	r->expect = EXPECT_VALUE;
	return true;
}

static bool close_container(struct reader *r)
{
	struct json_node *node = &r->nodes[r->open];
	uint32_t parent = node->end;

	node->end = r->count;
	if (node->kind == JSON_OBJECT && !reader_check_keys(r, r->open))
		return false;
	r->open = parent;
	r->depth--;
	r->at++;
	r->expect = EXPECT_COMMA_OR_END;
	return true;
}

static bool read_comma_or_end(struct reader *r)
{
	bool in_object = r->nodes[r->open].kind == JSON_OBJECT;

	if (*r->at == ',') {
		r->at++;
		r->expect = in_object ? EXPECT_KEY : EXPECT_VALUE;
		return true;
	}
	if (*r->at == (in_object ? '}' : ']'))
		return close_container(r);
	return refuse_unexpected(r);
}

static bool read_document(struct reader *r)
{
	bool ok = true;

	while (ok) {
		skip_blanks(r);
		if (r->expect == EXPECT_COMMA_OR_END && r->open == NO_NODE)
			return r->at == r->end ||
			       reader_refuse(r, r->at, "more text behind the JSON value");
		switch (r->expect) {
		case EXPECT_VALUE_OR_END:
			ok = *r->at == ']' ? close_container(r) : read_value(r);
			break;
		case EXPECT_VALUE:
			ok = read_value(r);
			break;
		case EXPECT_KEY_OR_END:
			ok = *r->at == '}' ? close_container(r) : read_key(r);
			break;
		case EXPECT_KEY:
			ok = read_key(r);
			break;
		case EXPECT_COMMA_OR_END:
			ok = read_comma_or_end(r);
			break;
		}
	}
	return false;
}

struct json_limits json_limits_or_default(const struct json_limits *asked)
{
	struct json_limits limits = asked ? *asked : (struct json_limits){ 0 };

	if (!limits.bytes)
		limits.bytes = DEFAULT_BYTES;
	if (limits.bytes > MOST_BYTES)
		limits.bytes = MOST_BYTES;
	if (!limits.depth)
		limits.depth = DEFAULT_DEPTH;
	if (limits.depth > MOST_DEPTH)
		limits.depth = MOST_DEPTH;
	if (!limits.nodes)
		limits.nodes = DEFAULT_NODES;
	if (limits.nodes >= NO_NODE)
		limits.nodes = NO_NODE - 1;
	return limits;
}

bool json_tape_read(const char *text, size_t bytes, const struct json_limits *limits,
	struct json_tape *out, struct json_refusal *why)
{
	struct reader r = {
		.text = text,
		.at = text,
		.end = text + bytes,
		.limits = json_limits_or_default(limits),
		.open = NO_NODE,
		.why = why,
	};
	bool ok;

	if (bytes > r.limits.bytes) {
		reader_refuse_as(&r, ERR_TOO_LARGE, text, "");
		snprintf(why->what, sizeof(why->what), "more than %zu bytes of JSON",
			r.limits.bytes);
		return false;
	}
	ok = read_document(&r);
	if (ok) {
		struct json_node *exact = realloc(r.nodes, r.count * sizeof(*exact));

		*out = (struct json_tape){ exact ? exact : r.nodes, r.count };
	} else {
		free(r.nodes);
	}
	free(r.keys);
	free(r.slots);
	buffer_fini(&r.decoded);
	return ok;
}

void json_tape_settle(const struct json_tape *tape, char *text)
{
	for (uint32_t i = 0; i < tape->count; i++) {
		struct json_node *node = &tape->nodes[i];
		char *value = text + node->offset;

		if (node->kind == JSON_STRING) {
			if (node->flags & NODE_ESCAPED)
				node->bytes = (uint32_t)reader_decode_string(
					value + 1, node->bytes, value + 1);
			value[1 + node->bytes] = '\0';
		} else if (node->kind == JSON_NUMBER) {
			value[node->bytes] = '\0';
		}
	}
}

void json_text_place(const char *text, size_t offset, size_t *line, size_t *column)
{
	const char *stop = text + offset;

	*line = 1;
	for (const char *next; (next = memchr(text, '\n', (size_t)(stop - text))); text = next + 1)
		++*line;
	*column = 1;
	for (; text < stop; text++)
		if (((unsigned char)*text & 0xC0) != 0x80)
			++*column;
}
