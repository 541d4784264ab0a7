#include "certs/publisher.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "certs/placement.h"
#include "kube/kept.h"

#include <string.h>

#define SPACING_MS 200
#define TARGETS    3

/* One object that bears the bundle. */
struct target {
	struct publisher *publisher;
	enum placement_kind kind;
	struct kube_kept *object; /* NULL = not kept */
	bool is_right;
};

struct publisher {
	void (*on_placed)(void *context);
	void *context;
	char *bundle64; /* NULL = none yet */
	int64_t placed_at;
	struct loop_timer *timer; /* for conclude, when nothing has to be looked at */
	struct target targets[TARGETS];
};

static bool all_are_right(const struct publisher *publisher)
{
	for (size_t i = 0; i < TARGETS; i++)
		if (publisher->targets[i].object && !publisher->targets[i].is_right)
			return false;
	return true;
}

static void conclude(void *context)
{
	struct publisher *publisher = context;

	if (!publisher->bundle64 || publisher->placed_at || !all_are_right(publisher))
		return;
	publisher->placed_at = (int64_t)(clock_wall_ms() / 1000) + 1; /* rounded up */
	publisher->on_placed(publisher->context);
}

/* Holds what the watch knows of the object against the bundle. */
static bool settle(void *context, struct json_view object, struct error *err)
{
	struct target *target = context;
	AUTO(json) struct json_object *patch = NULL;

	if (!target->publisher->bundle64)
		return true;
	if (!placement_patch(target->kind, object, target->publisher->bundle64, &patch, err))
		return false;
	target->is_right = !patch;
	if (patch)
		return kube_kept_patch(target->object, patch, KUBE_FIELD_MANAGER, err);
	conclude(target->publisher);
	return true;
}

static void on_written(void *context, struct json_view object)
{
	(void)context;
	log_info("wrote the CA bundle", LOG_STR("kind", json_text_or(json_get(object, "kind"), "")),
		LOG_STR("name", object_name(object)));
}

/* A CRD is large, and nothing of it counts here but its conversion. */
static void keep_conversion(void *context, struct json_view object, struct buffer *out)
{
	(void)context;
	object_begin_kept(out, object);
	buffer_puts(out, ",\"spec\":{\"conversion\":");
	if (json_is_present(json_dig(object, "spec", "conversion")))
		json_write(out, json_dig(object, "spec", "conversion"));
	else
		buffer_puts(out, "null");
	buffer_puts(out, "}}");
}

/* Nothing for a name that is not given. */
static bool start_target(struct publisher *publisher, struct kube_client *client, size_t i,
	const struct kube_resource *resource, const char *name, struct error *err)
{
	struct target *target = &publisher->targets[i];

	target->publisher = publisher;
	target->kind = resource == &kube_crds ? PLACEMENT_CRD : PLACEMENT_WEBHOOKS;
	if (text_is_empty(name))
		return true;
	return kube_kept_new(client,
		&(struct kube_kept_options){ .resource = resource,
			.name = name,
			.project = target->kind == PLACEMENT_CRD ? keep_conversion : NULL,
			.fault = "cannot write the CA bundle, will try again",
			.spacing_ms = SPACING_MS,
			.settle = settle,
			.on_written = on_written,
			.context = target },
		&target->object, err);
}

bool publisher_new(struct kube_client *client, const struct publisher_options *options,
	struct publisher **out, struct error *err)
{
	AUTO(publisher) struct publisher *publisher = calloc(1, sizeof(*publisher));

	if (!publisher)
		return error_no_memory(err);
	publisher->on_placed = options->on_placed;
	publisher->context = options->context;
	if (!loop_timer_new(
		    kube_client_loop(client), conclude, publisher, &publisher->timer, err) ||
		!start_target(publisher, client, 0, &kube_validating_webhooks,
			options->validating_webhook, err) ||
		!start_target(publisher, client, 1, &kube_mutating_webhooks,
			options->mutating_webhook, err) ||
		!start_target(publisher, client, 2, &kube_crds, options->crd, err))
		return false;
	*out = take_publisher(&publisher);
	return true;
}

void publisher_free(struct publisher *publisher)
{
	if (!publisher)
		return;
	for (size_t i = 0; i < TARGETS; i++)
		kube_kept_free(publisher->targets[i].object);
	loop_timer_free(publisher->timer);
	free(publisher->bundle64);
	free(publisher);
}

bool publisher_set(struct publisher *publisher, const char *bundle_pem, struct error *err)
{
	AUTO(buffer) struct buffer encoded = { 0 };

	base64_encode(&encoded, bundle_pem, strlen(bundle_pem));
	if (!buffer_ok(&encoded, err))
		return false;
	if (publisher->bundle64 && strcmp(publisher->bundle64, encoded.data) == 0)
		return true;
	free(publisher->bundle64);
	publisher->bundle64 = buffer_take(&encoded);
	publisher->placed_at = 0;
	for (size_t i = 0; i < TARGETS; i++)
		publisher->targets[i].is_right = false;
	/* In the next turn: what is placed at once is not told inside this call. */
	loop_timer_arm(publisher->timer, 0);
	for (size_t i = 0; i < TARGETS; i++)
		if (publisher->targets[i].object)
			kube_kept_look_in(publisher->targets[i].object, 0);
	return true;
}

int64_t publisher_placed_at(const struct publisher *publisher)
{
	return publisher->placed_at;
}

uint64_t publisher_writes(const struct publisher *publisher)
{
	uint64_t writes = 0;

	for (size_t i = 0; i < TARGETS; i++)
		if (publisher->targets[i].object)
			writes += kube_kept_writes(publisher->targets[i].object);
	return writes;
}
