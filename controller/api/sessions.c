#include "api/call.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

/* A longer one could not be spoken to: the proxy takes no such contextId. */
#define ID_MAX_BYTES 512

static struct json_view find_agent(const struct api_call *call, const char *ns, const char *name)
{
	const struct api_world *world = &call->api->world;

	return world->agent(world->context, ns, name);
}

/* True for an agent that is there, or of which nobody can tell yet. */
static bool may_exist(const struct api_call *call, const char *ns, const char *name)
{
	const struct api_world *world = &call->api->world;

	return json_is_present(find_agent(call, ns, name)) || !world->is_synced(world->context);
}

/* An agent that a request names. */
struct named_agent {
	char *ns, *name, *python;
};

static void named_agent_fini(struct named_agent *agent)
{
	free(agent->ns);
	free(agent->name);
	free(agent->python);
}

/* False: it was refused. */
static bool read_reference(struct api_call *call, const char *reference, struct named_agent *out)
{
	struct error err;

	if (text_is_empty(reference)) {
		call_refuse(call, 400, "agent_ref is required");
		return false;
	}
	if (agent_from_python(reference, &out->ns, &out->name, &err) &&
		!may_exist(call, out->ns, out->name))
		error_set(&err, ERR_NOT_FOUND, NULL, "there is no SandboxAgent %s in namespace %s",
			out->name, out->ns);
	else if (out->ns && agent_to_python(reference, &out->python, &err))
		return true;
	call_refuse(call, 400, "Agent ref is invalid, please check the agent ref %.200s: %s",
		reference, err.text);
	return false;
}

static void created(struct api_call *call, struct store_job *job)
{
	if (job->ok)
		call_answer(call, 201, &job->json, "Successfully created session");
	else
		call_refuse_job(call, job, "Failed to create session");
}

static void create(struct api_call *call, struct json_view asked, const struct named_agent *agent)
{
	AUTO(store_job) struct store_job *job = NULL;

	if (call->caller.agent && strcmp(call->caller.agent, agent->python) != 0) {
		call_refuse(call, 403, "An agent can only create sessions of its own");
		return;
	}
	if (strlen(json_text_or(json_get(asked, "id"), "")) > ID_MAX_BYTES) {
		call_refuse(call, 400, "id is longer than %d bytes", ID_MAX_BYTES);
		return;
	}
	job = call_job(call, STORE_SESSION_CREATE);
	if (!job || !call_set(call, &job, &job->agent, agent->python) ||
		!call_set(call, &job, &job->id, json_text(json_get(asked, "id"), NULL)) ||
		!call_set(call, &job, &job->name, json_text(json_get(asked, "name"), NULL)) ||
		!call_set(call, &job, &job->source, json_text(json_get(asked, "source"), NULL)))
		return;
	call_submit_talk(call, take_store_job(&job), agent->ns, agent->name, created);
}

void sessions_create(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *body = NULL;
	struct named_agent agent = { 0 };
	struct json_view asked;

	if (!call_body(call, &body))
		return;
	asked = json_root(body);
	if (read_reference(call, json_text(json_get(asked, "agent_ref"), NULL), &agent))
		create(call, asked, &agent);
	named_agent_fini(&agent);
}

static void listed(struct api_call *call, struct store_job *job)
{
	if (job->ok)
		call_answer(call, 200, &job->json, "Successfully listed sessions");
	else
		call_refuse_job(call, job, "Failed to list sessions");
}

void sessions_list(struct api_call *call)
{
	struct store_job *job = call_job(call, STORE_SESSION_LIST);

	if (job)
		call_submit(call, job, listed);
}

void sessions_of_agent(struct api_call *call)
{
	AUTO(store_job) struct store_job *job = NULL;
	AUTO(text) char *reference = text_format("%s/%s", call->values[0], call->values[1]);
	AUTO(text) char *agent = NULL;
	struct error err;

	if (!may_exist(call, call->values[0], call->values[1])) {
		call_refuse(call, 404,
			"Agent not found: there is no SandboxAgent %.200s in namespace %.100s",
			call->values[1], call->values[0]);
		return;
	}
	if (!reference || !agent_to_python(reference, &agent, &err)) {
		call_refuse_no_memory(call);
		return;
	}
	job = call_job(call, STORE_SESSION_LIST);
	if (!job || !call_set(call, &job, &job->agent, agent))
		return;
	job->from_agent_pod = false; /* sessions that other agents began are not shown */
	call_submit_talk(call, take_store_job(&job), call->values[0], call->values[1], listed);
}

static bool read_limit(struct api_call *call, int64_t *out)
{
	AUTO(text) char *text = NULL;
	char *end;

	if (!call_query(call, "limit", &text))
		return false;
	*out = 0;
	if (text_is_empty(text))
		return true;
	errno = 0;
	*out = strtoll(text, &end, 10);
	if (!errno && !*end && end != text)
		return true;
	call_refuse(call, 400, "Failed to parse limit: \"%.40s\" is no whole number", text);
	return false;
}

static bool read_after(struct api_call *call, int64_t *out_us)
{
	AUTO(text) char *text = NULL;
	struct error err;

	if (!call_query(call, "after", &text))
		return false;
	*out_us = 0;
	if (text_is_empty(text) || clock_parse_rfc3339(text, out_us, &err))
		return true;
	call_refuse(call, 400, "Failed to parse after timestamp: %s", err.text);
	return false;
}

static void got(struct api_call *call, struct store_job *job)
{
	if (job->ok)
		call_answer(call, 200, &job->json, "Successfully retrieved session");
	else
		call_refuse_job(call, job, "Session not found");
}

void sessions_get(struct api_call *call)
{
	AUTO(store_job) struct store_job *job = NULL;
	AUTO(text) char *order = NULL;
	int64_t limit, after_us;

	if (!call_query(call, "order", &order) || !read_limit(call, &limit) ||
		!read_after(call, &after_us))
		return;
	job = call_job(call, STORE_SESSION_GET);
	if (!job || !call_set(call, &job, &job->id, call->values[0]))
		return;
	job->ascending = order && strcmp(order, "asc") == 0;
	job->limit = limit;
	job->after_us = after_us;
	call_submit(call, take_store_job(&job), got);
}

static void renamed(struct api_call *call, struct store_job *job)
{
	if (job->ok)
		call_answer(call, 200, &job->json, "Successfully updated session");
	else
		call_refuse_job(call, job, "Session not found");
}

void sessions_rename(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *body = NULL;
	AUTO(store_job) struct store_job *job = NULL;
	const char *name;

	if (!call_body(call, &body))
		return;
	name = json_text(json_get(json_root(body), "name"), NULL);
	if (text_is_empty(name)) {
		call_refuse(call, 400, "session name is required");
		return;
	}
	job = call_job(call, STORE_SESSION_RENAME);
	if (job && call_set(call, &job, &job->id, call->values[0]) &&
		call_set(call, &job, &job->name, name))
		call_submit(call, take_store_job(&job), renamed);
}

static void deleted(struct api_call *call, struct store_job *job)
{
	struct buffer none = { 0 };

	buffer_puts(&none, "{}");
	if (job->ok)
		call_answer(call, 200, &none, "Session deleted successfully");
	else
		call_refuse_job(call, job, "Failed to delete session");
	buffer_fini(&none);
}

void sessions_delete(struct api_call *call)
{
	AUTO(store_job) struct store_job *job = call_job(call, STORE_SESSION_DELETE);

	if (job && call_set(call, &job, &job->id, call->values[0]))
		call_submit(call, take_store_job(&job), deleted);
}
