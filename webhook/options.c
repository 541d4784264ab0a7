#include "webhook/options.h"

#include "base/log.h"

#define AT(member)  offsetof(struct webhook_options, member)
#define SHORTEST_MS 3000 /* below, a certificate would be renewed before it is known everywhere */

static const struct flag flags[] = {
	{ "listen", FLAG_TEXT, AT(listen), ":8443", "ADDRESS",
		"where reviews are answered, by HTTPS", 0, false },
	{ "health-listen", FLAG_TEXT, AT(health_listen), ":8081", "ADDRESS",
		"where /healthz, /readyz and /metrics are, by plain HTTP", 0, false },
	{ "service", FLAG_TEXT, AT(service), "sandgate-webhook", "NAME",
		"the Service that the API server calls", 0, false },
	{ "namespace", FLAG_TEXT, AT(ns), "kagent", "NAME", "where the Service and the Secret are",
		0, false },
	{ "secret", FLAG_TEXT, AT(secret), "sandgate-webhook-tls", "NAME",
		"the Secret that keeps the certificates; made when it is not there", 0, false },
	{ "cert-dir", FLAG_TEXT, AT(cert_dir), NULL, "FOLDER",
		"use tls.crt and tls.key of this folder, read again when they change, instead of a "
		"Secret",
		0, false },
	{ "extra-name", FLAG_LIST, AT(extra_names), NULL, "NAME",
		"another DNS name or IP address in the certificate; may be given again", 0, true },
	{ "validating-webhook", FLAG_TEXT, AT(validating_webhook), NULL, "NAME",
		"the ValidatingWebhookConfiguration whose caBundle is kept", 0, false },
	{ "mutating-webhook", FLAG_TEXT, AT(mutating_webhook), NULL, "NAME",
		"the MutatingWebhookConfiguration whose caBundle is kept", 0, false },
	{ "crd", FLAG_TEXT, AT(crd), NULL, "NAME",
		"the CRD whose caBundle is kept, when its conversion is a webhook's", 0, false },
	{ "ca-lifetime", FLAG_DURATION_MS, AT(ca_lifetime_ms), "3650d", "TIME",
		"how long a CA is good; renewed after two thirds of it", 0, false },
	{ "cert-lifetime", FLAG_DURATION_MS, AT(cert_lifetime_ms), "90d", "TIME",
		"how long a serving certificate is good; renewed after two thirds of it", 0,
		false },
	{ "default-model-config-name", FLAG_TEXT, AT(default_model_config), "default-model-config",
		"NAME", "the ModelConfig written into an agent that names none", 0, false },
	{ "refuse-public-suffix-wildcards", FLAG_BOOL, AT(refuse_public_suffix_wildcards), "false",
		NULL,
		"refuse allowed domains such as *.co.uk and *.github.io, which otherwise warn", 0,
		false },
	{ "threads", FLAG_NUMBER, AT(threads), "0", "NUMBER",
		"that answer reviews; 0 = one per core", 0, false },
	{ "kubeconfig", FLAG_TEXT, AT(kubeconfig), NULL, "FILE",
		"how to reach the API server (none: $KUBECONFIG, then the pod's service account)",
		0, true },
	{ "log-level", FLAG_TEXT, AT(log_level), "info", "LEVEL", "debug, info, warn or error", 0,
		false },
	{ "help", FLAG_BOOL, AT(help), NULL, NULL, "print this and exit", 'h', true },
	{ "version", FLAG_BOOL, AT(version), NULL, NULL, "print the version and exit", 0, true },
};

static bool check_lifetimes(const struct webhook_options *options, struct error *err)
{
	if (options->cert_lifetime_ms < SHORTEST_MS)
		return error_set(err, ERR_INVALID, NULL,
			"--cert-lifetime: must be 3s or longer, such as 90d");
	if (options->ca_lifetime_ms < 3 * options->cert_lifetime_ms)
		return error_set(err, ERR_INVALID, NULL,
			"--ca-lifetime: must be at least three times --cert-lifetime");
	return true;
}

bool webhook_options_read(struct webhook_options *options, int argc, char **argv, struct error *err)
{
	struct flag_set set = { flags, COUNT(flags), options };
	enum log_level level;

	if (!flags_parse(&set, 1, argc, argv, NULL, err))
		return false;
	if (!log_parse_level(options->log_level, &level, err))
		return error_wrap(err, "--log-level");
	log_set_level(level);
	if (options->threads < 0 || options->threads > 256)
		return error_set(err, ERR_INVALID, NULL, "--threads: must be 0 to 256");
	return check_lifetimes(options, err);
}

void webhook_options_fini(struct webhook_options *options)
{
	flag_list_fini(&options->extra_names);
}

void webhook_options_help(void)
{
	struct webhook_options none = { 0 };
	struct flag_set set = { flags, COUNT(flags), &none };

	puts("sandgate-webhook: reviews SandboxAgents when they are applied, converts them "
	     "between\n"
	     "versions, and keeps its own certificates.\n"
	     "\n"
	     "usage: sandgate-webhook [FLAGS]                             run in a cluster\n"
	     "       sandgate-webhook review -f PATH ...                  the verdicts on agents "
	     "in files\n"
	     "       sandgate-webhook convert --to VERSION -f PATH ...    agents in files in "
	     "another version\n"
	     "\n"
	     "Every flag is also an environment variable: --cert-dir is CERT_DIR, and wins when it "
	     "is "
	     "set.\n");
	flags_help(stdout, &set, 1);
}
