/*
 * What is answered under which path: /validate, /mutate and /convert by HTTPS, on the server's threads; /healthz, /readyz and /metrics by plain
 * HTTP. Everything here is read-only or atomic after the start.
 */
#ifndef WEBHOOK_ROUTES_H
#define WEBHOOK_ROUTES_H

#include "certs/keeper.h"
#include "http/server.h"
#include "webhook/metrics.h"

struct routes {
	struct admission_settings admission;
	struct metrics metrics;
	const struct tls_store *store;
	const struct keeper *keeper; /* NULL: others bring the certificate */
};

void routes_answer_review(void *routes, struct http_exchange *exchange);
void routes_answer_health(void *routes, struct http_exchange *exchange);

/* NULL when a review would be answered well now, else why not: it reviews a good and a bad agent and looks at the certificate. */
const char *routes_fault(const struct routes *routes, int64_t now);

#endif
