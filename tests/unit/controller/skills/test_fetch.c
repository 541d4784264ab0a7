#include "skills/fetch.h"

#include "base/base64.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/skills/tarball.h"
#include "controller/skills/workplace.h"
#include "support/peer.h"
#include "support/suite.h"

#include <sys/wait.h>

#define DIGEST_BYTES (7 + DIGEST_HEX_BYTES)
#define FILE_OF(name, data)                                                                        \
	{                                                                                          \
		name, '0', 0644, NULL, data                                                        \
	}
#if defined(__aarch64__)
#define OWN "arm64"
#else
#define OWN "amd64"
#endif

/* --- a registry: what it serves by path, and whom --- */

struct served {
	char path[256];
	const char *type;
	struct buffer body;
};

static struct {
	struct peer peer;
	struct served served[64];
	size_t count;
	enum { OPEN, BEARER, BASIC } login;
	const char *user_password; /* of the token server or Basic; NULL = anybody */
	bool redirects; /* blobs are somewhere else */
	atomic_int cut_blobs; /* so many blobs are cut in the middle */
	atomic_int blobs;
	atomic_bool silent; /* nothing is answered */
	atomic_int refused;
} registry;

static void serve(const char *path, const char *type, const void *data, size_t bytes)
{
	struct served *served = &registry.served[registry.count++];

	ck_assert_uint_le(registry.count, COUNT(registry.served));
	snprintf(served->path, sizeof(served->path), "%s", path);
	served->type = type;
	buffer_append(&served->body, data, bytes);
}

static void reply(int fd, const char *status, const char *headers, const void *body, size_t bytes,
	size_t sent)
{
	AUTO(buffer) struct buffer out = { 0 };

	buffer_printf(&out, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers, bytes);
	buffer_append(&out, body, sent);
	peer_send_bytes(fd, out.data, out.bytes);
}

static bool has_basic(const char *request)
{
	AUTO(buffer) struct buffer line = { 0 };

	buffer_puts(&line, "Authorization: Basic ");
	base64_encode(&line, registry.user_password, strlen(registry.user_password));
	return strstr(request, line.data) != NULL;
}

static void refuse(int fd)
{
	AUTO(text)
	char *challenge =
		registry.login == BASIC
			? text_format("WWW-Authenticate: Basic realm=\"r\"\r\n")
			: text_format(
				  "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:%u/token\","
				  "service=\"the service\",scope=\"repository:org/skill:pull\"\r\n",
				  registry.peer.port);

	atomic_fetch_add(&registry.refused, 1);
	reply(fd, "401 Unauthorized", challenge, "{}", 2, 2);
}

static bool is_welcome(const char *request)
{
	if (registry.login == BEARER)
		return strstr(request, "Authorization: Bearer the-token\r\n") != NULL;
	return registry.login == OPEN || has_basic(request);
}

static void answer_token(int fd, const char *target, const char *request)
{
	if (!strstr(target, "service=the%20service") ||
		!strstr(target, "scope=repository%3Aorg%2Fskill%3Apull"))
		reply(fd, "400 Bad Request", "", "{}", 2, 2);
	else if (registry.user_password && !has_basic(request))
		reply(fd, "401 Unauthorized", "", "{}", 2, 2);
	else
		reply(fd, "200 OK", "", "{\"token\":\"the-token\"}", 21, 21);
}

static bool answer(int fd, const char *target, const char *request)
{
	AUTO(text) char *elsewhere = NULL;
	bool is_blob = strstr(target, "/blobs/") != NULL;

	while (atomic_load(&registry.silent) && !atomic_load(&registry.peer.stopping))
		peer_sleep_ms(10);
	if (text_starts_with(target, "/token"))
		return answer_token(fd, target, request), true;
	if (text_starts_with(target, "/elsewhere")) {
		ck_assert_msg(text_starts_with(target, "/elsewhere/v2/"), "%s", target);
		target += strlen("/elsewhere");
	} else if (!is_welcome(request)) {
		return refuse(fd), true;
	} else if (is_blob && registry.redirects) {
		elsewhere = text_format("Location: http://127.0.0.1:%u/elsewhere%s\r\n",
			registry.peer.port, target);
		return reply(fd, "307 Temporary Redirect", elsewhere, "", 0, 0), true;
	}
	for (size_t i = 0; i < registry.count; i++) {
		const struct served *served = &registry.served[i];
		AUTO(text) char *type = text_format("Content-Type: %s\r\n", served->type);
		bool cut = is_blob && atomic_load(&registry.cut_blobs) > 0;

		if (strcmp(target, served->path) != 0)
			continue;
		atomic_fetch_add(&registry.blobs, is_blob);
		if (cut)
			atomic_fetch_sub(&registry.cut_blobs, 1);
		reply(fd, "200 OK", type, served->body.data, served->body.bytes,
			cut ? served->body.bytes / 2 : served->body.bytes);
		return !cut;
	}
	reply(fd, "404 Not Found", "",
		"{\"errors\":[{\"code\":\"X\",\"message\":\"not known here\"}]}", 52, 52);
	return true;
}

