#include "api/call.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

#define DIMENSIONS 768
#define MOST_ITEMS 50

static bool has_all(struct json_view item)
{
	return !text_is_empty(json_text(json_get(item, "agent_name"), NULL)) &&
	       !text_is_empty(json_text(json_get(item, "user_id"), NULL)) &&
	       json_count(json_get(item, "vector"));
}

/* An agent that proved itself keeps and finds its own memories only. */
static bool is_its_own(const struct api_call *call, const char *agent)
{
	AUTO(text) char *named = NULL;

	if (!call->caller.agent)
		return true;
	return agent_to_python(agent, &named, NULL) && strcmp(named, call->caller.agent) == 0;
}

/* Where callers are not just believed, a user has memories of its own. */
static bool is_same_user(const struct api_call *call, const char *user)
{
	return !call_is_of_rbac_user(call) || strcmp(user, call->caller.user) == 0;
}

static bool check_vector(struct api_call *call, struct json_view vector)
{
	if (json_kind(vector) != JSON_ARRAY || json_count(vector) != DIMENSIONS) {
		call_refuse(call, 400, "vector must have exactly %d dimensions, got %zu",
			DIMENSIONS, json_count(vector));
		return false;
	}
	json_foreach (number, vector) {
		if (json_kind(number) != JSON_NUMBER) {
			call_refuse(call, 400, "Invalid request body: vector must hold numbers");
			return false;
		}
	}
	return true;
}

static bool check_item(struct api_call *call, struct json_view item, const char *says)
{
	if (!has_all(item)) {
		call_refuse(call, 400, "%s", says);
		return false;
	}
	if (!is_its_own(call, json_text(json_get(item, "agent_name"), NULL))) {
		call_refuse(call, 403, "An agent can only keep memories of its own");
		return false;
	}
	if (!is_same_user(call, json_text(json_get(item, "user_id"), NULL))) {
		call_refuse(call, 403, "A user can only keep memories of its own");
		return false;
	}
	return check_vector(call, json_get(item, "vector"));
}

static void submit_items(struct api_call *call, struct buffer *items, call_then_fn then)
{
	struct store_job *job = call_job(call, STORE_MEMORY_ADD);

	if (!job)
		return;
	job->data = buffer_take(items);
	if (job->data) {
		call_submit(call, job, then);
	} else {
		store_job_free(job);
		call_refuse_no_memory(call);
	}
}

static void answer_id(struct api_call *call, struct store_job *job)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct buffer body = { 0 };

	if (!job->ok) {
		call_refuse_job(call, job, "failed to save memory");
		return;
	}
	buffer_puts(&body, "{\"id\":");
	if (json_doc_parse(&job->json, NULL, &doc, NULL))
		json_write(&body, json_item(json_get(json_root(doc), "ids"), 0));
	else
		body.failed = true;
	buffer_putc(&body, '}');
	call_answer_bare(call, 201, &body);
}

static void answer_count(struct api_call *call, struct store_job *job)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct buffer body = { 0 };

	if (!job->ok) {
		call_refuse_job(call, job, "failed to save memory");
		return;
	}
	if (json_doc_parse(&job->json, NULL, &doc, NULL))
		buffer_printf(
			&body, "{\"count\":%zu}", json_count(json_get(json_root(doc), "ids")));
	else
		body.failed = true;
	call_answer_bare(call, 201, &body);
}

void memories_add(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *body = NULL;
	AUTO(buffer) struct buffer items = { 0 };

	if (!call_body(call, &body) ||
		!check_item(call, json_root(body),
			"Missing required fields (agent_name, user_id, vector)"))
		return;
	buffer_putc(&items, '[');
	json_write(&items, json_root(body));
	buffer_putc(&items, ']');
	submit_items(call, &items, answer_id);
}

