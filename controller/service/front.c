#include "service/front.h"

#include "api/api.h"
#include "api/roster.h"
#include "base/log.h"
#include "base/text.h"
#include "kube/object.h"
#include "page/page.h"
#include "proxy/a2a.h"
#include "proxy/proxy.h"
#include "service/gate.h"
#include "service/proof.h"
#include "service/streams.h"

#include <pthread.h>
#include <string.h>

/* A message of an agent, or of a chat part, that is larger is refused: nobody types so much. */
#define MAX_BODY_BYTES (32u << 20)

struct front {
	struct front_options options;
	struct loop *loop;
	struct store *store;
	struct identity *identity;
	struct roster *roster;
	struct router *router;
	struct api *api;
	struct proxy *proxy;
	struct streams *streams; /* NULL: there is no other replica */
	struct gate gate;
	struct http_server *server;
	pthread_t thread;
	bool has_thread;
	bool is_over; /* what is still told or asked comes to nothing */
};

/* --- what the proxy asks and tells --- */

static bool user_of(void *context, struct http_exchange *exchange, char *out, size_t out_bytes)
{
	struct front *front = context;

	return gate_user(&front->gate, exchange, out, out_bytes);
}

static struct store_job *agent_job(enum store_job_kind kind, const char *ns, const char *name)
{
	struct store_job *job = store_job_new(kind);

	if (job)
		job->agent = agent_python_identifier(ns, name);
	if (job && job->agent)
		return job;
	store_job_free(job);
	return NULL;
}

static void on_session(void *context, struct store_job *job)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct proxy_session session;
	struct error err = job->err;

	if (!job->ok) {
		proxy_lookup_done(context, NULL, job->err.code == ERR_NOT_FOUND ? NULL : &job->err);
		return;
	}
	if (!json_doc_parse(&job->json, NULL, &doc, &err)) {
		proxy_lookup_done(context, NULL, &err);
		return;
	}
	session.id = json_text_or(json_get(json_root(doc), "id"), "");
	session.user = json_text_or(json_get(json_root(doc), "user_id"), "");
	proxy_lookup_done(context, *session.id ? &session : NULL, NULL);
}

static void find_session(void *context, struct proxy_lookup *lookup)
{
	struct front *front = context;
	struct store_job *job = agent_job(STORE_SESSION_OF_AGENT, lookup->ns, lookup->name);
	struct error err;

	error_no_memory(&err);
	if (job) {
		job->done = on_session;
		job->context = lookup;
		if (store_submit(front->store, job, &err))
			return;
	}
	proxy_lookup_done(lookup, NULL, &err);
}

static void on_written(void *context, struct store_job *job)
{
	(void)context;
	if (!job->ok && job->err.code != ERR_NOT_FOUND)
		log_error("the store has not kept a change", LOG_ERR(&job->err));
}

/* Nobody waits for the answer; a failure is for the log. */
static void submit(struct front *front, struct store_job *job)
{
	struct error err;

	error_no_memory(&err);
	if (job)
		job->done = on_written;
	if (!job || !store_submit(front->store, job, &err))
		log_error("the store has not taken a change", LOG_ERR(&err));
}

static void task_lost(void *context, const struct proxy_lost *lost)
{
	struct front *front = context;
	AUTO(store_job)
	struct store_job *job = agent_job(
		lost->task ? STORE_TASK_FAIL : STORE_TASK_FAIL_OF_MESSAGE, lost->ns, lost->name);

	if (job) {
		job->id = strdup(lost->task ? lost->task : lost->message);
		job->user = strdup(lost->user);
		job->session = strdup(lost->context);
		job->data = strdup(lost->reason);
	}
	if (job && job->id && job->user && job->session && job->data)
		submit(front, take_store_job(&job));
	else
		submit(front, NULL); /* says so */
}

static void on_busy(void *context, const char *ns, const char *name, bool is_busy)
{
	struct front *front = context;

	front->options.on_busy(front->options.context, ns, name, is_busy);
	if (front->streams)
		streams_set(front->streams, ns, name, is_busy);
}

static void on_busy_elsewhere(void *context, const char *ns, const char *name, bool is_busy)
{
	struct front *front = context;

	front->options.on_answer(front->options.context, ns, name, is_busy);
}

/* --- what the front is told --- */

struct told {
	struct front *front;
	struct control_notice *notice; /* NULL: all have been told */
};

static void agent_gone(struct front *front, const struct control_notice *notice)
{
	struct api_world world = roster_world(front->roster);
	const char *uid = object_uid(world.agent(world.context, notice->ns, notice->name));
	struct store_job *job = agent_job(STORE_AGENT_DELETED, notice->ns, notice->name);

	if (job)
		job->id = strdup(uid);
	submit(front, job);
	roster_remove(front->roster, notice->ns, notice->name);
	proxy_agent_remove(front->proxy, notice->ns, notice->name);
}

