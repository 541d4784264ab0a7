/*
 * What tests/integration/kube/run drives: the room common/kube against the API server of $KUBECONFIG.
 *
 *   driver watch NS          prints every change of the ConfigMaps of NS and every state, until SIGTERM
 *   driver verbs NS          makes, reads, changes and removes objects; a result line for each claim
 *   driver flood NS COUNT    creates so many ConfigMaps, 64 at a time
 *   driver sync NS           lists and watches the ConfigMaps of NS; prints how many, how long, how much memory; ends
 *   driver lease NS NAME ID  prints "lead" and "lost", until SIGTERM; gives the lease back
 */
#include "kube/cache.h"
#include "kube/event.h"
#include "kube/lease.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static struct loop *loop;
static struct kube_client *client;
static struct error err;

static int die(const char *what)
{
	fprintf(stderr, "driver: %s: %s\n", what, err.text);
	exit(1);
}

static void say(const char *fmt, ...) PRINTF(1, 2);
static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* --- watch --- */

static const char *value_of(struct json_view object)
{
	return json_text_or(json_dig(object, "data", "v"), "-");
}

static void on_change(void *context UNUSED, enum kube_change change, struct json_view before,
	struct json_view after)
{
	static const char *const words[] = { "added", "modified", "deleted" };
	struct json_view object = json_is_present(after) ? after : before;

	say("%s %s %s", words[change], object_name(object), value_of(object));
}

static void on_state(void *context UNUSED, enum kube_cache_state state, const struct error *why)
{
	static const char *const words[] = { "starting", "synced", "absent", "failing" };

	say("state %s %s", words[state], why ? error_code_name(why->code) : "");
}

static void watch(const char *ns)
{
	const struct kube_cache_options options = { .resource = &kube_config_maps,
		.ns = ns,
		.field_selector = "metadata.name!=kube-root-ca.crt",
		.on_change = on_change,
		.on_state = on_state };
	AUTO(kube_cache) struct kube_cache *cache = NULL;

	if (!kube_cache_new(client, &options, &cache, &err) || !loop_run(loop, &err))
		die("watch");
}

/* --- one call after the other --- */

static struct {
	bool ok;
	struct error err;
	struct json_doc *doc;
} last;

static void on_done(void *context UNUSED, struct json_doc *doc, const struct error *why)
{
	json_doc_free(last.doc);
	last.doc = doc ? json_doc_ref(doc) : NULL;
	last.ok = !why;
	last.err = why ? *why : (struct error){ 0 };
	loop_stop(loop);
}

/* Runs the loop until the call that was just started (true) has ended. */
static void finish(bool started)
{
	if (!started || !loop_run(loop, &err))
		die("call");
}

static int failures;

static void claim(bool is_true, const char *name)
{
	say("%s %s", is_true ? "ok" : "not ok", name);
	if (!is_true) {
		failures++;
		say("# %s %s", error_code_name(last.err.code), last.err.text);
	}
}

static struct json_object *object_of(const char *text)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_object *object;

	if (!json_doc_copy(text, strlen(text), NULL, &doc, &err))
		die(text);
	object = json_from_view(json_root(doc));
	if (!object)
		die("memory");
	return object;
}

static void patch(const char *ns, const char *name, enum kube_patch kind, const char *text)
{
	AUTO(json) struct json_object *body = object_of(text);

	finish(kube_patch(
		client, &kube_config_maps, ns, name, NULL, kind, body, on_done, NULL, NULL, &err));
}

static bool answer_has(const char *value)
{
	return last.ok && strcmp(value_of(json_root(last.doc)), value) == 0;
}

static void claim_refused(enum error_code code, const char *name)
{
	claim(!last.ok && last.err.code == code && last.err.text[0], name);
}

static void verbs_create(const char *ns)
{
	AUTO(json)
	struct json_object *made =
		object_of("{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":"
			  "\"verbs\"},\"data\":{\"v\":\"1\"}}");
	AUTO(json)
	struct json_object *wrong = object_of("{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
					      "\"metadata\":{\"name\":\"Not A Name\"}}");

	finish(kube_create(client, &kube_config_maps, ns, made, on_done, NULL, NULL, &err));
	claim(answer_has("1"), "create answers with the object");
	finish(kube_create(client, &kube_config_maps, ns, made, on_done, NULL, NULL, &err));
	claim_refused(ERR_EXISTS, "create of what exists is told as such");
	finish(kube_create(client, &kube_config_maps, ns, wrong, on_done, NULL, NULL, &err));
	claim(!last.ok && last.err.code == ERR_INVALID &&
			strcmp(last.err.path, "metadata.name") == 0,
		"an invalid object names the field");
	finish(kube_create(
		client, &kube_config_maps, "no-such-namespace", made, on_done, NULL, NULL, &err));
	claim_refused(ERR_NOT_FOUND, "create in a namespace that is not there");
	finish(kube_get(client, &kube_config_maps, ns, "verbs", on_done, NULL, NULL, &err));
	claim(answer_has("1"), "get reads it");
	finish(kube_get(client, &kube_config_maps, ns, "nobody", on_done, NULL, NULL, &err));
	claim_refused(ERR_NOT_FOUND, "get of what is not there");
}

