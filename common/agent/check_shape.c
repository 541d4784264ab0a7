#include "agent/check.h"

#include "agent/access.h"

#include <string.h>

#define SPEC AT_KEY(NULL, "spec")

/* RFC 1035: [a-z]([-a-z0-9]*[a-z0-9])? of up to 63 characters. */
static bool is_service_name(const char *name)
{
	size_t bytes = strlen(name);

	return bytes <= 63 && name[0] >= 'a' && name[0] <= 'z' && name[bytes - 1] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == bytes;
}

/* The agent's Service and labels bear its name; a CRD lets names pass that neither can bear. */
static void check_name(const struct check *check)
{
	const char *name = json_text(json_dig(check->object, "metadata", "name"), NULL);

	if (!name || !name[0] || is_service_name(name))
		return;
	check_refuse(CHECK_NAME, check->findings, FINDING_INVALID,
		AT_KEY(AT_KEY(NULL, "metadata"), "name"),
		"\"%.80s\": the agent's Service bears this name, so write at most 63 lower-case "
		"letters, "
		"digits and \"-\", starting with a letter and not ending with \"-\"",
		name);
}

/* v1alpha3 has no platform: there, a substrate block stands for it. */
static bool is_on_substrate(const struct check *check)
{
	if (check->version == RULE_V1ALPHA3)
		return json_is_present(json_get(check->spec, "substrate"));
	return json_text_is(json_get(check->spec, "platform"), "substrate");
}

static bool is_from_v1alpha3(const struct check *check)
{
	return check->policy && check->policy->asked_in_v1alpha3;
}

static void check_platform(const struct check *check)
{
	const char *runtime = json_text(json_dig(check->spec, "declarative", "runtime"), NULL);

	if (!is_on_substrate(check)) {
		if (json_is_present(json_get(check->spec, "substrate")))
			check_refuse(CHECK_SUBSTRATE_BLOCK, check->findings, FINDING_FORBIDDEN,
				AT_KEY(SPEC, "substrate"),
				"belongs to platform: substrate: leave it out");
		return;
	}
	if (check->is_byo)
		check_refuse(CHECK_SUBSTRATE_TYPE, check->findings, FINDING_FORBIDDEN,
			AT_KEY(SPEC, "type"),
			"BYO agents do not run on platform: substrate: leave the platform out");
	if (json_is_present(json_get(check->spec, "skills")))
		check_refuse(CHECK_SUBSTRATE_SKILLS, check->findings, FINDING_FORBIDDEN,
			AT_KEY(SPEC, "skills"),
			"skills are not there on platform: substrate: leave one of the two out");
	/* Who writes v1alpha3 cannot name a runtime; conversion fills in python. */
	if (check->version == RULE_V1ALPHA2 && !is_from_v1alpha3(check) && !check->is_byo &&
		runtime && strcmp(runtime, "go") != 0)
		check_refuse(CHECK_SUBSTRATE_RUNTIME, check->findings, FINDING_INVALID,
			AT_KEY(AT_KEY(SPEC, "declarative"), "runtime"),
			"\"%.40s\": must be go when spec.platform is substrate", runtime);
	check_warn(CHECK_SUBSTRATE, check->findings, AT_KEY(SPEC, "platform"),
		"substrate agents are run by another control plane, not by this one");
}

static void check_type(const struct check *check)
{
	const char *wanted = check->is_byo ? "byo" : "declarative";
	const char *other = check->is_byo ? "declarative" : "byo";
	const char *type = json_text_or(json_get(check->spec, "type"), "Declarative");

	if (!check->is_byo && strcmp(type, "Declarative") != 0)
		return; /* the rule table says what types there are */
	if (!json_is_present(json_get(check->spec, wanted)))
		check_refuse(CHECK_TYPE_BLOCK, check->findings, FINDING_REQUIRED,
			AT_KEY(SPEC, wanted), "is required when type is %s%s", type,
			json_is_present(json_get(check->spec, other))
				? (check->is_byo ? ": fill it in, or set type: Declarative"
						 : ": fill it in, or set type: BYO")
				: "");
	else if (json_is_present(json_get(check->spec, other)))
		check_warn(CHECK_OTHER_BLOCK, check->findings, AT_KEY(SPEC, other),
			"has no effect when type is %s: leave it out", type);
}

static void check_image(const struct check *check)
{
	const struct path *byo = AT_KEY(SPEC, "byo");
	struct json_view block = json_get(check->spec, "byo");

	if (!check->is_byo || json_kind(block) != JSON_OBJECT)
		return;
	if (check->version == RULE_V1ALPHA3) {
		if (!json_is_present(json_get(block, "image")))
			check_refuse(CHECK_IMAGE, check->findings, FINDING_REQUIRED,
				AT_KEY(byo, "image"), "is required: a BYO agent is an image");
		return;
	}
	if (!json_is_present(json_get(block, "deployment")))
		check_refuse(CHECK_IMAGE, check->findings, FINDING_REQUIRED,
			AT_KEY(byo, "deployment"),
			"is required: a BYO agent is an image, named by deployment.image");
	else if (!json_is_present(json_dig(block, "deployment", "image")))
		check_refuse(CHECK_IMAGE, check->findings, FINDING_REQUIRED,
			AT_KEY(AT_KEY(byo, "deployment"), "image"),
			"is required: a BYO agent is an image");
}

static void check_selector(const struct check *check, struct json_view selector)
{
	const struct path *at =
		AT_KEY(AT_KEY(AT_KEY(SPEC, "allowedNamespaces"), "selector"), "matchExpressions");
	size_t i = 0;

	json_foreach (expression, json_get(selector, "matchExpressions")) {
		const struct path *place = AT_INDEX(at, i++);
		struct error err;

		if (!access_check_values(expression, &err))
			check_refuse(CHECK_SELECTOR_VALUES, check->findings, FINDING_INVALID,
				AT_KEY(place, "values"), "%s", err.text);
	}
}

static void check_namespaces(const struct check *check)
{
	struct json_view allowed = json_get(check->spec, "allowedNamespaces");
	const struct path *at = AT_KEY(AT_KEY(SPEC, "allowedNamespaces"), "selector");
	bool by_selector = json_text_is(json_get(allowed, "from"), "Selector");
	bool has_selector = json_is_present(json_get(allowed, "selector"));

	if (by_selector && !has_selector)
		check_refuse(CHECK_SELECTOR, check->findings, FINDING_REQUIRED, at,
			"is required when from is Selector");
	if (!by_selector && has_selector)
		check_warn(CHECK_SELECTOR_IDLE, check->findings, at,
			"has no effect unless from is Selector");
	if (by_selector)
		check_selector(check, json_get(allowed, "selector"));
}

void check_shape(const struct check *check)
{
	check_name(check);
	check_platform(check);
	check_type(check);
	check_image(check);
	check_namespaces(check);
}
