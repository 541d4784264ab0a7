#include "render/render.h"

#include "agent/settings.h"
#include "agent/shelf.h"
#include "base/log.h"
#include "base/text.h"
#include "render/output.h"
#include "render/source.h"

#include <libpsl.h>
#include <unistd.h>

enum status { STATUS_DONE, STATUS_REFUSED, STATUS_CANNOT_RUN };

struct options {
	struct flag_list files;
	const char *output, *ns, *sandbox_api;
	bool as_stored, keep_going, sandbox_service, help;
	struct settings settings;
};

#define AT(member) offsetof(struct options, member)

static const struct flag flags[] = {
	{ "filename", FLAG_LIST, AT(files), NULL, "PATH",
		"file or folder to read, - for standard input; more may follow", 'f', true },
	{ "output", FLAG_TEXT, AT(output), "yaml", "FORMAT", "yaml, or json for one List", 'o',
		true },
	{ "namespace", FLAG_TEXT, AT(ns), "default", "NAME", "namespace of objects that name none",
		'n', true },
	{ "as-stored", FLAG_BOOL, AT(as_stored), "false", NULL,
		"take objects as they are; else the defaults of the CRDs are filled in", 0, true },
	{ "keep-going", FLAG_BOOL, AT(keep_going), "false", NULL,
		"print what can be printed when an agent is refused", 0, true },
	{ "sandbox-api", FLAG_TEXT, AT(sandbox_api), "v1alpha1", "VERSION",
		"version of the Sandbox to write: v1alpha1 or v1beta1", 0, true },
	{ "sandbox-service", FLAG_BOOL, AT(sandbox_service), "false", NULL,
		"the Sandbox schema knows spec.service (agent-sandbox 0.4 and later); always with "
		"v1beta1",
		0, true },
	{ "help", FLAG_BOOL, AT(help), NULL, NULL, "print this and exit", 'h', true },
};

static void print_help(struct options *options)
{
	struct flag_set sets[] = { { flags, COUNT(flags), options },
		{ settings_flags, settings_flag_count, &options->settings } };

	puts("usage: sandgate-controller render -f PATH ... [FLAGS]\n"
	     "\n"
	     "Prints the objects that the controller would make for every SandboxAgent in the "
	     "files. The other\n"
	     "objects there are what the agents refer to. A namespace exists when the files hold "
	     "it or an object\n"
	     "in it; without any Namespace in the files, so does the second label of a "
	     "RemoteMCPServer's host\n"
	     "(tool.agents) unless it is a top-level domain.\n"
	     "Exit status: 0 done, 1 an agent was refused, 2 it could not run.\n");
	flags_help(stdout, sets, COUNT(sets));
}

static bool read_options(struct options *options, int argc, char **argv, struct error *err)
{
	struct flag_set sets[] = { { flags, COUNT(flags), options },
		{ settings_flags, settings_flag_count, &options->settings } };
	bool beta;

	log_set_level(LOG_LEVEL_WARN);
	if (!flags_parse(sets, COUNT(sets), argc, argv, &options->files, err))
		return false;
	if (options->help)
		return true;
	beta = strcmp(options->sandbox_api, "v1beta1") == 0;
	if (!beta && strcmp(options->sandbox_api, "v1alpha1") != 0)
		return error_set(err, ERR_INVALID, NULL,
			"--sandbox-api: \"%s\" is unknown: write v1alpha1 or v1beta1",
			options->sandbox_api);
	if (strcmp(options->output, "yaml") != 0 && strcmp(options->output, "json") != 0)
		return error_set(err, ERR_INVALID, NULL,
			"--output: \"%s\" is unknown: write yaml or json", options->output);
	if (!options->files.count)
		return error_set(
			err, ERR_INVALID, NULL, "nothing to read: write -f PATH; see --help");
	options->settings.agent.sandbox_v1beta1 = beta;
	options->settings.agent.sandbox_has_service = beta || options->sandbox_service;
	return settings_finish(&options->settings, environ, err);
}

static bool is_kind(struct json_view object, const char *kind)
{
	return json_text_is(json_get(object, "kind"), kind);
}

static bool has_namespaces(const struct source *source)
{
	for (size_t i = 0; i < source->count; i++)
		if (is_kind(json_root(source->objects[i].doc), "Namespace"))
			return true;
	return false;
}

/* tool.agents: "agents" is a namespace here, unless the world outside has it as a top-level domain. */
static bool add_host_namespace(
	struct shelf *shelf, struct json_view object, const psl_ctx_t *suffixes, struct error *err)
{
	const char *url = json_text_or(json_dig(object, "spec", "url"), "");
	const char *scheme = strstr(url, "://");
	const char *host = scheme ? scheme + 3 : url;
	size_t bytes = strcspn(host, ":/?#");
	const char *dot = memchr(host, '.', bytes);
	AUTO(text) char *name = NULL;

