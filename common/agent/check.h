/*
 * What a row of the rule table cannot say: rules over several fields, in field order. Each file has one subject. Pure; any thread.
 */
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include "agent/rules.h"
#include "agent/validate.h"

struct check {
	struct json_view object;
	struct json_view old; /* nothing on create */
	struct json_view spec;
	struct json_view old_spec;
	enum rule_version version;
	bool is_byo;
	const struct agent_policy *policy;
	struct findings *findings;
};

/* What the checks below say, in the order of the rule reference. */
enum check_id {
	CHECK_STASH,
	CHECK_STASH_CHANGE,
	CHECK_STASH_SIZE,
	CHECK_NAME,
	CHECK_NUMBERS,
	CHECK_SUBSTRATE_BLOCK,
	CHECK_SUBSTRATE_TYPE,
	CHECK_SUBSTRATE_SKILLS,
	CHECK_SUBSTRATE_RUNTIME,
	CHECK_SUBSTRATE,
	CHECK_TYPE_BLOCK,
	CHECK_OTHER_BLOCK,
	CHECK_IMAGE,
	CHECK_SELECTOR,
	CHECK_SELECTOR_IDLE,
	CHECK_SELECTOR_VALUES,
	CHECK_SYSTEM_MESSAGE,
	CHECK_PROMPT_TEMPLATE,
	CHECK_PROMPT_INCLUDES,
	CHECK_PROMPT_SOURCES,
	CHECK_GO_CODE_BLOCKS,
	CHECK_GO_COMPACTION,
	CHECK_TOOL_TYPE,
	CHECK_TOOL_SESSIONS,
	CHECK_SERVER_NAMESPACE,
	CHECK_SERVER_KIND,
	CHECK_APPROVALS,
	CHECK_AGENT_KIND,
	CHECK_AGENT_ITSELF,
	CHECK_HEADERS,
	CHECK_CONTAINERS,
	CHECK_VOLUMES,
	CHECK_ENVIRONMENT,
	CHECK_ENVIRONMENT_SOURCE,
	CHECK_REPLICAS,
	CHECK_ANNOTATIONS,
	CHECK_SKILL_FOLDERS,
	CHECK_SKILL_SCHEME,
	CHECK_GIT_PATH,
	CHECK_NO_SKILL,
	CHECK_S3_SKILLS,
	CHECK_DOMAINS,
	CHECK_DOMAIN_OVERLAP,
	CHECK_PUBLIC_SUFFIX,
	CHECK_DOMAIN_ADDRESS,
	CHECK_PATHS,
	CHECK_COUNT
};

struct check_rule {
	const char *at;
	const char *says; /* what must be so */
	const char *source;
	bool only_warns;
};
extern const struct check_rule agent_check_rules[CHECK_COUNT];

/* As findings_refuse and findings_warn, which checks do not call: nothing is told that has no row. */
void check_refuse(enum check_id id, struct findings *findings, enum finding_reason reason,
	const struct path *at, const char *fmt, ...) PRINTF(5, 6);
void check_warn(enum check_id id, struct findings *findings, const struct path *at, const char *fmt,
	...) PRINTF(4, 5);

/* The agent's pod settings: spec.declarative.deployment or spec.byo.deployment in v1alpha2; nothing for the type not chosen. */
struct json_view check_deployment(const struct check *check);

void check_version(const struct check *check); /* what conversion between the versions needs */
void check_shape(const struct check *check); /* metadata.name, platform, type against its block */
void check_numbers(const struct check *check); /* whole numbers anywhere in the spec */
void check_message(
	const struct check *check); /* system message, prompt sources, what the Go runtime lacks */
void check_tools(const struct check *check);
void check_pod(const struct check *check); /* containers, volumes, environment */
void check_skills(const struct check *check);
void check_sandbox(const struct check *check); /* domains, then files */
void check_files(const struct check *check);

#pragma GCC poison findings_refuse findings_warn

#endif
