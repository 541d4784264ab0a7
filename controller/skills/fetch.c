#include "skills/fetch.h"

#include "skills/folder.h"
#include "skills/git.h"
#include "skills/oci.h"
#include "skills/plan.h"
#include "skills/s3.h"

#include "base/clock.h"
#include "base/flags.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SKILL_SECONDS     900 /* a server that says nothing must not keep a pod from failing */
#define TERMINATION_BYTES 4000 /* Kubernetes keeps 4,096 */

struct options {
	const char *config;
	const char *skills_dir;
	const char *docker_secrets;
	const char *git_auth;
	const char *termination_log;
	int64_t seconds;
	bool help;
};

static const struct flag flags[] = {
	{ "config", FLAG_TEXT, offsetof(struct options, config),
		"/etc/kagent/skills-init/config.json", "FILE", "What to fetch.", 0, true },
	{ "skills-dir", FLAG_TEXT, offsetof(struct options, skills_dir), "/skills", "FOLDER",
		"Where the skills go.", 0, true },
	{ "docker-secrets", FLAG_TEXT, offsetof(struct options, docker_secrets), "/docker-secrets",
		"FOLDER", "Where the pull secrets are mounted, one folder each.", 0, true },
	{ "git-auth", FLAG_TEXT, offsetof(struct options, git_auth), "/git-auth", "FOLDER",
		"Where the git login is mounted: ssh-privatekey and known_hosts, or token.", 0,
		true },
	{ "termination-log", FLAG_TEXT, offsetof(struct options, termination_log),
		"/dev/termination-log", "FILE",
		"Where the reason of a failure is left for the pod's status.", 0, true },
	{ "seconds", FLAG_NUMBER, offsetof(struct options, seconds), "900", "COUNT",
		"How long one skill may take.", 0, true },
	{ "help", FLAG_BOOL, offsetof(struct options, help), "false", NULL, "Print this.", 'h',
		true },
};

/* What is open during one run. */
struct run {
	const struct options *options;
	struct plan plan;
	struct credentials credentials;
	struct web *web;
	int folder; /* --skills-dir */
};

static void run_fini(struct run *run)
{
	credentials_fini(&run->credentials);
	plan_fini(&run->plan);
	web_free(run->web);
	if (run->folder >= 0)
		close(run->folder);
}

static bool read_secrets(struct run *run, struct error *err)
{
	json_foreach (name, json_get(json_root(run->plan.doc), "imagePullSecrets")) {
		const char *text = json_text_or(name, "");
		AUTO(text) char *folder = text_format("%s/%s", run->options->docker_secrets, text);

		if (!*text || strchr(text, '/'))
			return error_set(err, ERR_INVALID, NULL,
				"imagePullSecrets: not the name of a Secret");
		if (!folder)
			return error_no_memory(err);
		if (!credentials_add(&run->credentials, folder, err))
			return false;
	}
	return true;
}

static bool open_run(struct run *run, struct error *err)
{
	if (!plan_read(run->options->config, &run->plan, err) || !read_secrets(run, err) ||
		!web_new(&run->web, err))
		return false;
	run->folder = open(run->options->skills_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return run->folder >= 0 || error_set(err, ERR_IO, NULL, "cannot open %s: %s",
					   run->options->skills_dir, strerror(errno));
}

static bool fetch_into(struct run *run, const struct skill *skill, int root, struct error *err)
{
	const struct oci_options oci = {
		.web = run->web,
		.credentials = &run->credentials,
		.limits = &skills_default_limits,
		.insecure = run->plan.insecure_oci,
		.scratch = run->folder,
	};
	const struct git_options git = {
		.auth_folder = run->plan.has_git_auth ? run->options->git_auth : NULL,
		.limits = &skills_default_limits,
		.scratch = run->folder,
		.scratch_path = run->options->skills_dir,
	};
	const struct s3_options s3 = {
		.web = run->web, .limits = &skills_default_limits, .scratch = run->folder
	};

	switch (skill->source) {
	case SKILL_OCI:
		return oci_pull(&oci, skill->from, root, err);
	case SKILL_GIT:
		return git_fetch_tree(&git,
			&(struct git_source){ .url = skill->from,
				.ref = skill->ref,
				.sub_path = skill->sub_path },
			root, err);
	default:
		return s3_fetch(&s3, skill->from, skill->region, root, err);
	}
}

/* --- one skill has so long, whatever library waits for whom --- */

static int late_log = -1; /* the termination log */
static char late_reason[600];

static void say_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t wrote = write(fd, text, bytes);

		if (wrote <= 0)
			return;
		text += wrote;
		bytes -= (size_t)wrote;
	}
}

