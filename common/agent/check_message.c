#include "agent/check.h"

#include "agent/template.h"

#include <stdio.h>
#include <string.h>

#define SOURCES_MAX 20 /* longer lists are refused as such by the rule table */
#define DECLARATIVE AT_KEY(AT_KEY(NULL, "spec"), "declarative")

static void check_source(const struct check *check, struct json_view declarative)
{
	size_t bytes = 0;

	json_text(json_get(declarative, "systemMessage"), &bytes);
	if (bytes || json_is_present(json_get(declarative, "systemMessageFrom")))
		return;
	if (json_is_present(json_get(declarative, "systemMessage")) &&
		json_kind(json_get(declarative, "systemMessage")) != JSON_STRING)
		return;
	check_refuse(CHECK_SYSTEM_MESSAGE, check->findings, FINDING_REQUIRED,
		AT_KEY(DECLARATIVE, "systemMessage"),
		"is required: write what the agent is to do here, or name a source in "
		"systemMessageFrom");
}

static const char *source_identifier(struct json_view source)
{
	const char *alias = json_text_or(json_get(source, "alias"), "");

	return alias[0] ? alias : json_text_or(json_get(source, "name"), "");
}

struct includes {
	const struct check *check;
	struct json_view sources;
};

/* Identifiers are what stands before a slash and a key, and may themselves have slashes. */
static bool has_source(struct json_view sources, const struct template_include *include)
{
	json_foreach (source, sources) {
		const char *identifier = source_identifier(source);
		size_t bytes = strlen(identifier);

		if (bytes < include->bytes && include->name[bytes] == '/' &&
			memcmp(include->name, identifier, bytes) == 0)
			return true;
	}
	return false;
}

static void list_identifiers(struct json_view sources, char *out, size_t out_bytes)
{
	size_t used = 0;

	out[0] = '\0';
	json_foreach (source, sources) {
		int wrote = snprintf(out + used, out_bytes - used, "%s\"%.60s/KEY\"",
			used ? ", " : "", source_identifier(source));

		if (wrote < 0 || (size_t)wrote >= out_bytes - used) {
			out[used] = '\0';
			return;
		}
		used += (size_t)wrote;
	}
}

/* Which keys a source has, only the controller knows. */
static void check_include(void *context, const struct template_include *include)
{
	const struct includes *includes = context;
	const struct path *at = AT_KEY(DECLARATIVE, "systemMessage");
	struct findings *findings = includes->check->findings;
	int shown = include->bytes < 80 ? (int)include->bytes : 80;
	char known[200];

	if (has_source(includes->sources, include))
		return;
	list_identifiers(includes->sources, known, sizeof(known));
	if (include->is_certain)
		check_refuse(CHECK_PROMPT_INCLUDES, findings, FINDING_INVALID, at,
			"line %zu includes \"%.*s\", which is of no promptTemplate.dataSources: "
			"write %s, or add its ConfigMap to them",
			include->line, shown, include->name, known);
	else
		check_warn(CHECK_PROMPT_INCLUDES, findings, at,
			"line %zu includes \"%.*s\", which is of no promptTemplate.dataSources, "
			"and "
			"the agent fails when it is reached: write %s, or add its ConfigMap to "
			"them",
			include->line, shown, include->name, known);
}

/* Only with sources is the message a template. */
static void check_template(const struct check *check, struct json_view declarative)
{
	struct includes includes = { check,
		json_dig(declarative, "promptTemplate", "dataSources") };
	size_t bytes;
	const char *text = json_text(json_get(declarative, "systemMessage"), &bytes);
	struct error err;

	if (!text || json_is_present(json_get(declarative, "systemMessageFrom")) ||
		!json_count(includes.sources) ||
		template_check(text, bytes,
			json_count(includes.sources) > SOURCES_MAX ? NULL : check_include,
			&includes, &err))
		return;
	if (err.code == ERR_NO_MEMORY)
		check->findings->failed = true;
	else
		check_refuse(CHECK_PROMPT_TEMPLATE, check->findings, FINDING_INVALID,
			AT_KEY(DECLARATIVE, "systemMessage"),
			"is a template, as there are promptTemplate.dataSources, and cannot be "
			"read: %s",
			err.text);
}

/* Two sources under one identifier fail as soon as they share a key. */
static void check_prompt_sources(const struct check *check, struct json_view declarative)
{
	struct json_view sources = json_dig(declarative, "promptTemplate", "dataSources");
	const struct path *at = AT_KEY(AT_KEY(DECLARATIVE, "promptTemplate"), "dataSources");
	size_t i = 0;

	if (json_count(sources) > SOURCES_MAX)
		return;
	json_foreach (source, sources) {
		size_t j = 0;

		json_foreach (earlier, sources) {
			if (j++ == i)
				break;
			if (source_identifier(source)[0] == '\0' ||
				strcmp(source_identifier(source), source_identifier(earlier)) != 0)
				continue;
			check_warn(CHECK_PROMPT_SOURCES, check->findings, AT_INDEX(at, i),
				"dataSources[%zu] has the identifier \"%.80s\" too: give one an "
				"alias of its "
				"own, or the agent fails when both have the same key",
				j - 1, source_identifier(source));
			break;
		}
		i++;
	}
}

static void check_go_runtime(const struct check *check, struct json_view declarative)
{
	if (!json_text_is(json_get(declarative, "runtime"), "go"))
		return;
	if (json_bool_or(json_get(declarative, "executeCodeBlocks"), false))
		check_warn(CHECK_GO_CODE_BLOCKS, check->findings,
			AT_KEY(DECLARATIVE, "executeCodeBlocks"),
			"the Go runtime ignores it: use runtime: python, or leave it out");
	if (json_is_present(json_dig(declarative, "context", "compaction")))
		check_warn(CHECK_GO_COMPACTION, check->findings,
			AT_KEY(AT_KEY(DECLARATIVE, "context"), "compaction"),
			"the Go runtime ignores it: use runtime: python, or leave it out");
}

void check_message(const struct check *check)
{
	struct json_view declarative = json_get(check->spec, "declarative");

	if (check->is_byo || json_kind(declarative) != JSON_OBJECT)
		return;
	check_source(check, declarative);
	check_template(check, declarative);
	check_prompt_sources(check, declarative);
	check_go_runtime(check, declarative);
}
