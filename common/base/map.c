#include "base/map.h"

#include <string.h>

/* Open addressing, linear probing; a removed entry leaves a grave until the next growth. */
struct map_slot {
	char *key; /* NULL = free, or a grave when `hash` is 1 */
	uint64_t hash;
	void *value;
};

#define GRAVE 1u

static uint64_t hash_of(const char *key)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 1099511628211u;
	return hash > GRAVE ? hash : hash + 2;
}

static struct map_slot *find(const struct map *map, const char *key, uint64_t hash)
{
	size_t mask = map->room - 1;

	if (!map->room)
		return NULL;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct map_slot *slot = &map->slots[i];

		if (!slot->key && slot->hash != GRAVE)
			return NULL;
		if (slot->key && slot->hash == hash && strcmp(slot->key, key) == 0)
			return slot;
	}
}

void map_fini(struct map *map)
{
	for (size_t i = 0; i < map->room; i++)
		free(map->slots[i].key);
	free(map->slots);
	*map = (struct map){ 0 };
}

void *map_get(const struct map *map, const char *key)
{
	struct map_slot *slot = find(map, key, hash_of(key));

	return slot ? slot->value : NULL;
}

static void place(struct map *map, char *key, uint64_t hash, void *value)
{
	size_t mask = map->room - 1;
	size_t i = hash & mask;

	while (map->slots[i].key)
		i = (i + 1) & mask;
	if (map->slots[i].hash != GRAVE)
		map->used++;
	map->slots[i] = (struct map_slot){ key, hash, value };
	map->count++;
}

static bool grow(struct map *map, struct error *err)
{
	size_t room = map->count * 2 < 8 ? 16 : map->room;
	struct map next = { 0 };

	while (room < map->count * 2 + 2)
		room *= 2;
	next.slots = calloc(room, sizeof(*next.slots));
	if (!next.slots)
		return error_no_memory(err);
	next.room = room;
	for (size_t i = 0; i < map->room; i++)
		if (map->slots[i].key)
			place(&next, map->slots[i].key, map->slots[i].hash, map->slots[i].value);
	free(map->slots);
	*map = next;
	return true;
}

bool map_put(struct map *map, const char *key, void *value, void **previous, struct error *err)
{
	uint64_t hash = hash_of(key);
	struct map_slot *slot = find(map, key, hash);
	char *copy;

	if (slot) {
		if (previous)
			*previous = slot->value;
		slot->value = value;
		return true;
	}
	if ((map->used + 1) * 3 > map->room * 2 && !grow(map, err))
		return false;
	copy = strdup(key);
	if (!copy)
		return error_no_memory(err);
	place(map, copy, hash, value);
	if (previous)
		*previous = NULL;
	return true;
}

void *map_remove(struct map *map, const char *key)
{
	struct map_slot *slot = find(map, key, hash_of(key));
	void *value;

	if (!slot)
		return NULL;
	value = slot->value;
	free(slot->key);
	*slot = (struct map_slot){ .hash = GRAVE };
	map->count--;
	return value;
}

void map_each(const struct map *map, void (*visit)(void *context, const char *key, void *value),
	void *context)
{
	for (size_t i = 0; i < map->room; i++)
		if (map->slots[i].key)
			visit(context, map->slots[i].key, map->slots[i].value);
}
