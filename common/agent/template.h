/*
 * System messages as templates: the part of Go's text/template that prompts use. Fields, include, pipelines, if / else if / else /
 * range / with, break and continue, variables, comments, trim marks, parentheses, literals and the built-in functions and, or, not,
 * len, index, slice, print, printf, println, html, js, urlquery, eq, ne, lt, le, gt, ge. What is beyond that (define, template,
 * block, call, complex numbers) is refused by name. Pure; any thread. Source: Go text/template, kagent's `include`.
 */
#ifndef AGENT_TEMPLATE_H
#define AGENT_TEMPLATE_H

#include "json/value.h"

#define TEMPLATE_MAX_BYTES ((size_t)1024 * 1024) /* of the result: a Secret holds no more */
#define TEMPLATE_MAX_STEPS 200000 /* commands run */
#define TEMPLATE_MAX_DEPTH 64 /* blocks and parentheses in each other */

/* What the dot is. Borrowed; arrays hold strings, `includes` maps "identifier/key" to a string. */
struct template_input {
	const char *agent_name;
	const char *agent_namespace;
	const char *description;
	struct json_object *tool_names;
	struct json_object *skill_names;
	struct json_object *includes;
};

/*
 * Appends the result. ERR_INVALID: "failed to parse system message template: line 3: ..." or "failed to execute system message
 * template: line 3: ..."; ERR_TOO_LARGE: a limit above; ERR_NO_MEMORY. Values of the input enter an error only as include names.
 */
MUST_USE bool template_render(const char *text, size_t bytes, const struct template_input *input,
	struct buffer *out, struct error *err);

/* An include whose name is written out in the template. */
struct template_include {
	const char *name; /* not terminated */
	size_t bytes;
	size_t line;
	bool is_certain; /* it is reached whatever the input: under no condition, in no loop */
};
typedef void (*template_include_fn)(void *context, const struct template_include *include);

/*
 * Whether it can be read at all, whatever the input; then tells `visit` (may be NULL) of the includes, in their order.
 * ERR_INVALID: "line 3: ..."; ERR_TOO_LARGE, ERR_NO_MEMORY.
 */
MUST_USE bool template_check(const char *text, size_t bytes, template_include_fn visit,
	void *context, struct error *err);

#endif
