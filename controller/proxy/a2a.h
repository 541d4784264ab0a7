/*
 * The two dialects of A2A and what turns one into the other. Agents speak 0.3; clients speak 0.3 or 1.0. Pure; any thread.
 * Writers append JSON text; lack of memory shows in buffer_ok. Members nobody defined pass unchanged, so nothing is lost on the way
 * there and back. Source: A2A 0.3.0 and 1.0, JSON-RPC binding.
 */
#ifndef PROXY_A2A_H
#define PROXY_A2A_H

#include "proxy/rpc.h"

enum a2a_version { A2A_03, A2A_10 };

enum a2a_method {
	A2A_SEND,
	A2A_STREAM,
	A2A_GET,
	A2A_CANCEL,
	A2A_RESUBSCRIBE,
	A2A_PUSH_SET,
	A2A_PUSH_GET,
	A2A_PUSH_LIST,
	A2A_PUSH_DELETE,
	A2A_EXTENDED_CARD,
	A2A_LIST,
};

/* The value of the A2A-Version header; NULL and "" mean 0.3, patch numbers do not count. */
MUST_USE bool a2a_parse_version(const char *text, enum a2a_version *out);
MUST_USE bool a2a_find_method(enum a2a_version version, const char *name, enum a2a_method *out);
const char *a2a_method_name(enum a2a_version version, enum a2a_method method);
bool a2a_is_stream(enum a2a_method method);

/* What must hold of the parameters before they are sent on. */
MUST_USE bool a2a_check_params(enum a2a_version version, enum a2a_method method,
	struct json_view params, struct rpc_failure *failure);
/* The parameters as agents take them. A send without configuration waits for the end ("blocking"). */
void a2a_write_params(
	struct buffer *out, enum a2a_version from, enum a2a_method method, struct json_view params);
/* An agent's result (0.3) as the client takes it; for streams one event. What is of no kind that the method gives is copied. */
void a2a_write_result(
	struct buffer *out, enum a2a_version to, enum a2a_method method, struct json_view result);
/* The Task that a 1.0 stream must begin with, made from the first event when that is an update. */
void a2a_write_opening_task(struct buffer *out, struct json_view event);

/* The building blocks, each both ways: `to` is the dialect written, the other one is read. */
void a2a_write_part(struct buffer *out, enum a2a_version to, struct json_view part);
void a2a_write_message(struct buffer *out, enum a2a_version to, struct json_view message);
void a2a_write_task(struct buffer *out, enum a2a_version to, struct json_view task);
/* A stream item or the result of a send: Task, Message, status or artifact update. */
void a2a_write_event(struct buffer *out, enum a2a_version to, struct json_view event);

/* What an event (0.3) is about. */
const char *a2a_event_task(struct json_view event); /* task id, or "" */
bool a2a_event_is_last(struct json_view event); /* nothing more follows in its stream */
bool a2a_state_is_terminal(const char *state); /* of 0.3: completed, failed, canceled, rejected */

/* The union card of an agent, cut down to one dialect (what the extended card methods give). */
void a2a_write_card(struct buffer *out, enum a2a_version to, struct json_view card);

#endif
