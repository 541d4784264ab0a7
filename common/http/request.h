/*
 * One request of the client: the bytes that go out, what came of the answer, and its times. Only client.c and request.c know it. It never
 * touches a connection: client.c moves it WAITING -> CONNECTING -> RUNNING -> ENDED on the loop's thread.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/client.h"
#include "http/pool.h"
#include "http/response.h"

enum request_state {
	REQUEST_NEW, /* until the next turn */
	REQUEST_WAITING, /* in its origin's queue */
	REQUEST_CONNECTING,
	REQUEST_RUNNING,
	REQUEST_ENDED,
};

struct http_request {
	struct http_client *client;
	LIST_ENTRY(http_request) in_all;
	TAILQ_ENTRY(http_request) in_work;
	TAILQ_ENTRY(http_request) in_queue;
	bool has_work; /* in the client's list of what to do next turn */
	bool cancelled;
	bool wants_resume;
	bool wants_read; /* there was more to read than one turn should */
	enum request_state state;

	struct http_request_options
		options; /* callbacks and limits; its pointers are not used after the start */
	struct origin *origin;
	struct pooled *pooled; /* CONNECTING, RUNNING */
	bool is_idempotent;
	bool asks_to_close; /* the caller's header "Connection: close" */
	bool is_second; /* sent again */
	bool was_ready; /* a connection came about */
	bool was_refused;

	struct buffer sent_head; /* with the body behind it, where both go better at once */
	struct buffer sent_body;
	size_t sent_bytes; /* of both */
	bool kernel_took; /* a byte of it, as far as we know */
	bool cannot_send; /* the peer takes no more: what it says is still read */
	struct error send_error;

	struct response response;
	bool has_answer; /* a byte of it */
	bool has_head;
	struct buffer body; /* collected */
	bool paused;
	struct buffer held; /* what came while paused: the refused piece, then what follows it */
	size_t held_piece_bytes;

	struct loop_timer *clock;
	uint64_t total_until_ms; /* 0 = none, both */
	uint64_t connect_until_ms;
	uint64_t last_byte_ms;
};

/* Takes options->body in any case. ERR_INVALID (URL, header with a line break), ERR_NO_MEMORY. */
MUST_USE bool request_new(struct http_client *client, struct pool *pool,
	struct http_request_options *options, struct http_request **out, struct error *err);
/* After it left every list. */
void request_free(struct http_request *request);

/* What is still to be sent, as one or two parts; 0 when all is. */
size_t request_unsent(const struct http_request *request, struct iovec parts[2]);
/* May it be sent a second time, now that its connection was lost? (the rule is in client.h) */
bool request_may_go_again(const struct http_request *request);
void request_rewind(struct http_request *request);

enum request_fed {
	REQUEST_FED, /* more, please */
	REQUEST_PAUSED, /* the rest is held: nothing more until it is resumed */
	REQUEST_CANCELLED, /* in a callback */
	REQUEST_WHOLE,
	REQUEST_BROKEN, /* `err` says why */
};
/* Bytes of the answer, with the callbacks they cause. `left`: bytes after its end. */
MUST_USE enum request_fed request_feed(struct http_request *request, const char *data, size_t bytes,
	size_t *left, struct error *err);
/* After a pause: what is held. */
MUST_USE enum request_fed request_feed_held(
	struct http_request *request, size_t *left, struct error *err);

void request_limit_connect(struct http_request *request, uint64_t now_ms);
/* False: a time is over and `err` says which. Else `left_ms` tells when to ask again (UINT64_MAX = never). */
MUST_USE bool request_is_in_time(
	struct http_request *request, uint64_t now_ms, uint64_t *left_ms, struct error *err);

#endif
