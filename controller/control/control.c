#include "control/actor.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define FINISH_MS 2000
#define GATHER_MS 8 /* while more agents wait than are worked on: 40 % less CPU for each */

void control_notice_free(struct control_notice *notice)
{
	if (!notice)
		return;
	free(notice->ns);
	free(notice->name);
	free(notice->waits_for);
	free(notice->address);
	json_doc_free(notice->agent);
	json_doc_free(notice->model);
	free(notice);
}

void control_reference(
	char *out, size_t out_bytes, enum agent_kind kind, const char *ns, const char *name)
{
	snprintf(out, out_bytes, "%s/%s/%s", agent_kind_names[kind], ns, name);
}

void control_want(struct control *control, const char *ns, const char *name, uint64_t delay_ms)
{
	char key[320];
	struct error err;

	snprintf(key, sizeof(key), "%s/%s", ns, name);
	if (!queue_add(&control->queue, key, clock_monotonic_ms() + delay_ms, &err))
		log_error("cannot queue", LOG_OBJ(key), LOG_ERR(&err));
	control_arm(control);
}

void control_arm(struct control *control)
{
	uint64_t next = queue_next_ms(&control->queue);
	uint64_t now = clock_monotonic_ms();

	loop_set_gather(control->loop, control->work_count == CONTROL_MAX_WORKS ? GATHER_MS : 0);
	if (!control->has_synced)
		loop_timer_arm(control->timer, 0);
	else if (next != QUEUE_NEVER && control->work_count < CONTROL_MAX_WORKS)
		loop_timer_arm(control->timer, next > now ? next - now : 0);
}

/* Works are started from the timer alone, never from a watch's callback: a callback must not find the cache half changed. */
static void on_timer(void *context)
{
	struct control *control = context;
	const char *key;

	if (!watches_have_synced(control))
		return;
	if (!control->has_synced) {
		control->has_synced = true;
		log_info("watches are filled",
			LOG_INT("agents", source_count(control, AGENT_KIND_SANDBOX_AGENT)));
		model_status_start(control->models);
		if (control->on_synced)
			control->on_synced(control->context);
	}
	for (unsigned started = 0; control->work_count < CONTROL_MAX_WORKS && started < 8;
		started++) {
		key = queue_pop(&control->queue, clock_monotonic_ms());
		if (!key)
			break;
		if (control->is_leading) {
			work_start(control, key);
		} else {
			follow_agent(control, key);
			queue_done(&control->queue, key);
		}
	}
	control_arm(control);
}

struct memory *control_memory(struct control *control, const char *key)
{
	struct memory *memory = map_get(&control->memories, key);
	struct error err;

	if (memory)
		return memory;
	memory = calloc(1, sizeof(*memory));
	if (memory && !map_put(&control->memories, key, memory, NULL, &err)) {
		free(memory);
		return NULL;
	}
	return memory;
}

/* What was written before is of no account once another replica may have written. */
static void memory_reset(void *context, const char *key, void *value)
{
	struct memory *memory = value;
	bool is_busy = memory->is_busy;

	(void)context;
	(void)key;
	for (int i = 0; i < PART_COUNT; i++)
		free(memory->known_rv[i]);
	*memory = (struct memory){ .is_busy = is_busy };
}

void control_set_leading(struct control *control, bool is_leading)
{
	if (control->is_leading == is_leading)
		return;
	control->is_leading = is_leading;
	if (!is_leading) {
		work_cancel_all(control);
		map_each(&control->memories, memory_reset, NULL);
	}
	model_status_set_leading(control->models, is_leading);
	if (control->serving)
		serving_keeper_set_leading(control->serving, is_leading);
	watches_want_all(control);
	control_arm(control);
}

void control_finish(struct control *control)
{
	control_set_leading(control, false);
	if (control->serving && serving_keeper_is_writing(control->serving))
		kube_client_finish(control->client, FINISH_MS);
}

static void memory_free(void *context, const char *key, void *value)
{
	struct memory *memory = value;

	(void)context;
	(void)key;
	for (int i = 0; i < PART_COUNT; i++)
		free(memory->known_rv[i]);
	free(memory);
}

