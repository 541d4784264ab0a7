#include "skills/git.h"

#include "skills/folder.h"
#include "skills/git_auth.h"
#include "skills/git_tree.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define SCRATCH_NAME "fetching~git" /* no skill can be called so */
#define COMMIT_BYTES 40

DEFINE_AUTO(repository, git_repository *, git_repository_free)
DEFINE_AUTO(remote, git_remote *, git_remote_free)
DEFINE_AUTO(object, git_object *, git_object_free)

/* One fetch; the payload of libgit2's callbacks begins with the login. */
struct fetch {
	struct git_auth auth;
	const struct skills_limits *limits;
};

static bool fail(const struct fetch *fetch, const char *what, struct error *err)
{
	const git_error *last = git_error_last();

	if (fetch && fetch->auth.why.code != ERR_NONE) {
		*err = fetch->auth.why;
		return false;
	}
	return error_set(err, ERR_IO, NULL, "%s: %s", what,
		last && last->message ? last->message : "unknown reason");
}

static int on_progress(const git_indexer_progress *progress, void *payload)
{
	struct fetch *fetch = payload;

	if (progress->received_bytes <= fetch->limits->download_bytes)
		return 0;
	error_set(&fetch->auth.why, ERR_TOO_LARGE, NULL, "more than %llu bytes to download",
		(unsigned long long)fetch->limits->download_bytes);
	return GIT_EUSER;
}

static git_remote_callbacks callbacks_of(struct fetch *fetch)
{
	git_remote_callbacks callbacks;

	git_remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);
	callbacks.credentials = git_auth_login;
	callbacks.certificate_check = git_auth_check_host;
	callbacks.transfer_progress = on_progress;
	callbacks.payload = fetch;
	return callbacks;
}

/* --- which commit --- */

static bool is_commit_id(const char *ref)
{
	return strlen(ref) == COMMIT_BYTES && ref[strspn(ref, "0123456789abcdefABCDEF")] == '\0';
}

/* The branch, else the tag, else the reference of that whole name. NULL = none. */
static const git_remote_head *find_head(
	const git_remote_head **heads, size_t count, const char *ref)
{
	static const char *const prefixes[] = { "refs/heads/", "refs/tags/", "" };

	for (size_t p = 0; p < COUNT(prefixes); p++) {
		size_t bytes = strlen(prefixes[p]);

		for (size_t i = 0; i < count; i++)
			if (strncmp(heads[i]->name, prefixes[p], bytes) == 0 &&
				strcmp(heads[i]->name + bytes, ref) == 0)
				return heads[i];
	}
	return NULL;
}

/* What to ask for: one reference, or for a commit all of them, as servers need not hand out a commit by its id. */
static bool choose(git_remote *remote, const char *ref, git_oid *id, char specs[2][512],
	size_t *spec_count, struct error *err)
{
	const git_remote_head **heads;
	const git_remote_head *head;
	size_t count = 0;

	if (git_remote_ls(&heads, &count, remote) != 0)
		return fail(NULL, "cannot list the references", err);
	head = find_head(heads, count, ref);
	if (head) {
		snprintf(specs[0], 512, "+%.200s:refs/fetched", head->name);
		*spec_count = 1;
		git_oid_cpy(id, &head->oid);
		return true;
	}
	if (!is_commit_id(ref) || git_oid_fromstr(id, ref) != 0)
		return error_set(err, ERR_NOT_FOUND, NULL, "no branch or tag \"%.200s\"", ref);
	snprintf(specs[0], 512, "+refs/heads/*:refs/remotes/origin/*");
	snprintf(specs[1], 512, "+refs/tags/*:refs/tags/*");
	*spec_count = 2;
	return true;
}

static bool download(
	struct fetch *fetch, git_remote *remote, const char *ref, git_oid *id, struct error *err)
{
	git_remote_callbacks callbacks = callbacks_of(fetch);
	git_fetch_options options;
	char specs[2][512];
	char *texts[2] = { specs[0], specs[1] };
	git_strarray list = { .strings = texts };

	git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
	options.callbacks = callbacks;
	options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	if (git_remote_connect(remote, GIT_DIRECTION_FETCH, &callbacks, NULL, NULL) != 0)
		return fail(fetch, "cannot connect", err);
	if (!choose(remote, ref, id, specs, &list.count, err))
		return false;
	fetch->auth.asked = 0;
	return git_remote_download(remote, &list, &options) == 0 ||
	       fail(fetch, "cannot download", err);
}

