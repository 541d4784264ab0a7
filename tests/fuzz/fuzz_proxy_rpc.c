/*
 * The JSON-RPC envelope and what is done with it before an agent is asked: whatever comes, the outcome is a call whose text for the
 * agent is JSON, or an error answer that is JSON. The first byte of the input chooses the dialect.
 */
#include "proxy/a2a.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void must_be_json(struct buffer *text)
{
	const struct json_limits limits = { .depth = 1000 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err;

	if (!buffer_ok(text, &err) || !json_doc_parse(text, &limits, &doc, &err))
		abort();
}

static bool call(enum a2a_version version, struct rpc_request *request, struct buffer *out,
	struct rpc_failure *failure)
{
	enum a2a_method method;

	if (!a2a_find_method(version, request->method, &method))
		return rpc_fail(failure, RPC_METHOD_NOT_FOUND, "method not found");
	if (!a2a_check_params(version, method, request->params, failure))
		return false;
	if (json_is_present(request->params))
		a2a_write_params(out, version, method, request->params);
	else
		buffer_puts(out, "null");
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(buffer) struct buffer out = { 0 };
	struct rpc_request request;
	struct rpc_failure failure;

	if (!bytes)
		return 0;
	buffer_append(&text, data + 1, bytes - 1);
	if (!rpc_read(&text, &request, &failure) ||
		!call(data[0] & 1 ? A2A_10 : A2A_03, &request, &out, &failure))
		rpc_write_error(&out, request.id, &failure, 0);
	must_be_json(&out);
	rpc_request_fini(&request);
	return 0;
}
