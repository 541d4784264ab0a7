#include "kube/watch.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "kube/glance.h"
#include "kube/object.h"
#include "kube/status.h"

#include <stdio.h>

#define PAGE_OBJECTS     100 /* some 200 KiB: read in a moment, and soon forgotten */
#define EVENT_BYTES      (16u << 20)
#define EVENT_DEPTH      256
#define SLICE_US         1000 /* of list items told in one turn */
#define WATCH_LEAST_S    300
#define WATCH_SPREAD_S   300
#define IDLE_MS          150000 /* bookmarks come every minute: longer silence is a dead connection */
#define HEALTHY_MS       5000
#define ABSENT_MS        4500
#define FIRST_BACKOFF_MS 250
#define PEER_BACKOFF_MS  5000 /* at most, while the API server is away */
#define MOST_BACKOFF_MS  30000 /* at most, while it refuses */
#define RESUME_TRIES     8
#define GONE_TRIES       3 /* lists that expired under way are no news before */

struct kube_watch {
	struct kube_client *client;
	struct kube_watch_options options;
	char *texts[3]; /* what options.ns, label_selector and field_selector point to */
	enum kube_watch_state state;
	struct loop_timer *timer; /* the next step of LISTING, the end of EMPTY and BACKOFF */
	struct kube_call *call;

	/* LISTING */
	struct json_doc *page; /* being told; NULL = awaited */
	struct json_view item;
	char *next_page; /* continue token; NULL = the first page */
	unsigned page_objects;

	/* WATCHING */
	char *rv; /* the position; NULL = lost */
	struct buffer lines;
	bool is_open;
	uint64_t opened_ms;

	unsigned failures; /* since the last healthy stream */
};

static void list_begin(struct kube_watch *watch);
static void page_request(struct kube_watch *watch);
static void stream_begin(struct kube_watch *watch);

/* --- BACKOFF --- */

static uint64_t backoff_ms(const struct kube_watch *watch, const struct error *err)
{
	uint32_t most = !err || err->code == ERR_IO || err->code == ERR_TIMEOUT ? PEER_BACKOFF_MS
										: MOST_BACKOFF_MS;
	uint32_t delay = FIRST_BACKOFF_MS;

	if (err && err->code == ERR_NOT_FOUND)
		return ABSENT_MS + random_below(400);
	if (watch->failures == 0 && !(err && err->retry_after_ms))
		return 0;
	for (unsigned i = 1; i < watch->failures && delay < most; i++)
		delay *= 2;
	if (delay > most)
		delay = most;
	delay = delay / 2 + random_below(delay / 2 + 1);
	return err && err->retry_after_ms > delay ? err->retry_after_ms + random_below(1000)
						  : delay;
}

static void forget_position(struct kube_watch *watch)
{
	free(watch->rv);
	watch->rv = NULL;
}

/* Ends what is under way and starts the wait. `err` NULL: the stream ended in order. */
static void back_off(struct kube_watch *watch, const struct error *err)
{
	bool tell =
		err && !watch->is_open && (err->code != ERR_GONE || watch->failures >= GONE_TRIES);
	struct error copy;

	kube_cancel(watch->call);
	watch->call = NULL;
	json_doc_free(watch->page);
	watch->page = NULL;
	buffer_fini(&watch->lines);
	if (watch->is_open && clock_monotonic_ms() - watch->opened_ms >= HEALTHY_MS)
		watch->failures = 0;
	watch->is_open = false;
	watch->state = KUBE_WATCH_BACKOFF;
	loop_timer_arm(watch->timer, backoff_ms(watch, err));
	watch->failures++;
	if (tell) {
		copy = *err;
		watch->options.on_health(watch->options.context, &copy);
	}
}

/* A failure after which the position is worth nothing. */
static void back_off_to_list(struct kube_watch *watch, const struct error *err)
{
	forget_position(watch);
	back_off(watch, err);
}

