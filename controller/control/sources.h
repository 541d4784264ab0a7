/*
 * The kinds this controller watches, each in all namespaces or in the listed ones (--watch-namespaces), as one copy. Loop's thread.
 * Views are borrowed until the loop's next turn.
 */
#ifndef CONTROL_SOURCES_H
#define CONTROL_SOURCES_H

#include "agent/world.h"
#include "kube/cache.h"

/* The first AGENT_KIND_COUNT are what agents refer to, under the same numbers. */
enum source {
	SOURCE_SERVICE_ACCOUNT = AGENT_KIND_COUNT,
	SOURCE_POD,
	SOURCE_SANDBOX_CRD,
	SOURCE_SANDBOX,
	SOURCE_KAGENT, /* pods of kagent's own controller */
	SOURCE_COUNT
};

struct control;

struct control_source {
	struct control *control;
	int source;
	struct kube_cache **caches; /* one, or one for each listed namespace */
	size_t count; /* 0 = not watched now */
};

/* `options` but for its namespace and context, which are set here. */
MUST_USE bool source_open(struct control *control, int source,
	const struct kube_cache_options *options, struct error *err);
void source_close(struct control_source *source);

struct json_view source_get(
	const struct control *control, int source, const char *ns, const char *name);
struct json_doc *source_hold(
	const struct control *control, int source, const char *ns, const char *name);
size_t source_count(const struct control *control, int source);
void source_each(const struct control *control, int source,
	void (*visit)(void *context, struct json_view object), void *context);
/* Puts the answer to a write of ours in. `written` may be NULL. */
void source_note(const struct control *control, int source, struct json_doc *written);

/* Watched, and every list has completed. */
bool source_has_synced(const struct control *control, int source);
/* The cluster does not serve it. */
bool source_is_absent(const struct control *control, int source);

#endif
