#include "agent/check.h"

#include "base/map.h"

#include <string.h>

#define SPEC AT_KEY(NULL, "spec")

/* A list of named things, and the names that are taken already. */
struct names {
	const struct check *check;
	const struct path *at;
	struct map seen;
};

static bool is_taken(const char *const *taken, const char *name)
{
	for (; *taken; taken++)
		if (strcmp(*taken, name) == 0)
			return true;
	return false;
}

/* Notes the name; true when it was there before. */
static bool seen_before(struct names *names, const char *name)
{
	void *previous = NULL;

	if (!map_put(&names->seen, name, names, &previous, NULL))
		names->check->findings->failed = true;
	return previous != NULL;
}

static void check_containers(
	const struct check *check, struct json_view list, const struct path *at)
{
	static const char *const taken[] = { "kagent", NULL };
	static const char *const taken_with_skills[] = { "kagent", "skills-init", NULL };
	bool has_skills = json_is_present(json_get(check->spec, "skills"));
	struct names names = { .check = check, .at = at };
	size_t i = 0;

	json_foreach (container, list) {
		const struct path *place = AT_KEY(AT_INDEX(at, i++), "name");
		const char *name = json_text(json_get(container, "name"), NULL);

		if (!name)
			continue;
		if (is_taken(has_skills ? taken_with_skills : taken, name))
			check_refuse(CHECK_CONTAINERS, check->findings, FINDING_FORBIDDEN, place,
				"\"%.80s\" is the name of a container that the agent's pod has "
				"anyway: choose "
				"another",
				name);
		else if (seen_before(&names, name))
			check_refuse(CHECK_CONTAINERS, check->findings, FINDING_DUPLICATE, place,
				"\"%.80s\" is the name of an earlier container: choose another",
				name);
	}
	map_fini(&names.seen);
}

static void check_volumes(const struct check *check, struct json_view list, const struct path *at)
{
	static const char *const taken[] = { "config", "kagent-token", NULL };
	static const char *const taken_with_skills[] = { "config", "kagent-token", "kagent-skills",
		"skills-init-config", NULL };
	bool has_skills = json_is_present(json_get(check->spec, "skills"));
	struct names names = { .check = check, .at = at };
	size_t i = 0;

	json_foreach (volume, list) {
		const struct path *place = AT_KEY(AT_INDEX(at, i++), "name");
		const char *name = json_text(json_get(volume, "name"), NULL);

		if (!name)
			continue;
		if (is_taken(has_skills ? taken_with_skills : taken, name) ||
			seen_before(&names, name))
			check_refuse(CHECK_VOLUMES, check->findings, FINDING_DUPLICATE, place,
				"\"%.80s\" is the name of another volume of the pod: choose "
				"another",
				name);
	}
	map_fini(&names.seen);
}

/* Kubernetes takes the last of equal names; so does the controller, which adds its own at the end. */
static void check_environment(
	const struct check *check, struct json_view list, const struct path *at)
{
	static const char *const taken[] = { "KAGENT_NAMESPACE", "KAGENT_NAME", "KAGENT_URL",
		"KAGENT_SKILLS_FOLDER", "KAGENT_SRT_SETTINGS_PATH", NULL };
	struct names names = { .check = check, .at = at };
	size_t i = 0;

	json_foreach (variable, list) {
		const struct path *place = AT_KEY(AT_INDEX(at, i++), "name");
		const char *name = json_text(json_get(variable, "name"), NULL);

		if (!name)
			continue;
		if (is_taken(taken, name))
			check_warn(CHECK_ENVIRONMENT, check->findings, place,
				"\"%.80s\" is set by the controller, and its value counts: leave "
				"it out",
				name);
		else if (seen_before(&names, name))
			check_warn(CHECK_ENVIRONMENT, check->findings, place,
				"\"%.80s\" is there twice, and the later value counts: leave the "
				"earlier out",
				name);
		if (json_is_present(json_get(variable, "valueFrom")) &&
			json_text_or(json_get(variable, "value"), "")[0])
			check_refuse(CHECK_ENVIRONMENT_SOURCE, check->findings, FINDING_FORBIDDEN,
				AT_KEY(place->up, "valueFrom"),
				"and value exclude each other: leave one out");
	}
	map_fini(&names.seen);
}

static void check_idle_fields(
	const struct check *check, struct json_view deployment, const struct path *at)
{
	int64_t replicas = json_int64_or(json_get(deployment, "replicas"), 1);

	if (replicas != 1)
		check_warn(CHECK_REPLICAS, check->findings, AT_KEY(at, "replicas"),
			"has no effect: a Sandbox has exactly one pod");
	if (json_count(json_get(deployment, "deploymentAnnotations")))
		check_warn(CHECK_ANNOTATIONS, check->findings, AT_KEY(at, "deploymentAnnotations"),
			"has no effect: a SandboxAgent has no Deployment");
}

void check_pod(const struct check *check)
{
	const struct path *block = AT_KEY(SPEC, check->is_byo ? "byo" : "declarative");
	struct json_view deployment = check_deployment(check);
	const struct path *at = AT_KEY(block, "deployment");

	if (check->version == RULE_V1ALPHA3) {
		check_environment(
			check, json_dig(check->spec, block->key, "env"), AT_KEY(block, "env"));
		return;
	}
	check_idle_fields(check, deployment, at);
	check_environment(check, json_get(deployment, "env"), AT_KEY(at, "env"));
	check_volumes(check, json_get(deployment, "volumes"), AT_KEY(at, "volumes"));
	check_containers(
		check, json_get(deployment, "extraContainers"), AT_KEY(at, "extraContainers"));
}
