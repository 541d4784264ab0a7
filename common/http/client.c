#include "http/client.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/request.h"

#include <pthread.h>
#include <signal.h>

#define READ_BYTES     ((size_t)64 * 1024)
#define READS_PER_TURN 4 /* of one answer: others wait, too */

struct http_client {
	struct loop *loop;
	struct pool pool;
	struct loop_timer *turn; /* armed while there is work */
	LIST_HEAD(, http_request) requests;
	TAILQ_HEAD(, http_request)
	work; /* to start, to resume, to cancel: never done inside a caller's callback */
	size_t work_count;
	char *read_buffer; /* of all connections: nothing stays in it between two calls */

	struct http_client_options options; /* with texts of our own */
	char *ca_file, *ca_pem, *cert_file, *key_file, *cert_pem, *key_pem;
};

/* --- work for the next turn --- */

static void work_add(struct http_request *request)
{
	if (!request->has_work) {
		request->has_work = true;
		request->client->work_count++;
		TAILQ_INSERT_TAIL(&request->client->work, request, in_work);
	}
	loop_timer_arm(request->client->turn, 0);
}

static void work_remove(struct http_request *request)
{
	if (request->has_work) {
		TAILQ_REMOVE(&request->client->work, request, in_work);
		request->client->work_count--;
	}
	request->has_work = false;
}

/* --- the end of a request --- */

/* Another request may use the connection: nothing came after the answer, and nothing is still to be sent. */
static bool may_keep(struct http_request *request, size_t left)
{
	struct connection *connection = &request->pooled->connection;
	struct iovec parts[2];
	char byte;
	size_t got;

	return !left && request->response.may_keep && !request->asks_to_close &&
	       !request->cannot_send && !connection->saw_end && !request_unsent(request, parts) &&
	       (connection_is_drained(connection) ||
		       connection_read(connection, &byte, 1, &got, NULL) == IO_AGAIN);
}

/* Takes the request off its connection and out of its queue. */
static void client_detach(struct http_request *request, bool keep)
{
	if (request->state == REQUEST_WAITING)
		TAILQ_REMOVE(&request->origin->waiting, request, in_queue);
	if (request->pooled && keep)
		pool_keep(request->pooled);
	else if (request->pooled)
		pool_drop(request->pooled);
	request->pooled = NULL;
	request->state = REQUEST_ENDED;
	work_remove(request);
}

static void client_release(struct http_request *request)
{
	LIST_REMOVE(request, in_all);
	request_free(request);
}

/* `err` NULL = the answer is whole. */
static void client_end(struct http_request *request, bool keep, const struct error *err)
{
	client_detach(request, keep);
	request->was_refused = err && !request->was_ready;
	if (!request->cancelled && request->options.on_done)
		request->options.on_done(request->options.context, request,
			request->response.status, &request->body, err);
	client_release(request);
}

/* The connection has gone: once more, if nobody can have begun with it, else the end. */
static void client_lost(struct http_request *request, const struct error *err)
{
	if (!request_may_go_again(request)) {
		client_end(request, false, err);
		return;
	}
	client_detach(request, false);
	request_rewind(request);
	request->state = REQUEST_WAITING;
	TAILQ_INSERT_HEAD(&request->origin->waiting, request, in_queue);
	pool_serve_later(request->origin);
}

/* --- one step of a request on its connection --- */

/* False: the request has ended. */
static bool client_connect(struct http_request *request)
{
	struct error err = { 0 };

	switch (connection_establish(&request->pooled->connection, &err)) {
	case IO_OK:
		request->state = REQUEST_RUNNING;
		request->was_ready = true;
		request->connect_until_ms = 0;
		return true;
	case IO_AGAIN:
		return true;
	default:
		if (pool_try_next(request->pooled))
			return true;
		error_wrap(&err, "Failed to connect to %s", request->origin->authority);
		client_end(request, false, &err);
		return false;
	}
}

/* False: the request has ended. */
static bool client_send(struct http_request *request)
{
	struct iovec parts[2];
	size_t count;

	while (!request->cannot_send && (count = request_unsent(request, parts))) {
		struct error err = { 0 };
		size_t sent = 0;

		switch (connection_write(&request->pooled->connection, parts, count, &sent, &err)) {
		case IO_OK:
			request->kernel_took = true;
			request->sent_bytes += sent;
			request->last_byte_ms = clock_monotonic_ms();
			break;
		case IO_AGAIN: /* half a record may be on its way */
			request->kernel_took =
				request->kernel_took || request->pooled->connection.ssl;
			return true;
		case IO_FAILED:
			client_end(request, false, &err);
			return false;
		default: /* an answer may have come before: read on */
			request->cannot_send = true;
			request->send_error = err;
		}
	}
	return true;
}

/* What came of feeding bytes. True: more may be read. */
static bool client_fed(
	struct http_request *request, enum request_fed fed, size_t left, const struct error *err)
{
	switch (fed) {
	case REQUEST_FED:
		return true;
	case REQUEST_PAUSED:
		return false;
	case REQUEST_CANCELLED: /* it has work */
		return false;
	case REQUEST_WHOLE:
		client_end(request, may_keep(request, left), NULL);
		return false;
	default:
		client_end(request, false, err);
		return false;
	}
}

