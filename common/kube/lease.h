/*
 * Leader election by a coordination.k8s.io Lease. The holder renews it every 2/15 of its duration and believes in it for 2/3 of that
 * time, counted from when the last renewal that succeeded was sent: nobody else may take it before the whole time has passed since that
 * renewal arrived. Clocks of two machines are never compared. Loop's thread.
 * Source: client-go's leaderelection timings (15 s, renew 10 s, retry 2 s).
 */
#ifndef KUBE_LEASE_H
#define KUBE_LEASE_H

#include "kube/client.h"

struct kube_lease;

struct kube_lease_options {
	const char *ns, *name,
		*identity; /* copied; the identity is of one process, and never used again */
	uint32_t duration_s; /* 0 = 15 */
	void (*on_lead)(void *context); /* we hold it */
	void (*on_lost)(
		void *context); /* we no longer do; may come late: ask kube_lease_is_held before a write */
	void *context;
};
MUST_USE bool kube_lease_new(struct kube_client *client, const struct kube_lease_options *options,
	struct kube_lease **out, struct error *err);
void kube_lease_free(
	struct kube_lease *lease); /* gives it back when held; kube_client_finish sees it sent */
/* By the clock, suspended time included: true of a lease that nobody else can have taken. */
bool kube_lease_is_held(const struct kube_lease *lease);

#endif
