#include "proxy/rpc.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>

#define REQUEST_DEPTH 128
#define ANSWER_DEPTH  256
#define DOMAIN_OF_A2A "a2a-protocol.org"

/* Source: A2A 1.0, error handling. */
static const struct {
	int code;
	const char *reason;
} reasons[] = {
	{ -32700, "PARSE_ERROR" },
	{ -32600, "INVALID_REQUEST" },
	{ -32601, "METHOD_NOT_FOUND" },
	{ -32602, "INVALID_PARAMS" },
	{ -32603, "INTERNAL_ERROR" },
	{ -32001, "TASK_NOT_FOUND" },
	{ -32002, "TASK_NOT_CANCELABLE" },
	{ -32003, "PUSH_NOTIFICATION_NOT_SUPPORTED" },
	{ -32004, "UNSUPPORTED_OPERATION" },
	{ -32005, "CONTENT_TYPE_NOT_SUPPORTED" },
	{ -32006, "INVALID_AGENT_RESPONSE" },
	{ -32007, "EXTENDED_AGENT_CARD_NOT_CONFIGURED" },
	{ -32008, "EXTENSION_SUPPORT_REQUIRED" },
	{ -32009, "VERSION_NOT_SUPPORTED" },
};

static const char *reason_of(int code)
{
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return NULL;
}

bool rpc_fail(struct rpc_failure *failure, int code, const char *fmt, ...)
{
	va_list args;

	failure->code = code;
	failure->context_id[0] = '\0';
	va_start(args, fmt);
	vsnprintf(failure->text, sizeof(failure->text), fmt, args);
	va_end(args);
	return false;
}

/* --- requests --- */

static bool read_id(struct json_view root, struct rpc_request *out, struct rpc_failure *failure)
{
	struct json_view id = json_get(root, "id");

	switch (json_kind(id)) {
	case JSON_NONE:
	case JSON_NULL:
		return true;
	case JSON_STRING:
	case JSON_NUMBER:
		out->id = id;
		return true;
	default:
		return rpc_fail(failure, RPC_INVALID_REQUEST,
			"invalid request: the id must be a string or a number");
	}
}

static bool read_envelope(
	struct json_view root, struct rpc_request *out, struct rpc_failure *failure)
{
	struct json_view version = json_get(root, "jsonrpc");
	struct json_view method = json_get(root, "method");

	if (json_kind(root) != JSON_OBJECT)
		return rpc_fail(failure, RPC_INVALID_PARAMS,
			"invalid params: one request as a JSON object is expected");
	if (json_is_present(version) && json_kind(version) != JSON_STRING)
		return rpc_fail(
			failure, RPC_INVALID_PARAMS, "invalid params: jsonrpc must be a string");
	if (json_is_present(method) && json_kind(method) != JSON_STRING)
		return rpc_fail(
			failure, RPC_INVALID_PARAMS, "invalid params: method must be a string");
	if (!read_id(root, out, failure))
		return false;
	if (!json_text_is(version, "2.0"))
		return rpc_fail(
			failure, RPC_INVALID_REQUEST, "invalid request: jsonrpc must be \"2.0\"");
	out->method = json_text_or(method, "");
	if (!*out->method)
		return rpc_fail(
			failure, RPC_INVALID_REQUEST, "invalid request: a method is missing");
	out->params = json_get(root, "params");
	if (!json_is_present(out->params))
		out->params = (struct json_view){ 0 };
	return true;
}

bool rpc_read(struct buffer *text, struct rpc_request *out, struct rpc_failure *failure)
{
	const struct json_limits limits = { .bytes = SIZE_MAX, .depth = REQUEST_DEPTH };
	struct error err;

	*out = (struct rpc_request){ 0 };
	if (!text->bytes)
		return rpc_fail(failure, RPC_PARSE_ERROR, "parse error: the body is empty");
	if (!json_doc_parse(text, &limits, &out->doc, &err)) {
		if (err.code == ERR_NO_MEMORY)
			return rpc_fail(failure, RPC_INTERNAL_ERROR, "out of memory");
		return rpc_fail(failure, RPC_PARSE_ERROR, "parse error: %.400s", err.text);
	}
	return read_envelope(json_root(out->doc), out, failure);
}

void rpc_request_fini(struct rpc_request *request)
{
	json_doc_free(request->doc);
	*request = (struct rpc_request){ 0 };
}

/* --- answers to clients --- */

static void begin_answer(struct buffer *out, struct json_view id)
{
	buffer_puts(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	if (json_is_present(id))
		json_write(out, id);
	else
		buffer_puts(out, "null");
}

void rpc_begin_result(struct buffer *out, struct json_view id)
{
	begin_answer(out, id);
	buffer_puts(out, ",\"result\":");
}

void rpc_end_result(struct buffer *out)
{
	buffer_putc(out, '}');
}

void rpc_write_error(
	struct buffer *out, struct json_view id, const struct rpc_failure *failure, uint64_t now_ms)
{
	const char *reason = reason_of(failure->code);
	char now[CLOCK_RFC3339_BYTES];

	clock_rfc3339(now_ms, now);
	begin_answer(out, id);
	buffer_printf(out, ",\"error\":{\"code\":%d,\"message\":", failure->code);
	json_write_string(out, failure->text, strlen(failure->text));
	buffer_printf(out,
		",\"data\":[{\"@type\":\"type.googleapis.com/"
		"google.rpc.ErrorInfo\",\"domain\":\"" DOMAIN_OF_A2A
		"\",\"metadata\":{\"timestamp\":\"%s\"",
		now);
	if (failure->context_id[0]) {
		buffer_puts(out, ",\"contextId\":");
		json_write_string(out, failure->context_id, strlen(failure->context_id));
	}
	buffer_printf(out, "},\"reason\":\"%s\"}]}}", reason ? reason : "INTERNAL_ERROR");
}

/* --- answers of agents --- */

static void read_error(struct json_view error, struct rpc_answer *out)
{
	int64_t code = json_int64_or(json_get(error, "code"), RPC_INTERNAL_ERROR);
	const char *text = json_text_or(
		json_get(error, "message"), "the agent gave an error without a message");

	out->is_error = true;
	rpc_fail(&out->failure,
		code >= INT32_MIN && code <= INT32_MAX && reason_of((int)code) ? (int)code
									       : RPC_INTERNAL_ERROR,
		"%.500s", text);
}

bool rpc_read_answer(
	struct buffer *text, size_t max_bytes, struct rpc_answer *out, struct error *err)
{
	const struct json_limits limits = { .bytes = max_bytes, .depth = ANSWER_DEPTH };
	struct rpc_answer answer = { 0 };
	struct json_view root;

	if (!json_doc_parse(text, &limits, &answer.doc, err))
		return false;
	root = json_root(answer.doc);
	answer.result = json_get(root, "result");
	if (json_kind(json_get(root, "error")) == JSON_OBJECT) {
		read_error(json_get(root, "error"), &answer);
	} else if (json_kind(root) != JSON_OBJECT ||
		   !json_text_is(json_get(root, "jsonrpc"), "2.0")) {
		json_doc_free(answer.doc);
		return error_set(err, ERR_INVALID, NULL, "not a JSON-RPC answer");
	}
	*out = answer;
	return true;
}

void rpc_answer_fini(struct rpc_answer *answer)
{
	json_doc_free(answer->doc);
	*answer = (struct rpc_answer){ 0 };
}