	if (!is_kind(object, "RemoteMCPServer") || !dot)
		return true;
	name = text_copy(dot + 1, bytes - (size_t)(dot + 1 - host));
	if (!name)
		return error_no_memory(err);
	if (!*name || strchr(name, '.') ||
		psl_is_public_suffix2(suffixes, name, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE))
		return true;
	return shelf_add_namespace(shelf, name, err);
}

static bool fill_shelf(const struct source *source, struct shelf *shelf, struct error *err)
{
	const psl_ctx_t *suffixes = psl_builtin();
	bool told = has_namespaces(source);

	for (size_t i = 0; i < source->count; i++) {
		struct json_view object = json_root(source->objects[i].doc);

		if (!shelf_add(shelf, object, err) ||
			(!told && !add_host_namespace(shelf, object, suffixes, err)))
			return false;
	}
	return true;
}

static void print_refusal(const struct source_object *object, const char *ns, const char *name,
	const struct error *err)
{
	fprintf(stderr, "SandboxAgent %s/%s (%s): %s%s%s\n", ns, name, object->place, err->path,
		err->path[0] ? ": " : "", err->text);
}

static void print_left_out(const struct agent_objects *objects, const char *ns, const char *name)
{
	for (size_t i = 0; i < objects->left_out_count; i++)
		fprintf(stderr,
			"SandboxAgent %s/%s: warning: \"%s\" is left out of the sandbox's "
			"settings: "
			"srt would refuse it\n",
			ns, name, objects->left_out[i]);
}

/* An object that another of its name replaced further on is not shown. */
static bool is_last(
	const struct agent_world *world, struct json_view agent, const char *ns, const char *name)
{
	struct json_view stored;
	struct error err;

	return !world->get(world->context, AGENT_KIND_SANDBOX_AGENT, ns, name, &stored, &err) ||
	       stored.doc == agent.doc;
}

static enum status render_agent(const struct options *options, const struct agent_world *world,
	const struct source_object *object, struct output *output, struct error *err)
{
	struct json_view agent = json_root(object->doc);
	const char *ns = json_text_or(json_dig(agent, "metadata", "namespace"), "");
	const char *name = json_text_or(json_dig(agent, "metadata", "name"), "");
	struct agent_objects objects = { 0 };
	struct error found = { 0 };
	bool ok;

	if (!is_kind(agent, "SandboxAgent") || !is_last(world, agent, ns, name))
		return STATUS_DONE;
	if (!agent_translate(&options->settings.agent, world, agent, &objects, &found)) {
		print_refusal(object, ns, name, &found);
		return STATUS_REFUSED;
	}
	print_left_out(&objects, ns, name);
	ok = output_add(output, &objects, err);
	agent_objects_fini(&objects);
	return ok ? STATUS_DONE : STATUS_CANNOT_RUN;
}

static enum status render_all(const struct options *options, const struct source *source,
	struct output *output, struct error *err)
{
	AUTO(shelf) struct shelf *shelf = NULL;
	enum status worst = STATUS_DONE;
	struct agent_world world;

	if (!shelf_new(&shelf, err) || !fill_shelf(source, shelf, err))
		return STATUS_CANNOT_RUN;
	world = shelf_world(shelf);
	for (size_t i = 0; i < source->count; i++) {
		enum status one = render_agent(options, &world, &source->objects[i], output, err);

		if (one > worst)
			worst = one;
		if (one == STATUS_CANNOT_RUN || (one == STATUS_REFUSED && !options->keep_going))
			break;
	}
	return worst;
}

static enum status render(const struct options *options, struct source *source,
	struct output *output, struct error *err)
{
	const struct source_options reading = { options->ns, options->as_stored };
	enum status status;

	for (size_t i = 0; i < options->files.count; i++)
		if (!source_read(source, options->files.items[i], &reading, err))
			return STATUS_CANNOT_RUN;
	if (!output_begin(output, strcmp(options->output, "json") == 0, err))
		return STATUS_CANNOT_RUN;
	status = render_all(options, source, output, err);
	if (status == STATUS_CANNOT_RUN || (status == STATUS_REFUSED && !options->keep_going))
		return status;
	return output_end(output, stdout, err) ? status : STATUS_CANNOT_RUN;
}

int render_main(int argc, char **argv)
{
	struct options options = { 0 };
	struct source source = { 0 };
	struct output output = { 0 };
	struct error err = { 0 };
	enum status status = STATUS_CANNOT_RUN;

	if (read_options(&options, argc - 1, argv + 1, &err)) {
		if (options.help)
			print_help(&options);
		status = options.help ? STATUS_DONE : render(&options, &source, &output, &err);
	}
	if (status == STATUS_CANNOT_RUN)
		fprintf(stderr, "sandgate-controller render: %s\n", err.text);
	output_fini(&output);
	source_fini(&source);
	flag_list_fini(&options.files);
	settings_fini(&options.settings);
	return (int)status;
}