/* Whoever begins with TLS is sent away: this is plain HTTP. */
static void run_registry(struct peer_connection *connection, void *context UNUSED)
{
	AUTO(buffer) struct buffer request = { 0 };
	char target[512];
	char first;

	if (recv(connection->fd, &first, 1, MSG_PEEK) != 1 || first == 0x16)
		return;
	while (peer_read_request(connection->fd, &request))
		if (sscanf(request.data, "%*s %511s", target) != 1 ||
			!answer(connection->fd, target, request.data))
			return;
}

/* --- images --- */

static void digest_of(const void *data, size_t bytes, char out[DIGEST_BYTES])
{
	uint8_t sum[DIGEST_SHA256_BYTES];

	digest_sha256(data, bytes, sum);
	snprintf(out, 8, "sha256:");
	digest_hex(sum, sizeof(sum), out + 7);
}

static void serve_at(
	const char *kind, const char *name, const char *type, const void *data, size_t bytes)
{
	AUTO(text) char *path = text_format("/v2/org/skill/%s/%s", kind, name);

	serve(path, type, data, bytes);
}

/* Serves the layer; appends its descriptor. */
static void put_layer(struct buffer *layers, const struct tar_entry *entries, const char *filter,
	const char *type)
{
	AUTO(buffer) struct buffer tar = { 0 };
	AUTO(buffer) struct buffer packed = { 0 };
	char digest[DIGEST_BYTES];

	tar_make(&tar, entries);
	tar_compress(&tar, filter, &packed);
	digest_of(packed.data, packed.bytes, digest);
	serve_at("blobs", digest, "application/octet-stream", packed.data, packed.bytes);
	buffer_printf(layers, "%s{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu}",
		layers->bytes ? "," : "", type, digest, packed.bytes);
}

/* Serves a manifest under its digest (told) and `tag` (NULL = not). */
static void put_manifest(const char *layers, const char *tag, char digest[DIGEST_BYTES])
{
	static const char type[] = "application/vnd.oci.image.manifest.v1+json";
	AUTO(text)
	char *text = text_format(
		"{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":{},\"layers\":[%s]}", type,
		layers);

	digest_of(text, strlen(text), digest);
	serve_at("manifests", digest, type, text, strlen(text));
	if (tag)
		serve_at("manifests", tag, type, text, strlen(text));
}

#define GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define ZSTD "application/vnd.oci.image.layer.v1.tar+zstd"

static const struct tar_entry lower[] = { FILE_OF("SKILL.md", "---"), FILE_OF("old", "x"), { 0 } };
static const struct tar_entry upper[] = { FILE_OF(".wh.old", ""),
	{ "bin/run", '0', 0755, NULL, "#!" }, { 0 } };
#define SKILL "SKILL.md=--- bin/ bin/run*=#! "

/* org/skill:v1, two layers. */
static void put_skill(char digest[DIGEST_BYTES])
{
	AUTO(buffer) struct buffer layers = { 0 };

	put_layer(&layers, lower, "gzip", GZIP);
	put_layer(&layers, upper, "zstd", ZSTD);
	put_manifest(layers.data, "v1", digest);
}

/* --- running --- */

static struct workplace place;
static char reason[8192]; /* what the termination log holds */

static void open_all(void)
{
	workplace_open(&place);
	memset(&registry, 0, sizeof(registry));
	peer_start(&registry.peer, run_registry, NULL);
	setenv("no_proxy", "*", 1);
	mkdirat(place.fd, "skills", 0755);
	mkdirat(place.fd, "secrets", 0755);
	mkdirat(place.fd, "secrets/pull", 0755);
}

