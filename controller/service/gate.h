/*
 * The door of the A2A route: where RBAC says who may talk to an agent, the caller's token and right are looked at before the proxy
 * takes the request over; elsewhere it is handed on at once. Front's thread.
 */
#ifndef SERVICE_GATE_H
#define SERVICE_GATE_H

#include "api/identity.h"
#include "api/router.h"
#include "proxy/proxy.h"

struct gate {
	struct identity *identity;
	struct proxy *proxy;
	bool needs_right; /* the identity's mode is kubernetes */
	const char *user; /* who has passed, while the proxy takes the request over */
};

/* For router_add, with the gate as context. */
void gate_on_a2a(void *gate, struct http_exchange *exchange, struct route_match *match);
/* For proxy_options.user_of: who has passed. */
bool gate_user(
	const struct gate *gate, struct http_exchange *exchange, char *out, size_t out_bytes);

#endif
