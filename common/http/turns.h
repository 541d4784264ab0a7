/*
 * Large bodies take turns: so many are read at the same time, and the connections of the others wait, with what they sent in the
 * system's buffers, until one of those is through. So memory is bound by the number of turns and not of connections. Nobody waits for
 * longer than the patience: who takes a turn and then sends nothing must not keep the others out.
 * On own threads only: an exchange takes its turn in libmicrohttpd's callback for its body, on the thread of its connection.
 */
#ifndef HTTP_TURNS_H
#define HTTP_TURNS_H

#include "base/error.h"

#include <microhttpd.h>
#include <pthread.h>
#include <sys/queue.h>

struct turn {
	struct MHD_Connection *connection;
	bool is_taken;
	uint64_t due_ms; /* monotonic; while it waits */
	TAILQ_ENTRY(turn) in_waiting;
};

struct turns {
	bool has_started;
	unsigned at_once, patience_ms;
	pthread_t watch;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool is_over; /* nobody waits any more */
	unsigned taken;
	TAILQ_HEAD(, turn) waiting; /* by due_ms; each of them is suspended */
};

/* ERR_NO_MEMORY: there is no thread for it. */
MUST_USE bool turns_start(
	struct turns *turns, unsigned at_once, unsigned patience_ms, struct error *err);
/* False: the connection is suspended, and its callback comes again when it has its turn. */
bool turns_take(struct turns *turns, struct turn *turn);
/* Gives it on to who has waited longest. Does nothing when it is not taken. */
void turns_give(struct turns *turns, struct turn *turn);
/* From now on everybody has a turn. Before libmicrohttpd is stopped, which cannot be while somebody waits. */
void turns_end(struct turns *turns);
void turns_fini(struct turns *turns); /* does nothing when they were not started */

#endif
