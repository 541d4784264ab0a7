#include "kube/event.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "kube/object.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/queue.h>
#include <unistd.h>

#define MESSAGE_BYTES 1024
#define NAME_BYTES    220 /* of the object's name in the Event's: 253 in all */
#define MINUTE_MS     60000
#define REMEMBERED    512

/* What was told of late; the oldest makes room. */
struct told {
	uint8_t key[DIGEST_SHA256_BYTES];
	uint64_t at_ms; /* monotonic; 0 = free */
	uint32_t unsaid; /* held back since */
};

/* One Event on its way. */
struct sending {
	struct kube_events *events;
	struct kube_call *call;
	LIST_ENTRY(sending) in_all;
};

struct kube_events {
	struct kube_client *client;
	char *component;
	char instance[256];
	struct told told[REMEMBERED];
	LIST_HEAD(, sending) sendings;
	bool failing; /* said already */
};

bool kube_events_new(struct kube_client *client, const char *component, struct kube_events **out,
	struct error *err)
{
	struct kube_events *events = calloc(1, sizeof(*events));

	if (!events || !(events->component = strdup(component))) {
		free(events);
		return error_no_memory(err);
	}
	events->client = client;
	if (gethostname(events->instance, sizeof(events->instance) - 1) != 0)
		snprintf(events->instance, sizeof(events->instance), "%s", component);
	*out = events;
	return true;
}

static void sending_free(struct sending *sending)
{
	LIST_REMOVE(sending, in_all);
	free(sending);
}

void kube_events_free(struct kube_events *events)
{
	struct sending *next;

	if (!events)
		return;
	for (struct sending *it = LIST_FIRST(&events->sendings); it; it = next) {
		next = LIST_NEXT(it, in_all);
		kube_cancel(it->call);
		free(it);
	}
	free(events->component);
	free(events);
}

/* True when it is to be said now; `*count` = how often it was to be said since it was said last. */
static bool is_due(struct kube_events *events, struct json_view object, const char *reason,
	const char *message, uint32_t *count)
{
	const char *uid = object_uid(object);
	const struct digest_part parts[] = {
		{ uid, strlen(uid) + 1 },
		{ reason, strlen(reason) + 1 },
		{ message, strlen(message) },
	};
	uint64_t now = clock_monotonic_ms();
	uint8_t key[DIGEST_SHA256_BYTES];
	struct told *slot = &events->told[0];

	digest_sha256_parts(parts, COUNT(parts), key);
	for (size_t i = 0; i < REMEMBERED; i++) {
		struct told *told = &events->told[i];

		if (told->at_ms && memcmp(told->key, key, sizeof(key)) == 0) {
			slot = told;
			break;
		}
		if (told->at_ms < slot->at_ms)
			slot = told;
	}
	if (memcmp(slot->key, key, sizeof(key)) != 0) {
		*slot = (struct told){ 0 };
		memcpy(slot->key, key, sizeof(key));
	}
	if (slot->at_ms && now - slot->at_ms < MINUTE_MS) {
		slot->unsaid++;
		return false;
	}
	*count = slot->unsaid + 1;
	slot->unsaid = 0;
	slot->at_ms = now;
	return true;
}

static bool set_involved(struct json_object *event, struct json_view object, struct error *err)
{
	struct json_object *involved = json_need_object(event, "involvedObject");

	return json_set_view(involved, "apiVersion", json_get(object, "apiVersion"), err) &&
	       json_set_view(involved, "kind", json_get(object, "kind"), err) &&
	       json_set_text(involved, "name", object_name(object), err) &&
	       (!*object_namespace(object) ||
		       json_set_text(involved, "namespace", object_namespace(object), err)) &&
	       json_set_text(involved, "uid", object_uid(object), err) &&
	       json_set_text(involved, "resourceVersion", object_rv(object), err);
}

static bool set_name(
	struct json_object *event, struct json_view object, const char *ns, struct error *err)
{
	struct json_object *metadata = json_need_object(event, "metadata");
	char name[NAME_BYTES + 32];
	uint64_t unique;

	random_bytes(&unique, sizeof(unique));
	snprintf(name, sizeof(name), "%.*s.%016llx", NAME_BYTES, object_name(object),
		(unsigned long long)unique);
	return json_set_text(metadata, "name", name, err) &&
	       json_set_text(metadata, "namespace", ns, err);
}

static bool set_source(
	const struct kube_events *events, struct json_object *event, struct error *err)
{
	return json_set_text(
		       json_need_object(event, "source"), "component", events->component, err) &&
	       json_set_text(event, "reportingComponent", events->component, err) &&
	       json_set_text(event, "reportingInstance", events->instance, err);
}

static bool make(const struct kube_events *events, struct json_view object, const char *ns,
	bool warning, const char *reason, const char *message, uint32_t count,
	struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *event = json_object_new_object();
	char now[CLOCK_RFC3339_BYTES];

	clock_rfc3339(clock_wall_ms(), now);
	if (!event)
		return error_no_memory(err);
	if (!json_set_text(event, "apiVersion", "v1", err) ||
		!json_set_text(event, "kind", "Event", err) || !set_name(event, object, ns, err) ||
		!set_involved(event, object, err) ||
		!json_set_text(event, "type", warning ? "Warning" : "Normal", err) ||
		!json_set_text(event, "reason", reason, err) ||
		!json_set_text(event, "message", message, err) ||
		!json_set_text(event, "firstTimestamp", now, err) ||
		!json_set_text(event, "lastTimestamp", now, err) ||
		!json_set_int(event, "count", count, err) || !set_source(events, event, err))
		return false;
	*out = take_json(&event);
	return true;
}

static void failed(struct kube_events *events, const struct error *err)
{
	if (!events->failing)
		log_warn("cannot write Events, leaving them out", LOG_ERR(err));
	events->failing = true;
}

static void on_done(void *context, struct json_doc *doc UNUSED, const struct error *err)
{
	struct sending *sending = context;
	struct kube_events *events = sending->events;

	sending_free(sending);
	if (err)
		failed(events, err);
	else
		events->failing = false;
}

static bool send(
	struct kube_events *events, const char *ns, struct json_object *event, struct error *err)
{
	struct sending *sending = calloc(1, sizeof(*sending));

	if (!sending)
		return error_no_memory(err);
	sending->events = events;
	LIST_INSERT_HEAD(&events->sendings, sending, in_all);
	if (kube_create(
		    events->client, &kube_events, ns, event, on_done, sending, &sending->call, err))
		return true;
	sending_free(sending);
	return false;
}

/* Cuts at `bytes`, not within a character. */
static void cut(char *text, size_t bytes)
{
	if (strlen(text) <= bytes)
		return;
	while (bytes && ((unsigned char)text[bytes] & 0xc0) == 0x80)
		bytes--;
	text[bytes] = '\0';
}

void kube_events_tell(struct kube_events *events, struct json_view object, bool warning,
	const char *reason, const char *fmt, ...)
{
	const char *ns = *object_namespace(object) ? object_namespace(object) : "default";
	AUTO(json) struct json_object *event = NULL;
	char message[MESSAGE_BYTES + 8];
	struct error err;
	uint32_t count;
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	cut(message, MESSAGE_BYTES);
	if (!is_due(events, object, reason, message, &count))
		return;
	if (!make(events, object, ns, warning, reason, message, count, &event, &err) ||
		!send(events, ns, event, &err))
		failed(events, &err);
}
