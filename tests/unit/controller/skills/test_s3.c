#include "skills/s3.h"

#include "base/text.h"
#include "controller/skills/tarball.h"
#include "controller/skills/workplace.h"
#include "support/peer.h"
#include "support/suite.h"

/* Computed by another program, line by line as AWS describes it. */
static const struct {
	const char *spec;
	struct s3_request request;
	const char *want;
} signatures[] = {
	{ "AWS' example login",
		{ "examplebucket.s3.amazonaws.com", "/test.txt", "us-east-1",
			"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL,
			"20130524T000000Z" },
		"AWS4-HMAC-SHA256 "
		"Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
		"aws4_request,SignedHeaders=host;x-amz-content-"
		"sha256;x-amz-date,Signature="
		"df548e2ce037944d03f3e68682813b093763996d597cf890ca3d9037fd231eb4" },
	{ "with a session token",
		{ "127.0.0.1:9000", "/b/a%20b.tar.gz", "eu-1", "id", "secret", "tok",
			"20260101T120000Z" },
		"AWS4-HMAC-SHA256 "
		"Credential=id/20260101/eu-1/s3/"
		"aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-"
		"security-token,Signature="
		"fd0e80dcf507a51082e221f3fcbbbceba81a87cc8e394c6b87b6f4d13d55fd08" },
};

START_TEST(requests_are_signed)
{
	AUTO(buffer) struct buffer out = { 0 };

	s3_sign(&signatures[_i].request, &out);
	ck_assert_msg(strcmp(out.data, signatures[_i].want) == 0, "%s: %s", signatures[_i].spec,
		out.data);
}
END_TEST

/* --- a bucket --- */

static struct workplace place;
static struct peer peer;
static struct web *web;
static struct buffer object;
static char asked[4096];

static void run_bucket(struct peer_connection *connection, void *context)
{
	const char *status = context;
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer out = { 0 };

	if (!peer_read_request(connection->fd, &request))
		return;
	snprintf(asked, sizeof(asked), "%s", request.data);
	buffer_printf(&out, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
		status, object.bytes);
	buffer_append(&out, object.data, object.bytes);
	peer_send_bytes(connection->fd, out.data, out.bytes);
}

static void open_bucket(const char *status)
{
	static const struct tar_entry entries[] = { { "SKILL.md", '0', 0644, NULL, "---" }, { 0 } };
	AUTO(buffer) struct buffer tar = { 0 };
	char endpoint[64];
	struct error err;

	workplace_open(&place);
	mkdirat(place.fd, "out", 0755);
	tar_make(&tar, entries);
	tar_compress(&tar, "gzip", &object);
	peer_start(&peer, run_bucket, (void *)status);
	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%u/", peer.port);
	setenv("AWS_ENDPOINT_URL", endpoint, 1);
	setenv("no_proxy", "*", 1);
	ck_assert(web_new(&web, &err));
}

static void close_bucket(void)
{
	peer_stop(&peer);
	web_free(web);
	buffer_fini(&object);
	workplace_close(&place);
}

static bool fetch(const char *uri, struct error *err)
{
	const struct s3_options options = {
		.web = web, .limits = &skills_default_limits, .scratch = place.fd
	};
	AUTO(fd) int out = openat(place.fd, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return s3_fetch(&options, uri, "", out, err);
}

START_TEST(an_archive_is_unpacked)
{
	struct error err = { 0 };

	setenv("AWS_ACCESS_KEY_ID", "id", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "hunter2", 1);
	setenv("AWS_SESSION_TOKEN", "tok", 1);
	setenv("AWS_REGION", "eu-1", 1);
	open_bucket("200 OK");
	ck_assert_msg(fetch("s3://b/a skill+more.tar.gz", &err), "%s", err.text);
	ck_assert_str_eq(workplace_content(&place, "out"), "SKILL.md=--- ");
	ck_assert_msg(text_starts_with(asked, "GET /b/a%20skill%2Bmore.tar.gz HTTP/1.1\r\n"), "%s",
		asked);
	ck_assert_ptr_nonnull(strstr(asked, "Authorization: AWS4-HMAC-SHA256 Credential=id/"));
	ck_assert_ptr_nonnull(strstr(asked, "/eu-1/s3/aws4_request"));
	ck_assert_ptr_nonnull(strstr(asked, "x-amz-security-token: tok\r\n"));
	ck_assert_ptr_null(strstr(asked, "hunter2"));
	close_bucket();
}
END_TEST

START_TEST(a_public_archive_needs_no_login)
{
	struct error err = { 0 };

	unsetenv("AWS_ACCESS_KEY_ID");
	open_bucket("200 OK");
	ck_assert_msg(fetch("s3://b/skill.tgz", &err), "%s", err.text);
	ck_assert_ptr_null(strstr(asked, "Authorization"));
	close_bucket();
}
END_TEST

static const struct {
	const char *spec, *status, *uri, *says;
	enum error_code code;
} refusals[] = {
	{ "not allowed", "403 Forbidden", "s3://b/k", "set AWS_ACCESS_KEY_ID", ERR_DENIED },
	{ "not there", "404 Not Found", "s3://b/k", "HTTP status 404", ERR_NOT_FOUND },
	{ "no key", "200 OK", "s3://b/", "not s3://bucket/key", ERR_INVALID },
	{ "no bucket", "200 OK", "s3:///k", "not s3://bucket/key", ERR_INVALID },
	{ "no S3", "200 OK", "https://b/k", "not s3://bucket/key", ERR_INVALID },
};

START_TEST(a_refusal_is_told)
{
	struct error err = { 0 };

	unsetenv("AWS_ACCESS_KEY_ID");
	open_bucket(refusals[_i].status);
	ck_assert_msg(!fetch(refusals[_i].uri, &err), "%s", refusals[_i].spec);
	ck_assert_msg(err.code == refusals[_i].code, "%s: %s", refusals[_i].spec, err.text);
	ck_assert_msg(
		strstr(err.text, refusals[_i].says) != NULL, "%s: %s", refusals[_i].spec, err.text);
	close_bucket();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("s3");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, requests_are_signed, 0, (int)COUNT(signatures));
	tcase_add_test(tcase, an_archive_is_unpacked);
	tcase_add_test(tcase, a_public_archive_needs_no_login);
	tcase_add_loop_test(tcase, a_refusal_is_told, 0, (int)COUNT(refusals));
	return suite_run(suite);
}