/* --- the request line --- */

static void add_selectors(const struct kube_watch *watch, struct buffer *query)
{
	kube_query(query, "labelSelector", watch->options.label_selector);
	kube_query(query, "fieldSelector", watch->options.field_selector);
}

static const char *accept_of(const struct kube_watch *watch, bool list)
{
	if (!watch->options.metadata_only)
		return NULL;
	return list ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
		    : "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
}

/* --- LISTING --- */

/* All items of the page are told. */
static void page_end(struct kube_watch *watch)
{
	struct json_view meta = json_get(json_root(watch->page), "metadata");
	const char *next = json_text_or(json_get(meta, "continue"), "");
	const char *rv = json_text_or(json_get(meta, "resourceVersion"), "");
	struct error err;
	bool ok;

	if (*next) {
		ok = text_replace(&watch->next_page, next, &err);
		json_doc_free(watch->page);
		watch->page = NULL;
		if (ok)
			page_request(watch);
		else
			back_off_to_list(watch, &err);
		return;
	}
	if (!*rv) {
		error_set(&err, ERR_IO, NULL, "the list has no resourceVersion");
		back_off_to_list(watch, &err);
		return;
	}
	if (!text_replace(&watch->rv, rv, &err)) {
		back_off_to_list(watch, &err);
		return;
	}
	ok = watch->options.on_complete(watch->options.context, watch->rv);
	json_doc_free(watch->page);
	watch->page = NULL;
	if (ok) {
		stream_begin(watch);
	} else {
		error_no_memory(&err);
		back_off_to_list(watch, &err);
	}
}

/* Tells items for a millisecond, then lets the loop turn. */
static void page_slice(struct kube_watch *watch)
{
	struct json_view items = json_get(json_root(watch->page), "items");
	uint64_t until = clock_monotonic_us() + SLICE_US;

	while (json_kind(watch->item) != JSON_NONE) {
		if (!watch->options.on_item(watch->options.context, watch->item)) {
			struct error err;

			error_no_memory(&err);
			back_off_to_list(watch, &err);
			return;
		}
		watch->item = json_next(items, watch->item);
		if (clock_monotonic_us() >= until) {
			loop_timer_arm(watch->timer, 0);
			return;
		}
	}
	page_end(watch);
}

static void page_done(void *context, struct json_doc *doc, const struct error *err)
{
	struct kube_watch *watch = context;

	watch->call = NULL;
	if (err && err->code == ERR_TOO_LARGE && watch->page_objects > 1) {
		watch->page_objects /= 2;
		page_request(watch);
		return;
	}
	if (err) {
		back_off_to_list(
			watch, err); /* GONE too: an expired page token lists from the start */
		return;
	}
	watch->page = json_doc_ref(doc);
	watch->item = json_first(json_get(json_root(doc), "items"));
	loop_timer_arm(watch->timer, 0);
}

static void page_request(struct kube_watch *watch)
{
	AUTO(buffer) struct buffer path = { 0 };
	AUTO(buffer) struct buffer query = { 0 };
	struct kube_request request = { .method = "GET", .done = page_done, .context = watch };
	struct error err;

	buffer_printf(&query, "limit=%u", watch->page_objects);
	kube_query(&query, "continue", watch->next_page);
	add_selectors(watch, &query);
	kube_path(&path, watch->options.resource, watch->options.ns, NULL, NULL);
	request.path = path.data;
	request.query = query.data;
	request.accept = accept_of(watch, true);
	if (!buffer_ok(&path, &err) || !buffer_ok(&query, &err) ||
		!kube_start(watch->client, &request, &watch->call, &err))
		back_off_to_list(watch, &err);
}

static void list_begin(struct kube_watch *watch)
{
	watch->state = KUBE_WATCH_LISTING;
	free(watch->next_page);
	watch->next_page = NULL;
	watch->options.on_begin(watch->options.context);
	page_request(watch);
}

