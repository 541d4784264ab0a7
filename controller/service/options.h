/* The controller's command line. Texts are borrowed from argv and the environment. Start-up only. */
#ifndef SERVICE_OPTIONS_H
#define SERVICE_OPTIONS_H

#include "agent/settings.h"
#include "control/control.h"

/* Who may make, change and delete SandboxAgents through the HTTP API. */
enum manage_agents {
	MANAGE_NOBODY,
	MANAGE_RBAC, /* who may by the API server's RBAC */
	MANAGE_EVERYBODY, /* every caller but agents that say to be one */
};

struct service_options {
	const char *kubeconfig, *http_address, *health_address, *database_path, *database_url,
		*auth_mode, *user_claim, *manage_text, *a2a_base_url, *log_level, *rollout_text,
		*model_status_text, *conversion_service, *lease_name;
	uint64_t hold_ms, keep_ms, lease_ms;
	int64_t database_connections;
	bool leader_elect;
	bool prove_agents, pass_authorization;
	bool help, version;
	enum manage_agents manage;
	enum rollout_policy rollout;
	enum model_status_mode model_status;
	struct settings settings;
};

/* ERR_INVALID names the flag and the repair. `options` must be released also after a failure. */
MUST_USE bool options_read(
	struct service_options *options, int argc, char **argv, struct error *err);
void options_fini(struct service_options *options);
void options_print_help(void);

#endif
