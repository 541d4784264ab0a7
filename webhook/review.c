#include "webhook/review.h"

#include "agent/defaults.h"
#include "agent/validate.h"
#include "webhook/verdict.h"

#include <errno.h>
#include <string.h>

enum status { STATUS_PASSED, STATUS_REFUSED, STATUS_CANNOT_RUN };

struct review {
	struct flag_list files;
	const char *output;
	const char *default_model_config;
	bool refuse_public_suffix_wildcards;
	bool help;
	bool as_json;
	bool refused; /* one of the agents was */
};

#define AT(member) offsetof(struct review, member)

static const struct flag flags[] = {
	{ "filename", FLAG_LIST, AT(files), NULL, "PATH",
		"file or folder to read, - for standard input; more may follow", 'f', true },
	{ "output", FLAG_TEXT, AT(output), "text", "FORMAT",
		"text, or json for one object per SandboxAgent", 'o', true },
	{ "default-model-config-name", FLAG_TEXT, AT(default_model_config), "default-model-config",
		"NAME", "the ModelConfig written into an agent that names none", 0, false },
	{ "refuse-public-suffix-wildcards", FLAG_BOOL, AT(refuse_public_suffix_wildcards), "false",
		NULL,
		"refuse allowed domains such as *.co.uk and *.github.io, which otherwise warn", 0,
		false },
	{ "help", FLAG_BOOL, AT(help), NULL, NULL, "print this and exit", 'h', true },
};

static bool read_flags(struct review *review, int argc, char **argv, struct error *err)
{
	struct flag_set set = { flags, COUNT(flags), review };

	if (!flags_parse(&set, 1, argc, argv, &review->files, err))
		return false;
	review->as_json = strcmp(review->output, "json") == 0;
	if (review->help)
		return true;
	if (!review->as_json && strcmp(review->output, "text") != 0)
		return error_set(err, ERR_INVALID, NULL,
			"--output: \"%s\" is unknown: write text or json", review->output);
	if (!review->files.count)
		return error_set(
			err, ERR_INVALID, NULL, "nothing to read: write -f PATH; see --help");
	return true;
}

static void print_help(struct review *review)
{
	struct flag_set set = { flags, COUNT(flags), review };

	puts("usage: sandgate-webhook review -f PATH ... [FLAGS]\n"
	     "\n"
	     "Reviews every SandboxAgent in the files as the webhook would, and shows the defaults "
	     "that\n"
	     "it would add. Other objects are passed over.\n"
	     "Exit status: 0 all pass, 1 one is refused, 2 it could not run.\n");
	flags_help(stdout, &set, 1);
}

/* The defaults that are added to an agent that passes. */
static bool read_patch(const struct review *review, struct verdict *verdict, struct error *err)
{
	struct json_patch patch = { 0 };
	AUTO(text) char *text = NULL;
	bool ok;

	agent_default(verdict->object->object, review->default_model_config, &patch);
	ok = json_patch_take(&patch, &text, err);
	json_patch_fini(&patch);
	if (!ok || !*text)
		return ok;
	return json_doc_copy(text, strlen(text), NULL, &verdict->patch, err);
}

static bool print_verdict(
	const struct review *review, const struct verdict *verdict, struct error *err)
{
	AUTO(buffer) struct buffer out = { 0 };

	(review->as_json ? verdict_put_json : verdict_put_text)(&out, verdict);
	if (!buffer_ok(&out, err))
		return false;
	if (fwrite(out.data, 1, out.bytes, stdout) != out.bytes)
		return error_set(err, ERR_IO, NULL, "standard output: %s", strerror(errno));
	return true;
}

static bool review_object(void *context, const struct document_object *object, struct error *err)
{
	struct review *review = context;
	const struct agent_policy policy = { .refuse_public_suffix_wildcards =
						     review->refuse_public_suffix_wildcards,
		.refuse_unknown_fields = true };
	struct verdict verdict = { .object = object };
	bool ok = true;

	if (!document_is_agent(object->object))
		return true;
	agent_validate(object->object, (struct json_view){ 0 }, &policy, &verdict.findings);
	if (verdict.findings.failed)
		ok = error_no_memory(err);
	else if (!verdict.findings.cause_count)
		ok = read_patch(review, &verdict, err);
	review->refused |= verdict.findings.cause_count > 0;
	ok = ok && print_verdict(review, &verdict, err);
	findings_fini(&verdict.findings);
	json_doc_free(verdict.patch);
	return ok;
}

static enum status run(struct review *review, int argc, char **argv, struct error *err)
{
	if (!read_flags(review, argc, argv, err))
		return STATUS_CANNOT_RUN;
	if (review->help) {
		print_help(review);
		return STATUS_PASSED;
	}
	if (!documents_each(&review->files, review_object, review, err))
		return STATUS_CANNOT_RUN;
	return review->refused ? STATUS_REFUSED : STATUS_PASSED;
}

int review_main(int argc, char **argv)
{
	struct review review = { 0 };
	struct error err;
	enum status status = run(&review, argc, argv, &err);

	if (status == STATUS_CANNOT_RUN)
		fprintf(stderr, "sandgate-webhook review: %s\n", err.text);
	flag_list_fini(&review.files);
	return (int)status;
}
