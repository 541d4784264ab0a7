#include "control/queue.h"

#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

struct queue_entry {
	char *key;
	uint64_t at_ms; /* when waiting */
	uint64_t again_ms; /* when working: what was asked for meanwhile */
	size_t slot; /* in the heap, when waiting */
	unsigned failures;
	bool is_waiting;
	bool is_working;
};

static void entry_free(void *context, const char *key, void *value)
{
	struct queue_entry *entry = value;

	(void)context;
	(void)key;
	free(entry->key);
	free(entry);
}

void queue_fini(struct queue *queue)
{
	map_each(&queue->entries, entry_free, NULL);
	map_fini(&queue->entries);
	free(queue->heap);
	*queue = (struct queue){ 0 };
}

static void heap_put(struct queue *queue, size_t slot, struct queue_entry *entry)
{
	queue->heap[slot] = entry;
	entry->slot = slot;
}

static void heap_up(struct queue *queue, struct queue_entry *entry)
{
	size_t slot = entry->slot;

	while (slot && queue->heap[(slot - 1) / 2]->at_ms > entry->at_ms) {
		heap_put(queue, slot, queue->heap[(slot - 1) / 2]);
		slot = (slot - 1) / 2;
	}
	heap_put(queue, slot, entry);
}

static void heap_down(struct queue *queue, struct queue_entry *entry)
{
	size_t slot = entry->slot;

	for (;;) {
		size_t child = 2 * slot + 1;

		if (child >= queue->heap_count)
			break;
		if (child + 1 < queue->heap_count &&
			queue->heap[child + 1]->at_ms < queue->heap[child]->at_ms)
			child++;
		if (queue->heap[child]->at_ms >= entry->at_ms)
			break;
		heap_put(queue, slot, queue->heap[child]);
		slot = child;
	}
	heap_put(queue, slot, entry);
}

/* The heap has room for every entry from the moment the entry exists: waiting cannot fail. */
static void entry_wait(struct queue *queue, struct queue_entry *entry, uint64_t at_ms)
{
	entry->at_ms = at_ms;
	entry->is_waiting = true;
	entry->slot = queue->heap_count++;
	heap_up(queue, entry);
}

static struct queue_entry *entry_new(struct queue *queue, const char *key, struct error *err)
{
	size_t room = queue->heap_room ? queue->heap_room * 2 : 64;
	struct queue_entry *entry;

	if (queue->entries.count >= queue->heap_room) {
		struct queue_entry **heap =
			realloc(queue->heap, room * sizeof(struct queue_entry *));

		if (!heap) {
			error_no_memory(err);
			return NULL;
		}
		queue->heap = heap;
		queue->heap_room = room;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry)
		entry->key = strdup(key);
	if (!entry || !entry->key || !map_put(&queue->entries, key, entry, NULL, err)) {
		if (entry)
			entry_free(NULL, NULL, entry);
		error_no_memory(err);
		return NULL;
	}
	return entry;
}

bool queue_add(struct queue *queue, const char *key, uint64_t at_ms, struct error *err)
{
	struct queue_entry *entry = map_get(&queue->entries, key);

	if (!entry) {
		entry = entry_new(queue, key, err);
		if (!entry)
			return false;
		entry->again_ms = QUEUE_NEVER;
	}
	if (entry->is_working) {
		if (at_ms < entry->again_ms)
			entry->again_ms = at_ms;
	} else if (!entry->is_waiting) {
		entry_wait(queue, entry, at_ms);
	} else if (at_ms < entry->at_ms) {
		entry->at_ms = at_ms;
		heap_up(queue, entry);
	}
	return true;
}

const char *queue_pop(struct queue *queue, uint64_t now_ms)
{
	struct queue_entry *entry = queue->heap_count ? queue->heap[0] : NULL;

	if (!entry || entry->at_ms > now_ms)
		return NULL;
	queue->heap_count--;
	if (queue->heap_count) {
		struct queue_entry *last = queue->heap[queue->heap_count];

		last->slot = 0;
		heap_down(queue, last);
	}
	entry->is_waiting = false;
	entry->is_working = true;
	entry->again_ms = QUEUE_NEVER;
	return entry->key;
}

uint64_t queue_next_ms(const struct queue *queue)
{
	return queue->heap_count ? queue->heap[0]->at_ms : QUEUE_NEVER;
}

void queue_done(struct queue *queue, const char *key)
{
	struct queue_entry *entry = map_get(&queue->entries, key);

	if (!entry || !entry->is_working)
		return;
	entry->is_working = false;
	entry->failures = 0;
	if (entry->again_ms != QUEUE_NEVER) {
		entry_wait(queue, entry, entry->again_ms);
		return;
	}
	map_remove(&queue->entries, key);
	entry_free(NULL, NULL, entry);
}

uint64_t queue_failed(struct queue *queue, const char *key, uint64_t now_ms, uint32_t least_ms)
{
	struct queue_entry *entry = map_get(&queue->entries, key);
	uint64_t delay = QUEUE_BACKOFF_FIRST_MS;
	uint64_t at;

	if (!entry || !entry->is_working)
		return 0;
	for (unsigned i = 0; i < entry->failures && delay < QUEUE_BACKOFF_LAST_MS; i++)
		delay *= 2;
	if (delay > QUEUE_BACKOFF_LAST_MS)
		delay = QUEUE_BACKOFF_LAST_MS;
	delay -= random_below((uint32_t)delay / 4 + 1);
	if (delay < least_ms) /* all that were sent away do not come back at one moment */
		delay = least_ms + random_below(1000);
	at = now_ms + delay;
	entry->failures++;
	entry->is_working = false;
	if (entry->again_ms < at)
		at = entry->again_ms > now_ms + least_ms ? entry->again_ms : now_ms + least_ms;
	entry_wait(queue, entry, at);
	return delay;
}

size_t queue_depth(const struct queue *queue)
{
	return queue->heap_count;
}