/* --- WATCHING --- */

static bool move_position(struct kube_watch *watch, struct json_view object, struct error *err)
{
	const char *rv = object_rv(object);

	return !*rv || text_replace(&watch->rv, rv, err);
}

/* False (err set, the position lost when it is worth nothing) when the stream cannot go on. */
static bool take_event(struct kube_watch *watch, struct json_view event, struct error *err)
{
	static const struct {
		const char *type;
		enum kube_change change;
	} changes[] = {
		{ "ADDED", KUBE_ADDED },
		{ "MODIFIED", KUBE_MODIFIED },
		{ "DELETED", KUBE_DELETED },
	};
	const char *type = json_text_or(json_get(event, "type"), "");
	struct json_view object = json_get(event, "object");

	for (size_t i = 0; i < COUNT(changes); i++) {
		if (strcmp(type, changes[i].type) != 0)
			continue;
		if (watch->options.on_event(watch->options.context, changes[i].change, object))
			return move_position(watch, object, err);
		forget_position(watch);
		return error_no_memory(err);
	}
	if (strcmp(type, "BOOKMARK") == 0)
		return move_position(watch, object, err);
	if (strcmp(type, "ERROR") == 0) {
		kube_status_error_of(object, err);
		if (err->code == ERR_GONE || !error_is_retryable(err))
			forget_position(watch);
		return false;
	}
	forget_position(watch);
	return error_set(err, ERR_IO, NULL, "watch: unknown event type");
}

static bool take_known(struct kube_watch *watch, const char *line, size_t bytes)
{
	const struct kube_watch_options *options = &watch->options;
	struct glance seen;

	return options->is_known && glance_read(line, bytes, &seen) &&
	       options->is_known(options->context, seen.ns, seen.name, seen.rv) &&
	       text_replace(&watch->rv, seen.rv, NULL);
}

static bool take_line(struct kube_watch *watch, const char *line, size_t bytes, struct error *err)
{
	const struct json_limits limits = { .bytes = EVENT_BYTES, .depth = EVENT_DEPTH };
	AUTO(json_doc) struct json_doc *doc = NULL;

	if (take_known(watch, line, bytes))
		return true;
	if (!json_doc_copy(line, bytes, &limits, &doc, err)) {
		forget_position(watch);
		if (err->code == ERR_INVALID)
			err->code = ERR_IO;
		return error_wrap(err, "watch");
	}
	return take_event(watch, json_root(doc), err);
}

static bool take_lines(struct kube_watch *watch, struct error *err)
{
	struct buffer *lines = &watch->lines;
	size_t used = 0;
	const char *end;

	while ((end = memchr(lines->data + used, '\n', lines->bytes - used))) {
		const char *line = lines->data + used;
		size_t bytes = (size_t)(end - line);

		if (bytes && !take_line(watch, line, bytes, err))
			return false;
		used += bytes + 1;
	}
	buffer_consume(lines, used);
	if (lines->bytes <= EVENT_BYTES)
		return true;
	forget_position(watch);
	return error_set(
		err, ERR_TOO_LARGE, NULL, "watch: an event of more than %u bytes", EVENT_BYTES);
}

static void stream_opened(void *context)
{
	struct kube_watch *watch = context;

	watch->is_open = true;
	watch->opened_ms = clock_monotonic_ms();
	watch->options.on_health(watch->options.context, NULL);
}

static void stream_data(void *context, const char *data, size_t bytes)
{
	struct kube_watch *watch = context;
	bool has_end = memchr(data, '\n', bytes) != NULL;
	struct error err;

	buffer_append(&watch->lines, data, bytes);
	if (!buffer_ok(&watch->lines, &err))
		back_off(watch, &err);
	else if ((has_end || watch->lines.bytes > EVENT_BYTES) && !take_lines(watch, &err))
		back_off(watch, &err);
}

