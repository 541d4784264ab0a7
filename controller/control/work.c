#include "control/work.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/names.h"

#include <stdio.h>
#include <string.h>

#define FAILURES_UNSEEN 3
/* The API server's refusals may end without an event: a quota, a right. */
#define REFUSED_AGAIN_MS 60000

static void work_translate(struct work *work);
static void work_judge(struct work *work);
static void work_inspect(struct work *work);

struct json_view sandbox_of(const struct work *work)
{
	return source_get(work->control, SOURCE_SANDBOX, work->ns, work->name);
}

struct json_view pod_of(const struct work *work)
{
	return control_pod_of(work->control, work->ns, work->name);
}

static void work_free(struct work *work)
{
	struct control *control = work->control;

	if (work->call)
		kube_cancel(work->call);
	if (work->previous)
		work->previous->next = work->next;
	else
		control->works = work->next;
	if (work->next)
		work->next->previous = work->previous;
	control->work_count--;
	agent_objects_fini(&work->objects);
	for (int part = 0; part < PART_COUNT; part++)
		apply_text_fini(&work->texts[part]);
	apply_text_fini(&work->sandbox_text);
	inputs_fini(&work->inputs);
	json_doc_free(work->agent_doc);
	free(work->key);
	free(work);
}

void work_note(struct work *work, int source, struct json_doc *written)
{
	work->control->is_noting = true;
	source_note(work->control, source, written);
	work->control->is_noting = false;
}

bool work_made(const struct control_source *source, struct json_view object)
{
	const char *hash = object_annotation(object, ANNOTATION_APPLIED);
	const char *ns = object_namespace(object);
	struct json_view owner = object_controller_owner(object);

	if (!*hash)
		return false;
	for (const struct work *work = source->control->works; work; work = work->next) {
		if (strcmp(work->ns, ns) != 0 || !json_text_is(json_get(owner, "name"), work->name))
			continue;
		for (int part = 0; part < PART_COUNT; part++)
			if (strcmp(work->hashes[part], hash) == 0)
				return true;
		return strcmp(work->sandbox_hash, hash) == 0;
	}
	return false;
}

void work_cancel_all(struct control *control)
{
	while (control->works) {
		queue_done(&control->queue, control->works->key);
		work_free(control->works);
	}
}

/* The end of every work: gives the key back to the queue. */
void work_end(struct work *work, const struct error *err)
{
	struct control *control = work->control;
	uint64_t now = clock_monotonic_ms();
	uint64_t again_ms = work->again_ms;
	struct error ignored;

	control->reconciles++;
	if (err && error_is_retryable(err)) {
		uint64_t delay = queue_failed(&control->queue, work->key, now, err->retry_after_ms);

		control->failures++;
		log_warn("reconcile will be tried again", LOG_OBJ(work->key), LOG_ERR(err),
			LOG_INT("after_ms", delay));
	} else {
		struct memory *memory = map_get(&control->memories, work->key);

		if (memory && !work->is_refused)
			memory->failures = 0;
		if (work->writes)
			log_info("reconciled", LOG_OBJ(work->key), LOG_INT("writes", work->writes),
				LOG_MS((clock_monotonic_us() - work->started_us) / 1000));
		if (again_ms && !queue_add(&control->queue, work->key, now + again_ms, &ignored))
			log_error("out of memory", LOG_OBJ(work->key));
		queue_done(&control->queue, work->key);
	}
	work_free(work);
	control_arm(control);
}

/*
 * What the agent's users must know: it is not accepted, because ... Goes into the status. A peer's passing fault (a conflict, a cut
 * connection) is tried again first and shown when it lasts.
 */
void work_refuse(struct work *work)
{
	struct memory *memory = control_memory(work->control, work->key);

	if (memory && error_is_retryable(&work->err) && work->err.code != ERR_PENDING &&
		memory->failures++ < FAILURES_UNSEEN) {
		work_end(work, &work->err);
		return;
	}
	if (work->err.code != ERR_NOT_FOUND && work->err.code != ERR_UNSUPPORTED)
		work->again_ms = REFUSED_AGAIN_MS;
	work->is_refused = true;
	work_status(work);
}

static void on_value(void *context, struct json_doc *doc, const struct error *err)
{
	struct work *work = context;

	work->call = NULL;
	if (err && err->code != ERR_NOT_FOUND) {
		work->err = *err;
		work_refuse(work);
		return;
	}
	if (!inputs_answer(&work->inputs, err ? NULL : doc, &work->err)) {
		work_end(work, &work->err);
		return;
	}
	work_translate(work);
}

static void work_read_value(struct work *work)
{
	const struct kube_resource *resource = inputs_wanted_resource(&work->inputs);

	if (!resource) { /* a watch is not filled: its completion wants every agent again */
		work->again_ms = 1000;
		work_end(work, NULL);
		return;
	}
	if (!kube_get(work->control->client, resource, work->inputs.wanted_ns,
		    work->inputs.wanted_name, on_value, work, &work->call, &work->err))
		work_end(work, &work->err);
}

