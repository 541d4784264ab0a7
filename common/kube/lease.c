#include "kube/lease.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "kube/object.h"

#define DURATION_S 15

/*
 * Whether another holder is dead is judged by our own clock: from when we saw the lease change last. Clocks of two machines are
 * never compared.
 */
struct kube_lease {
	struct kube_client *client;
	char *ns;
	char *name;
	char *identity;
	uint32_t duration_s;
	void (*on_lead)(void *context);
	void (*on_lost)(void *context);
	void *context;

	struct loop_timer *retry;
	struct loop_timer *deadline; /* armed while held */
	struct kube_call *call;
	struct json_doc *seen; /* the lease as read or written last; NULL = unknown */
	uint64_t seen_ms; /* when it last changed */
	uint64_t sent_ms; /* when the write under way was sent; boot time, like the next */
	uint64_t held_until_ms;
	bool is_held;
	bool failing; /* said already */
};

static void ask(struct kube_lease *lease);

/* How often it is written or read, and how long the holder believes in it. */
static uint32_t retry_ms(const struct kube_lease *lease)
{
	return lease->duration_s * 2000 / 15;
}

static uint64_t trust_ms(const struct kube_lease *lease)
{
	return lease->duration_s * UINT64_C(2000) / 3;
}

static void try_later(struct kube_lease *lease)
{
	uint32_t wait = retry_ms(lease);

	loop_timer_arm(lease->retry, lease->is_held ? wait : wait + random_below(wait / 5));
}

static struct json_view spec_of(const struct kube_lease *lease)
{
	return lease->seen ? json_get(json_root(lease->seen), "spec") : (struct json_view){ 0 };
}

static const char *holder_of(const struct kube_lease *lease)
{
	return json_text_or(json_get(spec_of(lease), "holderIdentity"), "");
}

static bool is_ours(const struct kube_lease *lease)
{
	return strcmp(holder_of(lease), lease->identity) == 0;
}

static bool is_free(const struct kube_lease *lease)
{
	int64_t seconds =
		json_int64_or(json_get(spec_of(lease), "leaseDurationSeconds"), DURATION_S);

	if (!*holder_of(lease))
		return true;
	return clock_monotonic_ms() - lease->seen_ms >=
	       (uint64_t)(seconds > 0 ? seconds : 0) * 1000;
}

static void lose(struct kube_lease *lease)
{
	if (!lease->is_held)
		return;
	lease->is_held = false;
	loop_timer_disarm(lease->deadline);
	log_warn("no longer the leader", LOG_STR("lease", lease->name),
		LOG_STR("holder", holder_of(lease)));
	if (lease->on_lost)
		lease->on_lost(lease->context);
}

/* A renewal has arrived; one whose answer was long on its way may be worth nothing by now. */
static void lead(struct kube_lease *lease)
{
	uint64_t now = clock_boot_ms();

	lease->held_until_ms = lease->sent_ms + trust_ms(lease);
	if (now >= lease->held_until_ms) {
		lose(lease);
		return;
	}
	loop_timer_arm(lease->deadline, lease->held_until_ms - now);
	if (lease->is_held)
		return;
	lease->is_held = true;
	log_info("the leader", LOG_STR("lease", lease->name), LOG_STR("identity", lease->identity));
	if (lease->on_lead)
		lease->on_lead(lease->context);
}

static void on_deadline(void *context)
{
	lose(context);
}

static void see(struct kube_lease *lease, struct json_doc *doc)
{
	bool changed = !lease->seen ||
		       strcmp(object_rv(json_root(lease->seen)), object_rv(json_root(doc))) != 0;

	json_doc_free(lease->seen);
	lease->seen = json_doc_ref(doc);
	if (changed)
		lease->seen_ms = clock_monotonic_ms();
}

static void note_failure(struct kube_lease *lease, const struct error *err)
{
	if (err && !lease->failing && kube_client_is_reachable(lease->client))
		log_warn("cannot read or write the lease, trying again",
			LOG_STR("lease", lease->name), LOG_ERR(err));
	lease->failing = err != NULL;
}

/* --- writing --- */

static bool set_spec(const struct kube_lease *lease, const char *holder, struct json_object *spec,
	struct error *err)
{
	bool takes_over = *holder && !is_ours(lease);
	int64_t transitions = json_int64_or(json_get(spec_of(lease), "leaseTransitions"), 0);
	char now[CLOCK_RFC3339_BYTES];

	clock_rfc3339_micro(clock_wall_ms() * 1000, now);
	if (takes_over || !json_find(spec, "acquireTime")) {
		if (!json_set_text(spec, "acquireTime", now, err))
			return false;
		if (lease->seen && !json_set_int(spec, "leaseTransitions", transitions + 1, err))
			return false;
	}
	return json_set_text(spec, "holderIdentity", holder, err) &&
	       json_set_text(spec, "renewTime", now, err) &&
	       json_set_int(spec, "leaseDurationSeconds", *holder ? lease->duration_s : 1, err);
}

static bool make(const struct kube_lease *lease, const char *holder, struct json_object **out,
	struct error *err)
{
	AUTO(json)
	struct json_object *object =
		lease->seen ? json_from_view(json_root(lease->seen)) : json_object_new_object();
	struct json_object *metadata = object ? json_need_object(object, "metadata") : NULL;
	struct json_object *spec = object ? json_need_object(object, "spec") : NULL;

