/* The steps of a roll-out, as requests. */
#include "control/work.h"

#include "base/clock.h"
#include "control/names.h"

#include <string.h>

static void on_sandbox(void *context, struct json_doc *doc, const struct error *err)
{
	struct work *work = context;
	struct memory *memory = control_memory(work->control, work->key);

	work->call = NULL;
	if (err) {
		work->err = *err;
		error_wrap(&work->err, "write Sandbox %s", work->key);
		work_refuse(work);
		return;
	}
	work->writes++;
	if (memory)
		memory->sandbox_generation =
			object_generation(doc ? json_root(doc) : sandbox_of(work));
	if (work->step ==
		ROLLOUT_CREATE) { /* done; every other step has a next one, which the change brings */
		work_note(work, SOURCE_SANDBOX, doc);
		work->step = ROLLOUT_NOTHING;
	} else {
		source_note(work->control, SOURCE_SANDBOX, doc);
	}
	work_status(work);
}

static bool is_sandbox_known(void *context, const char *rv)
{
	return strcmp(object_rv(sandbox_of(context)), rv) == 0;
}

static bool create_sandbox(struct work *work)
{
	struct kube_request request = {
		.method = "POST", .query = WORK_WRITE_QUERY, .done = on_sandbox
	};

	if (*work->lack) /* what was hashed has fields that the served Sandbox has no place for */
		json_value_write(&request.body, work->objects.sandbox);
	else
		apply_put_object(&request.body, &work->sandbox_text, work->objects.sandbox);
	return send_write(work, work->control->api.resource, NULL, &request, is_sandbox_known);
}

static bool patch_sandbox(struct work *work, bool with_template, enum apply_mode mode)
{
	AUTO(text) char *text = NULL;

	return apply_sandbox_patch(&(struct apply_sandbox){ .wanted = work->objects.sandbox,
					   .existing = sandbox_of(work),
					   .with_template = with_template,
					   .mode = mode,
					   .v1beta1 = work->control->api.is_v1beta1 },
		       &text, &work->err) &&
	       send_text_patch(work, work->control->api.resource, work->name,
		       "application/json-patch+json", text, on_sandbox);
}

/* The cache may lag: the pod is only believed gone when the API server says so, for a resumed Sandbox adopts a dying pod. */
static void on_pod_gone(void *context, struct json_doc *doc, const struct error *err)
{
	struct work *work = context;

	work->call = NULL;
	if (!err || err->code != ERR_NOT_FOUND) {
		(void)doc;
		work->again_ms = 1000;
		work->step = ROLLOUT_WAIT_POD_GONE;
		work_status(work);
		return;
	}
	if (!patch_sandbox(work, false, APPLY_RUN))
		work_refuse(work);
}

static void count_bounce(struct work *work)
{
	struct memory *memory = control_memory(work->control, work->key);

	if (!memory || !work->facts.is_pod_finished)
		return;
	memory->bounces++;
	memory->last_bounce_ms = clock_monotonic_ms();
}

static void tell_step(struct work *work)
{
	struct kube_events *events = work->control->events;
	long long generation = object_generation(work->agent);

	switch (work->step) {
	case ROLLOUT_REPLACE:
		if (work->facts.is_pod_finished)
			kube_events_tell(events, work->agent, true, "PodFinished",
				"the pod has ended: replacing it");
		else
			kube_events_tell(events, work->agent, false, "RollOutStarted",
				"rolling out generation %lld: stopping the old pod", generation);
		break;
	case ROLLOUT_RESUME:
		kube_events_tell(events, work->agent, false, "RollOutResumed",
			"the old pod is gone: starting one of generation %lld", generation);
		break;
	case ROLLOUT_UNSTICK:
		kube_events_tell(events, work->agent, true, "PodLost",
			"the pod was lost: asking for a new one");
		break;
	default:
		break;
	}
}

static bool send_step(struct work *work)
{
	static const char unstick[] =
		"{\"metadata\":{\"annotations\":{\"" ANNOTATION_POD_NAME "\":null}}}";
	const struct kube_resource *resource = work->control->api.resource;

	switch (work->step) {
	case ROLLOUT_CREATE:
		return create_sandbox(work);
	case ROLLOUT_REPLACE:
		count_bounce(work);
		return patch_sandbox(work, true, APPLY_SUSPEND);
	case ROLLOUT_REVISE:
		return patch_sandbox(work, true, APPLY_KEEP_MODE);
	case ROLLOUT_RESUME:
		return kube_get(work->control->client, &kube_pods, work->ns, work->name,
			on_pod_gone, work, &work->call, &work->err);
	case ROLLOUT_UNSTICK:
		return send_text_patch(work, resource, work->name, "application/merge-patch+json",
			unstick, on_sandbox);
	default:
		return patch_sandbox(work, true, APPLY_KEEP_MODE); /* metadata alone */
	}
}

static bool needs_metadata_patch(const struct work *work)
{
	return work->step == ROLLOUT_NOTHING &&
	       apply_judge(sandbox_of(work), work->agent, work->sandbox_hash) == APPLY_CHANGE;
}

void work_step(struct work *work)
{
	switch (work->step) {
	case ROLLOUT_WAIT_POD_GONE:
		work->again_ms = 5000; /* the watch tells sooner */
		work_status(work);
		return;
	case ROLLOUT_WAIT_DELETED:
	case ROLLOUT_WAIT_IDLE:
	case ROLLOUT_WAIT_APPROVAL:
		work_tell_pod(work);
		return;
	case ROLLOUT_NOTHING:
		if (!needs_metadata_patch(work)) {
			work_tell_pod(work);
			return;
		}
		break;
	default:
		break;
	}
	tell_step(work);
	if (!send_step(work))
		work_refuse(work);
}
