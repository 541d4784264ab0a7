/*
 * One event loop over epoll: descriptors, timers, and messages from other threads. Everything but loop_post and loop_stop belongs
 * to the thread that runs the loop. Callbacks never block and stay under 2 ms; the longest turn is kept for the metrics.
 * Actors speak only by loop_post: a message moves ownership of what it carries.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/error.h"

#include <sys/epoll.h>

struct loop;
struct loop_watch; /* one descriptor */
struct loop_timer;

typedef void (*loop_ready_fn)(void *context, uint32_t epoll_events);
typedef void (*loop_timer_fn)(void *context);

MUST_USE bool loop_new(struct loop **out, struct error *err);
void loop_free(struct loop *loop); /* after loop_run returned; pending messages are run first */
DEFINE_AUTO(loop, struct loop *, loop_free)

/* Runs until loop_stop. */
MUST_USE bool loop_run(struct loop *loop, struct error *err);
void loop_stop(struct loop *loop); /* any thread, also a signal handler */

/* Watches `fd` (borrowed) for EPOLLIN/EPOLLOUT/...; level-triggered, unless with EPOLLET. Unwatch before closing the descriptor. */
MUST_USE bool loop_watch(struct loop *loop, int fd, uint32_t events, loop_ready_fn ready,
	void *context, struct loop_watch **out, struct error *err);
MUST_USE bool loop_rewatch(struct loop_watch *watch, uint32_t events, struct error *err);
/* Safe inside any callback; no further call for it, also not in the present batch. */
void loop_unwatch(struct loop_watch *watch);

/* A one-shot timer, unarmed. Arming again moves it. */
MUST_USE bool loop_timer_new(struct loop *loop, loop_timer_fn fire, void *context,
	struct loop_timer **out, struct error *err);
void loop_timer_arm(struct loop_timer *timer, uint64_t delay_ms);
void loop_timer_disarm(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer); /* safe in its own callback; NULL does nothing */

/* Runs `fn(context)` on the loop's thread, soon, in order of posting. Any thread. ERR_NO_MEMORY: nothing was posted. */
MUST_USE bool loop_post(struct loop *loop, loop_timer_fn fn, void *context, struct error *err);

/* Runs what was posted, without waiting for more: for an end in order, after loop_run returned. */
void loop_run_posted(struct loop *loop);

/* Called before every wait, for libraries that want to be asked how long (libmicrohttpd). Returns ms, or -1 for "no wish". */
typedef int (*loop_before_wait_fn)(void *context);
MUST_USE bool loop_before_wait(
	struct loop *loop, loop_before_wait_fn fn, void *context, struct error *err);
/* Not from inside such a call. */
void loop_before_wait_remove(struct loop *loop, loop_before_wait_fn fn, void *context);

/*
 * A turn begins no sooner than so long after the one before, unless a timer is due: what comes meanwhile is done in one go. (A wake-up
 * costs more than most of what it is for.) Each event may wait as long. 0, as from the start: no wait. Loop's thread.
 */
void loop_set_gather(struct loop *loop, uint32_t gather_ms);

struct loop_stats {
	uint64_t turns;
	uint64_t longest_turn_us; /* since the last call */
	uint64_t messages;
};
void loop_take_stats(struct loop *loop, struct loop_stats *out); /* loop's thread */

/* Stops the loop on SIGINT and SIGTERM (signalfd); call in main before other threads start. */
MUST_USE bool loop_stop_on_signals(struct loop *loop, struct error *err);

#endif
