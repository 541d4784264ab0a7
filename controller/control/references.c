#include "control/references.h"

#include "base/auto.h"

#include <stdlib.h>
#include <string.h>

/* What stands at one end of references. The names at the other end are those of their own sets: each text is kept once. */
struct name_set {
	char *name;
	const char **names;
	size_t count, room;
};

static void set_free(struct name_set *set)
{
	if (!set)
		return;
	free(set->name);
	free(set->names);
	free(set);
}
DEFINE_AUTO(set, struct name_set *, set_free)

static void set_free_value(void *context, const char *key, void *value)
{
	(void)context;
	(void)key;
	set_free(value);
}

void references_fini(struct references *references)
{
	map_each(&references->dependents, set_free_value, NULL);
	map_each(&references->uses, set_free_value, NULL);
	map_fini(&references->dependents);
	map_fini(&references->uses);
}

static struct name_set *set_need(struct map *map, const char *key, struct error *err)
{
	AUTO(set) struct name_set *set = NULL;
	struct name_set *there = map_get(map, key);

	if (there)
		return there;
	set = calloc(1, sizeof(*set));
	if (!set || !(set->name = strdup(key))) {
		error_no_memory(err);
		return NULL;
	}
	return map_put(map, key, set, NULL, err) ? take_set(&set) : NULL;
}

/* `name` must live as long as it is in the set. */
static bool set_add(struct name_set *set, const char *name, struct error *err)
{
	if (set->count == set->room) {
		size_t room = set->room ? set->room * 2 : 4;
		const char **names = realloc(set->names, room * sizeof(char *));

		if (!names)
			return error_no_memory(err);
		set->names = names;
		set->room = room;
	}
	set->names[set->count++] = name;
	return true;
}

static void set_remove(struct map *map, const char *key, const char *name)
{
	struct name_set *set = map_get(map, key);

	for (size_t i = 0; set && i < set->count; i++)
		if (strcmp(set->names[i], name) == 0) {
			set->names[i] = set->names[--set->count];
			break;
		}
	if (set && !set->count) {
		map_remove(map, key);
		set_free(set);
	}
}

void references_drop(struct references *references, const char *agent)
{
	struct name_set *uses = map_remove(&references->uses, agent);

	for (size_t i = 0; uses && i < uses->count; i++)
		set_remove(&references->dependents, uses->names[i], agent);
	set_free(uses);
}

struct addition {
	struct references *references;
	struct name_set *uses;
	struct error *err;
	bool failed;
};

static void add_use(void *context, const char *object, void *value)
{
	struct addition *addition = context;
	struct name_set *dependents;

	(void)value;
	if (addition->failed)
		return;
	dependents = set_need(&addition->references->dependents, object, addition->err);
	/* In this order, so that what failed half-way can be dropped. */
	addition->failed = !dependents ||
			   !set_add(addition->uses, dependents->name, addition->err) ||
			   !set_add(dependents, addition->uses->name, addition->err);
}

/* Most passes find what they found before. (To take an agent off what thousands use is a search.) */
static bool is_same(const struct name_set *uses, const struct map *objects)
{
	if (!uses || uses->count != objects->count)
		return false;
	for (size_t i = 0; i < uses->count; i++)
		if (!map_get(objects, uses->names[i]))
			return false;
	return true;
}

bool references_set(struct references *references, const char *agent, const struct map *objects,
	struct error *err)
{
	struct addition addition = { .references = references, .err = err };

	if (is_same(map_get(&references->uses, agent), objects))
		return true;
	references_drop(references, agent);
	if (!objects->count)
		return true;
	addition.uses = set_need(&references->uses, agent, err);
	if (!addition.uses)
		return false;
	map_each(objects, add_use, &addition);
	if (addition.failed)
		references_drop(references, agent);
	return !addition.failed;
}

void references_each(const struct references *references, const char *object,
	void (*visit)(void *context, const char *agent), void *context)
{
	const struct name_set *set = map_get(&references->dependents, object);

	for (size_t i = 0; set && i < set->count; i++)
		visit(context, set->names[i]);
}