static void client_heard_end(struct http_request *request)
{
	struct error err = { 0 };

	if (response_close(&request->response, &err))
		client_end(request, false, NULL);
	else
		client_lost(request, &err);
}

static void client_note_bytes(struct http_request *request)
{
	struct iovec parts[2];

	request->last_byte_ms = clock_monotonic_ms();
	if (request->has_answer)
		return;
	request->has_answer = true;
	if (request_unsent(request, parts))
		return;
	/* It will not be sent again: a long stream need not hold it. */
	buffer_fini(&request->sent_head);
	buffer_fini(&request->sent_body);
}

/* One read. True: go on. */
static bool client_read(struct http_request *request)
{
	struct connection *connection = &request->pooled->connection;
	char *into = request->client->read_buffer;
	struct error err = { 0 };
	size_t got = 0;
	size_t left = 0;
	enum request_fed fed;
	bool drained;

	switch (connection_read(connection, into, READ_BYTES, &got, &err)) {
	case IO_OK:
		client_note_bytes(request);
		drained = connection_is_drained(connection);
		fed = request_feed(request, into, got, &left, &err);
		return client_fed(request, fed, left, &err) && !drained;
	case IO_AGAIN:
		if (request->cannot_send)
			client_lost(request, &request->send_error);
		return false;
	case IO_END:
		client_heard_end(request);
		return false;
	case IO_CUT:
		client_lost(request, &err);
		return false;
	default:
		client_end(request, false, &err);
		return false;
	}
}

static void client_drive(struct http_request *request)
{
	if (request->cancelled)
		return;
	if (request->state == REQUEST_CONNECTING && !client_connect(request))
		return;
	if (request->state != REQUEST_RUNNING || !client_send(request) || request->paused)
		return;
	for (int reads = 0; client_read(request);)
		if (++reads == READS_PER_TURN) {
			request->wants_read = true;
			work_add(request);
			return;
		}
}

static void client_on_event(struct pooled *pooled)
{
	client_drive(pooled->request);
}

/* --- what is done in the next turn --- */

static void client_resume(struct http_request *request)
{
	struct error err = { 0 };
	size_t left = 0;

	if (request->paused) {
		enum request_fed fed;

		request->last_byte_ms = clock_monotonic_ms();
		fed = request_feed_held(request, &left, &err);
		if (!client_fed(request, fed, left, &err))
			return;
	}
	client_drive(request);
}

static void client_do(struct http_request *request)
{
	bool resume = request->wants_resume;

	work_remove(request);
	if (request->cancelled) {
		client_end(request, false, NULL);
		return;
	}
	if (request->state == REQUEST_NEW) {
		request->state = REQUEST_WAITING;
		TAILQ_INSERT_TAIL(&request->origin->waiting, request, in_queue);
		pool_serve_later(request->origin);
		return;
	}
	request->wants_resume = false;
	request->wants_read = false;
	if (request->state == REQUEST_RUNNING && (resume || !request->paused))
		client_resume(request);
}

/* What waits cannot be served: its name has no address. */
static void client_fail_waiting(struct origin *origin)
{
	const struct error err = origin->failure;

	origin->unresolved = false;
	while (!TAILQ_EMPTY(&origin->waiting))
		client_end(TAILQ_FIRST(&origin->waiting), false, &err);
}

static void client_set_clock(struct http_request *request, uint64_t now_ms)
{
	uint64_t left_ms;

	if (request_is_in_time(request, now_ms, &left_ms, NULL) && left_ms != UINT64_MAX)
		loop_timer_arm(request->clock, left_ms);
}

/* Asking for a name is a part of connecting, waiting for one's turn is not. */
static void client_limit_waiting(struct origin *origin)
{
	struct http_request *request;
	uint64_t now_ms = clock_monotonic_ms();

	if (!origin->resolve && !origin->limited)
		return;
	origin->limited = origin->resolve != NULL;
	TAILQ_FOREACH(request, &origin->waiting, in_queue)
	{
		if (!origin->limited) {
			request->connect_until_ms = 0;
		} else if (!request->connect_until_ms) {
			request_limit_connect(request, now_ms);
			client_set_clock(request, now_ms);
		}
	}
}

/* Gives what waits to connections, as long as there are any. */
static void client_serve(struct origin *origin)
{
	struct http_request *request;

	if (origin->unresolved)
		client_fail_waiting(origin);
	while ((request = TAILQ_FIRST(&origin->waiting))) {
		struct error err = { 0 };
		uint64_t now_ms;

		switch (pool_take(origin, request->is_second, &request->pooled, &err)) {
		case POOL_LATER:
			client_limit_waiting(origin);
			return;
		case POOL_FAILED:
			error_wrap(&err, "Failed to connect to %s", origin->authority);
			client_end(request, false, &err);
			continue;
		case POOL_READY:
			request->state = REQUEST_RUNNING;
			request->was_ready = true;
			break;
		case POOL_CONNECTING:
			request->state = REQUEST_CONNECTING;
			now_ms = clock_monotonic_ms();
			request_limit_connect(request, now_ms);
			client_set_clock(request, now_ms);
			break;
		}
		TAILQ_REMOVE(&origin->waiting, request, in_queue);
		request->pooled->request = request;
		if (request->state == REQUEST_RUNNING)
			client_send(request);
	}
	pool_forget(origin);
}

