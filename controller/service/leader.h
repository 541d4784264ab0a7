/*
 * Whether this replica leads: makes and changes what agents stand for. From leader_new on nothing is written by the client unless it
 * holds the lease, by the clock; reviews are. The loop's thread.
 */
#ifndef SERVICE_LEADER_H
#define SERVICE_LEADER_H

#include "control/control.h"
#include "kube/client.h"

struct leader;

/* `client` and `lease_name` are borrowed; the Lease is in the client's namespace. */
MUST_USE bool leader_new(struct kube_client *client, const char *lease_name, uint32_t duration_s,
	struct leader **out, struct error *err);
void leader_free(struct leader *leader); /* NULL does nothing */
/* What tells this process from every other. NULL for NULL. */
const char *leader_replica(const struct leader *leader);

/* Begins to ask for the lease, and tells `control` when it leads, and when no longer. NULL does nothing. */
MUST_USE bool leader_elect(struct leader *leader, struct control *control, struct error *err);
/*
 * After loop_run returned: gives the lease back, and waits until that was sent. The first thing at the end, so that another replica need
 * not wait until the chats of this one have ended.
 */
void leader_step_down(struct leader *leader);

#endif
