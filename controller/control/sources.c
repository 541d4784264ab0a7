#include "control/sources.h"

#include "control/actor.h"

#include <stdlib.h>
#include <string.h>

static size_t namespace_count(const struct control *control, const struct kube_resource *resource)
{
	const char *const *listed = control->settings.watch_namespaces;
	size_t count = 0;

	if (!listed || resource->cluster_scoped)
		return 1;
	while (listed[count])
		count++;
	return count ? count : 1;
}

bool source_open(struct control *control, int which, const struct kube_cache_options *options,
	struct error *err)
{
	struct control_source *source = &control->sources[which];
	struct kube_cache_options own = *options;
	size_t count = namespace_count(control, options->resource);

	source->control = control;
	source->source = which;
	source->caches = calloc(count, sizeof(struct kube_cache *));
	if (!source->caches)
		return error_no_memory(err);
	own.context = source;
	for (size_t i = 0; i < count; i++) {
		if (control->settings.watch_namespaces && !options->resource->cluster_scoped)
			own.ns = control->settings.watch_namespaces[i];
		if (!kube_cache_new(control->client, &own, &source->caches[i], err))
			return error_wrap(err, "watch %s", options->resource->plural);
		source->count++;
	}
	return true;
}

void source_close(struct control_source *source)
{
	for (size_t i = 0; i < source->count; i++)
		kube_cache_free(source->caches[i]);
	free(source->caches);
	source->caches = NULL;
	source->count = 0;
}

/* The copy that holds the objects of this namespace, or NULL. */
static struct kube_cache *cache_of(const struct control *control, int which, const char *ns)
{
	const struct control_source *source = &control->sources[which];
	const char *const *listed = control->settings.watch_namespaces;

	if (!source->count)
		return NULL;
	if (!listed || !*ns)
		return source->caches[0];
	for (size_t i = 0; i < source->count; i++)
		if (strcmp(listed[i], ns) == 0)
			return source->caches[i];
	return NULL;
}

struct json_view source_get(
	const struct control *control, int which, const char *ns, const char *name)
{
	const struct kube_cache *cache = cache_of(control, which, ns);

	return cache ? kube_cache_get(cache, ns, name) : (struct json_view){ 0 };
}

struct json_doc *source_hold(
	const struct control *control, int which, const char *ns, const char *name)
{
	const struct kube_cache *cache = cache_of(control, which, ns);

	return cache ? kube_cache_hold(cache, ns, name) : NULL;
}

size_t source_count(const struct control *control, int which)
{
	const struct control_source *source = &control->sources[which];
	size_t count = 0;

	for (size_t i = 0; i < source->count; i++)
		count += kube_cache_count(source->caches[i]);
	return count;
}

void source_each(const struct control *control, int which,
	void (*visit)(void *context, struct json_view object), void *context)
{
	const struct control_source *source = &control->sources[which];

	for (size_t i = 0; i < source->count; i++)
		kube_cache_each(source->caches[i], visit, context);
}

void source_note(const struct control *control, int which, struct json_doc *written)
{
	struct kube_cache *cache =
		written ? cache_of(control, which, object_namespace(json_root(written))) : NULL;

	if (cache)
		kube_cache_note(cache, written);
}

bool source_has_synced(const struct control *control, int which)
{
	const struct control_source *source = &control->sources[which];

	for (size_t i = 0; i < source->count; i++)
		if (!kube_cache_has_synced(source->caches[i]))
			return false;
	return source->count > 0;
}

bool source_is_absent(const struct control *control, int which)
{
	const struct control_source *source = &control->sources[which];

	return source->count && kube_cache_state(source->caches[0]) == KUBE_CACHE_ABSENT;
}
