/*
 * HTTP/1.1 requests on a loop. All calls and callbacks on the loop's thread. Callbacks may start, resume and cancel requests: all
 * three take effect in the next turn. Only http_client_free must not be called from a callback. Environment variables that
 * name proxies are not heeded, redirects not followed, compressed answers not asked for. Connections are kept and used again;
 * where all that are allowed are busy, requests wait in the order of their start.
 *
 * A connection that was used before may be closed by the peer just when a request goes out. Then, and only then, it is sent a second
 * time, on a new connection: the connection ended (closed or reset: no timeout, no TLS alert) before any byte of an answer,
 * and the method is GET, HEAD, PUT, DELETE or OPTIONS, or the kernel took no byte of the request. Source: RFC 9110, 9.2.2.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/buffer.h"
#include "loop/loop.h"

struct http_client;
struct http_request; /* one under way */

struct http_client_options {
	const char *ca_file; /* NULL = the system's. Files are read at the first https request */
	const char *ca_pem; /* instead of a file; NULL = none. Copied */
	const char *cert_file; /* client certificate, PEM; NULL = none */
	const char *key_file;
	const char *cert_pem; /* instead of the files; NULL = none. Copied */
	const char *key_pem;
	bool insecure; /* no verification of the peer: only when the user said so */
	unsigned max_connections_per_host; /* 0 = 8 */
};

struct http_header {
	const char *name;
	const char *value;
};

struct http_request_options {
	const char *method; /* "GET" */
	const char *url; /* copied; the path goes out as written */
	const struct http_header *headers; /* up to a NULL name; copied */
	struct buffer body; /* moved in; released by the client */
	uint32_t connect_timeout_ms; /* 0 = 10 s */
	uint32_t total_timeout_ms; /* 0 = none */
	uint32_t idle_timeout_ms; /* no byte for so long ends it with ERR_TIMEOUT; 0 = none */
	size_t max_body_bytes; /* of the collected answer; 0 = 16 MiB; ignored with on_data */

	/* Status line and headers are in. Optional. http_response_header works from here on. */
	void (*on_head)(void *context, struct http_request *request, int status);
	/*
	 * A piece of the body; borrowed. NULL: the body is collected for on_done. Returns false to pause (the same bytes come again
	 * after http_request_resume).
	 */
	bool (*on_data)(
		void *context, struct http_request *request, const char *data, size_t bytes);
	/*
	 * The end, exactly once unless cancelled. `err` NULL: an HTTP answer of any status came whole; `body` is the collected one (may be
	 * moved out with a swap). Otherwise the transport failed (ERR_IO, ERR_TIMEOUT, ERR_TOO_LARGE). The handle is dead afterwards.
	 */
	void (*on_done)(void *context, struct http_request *request, int status,
		struct buffer *body, const struct error *err);
	void *context;
};

MUST_USE bool http_client_new(struct loop *loop, const struct http_client_options *options,
	struct http_client **out, struct error *err);
void http_client_free(
	struct http_client *client); /* cancels what is under way, without callbacks */
DEFINE_AUTO(http_client, struct http_client *, http_client_free)

/* On failure options->body is released all the same and no callback comes. */
MUST_USE bool http_client_start(struct http_client *client, struct http_request_options *options,
	struct http_request **out, struct error *err);
void http_request_cancel(
	struct http_request *request); /* no further callback; its connection is closed */
void http_request_resume(struct http_request *request);
/* Value of a response header (last one of that name), or NULL. Valid until on_done returns. */
const char *http_response_header(struct http_request *request, const char *name);
bool http_request_has_head(const struct http_request *request);
/* In on_done: no connection came about, so the peer has seen nothing and the request may be sent again. */
bool http_request_was_refused(const struct http_request *request);

#endif
