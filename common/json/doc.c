#include "json/doc.h"
#include "json/read.h"

#include <stdatomic.h>
#include <string.h>

#define SEARCHED_NODES 256 /* in larger documents repeated texts are not looked for */
#define SEARCHED_BYTES 8 /* nor are shorter ones */

/* A node of a compact document: offsets and counts below 64 Ki. */
struct small_node {
	uint16_t offset, bytes, end;
	uint8_t kind, flags;
};

struct json_doc {
	atomic_uint owners;
	uint32_t count;
	struct json_node *nodes; /* NULL: compact, small nodes and `text` lie behind this struct */
	const struct json_word *words; /* of a compact document */
	char *text;
	size_t text_room;
};

static const struct json_view nothing = { NULL, 0 };

bool json_doc_read(struct buffer *text, const struct json_limits *limits, struct json_doc **out,
	struct json_refusal *why)
{
	struct json_doc *doc = calloc(1, sizeof(*doc));
	struct json_tape tape = { 0 };
	char *exact;

	*why = (struct json_refusal){ .code = ERR_NO_MEMORY, .what = "out of memory" };
	if (!doc || text->failed || !buffer_reserve(text, 0)) {
		free(doc);
		return false;
	}
	text->data[text->bytes] = '\0';
	if (!json_tape_read(text->data, text->bytes, limits, &tape, why)) {
		free(doc);
		return false;
	}
	json_tape_settle(&tape, text->data);
	doc->nodes = tape.nodes;
	doc->count = tape.count;
	exact = realloc(text->data, text->bytes + 1);
	doc->text = exact ? exact : text->data;
	doc->text_room = text->bytes + 1;
	atomic_init(&doc->owners, 1);
	*text = (struct buffer){ 0 };
	*out = doc;
	return true;
}

bool json_doc_parse(struct buffer *text, const struct json_limits *limits, struct json_doc **out,
	struct error *err)
{
	struct json_refusal why;
	size_t line, column;

	if (json_doc_read(text, limits, out, &why))
		return true;
	if (why.code == ERR_NO_MEMORY)
		return error_no_memory(err);
	if (!text->bytes)
		return error_set(err, ERR_INVALID, NULL, "the text is empty: JSON is expected");
	json_text_place(text->data, why.offset, &line, &column);
	return error_set(err, why.code, NULL, "%s at line %zu column %zu", why.what, line, column);
}

bool json_doc_copy(const char *text, size_t bytes, const struct json_limits *limits,
	struct json_doc **out, struct error *err)
{
	AUTO(buffer) struct buffer copy = { 0 };

	buffer_append(&copy, text, bytes);
	return json_doc_parse(&copy, limits, out, err);
}

struct json_doc *json_doc_ref(struct json_doc *doc)
{
	atomic_fetch_add_explicit(&doc->owners, 1, memory_order_relaxed);
	return doc;
}

void json_doc_free(struct json_doc *doc)
{
	if (!doc || atomic_fetch_sub_explicit(&doc->owners, 1, memory_order_acq_rel) != 1)
		return;
	if (doc->nodes) {
		free(doc->nodes);
		free(doc->text);
	}
	free(doc);
}

/* Of a string or number. */
static inline const char *text_of(const struct json_doc *doc, const struct json_node *node)
{
	if (node->flags & NODE_WORD)
		return doc->words[node->offset].text;
	return doc->text + node->offset + (node->kind == JSON_STRING);
}

static bool has_text(const struct json_node *node)
{
	return node->kind == JSON_STRING || node->kind == JSON_NUMBER;
}

static const struct small_node *small_nodes(const struct json_doc *doc)
{
	return (const struct small_node *)(doc + 1);
}

/* How much of the text is said by nodes; 0 when the document is too large to be compact. */
static size_t compact_bytes(const struct json_doc *doc)
{
	size_t bytes = 1; /* a string's node points at the quote before it, which is left out */

	if (doc->count > UINT16_MAX || !doc->nodes)
		return 0;
	for (uint32_t i = 0; i < doc->count; i++)
		if (has_text(&doc->nodes[i]))
			bytes += doc->nodes[i].bytes + 1;
	return bytes > UINT16_MAX ? 0 : bytes;
}

/* A document being made compact. */
struct packing {
	const struct json_doc *from;
	const struct json_words *words; /* NULL = none */
	struct small_node *to;
	char *text;
	size_t used;
	const struct small_node *searched[SEARCHED_NODES]; /* whose texts may stand for others */
	size_t searched_count;
};

