#include "kube/kept.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"

#include <stdatomic.h>

#define LOST_RACE_MS   100
#define BACKOFF_MS     1000
#define BACKOFF_MAX_MS 30000

struct kube_kept {
	struct kube_client *client;
	struct kube_kept_options options;
	char *ns;
	char *name;
	struct kube_cache *cache;
	struct loop_timer *timer; /* the next look */
	struct kube_call *call; /* the write under way */
	bool is_patch;
	uint64_t wrote_at_ms; /* monotonic */
	uint64_t backoff_ms;
	enum error_code told; /* the failure that was logged */
	atomic_uint_fast64_t writes;
	atomic_uint_fast64_t failures;
};

static void failed(struct kube_kept *kept, const struct error *err)
{
	atomic_fetch_add(&kept->failures, 1);
	if (err->code != kept->told)
		log_warn(kept->options.fault, LOG_STR("kind", kept->options.resource->kind),
			LOG_STR("name", kept->name), LOG_ERR(err));
	kept->told = err->code;
	kept->backoff_ms = kept->backoff_ms ? kept->backoff_ms * 2 : BACKOFF_MS;
	if (kept->backoff_ms > BACKOFF_MAX_MS)
		kept->backoff_ms = BACKOFF_MAX_MS;
	loop_timer_arm(kept->timer, kept->backoff_ms + random_below(BACKOFF_MS));
}

static void look(void *context)
{
	struct kube_kept *kept = context;
	struct error err;

	if (kept->call || !kube_cache_has_synced(kept->cache))
		return;
	if (!kept->options.settle(kept->options.context, kube_kept_object(kept), &err))
		failed(kept, &err);
}

/* Somebody wrote in between. What they wrote is here or on its way: the watch may have told it during the call. */
static bool is_lost_race(const struct kube_kept *kept, const struct error *err)
{
	return err->code == ERR_CONFLICT || err->code == ERR_EXISTS ||
	       (kept->is_patch && (err->code == ERR_NOT_FOUND || err->code == ERR_INVALID));
}

static void wrote(void *context, struct json_doc *doc, const struct error *err)
{
	struct kube_kept *kept = context;

	kept->call = NULL;
	if (err && is_lost_race(kept, err)) {
		loop_timer_arm(kept->timer, LOST_RACE_MS + random_below(LOST_RACE_MS));
		return;
	}
	if (err) {
		failed(kept, err);
		return;
	}
	kept->told = ERR_NONE;
	kept->backoff_ms = 0;
	atomic_fetch_add(&kept->writes, 1);
	if (kept->options.on_written)
		kept->options.on_written(kept->options.context, json_root(doc));
	kube_cache_note(kept->cache, doc);
	look(kept);
}

bool kube_kept_put(struct kube_kept *kept, struct json_object *object, struct error *err)
{
	const struct kube_resource *resource = kept->options.resource;

	kept->is_patch = false;
	kept->wrote_at_ms = clock_monotonic_ms();
	if (json_is_present(kube_kept_object(kept)))
		return kube_update(kept->client, resource, kept->ns, kept->name, object, wrote,
			kept, &kept->call, err);
	return kube_create(kept->client, resource, kept->ns, object, wrote, kept, &kept->call, err);
}

static bool send_patch(
	struct kube_kept *kept, struct json_object *patch, const char *manager, struct error *err)
{
	AUTO(buffer) struct buffer path = { 0 };
	AUTO(buffer) struct buffer query = { 0 };
	struct kube_request request = { .method = "PATCH",
		.content_type = "application/json-patch+json",
		.done = wrote,
		.context = kept };

	kube_path(&path, kept->options.resource, kept->ns, kept->name, NULL);
	kube_query(&query, "fieldManager", manager);
	json_value_write(&request.body, patch);
	request.path = path.data;
	request.query = query.data;
	if (buffer_ok(&path, err) && buffer_ok(&query, err) && buffer_ok(&request.body, err))
		return kube_start(kept->client, &request, &kept->call, err);
	buffer_fini(&request.body);
	return false;
}

bool kube_kept_patch(
	struct kube_kept *kept, struct json_object *patch, const char *manager, struct error *err)
{
	uint64_t now = clock_monotonic_ms();

	if (now < kept->wrote_at_ms + kept->options.spacing_ms) {
		loop_timer_arm(kept->timer, kept->wrote_at_ms + kept->options.spacing_ms - now);
		return true;
	}
	kept->wrote_at_ms = now;
	kept->is_patch = true;
	return send_patch(kept, patch, manager, err);
}

static void on_change(
	void *context, enum kube_change change, struct json_view before, struct json_view after)
{
	(void)change;
	(void)before;
	(void)after;
	look(context);
}

static void on_state(void *context, enum kube_cache_state state, const struct error *err)
{
	(void)err;
	if (state == KUBE_CACHE_SYNCED)
		look(context);
}

bool kube_kept_new(struct kube_client *client, const struct kube_kept_options *options,
	struct kube_kept **out, struct error *err)
{
	AUTO(kube_kept) struct kube_kept *kept = calloc(1, sizeof(*kept));
	/* Rights are given for single names, which lists and watches must therefore ask for. */
	AUTO(text) char *selector = text_format("metadata.name=%s", options->name);

	if (!kept || !selector)
		return error_no_memory(err);
	kept->client = client;
	kept->options = *options;
	if ((options->ns && !text_replace(&kept->ns, options->ns, err)) ||
		!text_replace(&kept->name, options->name, err) ||
		!loop_timer_new(kube_client_loop(client), look, kept, &kept->timer, err) ||
		!kube_cache_new(client,
			&(struct kube_cache_options){ .resource = options->resource,
				.ns = kept->ns,
				.field_selector = selector,
				.project = options->project,
				.on_change = on_change,
				.on_state = on_state,
				.context = kept },
			&kept->cache, err))
		return false;
	*out = take_kube_kept(&kept);
	return true;
}

void kube_kept_free(struct kube_kept *kept)
{
	if (!kept)
		return;
	kube_cancel(kept->call);
	loop_timer_free(kept->timer);
	kube_cache_free(kept->cache);
	free(kept->ns);
	free(kept->name);
	free(kept);
}

struct json_view kube_kept_object(const struct kube_kept *kept)
{
	return kube_cache_get(kept->cache, kept->ns, kept->name);
}

const char *kube_kept_name(const struct kube_kept *kept)
{
	return kept->name;
}

void kube_kept_look_in(struct kube_kept *kept, uint64_t ms)
{
	loop_timer_arm(kept->timer, ms);
}

bool kube_kept_is_writing(const struct kube_kept *kept)
{
	return kept->call != NULL;
}

uint64_t kube_kept_writes(const struct kube_kept *kept)
{
	return atomic_load(&kept->writes);
}

uint64_t kube_kept_failures(const struct kube_kept *kept)
{
	return atomic_load(&kept->failures);
}
