#include "api/call.h"
#include "base/text.h"

static const char *const issues[] = { "instructions", "factual", "incomplete", "tool" };

static bool is_issue(struct json_view issue)
{
	if (!json_is_present(issue))
		return true;
	for (size_t i = 0; i < COUNT(issues); i++)
		if (json_text_is(issue, issues[i]))
			return true;
	return false;
}

static void added(struct api_call *call, struct store_job *job)
{
	struct buffer none = { 0 };

	buffer_puts(&none, "{}");
	if (job->ok)
		call_answer(call, 200, &none, "Feedback submitted successfully");
	else
		call_refuse_job(call, job, "Failed to store feedback");
	buffer_fini(&none);
}

void feedback_add_one(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *body = NULL;
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(store_job) struct store_job *job = NULL;
	struct json_view said;

	if (!call_body(call, &body))
		return;
	said = json_root(body);
	if (json_kind(json_get(said, "is_positive")) != JSON_BOOL ||
		!is_issue(json_get(said, "issue_type"))) {
		call_refuse(call, 400,
			"Invalid feedback data format: is_positive must be true or false, "
			"issue_type one of instructions, "
			"factual, incomplete, tool");
		return;
	}
	if (text_is_empty(json_text(json_get(said, "feedback_text"), NULL))) {
		call_refuse(call, 400, "Missing required field: feedbackText");
		return;
	}
	job = call_job(call, STORE_FEEDBACK_ADD);
	if (!job)
		return;
	json_write(&text, said);
	job->data = buffer_take(&text);
	if (job->data)
		call_submit(call, take_store_job(&job), added);
	else
		call_refuse_no_memory(call);
}

static void listed(struct api_call *call, struct store_job *job)
{
	if (job->ok)
		call_answer(call, 200, &job->json, "Successfully listed feedback");
	else
		call_refuse_job(call, job, "Failed to list feedback");
}

void feedback_list_all(struct api_call *call)
{
	struct store_job *job = call_job(call, STORE_FEEDBACK_LIST);

	if (job)
		call_submit(call, job, listed);
}
