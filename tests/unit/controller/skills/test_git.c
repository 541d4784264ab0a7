#include "skills/git.h"

#include "base/text.h"
#include "controller/skills/workplace.h"
#include "support/peer.h"
#include "support/suite.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/*
 * A repository, served by git's own daemon: branch main, tag v1 (annotated) on the first commit, a submodule, links. The submodule's
 * commit need not be anywhere.
 */
static const char script[] =
	"set -e; cd \"$1\"; export GIT_CONFIG_NOSYSTEM=1 HOME=\"$1\" GIT_AUTHOR_NAME=a "
	"GIT_AUTHOR_EMAIL=a@b.example "
	"GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.example\n"
	"git init -q -b main repo; cd repo; mkdir -p skill/bin shared\n"
	"printf -- '---' >skill/SKILL.md; printf '#!' >skill/bin/run; chmod +x skill/bin/run; "
	"printf s >shared/text\n"
	"ln -s SKILL.md skill/inside; ln -s ../shared skill/folder; ln -s ../shared/text "
	"skill/file\n"
	"git add .; git commit -q -m one; git tag -a -m t v1; git rev-parse HEAD >../first\n"
	"printf 2 >second; git update-index --add --cacheinfo "
	"160000,0123456789012345678901234567890123456789,module\n"
	"git add second; git commit -q -m two\n"
	"git checkout -q -b bad; ln -s ../../../etc/passwd skill/bad; git add skill; git commit -q "
	"-m bad\n"
	"git checkout -q -b loop main; ln -s .. skill/loop; git add skill; git commit -q -m loop\n"
	"git checkout -q main\n";

/* libgit2 1.5 does not release what it matches URLs with. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2\n";
}

static struct workplace place;
static char served[] = "/tmp/test-git-XXXXXX";
static unsigned port;
static pid_t daemon_pid;
static char first_commit[64];

static const struct skills_limits roomy = { 1 << 20, 1 << 20, 1000, 100 };

static void spawn_daemon(void)
{
	char base[64];
	char listen_port[32];
	int fd = peer_listen(&port);

	close(fd);
	snprintf(base, sizeof(base), "--base-path=%s", served);
	snprintf(listen_port, sizeof(listen_port), "--port=%u", port);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* also when the test is killed */
		execlp("git", "git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1",
			listen_port, base, base + 12, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 500; i++) {
		struct sockaddr_in at = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			.sin_port = htons((uint16_t)port) };
		int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool up = connect(probe, (struct sockaddr *)&at, sizeof(at)) == 0;

		close(probe);
		if (up)
			return;
		peer_sleep_ms(10);
	}
	abort();
}

