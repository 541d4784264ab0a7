/*
 * The serving certificate as the cluster keeps it: one Secret, made by whichever replica is first, watched by all; the certificate in
 * force (tls_store) and the CA bundle in the configurations follow it. Loop's thread only; it waits for an API server that is not there.
 */
#ifndef CERTS_KEEPER_H
#define CERTS_KEEPER_H

#include "certs/plan.h"
#include "http/tls.h"
#include "kube/client.h"
#include "kube/event.h"

struct keeper;

struct keeper_options {
	struct kube_client *client;
	struct kube_events *events; /* NULL = none are told */
	struct tls_store *store; /* borrowed */
	const char *ns; /* copied, as all texts */
	const char *secret;
	const char *const
		*names; /* in the certificate, up to NULL; borrowed for the keeper's life */
	struct plan_limits limits;
	const char *validating_webhook;
	const char *mutating_webhook;
	const char *crd;
};

MUST_USE bool keeper_new(
	const struct keeper_options *options, struct keeper **out, struct error *err);
void keeper_free(struct keeper *keeper);
DEFINE_AUTO(keeper, struct keeper *, keeper_free)

/* True once a certificate is in force whose CA has been in all configurations. Any thread. */
bool keeper_is_ready(const struct keeper *keeper);

struct keeper_counts {
	uint64_t secret_writes;
	uint64_t bundle_writes;
	uint64_t failures;
};
/* Any thread; for metrics. */
void keeper_count(const struct keeper *keeper, struct keeper_counts *out);

#endif