/* Of the list, where the words of so many bytes begin. */
static size_t first_word(const struct json_words *words, size_t bytes)
{
	size_t from = 0;
	size_t to = words->count;

	while (from < to) {
		size_t middle = (from + to) / 2;

		if (words->list[middle].bytes < bytes)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool pack_as_word(const struct packing *packing, const char *text, struct small_node *node)
{
	if (!packing->words)
		return false;
	for (size_t i = first_word(packing->words, node->bytes); i < packing->words->count; i++) {
		const struct json_word *word = &packing->words->list[i];

		if (word->bytes != node->bytes)
			return false;
		if (memcmp(word->text, text, node->bytes) != 0)
			continue;
		node->offset = (uint16_t)i;
		node->flags |= NODE_WORD;
		return true;
	}
	return false;
}

/* Names and uids stand in a document twice. */
static bool pack_as_before(const struct packing *packing, const char *text, struct small_node *node)
{
	for (size_t i = 0; i < packing->searched_count; i++) {
		const struct small_node *other = packing->searched[i];

		if (other->bytes != node->bytes ||
			memcmp(packing->text + other->offset + 1, text, node->bytes) != 0)
			continue;
		node->offset = other->offset;
		return true;
	}
	return false;
}

static void pack_text(struct packing *packing, const char *text, struct small_node *node)
{
	bool is_string = node->kind == JSON_STRING;
	bool is_searched = packing->from->count <= SEARCHED_NODES && node->bytes >= SEARCHED_BYTES;

	if (is_string && (pack_as_word(packing, text, node) ||
				 (is_searched && pack_as_before(packing, text, node))))
		return;
	if (is_string && is_searched)
		packing->searched[packing->searched_count++] = node;
	node->offset = (uint16_t)(packing->used - is_string);
	memcpy(packing->text + packing->used, text, node->bytes);
	packing->used += node->bytes;
	packing->text[packing->used++] = '\0';
}

static void pack(struct packing *packing)
{
	const struct json_doc *doc = packing->from;

	for (uint32_t i = 0; i < doc->count; i++) {
		const struct json_node *node = &doc->nodes[i];

		packing->to[i] = (struct small_node){ .bytes = (uint16_t)node->bytes,
			.end = (uint16_t)node->end,
			.kind = node->kind,
			.flags = node->flags };
		if (has_text(node))
			pack_text(packing, text_of(doc, node), &packing->to[i]);
	}
}

struct json_doc *json_doc_compact(struct json_doc *doc, const struct json_words *words)
{
	size_t bytes = compact_bytes(doc);
	size_t nodes_bytes = doc->count * sizeof(struct small_node);
	struct json_doc *compact = bytes ? malloc(sizeof(*doc) + nodes_bytes + bytes) : NULL;
	struct packing packing;
	struct json_doc *exact;

	if (!compact)
		return doc;
	packing.from = doc;
	packing.words = words;
	packing.used = 1;
	packing.searched_count = 0;
	packing.to = (struct small_node *)(compact + 1);
	packing.text = (char *)(packing.to + doc->count);
	pack(&packing);
	exact = realloc(compact, sizeof(*doc) + nodes_bytes + packing.used);
	compact = exact ? exact : compact;
	*compact = (struct json_doc){ .count = doc->count,
		.words = words ? words->list : NULL,
		.text = (char *)(compact + 1) + nodes_bytes,
		.text_room = packing.used };
	atomic_init(&compact->owners, 1);
	json_doc_free(doc);
	return compact;
}

struct json_view json_root(const struct json_doc *doc)
{
	return (struct json_view){ doc, 0 };
}

size_t json_doc_memory(const struct json_doc *doc)
{
	return sizeof(*doc) + doc->text_room +
	       doc->count * (doc->nodes ? sizeof(*doc->nodes) : sizeof(struct small_node));
}

size_t json_doc_nodes(const struct json_doc *doc)
{
	return doc->count;
}

static inline struct json_node node_at(const struct json_doc *doc, uint32_t at)
{
	const struct small_node *small;

	if (doc->nodes)
		return doc->nodes[at];
	small = &small_nodes(doc)[at];
	return (struct json_node){ small->offset, small->bytes, small->end, small->kind,
		small->flags };
}

static const struct json_node no_node = { .kind = JSON_NONE };

static inline struct json_node node_of(struct json_view v)
{
	return v.doc ? node_at(v.doc, v.at) : no_node;
}

enum json_kind json_kind(struct json_view v)
{
	return (enum json_kind)node_of(v).kind;
}

bool json_is_present(struct json_view v)
{
	return json_kind(v) > JSON_NULL;
}

size_t json_count(struct json_view v)
{
	struct json_node node = node_of(v);

	return node.kind >= JSON_ARRAY ? node.bytes : 0;
}

struct json_view json_get_bytes(struct json_view object, const char *key, size_t bytes)
{
	struct json_node node = node_of(object);

	if (node.kind != JSON_OBJECT)
		return nothing;
	for (uint32_t at = object.at + 1; at < node.end; at = node_at(object.doc, at + 1).end) {
		struct json_node member = node_at(object.doc, at);

		if (member.bytes == bytes && memcmp(text_of(object.doc, &member), key, bytes) == 0)
			return (struct json_view){ object.doc, at + 1 };
	}
	return nothing;
}

struct json_view json_get(struct json_view object, const char *key)
{
	return json_get_bytes(object, key, strlen(key));
}

struct json_view json_item(struct json_view array, size_t index)
{
	struct json_node node = node_of(array);
	uint32_t at = array.at + 1;

	if (node.kind != JSON_ARRAY || index >= node.bytes)
		return nothing;
	if (node.end - at == node.bytes) /* no containers in it: the nodes are the items */
		return (struct json_view){ array.doc, at + (uint32_t)index };
	while (index--)
		at = node_at(array.doc, at).end;
	return (struct json_view){ array.doc, at };
}

struct json_view json_dig_keys(struct json_view v, const char *const *keys)
{
	for (; *keys && v.doc; keys++)
		v = json_get(v, *keys);
	return v;
}

const char *json_text(struct json_view v, size_t *bytes)
{
	struct json_node node = node_of(v);

	if (node.kind != JSON_STRING)
		return NULL;
	if (bytes)
		*bytes = node.bytes;
	return text_of(v.doc, &node);
}

const char *json_text_or(struct json_view v, const char *otherwise)
{
	const char *text = json_text(v, NULL);

	return text ? text : otherwise;
}

bool json_text_is(struct json_view v, const char *text)
{
	const char *own = json_text(v, NULL);

	return own && strcmp(own, text) == 0;
}

bool json_bool_or(struct json_view v, bool otherwise)
{
	struct json_node node = node_of(v);

	return node.kind == JSON_BOOL ? node.bytes : otherwise;
}

bool json_int64(struct json_view v, int64_t *out)
{
	const char *text = json_number_text(v);
	bool negative = text && *text == '-';
	int64_t value = 0;

	if (!text)
		return false;
	for (text += negative; *text; text++)
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, *text - '0', &value))
			return false;
	/* Gathered below zero, where there is room for one more. */
	if (!negative && __builtin_sub_overflow(0, value, &value))
		return false;
	*out = value;
	return true;
}

