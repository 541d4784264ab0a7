#include "service/streams.h"

#include "agent/translate.h"
#include "base/log.h"
#include "base/map.h"

#include <string.h>

#define RENEW_MS 10000
#define ALIVE_MS 30000

struct streams {
	struct streams_options options;
	struct loop_timer *timer;
	struct map open; /* the agents as the store names them */
};

struct question {
	struct streams *streams;
	char *ns, *name;
};

static void on_told(void *context, struct store_job *job)
{
	(void)context;
	if (!job->ok)
		log_warn("other replicas cannot be told of a chat", LOG_OBJ(job->agent),
			LOG_ERR(&job->err));
}

/* `agent` is copied. */
static struct store_job *job_new(
	const struct streams *streams, enum store_job_kind kind, const char *agent)
{
	struct store_job *job = store_job_new(kind);

	if (!job)
		return NULL;
	job->agent = strdup(agent);
	job->name = strdup(streams->options.replica);
	job->limit = ALIVE_MS;
	job->done = on_told;
	if (job->agent && job->name)
		return job;
	store_job_free(job);
	return NULL;
}

static void tell(struct streams *streams, enum store_job_kind kind, const char *agent)
{
	struct store_job *job = job_new(streams, kind, agent);
	struct error err;

	error_no_memory(&err);
	if (!job || !store_submit(streams->options.store, job, &err))
		log_warn("other replicas cannot be told of a chat", LOG_OBJ(agent), LOG_ERR(&err));
}

static void renew_one(void *context, const char *agent, void *value)
{
	(void)value;
	tell(context, STORE_STREAM_OPEN, agent);
}

static void renew(void *context)
{
	struct streams *streams = context;

	map_each(&streams->open, renew_one, streams);
	if (streams->open.count)
		loop_timer_arm(streams->timer, RENEW_MS);
}

bool streams_new(const struct streams_options *options, struct streams **out, struct error *err)
{
	struct streams *streams = calloc(1, sizeof(*streams));

	if (!streams)
		return error_no_memory(err);
	streams->options = *options;
	if (!loop_timer_new(options->loop, renew, streams, &streams->timer, err)) {
		free(streams);
		return false;
	}
	*out = streams;
	return true;
}

void streams_close(struct streams *streams)
{
	if (!streams)
		return;
	loop_timer_free(streams->timer);
	streams->timer = NULL;
}

void streams_free(struct streams *streams)
{
	if (!streams)
		return;
	streams_close(streams);
	map_fini(&streams->open);
	free(streams);
}

void streams_set(struct streams *streams, const char *ns, const char *name, bool is_busy)
{
	AUTO(text) char *agent = agent_python_identifier(ns, name);
	struct error err;

	error_no_memory(&err);
	if (!agent || (is_busy && !map_put(&streams->open, agent, streams, NULL, &err))) {
		log_error("other replicas are not told of a chat", LOG_OBJ(name), LOG_ERR(&err));
		return;
	}
	if (!is_busy)
		map_remove(&streams->open, agent);
	tell(streams, is_busy ? STORE_STREAM_OPEN : STORE_STREAM_CLOSED, agent);
	if (is_busy && streams->open.count == 1 && streams->timer)
		loop_timer_arm(streams->timer, RENEW_MS);
}

static void question_free(struct question *question)
{
	if (!question)
		return;
	free(question->ns);
	free(question->name);
	free(question);
}

static void on_answer(void *context, struct store_job *job)
{
	struct question *question = context;
	const struct streams_options *options = &question->streams->options;

	if (!job->ok)
		log_warn("whether a chat runs on another replica cannot be asked",
			LOG_OBJ(job->agent), LOG_ERR(&job->err));
	options->on_answer(
		options->context, question->ns, question->name, !job->ok || job->created);
	question_free(question);
}

static struct question *question_new(struct streams *streams, const char *ns, const char *name)
{
	struct question *question = calloc(1, sizeof(*question));

	if (!question)
		return NULL;
	*question = (struct question){ streams, strdup(ns), strdup(name) };
	if (question->ns && question->name)
		return question;
	question_free(question);
	return NULL;
}

void streams_ask(struct streams *streams, const char *ns, const char *name)
{
	AUTO(text) char *agent = agent_python_identifier(ns, name);
	struct question *question = question_new(streams, ns, name);
	struct store_job *job =
		agent && question ? job_new(streams, STORE_STREAM_ASK, agent) : NULL;
	struct error err;

	error_no_memory(&err);
	if (job) {
		job->done = on_answer;
		job->context = question;
		if (store_submit(streams->options.store, job, &err))
			return;
	}
	log_warn("whether a chat runs on another replica cannot be asked", LOG_OBJ(name),
		LOG_ERR(&err));
	streams->options.on_answer(streams->options.context, ns, name, true);
	question_free(question);
}
