#include "store/waiting.h"

#define FNV_OFFSET UINT64_C(14695981039346656037)
#define FNV_PRIME  UINT64_C(1099511628211)

void waiting_init(struct waiting *waiting, size_t workers)
{
	*waiting = (struct waiting){ .workers = workers };
	waiting->last = &waiting->first;
}

bool waiting_is_patient(const struct store_job *job)
{
	return job->kind == STORE_AGENT_SEEN;
}

/* FNV-1a; 0 for a name that is not given. Two names of one key cost a little speed, nothing else. */
static uint64_t key_of(const char *name)
{
	uint64_t key = FNV_OFFSET;

	if (!name || !*name)
		return 0;
	for (; *name; name++)
		key = (key ^ (unsigned char)*name) * FNV_PRIME;
	return key ? key : 1;
}

static const char *session_of(const struct store_job *job)
{
	switch (job->kind) {
	case STORE_SESSION_CREATE:
	case STORE_SESSION_GET:
	case STORE_SESSION_RENAME:
	case STORE_SESSION_DELETE:
		return job->id;
	default:
		return job->session;
	}
}

static const char *task_of(const struct store_job *job)
{
	switch (job->kind) {
	case STORE_TASK_PUT:
	case STORE_TASK_GET:
	case STORE_TASK_DELETE:
	case STORE_TASK_FAIL:
		return job->id;
	default:
		return NULL;
	}
}

void waiting_add(struct waiting *waiting, struct store_job *job)
{
	job->keys[0] = key_of(job->agent);
	job->keys[1] = key_of(session_of(job));
	job->keys[2] = key_of(task_of(job));
	job->next = NULL;
	*waiting->last = job;
	waiting->last = &job->next;
	waiting->count++;
}

static bool shares_key(const struct store_job *one, const struct store_job *other)
{
	for (size_t i = 0; i < COUNT(one->keys); i++)
		if (one->keys[i] && one->keys[i] == other->keys[i])
			return true;
	return false;
}

/* Shares a key with a job of the list, `end` and what is behind it not counted. */
static bool shares_with(
	const struct store_job *job, const struct store_job *list, const struct store_job *end)
{
	for (; list != end; list = list->next)
		if (shares_key(job, list))
			return true;
	return false;
}

static bool may_begin(const struct waiting *waiting, const struct store_job *job)
{
	for (size_t i = 0; i < waiting->workers; i++)
		if (shares_with(job, waiting->under_way[i], NULL))
			return false;
	return !shares_with(job, waiting->first, job);
}

static bool belongs(
	const struct waiting *waiting, const struct store_job *batch, const struct store_job *job)
{
	return waiting->workers == 1 || !batch ||
	       (waiting_is_patient(batch) && waiting_is_patient(job)) ||
	       shares_with(job, batch, NULL);
}

struct store_job *waiting_take(struct waiting *waiting, size_t worker, size_t most, size_t *count)
{
	struct store_job *batch = NULL, **end = &batch;
	struct store_job **at = &waiting->first;

	*count = 0;
	while (*at && *count < most) {
		struct store_job *job = *at;

		if (!belongs(waiting, batch, job) || !may_begin(waiting, job)) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		job->next = NULL;
		*end = job;
		end = &job->next;
		++*count;
	}
	if (!*at)
		waiting->last = at;
	waiting->count -= *count;
	waiting->under_way[worker] = batch;
	return batch;
}

void waiting_done(struct waiting *waiting, size_t worker)
{
	waiting->under_way[worker] = NULL;
}