/* False: the pass has ended, or goes on when a value was read. */
static bool translate(struct work *work)
{
	struct agent_world world = inputs_world(&work->inputs);
	bool is_done = agent_translate(
		&work->control->settings, &world, work->agent, &work->objects, &work->err);
	struct error err;

	if (!is_done && work->err.code == ERR_PENDING) {
		work_read_value(work);
		return false;
	}
	if (!references_set(&work->control->references, work->key, &work->inputs.seen, &err)) {
		work_end(work, &err);
		return false;
	}
	if (!is_done)
		work_refuse(work);
	return is_done;
}

static void work_translate(struct work *work)
{
	agent_objects_fini(&work->objects);
	if (!translate(work))
		return;
	if (!work->control->api.resource) {
		error_set(&work->err, ERR_UNSUPPORTED, NULL,
			"agent-sandbox is not installed: this cluster serves no agents.x-k8s.io "
			"Sandbox; install "
			"the agent-sandbox CRDs and controller, the agent is picked up by itself");
		work_refuse(work);
		return;
	}
	if (!source_has_synced(work->control, SOURCE_SANDBOX)) {
		work->again_ms = 1000;
		work_end(work, NULL);
		return;
	}
	if (!judge_wanted(work))
		work_refuse(work);
	else if (must_inspect(work))
		work_inspect(work);
	else
		work_judge(work);
}

static void work_judge(struct work *work)
{
	if (!judge_world(work)) {
		work_refuse(work);
		return;
	}
	work->part = 0;
	if (work->control->ask_busy && judge_depends_on_idle(work)) {
		work->is_asking = true;
		work->control->ask_busy(work->control->context, work->ns, work->name);
		return;
	}
	work_write_parts(work);
}

void work_answer_busy(struct control *control, const char *key, bool is_busy)
{
	struct work *work = control->works;

	while (work && !(work->is_asking && strcmp(work->key, key) == 0))
		work = work->next;
	if (!work)
		return; /* it was cancelled */
	work->is_asking = false;
	if (is_busy)
		judge_busy_elsewhere(work);
	work_write_parts(work);
}

static void on_inspected(void *context, struct json_doc *doc, const struct error *err)
{
	struct work *work = context;

	work->call = NULL;
	if (err && err->code == ERR_NOT_FOUND) { /* its watch tells soon */
		work->again_ms = 1000;
		work_end(work, NULL);
	} else if (err) {
		work->err = *err;
		error_wrap(&work->err, "read Sandbox %s", work->key);
		work_refuse(work);
	} else {
		judge_inspected(work, json_root(doc));
		work_judge(work);
	}
}

/* The Sandbox's spec may not be as we want it: its template, which the cache does not keep, is compared. */
static void work_inspect(struct work *work)
{
	if (!kube_get(work->control->client, work->control->api.resource, work->ns, work->name,
		    on_inspected, work, &work->call, &work->err))
		work_end(work, &work->err);
}

bool send_write(struct work *work, const struct kube_resource *resource, const char *name,
	struct kube_request *request, bool (*is_known)(void *work, const char *rv))
{
	AUTO(buffer) struct buffer path = { 0 };

	kube_path(&path, resource, work->ns, name, NULL);
	if (!buffer_ok(&path, &work->err) || !buffer_ok(&request->body, &work->err)) {
		buffer_fini(&request->body);
		return false;
	}
	request->path = path.data;
	request->context = work;
	if (!kube_start(work->control->client, request, &work->call, &work->err))
		return false;
	kube_call_skip_known(work->call, is_known);
	return true;
}

bool send_text_patch(struct work *work, const struct kube_resource *resource, const char *name,
	const char *type, const char *text, kube_done_fn done)
{
	struct kube_request request = {
		.method = "PATCH", .query = WORK_WRITE_QUERY, .content_type = type, .done = done
	};

	buffer_puts(&request.body, text);
	return send_write(work, resource, name, &request, NULL);
}

static struct work *work_new(struct control *control, const char *key)
{
	struct work *work = calloc(1, sizeof(*work));
	const char *slash = strchr(key, '/');

	if (work)
		work->key = strdup(key);
	if (!work || !work->key) {
		free(work);
		return NULL;
	}
	work->control = control;
	snprintf(work->ns_text, sizeof(work->ns_text), "%.*s", (int)(slash - key), key);
	work->ns = work->ns_text;
	work->name = strchr(work->key, '/') + 1;
	work->started_us = clock_monotonic_us();
	work->is_told = true;
	inputs_init(&work->inputs, control);
	work->next = control->works;
	if (control->works)
		control->works->previous = work;
	control->works = work;
	control->work_count++;
	return work;
}

void work_start(struct control *control, const char *key)
{
	struct work *work = work_new(control, key);

	if (!work) {
		queue_failed(&control->queue, key, clock_monotonic_ms(), 0);
		return;
	}
	work->agent_doc = source_hold(control, AGENT_KIND_SANDBOX_AGENT, work->ns, work->name);
	work->agent = json_root(work->agent_doc);
	if (!work->agent_doc || object_is_deleting(work->agent)) {
		/* Not ours, or going: its objects go by garbage collection. */
		follow_deleted(control, key);
		work_end(work, NULL);
		return;
	}
	if (!control_memory(control, key)) {
		error_no_memory(&work->err);
		work_end(work, &work->err);
		return;
	}
	work_translate(work);
}
