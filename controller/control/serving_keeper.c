#include "control/serving_keeper.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "control/serving.h"
#include "kube/kept.h"

#define GRACE_MS   15000 /* a roll-out or a restart of the webhook is shorter */
#define REMOVAL_MS 60000 /* after that the removal has failed, or we would not be here */

static const struct kube_resource endpoint_slices = { "discovery.k8s.io", "v1", "endpointslices",
	"EndpointSlice", false };

struct serving_keeper {
	struct kube_kept *crd;
	struct kube_cache *slices, *removals;
	uint64_t alone_since_ms; /* monotonic; 0 = the webhook is there */
	uint64_t removed_at_ms; /* 0 = no removal */
	bool is_leading;
	bool is_telling; /* the write under way changes what is served, to: */
	bool wanted;
};

static void find_ready(void *context, struct json_view slice)
{
	bool *is_ready = context;

	*is_ready = *is_ready || serving_is_ready(slice);
}

static void on_written(void *context, struct json_view crd)
{
	const struct serving_keeper *keeper = context;

	(void)crd;
	if (keeper->is_telling && keeper->wanted)
		log_info("v1alpha3 is served", LOG_STR("because", "the webhook converts"));
	else if (keeper->is_telling)
		log_warn("v1alpha3 is not served",
			LOG_STR("because", keeper->removed_at_ms ? "the release is being removed"
								 : "the webhook does not convert"));
}

/* Whether v1alpha3 is to be served; when that is not ours to say or yet open, `*is_served` stays, and `*wait_ms` says when to ask again. */
static void decide(
	struct serving_keeper *keeper, struct json_view crd, bool *is_served, uint64_t *wait_ms)
{
	uint64_t now = clock_monotonic_ms();
	bool is_ready = false;

	if (!serving_is_asked(crd))
		return;
	if (keeper->removed_at_ms && now < keeper->removed_at_ms + REMOVAL_MS) {
		*is_served = false;
		*wait_ms = keeper->removed_at_ms + REMOVAL_MS - now;
		return;
	}
	keeper->removed_at_ms = 0;
	kube_cache_each(keeper->slices, find_ready, &is_ready);
	if (is_ready && serving_can_convert(crd)) {
		keeper->alone_since_ms = 0;
		*is_served = true;
		return;
	}
	if (!keeper->alone_since_ms)
		keeper->alone_since_ms = now;
	if (now >= keeper->alone_since_ms + GRACE_MS)
		*is_served = false;
	else
		*wait_ms = keeper->alone_since_ms + GRACE_MS - now;
}

static bool is_served_now(struct json_view crd)
{
	json_foreach (version, json_dig(crd, "spec", "versions"))
		if (json_text_is(json_get(version, "name"), "v1alpha3"))
			return json_bool_or(json_get(version, "served"), false);
	return false;
}

static bool settle(void *context, struct json_view crd, struct error *err)
{
	struct serving_keeper *keeper = context;
	AUTO(json) struct json_object *patch = NULL;
	uint64_t wait_ms = 0;

	if (!keeper->is_leading || !kube_cache_has_synced(keeper->slices) || !json_is_present(crd))
		return true;
	keeper->wanted = is_served_now(crd);
	decide(keeper, crd, &keeper->wanted, &wait_ms);
	if (wait_ms)
		kube_kept_look_in(keeper->crd, wait_ms);
	keeper->is_telling = keeper->wanted != is_served_now(crd);
	return serving_patch(crd, keeper->wanted, &patch, err) &&
	       (!patch || kube_kept_patch(keeper->crd, patch, serving_writer(crd), err));
}

static void on_slice(
	void *context, enum kube_change change, struct json_view before, struct json_view after)
{
	const struct serving_keeper *keeper = context;

	(void)change;
	(void)before;
	(void)after;
	kube_kept_look_in(keeper->crd, 0);
}

static void on_removal(
	void *context, enum kube_change change, struct json_view before, struct json_view after)
{
	struct serving_keeper *keeper = context;

	(void)change;
	if (json_is_present(before) || !json_is_present(after))
		return;
	keeper->removed_at_ms = clock_monotonic_ms();
	kube_kept_look_in(keeper->crd, 0);
}

static void on_state(void *context, enum kube_cache_state state, const struct error *err)
{
	const struct serving_keeper *keeper = context;

	(void)err;
	if (state == KUBE_CACHE_SYNCED)
		kube_kept_look_in(keeper->crd, 0);
}

/* Rights are given for single names, which lists and watches must therefore ask for. */
static bool open_caches(struct serving_keeper *keeper, struct kube_client *client,
	const char *service, struct error *err)
{
	const char *ns = kube_client_default_namespace(client);
	AUTO(text) char *of_service = text_format("kubernetes.io/service-name=%s", service);
	AUTO(text) char *removal = text_format("metadata.name=%s-removal", service);

	if (!of_service || !removal)
		return error_no_memory(err);
	return kube_cache_new(client,
		       &(struct kube_cache_options){ .resource = &endpoint_slices,
			       .ns = ns,
			       .label_selector = of_service,
			       .on_change = on_slice,
			       .on_state = on_state,
			       .context = keeper },
		       &keeper->slices, err) &&
	       kube_cache_new(client,
		       &(struct kube_cache_options){ .resource = &kube_config_maps,
			       .ns = ns,
			       .field_selector = removal,
			       .on_change = on_removal,
			       .context = keeper },
		       &keeper->removals, err);
}

bool serving_keeper_new(struct kube_client *client, const char *service,
	struct serving_keeper **out, struct error *err)
{
	AUTO(serving_keeper) struct serving_keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return error_no_memory(err);
	if (!kube_kept_new(client,
		    &(struct kube_kept_options){ .resource = &kube_crds,
			    .name = SERVING_CRD,
			    .project = serving_project,
			    .fault = "cannot change whether v1alpha3 is served, will try again",
			    .settle = settle,
			    .on_written = on_written,
			    .context = keeper },
		    &keeper->crd, err) ||
		!open_caches(keeper, client, service, err))
		return false;
	*out = take_serving_keeper(&keeper);
	return true;
}

void serving_keeper_set_leading(struct serving_keeper *keeper, bool is_leading)
{
	keeper->is_leading = is_leading;
	keeper->alone_since_ms = 0;
	kube_kept_look_in(keeper->crd, 0);
}

bool serving_keeper_is_writing(const struct serving_keeper *keeper)
{
	return kube_kept_is_writing(keeper->crd);
}

void serving_keeper_free(struct serving_keeper *keeper)
{
	if (!keeper)
		return;
	kube_kept_free(keeper->crd);
	kube_cache_free(keeper->slices);
	kube_cache_free(keeper->removals);
	free(keeper);
}
