#include "kube/cache.h"

#include "base/log.h"
#include "base/map.h"
#include "base/text.h"
#include "kube/compact.h"
#include "kube/watch.h"

#define KEY_BYTES 520 /* two DNS subdomains of 253 and a slash */

struct entry {
	struct json_doc *doc;
	uint32_t list; /* number of the last list that had it */
	bool noted; /* from kube_cache_note: the watch is still behind it */
};

/* A change that was made. What stood there before lives until the next turn, for those who still look at it. */
struct change {
	enum kube_change kind;
	struct json_doc *before;
	struct json_doc *after; /* another owner */
};

struct kube_cache {
	struct kube_client *client;
	struct kube_cache_options options; /* its selectors are not used after kube_cache_new */
	struct kube_watch *watch;
	struct map entries; /* "namespace/name" to struct entry */
	enum kube_cache_state state;
	enum error_code why; /* of FAILING */
	bool has_synced;

	uint32_t list; /* number of the present or last list */
	struct json_doc *
		*fresh; /* objects of the list under way that are not in the copy as they are */
	size_t fresh_count;
	size_t fresh_room;

	struct change *changes;
	size_t change_count;
	size_t change_room;
	size_t told; /* of these */
	struct loop_timer *release;
};

static bool key_of(const char *ns, const char *name, char out[KEY_BYTES])
{
	return *name && text_pair(out, KEY_BYTES, ns ? ns : "", name);
}

static bool key_of_object(struct json_view object, char out[KEY_BYTES])
{
	return key_of(object_namespace(object), object_name(object), out);
}

static struct entry *find(const struct kube_cache *cache, const char *ns, const char *name)
{
	char key[KEY_BYTES];

	return key_of(ns, name, key) ? map_get(&cache->entries, key) : NULL;
}

/* --- changes --- */

/* The array with room for `need` items of `size` bytes, or NULL (then it is as it was). */
static void *grow(void *array, size_t *room, size_t need, size_t size)
{
	size_t more = *room ? *room : 16;
	void *grown;

	if (array && need <= *room)
		return array;
	while (more < need)
		more *= 2;
	grown = realloc(array, more * size);
	if (grown)
		*room = more;
	return grown;
}

/* Room for so many more changes. */
static bool changes_reserve(struct kube_cache *cache, size_t more)
{
	struct change *grown = grow(cache->changes, &cache->change_room, cache->change_count + more,
		sizeof(*cache->changes));

	if (grown)
		cache->changes = grown;
	return grown != NULL;
}

/* Room was reserved. */
static void changes_add(struct kube_cache *cache, enum kube_change kind, struct json_doc *before,
	struct json_doc *after)
{
	cache->changes[cache->change_count++] =
		(struct change){ kind, before, after ? json_doc_ref(after) : NULL };
}

static void changes_release(void *context)
{
	struct kube_cache *cache = context;

	for (size_t i = 0; i < cache->change_count; i++) {
		json_doc_free(cache->changes[i].before);
		json_doc_free(cache->changes[i].after);
	}
	cache->change_count = cache->told = 0;
	if (cache->change_room > 64) { /* a list's worth: rare */
		free(cache->changes);
		cache->changes = NULL;
		cache->change_room = 0;
	}
}

static struct json_view view_of(const struct json_doc *doc)
{
	return doc ? json_root(doc) : (struct json_view){ 0 };
}

/* Tells what was changed. A callback may note another change: it is told in its turn. */
static void changes_tell(struct kube_cache *cache)
{
	while (cache->told < cache->change_count) {
		struct change change = cache->changes[cache->told++];

		if (cache->options.on_change)
			cache->options.on_change(cache->options.context, change.kind,
				view_of(change.before), view_of(change.after));
	}
	if (cache->change_count)
		loop_timer_arm(cache->release, 0);
}

static void entry_remove(struct kube_cache *cache, const char *key, struct entry *entry)
{
	map_remove(&cache->entries, key);
	changes_add(cache, KUBE_DELETED, entry->doc, NULL);
	free(entry);
}

