/*
 * Text keys to pointers. Keys are copied, values are the caller's. One thread at a time.
 * Iteration order is unspecified; during map_each only the visited entry may be removed.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/error.h"

struct map_slot;

struct map {
	struct map_slot *slots;
	size_t count; /* entries */
	size_t used; /* entries and graves */
	size_t room; /* a power of two, or 0 */
};

void map_fini(struct map *map); /* the values are not released */
void *map_get(const struct map *map, const char *key); /* NULL when absent */
/* Adds or replaces; `previous` (may be NULL) gets the value that stood there. ERR_NO_MEMORY: the map is as it was. */
MUST_USE bool map_put(
	struct map *map, const char *key, void *value, void **previous, struct error *err);
void *map_remove(struct map *map, const char *key); /* the value, or NULL when absent */
void map_each(const struct map *map, void (*visit)(void *context, const char *key, void *value),
	void *context);

#endif
