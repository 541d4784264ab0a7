/*
 * The form in which a cache keeps an object: what its projection leaves of it (without one: all but metadata.managedFields), as a
 * document of the smallest size. Any thread.
 */
#ifndef KUBE_COMPACT_H
#define KUBE_COMPACT_H

#include "kube/cache.h"

/* `object` is read only; the caller owns `out`. ERR_NO_MEMORY, ERR_TOO_LARGE, ERR_INVALID. */
MUST_USE bool compact_object(const struct kube_cache_options *options, struct json_view object,
	struct json_doc **out, struct error *err);

#endif