	if (!metadata || !spec)
		return error_no_memory(err);
	if (!json_set_text(object, "apiVersion", "coordination.k8s.io/v1", err) ||
		!json_set_text(object, "kind", "Lease", err) ||
		!json_set_text(metadata, "name", lease->name, err) ||
		!json_set_text(metadata, "namespace", lease->ns, err) ||
		!set_spec(lease, holder, spec, err))
		return false;
	*out = take_json(&object);
	return true;
}

static bool start(struct kube_lease *lease, const char *method, struct json_object *body,
	kube_done_fn done, struct kube_call **out, struct error *err)
{
	AUTO(buffer) struct buffer path = { 0 };
	struct kube_request request = { .method = method,
		.passes_gate = true,
		.timeout_ms = lease->duration_s * 1000 / 3,
		.done = done,
		.context = lease };

	kube_path(&path, &kube_leases, lease->ns, strcmp(method, "POST") == 0 ? NULL : lease->name,
		NULL);
	if (body)
		json_value_write(&request.body, body);
	if (!buffer_ok(&path, err) || !buffer_ok(&request.body, err)) {
		buffer_fini(&request.body);
		return false;
	}
	request.path = path.data;
	return kube_start(lease->client, &request, out, err);
}

/* Ours now, or somebody was faster, or it failed: in both latter cases it is read again. */
static void on_written(void *context, struct json_doc *doc, const struct error *err)
{
	struct kube_lease *lease = context;

	lease->call = NULL;
	if (!err) {
		see(lease, doc);
		note_failure(lease, NULL);
		lead(lease);
	} else if (err->code == ERR_CONFLICT || err->code == ERR_EXISTS ||
		   err->code == ERR_NOT_FOUND) {
		json_doc_free(lease->seen);
		lease->seen = NULL;
	} else {
		note_failure(lease, err);
	}
	try_later(lease);
}

static void write_ours(struct kube_lease *lease)
{
	AUTO(json) struct json_object *object = NULL;
	struct error err;

	lease->sent_ms = clock_boot_ms();
	if (make(lease, lease->identity, &object, &err) &&
		start(lease, lease->seen ? "PUT" : "POST", object, on_written, &lease->call, &err))
		return;
	note_failure(lease, &err);
	try_later(lease);
}

/* --- reading --- */

static void on_read(void *context, struct json_doc *doc, const struct error *err)
{
	struct kube_lease *lease = context;

	lease->call = NULL;
	if (err && err->code != ERR_NOT_FOUND) {
		note_failure(lease, err);
		try_later(lease);
		return;
	}
	note_failure(lease, NULL);
	if (err) {
		json_doc_free(lease->seen);
		lease->seen = NULL;
		write_ours(lease);
		return;
	}
	see(lease, doc);
	if (is_ours(lease) || is_free(lease)) {
		write_ours(lease);
		return;
	}
	lose(lease);
	try_later(lease);
}

static void ask(struct kube_lease *lease)
{
	struct error err;

	if (start(lease, "GET", NULL, on_read, &lease->call, &err))
		return;
	note_failure(lease, &err);
	try_later(lease);
}

/* The holder renews without reading: a conflict tells it when the lease was touched. */
static void on_retry(void *context)
{
	struct kube_lease *lease = context;

	if (lease->is_held && lease->seen && is_ours(lease))
		write_ours(lease);
	else
		ask(lease);
}

/* --- */

bool kube_lease_new(struct kube_client *client, const struct kube_lease_options *options,
	struct kube_lease **out, struct error *err)
{
	struct kube_lease *lease = calloc(1, sizeof(*lease));

	if (!lease)
		return error_no_memory(err);
	lease->client = client;
	lease->on_lead = options->on_lead;
	lease->on_lost = options->on_lost;
	lease->context = options->context;
	lease->duration_s = options->duration_s ? options->duration_s : DURATION_S;
	if (!text_replace(&lease->ns, options->ns, err) ||
		!text_replace(&lease->name, options->name, err) ||
		!text_replace(&lease->identity, options->identity, err) ||
		!loop_timer_new(kube_client_loop(client), on_retry, lease, &lease->retry, err) ||
		!loop_timer_new(
			kube_client_loop(client), on_deadline, lease, &lease->deadline, err)) {
		kube_lease_free(lease);
		return false;
	}
	loop_timer_arm(lease->retry, 0);
	*out = lease;
	return true;
}

/* Sent off, not waited for: kube_client_finish does that. */
static void give_back(struct kube_lease *lease)
{
	AUTO(json) struct json_object *object = NULL;
	struct error err;

	if (!make(lease, "", &object, &err) || !start(lease, "PUT", object, NULL, NULL, &err))
		log_warn(
			"cannot give the lease back", LOG_STR("lease", lease->name), LOG_ERR(&err));
}

void kube_lease_free(struct kube_lease *lease)
{
	if (!lease)
		return;
	kube_cancel(lease->call);
	loop_timer_free(lease->retry);
	loop_timer_free(lease->deadline);
	if (lease->is_held && lease->seen && is_ours(lease))
		give_back(lease);
	json_doc_free(lease->seen);
	free(lease->ns);
	free(lease->name);
	free(lease->identity);
	free(lease);
}

bool kube_lease_is_held(const struct kube_lease *lease)
{
	return lease->is_held && clock_boot_ms() < lease->held_until_ms;
}