static void verbs_change(const char *ns)
{
	AUTO(json) struct json_object *old = NULL;

	finish(kube_get(client, &kube_config_maps, ns, "verbs", on_done, NULL, NULL, &err));
	old = json_from_view(json_root(last.doc));
	patch(ns, "verbs", KUBE_PATCH_MERGE, "{\"data\":{\"v\":\"2\"}}");
	claim(answer_has("2"), "merge patch changes it");
	patch(ns, "verbs", KUBE_PATCH_JSON,
		"[{\"op\":\"replace\",\"path\":\"/data/v\",\"value\":\"3\"}]");
	claim(answer_has("3"), "JSON patch changes it");
	patch(ns, "applied", KUBE_PATCH_APPLY,
		"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"applied\"},"
		"\"data\":{\"v\":\"4\"}}");
	claim(answer_has("4"), "apply makes what is not there");
	finish(kube_update(client, &kube_config_maps, ns, "verbs", old, on_done, NULL, NULL, &err));
	claim_refused(ERR_CONFLICT, "update of an old version is a conflict");
	patch(ns, "verbs", KUBE_PATCH_JSON,
		"[{\"op\":\"test\",\"path\":\"/data/v\",\"value\":\"9\"}]");
	claim_refused(ERR_INVALID, "a JSON patch whose test fails is refused");
}

static void verbs_delete(const char *ns)
{
	char uid[64];

	finish(kube_get(client, &kube_config_maps, ns, "verbs", on_done, NULL, NULL, &err));
	snprintf(uid, sizeof(uid), "%s", object_uid(json_root(last.doc)));
	finish(kube_delete(
		client, &kube_config_maps, ns, "verbs", "another-uid", on_done, NULL, NULL, &err));
	claim_refused(ERR_CONFLICT, "delete of another uid is a conflict");
	finish(kube_delete(client, &kube_config_maps, ns, "verbs", uid, on_done, NULL, NULL, &err));
	claim(last.ok, "delete removes it");
	finish(kube_delete(
		client, &kube_config_maps, ns, "verbs", NULL, on_done, NULL, NULL, &err));
	claim_refused(ERR_NOT_FOUND, "delete of what is not there");
}

static void verbs_refused(void)
{
	static const struct kube_resource nothing = { "no.such.group", "v1", "things", "Thing",
		false };
	struct kube_request wrong = { .method = "TRACE", .path = "/version", .done = on_done };

	finish(kube_get(client, &nothing, NULL, NULL, on_done, NULL, NULL, &err));
	claim_refused(ERR_NOT_FOUND, "an API that is not served");
	finish(kube_start(client, &wrong, NULL, &err));
	claim_refused(ERR_UNSUPPORTED, "a method nobody knows");
}

/* The same Event told three times is one. */
static void verbs_event(const char *ns)
{
	struct kube_events *events = NULL;
	AUTO(json_doc) struct json_doc *about = NULL;
	AUTO(buffer) struct buffer path = { 0 };
	struct kube_request list = {
		.method = "GET", .query = "fieldSelector=reason%3DTried", .done = on_done
	};
	struct json_view item;

	finish(kube_get(client, &kube_config_maps, ns, "applied", on_done, NULL, NULL, &err));
	about = json_doc_ref(last.doc);
	if (!kube_events_new(client, "driver", &events, &err))
		die("events");
	for (int i = 0; i < 3; i++)
		kube_events_tell(events, json_root(about), true, "Tried", "try %s", "again");
	kube_client_finish(client, 5000);
	kube_path(&path, &kube_events, ns, NULL, NULL);
	list.path = path.data;
	finish(kube_start(client, &list, NULL, &err));
	item = json_item(json_get(json_root(last.doc), "items"), 0);
	claim(last.ok && json_count(json_get(json_root(last.doc), "items")) == 1 &&
			json_text_is(json_get(item, "message"), "try again") &&
			json_text_is(json_dig(item, "involvedObject", "name"), "applied"),
		"an Event told three times is written once");
	kube_events_free(events);
}

