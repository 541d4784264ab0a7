#include "webhook/reply.h"

#include <string.h>

static const struct json_limits limits = { .bytes = 3 << 20, .depth = 64 };

void reply_text(struct buffer *out, const char *text)
{
	json_write_string(out, text, strlen(text));
}

int reply_failure(struct buffer *answer, int status, const char *says)
{
	buffer_clear(answer);
	buffer_puts(answer, says);
	buffer_putc(answer, '\n');
	return status;
}

static int status_of(const struct error *err)
{
	return err->code == ERR_NO_MEMORY ? 500 : err->code == ERR_TOO_LARGE ? 413 : 400;
}

int reply_read(struct buffer *request, const char *kind, const char *api_version,
	struct buffer *answer, struct json_doc **out)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err = { 0 };
	struct json_view root;

	if (!json_doc_parse(request, &limits, &doc, &err))
		return reply_failure(answer, status_of(&err), err.text);
	root = json_root(doc);
	if (!json_text_is(json_get(root, "kind"), kind))
		error_set(&err, ERR_INVALID, NULL, "the body is no %s: its kind says so", kind);
	else if (!json_text_is(json_get(root, "apiVersion"), api_version))
		error_set(&err, ERR_INVALID, NULL,
			"the %s is not of %s, the only version spoken here", kind, api_version);
	else if (json_kind(json_get(root, "request")) != JSON_OBJECT)
		error_set(&err, ERR_INVALID, NULL, "the %s has no request", kind);
	else if (!json_text_or(json_dig(root, "request", "uid"), "")[0])
		error_set(&err, ERR_INVALID, NULL, "the %s's request has no uid", kind);
	if (err.code)
		return reply_failure(answer, 400, err.text);
	*out = take_json_doc(&doc);
	return 0;
}