bool json_is_whole(struct json_view v)
{
	const char *text = json_number_text(v);

	return text && !text[strspn(text, "-0123456789")];
}

int64_t json_int64_or(struct json_view v, int64_t otherwise)
{
	json_int64(v, &otherwise);
	return otherwise;
}

const char *json_number_text(struct json_view v)
{
	struct json_node node = node_of(v);

	return node.kind == JSON_NUMBER ? text_of(v.doc, &node) : NULL;
}

/* A child begins at node `at`; that of an object with its key. */
static struct json_view child_at(struct json_view container, uint32_t at)
{
	struct json_node node = node_at(container.doc, container.at);

	if (at >= node.end)
		return nothing;
	return (struct json_view){ container.doc, at + (node.kind == JSON_OBJECT) };
}

struct json_view json_first(struct json_view container)
{
	return json_kind(container) >= JSON_ARRAY ? child_at(container, container.at + 1) : nothing;
}

struct json_view json_next(struct json_view container, struct json_view child)
{
	if (json_kind(container) < JSON_ARRAY || child.doc != container.doc)
		return nothing;
	return child_at(container, node_at(child.doc, child.at).end);
}

const char *json_key(struct json_view member, size_t *bytes)
{
	struct json_node node;

	if (!member.doc || !member.at)
		return NULL;
	node = node_at(member.doc, member.at - 1);
	if (!(node.flags & NODE_KEY))
		return NULL;
	if (bytes)
		*bytes = node.bytes;
	return text_of(member.doc, &node);
}

static bool containers_equal(struct json_view a, struct json_view b)
{
	bool is_object = json_kind(a) == JSON_OBJECT;
	struct json_view beside = json_first(b); /* most often members stand in the same order */

	if (json_count(a) != json_count(b))
		return false;
	json_foreach (child, a) {
		struct json_view other = beside;

		if (is_object) {
			size_t bytes = 0, other_bytes = 0;
			const char *key = json_key(child, &bytes);
			const char *other_key = json_key(beside, &other_bytes);

			if (bytes != other_bytes || memcmp(key, other_key, bytes) != 0)
				other = json_get_bytes(b, key, bytes);
		}
		if (!json_equal(child, other))
			return false;
		beside = json_next(b, beside);
	}
	return true;
}

bool json_equal(struct json_view a, struct json_view b)
{
	struct json_node one = node_of(a);
	struct json_node two = node_of(b);

	if (one.kind != two.kind)
		return false;
	if (a.doc == b.doc && a.at == b.at)
		return true;
	switch (one.kind) {
	case JSON_STRING:
	case JSON_NUMBER:
		return one.bytes == two.bytes &&
		       memcmp(text_of(a.doc, &one), text_of(b.doc, &two), one.bytes) == 0;
	case JSON_BOOL:
		return one.bytes == two.bytes;
	case JSON_ARRAY:
	case JSON_OBJECT:
		return containers_equal(a, b);
	default:
		return true;
	}
}

size_t json_offset(struct json_view v)
{
	return node_of(v).offset;
}
