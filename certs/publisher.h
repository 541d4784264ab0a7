/*
 * Keeps the CA bundle in the webhook configurations and the CRD, whoever takes it out: it watches each and writes only what differs. An
 * object that is not there needs nothing; it is seen when it comes. Loop's thread only. Failures are logged and tried again.
 */
#ifndef CERTS_PUBLISHER_H
#define CERTS_PUBLISHER_H

#include "kube/client.h"

struct publisher;

struct publisher_options {
	const char *validating_webhook; /* names, copied; NULL or "": none is kept */
	const char *mutating_webhook;
	const char *crd;
	void (*on_placed)(
		void *context); /* the bundle is in all of them now, as far as the watch knows */
	void *context;
};

MUST_USE bool publisher_new(struct kube_client *client, const struct publisher_options *options,
	struct publisher **out, struct error *err);
void publisher_free(struct publisher *publisher);
DEFINE_AUTO(publisher, struct publisher *, publisher_free)

/* The bundle that is to be kept from now on, PEM, copied. */
MUST_USE bool publisher_set(struct publisher *publisher, const char *bundle_pem, struct error *err);
/* Since when (wall seconds) the present bundle is in all objects; 0 = it is not yet. */
int64_t publisher_placed_at(const struct publisher *publisher);
uint64_t publisher_writes(const struct publisher *publisher); /* any thread */

#endif
