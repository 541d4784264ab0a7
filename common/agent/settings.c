#include "agent/settings.h"

#include "base/log.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct settings, member)

const struct flag settings_flags[] = {
	{ "image-registry", FLAG_TEXT, AT(agent.image_registry), "cr.kagent.dev", "HOST",
		"registry of the agents' runtime image", 0, false },
	{ "image-repository", FLAG_TEXT, AT(agent.image_repository), "kagent-dev/kagent/app",
		"PATH", "repository of the agents' runtime image", 0, false },
	{ "image-tag", FLAG_TEXT, AT(agent.image_tag), "0.9.12", "TAG",
		"tag of the agents' runtime image", 0, false },
	{ "image-pull-policy", FLAG_TEXT, AT(agent.image_pull_policy), "IfNotPresent", "POLICY",
		"pull policy of the agents' runtime image", 0, false },
	{ "image-pull-secret", FLAG_TEXT, AT(agent.image_pull_secret), "", "SECRET",
		"pull secret that declarative agents get besides their own", 0, false },
	{ "skills-init-image", FLAG_TEXT, AT(agent.skills_init_image),
		"localhost/sandgate-controller:" SANDGATE_VERSION, "IMAGE",
		"image that fetches skills: this controller's own", 0, false },
	{ "default-service-account-name", FLAG_TEXT, AT(agent.default_service_account), "", "NAME",
		"service account of agents that name none (none: one of the agent's name is made)",
		0, false },
	{ "default-agent-pod-labels", FLAG_TEXT, AT(agent.default_pod_labels), "", "K=V,...",
		"labels that every agent pod gets", 0, false },
	{ "default-agent-bind-host", FLAG_TEXT, AT(agent.bind_host), "0.0.0.0", "HOST",
		"address on which agents listen; :: for dual stack", 0, false },
	{ "default-model-config-name", FLAG_TEXT, AT(agent.default_model_config),
		"default-model-config", "NAME", "ModelConfig of agents that name none", 0, false },
	{ "proxy-url", FLAG_TEXT, AT(agent.proxy_url), "", "URL",
		"proxy for agents' calls inside the cluster", 0, false },
	{ "mcp-egress-plaintext", FLAG_BOOL, AT(agent.mcp_egress_plaintext), "false", NULL,
		"agents reach remote MCP servers by plain HTTP, an egress gateway adds TLS", 0,
		false },
	{ "watch-namespaces", FLAG_TEXT, AT(watch_namespaces), "", "NS,...",
		"namespaces to serve (none: all)", 0, false },
};
const size_t settings_flag_count = COUNT(settings_flags);

static int by_name(const void *a, const void *b)
{
	const char *const *one = a;
	const char *const *two = b;

	return strncmp(*one, *two, strcspn(*one, "=") + 1);
}

static bool take_otel(struct settings *settings, char *const *environment, struct error *err)
{
	size_t count = 0;

	for (char *const *entry = environment; *entry; entry++)
		count += text_starts_with(*entry, "OTEL_");
	settings->otel_env = calloc(count + 1, sizeof(char *));
	if (!settings->otel_env)
		return error_no_memory(err);
	count = 0;
	for (char *const *entry = environment; *entry; entry++)
		if (text_starts_with(*entry, "OTEL_"))
			settings->otel_env[count++] = *entry;
	qsort(settings->otel_env, count, sizeof(char *), by_name);
	settings->agent.otel_env = (const char *const *)settings->otel_env;
	return true;
}

/* RFC 1123, as Kubernetes names namespaces. */
static bool is_label(const char *text)
{
	size_t bytes = strlen(text);

	if (!bytes || bytes > 63 || *text == '-' || text[bytes - 1] == '-')
		return false;
	for (; *text; text++)
		if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) &&
			*text != '-')
			return false;
	return true;
}

static bool take_namespaces(struct settings *settings, struct error *err)
{
	size_t count = 1;
	char *rest = NULL;

	settings->namespace_text =
		strdup(settings->watch_namespaces ? settings->watch_namespaces : "");
	if (!settings->namespace_text)
		return error_no_memory(err);
	for (const char *c = settings->namespace_text; *c; c++)
		count += *c == ',';
	settings->namespace_list = calloc(count + 1, sizeof(char *));
	if (!settings->namespace_list)
		return error_no_memory(err);
	count = 0;
	for (char *name = strtok_r(settings->namespace_text, ", ", &rest); name;
		name = strtok_r(NULL, ", ", &rest))
		if (is_label(name))
			settings->namespace_list[count++] = name;
		else
			log_warn("--watch-namespaces: no name of a namespace, left out",
				LOG_STR("name", name));
	settings->agent.watch_namespaces = count ? settings->namespace_list : NULL;
	return true;
}

static const char *find_variable(char *const *environment, const char *name, const char *otherwise)
{
	size_t bytes = strlen(name);

	for (; *environment; environment++)
		if (strncmp(*environment, name, bytes) == 0 && (*environment)[bytes] == '=' &&
			(*environment)[bytes + 1])
			return *environment + bytes + 1;
	return otherwise;
}

bool settings_finish(struct settings *settings, char *const *environment, struct error *err)
{
	settings->agent.controller_namespace =
		find_variable(environment, "KAGENT_NAMESPACE", "kagent");
	settings->agent.controller_name =
		find_variable(environment, "KAGENT_CONTROLLER_NAME", "kagent-controller");
	return take_otel(settings, environment, err) && take_namespaces(settings, err);
}

void settings_fini(struct settings *settings)
{
	free(settings->namespace_text);
	free(settings->namespace_list);
	free(settings->otel_env);
	settings->namespace_text = NULL;
	settings->namespace_list = NULL;
	settings->otel_env = NULL;
}