void control_forget(struct control *control, const char *key)
{
	struct memory *memory = map_remove(&control->memories, key);

	references_drop(&control->references, key);
	if (memory)
		memory_free(NULL, NULL, memory);
}

bool control_parse_model_status(const char *text, enum model_status_mode *out, struct error *err)
{
	static const char *const names[] = { "auto", "true", "false" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum model_status_mode)i;
			return true;
		}
	return error_set(err, ERR_INVALID, NULL, "\"%s\" is none of auto, true, false", text);
}

static bool start_serving(
	struct control *control, const struct control_options *options, struct error *err)
{
	if (text_is_empty(options->conversion_service))
		return true;
	if (!serving_keeper_new(
		    options->client, options->conversion_service, &control->serving, err))
		return false;
	serving_keeper_set_leading(control->serving, control->is_leading);
	return true;
}

bool control_new(const struct control_options *options, struct control **out, struct error *err)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return error_no_memory(err);
	control->loop = options->loop;
	control->client = options->client;
	control->settings = options->settings;
	control->default_rollout = options->default_rollout;
	control->on_notice = options->on_notice;
	control->on_synced = options->on_synced;
	control->ask_busy = options->ask_busy;
	control->is_leading = !options->follows;
	control->context = options->context;
	if (!model_status_new(control, options->model_status, &control->models, err) ||
		!kube_events_new(options->client, "sandgate-controller", &control->events, err) ||
		!loop_timer_new(options->loop, on_timer, control, &control->timer, err) ||
		!watches_open(control, err) || !start_serving(control, options, err)) {
		control_free(control);
		return false;
	}
	*out = control;
	return true;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	work_cancel_all(control);
	serving_keeper_free(control->serving);
	watches_close(control);
	loop_timer_free(control->timer);
	kube_events_free(control->events);
	map_each(&control->memories, memory_free, NULL);
	map_fini(&control->memories);
	model_status_free(control->models);
	references_fini(&control->references);
	queue_fini(&control->queue);
	free(control);
}

struct busy_message {
	struct control *control;
	char *ns, *name;
	bool is_busy;
};

static void busy_message_free(struct busy_message *message)
{
	free(message->ns);
	free(message->name);
	free(message);
}

static void on_answer(void *context)
{
	struct busy_message *message = context;
	char key[320];

	snprintf(key, sizeof(key), "%s/%s", message->ns, message->name);
	work_answer_busy(message->control, key, message->is_busy);
	busy_message_free(message);
}

static void on_busy(void *context)
{
	struct busy_message *message = context;
	struct memory *memory;
	char key[320];

	snprintf(key, sizeof(key), "%s/%s", message->ns, message->name);
	memory = map_get(&message->control->memories, key);
	if (memory && memory->is_busy != message->is_busy) {
		memory->is_busy = message->is_busy;
		if (!memory->is_busy)
			control_want(message->control, message->ns, message->name, 0);
	}
	busy_message_free(message);
}

static bool post_busy(struct control *control, loop_timer_fn fn, const char *ns, const char *name,
	bool is_busy, struct error *err)
{
	struct busy_message *message = calloc(1, sizeof(*message));

	if (!message)
		return error_no_memory(err);
	*message = (struct busy_message){ control, strdup(ns), strdup(name), is_busy };
	if (message->ns && message->name && loop_post(control->loop, fn, message, err))
		return true;
	busy_message_free(message);
	return error_no_memory(err);
}

bool control_set_busy(
	struct control *control, const char *ns, const char *name, bool is_busy, struct error *err)
{
	return post_busy(control, on_busy, ns, name, is_busy, err);
}

bool control_answer_busy(
	struct control *control, const char *ns, const char *name, bool is_busy, struct error *err)
{
	return post_busy(control, on_answer, ns, name, is_busy, err);
}

bool control_has_synced(const struct control *control)
{
	return control->has_synced;
}

void control_stats(const struct control *control, struct control_stats *out)
{
	*out = (struct control_stats){
		.agents = control->memories.count,
		.queue_depth = queue_depth(&control->queue),
		.working = control->work_count,
		.leading = control->is_leading,
		.reconciles = control->reconciles,
		.failures = control->failures,
	};
}
