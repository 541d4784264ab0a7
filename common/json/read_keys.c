#include "base/digest.h"
#include "json/reader.h"

#include <stdio.h>
#include <string.h>

#define FEW_KEYS 16 /* up to here comparing all pairs is faster than hashing */

/* Makes r->keys the decoded keys of an object all of whose members were read. */
static bool collect_keys(struct reader *r, uint32_t object)
{
	uint32_t count = r->nodes[object].bytes;
	size_t escaped = 0;

	if (count > r->keys_room) {
		size_t room = count < FEW_KEYS ? FEW_KEYS : (size_t)count + count / 2;
		struct key *keys = realloc(r->keys, room * sizeof(*keys));

		if (!keys)
			return reader_refuse_no_memory(r);
		r->keys = keys;
		r->keys_room = room;
	}
	for (uint32_t i = 0, at = object + 1; i < count; i++, at = r->nodes[at + 1].end) {
		const struct json_node *node = &r->nodes[at];

		r->keys[i] = (struct key){ r->text + node->offset + 1, node->bytes, at };
		if (node->flags & NODE_ESCAPED)
			escaped += node->bytes;
	}
	if (!escaped)
		return true;
	buffer_clear(&r->decoded);
	if (!buffer_reserve(&r->decoded, escaped))
		return reader_refuse_no_memory(r);
	for (uint32_t i = 0; i < count; i++)
		if (r->nodes[r->keys[i].node].flags & NODE_ESCAPED) {
			char *to = r->decoded.data + r->decoded.bytes;

			r->keys[i].bytes = (uint32_t)reader_decode_string(
				r->keys[i].text, r->keys[i].bytes, to);
			r->keys[i].text = to;
			r->decoded.bytes += r->keys[i].bytes;
		}
	return true;
}

static bool keys_equal(const struct key *a, const struct key *b)
{
	return a->bytes == b->bytes && memcmp(a->text, b->text, a->bytes) == 0;
}

static bool refuse_duplicate(struct reader *r, const struct key *key)
{
	int shown = key->bytes > 80 ? 80 : (int)key->bytes;

	reader_refuse(r, r->text + r->nodes[key->node].offset, "");
	r->why->node = key->node;
	snprintf(r->why->what, sizeof(r->why->what), "duplicate key \"%.*s\"", shown, key->text);
	return false;
}

/* Seeded anew for every document, so that nobody can prepare keys that collide. */
static uint64_t key_hash(const struct key *key, uint64_t seed)
{
	uint64_t hash = seed ^ key->bytes;

	for (uint32_t at = 0; at < key->bytes; at += 8) {
		uint64_t word = 0;

		memcpy(&word, key->text + at, key->bytes - at < 8 ? key->bytes - at : 8);
		hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
		hash ^= hash >> 29;
	}
	hash *= UINT64_C(0xBF58476D1CE4E5B9);
	return hash ^ hash >> 32;
}

static bool check_many_keys(struct reader *r, uint32_t count)
{
	size_t slots = 64;

	while (slots < (size_t)count * 2)
		slots *= 2;
	if (slots > r->slots_room) {
		uint32_t *grown = realloc(r->slots, slots * sizeof(*grown));

		if (!grown)
			return reader_refuse_no_memory(r);
		r->slots = grown;
		r->slots_room = slots;
	}
	memset(r->slots, 0xff, slots * sizeof(*r->slots));
	if (!r->seed)
		random_bytes(&r->seed, sizeof(r->seed));
	for (uint32_t i = 0; i < count; i++) {
		size_t slot = key_hash(&r->keys[i], r->seed) & (slots - 1);

		for (; r->slots[slot] != NO_NODE; slot = (slot + 1) & (slots - 1))
			if (keys_equal(&r->keys[r->slots[slot]], &r->keys[i]))
				return refuse_duplicate(r, &r->keys[i]);
		r->slots[slot] = i;
	}
	return true;
}

bool reader_check_keys(struct reader *r, uint32_t object)
{
	uint32_t count = r->nodes[object].bytes;

	if (count < 2)
		return true;
	if (!collect_keys(r, object))
		return false;
	if (count > FEW_KEYS)
		return check_many_keys(r, count);
	for (uint32_t i = 1; i < count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (keys_equal(&r->keys[i], &r->keys[j]))
				return refuse_duplicate(r, &r->keys[i]);
	return true;
}