/* Puts `doc` in (takes it, also on failure). Room for one change was reserved. */
static bool entry_put(struct kube_cache *cache, const char *key, struct entry *entry,
	struct json_doc *doc, bool noted)
{
	if (entry) {
		changes_add(cache, KUBE_MODIFIED, entry->doc, doc);
		*entry = (struct entry){ doc, cache->list, noted };
		return true;
	}
	entry = malloc(sizeof(*entry));
	if (!entry || !map_put(&cache->entries, key, entry, NULL, NULL)) {
		free(entry);
		json_doc_free(doc);
		return false;
	}
	*entry = (struct entry){ doc, cache->list, noted };
	changes_add(cache, KUBE_ADDED, NULL, doc);
	return true;
}

static bool is_same_rv(const struct entry *entry, struct json_view object)
{
	const char *rv = object_rv(object);

	return *rv && strcmp(rv, object_rv(json_root(entry->doc))) == 0;
}

/* What we wrote ourselves is newer than what the watch just brought. */
static bool is_behind(const struct entry *entry, struct json_view object)
{
	return entry->noted &&
	       object_rv_is_older(object_rv(object), object_rv(json_root(entry->doc)));
}

/* --- state --- */

static void set_state(
	struct kube_cache *cache, enum kube_cache_state state, const struct error *err)
{
	const char *plural = cache->options.resource->plural;
	enum error_code why = state == KUBE_CACHE_FAILING ? err->code : ERR_NONE;

	if (cache->state == state && cache->why == why)
		return;
	cache->state = state;
	cache->why = why;
	if (state == KUBE_CACHE_ABSENT)
		log_info("the API is not served here, asking again", LOG_STR("resource", plural),
			LOG_STR("group", cache->options.resource->group));
	else if (state == KUBE_CACHE_SYNCED)
		log_info("in sync", LOG_STR("resource", plural),
			LOG_INT("objects", cache->entries.count));
	else if (kube_client_is_reachable(cache->client)) /* else the client has said it for all */
		log_warn("cannot list or watch, trying again", LOG_STR("resource", plural),
			LOG_ERR(err));
	if (cache->options.on_state)
		cache->options.on_state(cache->options.context, state, err);
}

static void fresh_clear(struct kube_cache *cache)
{
	for (size_t i = 0; i < cache->fresh_count; i++)
		json_doc_free(cache->fresh[i]);
	free(cache->fresh);
	cache->fresh = NULL;
	cache->fresh_count = cache->fresh_room = 0;
}

/* --- what the watch tells --- */

static void on_begin(void *context)
{
	struct kube_cache *cache = context;

	fresh_clear(cache);
	cache->list++;
}

static bool on_item(void *context, struct json_view object)
{
	struct kube_cache *cache = context;
	char key[KEY_BYTES];
	struct json_doc **fresh;
	struct json_doc *doc;
	struct entry *entry;
	struct error err;

	if (!key_of_object(object, key))
		return true;
	entry = map_get(&cache->entries, key);
	if (entry)
		entry->list = cache->list;
	if (entry && (is_same_rv(entry, object) || is_behind(entry, object)))
		return true;
	fresh = grow(cache->fresh, &cache->fresh_room, cache->fresh_count + 1, sizeof(void *));
	if (!fresh)
		return false;
	cache->fresh = fresh;
	if (!compact_object(&cache->options, object, &doc, &err)) {
		log_error("cannot keep an object, leaving it out",
			LOG_STR("resource", cache->options.resource->plural), LOG_OBJ(key),
			LOG_ERR(&err));
		return err.code != ERR_NO_MEMORY;
	}
	cache->fresh[cache->fresh_count++] = doc;
	return true;
}

struct sweep {
	struct kube_cache *cache;
	const char *list_rv; /* NULL = everything goes */
};