static void close_all(void)
{
	peer_stop(&registry.peer);
	for (size_t i = 0; i < registry.count; i++)
		buffer_fini(&registry.served[i].body);
	workplace_close(&place);
}

static void put_file(const char *name, const char *text)
{
	int fd = openat(place.fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static const char *seconds_flag = "--seconds=60";

static int run(const char *config)
{
	char flags[6][200];
	char program[] = "sandgate-controller";
	char command[] = "fetch-skills";
	char *argv[] = { program, command, flags[0], flags[1], flags[2], flags[3], flags[4],
		flags[5], NULL };
	AUTO(buffer) struct buffer log = { 0 };
	char path[200];
	int status;

	put_file("config.json", config);
	put_file("termination-log", "");
	snprintf(flags[0], 200, "--config=%s/config.json", place.path);
	snprintf(flags[1], 200, "--skills-dir=%s/skills", place.path);
	snprintf(flags[2], 200, "--docker-secrets=%s/secrets", place.path);
	snprintf(flags[3], 200, "--git-auth=%s/git", place.path);
	snprintf(flags[4], 200, "--termination-log=%s/termination-log", place.path);
	snprintf(flags[5], 200, "%s", seconds_flag);
	status = skills_fetch_main(8, argv);
	snprintf(path, sizeof(path), "%s/termination-log", place.path);
	ck_assert(file_read(path, sizeof(reason) - 1, &log, NULL));
	snprintf(reason, sizeof(reason), "%s", log.data);
	return status;
}

/* One skill, called s. */
static int run_image(const char *version)
{
	AUTO(text)
	char *config = text_format(
		"{\"ociRefs\":[{\"image\":\"127.0.0.1:%u/org/skill%s\",\"dest\":\"/skills/s\"}],"
		"\"insecureOci\":true,\"imagePullSecrets\":[\"pull\",\"missing\"]}",
		registry.peer.port, version);

	return run(config);
}

static void assert_fetched(const char *spec, int status)
{
	ck_assert_msg(status == 0, "%s: %s", spec, reason);
	ck_assert_msg(strcmp(workplace_content(&place, "skills/s"), SKILL) == 0, "%s: %s", spec,
		workplace_content(&place, "skills"));
	ck_assert_msg(strcmp(workplace_content(&place, "skills"),
			      "s/ s/SKILL.md=--- s/bin/ s/bin/run*=#! ") == 0,
		"%s: %s", spec, workplace_content(&place, "skills"));
	ck_assert_msg(!*reason, "%s: %s", spec, reason);
}

/* One line, and nothing half-made. */
static void assert_refused(const char *spec, int status, const char *says)
{
	ck_assert_msg(status == 1, "%s: status %d", spec, status);
	ck_assert_msg(strstr(reason, says) != NULL, "%s: %s", spec, reason);
	ck_assert_msg(strchr(reason, '\n') == reason + strlen(reason) - 1, "%s: %s", spec, reason);
	ck_assert_msg(strcmp(workplace_content(&place, "skills"), "") == 0, "%s: %s", spec,
		workplace_content(&place, "skills"));
}

/* --- what is fetched --- */

START_TEST(an_image_by_tag)
{
	char digest[DIGEST_BYTES];

	put_skill(digest);
	assert_fetched("by tag", run_image(":v1"));
	assert_fetched("again, over what is there", run_image(":v1"));
}
END_TEST

START_TEST(an_image_by_digest)
{
	char digest[DIGEST_BYTES];
	char version[DIGEST_BYTES + 2];

	put_skill(digest);
	snprintf(version, sizeof(version), "@%s", digest);
	assert_fetched("by digest", run_image(version));
}
END_TEST

static const struct {
	const char *spec, *index; /* %s = the digest of the good manifest, twice at most */
	const char *says; /* NULL = fetched */
} indexes[] = {
	{ "our platform among others",
		"{\"mediaType\":\"application/"
		"vnd.oci.image.index.v1+json\",\"manifests\":[{\"digest\":\"sha256:0\","
		"\"platform\":{\"os\":"
		"\"windows\",\"architecture\":\"" OWN
		"\"}},{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\",\"architecture\":\"" OWN
		"\"}}]}",
		NULL },
	{ "Docker's list",
		"{\"mediaType\":\"application/"
		"vnd.docker.distribution.manifest.list.v2+json\",\"manifests\":[{\"digest\":\"%s\","
		"\"platform\":{\"os\":\"linux\",\"architecture\":\"" OWN "\"}}]}",
		NULL },
	{ "an index that does not say that it is one",
		"{\"manifests\":[{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\","
		"\"architecture\":\"" OWN "\"}}]}",
		NULL },
	{ "one entry for everybody",
		"{\"mediaType\":\"application/"
		"vnd.oci.image.index.v1+json\",\"manifests\":[{\"digest\":\"%s\"}]}",
		NULL },
	{ "only for others",
		"{\"manifests\":[{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\","
		"\"architecture\":\"mips\"}},{\"digest\":\"%s\","
		"\"platform\":{\"os\":\"plan9\",\"architecture\":\"" OWN "\"}}]}",
		"only for linux/mips, plan9/" OWN },
	{ "an empty index", "{\"manifests\":[]}%.0s", "only for nothing" },
	{ "an entry without a digest",
		"{\"manifests\":[{\"platform\":{\"os\":\"linux\",\"architecture\":\"" OWN
		"\"}}]}%.0s",
		"without a digest we can check" },
};

START_TEST(an_index_is_followed_to_our_platform)
{
	char digest[DIGEST_BYTES];
	char text[2048];

	put_skill(digest);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), indexes[_i].index, digest, digest);
#pragma GCC diagnostic pop
	serve_at("manifests", "all", "application/json", text, strlen(text));
	if (indexes[_i].says)
		assert_refused(indexes[_i].spec, run_image(":all"), indexes[_i].says);
	else
		assert_fetched(indexes[_i].spec, run_image(":all"));
}
END_TEST