/* An agent that is not the one its name stood for before begins without the other's chats. */
static void agent_seen(struct front *front, const struct control_notice *notice)
{
	struct api_world world = roster_world(front->roster);
	const char *uid = object_uid(json_root(notice->agent));
	struct store_job *job;

	if (strcmp(uid, object_uid(world.agent(world.context, notice->ns, notice->name))) == 0)
		return;
	job = agent_job(STORE_AGENT_SEEN, notice->ns, notice->name);
	if (job)
		job->id = strdup(uid);
	submit(front, job);
}

static bool agent_put(struct front *front, const struct control_notice *notice, struct error *err)
{
	return roster_put(front->roster, notice->ns, notice->name, notice->agent, notice->model,
		       err) &&
	       proxy_agent_put(front->proxy,
		       &(struct proxy_agent){ .ns = notice->ns,
			       .name = notice->name,
			       .is_ready = notice->is_ready,
			       .base_url = notice->address,
			       .waits_for = notice->waits_for,
			       .agent = notice->agent },
		       err);
}

static void on_told(void *context)
{
	struct told *told = context;
	struct front *front = told->front;
	struct error err;

	if (front->is_over) {
		/* nobody is left to be told */
	} else if (!told->notice) {
		roster_set_synced(front->roster);
		proxy_set_synced(front->proxy);
	} else if (!told->notice->exists) {
		agent_gone(front, told->notice);
	} else {
		agent_seen(front, told->notice);
		if (!agent_put(front, told->notice, &err))
			log_error("cannot take in an agent", LOG_OBJ(told->notice->name),
				LOG_ERR(&err));
	}
	control_notice_free(told->notice);
	free(told);
}

static void tell(struct front *front, struct control_notice *notice)
{
	struct told *told = calloc(1, sizeof(*told));
	struct error err;

	error_no_memory(&err);
	if (told)
		*told = (struct told){ front, notice };
	if (told && loop_post(front->loop, on_told, told, &err))
		return;
	log_error("cannot tell of an agent", LOG_ERR(&err));
	control_notice_free(notice);
	free(told);
}

void front_tell(struct front *front, struct control_notice *notice)
{
	tell(front, notice);
}

void front_tell_synced(struct front *front)
{
	tell(front, NULL);
}

/* --- what the front is asked of other replicas --- */

struct busy_question {
	struct front *front;
	char *ns, *name;
};

static void busy_question_free(struct busy_question *question)
{
	free(question->ns);
	free(question->name);
	free(question);
}

static void on_asked(void *context)
{
	struct busy_question *question = context;

	if (!question->front->is_over)
		streams_ask(question->front->streams, question->ns, question->name);
	busy_question_free(question);
}

bool front_ask_busy(struct front *front, const char *ns, const char *name, struct error *err)
{
	struct busy_question *question = calloc(1, sizeof(*question));

	if (!question)
		return error_no_memory(err);
	*question = (struct busy_question){ front, strdup(ns), strdup(name) };
	if (question->ns && question->name && loop_post(front->loop, on_asked, question, err))
		return true;
	busy_question_free(question);
	return error_no_memory(err);
}

/* --- what the front tells of itself --- */

struct figures_wish {
	struct front *front;
	struct loop *loop; /* where they are wanted */
	front_figures_fn done;
	void *context;
	struct metrics_front figures;
};

static void hand_over_figures(void *context)
{
	struct figures_wish *wish = context;

	wish->done(wish->context, &wish->figures);
	free(wish);
}

static void take_figures(void *context)
{
	struct figures_wish *wish = context;
	struct front *front = wish->front;
	struct error err;

	if (front->is_over) { /* on the loop's own thread, whose run has ended, too */
		wish->done(wish->context, NULL);
		free(wish);
		return;
	}
	router_get_stats(front->router, &wish->figures.router);
	proxy_get_stats(front->proxy, &wish->figures.proxy);
	store_take_stats(front->store, &wish->figures.store);
	loop_take_stats(front->loop, &wish->figures.loop);
	if (!loop_post(wish->loop, hand_over_figures, wish, &err))
		log_error("the figures of the HTTP loop are lost", LOG_ERR(&err));
}

bool front_ask_figures(struct front *front, struct loop *loop, front_figures_fn done, void *context,
	struct error *err)
{
	struct figures_wish *wish = calloc(1, sizeof(*wish));

	if (!wish)
		return error_no_memory(err);
	wish->front = front;
	wish->loop = loop;
	wish->done = done;
	wish->context = context;
	if (loop_post(front->loop, take_figures, wish, err))
		return true;
	free(wish);
	return false;
}

/* --- start and stop --- */

static void write_task(struct buffer *out, bool in_version_1, struct json_view task)
{
	a2a_write_task(out, in_version_1 ? A2A_10 : A2A_03, task);
}