static void client_on_turn(void *context)
{
	struct http_client *client = context;
	struct origin *origin;

	/* Only what was there: what these cause waits for the next turn, and descriptors are looked at between. */
	for (size_t left = client->work_count; left && !TAILQ_EMPTY(&client->work); left--)
		client_do(TAILQ_FIRST(&client->work));
	while ((origin = pool_next_to_serve(&client->pool)))
		client_serve(origin);
	if (TAILQ_EMPTY(&client->work))
		loop_timer_disarm(client->turn);
	else
		loop_timer_arm(client->turn, 0);
}

static void client_on_work(void *context)
{
	struct http_client *client = context;

	loop_timer_arm(client->turn, 0);
}

static void client_on_clock(void *context)
{
	struct http_request *request = context;
	struct error err = { 0 };
	uint64_t left;

	if (!request_is_in_time(request, clock_monotonic_ms(), &left, &err))
		client_end(request, false, &err);
	else if (left != UINT64_MAX)
		loop_timer_arm(request->clock, left);
}

/* --- the client --- */

static pthread_once_t signal_once = PTHREAD_ONCE_INIT;

static void ignore_sigpipe(void)
{
	signal(SIGPIPE, SIG_IGN); /* our own writes raise none, other libraries' may */
}

static bool copy_if_given(char **slot, const char *text, const char **option, struct error *err)
{
	if (text && !text_replace(slot, text, err))
		return false;
	*option = *slot;
	return true;
}

static bool client_init(
	struct http_client *client, const struct http_client_options *options, struct error *err)
{
	struct http_client_options *own = &client->options;

	*own = *options;
	if (!copy_if_given(&client->ca_file, options->ca_file, &own->ca_file, err) ||
		!copy_if_given(&client->ca_pem, options->ca_pem, &own->ca_pem, err) ||
		!copy_if_given(&client->cert_file, options->cert_file, &own->cert_file, err) ||
		!copy_if_given(&client->key_file, options->key_file, &own->key_file, err) ||
		!copy_if_given(&client->cert_pem, options->cert_pem, &own->cert_pem, err) ||
		!copy_if_given(&client->key_pem, options->key_pem, &own->key_pem, err))
		return false;
	client->read_buffer = malloc(READ_BYTES);
	if (!client->read_buffer)
		return error_no_memory(err);
	pthread_once(&signal_once, ignore_sigpipe);
	client->pool = (struct pool){ .loop = client->loop,
		.options = own,
		.on_event = client_on_event,
		.on_work = client_on_work,
		.context = client };
	return loop_timer_new(client->loop, client_on_turn, client, &client->turn, err) &&
	       pool_init(&client->pool, err);
}

bool http_client_new(struct loop *loop, const struct http_client_options *options,
	struct http_client **out, struct error *err)
{
	struct http_client *client = calloc(1, sizeof(*client));

	if (!client)
		return error_no_memory(err);
	client->loop = loop;
	TAILQ_INIT(&client->work);
	if (!client_init(client, options, err)) {
		http_client_free(client);
		return false;
	}
	*out = client;
	return true;
}

void http_client_free(struct http_client *client)
{
	struct http_request *request;

	if (!client)
		return;
	while ((request = LIST_FIRST(&client->requests))) {
		client_detach(request, false);
		client_release(request);
	}
	pool_fini(&client->pool);
	loop_timer_free(client->turn);
	free(client->read_buffer);
	free(client->ca_file);
	free(client->ca_pem);
	free(client->cert_file);
	free(client->key_file);
	free(client->cert_pem);
	free(client->key_pem);
	free(client);
}

/* --- requests --- */

bool http_client_start(struct http_client *client, struct http_request_options *options,
	struct http_request **out, struct error *err)
{
	struct http_request *request;

	if (!request_new(client, &client->pool, options, &request, err))
		return false;
	if (!loop_timer_new(client->loop, client_on_clock, request, &request->clock, err)) {
		request_free(request);
		return false;
	}
	client_set_clock(request, request->last_byte_ms);
	LIST_INSERT_HEAD(&client->requests, request, in_all);
	work_add(request);
	*out = request;
	return true;
}

void http_request_cancel(struct http_request *request)
{
	request->cancelled = true;
	if (request->state != REQUEST_ENDED)
		work_add(request);
}

void http_request_resume(struct http_request *request)
{
	if (request->state == REQUEST_ENDED)
		return;
	request->wants_resume = true;
	work_add(request);
}
