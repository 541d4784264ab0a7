/*
 * The JSON-RPC 2.0 envelope: reading requests, writing answers. Pure; any thread.
 * Source: JSON-RPC 2.0; error data as A2A 1.0 has it; codes and texts as kagent v0.9.12's proxy gives them.
 */
#ifndef PROXY_RPC_H
#define PROXY_RPC_H

#include "json/doc.h"

enum {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL_ERROR = -32603,
	RPC_TASK_NOT_FOUND = -32001,
	RPC_UNSUPPORTED_OPERATION = -32004,
};

/* Why a request gets an error instead of a result. A value on the caller's stack, like struct error. */
struct rpc_failure {
	int code;
	char text[512]; /* one sentence, no newline, no secret */
	char context_id
		[256]; /* which contextId to use instead, told in the error's data; "" = does not apply */
};
/* Returns false, so that failing is one line. */
bool rpc_fail(struct rpc_failure *failure, int code, const char *fmt, ...) PRINTF(3, 4);

struct rpc_request {
	struct json_doc *doc; /* owns what the views show */
	struct json_view id; /* a string or number; nothing = null */
	const char *method;
	struct json_view params; /* nothing when absent or null */
};
/*
 * Reads a request; on success and on failure release it with rpc_request_fini. On failure `id` is what the answer must carry.
 * Takes the bytes of `text` on success.
 */
MUST_USE bool rpc_read(struct buffer *text, struct rpc_request *out, struct rpc_failure *failure);
void rpc_request_fini(struct rpc_request *request);

/* {"jsonrpc":"2.0","id":ID,"result": and what closes it. */
void rpc_begin_result(struct buffer *out, struct json_view id);
void rpc_end_result(struct buffer *out);
/* A whole error answer. Unknown codes of `failure` are written as they are. */
void rpc_write_error(struct buffer *out, struct json_view id, const struct rpc_failure *failure,
	uint64_t now_ms);

/* An agent's answer: either `result` is something (maybe null) or `failure` is filled. */
struct rpc_answer {
	struct json_doc *doc;
	struct json_view result;
	bool is_error;
	struct rpc_failure failure;
};
/* ERR_INVALID: not JSON, or neither a result nor an error. Takes the bytes of `text` on success. */
MUST_USE bool rpc_read_answer(
	struct buffer *text, size_t max_bytes, struct rpc_answer *out, struct error *err);
void rpc_answer_fini(struct rpc_answer *answer);

#endif
