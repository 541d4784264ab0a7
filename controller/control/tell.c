/* A running pod is told of new sandbox settings: they are in force within seconds, without a restart. */
#include "control/work.h"

#include "base/clock.h"
#include "control/names.h"

#include <stdio.h>
#include <string.h>

/* A kubelet refreshes the files of a pod it was told of well within this time. */
#define TOLD_SETTLES_MS 2000

static void on_told(void *context, struct json_doc *doc, const struct error *err)
{
	struct work *work = context;
	struct memory *memory = control_memory(work->control, work->key);

	work->call = NULL;
	if (err && err->code != ERR_NOT_FOUND) {
		work->err = *err;
		error_wrap(&work->err, "tell pod %s of its new sandbox settings", work->key);
		work_refuse(work);
		return;
	}
	work->writes++;
	source_note(work->control, SOURCE_POD, doc);
	if (memory)
		memory->told_ms = clock_monotonic_ms();
	work->again_ms = TOLD_SETTLES_MS;
	work->is_told = false;
	work_status(work);
}

/* Whether the pod must be told: it is older than the last change, and has not been told of this content. */
static bool must_tell(const struct work *work, struct json_view pod)
{
	const char *changed_at =
		object_annotation(part_existing(work, PART_SRT), ANNOTATION_CHANGED_AT);
	const char *born = json_text_or(json_dig(pod, "metadata", "creationTimestamp"), "");

	return json_is_present(pod) && !object_is_deleting(pod) && strcmp(born, changed_at) <= 0 &&
	       strcmp(object_annotation(pod, ANNOTATION_TOLD), work->settings_hash) != 0;
}

/* A write to the pod's metadata makes its kubelet look at the mounted files at once, not within 90 s. */
void work_tell_pod(struct work *work)
{
	struct json_view pod = pod_of(work);
	struct memory *memory = control_memory(work->control, work->key);
	char patch[256];
	uint64_t since;

	if (must_tell(work, pod)) {
		snprintf(patch, sizeof(patch), "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}",
			ANNOTATION_TOLD, work->settings_hash);
		if (!send_text_patch(work, &kube_pods, object_name(pod),
			    "application/merge-patch+json", patch, on_told))
			work_refuse(work);
		return;
	}
	since = memory && memory->told_ms ? clock_monotonic_ms() - memory->told_ms
					  : TOLD_SETTLES_MS;
	work->is_told = since >= TOLD_SETTLES_MS;
	if (!work->is_told)
		work->again_ms = TOLD_SETTLES_MS - since;
	work_status(work);
}