/* Not in the list: gone, unless it is an own write that is younger than the list. */
static void sweep_entry(void *context, const char *key, void *value)
{
	struct sweep *sweep = context;
	struct entry *entry = value;

	if (sweep->list_rv && (entry->list == sweep->cache->list ||
				      (entry->noted && object_rv_is_older(sweep->list_rv,
							       object_rv(json_root(entry->doc))))))
		return;
	entry_remove(sweep->cache, key, entry);
}

/* Everything is changed before anything is told: readers see the old copy or the new one. */
static bool on_complete(void *context, const char *list_rv)
{
	struct kube_cache *cache = context;
	struct sweep sweep = { cache, list_rv };
	bool ok = changes_reserve(cache, cache->fresh_count + cache->entries.count);

	for (size_t i = 0; ok && i < cache->fresh_count; i++) {
		struct json_view object = json_root(cache->fresh[i]);
		struct entry *entry;
		char key[KEY_BYTES];

		if (!key_of_object(object, key))
			continue;
		entry = map_get(&cache->entries, key);
		if (entry && (is_same_rv(entry, object) || is_behind(entry, object)))
			continue;
		ok = entry_put(cache, key, entry, cache->fresh[i], false);
		cache->fresh[i] = NULL;
	}
	fresh_clear(cache);
	if (ok)
		map_each(&cache->entries, sweep_entry, &sweep);
	cache->has_synced |= ok;
	changes_tell(cache);
	/* A cache that failed only in watching is well when the stream opens, not before. */
	if (ok && (cache->state != KUBE_CACHE_FAILING))
		set_state(cache, KUBE_CACHE_SYNCED, NULL);
	return ok;
}

static bool on_deleted(
	struct kube_cache *cache, const char *key, struct entry *entry, struct json_view object)
{
	if (!entry || is_behind(entry, object))
		return true;
	entry_remove(cache, key, entry);
	changes_tell(cache);
	return true;
}

static bool on_event(void *context, enum kube_change change, struct json_view object)
{
	struct kube_cache *cache = context;
	struct json_doc *doc;
	struct entry *entry;
	struct error err;
	char key[KEY_BYTES];
	bool ok;

	if (!key_of_object(object, key))
		return true;
	if (!changes_reserve(cache, 1))
		return false;
	entry = map_get(&cache->entries, key);
	if (change == KUBE_DELETED)
		return on_deleted(cache, key, entry, object);
	if (entry && is_same_rv(entry, object)) {
		entry->noted = false;
		return true;
	}
	if (entry && is_behind(entry, object))
		return true;
	if (!compact_object(&cache->options, object, &doc, &err)) {
		log_error("cannot keep an object, leaving it as it was",
			LOG_STR("resource", cache->options.resource->plural), LOG_OBJ(key),
			LOG_ERR(&err));
		return err.code != ERR_NO_MEMORY;
	}
	ok = entry_put(cache, key, entry, doc, false);
	changes_tell(cache);
	return ok;
}

/* Mostly an own write that was noted. */
static bool is_known(void *context, const char *ns, const char *name, const char *rv)
{
	struct kube_cache *cache = context;
	struct entry *entry = find(cache, ns, name);

	if (!entry || strcmp(rv, object_rv(json_root(entry->doc))) != 0)
		return false;
	entry->noted = false;
	return true;
}

static void go_absent(struct kube_cache *cache, const struct error *err)
{
	struct sweep sweep = { cache, NULL };

	if (!changes_reserve(cache, cache->entries.count))
		return; /* asked again soon */
	map_each(&cache->entries, sweep_entry, &sweep);
	cache->has_synced = false;
	changes_tell(cache);
	set_state(cache, KUBE_CACHE_ABSENT, err);
}

static void on_health(void *context, const struct error *err)
{
	struct kube_cache *cache = context;

	if (err && err->code == ERR_NOT_FOUND)
		go_absent(cache, err);
	else if (err)
		set_state(cache, KUBE_CACHE_FAILING, err);
	else
		set_state(cache, KUBE_CACHE_SYNCED, NULL);
}

/* --- the contract --- */

