/*
 * The controller's figures as Prometheus' text: those of both loops, of what waits for a reconcile, of the HTTP service, of the A2A
 * proxy and of the store. Pure: the figures were taken on the threads they belong to. Source: Prometheus text format 0.0.4.
 */
#ifndef SERVICE_METRICS_H
#define SERVICE_METRICS_H

#include "api/router.h"
#include "control/control.h"
#include "proxy/proxy.h"
#include "store/store.h"

struct metrics_front {
	struct router_stats router;
	struct proxy_stats proxy;
	struct store_stats store;
	struct loop_stats loop;
};

struct metrics_control {
	struct control_stats control;
	struct loop_stats loop;
	uint64_t api_requests, api_writes; /* to the API server */
};

void metrics_write(struct buffer *out, const struct metrics_control *control,
	const struct metrics_front *front);

#endif