static bool start_identity(struct front *front, struct error *err)
{
	const struct service_options *options = front->options.options;
	struct identity_options identity = { .user_claim = options->user_claim };

	if (!identity_parse_mode(options->auth_mode, &identity.mode, err))
		return error_wrap(err, "--auth-mode");
	if (front->options.asker) {
		asker_answer_on(front->options.asker, front->loop);
		identity.prove = proof_ask_agent;
		identity.prove_user = proof_ask_user;
		identity.allow = proof_ask_right;
		identity.context = front->options.asker;
	}
	if (!identity_new(&identity, &front->identity, err))
		return error_wrap(err, "--auth-mode %s", options->auth_mode);
	front->gate.identity = front->identity;
	front->gate.needs_right = identity.mode == IDENTITY_KUBERNETES;
	return true;
}

static bool start_streams(struct front *front, struct error *err)
{
	return !front->options.replica ||
	       streams_new(&(struct streams_options){ .loop = front->loop,
				   .store = front->store,
				   .replica = front->options.replica,
				   .on_answer = on_busy_elsewhere,
				   .context = front },
		       &front->streams, err);
}

static bool start_proxy(struct front *front, struct error *err)
{
	const struct service_options *options = front->options.options;

	if (!proxy_new(&(struct proxy_options){ .loop = front->loop,
			       .a2a_base_url = options->a2a_base_url,
			       .hold_ms = (uint32_t)options->hold_ms,
			       /* The agent could act as its user in the cluster by that token. */
			       .keeps_authorization =
				       front->gate.needs_right && !options->pass_authorization,
			       .user_of = user_of,
			       .find_session = find_session,
			       .task_lost = task_lost,
			       .on_busy = on_busy,
			       .context = front },
		    &front->proxy, err))
		return false;
	front->gate.proxy = front->proxy;
	return router_add(front->router, NULL, "/api/a2a-sandboxes/{namespace}/{name}/**",
		gate_on_a2a, &front->gate, err);
}

static bool start_server(struct front *front, struct error *err)
{
	return http_server_start(
		       &(struct http_server_options){
			       .listen = front->options.options->http_address,
			       .loop = front->loop,
			       .max_body_bytes = MAX_BODY_BYTES,
			       .max_connections = 10000,
			       .on_request = router_handle,
			       .on_end = router_log,
			       .context = front->router },
		       &front->server, err) ||
	       error_wrap(err, "--http-server-address %s", front->options.options->http_address);
}

static bool start_loop(struct front *front, struct error *err)
{
	if (!loop_new(&front->loop, err))
		return false;
	if (front->options.changer)
		changer_answer_on(front->options.changer, front->loop);
	return true;
}

static bool start_parts(struct front *front, struct error *err)
{
	const struct service_options *options = front->options.options;
	bool has_url = *options->database_url;
	struct changer *changer = front->options.changer;

	return start_loop(front, err) &&
	       (store_open(&(struct store_options){ .path = has_url ? options->database_url
								    : options->database_path,
				   .loop = front->loop,
				   .keep_ms = options->keep_ms,
				   .most_connections = (size_t)options->database_connections },
			&front->store, err) ||
		       error_wrap(err, has_url ? "--database-url" : "--database-path")) &&
	       start_identity(front, err) && roster_new(&front->roster, err) &&
	       router_new(&front->router, err) &&
	       api_new(&(struct api_options){ .router = front->router,
			       .store = front->store,
			       .identity = front->identity,
			       .world = roster_world(front->roster),
			       .write_task = write_task,
			       .change = changer ? changer_change : NULL,
			       .change_context = changer,
			       .default_namespace = options->settings.agent.controller_namespace,
			       .version = SANDGATE_VERSION },
		       &front->api, err) &&
	       start_streams(front, err) && start_proxy(front, err) &&
	       page_add_routes(front->router, err) && start_server(front, err);
}

static void *thread_main(void *context)
{
	struct front *front = context;
	struct error err;

	if (!loop_run(front->loop, &err))
		log_error("the HTTP loop ended", LOG_ERR(&err));
	return NULL;
}

bool front_start(const struct front_options *options, struct front **out, struct error *err)
{
	struct front *front = calloc(1, sizeof(*front));

	if (!front)
		return error_no_memory(err);
	front->options = *options;
	if (!start_parts(front, err)) {
		front_stop(front);
		return false;
	}
	if (pthread_create(&front->thread, NULL, thread_main, front) != 0) {
		front_stop(front);
		return error_set(err, ERR_IO, NULL, "cannot start a thread");
	}
	front->has_thread = true;
	log_info("serving", LOG_INT("port", http_server_port(front->server)));
	*out = front;
	return true;
}

void front_stop(struct front *front)
{
	if (!front)
		return;
	if (front->has_thread) {
		loop_stop(front->loop);
		pthread_join(front->thread, NULL);
	}
	front->is_over = true;
	http_server_stop(front->server);
	proxy_free(front->proxy);
	streams_close(front->streams);
	store_close(front->store);
	loop_free(front->loop); /* delivers the store's last answers */
	streams_free(front->streams);
	api_free(front->api);
	router_free(front->router);
	roster_free(front->roster);
	identity_free(front->identity);
	free(front);
}
