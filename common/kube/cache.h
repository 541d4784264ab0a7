/*
 * A local copy of one kind, kept by list (paged) and watch (bookmarks, resume, relist after 410 without emptying). Watch states are in
 * kube/watch.h. Loop's thread only. Readers see the old copy until a new list is complete. managedFields are dropped.
 * The API being absent (404) is a state, not an error: it is asked again within 5 s, and found without a restart.
 */
#ifndef KUBE_CACHE_H
#define KUBE_CACHE_H

#include "kube/client.h"
#include "kube/object.h"
#include "kube/watch.h"

struct kube_cache;

enum kube_cache_state {
	KUBE_CACHE_STARTING,
	KUBE_CACHE_SYNCED,
	KUBE_CACHE_ABSENT,
	KUBE_CACHE_FAILING
};

struct kube_cache_options {
	const struct kube_resource *resource; /* must outlive the cache */
	const char *ns; /* NULL = all */
	const char *label_selector; /* NULL = none; copied */
	const char *field_selector; /* NULL = none; copied */
	bool metadata_only; /* PartialObjectMetadata: values never come here */
	/*
	 * Optional: what to keep of an object; appends compact JSON to `out` (metadata.name, namespace, uid, resourceVersion must stay).
	 * Not set: everything but metadata.managedFields is kept.
	 */
	void (*project)(void *context, struct json_view object, struct buffer *out);
	/*
	 * After the copy changed, also by kube_cache_note. `before` and `after` are borrowed; nothing when there is none. Not called for an
	 * unchanged resourceVersion.
	 */
	void (*on_change)(void *context, enum kube_change change, struct json_view before,
		struct json_view after);
	/* On every change of state, and when a FAILING cache fails for another reason; it is logged here already. */
	void (*on_state)(void *context, enum kube_cache_state state, const struct error *err);
	void *context;
};

MUST_USE bool kube_cache_new(struct kube_client *client, const struct kube_cache_options *options,
	struct kube_cache **out, struct error *err);
void kube_cache_free(struct kube_cache *cache); /* not inside its own callbacks */
DEFINE_AUTO(kube_cache, struct kube_cache *, kube_cache_free)

enum kube_cache_state kube_cache_state(const struct kube_cache *cache);
/* True once a list has completed, and until the API goes absent. */
bool kube_cache_has_synced(const struct kube_cache *cache);
struct json_view kube_cache_get(const struct kube_cache *cache, const char *ns,
	const char *name); /* nothing when absent; borrowed until the loop's next turn */
struct json_doc *kube_cache_hold(const struct kube_cache *cache, const char *ns,
	const char *name); /* another owner; NULL when absent */
size_t kube_cache_count(const struct kube_cache *cache);
void kube_cache_each(const struct kube_cache *cache,
	void (*visit)(void *context, struct json_view object), void *context);
/*
 * Puts the answer of our own write in, so that the next read sees it; an older resourceVersion of the watch does not undo it. `written`
 * is borrowed and must be one that the selectors of the cache let through; what the watch has told already and Status objects
 * are passed over.
 */
void kube_cache_note(struct kube_cache *cache, struct json_doc *written);

#endif
