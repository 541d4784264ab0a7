/*
 * What the API server has of one kind, as a list and then as changes, for ever: the machine under kube/cache.h. Loop's thread.
 *
 *   EMPTY     nothing is known yet                        ends in the next turn: LISTING
 *   LISTING   pages are asked for, their objects told     ends with the last page: WATCHING; or a failure: BACKOFF
 *   WATCHING  a stream of changes is open or being opened ends when it does, for whatever reason: BACKOFF
 *   BACKOFF   a timer runs (0 ms after a healthy time)    ends with it: WATCHING from the last position, LISTING when that is lost
 *
 * The position is the resourceVersion of the list, the last event or the last bookmark. It is lost by 410 Gone (as a status or an ERROR
 * event), by a stream that is no JSON, by an answer that says the request is wrong, and after 8 failed tries to go on from it.
 * Source: Kubernetes "API concepts": efficient detection of changes, watch bookmarks, retrieving large results sets in chunks.
 */
#ifndef KUBE_WATCH_H
#define KUBE_WATCH_H

#include "kube/client.h"

struct kube_watch;

enum kube_change { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED };
enum kube_watch_state {
	KUBE_WATCH_EMPTY,
	KUBE_WATCH_LISTING,
	KUBE_WATCH_WATCHING,
	KUBE_WATCH_BACKOFF
};

/* Everything is borrowed for the call. A false answer means lack of memory: it is listed again later. No callback may free the watch. */
struct kube_watch_options {
	const struct kube_resource *resource; /* must outlive the watch */
	const char *ns;
	const char *label_selector;
	const char *field_selector;
	bool metadata_only;
	void (*on_begin)(void *context); /* a list begins; what an unfinished one told is void */
	bool (*on_item)(void *context, struct json_view object);
	bool (*on_complete)(void *context, const char *list_rv); /* what was not told is gone */
	/* Optional: the object is there as it is at this resourceVersion, so its event need not be read. `ns` "" = none. */
	bool (*is_known)(void *context, const char *ns, const char *name, const char *rv);
	bool (*on_event)(void *context, enum kube_change change, struct json_view object);
	/* NULL: the stream is open. Else neither list nor stream could be had; NOT_FOUND = the API is absent. Not told: a stream's end. */
	void (*on_health)(void *context, const struct error *err);
	void *context;
};

MUST_USE bool kube_watch_new(struct kube_client *client, const struct kube_watch_options *options,
	struct kube_watch **out, struct error *err);
void kube_watch_free(struct kube_watch *watch);
DEFINE_AUTO(kube_watch, struct kube_watch *, kube_watch_free)
enum kube_watch_state kube_watch_state(const struct kube_watch *watch);
/* Everything up to this resourceVersion has been told; "" when nothing is known. */
const char *kube_watch_rv(const struct kube_watch *watch);

#endif
