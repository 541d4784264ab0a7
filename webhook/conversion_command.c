#include "webhook/conversion_command.h"

#include "agent/convert.h"
#include "webhook/documents.h"

#include <errno.h>
#include <string.h>

struct command {
	struct flag_list files;
	const char *to;
	const char *output;
	bool help;
	enum agent_version version;
	bool as_json;
	bool printed; /* something was: the next YAML document needs a separator */
};

#define AT(member) offsetof(struct command, member)

static const struct flag flags[] = {
	{ "filename", FLAG_LIST, AT(files), NULL, "PATH",
		"file or folder to read, - for standard input; more may follow", 'f', true },
	{ "to", FLAG_TEXT, AT(to), NULL, "VERSION", "v1alpha2 or v1alpha3", 0, true },
	{ "output", FLAG_TEXT, AT(output), "yaml", "FORMAT", "yaml, or json for one object a line",
		'o', true },
	{ "help", FLAG_BOOL, AT(help), NULL, NULL, "print this and exit", 'h', true },
};

static bool read_version(struct command *command, struct error *err)
{
	char api_version[64];

	snprintf(api_version, sizeof(api_version), "kagent.dev/%s", command->to ? command->to : "");
	if (convert_parse_version(api_version, &command->version, NULL))
		return true;
	if (!command->to)
		return error_set(err, ERR_INVALID, NULL,
			"--to is missing: write --to v1alpha3 or --to v1alpha2");
	return error_set(err, ERR_INVALID, NULL,
		"--to: \"%s\" is unknown: write v1alpha2 or v1alpha3", command->to);
}

static bool read_flags(struct command *command, int argc, char **argv, struct error *err)
{
	struct flag_set set = { flags, COUNT(flags), command };

	if (!flags_parse(&set, 1, argc, argv, &command->files, err))
		return false;
	if (command->help)
		return true;
	command->as_json = strcmp(command->output, "json") == 0;
	if (!command->as_json && strcmp(command->output, "yaml") != 0)
		return error_set(err, ERR_INVALID, NULL,
			"--output: \"%s\" is unknown: write yaml or json", command->output);
	if (!command->files.count)
		return error_set(
			err, ERR_INVALID, NULL, "nothing to read: write -f PATH; see --help");
	return read_version(command, err);
}

static void print_help(struct command *command)
{
	struct flag_set set = { flags, COUNT(flags), command };

	puts("usage: sandgate-webhook convert --to VERSION -f PATH ... [FLAGS]\n"
	     "\n"
	     "Prints the objects in the files, every SandboxAgent in the version asked for, as the "
	     "API\n"
	     "server would give it. Exit status: 0 done, 2 it could not run.\n");
	flags_help(stdout, &set, 1);
}

static bool print_object(struct command *command, struct json_view object, struct error *err)
{
	AUTO(buffer) struct buffer out = { 0 };

	if (command->as_json) {
		json_write(&out, object);
		buffer_putc(&out, '\n');
	} else {
		buffer_puts(&out, command->printed ? "---\n" : "");
		yaml_write(&out, object);
	}
	command->printed = true;
	if (!buffer_ok(&out, err))
		return false;
	if (fwrite(out.data, 1, out.bytes, stdout) != out.bytes)
		return error_set(err, ERR_IO, NULL, "standard output: %s", strerror(errno));
	return true;
}

static bool convert_object(void *context, const struct document_object *object, struct error *err)
{
	struct command *command = context;
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;

	if (!document_is_agent(object->object))
		return print_object(command, object->object, err);
	return convert_agent(object->object, command->version, &text, err) &&
	       buffer_ok(&text, err) && json_doc_parse(&text, NULL, &doc, err) &&
	       print_object(command, json_root(doc), err);
}

int conversion_command_main(int argc, char **argv)
{
	struct command command = { 0 };
	struct error err;
	bool ok = read_flags(&command, argc, argv, &err);

	if (ok && command.help)
		print_help(&command);
	else if (ok)
		ok = documents_each(&command.files, convert_object, &command, &err);
	if (!ok)
		fprintf(stderr, "sandgate-webhook convert: %s\n", err.text);
	flag_list_fini(&command.files);
	return ok ? 0 : 2;
}
