/* The probes and the metrics of the controller, on its control loop. */
#ifndef SERVICE_HEALTH_H
#define SERVICE_HEALTH_H

#include "control/control.h"
#include "http/server.h"
#include "service/front.h"

struct health;

/* `control`, `client` and `front` are borrowed. Loop's thread. */
struct health_options {
	const char *listen;
	struct loop *loop;
	const struct control *control;
	const struct kube_client *client;
	struct front *front;
};
MUST_USE bool health_start(
	const struct health_options *options, struct health **out, struct error *err);
void health_stop(struct health *health);

#endif
