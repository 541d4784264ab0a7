#include "api/call.h"
#include "base/digest.h"
#include "base/text.h"
#include "json/value.h"

#include <string.h>

/* Tasks are kept as A2A 0.3 has them; a caller may have them in 1.0. Source: the header A2A-Version. */
static bool wants_version_1(const struct api_call *call)
{
	const char *version = http_header(call->exchange, "A2A-Version");

	return version && strcmp(version, "1.0") == 0 && call->api->write_task;
}

static bool speaks_known_version(struct api_call *call)
{
	const char *version = http_header(call->exchange, "A2A-Version");

	if (text_is_empty(version) || strcmp(version, "0.3") == 0 || wants_version_1(call))
		return true;
	call_refuse(
		call, 400, "Unsupported A2A version: unsupported A2A version \"%.40s\"", version);
	return false;
}

/* Tasks by their own id, without their session's user, are for agents' pods where callers are not just believed. */
static bool may_name_task(struct api_call *call)
{
	if (!call_is_of_rbac_user(call))
		return true;
	call_refuse(call, 403,
		"Only agents' pods reach tasks this way: users find them by their session");
	return false;
}

/* What the store keeps has passed the reader once: only its size may be beyond the usual. */
static bool read_kept(const char *text, size_t bytes, struct json_doc **out)
{
	return json_doc_copy(
		text, bytes, &(struct json_limits){ .bytes = SIZE_MAX, .depth = 1024 }, out, NULL);
}

/* Turns a stored task, or an array of them, into what the caller asked for. */
static void speak(const struct api_call *call, struct buffer *json)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view root;

	if (!wants_version_1(call) || json->failed)
		return;
	if (!read_kept(json->data, json->bytes, &doc)) {
		json->failed = true;
		return;
	}
	root = json_root(doc);
	buffer_clear(json);
	if (json_kind(root) != JSON_ARRAY) {
		call->api->write_task(json, true, root);
		return;
	}
	buffer_putc(json, '[');
	json_foreach (task, root) {
		if (json->bytes > 1)
			buffer_putc(json, ',');
		call->api->write_task(json, true, task);
	}
	buffer_putc(json, ']');
}

/* A task that came without an id gets one; otherwise it is kept byte for byte. */
static bool name_task(struct json_view task, char **id, char **text, struct error *err)
{
	AUTO(json) struct json_object *tree = NULL;
	AUTO(buffer) struct buffer named = { 0 };
	char made[UUID_TEXT_BYTES];

	random_uuid(made);
	tree = json_from_view(task);
	if (!json_set_text(tree, "id", made, err) || !text_replace(id, made, err))
		return false;
	json_value_write(&named, tree);
	free(*text);
	*text = buffer_take(&named);
	return *text || error_no_memory(err);
}

static void put(struct api_call *call, struct store_job *job)
{
	struct buffer task = { 0 };

	if (!job->ok) {
		call_refuse_job(call, job, "Failed to create task");
		return;
	}
	buffer_puts(&task, job->data);
	speak(call, &task);
	call_answer(call, 201, &task, "Successfully created task");
}

/* The posted task as it will be kept: byte for byte, unless it came in 1.0. False: it was refused. */
static bool read_posted(struct api_call *call, struct json_doc **task, char **text)
{
	struct buffer *body = http_body(call->exchange);
	AUTO(json_doc) struct json_doc *posted = NULL;
	AUTO(buffer) struct buffer kept = { 0 };

	if (!wants_version_1(call))
		buffer_append(&kept, body->data ? body->data : "", body->bytes);
	if (!call_body(call, &posted))
		return false;
	if (!wants_version_1(call))
		*task = take_json_doc(&posted);
	else
		call->api->write_task(&kept, false, json_root(posted));
	if (!kept.failed && (*task || read_kept(kept.data, kept.bytes, task)))
		*text = buffer_take(&kept);
	if (!*text)
		call_refuse_no_memory(call);
	return *text;
}

void tasks_put(struct api_call *call)
{
	AUTO(store_job) struct store_job *job = NULL;
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(text) char *text = NULL;
	struct json_view task;
	struct error err;

	if (!may_name_task(call) || !speaks_known_version(call) || !read_posted(call, &doc, &text))
		return;
	task = json_root(doc);
	job = call_job(call, STORE_TASK_PUT);
	if (!job || !call_set(call, &job, &job->id, json_text(json_get(task, "id"), NULL)) ||
		!call_set(call, &job, &job->session, json_text_or(json_get(task, "contextId"), "")))
		return;
	job->data = take_text(&text);
	if (text_is_empty(job->id) && !name_task(task, &job->id, &job->data, &err))
		call_refuse_no_memory(call);
	else
		call_submit(call, take_store_job(&job), put);
}

static void got(struct api_call *call, struct store_job *job)
{
	if (!job->ok) {
		call_refuse_job(call, job, "Task not found");
		return;
	}
	speak(call, &job->json);
	call_answer(call, 200, &job->json, "Successfully retrieved task");
}

void tasks_get(struct api_call *call)
{
	AUTO(store_job) struct store_job *job = NULL;

	if (!may_name_task(call) || !speaks_known_version(call))
		return;
	job = call_job(call, STORE_TASK_GET);
	if (job && call_set(call, &job, &job->id, call->values[0]))
		call_submit(call, take_store_job(&job), got);
}

static void deleted(struct api_call *call, struct store_job *job)
{
	if (job->ok)
		http_answer(call->exchange, 204, NULL, NULL);
	else
		call_refuse_job(call, job, "Failed to delete task");
}

void tasks_delete(struct api_call *call)
{
	AUTO(store_job) struct store_job *job = NULL;

	if (!may_name_task(call))
		return;
	job = call_job(call, STORE_TASK_DELETE);
	if (job && call_set(call, &job, &job->id, call->values[0]))
		call_submit(call, take_store_job(&job), deleted);
}

static void listed(struct api_call *call, struct store_job *job)
{
	if (!job->ok) {
		call_refuse_job(call, job, "Session not found for given ID");
		return;
	}
	speak(call, &job->json);
	call_answer(call, 200, &job->json, "Successfully retrieved session tasks");
}

void tasks_of_session(struct api_call *call)
{
	AUTO(store_job) struct store_job *job = NULL;

	if (!speaks_known_version(call))
		return;
	job = call_job(call, STORE_TASK_LIST);
	if (job && call_set(call, &job, &job->session, call->values[0]))
		call_submit(call, take_store_job(&job), listed);
}
