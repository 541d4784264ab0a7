/* The webhook as a server: certificates and health on one loop, reviews on their own threads. Runs until a signal ends it. */
#ifndef WEBHOOK_SERVE_H
#define WEBHOOK_SERVE_H

#include "webhook/options.h"

MUST_USE bool serve_run(const struct webhook_options *options, struct error *err);

#endif