/* The server's opinion of our position, when the stream did not open. */
static bool is_position_lost(const struct kube_watch *watch, const struct error *err)
{
	if (watch->failures >= RESUME_TRIES)
		return true;
	return err->code == ERR_GONE || (!error_is_retryable(err) && err->code != ERR_DENIED);
}

static void stream_done(void *context, struct json_doc *doc UNUSED, const struct error *err)
{
	struct kube_watch *watch = context;

	watch->call = NULL;
	if (err && err->code == ERR_NOT_FOUND) { /* the list asks whether the API is gone */
		forget_position(watch);
		err = NULL;
	} else if (err && !watch->is_open && is_position_lost(watch, err)) {
		forget_position(watch);
	}
	back_off(watch, err);
}

static void stream_begin(struct kube_watch *watch)
{
	AUTO(buffer) struct buffer path = { 0 };
	AUTO(buffer) struct buffer query = { 0 };
	struct kube_stream stream = {
		.idle_timeout_ms = IDLE_MS,
		.on_open = stream_opened,
		.on_data = stream_data,
		.done = stream_done,
		.context = watch,
	};
	struct error err;

	watch->state = KUBE_WATCH_WATCHING;
	buffer_puts(&query, "watch=true&allowWatchBookmarks=true");
	kube_query(&query, "resourceVersion", watch->rv);
	buffer_printf(
		&query, "&timeoutSeconds=%u", WATCH_LEAST_S + random_below(WATCH_SPREAD_S + 1));
	add_selectors(watch, &query);
	kube_path(&path, watch->options.resource, watch->options.ns, NULL, NULL);
	stream.path = path.data;
	stream.query = query.data;
	stream.accept = accept_of(watch, false);
	if (!buffer_ok(&path, &err) || !buffer_ok(&query, &err) ||
		!kube_start_stream(watch->client, &stream, &watch->call, &err))
		back_off(watch, &err);
}

/* --- */

static void on_timer(void *context)
{
	struct kube_watch *watch = context;

	if (watch->state == KUBE_WATCH_LISTING)
		page_slice(watch);
	else if (watch->state == KUBE_WATCH_BACKOFF && watch->rv)
		stream_begin(watch);
	else
		list_begin(watch);
}

static bool copy_texts(struct kube_watch *watch, struct error *err)
{
	struct kube_watch_options *options = &watch->options;
	const char *const from[] = { options->ns, options->label_selector,
		options->field_selector };

	for (size_t i = 0; i < COUNT(from); i++)
		if (from[i] && !(watch->texts[i] = strdup(from[i])))
			return error_no_memory(err);
	options->ns = watch->texts[0];
	options->label_selector = watch->texts[1];
	options->field_selector = watch->texts[2];
	return true;
}

bool kube_watch_new(struct kube_client *client, const struct kube_watch_options *options,
	struct kube_watch **out, struct error *err)
{
	struct kube_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return error_no_memory(err);
	watch->client = client;
	watch->options = *options;
	watch->page_objects = PAGE_OBJECTS;
	if (!copy_texts(watch, err) ||
		!loop_timer_new(kube_client_loop(client), on_timer, watch, &watch->timer, err)) {
		kube_watch_free(watch);
		return false;
	}
	loop_timer_arm(watch->timer, 0);
	*out = watch;
	return true;
}

void kube_watch_free(struct kube_watch *watch)
{
	if (!watch)
		return;
	kube_cancel(watch->call);
	loop_timer_free(watch->timer);
	json_doc_free(watch->page);
	buffer_fini(&watch->lines);
	free(watch->next_page);
	free(watch->rv);
	for (size_t i = 0; i < COUNT(watch->texts); i++)
		free(watch->texts[i]);
	free(watch);
}

enum kube_watch_state kube_watch_state(const struct kube_watch *watch)
{
	return watch->state;
}

const char *kube_watch_rv(const struct kube_watch *watch)
{
	return watch->rv ? watch->rv : "";
}
