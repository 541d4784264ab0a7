#include "service/changer.h"

#include "base/log.h"

#include <string.h>

/* A misspelt field is refused by name instead of being dropped. */
#define WRITE_QUERY   "fieldManager=sandgate-api&fieldValidation=Strict"
#define MAX_CONFLICTS 5

struct changer {
	struct loop *client_loop;
	struct kube_client *client;
	struct loop *loop; /* where it is asked */
	bool is_closed;
};

/* One change on its way to the client's loop and back. */
struct trip {
	struct changer *changer;
	enum api_change_kind kind;
	char *ns, *name;
	struct buffer json;
	unsigned conflicts;
	api_changed_fn done;
	void *done_context;
	struct json_doc *agent;
	struct error err; /* code ERR_NONE: it was done */
};

static void trip_free(struct trip *trip)
{
	free(trip->ns);
	free(trip->name);
	buffer_fini(&trip->json);
	json_doc_free(trip->agent);
	free(trip);
}

static void on_back(void *context)
{
	struct trip *trip = context;
	bool is_done = trip->err.code == ERR_NONE;
	struct json_view nothing = { 0 };

	trip->done(trip->done_context,
		is_done && trip->agent && trip->kind != API_DELETE ? json_root(trip->agent)
								   : nothing,
		is_done ? NULL : &trip->err);
	trip_free(trip);
}

static void go_back(struct trip *trip)
{
	struct error err;

	if (!loop_post(trip->changer->loop, on_back, trip, &err))
		log_error("a caller stays without answer", LOG_ERR(&err));
}

static bool send_next(struct trip *trip, struct error *err);

/* Somebody else's write between our reading and writing, a status most often: read again. */
static bool is_to_be_repeated(struct trip *trip, const struct error *err)
{
	return trip->kind == API_UPDATE && err && err->code == ERR_CONFLICT &&
	       trip->conflicts++ < MAX_CONFLICTS;
}

static void on_outcome(void *context, struct json_doc *doc, const struct error *err)
{
	struct trip *trip = context;

	if (is_to_be_repeated(trip, err)) {
		if (!send_next(trip, &trip->err))
			go_back(trip);
		return;
	}
	if (err)
		trip->err = *err;
	else
		trip->agent = json_doc_ref(doc);
	go_back(trip);
}

/* What is sent; `body` is moved out. */
static bool send_request(struct trip *trip, const char *method, struct buffer *body,
	kube_done_fn done, struct error *err)
{
	AUTO(buffer) struct buffer path = { 0 };
	struct kube_request request = { .method = method,
		.query = body->bytes ? WRITE_QUERY : NULL,
		.body = *body,
		.passes_gate = true,
		.done = done,
		.context = trip };

	*body = (struct buffer){ 0 };
	kube_path(&path, &kube_sandbox_agents, trip->ns,
		trip->kind == API_CREATE ? NULL : trip->name, NULL);
	if (path.failed || request.body.failed) {
		buffer_fini(&request.body);
		return error_no_memory(err);
	}
	request.path = path.data;
	return kube_start(trip->changer->client, &request, NULL, err);
}

/* The object as it was read, with another spec. */
static void write_changed(struct buffer *out, struct json_view agent, const struct buffer *spec)
{
	buffer_puts(out, "{\"spec\":");
	buffer_append(out, spec->data, spec->bytes);
	json_foreach_member (member, agent) {
		size_t bytes;
		const char *key = json_key(member, &bytes);

		if (strcmp(key, "spec") == 0)
			continue;
		buffer_putc(out, ',');
		json_write_string(out, key, bytes);
		buffer_putc(out, ':');
		json_write(out, member);
	}
	buffer_putc(out, '}');
}

static void on_read(void *context, struct json_doc *doc, const struct error *err)
{
	struct trip *trip = context;
	struct buffer body = { 0 };

	if (err) {
		trip->err = *err;
		go_back(trip);
		return;
	}
	write_changed(&body, json_root(doc), &trip->json);
	if (!send_request(trip, "PUT", &body, on_outcome, &trip->err))
		go_back(trip);
}

static bool send_next(struct trip *trip, struct error *err)
{
	struct buffer none = { 0 };

	switch (trip->kind) {
	case API_CREATE:
		return send_request(trip, "POST", &trip->json, on_outcome, err);
	case API_UPDATE:
		return send_request(trip, "GET", &none, on_read, err);
	default:
		return send_request(trip, "DELETE", &none, on_outcome, err);
	}
}

/* On the client's loop. */
static void go(void *context)
{
	struct trip *trip = context;

	if (trip->changer->is_closed)
		trip_free(trip);
	else if (!send_next(trip, &trip->err))
		go_back(trip);
}

static struct trip *trip_new(struct changer *changer, struct api_change *change)
{
	struct trip *trip = calloc(1, sizeof(*trip));

	if (!trip)
		return NULL;
	*trip = (struct trip){ .changer = changer,
		.kind = change->kind,
		.ns = strdup(change->ns),
		.name = strdup(change->name) };
	if (trip->ns && trip->name)
		return trip;
	trip_free(trip);
	return NULL;
}

void changer_change(
	void *context, struct api_change *change, api_changed_fn done, void *done_context)
{
	struct changer *changer = context;
	struct trip *trip = trip_new(changer, change);
	struct json_view nothing = { 0 };
	struct error err;

	error_no_memory(&err);
	if (trip) {
		trip->json = change->json;
		change->json = (struct buffer){ 0 };
		trip->done = done;
		trip->done_context = done_context;
		if (loop_post(changer->client_loop, go, trip, &err))
			return;
		trip_free(trip);
	}
	buffer_fini(&change->json);
	done(done_context, nothing, &err);
}

bool changer_new(struct loop *client_loop, struct kube_client *client, struct changer **out,
	struct error *err)
{
	struct changer *changer = calloc(1, sizeof(*changer));

	if (!changer)
		return error_no_memory(err);
	changer->client_loop = client_loop;
	changer->client = client;
	*out = changer;
	return true;
}

void changer_answer_on(struct changer *changer, struct loop *loop)
{
	changer->loop = loop;
}

void changer_close(struct changer *changer)
{
	if (changer)
		changer->is_closed = true;
}

void changer_free(struct changer *changer)
{
	free(changer);
}
