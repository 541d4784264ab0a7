#include "http/room.h"

#include "base/clock.h"

#define SHARED_BYTES ((size_t)16 * 1024 * 1024)
#define ALONE_BYTES  ((size_t)64 * 1024 * 1024)
#define PATIENCE_MS  30000

void room_init(struct room *room, const struct room_options *options)
{
	*room = (struct room){ .options = *options };
	if (!room->options.shared_bytes)
		room->options.shared_bytes = SHARED_BYTES;
	if (!room->options.alone_bytes)
		room->options.alone_bytes = ALONE_BYTES;
	if (!room->options.patience_ms)
		room->options.patience_ms = PATIENCE_MS;
	if (!room->options.now_ms)
		room->options.now_ms = clock_monotonic_ms;
	TAILQ_INIT(&room->waiting);
}

/* What the one that goes on holds is not taken from the others. */
static size_t shared_held(const struct room *room)
{
	return room->held_bytes - (room->alone ? room->alone->held_bytes : 0);
}

bool room_is_tight(const struct room *room)
{
	return shared_held(room) >= room->options.shared_bytes;
}

static bool fits(const struct room *room, const struct room_claim *claim, size_t more_bytes)
{
	size_t held = shared_held(room);
	size_t most = room->options.shared_bytes;

	if (claim == room->alone)
		return true;
	if (claim->held_bytes + more_bytes <= ROOM_SMALL_BYTES)
		most += room->options.alone_bytes;
	return more_bytes <= most && held <= most - more_bytes;
}

static bool may_go_on(struct room *room, struct room_claim *claim, size_t more_bytes)
{
	if (fits(room, claim, more_bytes))
		return true;
	if (room->alone)
		return false;
	room->alone = claim;
	claim->since_ms = room->options.now_ms();
	return true;
}

bool room_ask(struct room *room, struct room_claim *claim, size_t more_bytes)
{
	if (claim->waits)
		return false;
	if (may_go_on(room, claim, more_bytes)) {
		if (claim != room->alone)
			claim->since_ms = 0;
		return true;
	}
	claim->waits = true;
	claim->more_bytes = more_bytes;
	if (!claim->since_ms) /* it may wait again, when another was faster */
		claim->since_ms = room->options.now_ms();
	TAILQ_INSERT_TAIL(&room->waiting, claim, in_waiting);
	return false;
}

static void stop_waiting(struct room *room, struct room_claim *claim)
{
	if (claim->waits)
		TAILQ_REMOVE(&room->waiting, claim, in_waiting);
	claim->waits = false;
}

/* There may be room for those who wait. */
static void call_waiting(struct room *room)
{
	struct room_claim *first;

	while ((first = TAILQ_FIRST(&room->waiting)) && may_go_on(room, first, first->more_bytes)) {
		stop_waiting(room, first);
		room->options.on_turn(first);
	}
}

void room_hold(struct room *room, struct room_claim *claim, size_t bytes)
{
	bool is_through = claim == room->alone && bytes <= ROOM_SMALL_BYTES;
	bool is_less = bytes < claim->held_bytes;

	room->held_bytes += bytes - claim->held_bytes;
	claim->held_bytes = bytes;
	if (is_through) {
		room->alone = NULL;
		claim->since_ms = 0;
	}
	if (is_less || is_through)
		call_waiting(room);
}

void room_leave(struct room *room, struct room_claim *claim)
{
	stop_waiting(room, claim);
	if (room->alone == claim)
		room->alone = NULL;
	claim->since_ms = 0;
	room->held_bytes -= claim->held_bytes;
	claim->held_bytes = 0;
	call_waiting(room);
}

/* Whoever is told leaves the list, or has its time anew: nobody is told twice in a round. */
static struct room_claim *find_late(const struct room *room)
{
	struct room_claim *claim;
	uint32_t patience_ms = room->options.patience_ms;
	uint64_t now_ms = room->options.now_ms();

	TAILQ_FOREACH(claim, &room->waiting, in_waiting)
	if (now_ms >= claim->since_ms + patience_ms)
		return claim;
	if (room->alone && !TAILQ_EMPTY(&room->waiting) &&
		now_ms > room->alone->since_ms + patience_ms / 3)
		return room->alone;
	return NULL;
}

void room_check(struct room *room)
{
	struct room_claim *late;

	while ((late = find_late(room))) {
		stop_waiting(room, late);
		late->since_ms = late == room->alone ? room->options.now_ms() : 0;
		room->options.on_late(late);
		if (late == room->alone) /* it need not go on when it holds little */
			room_hold(room, late, late->held_bytes);
	}
}