void memories_add_batch(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *body = NULL;
	AUTO(buffer) struct buffer items = { 0 };
	struct json_view list;

	if (!call_body(call, &body))
		return;
	list = json_get(json_root(body), "items");
	if (json_kind(list) != JSON_ARRAY || !json_count(list)) {
		call_refuse(call, 400, "Empty batch");
		return;
	}
	if (json_count(list) > MOST_ITEMS) {
		call_refuse(call, 400, "batch size %zu exceeds maximum allowed size of %d",
			json_count(list), MOST_ITEMS);
		return;
	}
	json_foreach (item, list)
		if (!check_item(call, item, "Missing required fields in batch item"))
			return;
	json_write(&items, list);
	submit_items(call, &items, answer_count);
}

static void answer_list(struct api_call *call, struct store_job *job)
{
	if (job->ok)
		call_answer_bare(call, 200, &job->json);
	else
		call_refuse_job(call, job, "failed to read memories");
}

static bool set_vector(struct api_call *call, struct store_job *job, struct json_view vector)
{
	job->vector = malloc(DIMENSIONS * sizeof(*job->vector));
	if (!job->vector) {
		call_refuse_no_memory(call);
		return false;
	}
	json_foreach (number, vector)
		job->vector[job->dimensions++] = strtof(json_number_text(number), NULL);
	return true;
}

void memories_search(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *body = NULL;
	AUTO(store_job) struct store_job *job = NULL;
	struct json_view asked;
	const char *score;

	if (!call_body(call, &body))
		return;
	asked = json_root(body);
	if (!check_item(call, asked, "Missing required fields (agent_name, user_id, vector)"))
		return;
	job = call_job(call, STORE_MEMORY_SEARCH);
	if (!job ||
		!call_set(
			call, &job, &job->agent, json_text(json_get(asked, "agent_name"), NULL)) ||
		!call_set(call, &job, &job->user, json_text(json_get(asked, "user_id"), NULL)) ||
		!set_vector(call, job, json_get(asked, "vector")))
		return;
	score = json_number_text(json_get(asked, "min_score"));
	job->min_score = score ? strtod(score, NULL) : 0;
	job->limit = json_int64_or(json_get(asked, "limit"), 0);
	call_submit(call, take_store_job(&job), answer_list);
}

/* A job on all memories of the agent and user in the query. NULL: it was refused. */
static struct store_job *job_of_query(struct api_call *call, enum store_job_kind kind)
{
	AUTO(store_job) struct store_job *job = NULL;
	AUTO(text) char *agent = NULL;
	AUTO(text) char *user = NULL;

	if (!call_query(call, "agent_name", &agent) || !call_query(call, "user_id", &user))
		return NULL;
	if (text_is_empty(agent) || text_is_empty(user)) {
		call_refuse(call, 400, "Missing required query parameters (agent_name, user_id)");
		return NULL;
	}
	if (!is_its_own(call, agent)) {
		call_refuse(call, 403, "An agent can only read memories of its own");
		return NULL;
	}
	if (!is_same_user(call, user)) {
		call_refuse(call, 403, "A user can only read memories of its own");
		return NULL;
	}
	job = call_job(call, kind);
	if (!job || !call_set(call, &job, &job->agent, agent) ||
		!call_set(call, &job, &job->user, user))
		return NULL;
	return take_store_job(&job);
}

void memories_list(struct api_call *call)
{
	struct store_job *job = job_of_query(call, STORE_MEMORY_LIST);

	if (job)
		call_submit(call, job, answer_list);
}

static void deleted(struct api_call *call, struct store_job *job)
{
	struct buffer body = { 0 };

	buffer_puts(&body, "{\"status\":\"deleted\"}");
	if (job->ok)
		call_answer_bare(call, 200, &body);
	else
		call_refuse_job(call, job, "failed to delete memories");
	buffer_fini(&body);
}

void memories_delete(struct api_call *call)
{
	struct store_job *job = job_of_query(call, STORE_MEMORY_DELETE);

	if (job)
		call_submit(call, job, deleted);
}
