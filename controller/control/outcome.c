/* What a pass tells: the status to the API server, the notice to the other actors. */
#include "control/work.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void remark(const struct work *work, char *out, size_t out_bytes)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < work->objects.left_out_count && used < out_bytes; i++) {
		int wrote = snprintf(out + used, out_bytes - used, "%s\"%s\"",
			i ? ", "
			  : "; left out of the sandbox settings, as srt would refuse the whole "
			    "file for it: ",
			work->objects.left_out[i]);

		used += wrote > 0 ? (size_t)wrote : 0;
	}
}

/* Until the Sandbox is as wanted, it may lack what it lacked before. */
static const char *lack_of(const struct work *work)
{
	const char *before = status_lack(work->agent);

	return work->facts.is_template_current || !*before ? work->lack : before;
}

static void read_facts(const struct work *work, const char *left_out, struct status_facts *facts)
{
	*facts = (struct status_facts){ .agent = work->agent,
		.refusal = work->is_refused ? &work->err : NULL,
		.remark = left_out,
		.has_sandbox_api = work->control->api.resource != NULL,
		.sandbox = sandbox_of(work),
		.pod = pod_of(work),
		.step = work->step,
		.is_told = work->is_told,
		.lack = lack_of(work) };
}

/* The agent as it is now: the same document that the cache keeps, not one more. */
static struct json_doc *hold_agent(const struct work *work)
{
	struct json_doc *doc =
		source_hold(work->control, AGENT_KIND_SANDBOX_AGENT, work->ns, work->name);

	return doc ? doc : json_doc_ref(work->agent_doc);
}

/* The ModelConfig by which the agent thinks: an agent of its user's own making names none. */
static struct json_doc *hold_model(const struct work *work)
{
	const char *otherwise = work->control->settings.default_model_config;
	struct json_view spec = json_get(work->agent, "spec");
	const char *name = json_text_or(json_dig(spec, "declarative", "modelConfig"), "");

	if (json_text_is(json_get(spec, "type"), "BYO"))
		return NULL;
	if (!*name)
		name = text_is_empty(otherwise) ? "default-model-config" : otherwise;
	return source_hold(work->control, AGENT_KIND_MODEL_CONFIG, work->ns, name);
}

static void work_notice(struct work *work)
{
	struct control_notice *notice = calloc(1, sizeof(*notice));
	struct status_facts facts;
	struct status_ready ready;

	if (!notice)
		return;
	read_facts(work, "", &facts);
	status_ready(&facts, &ready);
	notice->exists = true;
	notice->is_accepted = !work->is_refused;
	notice->is_ready = strcmp(ready.status, "True") == 0;
	notice->ns = strdup(work->ns);
	notice->name = strdup(work->name);
	notice->waits_for = strdup(work->is_refused ? work->err.text : ready.message);
	notice->agent = hold_agent(work);
	notice->model = hold_model(work);
	if (notice->is_ready)
		notice->address = text_format(
			"http://%s:8080", json_text_or(json_dig(facts.pod, "status", "podIP"), ""));
	if (notice->ns && notice->name && notice->waits_for &&
		(notice->address || !notice->is_ready))
		work->control->on_notice(work->control->context, notice);
	else
		control_notice_free(notice);
}

/* The end of a pass: the other actors are told, with the status as it was written. */
static void outcome_end(struct work *work, const struct error *err)
{
	work_notice(work);
	work_end(work, err);
}

static void on_status(void *context, struct json_doc *doc, const struct error *err)
{
	struct work *work = context;

	work->call = NULL;
	if (err && err->code != ERR_NOT_FOUND) {
		struct error failure = *err;

		error_wrap(&failure, "write the status of SandboxAgent %s", work->key);
		outcome_end(work, &failure);
		return;
	}
	work->writes++;
	work_note(work, AGENT_KIND_SANDBOX_AGENT, doc);
	outcome_end(work, work->is_refused ? &work->err : NULL);
}

static bool is_status_known(void *context, const char *rv)
{
	const struct work *work = context;
	struct json_view agent =
		source_get(work->control, AGENT_KIND_SANDBOX_AGENT, work->ns, work->name);

	return strcmp(object_rv(agent), rv) == 0;
}

void work_status(struct work *work)
{
	AUTO(json) struct json_object *status = NULL;
	AUTO(json) struct json_object *patch = json_object_new_object();
	char now[CLOCK_RFC3339_BYTES];
	char left_out[600];
	struct status_facts facts;
	struct error err;

	remark(work, left_out, sizeof(left_out));
	clock_rfc3339(clock_wall_ms(), now);
	read_facts(work, left_out, &facts);
	if (!status_build(&facts, now, &status, &err)) {
		outcome_end(work, &err);
		return;
	}
	if (!status) {
		outcome_end(work, work->is_refused ? &work->err : NULL);
		return;
	}
	if (!patch || !json_set(patch, "status", take_json(&status), &err) ||
		!kube_patch(work->control->client, &kube_sandbox_agents, work->ns, work->name,
			"status", KUBE_PATCH_MERGE, patch, on_status, work, &work->call, &err))
		outcome_end(work, &err);
	else
		kube_call_skip_known(work->call, is_status_known);
}