/* --- */

static bool find_tree(git_repository *repository, const git_oid *id, const char *sub_path,
	git_tree **root, git_tree **tree, struct error *err)
{
	AUTO(object) git_object *object = NULL;
	git_object *made = NULL;
	git_tree_entry *entry = NULL;
	char plain[FOLDER_PATH_BYTES];

	if (!folder_plain_path(sub_path, plain, err))
		return error_wrap(err, "subPath");
	if (git_object_lookup(&object, repository, id, GIT_OBJECT_ANY) != 0)
		return error_set(err, ERR_NOT_FOUND, NULL, "the commit is on no branch or tag");
	if (git_object_peel(&made, object, GIT_OBJECT_TREE) != 0)
		return fail(NULL, "cannot read the commit", err);
	*root = (git_tree *)made;
	if (!*plain)
		return git_tree_dup(tree, *root) == 0 || error_no_memory(err);
	if (git_tree_entry_bypath(&entry, *root, plain) != 0)
		return error_set(
			err, ERR_NOT_FOUND, NULL, "no folder \"%.200s\" in the repository", plain);
	made = NULL;
	if (git_tree_entry_type(entry) != GIT_OBJECT_TREE ||
		git_tree_entry_to_object(&made, repository, entry) != 0) {
		git_tree_entry_free(entry);
		return error_set(
			err, ERR_INVALID, NULL, "\"%.200s\" is no folder of the repository", plain);
	}
	git_tree_entry_free(entry);
	*tree = (git_tree *)made;
	return true;
}

static bool write_out(git_repository *repository, const git_oid *id,
	const struct git_options *options, const struct git_source *source, int root,
	struct error *err)
{
	git_tree *whole = NULL;
	git_tree *tree = NULL;
	char plain[FOLDER_PATH_BYTES];
	bool ok = find_tree(repository, id, source->sub_path, &whole, &tree, err) &&
		  folder_plain_path(source->sub_path, plain, err) &&
		  git_tree_write(&(struct git_tree_job){ .repository = repository,
					 .whole = whole,
					 .sub_path = plain,
					 .limits = options->limits },
			  tree, root, err);

	git_tree_free(tree);
	git_tree_free(whole);
	return ok;
}

static bool fetch_into(struct fetch *fetch, const struct git_options *options,
	const struct git_source *source, const char *path, int root, struct error *err)
{
	AUTO(repository) git_repository *repository = NULL;
	AUTO(remote) git_remote *remote = NULL;
	git_oid id;

	if (git_repository_init(&repository, path, true) != 0)
		return fail(NULL, "cannot make a repository to fetch into", err);
	if (git_remote_create_anonymous(&remote, repository, source->url) != 0)
		return fail(NULL, "not a git URL", err);
	return download(fetch, remote, source->ref, &id, err) &&
	       write_out(repository, &id, options, source, root, err);
}

/* Nothing of this machine's git configuration counts; yet without a home, as in a pod, the library does no SSH. */
static void set_up(const char *home)
{
	const char *authority = getenv("SSL_CERT_FILE");

	setenv("HOME", home, 1);
	git_libgit2_init();
	for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
	git_libgit2_opts(GIT_OPT_SET_USER_AGENT, "sandgate/" SANDGATE_VERSION);
	if (!text_is_empty(authority))
		git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, authority, NULL);
}

bool git_fetch_tree(const struct git_options *options, const struct git_source *source, int root,
	struct error *err)
{
	AUTO(text) char *path = text_format("%s/" SCRATCH_NAME, options->scratch_path);
	struct fetch fetch = { .limits = options->limits };
	struct error ignored;
	bool ok;

	if (!path)
		return error_no_memory(err);
	if (!git_auth_init(&fetch.auth, source->url, options->auth_folder, err) ||
		!folder_remove(options->scratch, SCRATCH_NAME, err))
		return false;
	set_up(options->scratch_path);
	ok = fetch_into(&fetch, options, source, path, root, err);
	git_libgit2_shutdown();
	if (!folder_remove(options->scratch, SCRATCH_NAME, ok ? err : &ignored))
		ok = false;
	return ok;
}
