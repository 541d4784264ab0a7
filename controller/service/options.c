#include "service/options.h"

#include "base/log.h"
#include "store/store.h"

#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct service_options, member)

static const struct flag flags[] = {
	{ "http-server-address", FLAG_TEXT, AT(http_address), ":8083", "ADDRESS",
		"where the A2A proxy and the HTTP API listen", 0, false },
	{ "health-probe-bind-address", FLAG_TEXT, AT(health_address), ":8082", "ADDRESS",
		"where /healthz, /readyz and /metrics listen", 0, false },
	{ "database-path", FLAG_TEXT, AT(database_path), "/var/lib/sandgate/sandgate.db", "FILE",
		"SQLite file with sessions, tasks and events; made when it is not there", 0,
		false },
	{ "database-url", FLAG_TEXT, AT(database_url), "", "URL",
		"PostgreSQL instead of the file: "
		"postgres://user:password@host/name (better set as DATABASE_URL)",
		0, false },
	{ "database-max-connections", FLAG_NUMBER, AT(database_connections), "4", "NUMBER",
		"connections to PostgreSQL: so many things at once, so that a slow one holds up no "
		"other chat (1 to 64; the file has one)",
		0, false },
	{ "session-retention", FLAG_DURATION_MS, AT(keep_ms), "0s", "TIME",
		"how long a chat is kept that nobody uses (0s: for ever)", 0, false },
	{ "auth-mode", FLAG_TEXT, AT(auth_mode), "unsecure", "MODE",
		"how callers are told apart: unsecure (they are believed), trusted-proxy (a proxy "
		"in front has checked their token) or kubernetes (they show a token of the "
		"cluster's, and RBAC says to which agents they may talk)",
		0, false },
	{ "auth-user-id-claim", FLAG_TEXT, AT(user_claim), "sub", "CLAIM",
		"claim of the token that names the user", 0, false },
	{ "manage-agents", FLAG_TEXT, AT(manage_text), "nobody", "WHO",
		"who may create, update and delete SandboxAgents through the HTTP API: nobody, "
		"rbac "
		"(with --auth-mode kubernetes: users that may by RBAC) or everybody (with the "
		"other "
		"modes: every caller that does not say to be an agent; whoever reaches the port "
		"can "
		"then open any agent's sandbox)",
		0, false },
	{ "prove-agents", FLAG_BOOL, AT(prove_agents), "true", NULL,
		"agent pods must show their projected token; false is for runs outside a cluster",
		0, false },
	{ "pass-authorization", FLAG_BOOL, AT(pass_authorization), "false", NULL,
		"with --auth-mode kubernetes: hand the user's Authorization header on to the "
		"agent, "
		"as the other modes do (models with apiKeyPassthrough need it). The agent can then "
		"act as that user in the cluster",
		0, false },
	{ "a2a-base-url", FLAG_TEXT, AT(a2a_base_url), "", "URL",
		"address that agent cards advertise (none: the one that the client called)", 0,
		false },
	{ "hold-timeout", FLAG_DURATION_MS, AT(hold_ms), "30s", "TIME",
		"how long a request waits for an agent whose pod is starting", 0, false },
	{ "rollout", FLAG_TEXT, AT(rollout_text), "WhenIdle", "POLICY",
		"when a change that needs a new pod is rolled out: WhenIdle, Immediate or Manual",
		0, false },
	{ "model-status", FLAG_TEXT, AT(model_status_text), "auto", "MODE",
		"who writes the status of ModelConfigs and RemoteMCPServers: auto (this "
		"controller, unless kagent's "
		"runs here), true (this one), false",
		0, false },
	{ "conversion-service", FLAG_TEXT, AT(conversion_service), "", "NAME",
		"the webhook's Service, in this namespace: v1alpha3 of SandboxAgents is served "
		"only while it has a ready pod (none: left as it is)",
		0, false },
	{ "leader-elect", FLAG_BOOL, AT(leader_elect), "false", NULL,
		"there are several replicas, or may be for a moment: one of them makes and changes "
		"what agents stand for, all of them carry chats. Needs --database-url",
		0, false },
	{ "leader-elect-lease-duration", FLAG_DURATION_MS, AT(lease_ms), "15s", "TIME",
		"after how long without a sign of life another replica leads", 0, false },
	{ "leader-elect-resource-name", FLAG_TEXT, AT(lease_name), "sandgate-controller", "NAME",
		"the Lease that the leader holds, in this namespace", 0, false },
	{ "kubeconfig", FLAG_TEXT, AT(kubeconfig), NULL, "FILE",
		"how to reach the API server (none: $KUBECONFIG, then the pod's service account)",
		0, true },
	{ "log-level", FLAG_TEXT, AT(log_level), "info", "LEVEL", "debug, info, warn or error", 0,
		false },
	{ "help", FLAG_BOOL, AT(help), NULL, NULL, "print this and exit", 'h', true },
	{ "version", FLAG_BOOL, AT(version), NULL, NULL, "print the version and exit", 0, true },
};