/* --- whom it is given to --- */

static const struct {
	const char *spec;
	int login;
	const char *user_password, *secret, *says;
} logins[] = {
	{ "a token for anybody", BEARER, NULL, NULL, NULL },
	{ "a token for who logs in", BEARER, "user:pass", "user:pass", NULL },
	{ "no token for a stranger", BEARER, "user:pass", NULL,
		"refuses to serve anybody; name a login in imagePullSecrets" },
	{ "no token for a wrong password", BEARER, "user:pass", "user:other",
		"refuses the login of imagePullSecrets" },
	{ "user and password", BASIC, "user:pass", "user:pass", NULL },
	{ "no user and password", BASIC, "user:pass", NULL,
		"asks for a login; name one in imagePullSecrets" },
	{ "a wrong password", BASIC, "user:pass", "user:other", "HTTP status 401" },
};

START_TEST(a_registry_may_ask_who_we_are)
{
	char digest[DIGEST_BYTES];
	AUTO(buffer) struct buffer secret = { 0 };

	registry.login = logins[_i].login;
	registry.user_password = logins[_i].user_password;
	put_skill(digest);
	if (logins[_i].secret) {
		buffer_printf(&secret, "{\"auths\":{\"http://127.0.0.1:%u\":{\"auth\":\"",
			registry.peer.port);
		base64_encode(&secret, logins[_i].secret, strlen(logins[_i].secret));
		buffer_puts(&secret, "\"}}}");
		put_file("secrets/pull/.dockerconfigjson", secret.data);
	}
	if (logins[_i].says)
		assert_refused(logins[_i].spec, run_image(":v1"), logins[_i].says);
	else
		assert_fetched(logins[_i].spec, run_image(":v1"));
	ck_assert_ptr_null(strstr(reason, "pass"));
}
END_TEST

START_TEST(blobs_may_lie_somewhere_else)
{
	char digest[DIGEST_BYTES];

	registry.redirects = true;
	put_skill(digest);
	assert_fetched("redirected", run_image(":v1"));
}
END_TEST

START_TEST(plain_http_is_for_the_insecure_only)
{
	char digest[DIGEST_BYTES];
	AUTO(text)
	char *config = text_format(
		"{\"ociRefs\":[{\"image\":\"127.0.0.1:%u/org/skill:v1\",\"dest\":\"/skills/s\"}]}",
		registry.peer.port);

	put_skill(digest);
	assert_refused("secure", run(config), "skill s from 127.0.0.1:");
	ck_assert_int_eq(atomic_load(&registry.blobs), 0);
}
END_TEST

/* --- what a registry may get wrong --- */

