/*
 * Calls to the API server on a loop. All calls and callbacks on the loop's thread; callbacks may start and cancel calls.
 * An answer other than 2xx becomes an error: 400/422 INVALID, 401/403 DENIED, 404 NOT_FOUND, 405/406/415 UNSUPPORTED, 409 EXISTS (reason
 * AlreadyExists) or CONFLICT, 410 GONE, 413 TOO_LARGE, 429 THROTTLED (with Retry-After; also 503 that carries one), other 5xx IO;
 * text = the Status' message. Nothing is retried here.
 */
#ifndef KUBE_CLIENT_H
#define KUBE_CLIENT_H

#include "http/client.h"
#include "json/value.h"
#include "kube/config.h"
#include "kube/resource.h"

struct kube_client;
struct kube_call;

/* `config` is taken over (emptied). That the API server cannot be reached, and that it can again, is logged here, once per change. */
MUST_USE bool kube_client_new(
	struct loop *loop, struct kube_config *config, struct kube_client **out, struct error *err);
void kube_client_free(struct kube_client *client);
DEFINE_AUTO(kube_client, struct kube_client *, kube_client_free)
struct loop *kube_client_loop(const struct kube_client *client);
const char *kube_client_default_namespace(const struct kube_client *client);
bool kube_client_is_reachable(const struct kube_client *client); /* as far as the last call knows */
/* Counts requests, for tests and metrics. */
uint64_t kube_client_requests(const struct kube_client *client, bool writes_only);
/*
 * From now on a call that is no GET is started only while `is_open` says so, asked at that moment: ERR_IO else, and nothing is sent.
 * What has been started before may still arrive later.
 */
void kube_client_set_gate(
	struct kube_client *client, bool (*is_open)(const void *context), const void *context);

/* `doc` is the answer's document, borrowed (json_doc_ref keeps it); NULL with an error. Exactly once unless cancelled. */
typedef void (*kube_done_fn)(void *context, struct json_doc *doc, const struct error *err);

#define KUBE_FIELD_MANAGER "sandgate" /* what the shorthands below sign a write with */

struct kube_request {
	const char *method;
	const char *path; /* from kube_path, or "/version" */
	const char *query; /* "limit=500", percent-encoded; NULL = none */
	const char *accept; /* NULL = application/json */
	const char *content_type; /* of the body; NULL = application/json */
	struct buffer body; /* moved in */
	uint32_t timeout_ms; /* 0 = 30 s */
	size_t max_body_bytes; /* of the answer; 0 = 32 MiB */
	bool passes_gate; /* a POST that changes nothing (a review), the lease itself, what a user asked for */
	kube_done_fn done;
	void *context;
};
MUST_USE bool kube_start(struct kube_client *client, struct kube_request *request,
	struct kube_call **out, struct error *err);
void kube_cancel(struct kube_call *call); /* no callback follows; NULL does nothing */

/*
 * For a write of which only the object's new state matters: when its answer is in, `is_known` (with the call's context) is asked
 * whether that resourceVersion is known already, as it is when the watch was faster. Then the answer is not read and `done` gets neither
 * document nor error.
 */
void kube_call_skip_known(struct kube_call *call, bool (*is_known)(void *context, const char *rv));

/*
 * A GET whose answer is handed over as it comes: a watch, a log. Without a time limit but `idle_timeout_ms` (no byte for so long:
 * ERR_TIMEOUT; 0 = none). Answers other than 2xx reach `done` only. `done` gets no document; `err` NULL: the server ended it in order.
 */
struct kube_stream {
	const char *path;
	const char *query;
	const char *accept;
	uint32_t idle_timeout_ms;
	void (*on_open)(void *context); /* a 2xx head is in; optional */
	void (*on_data)(void *context, const char *data, size_t bytes); /* borrowed, cut anywhere */
	kube_done_fn done;
	void *context;
};
MUST_USE bool kube_start_stream(struct kube_client *client, const struct kube_stream *stream,
	struct kube_call **out, struct error *err);

/*
 * For the end of a program, after loop_run returned: runs the loop until the calls under way (streams not counted) have ended, at
 * most `timeout_ms`, so that a last write (a lease given back) is really sent.
 */
void kube_client_finish(struct kube_client *client, uint32_t timeout_ms);

/* Shorthands; `object` is borrowed and serialised at once. `out` may be NULL when the call is never cancelled. */
MUST_USE bool kube_get(struct kube_client *client, const struct kube_resource *resource,
	const char *ns, const char *name, kube_done_fn done, void *context, struct kube_call **out,
	struct error *err);
MUST_USE bool kube_create(struct kube_client *client, const struct kube_resource *resource,
	const char *ns, struct json_object *object, kube_done_fn done, void *context,
	struct kube_call **out, struct error *err);
MUST_USE bool kube_update(struct kube_client *client, const struct kube_resource *resource,
	const char *ns, const char *name, struct json_object *object, kube_done_fn done,
	void *context, struct kube_call **out, struct error *err);
enum kube_patch { KUBE_PATCH_MERGE, KUBE_PATCH_JSON, KUBE_PATCH_APPLY };
MUST_USE bool kube_patch(struct kube_client *client, const struct kube_resource *resource,
	const char *ns, const char *name, const char *subresource, enum kube_patch kind,
	struct json_object *patch, kube_done_fn done, void *context, struct kube_call **out,
	struct error *err);
/* `uid` NULL = whatever stands there; else a precondition (ERR_CONFLICT). Background propagation. */
MUST_USE bool kube_delete(struct kube_client *client, const struct kube_resource *resource,
	const char *ns, const char *name, const char *uid, kube_done_fn done, void *context,
	struct kube_call **out, struct error *err);

#endif
