#include "http/turns.h"

#include "base/clock.h"

#include <time.h>

/* Who has waited longest goes on, if anybody waits. Under the lock: nobody is suspended then whom turns_end does not see. */
static void turns_call_next(struct turns *turns)
{
	struct turn *next = TAILQ_FIRST(&turns->waiting);

	if (!next)
		return;
	TAILQ_REMOVE(&turns->waiting, next, in_waiting);
	next->is_taken = true;
	turns->taken++;
	MHD_resume_connection(next->connection);
}

static void turns_sleep_until(struct turns *turns, uint64_t until_ms)
{
	const struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000 };

	pthread_cond_timedwait(&turns->changed, &turns->lock, &until);
}

/* Whoever holds a turn and sends nothing must not keep the others out. */
static void *turns_watch(void *context)
{
	struct turns *turns = context;

	pthread_mutex_lock(&turns->lock);
	while (!turns->is_over) {
		const struct turn *first = TAILQ_FIRST(&turns->waiting);

		if (!first)
			pthread_cond_wait(&turns->changed, &turns->lock);
		else if (clock_monotonic_ms() < first->due_ms)
			turns_sleep_until(turns, first->due_ms);
		else
			turns_call_next(turns);
	}
	pthread_mutex_unlock(&turns->lock);
	return NULL;
}

bool turns_start(struct turns *turns, unsigned at_once, unsigned patience_ms, struct error *err)
{
	pthread_condattr_t monotonic;

	*turns = (struct turns){ .at_once = at_once, .patience_ms = patience_ms };
	TAILQ_INIT(&turns->waiting);
	pthread_mutex_init(&turns->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&turns->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	turns->has_started = pthread_create(&turns->watch, NULL, turns_watch, turns) == 0;
	return turns->has_started || error_no_memory(err);
}

bool turns_take(struct turns *turns, struct turn *turn)
{
	bool has_turn;

	if (turn->is_taken)
		return true;
	pthread_mutex_lock(&turns->lock);
	has_turn = turns->taken < turns->at_once || turns->is_over;
	if (has_turn) {
		turn->is_taken = true;
		turns->taken++;
	} else {
		/* Suspended before anybody can find it in the list and resume it. */
		MHD_suspend_connection(turn->connection);
		turn->due_ms = clock_monotonic_ms() + turns->patience_ms;
		TAILQ_INSERT_TAIL(&turns->waiting, turn, in_waiting);
		pthread_cond_signal(&turns->changed);
	}
	pthread_mutex_unlock(&turns->lock);
	return has_turn;
}

void turns_give(struct turns *turns, struct turn *turn)
{
	if (!turn->is_taken)
		return;
	turn->is_taken = false;
	pthread_mutex_lock(&turns->lock);
	turns->taken--;
	if (turns->taken < turns->at_once)
		turns_call_next(turns);
	pthread_mutex_unlock(&turns->lock);
}

void turns_end(struct turns *turns)
{
	if (!turns->has_started || turns->is_over)
		return;
	pthread_mutex_lock(&turns->lock);
	turns->is_over = true;
	while (!TAILQ_EMPTY(&turns->waiting))
		turns_call_next(turns);
	pthread_cond_signal(&turns->changed);
	pthread_mutex_unlock(&turns->lock);
	pthread_join(turns->watch, NULL);
}

void turns_fini(struct turns *turns)
{
	if (!turns->has_started)
		return;
	turns_end(turns);
	pthread_cond_destroy(&turns->changed);
	pthread_mutex_destroy(&turns->lock);
}
