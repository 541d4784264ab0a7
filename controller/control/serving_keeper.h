/*
 * Keeps v1alpha3 of SandboxAgents served only while the webhook can convert it: it is withdrawn 15 s after the last of the webhook's pods
 * went, at once when Helm begins to remove the release, and served again as soon as a pod is ready. So neither a dead webhook nor
 * `helm uninstall` leaves plain `kubectl get sandboxagents` or the deletion of a namespace behind a conversion that nobody answers.
 * Here and not in the webhook, because it must act when that is dead. Loop's thread. Failures are logged and tried again.
 */
#ifndef CONTROL_SERVING_KEEPER_H
#define CONTROL_SERVING_KEEPER_H

#include "kube/client.h"

struct serving_keeper;

/*
 * `service`, in the client's own namespace, is what the API server calls to convert. Removal is announced by a ConfigMap named
 * SERVICE-removal, there for a moment is enough.
 */
MUST_USE bool serving_keeper_new(struct kube_client *client, const char *service,
	struct serving_keeper **out, struct error *err);
/* Begins to write only while it leads; not at first. */
void serving_keeper_set_leading(struct serving_keeper *keeper, bool is_leading);
bool serving_keeper_is_writing(const struct serving_keeper *keeper);
void serving_keeper_free(struct serving_keeper *keeper); /* NULL does nothing */
DEFINE_AUTO(serving_keeper, struct serving_keeper *, serving_keeper_free)

#endif
