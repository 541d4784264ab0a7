#include "kube/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RETRY_AFTER_S 300

static const struct {
	int status;
	enum error_code code;
} codes[] = {
	{ 400, ERR_INVALID },
	{ 401, ERR_DENIED },
	{ 403, ERR_DENIED },
	{ 404, ERR_NOT_FOUND },
	{ 405, ERR_UNSUPPORTED },
	{ 406, ERR_UNSUPPORTED },
	{ 408, ERR_TIMEOUT },
	{ 409, ERR_CONFLICT },
	{ 410, ERR_GONE },
	{ 413, ERR_TOO_LARGE },
	{ 415, ERR_UNSUPPORTED },
	{ 422, ERR_INVALID },
	{ 429, ERR_THROTTLED },
};

static enum error_code code_of(int http_status, const char *reason, bool asks_to_wait)
{
	if (http_status == 409 && strcmp(reason, "AlreadyExists") == 0)
		return ERR_EXISTS;
	if (http_status == 503 && asks_to_wait)
		return ERR_THROTTLED;
	for (size_t i = 0; i < COUNT(codes); i++)
		if (codes[i].status == http_status)
			return codes[i].code;
	return ERR_IO;
}

/* Whole seconds; the date form is rare enough to count as one second. */
static uint32_t wait_of(const char *retry_after)
{
	char *end;
	unsigned long seconds;

	if (!retry_after)
		return 0;
	seconds = strtoul(retry_after, &end, 10);
	if (end == retry_after || *end)
		return 1000;
	return (uint32_t)(seconds > MAX_RETRY_AFTER_S ? MAX_RETRY_AFTER_S : seconds) * 1000;
}

static void fill(int http_status, struct json_view status, uint32_t wait_ms, struct error *err)
{
	const char *reason = json_text_or(json_get(status, "reason"), "");
	const char *message = json_text_or(json_get(status, "message"), "");
	struct json_view details = json_get(status, "details");
	int64_t asked_s = json_int64_or(json_get(details, "retryAfterSeconds"), 0);
	const char *field =
		json_text_or(json_get(json_item(json_get(details, "causes"), 0), "field"), "");

	if (!wait_ms && asked_s > 0)
		wait_ms = (uint32_t)(asked_s > MAX_RETRY_AFTER_S ? MAX_RETRY_AFTER_S : asked_s) *
			  1000;
	if (*message)
		error_set(err, code_of(http_status, reason, wait_ms > 0), NULL, "%s", message);
	else
		error_set(err, code_of(http_status, reason, wait_ms > 0), NULL,
			"the API server answered with HTTP status %d", http_status);
	snprintf(err->path, sizeof(err->path), "%s", field);
	if (err->code == ERR_THROTTLED)
		err->retry_after_ms = wait_ms;
}

void kube_status_error(int http_status, const char *body, size_t body_bytes,
	const char *retry_after, struct error *err)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view status = { 0 };

	if (body_bytes && json_doc_copy(body, body_bytes, NULL, &doc, NULL))
		status = json_root(doc);
	fill(http_status, status, wait_of(retry_after), err);
}

void kube_status_error_of(struct json_view status, struct error *err)
{
	fill((int)json_int64_or(json_get(status, "code"), 500), status, 0, err);
}
