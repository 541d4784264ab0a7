/*
 * The jobs that wait to be done, in the order they came, and those that are being done by each worker. What concerns the same agent,
 * session or task is done in this order: a job begins when all those ahead of it that name one of the same are over, or in the same
 * batch. Everything else may overtake. Called under the store's lock; touches no job that is being done but by what was noted at its start.
 */
#ifndef STORE_WAITING_H
#define STORE_WAITING_H

#include "store/store.h"

struct waiting {
	struct store_job *first, **last;
	size_t count;
	size_t workers; /* with one, a batch may hold anything */
	struct store_job *under_way[STORE_MOST_CONNECTIONS]; /* of each worker */
};

void waiting_init(struct waiting *waiting, size_t workers);
/* Puts the job at the end. */
void waiting_add(struct waiting *waiting, struct store_job *job);
/*
 * Cuts out what worker number `worker` is to do next, in one transaction: at most `most` jobs. With several workers these are one job
 * and those that must follow it, so that nothing waits for a job that it has nothing to do with; or jobs for which nobody waits.
 * NULL: nothing may begin now.
 */
struct store_job *waiting_take(struct waiting *waiting, size_t worker, size_t most, size_t *count);
/* What the worker took is over. */
void waiting_done(struct waiting *waiting, size_t worker);

/* Nobody waits for its answer: it is better done with others of its kind. */
bool waiting_is_patient(const struct store_job *job);

#endif