START_TEST(a_broken_connection_is_tried_again)
{
	char digest[DIGEST_BYTES];

	put_skill(digest);
	atomic_store(&registry.cut_blobs, 2);
	assert_fetched("cut twice", run_image(":v1"));
	ck_assert_int_eq(atomic_load(&registry.blobs), 4);
}
END_TEST

START_TEST(a_connection_that_stays_broken_is_told)
{
	char digest[DIGEST_BYTES];

	put_skill(digest);
	atomic_store(&registry.cut_blobs, 100);
	assert_refused("always cut", run_image(":v1"), "layer 1");
	ck_assert_int_eq(atomic_load(&registry.blobs), 3);
}
END_TEST

/* The blob of the last layer served says something else than its name. */
static void falsify(size_t index)
{
	registry.served[index].body.data[registry.served[index].body.bytes / 2] ^= 1;
}

START_TEST(other_bytes_than_promised_are_refused)
{
	char digest[DIGEST_BYTES];

	put_skill(digest);
	falsify(1); /* the second layer: the first one is not left behind either */
	assert_refused("a changed layer", run_image(":v1"),
		"layer 2: the registry sent other bytes than it promised");
}
END_TEST

START_TEST(a_longer_layer_is_refused)
{
	char digest[DIGEST_BYTES];

	put_skill(digest);
	buffer_puts(&registry.served[0].body, "and more");
	assert_refused("longer", run_image(":v1"), "more bytes than the");
}
END_TEST

START_TEST(another_manifest_than_promised_is_refused)
{
	char digest[DIGEST_BYTES];
	char version[DIGEST_BYTES + 2];

	put_skill(digest);
	snprintf(version, sizeof(version), "@%s", digest);
	buffer_puts(&registry.served[2].body, " ");
	assert_refused(
		"another manifest", run_image(version), "manifest: the registry sent other bytes");
}
END_TEST

static const struct {
	const char *spec, *manifest, *says;
} wrong[] = {
	{ "no such tag", NULL, "HTTP status 404 to manifests v2: not known here" },
	{ "no JSON", "<html>", "manifest: " },
	{ "schema 1", "{\"schemaVersion\":1,\"fsLayers\":[]}", "has no layers" },
	{ "a layer that is no tar",
		"{\"layers\":[{\"mediaType\":\"text/plain\",\"digest\":\"sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"size\":1}]}",
		"layer 1: of type text/plain" },
	{ "a layer without a digest", "{\"layers\":[{\"mediaType\":\"a/tar\",\"size\":1}]}",
		"layer 1: no digest we can check" },
	{ "a digest nobody can check",
		"{\"layers\":[{\"mediaType\":\"a/tar\",\"digest\":\"md5:0\",\"size\":1}]}",
		"layer 1: no digest we can check" },
	{ "a layer without a size",
		"{\"layers\":[{\"mediaType\":\"a/tar\",\"digest\":\"sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]}",
		"layer 1: no size" },
	{ "a layer larger than allowed",
		"{\"layers\":[{\"mediaType\":\"a/tar\",\"digest\":\"sha256:"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"size\":"
		"9000000000000}]}",
		"layer 1: more than 1073741824 bytes to download" },
};

START_TEST(a_wrong_manifest_is_told)
{
	if (wrong[_i].manifest)
		serve_at("manifests", "v2", "application/json", wrong[_i].manifest,
			strlen(wrong[_i].manifest));
	assert_refused(wrong[_i].spec, run_image(":v2"), wrong[_i].says);
}
END_TEST

START_TEST(too_many_layers_are_refused)
{
	AUTO(buffer) struct buffer text = { 0 };

	buffer_puts(&text, "{\"layers\":[");
	for (int i = 0; i < 128; i++)
		buffer_puts(&text, i ? ",{}" : "{}");
	buffer_puts(&text, "]}");
	serve_at("manifests", "many", "application/json", text.data, text.bytes);
	assert_refused("128 layers", run_image(":many"), "more than 127 layers");
}
END_TEST

static const struct tar_entry escape[] = { FILE_OF("../../out", "x"), { 0 } };

START_TEST(a_layer_that_wants_out_is_refused)
{
	AUTO(buffer) struct buffer layers = { 0 };
	char digest[DIGEST_BYTES];

	put_layer(&layers, escape, "gzip", GZIP);
	put_manifest(layers.data, "v1", digest);
	assert_refused("escape", run_image(":v1"), "layer 1: entry ../../out: path with \"..\"");
}
END_TEST

