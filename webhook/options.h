/* The webhook's command line. Start-up only. */
#ifndef WEBHOOK_OPTIONS_H
#define WEBHOOK_OPTIONS_H

#include "base/flags.h"

struct webhook_options {
	const char *listen;
	const char *health_listen;
	const char *service;
	const char *ns;
	const char *secret;
	const char *cert_dir; /* NULL or "": the webhook makes its own */
	struct flag_list extra_names;
	const char *validating_webhook;
	const char *mutating_webhook;
	const char *crd;
	uint64_t ca_lifetime_ms;
	uint64_t cert_lifetime_ms;
	const char *default_model_config;
	bool refuse_public_suffix_wildcards;
	int64_t threads;
	const char *kubeconfig;
	const char *log_level;
	bool help;
	bool version;
};

/* Sets the log level too. ERR_INVALID says which flag and what to write. */
MUST_USE bool webhook_options_read(
	struct webhook_options *options, int argc, char **argv, struct error *err);
void webhook_options_fini(struct webhook_options *options);
void webhook_options_help(void);

#endif
