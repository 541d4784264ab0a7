/*
 * The memory that all large things of a server may take together: bodies that are being read, answers on their way through, what clients
 * have not taken yet. So no peer can take all there is, however many large things it asks for or sends at the same time.
 *
 * Everything large shares some bytes. When these are used up, one claim may go on all the same, as what it may hold is bound by its own
 * limits: so something always comes to its end. The others wait for that, their peers held back. What is small goes on in any case,
 * unless there is so much of it that it is no longer small in all.
 * Whoever waits for too long, or is the one that goes on and does not come to its end while others wait, is told that it is late.
 * Pure accounting, on one thread.
 */
#ifndef HTTP_ROOM_H
#define HTTP_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define ROOM_SMALL_BYTES ((size_t)128 * 1024) /* of one claim */

struct room_claim {
	size_t held_bytes;
	bool waits;
	size_t more_bytes; /* for which it waits */
	uint64_t since_ms; /* it waits, or goes on alone; 0 = neither */
	TAILQ_ENTRY(room_claim) in_waiting;
};

struct room_options {
	size_t shared_bytes; /* 0 = 16 MiB */
	size_t alone_bytes; /* what the one that goes on holds at most, by its own limits. 0 = 64 MiB */
	uint32_t
		patience_ms; /* of who waits; of the others with the one that goes on a third. 0 = 30 s */
	uint64_t (*now_ms)(void); /* NULL: clock_monotonic_ms */
	/* Out of room_hold, room_leave and room_check: a claim that waited may ask again. Out of room_check: it is late. */
	void (*on_turn)(struct room_claim *claim);
	void (*on_late)(struct room_claim *claim);
};

struct room {
	struct room_options options;
	size_t held_bytes; /* by all claims */
	struct room_claim *alone; /* NULL = none */
	TAILQ_HEAD(, room_claim) waiting; /* who came first is first */
};

void room_init(struct room *room, const struct room_options *options);
/* May the claim hold so many more? False: it waits, and on_turn or on_late comes once. */
bool room_ask(struct room *room, struct room_claim *claim, size_t more_bytes);
/* That is what it holds now, whether it asked or not. */
void room_hold(struct room *room, struct room_claim *claim, size_t bytes);
/* It holds nothing and waits for nothing. */
void room_leave(struct room *room, struct room_claim *claim);
/* From time to time: tells who is late. */
void room_check(struct room *room);
/* The shared bytes are used up. */
bool room_is_tight(const struct room *room);

#endif
