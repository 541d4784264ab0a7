#include "certs/keeper.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "certs/publisher.h"
#include "kube/kept.h"

#include <stdatomic.h>
#include <string.h>

#define LOOK_AGAIN_MS  (10L * 60 * 1000) /* clocks jump: look at least so often */
#define WAKE_SPREAD_MS 500
#define EXPIRY_PARTS   6 /* of its life left and not renewed: somebody should know */

struct keeper {
	struct keeper_options options;
	char *ns;
	struct kube_kept *secret;
	struct publisher *publisher;
	struct chest held; /* what is in force */
	const char *reason; /* of the write under way */
	atomic_bool is_ready;
};

static void on_written(void *context, struct json_view secret)
{
	const struct keeper *keeper = context;

	log_info("wrote certificates", LOG_STR("secret", object_name(secret)),
		LOG_STR("reason", keeper->reason));
	if (keeper->options.events)
		kube_events_tell(keeper->options.events, secret, false, "CertificateRenewed",
			"Wrote new certificates: %s", keeper->reason);
}

static bool write_secret(
	struct keeper *keeper, const struct chest *chest, const char *reason, struct error *err)
{
	const char *rv = object_rv(kube_kept_object(keeper->secret));
	AUTO(json)
	struct json_object *object =
		chest_secret(chest, keeper->ns, kube_kept_name(keeper->secret), rv, err);

	keeper->reason = reason;
	return object && kube_kept_put(keeper->secret, object, err);
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Puts what the Secret holds in force. The chest is taken. */
static bool adopt(struct keeper *keeper, struct chest *chest, struct error *err)
{
	struct cert_facts facts = { 0 };

	if (!is_same(chest->leaf, keeper->held.leaf) &&
		!tls_store_set(keeper->options.store, chest->leaf, chest->leaf_key, err))
		return false;
	if (!publisher_set(keeper->publisher, chest->bundle, err))
		return false;
	if (!is_same(chest->leaf, keeper->held.leaf)) {
		cert_read(chest->leaf, &facts);
		log_info("a serving certificate is in force",
			LOG_INT("expires_at", facts.not_after));
	}
	chest_fini(&keeper->held);
	keeper->held = *chest;
	*chest = (struct chest){ 0 };
	return true;
}

/* A Secret that was deleted or emptied is filled again with what is in force, so that nobody's trust breaks. */
static bool recover(
	const struct keeper *keeper, struct chest *chest, bool *changed, struct error *err)
{
	AUTO(text) char *signer = chest_signer(chest);
	struct chest held = { 0 };

	if (signer || !keeper->held.bundle)
		return true;
	if (!text_replace(&held.bundle, keeper->held.bundle, err) ||
		!text_replace(&held.ca_key, keeper->held.ca_key, err) ||
		!text_replace(&held.leaf, keeper->held.leaf, err) ||
		!text_replace(&held.leaf_key, keeper->held.leaf_key, err)) {
		chest_fini(&held);
		return false;
	}
	chest_fini(chest);
	*chest = held;
	*changed = true;
	return true;
}

static void warn_of_expiry(struct keeper *keeper, struct json_view secret, int64_t now)
{
	struct cert_facts leaf;
	char until[CLOCK_RFC3339_BYTES];

	if (!keeper->held.leaf || !cert_read(keeper->held.leaf, &leaf) || !keeper->options.events ||
		!json_is_present(secret) ||
		leaf.not_after - now > (leaf.not_after - leaf.not_before) / EXPIRY_PARTS)
		return;
	clock_rfc3339((uint64_t)leaf.not_after * 1000, until); /* the same each time: one Event */
	kube_events_tell(keeper->options.events, secret, true, "CertificateExpiring",
		"The serving certificate is valid until %s and could not be renewed yet", until);
}

static void sleep_until(struct keeper *keeper, int64_t wake_at)
{
	int64_t ms = wake_at * 1000 - (int64_t)clock_wall_ms();

	if (ms > LOOK_AGAIN_MS)
		ms = LOOK_AGAIN_MS;
	/* Replicas wake at the same second; the one that is first writes. */
	kube_kept_look_in(
		keeper->secret, (ms > 0 ? (uint64_t)ms : 0) + random_below(WAKE_SPREAD_MS));
}

static bool hold(
	struct keeper *keeper, struct json_view secret, struct chest *chest, struct error *err)
{
	int64_t now = (int64_t)(clock_wall_ms() / 1000);
	bool recovered = false;
	struct plan last;

	if (!chest_read(secret, chest, err) || !recover(keeper, chest, &recovered, err) ||
		!plan_settle(chest, keeper->options.names, &keeper->options.limits, now,
			publisher_placed_at(keeper->publisher), &last, err))
		return false;
	if (recovered || last.reason) {
		warn_of_expiry(keeper, secret, now);
		return write_secret(
			keeper, chest, last.reason ? last.reason : "the Secret was lost", err);
	}
	if (!adopt(keeper, chest, err))
		return false;
	sleep_until(keeper, last.wake_at);
	return true;
}

/* Holds the Secret against the clock. */
static bool settle(void *context, struct json_view secret, struct error *err)
{
	struct chest chest = { 0 };
	bool ok = hold(context, secret, &chest, err);

	chest_fini(&chest);
	return ok;
}

static void on_placed(void *context)
{
	struct keeper *keeper = context;

	if (!atomic_exchange(&keeper->is_ready, true))
		log_info("reviews can be answered");
	kube_kept_look_in(keeper->secret, 0);
}

bool keeper_new(const struct keeper_options *options, struct keeper **out, struct error *err)
{
	AUTO(keeper) struct keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return error_no_memory(err);
	keeper->options = *options;
	if (!text_replace(&keeper->ns, options->ns, err) ||
		!publisher_new(options->client,
			&(struct publisher_options){
				.validating_webhook = options->validating_webhook,
				.mutating_webhook = options->mutating_webhook,
				.crd = options->crd,
				.on_placed = on_placed,
				.context = keeper },
			&keeper->publisher, err) ||
		!kube_kept_new(options->client,
			&(struct kube_kept_options){ .resource = &kube_secrets,
				.ns = options->ns,
				.name = options->secret,
				.fault = "cannot renew the serving certificate, will try again",
				.settle = settle,
				.on_written = on_written,
				.context = keeper },
			&keeper->secret, err))
		return false;
	*out = take_keeper(&keeper);
	return true;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	publisher_free(keeper->publisher);
	kube_kept_free(keeper->secret);
	chest_fini(&keeper->held);
	free(keeper->ns);
	free(keeper);
}

bool keeper_is_ready(const struct keeper *keeper)
{
	return atomic_load(&keeper->is_ready);
}

void keeper_count(const struct keeper *keeper, struct keeper_counts *out)
{
	out->secret_writes = kube_kept_writes(keeper->secret);
	out->bundle_writes = publisher_writes(keeper->publisher);
	out->failures = kube_kept_failures(keeper->secret);
}
