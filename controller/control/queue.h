/*
 * What waits to be reconciled: keys, not events. A key is in the queue at most once, its earliest deadline wins, and it is handed out to
 * one worker at a time; a key added while it is being worked on comes again afterwards. Failures back off per key, with jitter.
 * Pure: time is an argument (monotonic ms). One thread. Source: client-go's rate-limiting work queue, by behaviour.
 */
#ifndef CONTROL_QUEUE_H
#define CONTROL_QUEUE_H

#include "base/map.h"

struct queue_entry;

struct queue {
	struct map entries; /* key -> struct queue_entry */
	struct queue_entry **heap; /* waiting entries, earliest first */
	size_t heap_count;
	size_t heap_room;
};

#define QUEUE_BACKOFF_FIRST_MS 200
#define QUEUE_BACKOFF_LAST_MS  60000
#define QUEUE_NEVER            UINT64_MAX

void queue_fini(struct queue *queue);

/* Wants `key` worked on at `at_ms` or before. ERR_NO_MEMORY: the queue is as it was. */
MUST_USE bool queue_add(struct queue *queue, const char *key, uint64_t at_ms, struct error *err);
/* Takes the earliest key that is due, or NULL. Borrowed until queue_done. */
const char *queue_pop(struct queue *queue, uint64_t now_ms);
/* When the next key is due; QUEUE_NEVER when none waits. */
uint64_t queue_next_ms(const struct queue *queue);

/* Work on `key` has ended well: its back-off starts anew, and it may be handed out again. */
void queue_done(struct queue *queue, const char *key);
/*
 * ... has failed: it comes again after its back-off, or sooner if somebody added it meanwhile, but not before `least_ms` (a peer's
 * Retry-After; 0 = not said). Returns the delay.
 */
uint64_t queue_failed(struct queue *queue, const char *key, uint64_t now_ms, uint32_t least_ms);

size_t queue_depth(const struct queue *queue); /* keys that wait */

#endif