/* In a signal handler: only write and _exit. */
static void on_late(int number UNUSED)
{
	say_all(STDERR_FILENO, late_reason, strlen(late_reason));
	if (late_log >= 0)
		say_all(late_log, late_reason, strlen(late_reason));
	_exit(1);
}

static void watch_begin(const struct run *run, const char *name, const char *from)
{
	unsigned seconds =
		run->options->seconds > 0 ? (unsigned)run->options->seconds : SKILL_SECONDS;

	snprintf(late_reason, sizeof(late_reason), "skill %s from %s: not fetched within %u s\n",
		name, from, seconds);
	if (late_log < 0)
		late_log = open(run->options->termination_log, O_WRONLY | O_APPEND | O_CLOEXEC);
	signal(SIGALRM, on_late);
	alarm(seconds);
}

static void watch_end(void)
{
	alarm(0);
}

/* Whole or not at all: made under a name no skill can have, then given its own. */
static bool fetch(struct run *run, const struct skill *skill, struct error *err)
{
	char part[PLAN_NAME_BYTES + 16];
	AUTO(fd) int root = -1;

	snprintf(part, sizeof(part), "fetching~%s", skill->name);
	if (!folder_remove(run->folder, skill->name, err) ||
		!folder_make_fresh(run->folder, part, &root, err))
		return false;
	if (!fetch_into(run, skill, root, err)) {
		struct error ignored;

		if (!folder_remove(run->folder, part, &ignored))
			log_debug("left behind", LOG_STR("folder", part));
		return false;
	}
	return renameat(run->folder, part, run->folder, skill->name) == 0 ||
	       error_set(err, ERR_IO, NULL, "cannot put it in place: %s", strerror(errno));
}

/* The URL without what may be a login in it. */
static void print_from(const char *from, char *out, size_t bytes)
{
	const char *scheme = strstr(from, "://");
	const char *start = scheme ? scheme + 3 : from;
	const char *at = memchr(start, '@', strcspn(start, "/"));

	if (scheme && at)
		snprintf(out, bytes, "%.*s%s", (int)(start - from), from, at + 1);
	else
		snprintf(out, bytes, "%s", from);
}

static bool fetch_all(struct run *run, struct error *err)
{
	for (size_t i = 0; i < run->plan.count; i++) {
		const struct skill *skill = &run->plan.skills[i];
		uint64_t began = clock_monotonic_ms();
		char from[200];
		bool ok;

		print_from(skill->from, from, sizeof(from));
		watch_begin(run, skill->name, from);
		ok = fetch(run, skill, err);
		watch_end();
		if (!ok)
			return error_wrap(err, "skill %s from %s", skill->name, from);
		log_info("fetched", LOG_STR("skill", skill->name), LOG_STR("from", from),
			LOG_MS(clock_monotonic_ms() - began));
	}
	return true;
}

static void leave_reason(const char *path, const struct error *why)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return; /* not in a pod */
	fprintf(file, "%s%s%.*s\n", why->path, *why->path ? ": " : "", TERMINATION_BYTES,
		why->text);
	fclose(file);
}

static bool run_all(const struct options *options, struct error *err)
{
	struct run run = { .options = options, .folder = -1 };
	bool ok = open_run(&run, err) && fetch_all(&run, err);

	run_fini(&run);
	return ok;
}

int skills_fetch_main(int argc, char **argv)
{
	struct options options = { 0 };
	struct flag_set set = { flags, COUNT(flags), &options };
	struct error err = { 0 };

	setlocale(LC_CTYPE, "C.UTF-8"); /* file names in archives are UTF-8 */
	umask(0022);
	if (!flags_parse(&set, 1, argc - 1, argv + 1, NULL, &err)) {
		fprintf(stderr, "sandgate-controller fetch-skills: %s\n", err.text);
		return 2;
	}
	if (options.help) {
		puts("sandgate-controller fetch-skills: puts an agent's skills into their "
		     "folders.\n");
		flags_help(stdout, &set, 1);
		return 0;
	}
	if (run_all(&options, &err))
		return 0;
	log_error("cannot fetch the skills", LOG_ERR(&err));
	leave_reason(options.termination_log, &err);
	return 1;
}