static void make_repository(void)
{
	char path[64];
	FILE *file;
	pid_t pid;
	int status;

	if (!mkdtemp(served))
		abort();
	pid = fork();
	if (pid == 0) {
		execlp("sh", "sh", "-c", script, "sh", served, (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		abort();
	snprintf(path, sizeof(path), "%s/first", served);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%63s", first_commit) != 1)
		abort();
	fclose(file);
}

static void stop_daemon(void)
{
	struct workplace all = { .fd = open(served, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };

	kill(-daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	snprintf(all.path, sizeof(all.path), "%s", served);
	workplace_close(&all);
}

static void open_place(void)
{
	workplace_open(&place);
	mkdirat(place.fd, "out", 0755);
}

static void close_place(void)
{
	workplace_close(&place);
}

static bool fetch(const char *path, const char *ref, const char *sub_path,
	const struct skills_limits *limits, struct error *err)
{
	AUTO(text) char *url = text_format("git://127.0.0.1:%u/%s", port, path);
	AUTO(fd) int out = openat(place.fd, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct git_options options = {
		.limits = limits, .scratch = place.fd, .scratch_path = place.path
	};

	return git_fetch_tree(&options,
		&(struct git_source){ .url = url, .ref = ref, .sub_path = sub_path }, out, err);
}

#define SKILL "SKILL.md=--- bin/ bin/run*=#! file=s folder/ folder/text=s inside->SKILL.md "
#define WHOLE                                                                                      \
	"shared/ shared/text=s skill/ skill/SKILL.md=--- skill/bin/ skill/bin/run*=#! "            \
	"skill/file->../shared/text "                                                              \
	"skill/folder->../shared skill/inside->SKILL.md "

static const struct {
	const char *spec, *path, *ref, *sub_path;
	const char *want; /* NULL = refused */
	enum error_code code;
	const char *says;
} cases[] = {
	{ "a branch", "repo", "main", "", "module/ second=2 " WHOLE, ERR_NONE, NULL },
	{ "a tag", "repo", "v1", "", WHOLE, ERR_NONE, NULL },
	{ "a commit", "repo", "", "", WHOLE, ERR_NONE, NULL },
	{ "by its whole name", "repo", "refs/heads/main", "", "module/ second=2 " WHOLE, ERR_NONE,
		NULL },
	{ "a folder: what its links lead to comes along", "repo", "main", "skill", SKILL, ERR_NONE,
		NULL },
	{ "a folder, written otherwise", "repo", "main", "./skill//", SKILL, ERR_NONE, NULL },
	{ "a folder in a folder", "repo", "main", "skill/bin", "run*=#! ", ERR_NONE, NULL },
	{ "no such branch", "repo", "nope", "", NULL, ERR_NOT_FOUND, "no branch or tag \"nope\"" },
	{ "no such commit", "repo", "0000000000000000000000000000000000000001", "", NULL,
		ERR_NOT_FOUND, "on no branch or tag" },
	{ "no such folder", "repo", "main", "nope", NULL, ERR_NOT_FOUND, "no folder \"nope\"" },
	{ "a file as folder", "repo", "main", "second", NULL, ERR_INVALID, "is no folder" },
	{ "a folder that climbs", "repo", "main", "skill/../..", NULL, ERR_INVALID, "subPath" },
	{ "no such repository", "nope", "main", "", NULL, ERR_IO, "cannot connect" },
	{ "a link out of the repository", "repo", "bad", "", NULL, ERR_INVALID,
		"leads out of the repository" },
	{ "a link out of the repository, from a folder", "repo", "bad", "skill", NULL, ERR_INVALID,
		"leads out of the repository" },
};

START_TEST(a_commit_is_laid_out)
{
	struct error err = { 0 };
	bool ok = fetch(cases[_i].path, *cases[_i].ref ? cases[_i].ref : first_commit,
		cases[_i].sub_path, &roomy, &err);

	ck_assert_msg(ok == (cases[_i].want != NULL), "%s: %s", cases[_i].spec, err.text);
	ck_assert_msg(err.code == cases[_i].code, "%s: %s %s", cases[_i].spec,
		error_code_name(err.code), err.text);
	if (ok)
		ck_assert_msg(
			strstr(workplace_content(&place, "out"), cases[_i].want) != NULL &&
				strlen(workplace_content(&place, "out")) == strlen(cases[_i].want),
			"%s: %s", cases[_i].spec, workplace_content(&place, "out"));
	else
		ck_assert_msg(strstr(err.text, cases[_i].says) != NULL, "%s: %s", cases[_i].spec,
			err.text);
	ck_assert_msg(faccessat(place.fd, "fetching~git", F_OK, 0) != 0,
		"%s: the repository was left behind", cases[_i].spec);
}
END_TEST

/* From the folder `skill` the link leads to the whole repository, and in it to itself again. */
START_TEST(a_link_to_where_we_are_ends)
{
	struct error err = { 0 };

	ck_assert(!fetch("repo", "loop", "skill", &roomy, &err));
	ck_assert_msg(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE, "%s", err.text);
}
END_TEST

static const struct {
	const char *spec;
	struct skills_limits limits;
} small[] = {
	{ "bytes to download", { 100, 1 << 20, 1000, 1 } },
	{ "bytes of files", { 1 << 20, 3, 1000, 1 } },
	{ "files", { 1 << 20, 1 << 20, 3, 1 } },
};

START_TEST(limits_hold)
{
	struct error err = { 0 };

	ck_assert_msg(!fetch("repo", "main", "", &small[_i].limits, &err), "%s", small[_i].spec);
	ck_assert_msg(err.code == ERR_TOO_LARGE, "%s: %s %s", small[_i].spec,
		error_code_name(err.code), err.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("git");
	TCase *tcase = tcase_create("all");
	int status;

	make_repository();
	spawn_daemon();
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, open_place, close_place);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_commit_is_laid_out, 0, (int)COUNT(cases));
	tcase_add_test(tcase, a_link_to_where_we_are_ends);
	tcase_add_loop_test(tcase, limits_hold, 0, (int)COUNT(small));
	status = suite_run(suite);
	stop_daemon();
	return status;
}
