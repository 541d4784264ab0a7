#include "loop/loop.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define BATCH_EVENTS 64
#define NOT_ARMED    SIZE_MAX
#define ROUNDS_MAX                                                                                 \
	8 /* of timers and hooks that call for each other, before descriptors are looked at */

struct loop_watch {
	struct loop *loop;
	loop_ready_fn ready;
	void *context;
	int fd;
	bool dead; /* unwatched; kept until the batch that may still name it is over */
	struct loop_watch *next_grave;
};

struct loop_timer {
	struct loop *loop;
	loop_timer_fn fire;
	void *context;
	uint64_t deadline_ms;
	uint64_t order; /* of arming: equal deadlines fire in this order */
	size_t at; /* place in the heap */
};

struct message {
	loop_timer_fn fn;
	void *context;
	struct message *next;
};

struct hook {
	loop_before_wait_fn fn;
	void *context;
};

struct loop {
	int epoll_fd;
	int wake_fd;
	int signal_fd; /* -1 = none */
	atomic_bool stopping;
	struct loop_watch *wake_watch;
	struct loop_watch *signal_watch;
	struct loop_watch *graves;

	struct loop_timer *
		*heap; /* least (deadline, order) first; room for every timer that exists */
	size_t armed;
	size_t timers;
	size_t heap_room;
	uint64_t next_order;

	struct hook *hooks;
	size_t hook_count;

	pthread_mutex_t lock; /* guards the messages */
	struct message *first;
	struct message *last;

	uint64_t turn_began_us; /* 0 = no turn yet */
	uint32_t gather_ms; /* least time between the beginnings of two turns */
	struct loop_stats stats;
};

/* --- messages --- */