START_TEST(what_was_fetched_before_a_failure_stays_whole)
{
	char digest[DIGEST_BYTES];
	AUTO(text)
	char *config = text_format(
		"{\"ociRefs\":[{\"image\":\"127.0.0.1:%u/org/skill:v1\",\"dest\":\"/skills/s\"},"
		"{\"image\":\"127.0.0.1:%u/org/skill:v9\",\"dest\":\"/skills/"
		"t\"}],\"insecureOci\":true}",
		registry.peer.port, registry.peer.port);

	put_skill(digest);
	ck_assert_int_eq(run(config), 1);
	ck_assert_ptr_nonnull(strstr(reason, "skill t from 127.0.0.1:"));
	ck_assert_str_eq(
		workplace_content(&place, "skills"), "s/ s/SKILL.md=--- s/bin/ s/bin/run*=#! ");
}
END_TEST

/* In a process of its own: it ends by the signal's handler. */
/* TSan holds signals back in a child that was forked beside other threads. */
#ifdef __SANITIZE_THREAD__
#define UNDER_TSAN true
#else
#define UNDER_TSAN false
#endif

START_TEST(a_registry_that_says_nothing_is_not_waited_for_for_ever)
{
	char log[200];
	AUTO(buffer) struct buffer said = { 0 };
	int status = 0;
	pid_t pid;

	atomic_store(&registry.silent, true);
	put_file("termination-log", "");
	pid = fork();
	if (pid == 0) {
		seconds_flag = "--seconds=1";
		_exit(run_image(":v1"));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	snprintf(log, sizeof(log), "%s/termination-log", place.path);
	ck_assert(file_read(log, sizeof(reason), &said, NULL));
	ck_assert_msg(strstr(said.data, "not fetched within 1 s\n") != NULL, "%s", said.data);
}
END_TEST

START_TEST(nothing_to_fetch_is_fine)
{
	ck_assert_int_eq(run("{}"), 0);
	ck_assert_str_eq(reason, "");
}
END_TEST

START_TEST(a_wrong_document_names_its_field)
{
	ck_assert_int_eq(run("{\"ociRefs\":[{\"dest\":\"/skills/s\"}]}"), 1);
	ck_assert_msg(text_starts_with(reason, "ociRefs[0].image: "), "%s", reason);
}
END_TEST

START_TEST(an_unknown_flag_is_a_wrong_command_line)
{
	char program[] = "sandgate-controller";
	char command[] = "fetch-skills";
	char flag[] = "--skill-dir=x";
	char *argv[] = { program, command, flag, NULL };

	ck_assert_int_eq(skills_fetch_main(3, argv), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fetch");
	TCase *tcase = tcase_create("all");

	log_set_level(LOG_LEVEL_ERROR);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, open_all, close_all);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, an_image_by_tag);
	tcase_add_test(tcase, an_image_by_digest);
	tcase_add_loop_test(tcase, an_index_is_followed_to_our_platform, 0, (int)COUNT(indexes));
	tcase_add_loop_test(tcase, a_registry_may_ask_who_we_are, 0, (int)COUNT(logins));
	tcase_add_test(tcase, blobs_may_lie_somewhere_else);
	tcase_add_test(tcase, plain_http_is_for_the_insecure_only);
	tcase_add_test(tcase, a_broken_connection_is_tried_again);
	tcase_add_test(tcase, a_connection_that_stays_broken_is_told);
	tcase_add_test(tcase, other_bytes_than_promised_are_refused);
	tcase_add_test(tcase, a_longer_layer_is_refused);
	tcase_add_test(tcase, another_manifest_than_promised_is_refused);
	tcase_add_loop_test(tcase, a_wrong_manifest_is_told, 0, (int)COUNT(wrong));
	tcase_add_test(tcase, too_many_layers_are_refused);
	tcase_add_test(tcase, a_layer_that_wants_out_is_refused);
	tcase_add_test(tcase, what_was_fetched_before_a_failure_stays_whole);
	if (!UNDER_TSAN)
		tcase_add_test(tcase, a_registry_that_says_nothing_is_not_waited_for_for_ever);
	tcase_add_test(tcase, nothing_to_fetch_is_fine);
	tcase_add_test(tcase, a_wrong_document_names_its_field);
	tcase_add_test(tcase, an_unknown_flag_is_a_wrong_command_line);
	return suite_run(suite);
}
