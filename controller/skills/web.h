/*
 * Blocking HTTP by libcurl: one request after the other over kept connections. Inside this room; one thread. Redirects are followed to
 * the schemes that are allowed; what we send to authorise ourselves stays with the first host. Proxies as in the environment.
 */
#ifndef SKILLS_WEB_H
#define SKILLS_WEB_H

#include "base/buffer.h"

struct web;

struct web_request {
	const char *url;
	const char *const *headers; /* "Name: value", up to NULL; may be NULL */
	const char *user_password; /* HTTP Basic; NULL = none */
	const char *form; /* POST of this application/x-www-form-urlencoded text; NULL = GET */
	bool insecure; /* plain HTTP and unverified TLS are allowed */
	bool once; /* do not try again */
	size_t max_bytes; /* of an answer that is collected; 0 = 4 MiB */
	/* Takes the body of a 2xx answer instead of collecting it. False with `err` set ends the transfer. */
	bool (*sink)(void *context, const void *data, size_t bytes, struct error *err);
	void *context;
};

struct web_answer {
	int status;
	struct buffer body; /* what was collected: of errors at most the first 64 KiB */
	char *content_type; /* NULL = none */
	char *challenge; /* the WWW-Authenticate we can answer best (Bearer before Basic); NULL = none */
};

MUST_USE bool web_new(struct web **out, struct error *err);
void web_free(struct web *web);
DEFINE_AUTO(web, struct web *, web_free)

/*
 * True with an answer of any status; the caller releases it with web_answer_fini. Without a sink what may go better the next time
 * (connection lost, 429, 502, 503, 504) is tried three times. ERR_IO, ERR_TIMEOUT, ERR_TOO_LARGE, ERR_INVALID (the URL), or the sink's.
 */
MUST_USE bool web_do(struct web *web, const struct web_request *request, struct web_answer *out,
	struct error *err);
void web_answer_fini(struct web_answer *answer);

UNUSED static inline void auto_web_answer(struct web_answer *slot)
{
	web_answer_fini(slot);
}

#endif