static void loop_wake(struct loop *loop)
{
	uint64_t one = 1;

	/* Only a full counter can refuse, and then the loop is awake anyway. */
	while (write(loop->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

bool loop_post(struct loop *loop, loop_timer_fn fn, void *context, struct error *err)
{
	struct message *message = malloc(sizeof(*message));
	bool was_empty;

	if (!message)
		return error_no_memory(err);
	*message = (struct message){ .fn = fn, .context = context };
	pthread_mutex_lock(&loop->lock);
	was_empty = !loop->first;
	if (was_empty)
		loop->first = message;
	else
		loop->last->next = message;
	loop->last = message;
	pthread_mutex_unlock(&loop->lock);
	if (was_empty)
		loop_wake(loop);
	return true;
}

/* Runs what was posted up to now; what these post comes in the next turn. */
static void loop_run_messages(struct loop *loop)
{
	struct message *message;

	pthread_mutex_lock(&loop->lock);
	message = loop->first;
	loop->first = NULL;
	loop->last = NULL;
	pthread_mutex_unlock(&loop->lock);
	while (message) {
		struct message *next = message->next;

		message->fn(message->context);
		free(message);
		loop->stats.messages++;
		message = next;
	}
}

void loop_run_posted(struct loop *loop)
{
	loop_run_messages(loop);
}

static void loop_woken(void *context, uint32_t events UNUSED)
{
	struct loop *loop = context;
	uint64_t count;

	while (read(loop->wake_fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	loop_run_messages(loop);
}

/* --- timers: a binary heap that knows each timer's place --- */

static bool timer_before(const struct loop_timer *a, const struct loop_timer *b)
{
	if (a->deadline_ms != b->deadline_ms)
		return a->deadline_ms < b->deadline_ms;
	return a->order < b->order;
}

static void heap_put(struct loop *loop, size_t at, struct loop_timer *timer)
{
	loop->heap[at] = timer;
	timer->at = at;
}

static void heap_settle(struct loop *loop, size_t at)
{
	struct loop_timer *timer = loop->heap[at];

	while (at && timer_before(timer, loop->heap[(at - 1) / 2])) {
		heap_put(loop, at, loop->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < loop->armed &&
			timer_before(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (child >= loop->armed || !timer_before(loop->heap[child], timer))
			break;
		heap_put(loop, at, loop->heap[child]);
		at = child;
	}
	heap_put(loop, at, timer);
}

bool loop_timer_new(struct loop *loop, loop_timer_fn fire, void *context, struct loop_timer **out,
	struct error *err)
{
	struct loop_timer *timer;

	if (loop->timers == loop->heap_room) {
		size_t room = loop->heap_room ? 2 * loop->heap_room : 16;
		struct loop_timer **heap = realloc(loop->heap, room * sizeof(struct loop_timer *));

		if (!heap)
			return error_no_memory(err);
		loop->heap = heap;
		loop->heap_room = room;
	}
	timer = calloc(1, sizeof(*timer));
	if (!timer)
		return error_no_memory(err);
	*timer = (struct loop_timer){
		.loop = loop, .fire = fire, .context = context, .at = NOT_ARMED
	};
	loop->timers++;
	*out = timer;
	return true;
}

void loop_timer_arm(struct loop_timer *timer, uint64_t delay_ms)
{
	struct loop *loop = timer->loop;
	uint64_t now = clock_monotonic_ms();

	timer->deadline_ms = delay_ms > UINT64_MAX - now ? UINT64_MAX : now + delay_ms;
	timer->order = loop->next_order++;
	if (timer->at == NOT_ARMED)
		heap_put(loop, loop->armed++, timer);
	heap_settle(loop, timer->at);
}

void loop_timer_disarm(struct loop_timer *timer)
{
	struct loop *loop = timer->loop;
	size_t at = timer->at;

	if (at == NOT_ARMED)
		return;
	timer->at = NOT_ARMED;
	loop->armed--;
	if (at == loop->armed)
		return;
	heap_put(loop, at, loop->heap[loop->armed]);
	heap_settle(loop, at);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (!timer)
		return;
	loop_timer_disarm(timer);
	timer->loop->timers--;
	free(timer);
}

/* Fires what is due; true when something was. A timer armed anew by these waits for the next round. */
static bool loop_fire_timers(struct loop *loop)
{
	bool fired = false;
	uint64_t now = clock_monotonic_ms();
	uint64_t armed_before = loop->next_order;

	while (loop->armed) {
		struct loop_timer *timer = loop->heap[0];

		if (timer->deadline_ms > now || timer->order >= armed_before)
			break;
		loop_timer_disarm(timer);
		timer->fire(timer->context);
		fired = true;
	}
	return fired;
}

/* --- descriptors --- */

bool loop_watch(struct loop *loop, int fd, uint32_t events, loop_ready_fn ready, void *context,
	struct loop_watch **out, struct error *err)
{
	struct loop_watch *watch = calloc(1, sizeof(*watch));
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (!watch)
		return error_no_memory(err);
	*watch = (struct loop_watch){ .loop = loop, .ready = ready, .context = context, .fd = fd };
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		free(watch);
		return error_set(err, ERR_IO, NULL, "watch descriptor %d: %s", fd, strerror(errno));
	}
	*out = watch;
	return true;
}

bool loop_rewatch(struct loop_watch *watch, uint32_t events, struct error *err)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
		return error_set(
			err, ERR_IO, NULL, "watch descriptor %d: %s", watch->fd, strerror(errno));
	return true;
}

void loop_unwatch(struct loop_watch *watch)
{
	if (!watch)
		return;
	epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->dead = true;
	watch->next_grave = watch->loop->graves;
	watch->loop->graves = watch;
}

static void loop_bury(struct loop *loop)
{
	while (loop->graves) {
		struct loop_watch *watch = loop->graves;

		loop->graves = watch->next_grave;
		free(watch);
	}
}

/* --- the loop --- */

static bool loop_init(struct loop *loop, struct error *err)
{
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->epoll_fd < 0 || loop->wake_fd < 0)
		return error_set(err, ERR_IO, NULL, "make an event loop: %s", strerror(errno));
	return loop_watch(loop, loop->wake_fd, EPOLLIN, loop_woken, loop, &loop->wake_watch, err);
}

bool loop_new(struct loop **out, struct error *err)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return error_no_memory(err);
	*loop = (struct loop){ .epoll_fd = -1, .wake_fd = -1, .signal_fd = -1 };
	pthread_mutex_init(&loop->lock, NULL);
	if (!loop_init(loop, err)) {
		loop_free(loop);
		return false;
	}
	*out = loop;
	return true;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	while (loop->first)
		loop_run_messages(loop);
	loop_unwatch(loop->wake_watch);
	loop_unwatch(loop->signal_watch);
	loop_bury(loop);
	close_fd(loop->signal_fd);
	close_fd(loop->wake_fd);
	close_fd(loop->epoll_fd);
	pthread_mutex_destroy(&loop->lock);
	free(loop->hooks);
	free(loop->heap);
	free(loop);
}

/* How long epoll may wait: the nearest timer, or less when a hook wishes so. */
static int loop_wait_ms(struct loop *loop)
{
	uint64_t wait = INT_MAX;
	bool bounded = false;

	for (size_t i = 0; i < loop->hook_count; i++) {
		int wish = loop->hooks[i].fn(loop->hooks[i].context);

		if (wish < 0)
			continue;
		bounded = true;
		if ((uint64_t)wish < wait)
			wait = (uint64_t)wish;
	}
	if (loop->armed) {
		uint64_t now = clock_monotonic_ms();
		uint64_t deadline = loop->heap[0]->deadline_ms;
		uint64_t left = deadline > now ? deadline - now : 0;

		bounded = true;
		if (left < wait)
			wait = left;
	}
	return bounded ? (int)wait : -1;
}

/* A turn is everything between two waits, the hooks before the second included. */
static void loop_count_turn(struct loop *loop)
{
	uint64_t took = clock_monotonic_us() - loop->turn_began_us;

	if (!loop->turn_began_us)
		return;
	loop->stats.turns++;
	if (took > loop->stats.longest_turn_us)
		loop->stats.longest_turn_us = took;
}

void loop_set_gather(struct loop *loop, uint32_t gather_ms)
{
	loop->gather_ms = gather_ms;
}

/* Lets events come together, for as long as no timer is due. Returns how much of `wait_ms` (-1 = no end) is left. */
static int loop_gather(const struct loop *loop, int wait_ms)
{
	uint64_t now_us = clock_monotonic_us();
	uint64_t until_us = loop->turn_began_us + (uint64_t)loop->gather_ms * 1000;
	uint64_t sleep_us = until_us > now_us ? until_us - now_us : 0;

	if (wait_ms >= 0 && sleep_us > (uint64_t)wait_ms * 1000)
		sleep_us = (uint64_t)wait_ms * 1000;
	if (sleep_us)
		nanosleep(&(struct timespec){ .tv_sec = (time_t)(sleep_us / 1000000),
				  .tv_nsec = (long)(sleep_us % 1000000) * 1000 },
			NULL);
	return wait_ms < 0 ? wait_ms : wait_ms - (int)(sleep_us / 1000);
}

static bool loop_turn(struct loop *loop, struct error *err)
{
	struct epoll_event events[BATCH_EVENTS];
	int wait_ms = loop_wait_ms(loop);
	int count;

	/* What is to be done at once needs no look at the descriptors before. */
	for (int round = 1; round < ROUNDS_MAX && wait_ms == 0 && loop_fire_timers(loop); round++)
		wait_ms = loop_wait_ms(loop);
	loop_count_turn(loop);
	if (atomic_load(&loop->stopping)) /* a hook may have asked for it */
		return true;
	if (loop->gather_ms)
		wait_ms = loop_gather(loop, wait_ms);
	count = epoll_wait(loop->epoll_fd, events, BATCH_EVENTS, wait_ms);
	loop->turn_began_us = clock_monotonic_us();
	if (count < 0 && errno != EINTR)
		return error_set(err, ERR_IO, NULL, "wait for events: %s", strerror(errno));
	for (int i = 0; i < count; i++) {
		struct loop_watch *watch = events[i].data.ptr;

		if (!watch->dead)
			watch->ready(watch->context, events[i].events);
	}
	loop_fire_timers(loop);
	loop_bury(loop);
	return true;
}

bool loop_run(struct loop *loop, struct error *err)
{
	while (!atomic_load(&loop->stopping))
		if (!loop_turn(loop, err))
			return false;
	atomic_store(&loop->stopping, false);
	loop->turn_began_us = 0;
	return true;
}

void loop_stop(struct loop *loop)
{
	int kept = errno;

	atomic_store(&loop->stopping, true);
	loop_wake(loop);
	errno = kept;
}

bool loop_before_wait(struct loop *loop, loop_before_wait_fn fn, void *context, struct error *err)
{
	struct hook *hooks = realloc(loop->hooks, (loop->hook_count + 1) * sizeof(*hooks));

	if (!hooks)
		return error_no_memory(err);
	loop->hooks = hooks;
	hooks[loop->hook_count++] = (struct hook){ .fn = fn, .context = context };
	return true;
}

void loop_before_wait_remove(struct loop *loop, loop_before_wait_fn fn, void *context)
{
	for (size_t i = 0; i < loop->hook_count; i++) {
		if (loop->hooks[i].fn != fn || loop->hooks[i].context != context)
			continue;
		loop->hook_count--;
		memmove(&loop->hooks[i], &loop->hooks[i + 1],
			(loop->hook_count - i) * sizeof(struct hook));
		return;
	}
}

void loop_take_stats(struct loop *loop, struct loop_stats *out)
{
	*out = loop->stats;
	loop->stats.longest_turn_us = 0;
}

static void loop_signalled(void *context, uint32_t events UNUSED)
{
	struct loop *loop = context;
	struct signalfd_siginfo info;

	if (read(loop->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		loop_stop(loop);
}

bool loop_stop_on_signals(struct loop *loop, struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return error_set(err, ERR_IO, NULL, "block signals");
	loop->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signal_fd < 0)
		return error_set(err, ERR_IO, NULL, "receive signals: %s", strerror(errno));
	return loop_watch(
		loop, loop->signal_fd, EPOLLIN, loop_signalled, loop, &loop->signal_watch, err);
}
