/* What a replica tells its own actors of an agent: the leader's status says what is meant, the pod what is. Nothing is written. */
#include "control/actor.h"

#include "base/log.h"
#include "base/text.h"
#include "control/names.h"

#include <stdio.h>
#include <string.h>

struct json_view control_pod_of(const struct control *control, const char *ns, const char *name)
{
	struct json_view sandbox = source_get(control, SOURCE_SANDBOX, ns, name);
	const char *tracked = object_annotation(sandbox, ANNOTATION_POD_NAME);
	struct json_view pod = source_get(control, SOURCE_POD, ns, *tracked ? tracked : name);

	return object_is_owned_by(pod, object_uid(sandbox)) ? pod : (struct json_view){ 0 };
}

static const char *message_of(struct json_view condition)
{
	return json_text_or(json_get(condition, "message"), "");
}

/* The leader's word alone would do while it lives; the pod may be lost when no replica leads. */
static bool read_readiness(const struct control *control, struct control_notice *notice)
{
	struct json_view agent = json_root(notice->agent);
	struct json_view accepted = object_condition(agent, "Accepted");
	struct json_view ready = object_condition(agent, "Ready");
	struct json_view sandbox = source_get(control, SOURCE_SANDBOX, notice->ns, notice->name);
	struct json_view pod = control_pod_of(control, notice->ns, notice->name);
	struct rollout_facts facts = { 0 };
	const char *waits_for = message_of(ready);

	rollout_read(sandbox, pod, &facts);
	notice->is_accepted = !json_text_is(json_get(accepted, "status"), "False");
	if (!json_is_present(ready))
		waits_for = "the leading replica to look at it";
	else if (!notice->is_accepted)
		waits_for = message_of(accepted);
	else if (json_text_is(json_get(ready, "status"), "True")) {
		notice->is_ready = !facts.is_suspended && status_pod_serves(sandbox, pod);
		waits_for = notice->is_ready ? waits_for : "the pod is not ready yet";
	}
	if (notice->is_ready)
		notice->address = text_format(
			"http://%s:8080", json_text_or(json_dig(pod, "status", "podIP"), ""));
	notice->waits_for = strdup(waits_for);
	return notice->waits_for && (notice->address || !notice->is_ready);
}

static struct control_notice *notice_new(const char *key)
{
	struct control_notice *notice = calloc(1, sizeof(*notice));
	const char *slash = strchr(key, '/');

	if (!notice)
		return NULL;
	notice->ns = strndup(key, (size_t)(slash - key));
	notice->name = strdup(slash + 1);
	if (notice->ns && notice->name)
		return notice;
	control_notice_free(notice);
	return NULL;
}

void follow_deleted(struct control *control, const char *key)
{
	struct control_notice *notice;

	if (map_get(&control->memories, key)) {
		notice = notice_new(key);
		if (notice)
			control->on_notice(control->context, notice);
		else
			log_error("out of memory", LOG_OBJ(key));
	}
	control_forget(control, key);
}

void follow_agent(struct control *control, const char *key)
{
	struct control_notice *notice = notice_new(key);

	if (notice)
		notice->agent =
			source_hold(control, AGENT_KIND_SANDBOX_AGENT, notice->ns, notice->name);
	if (notice && (!notice->agent || object_is_deleting(json_root(notice->agent)))) {
		follow_deleted(control, key);
		control_notice_free(notice);
		return;
	}
	if (notice)
		notice->exists = true;
	if (notice && control_memory(control, key) && read_readiness(control, notice)) {
		control->on_notice(control->context, notice);
		return;
	}
	log_error("out of memory", LOG_OBJ(key));
	control_notice_free(notice);
}
