/*
 * One object that is held to what its owner wants: watched by its name, looked at whenever it may have changed, and written when it is
 * not as it should be. Who lost a race looks again a moment later, at what the watch has told by then; any other failure is logged once
 * and tried again after 1 s, twice as long each time, at most 30 s. Loop's thread, where nothing else is said.
 */
#ifndef KUBE_KEPT_H
#define KUBE_KEPT_H

#include "kube/cache.h"

struct kube_kept;

struct kube_kept_options {
	const struct kube_resource *resource; /* must outlive it */
	const char *ns; /* NULL: the kind has none; copied, as the name */
	const char *name;
	void (*project)(void *context, struct json_view object,
		struct buffer *out); /* as of a cache, but without a context */
	const char *fault; /* logged with a failure; a literal */
	uint32_t
		spacing_ms; /* between two writes: whoever undoes them must not make us hurry; 0 = none */
	/*
	 * Compares; `object` is nothing while it is not there. May begin one write, by the calls below, and say when to look again though
	 * nothing has changed. Called when the watch has synced and no write is under way.
	 */
	bool (*settle)(void *context, struct json_view object, struct error *err);
	void (*on_written)(void *context, struct json_view object); /* optional; settle follows */
	void *context;
};

MUST_USE bool kube_kept_new(struct kube_client *client, const struct kube_kept_options *options,
	struct kube_kept **out, struct error *err);
void kube_kept_free(struct kube_kept *kept); /* NULL does nothing */
DEFINE_AUTO(kube_kept, struct kube_kept *, kube_kept_free)

/* What the watch knows; nothing when it is not there. Borrowed until the loop's next turn. */
struct json_view kube_kept_object(const struct kube_kept *kept);
const char *kube_kept_name(const struct kube_kept *kept);
void kube_kept_look_in(struct kube_kept *kept, uint64_t ms); /* replaces what was said before */
bool kube_kept_is_writing(const struct kube_kept *kept);

/* Within settle: creates it, or replaces it when it is there. `object` is borrowed and serialised at once. */
MUST_USE bool kube_kept_put(struct kube_kept *kept, struct json_object *object, struct error *err);
/* Within settle: a JSON Patch, whose `test` operations may fail as a race does; signed with `manager` (KUBE_FIELD_MANAGER is ours). */
MUST_USE bool kube_kept_patch(
	struct kube_kept *kept, struct json_object *patch, const char *manager, struct error *err);

/* Any thread, for metrics. */
uint64_t kube_kept_writes(const struct kube_kept *kept);
uint64_t kube_kept_failures(const struct kube_kept *kept);

#endif
