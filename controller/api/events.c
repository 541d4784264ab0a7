#include "api/call.h"
#include "base/digest.h"
#include "base/text.h"

static void added(struct api_call *call, struct store_job *job)
{
	if (job->ok)
		call_answer(call, 201, &job->json, "Event added to session successfully");
	else
		call_refuse_job(call, job, "Session not found");
}

/* The user as this call alone reads it: no default, so that an event never lands in a chat nobody meant. */
static bool names_user(struct api_call *call)
{
	AUTO(text) char *user = NULL;

	if (!call_query(call, "user_id", &user))
		return false;
	if (!text_is_empty(user) || !text_is_empty(http_header(call->exchange, "X-User-ID")))
		return true;
	call_refuse(call, 400, "Failed to get user ID: user_id is required");
	return false;
}

/* The event's own document is a text in the body; a document as such is taken, too. */
static bool set_data(struct api_call *call, struct store_job **job, struct json_view data)
{
	AUTO(buffer) struct buffer text = { 0 };

	if (json_text(data, NULL))
		return call_set(call, job, &(*job)->data, json_text(data, NULL));
	if (json_kind(data) != JSON_OBJECT) {
		call_refuse(
			call, 400, "Invalid request body: data must be the event's JSON document");
		return false;
	}
	json_write(&text, data);
	(*job)->data = buffer_take(&text);
	if ((*job)->data)
		return true;
	call_refuse_no_memory(call);
	return false;
}

void events_add(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *body = NULL;
	AUTO(store_job) struct store_job *job = NULL;
	char made[UUID_TEXT_BYTES];
	const char *id;

	if (!names_user(call) || !call_body(call, &body))
		return;
	id = json_text(json_get(json_root(body), "id"), NULL);
	if (text_is_empty(id)) {
		random_uuid(made);
		id = made;
	}
	job = call_job(call, STORE_EVENT_ADD);
	if (job && call_set(call, &job, &job->session, call->values[0]) &&
		call_set(call, &job, &job->id, id) &&
		set_data(call, &job, json_get(json_root(body), "data")))
		call_submit(call, take_store_job(&job), added);
}