static bool check_election(const struct service_options *options, struct error *err)
{
	if (!options->leader_elect)
		return true;
	if (!*options->database_url)
		return error_set(err, ERR_INVALID, NULL,
			"--leader-elect needs --database-url: replicas share one database, and a "
			"file of SQLite is of one process");
	if (options->lease_ms < 3000 || options->lease_ms > 600000 || options->lease_ms % 1000)
		return error_set(err, ERR_INVALID, NULL,
			"--leader-elect-lease-duration: write whole seconds, 3s to 10m");
	return true;
}

static bool check_database(const struct service_options *options, struct error *err)
{
	if (options->database_connections < 1 ||
		options->database_connections > STORE_MOST_CONNECTIONS)
		return error_set(err, ERR_INVALID, NULL,
			"--database-max-connections: write a number from 1 to %d",
			STORE_MOST_CONNECTIONS);
	return true;
}

static bool check_manage(struct service_options *options, struct error *err)
{
	static const char *const names[] = {
		[MANAGE_NOBODY] = "nobody", [MANAGE_RBAC] = "rbac", [MANAGE_EVERYBODY] = "everybody"
	};
	bool has_rights = strcmp(options->auth_mode, "kubernetes") == 0;
	size_t who = 0;

	while (who < COUNT(names) && strcmp(options->manage_text, names[who]) != 0)
		who++;
	if (who == COUNT(names))
		return error_set(err, ERR_INVALID, NULL,
			"--manage-agents: \"%s\" is none of nobody, rbac and everybody",
			options->manage_text);
	if (who == MANAGE_RBAC && !has_rights)
		return error_set(err, ERR_INVALID, NULL,
			"--manage-agents=rbac needs --auth-mode=kubernetes: elsewhere nobody knows "
			"what a caller may");
	if (who == MANAGE_EVERYBODY && has_rights)
		return error_set(err, ERR_INVALID, NULL,
			"--manage-agents=everybody does not go with --auth-mode=kubernetes: write "
			"rbac");
	options->manage = (enum manage_agents)who;
	return true;
}

bool options_read(struct service_options *options, int argc, char **argv, struct error *err)
{
	struct flag_set sets[] = { { flags, COUNT(flags), options },
		{ settings_flags, settings_flag_count, &options->settings } };
	enum log_level level;

	if (!flags_parse(sets, COUNT(sets), argc, argv, NULL, err) ||
		!log_parse_level(options->log_level, &level, err))
		return false;
	log_set_level(level);
	if (!check_database(options, err) || !check_election(options, err) ||
		!check_manage(options, err))
		return false;
	if (!rollout_parse_policy(options->rollout_text, &options->rollout, err))
		return error_wrap(err, "--rollout");
	if (!control_parse_model_status(options->model_status_text, &options->model_status, err))
		return error_wrap(err, "--model-status");
	return settings_finish(&options->settings, environ, err);
}

void options_fini(struct service_options *options)
{
	settings_fini(&options->settings);
}

void options_print_help(void)
{
	struct service_options none = { 0 };
	struct flag_set sets[] = { { flags, COUNT(flags), &none },
		{ settings_flags, settings_flag_count, &none.settings } };

	puts("sandgate-controller: makes and keeps what each SandboxAgent stands for, and carries "
	     "its chats.\n"
	     "\n"
	     "usage: sandgate-controller [FLAGS]                 run in a cluster\n"
	     "       sandgate-controller render -f PATH ...      print the objects that agents in "
	     "files stand for\n"
	     "       sandgate-controller fetch-skills            fetch an agent's skills (in its "
	     "init container)\n"
	     "\n"
	     "Every flag is also an environment variable: --image-tag is IMAGE_TAG, and wins when "
	     "it is set.\n");
	flags_help(stdout, sets, COUNT(sets));
}
