/*
 * One request to the API, from its arrival to its answer. It lives as long as the exchange is open or an answer of the store is
 * on its way; whichever ends last releases it. Only this room includes it.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/api.h"
#include "base/map.h"

struct api_call;
typedef void (*call_fn)(struct api_call *call);
/* What to do with the store's answer; `job` is borrowed, its texts may be moved out. */
typedef void (*call_then_fn)(struct api_call *call, struct store_job *job);

struct api_call {
	const struct api_options *api;
	struct http_exchange *exchange; /* NULL: the client is gone */
	char *values[ROUTE_VALUES];
	struct caller caller;
	call_fn handle;
	call_then_fn then;
	call_fn allowed; /* what comes after the right */
	struct store_job *held; /* what waits for the right */
	struct store_job *larger; /* what waits for room for its answer */
	struct map
		namespaces; /* which agents the caller may list: of each, call_may or call_may_not */
	char *asked_namespace; /* of which it is being found out */
	enum api_change_kind change;
	struct buffer wanted; /* by that change, as JSON */
	unsigned awaited; /* answers on their way */
};

/* Begins a call: learns who it is, then calls `handle`. */
void call_begin(const struct api_options *api, struct http_exchange *exchange,
	struct route_match *match, call_fn handle);

/* {"error":false,"data":...,"message":...}; `data` (moved in) may be NULL or empty, `message` NULL. */
void call_answer(struct api_call *call, int status, struct buffer *data, const char *message);
/* JSON without the envelope; moved in. */
void call_answer_bare(struct api_call *call, int status, struct buffer *json);
/* {"error":"..."} and a line end. */
void call_refuse(struct api_call *call, int status, const char *fmt, ...) PRINTF(3, 4);
/* The same for what the store said; `what` goes before its text when something is not there. */
void call_refuse_job(struct api_call *call, const struct store_job *job, const char *what);

/* The body as JSON. False: it was refused, the call is answered. */
MUST_USE bool call_body(struct api_call *call, struct json_doc **out);
/* A query value that may be absent (`*out` stays NULL). False: it was refused. */
MUST_USE bool call_query(struct api_call *call, const char *key, char **out);

/* A job of this caller: user and agent are set. NULL: no memory, the call is answered. */
struct store_job *call_job(struct api_call *call, enum store_job_kind kind);
/* Copies into a job's text; false: no memory, the call is answered and the job released. `text` may be NULL. */
MUST_USE bool call_set(
	struct api_call *call, struct store_job **job, char **slot, const char *text);
/* Takes the job; `then` is called with its answer if the client is still there. A large answer waits until there is room for it. */
void call_submit(struct api_call *call, struct store_job *job, call_then_fn then);

/* Calls `then` if the caller may do this with the agent, else the call is refused. `name` NULL = all of the namespace. */
void call_authorize(struct api_call *call, enum identity_right right, const char *ns,
	const char *name, call_fn then);
/* The same before a job is submitted; takes it. */
void call_submit_talk(struct api_call *call, struct store_job *job, const char *ns,
	const char *name, call_then_fn then);
/* The caller is a user whose rights RBAC says, so that what is for agents' pods is not for them. */
bool call_is_of_rbac_user(const struct api_call *call);
/* Answers to the call that something else was asked for, on its way: begin before, and ask whether the client is there after. */
void call_await(struct api_call *call);
bool call_arrived(struct api_call *call);

/* A text for {"error":...} when memory lacks. */
void call_refuse_no_memory(struct api_call *call);

/* The handlers. */
void me_get(struct api_call *call);

void sessions_create(struct api_call *call);
void sessions_list(struct api_call *call);
void sessions_of_agent(struct api_call *call);
void sessions_get(struct api_call *call);
void sessions_rename(struct api_call *call);
void sessions_delete(struct api_call *call);

void events_add(struct api_call *call);

void tasks_put(struct api_call *call);
void tasks_get(struct api_call *call);
void tasks_delete(struct api_call *call);
void tasks_of_session(struct api_call *call);

void agents_list(struct api_call *call);
void agents_get(struct api_call *call);
void agents_get_sandbox(struct api_call *call);
/* Appends the agent as clients want it. */
void agents_write(struct buffer *out, const struct api_world *world, struct json_view agent);

void changes_create(struct api_call *call);
void changes_update(struct api_call *call);
void changes_delete(struct api_call *call);

void memories_add(struct api_call *call);
void memories_add_batch(struct api_call *call);
void memories_search(struct api_call *call);
void memories_list(struct api_call *call);
void memories_delete(struct api_call *call);

void feedback_add_one(struct api_call *call);
void feedback_list_all(struct api_call *call);

#endif