static void verbs(const char *ns)
{
	verbs_create(ns);
	verbs_change(ns);
	verbs_delete(ns);
	verbs_refused();
	verbs_event(ns);
	json_doc_free(last.doc);
	last.doc = NULL;
}

/* --- flood --- */

static struct {
	const char *ns;
	long next, end, under_way, failed;
} flood;

static void flood_more(void);

static void flood_done(void *context UNUSED, struct json_doc *doc UNUSED, const struct error *why)
{
	flood.under_way--;
	if (why) {
		flood.failed++;
		err = *why;
	}
	flood_more();
}

static void flood_more(void)
{
	while (flood.under_way < 64 && flood.next < flood.end) {
		AUTO(json)
		struct json_object *object =
			object_of("{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{},"
				  "\"data\":{\"v\":\"flood\"}}");
		char name[32];

		snprintf(name, sizeof(name), "flood-%ld", flood.next++);
		if (!json_set_text(json_find(object, "metadata"), "name", name, &err) ||
			!kube_create(client, &kube_config_maps, flood.ns, object, flood_done, NULL,
				NULL, &err))
			die("flood");
		flood.under_way++;
	}
	if (!flood.under_way)
		loop_stop(loop);
}

static void run_flood(const char *ns, long count)
{
	uint64_t began = clock_monotonic_ms();

	flood.ns = ns;
	flood.end = count;
	flood_more();
	if (!loop_run(loop, &err) || flood.failed)
		die("flood");
	say("created %ld in %d ms", count, (int)(clock_monotonic_ms() - began));
}

/* --- sync --- */

static void stop_when_synced(
	void *context UNUSED, enum kube_cache_state state, const struct error *why UNUSED)
{
	if (state == KUBE_CACHE_SYNCED)
		loop_stop(loop);
}

static long resident_kb(void)
{
	char text[128] = "";
	FILE *file = fopen("/proc/self/statm", "r");
	const char *blank;

	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	blank = strchr(text, ' ');
	return blank ? strtol(blank, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}

static void sync_once(const char *ns)
{
	const struct kube_cache_options options = {
		.resource = &kube_config_maps, .ns = ns, .on_state = stop_when_synced
	};
	AUTO(kube_cache) struct kube_cache *cache = NULL;
	uint64_t began = clock_monotonic_ms();
	struct loop_stats stats;

	if (!kube_cache_new(client, &options, &cache, &err) || !loop_run(loop, &err))
		die("sync");
	loop_take_stats(loop, &stats);
	say("synced %zu in %d ms, %ld KiB, longest turn %d us, %d requests",
		kube_cache_count(cache), (int)(clock_monotonic_ms() - began), resident_kb(),
		(int)stats.longest_turn_us, (int)kube_client_requests(client, false));
}

/* --- lease --- */

static void on_lead(void *context UNUSED)
{
	say("lead");
}

static void on_lost(void *context UNUSED)
{
	say("lost");
}

static void hold(const char *ns, const char *name, const char *identity)
{
	struct kube_lease_options options = {
		.ns = ns, .name = name, .identity = identity, .on_lead = on_lead, .on_lost = on_lost
	};
	struct kube_lease *lease = NULL;

	if (!kube_lease_new(client, &options, &lease, &err) || !loop_run(loop, &err))
		die("lease");
	kube_lease_free(lease);
	kube_client_finish(client, 2000);
}

int main(int argc, char **argv)
{
	struct kube_config config = { 0 };

	if (argc < 3)
		return 2;
	if (!loop_new(&loop, &err) || !loop_stop_on_signals(loop, &err) ||
		!kube_config_load(NULL, NULL, &config, &err) ||
		!kube_client_new(loop, &config, &client, &err))
		die("start");
	if (strcmp(argv[1], "watch") == 0)
		watch(argv[2]);
	else if (strcmp(argv[1], "verbs") == 0)
		verbs(argv[2]);
	else if (strcmp(argv[1], "flood") == 0 && argc == 4)
		run_flood(argv[2], strtol(argv[3], NULL, 10));
	else if (strcmp(argv[1], "sync") == 0)
		sync_once(argv[2]);
	else if (strcmp(argv[1], "lease") == 0 && argc == 5)
		hold(argv[2], argv[3], argv[4]);
	else
		return 2;
	kube_client_free(client);
	loop_free(loop);
	return failures ? 1 : 0;
}
