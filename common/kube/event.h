/*
 * Kubernetes Events about our objects: at most one write per (object, reason, message) and minute, never blocking what is told about.
 * Loop's thread. Failures are logged once and dropped. Source: events.k8s.io conventions, core/v1 Event.
 */
#ifndef KUBE_EVENT_H
#define KUBE_EVENT_H

#include "kube/client.h"

struct kube_events;

MUST_USE bool kube_events_new(struct kube_client *client, const char *component,
	struct kube_events **out, struct error *err);
void kube_events_free(struct kube_events *events);

/* `object` needs apiVersion, kind, metadata.{name,namespace,uid,resourceVersion}. `reason` is CamelCase. Texts are cut to 1,024 bytes. */
void kube_events_tell(struct kube_events *events, struct json_view object, bool warning,
	const char *reason, const char *fmt, ...) PRINTF(5, 6);

#endif