bool kube_cache_new(struct kube_client *client, const struct kube_cache_options *options,
	struct kube_cache **out, struct error *err)
{
	AUTO(kube_cache) struct kube_cache *cache = calloc(1, sizeof(*cache));
	struct kube_watch_options watch = {
		.resource = options->resource,
		.ns = options->ns,
		.label_selector = options->label_selector,
		.field_selector = options->field_selector,
		.metadata_only = options->metadata_only,
		.on_begin = on_begin,
		.on_item = on_item,
		.on_complete = on_complete,
		.is_known = is_known,
		.on_event = on_event,
		.on_health = on_health,
		.context = cache,
	};

	if (!cache)
		return error_no_memory(err);
	cache->client = client;
	cache->options = *options;
	if (!loop_timer_new(
		    kube_client_loop(client), changes_release, cache, &cache->release, err) ||
		!kube_watch_new(client, &watch, &cache->watch, err))
		return false;
	*out = take_kube_cache(&cache);
	return true;
}

static void entry_free(void *context UNUSED, const char *key UNUSED, void *value)
{
	struct entry *entry = value;

	json_doc_free(entry->doc);
	free(entry);
}

void kube_cache_free(struct kube_cache *cache)
{
	if (!cache)
		return;
	kube_watch_free(cache->watch);
	fresh_clear(cache);
	changes_release(cache);
	free(cache->changes);
	loop_timer_free(cache->release);
	map_each(&cache->entries, entry_free, NULL);
	map_fini(&cache->entries);
	free(cache);
}

enum kube_cache_state kube_cache_state(const struct kube_cache *cache)
{
	return cache->state;
}

bool kube_cache_has_synced(const struct kube_cache *cache)
{
	return cache->has_synced;
}

struct json_view kube_cache_get(const struct kube_cache *cache, const char *ns, const char *name)
{
	struct entry *entry = find(cache, ns, name);

	return view_of(entry ? entry->doc : NULL);
}

struct json_doc *kube_cache_hold(const struct kube_cache *cache, const char *ns, const char *name)
{
	struct entry *entry = find(cache, ns, name);

	return entry ? json_doc_ref(entry->doc) : NULL;
}

size_t kube_cache_count(const struct kube_cache *cache)
{
	return cache->entries.count;
}

struct visitor {
	void (*visit)(void *context, struct json_view object);
	void *context;
};

static void visit_entry(void *context, const char *key UNUSED, void *value)
{
	struct visitor *visitor = context;
	struct entry *entry = value;

	visitor->visit(visitor->context, json_root(entry->doc));
}

void kube_cache_each(const struct kube_cache *cache,
	void (*visit)(void *context, struct json_view object), void *context)
{
	struct visitor visitor = { visit, context };

	map_each(&cache->entries, visit_entry, &visitor);
}

/* True when the copy is as new as `object` or knows that it has gone. */
static bool is_old_news(
	const struct kube_cache *cache, const struct entry *entry, struct json_view object)
{
	const char *rv = object_rv(object);
	const char *told = kube_watch_rv(cache->watch);

	if (!*rv || strcmp(rv, told) == 0 || object_rv_is_older(rv, told))
		return true;
	return entry && (is_same_rv(entry, object) ||
				object_rv_is_older(rv, object_rv(json_root(entry->doc))));
}

void kube_cache_note(struct kube_cache *cache, struct json_doc *written)
{
	struct json_view object = json_root(written);
	struct json_doc *doc;
	struct entry *entry;
	char key[KEY_BYTES];

	if (json_text_is(json_get(object, "kind"), "Status") || !key_of_object(object, key))
		return;
	entry = map_get(&cache->entries, key);
	if (is_old_news(cache, entry, object))
		return;
	/* Without memory nothing is noted: the watch brings it soon. */
	if (!changes_reserve(cache, 1) || !compact_object(&cache->options, object, &doc, NULL))
		return;
	if (entry_put(cache, key, entry, doc, true))
		changes_tell(cache);
}
