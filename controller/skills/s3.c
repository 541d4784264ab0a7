#include "skills/s3.h"

#include "skills/folder.h"
#include "skills/oci.h"
#include "skills/unpack.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOTHING_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define NOTHING_HEADER "x-amz-content-sha256: " NOTHING_SHA256
#define DEFAULT_REGION "us-east-1"
#define TIME_BYTES     sizeof("20130524T000000Z")
#define DATE_BYTES     8

/* --- the signature --- */

static void hmac(
	const void *key, size_t key_bytes, const char *text, uint8_t out[DIGEST_SHA256_BYTES])
{
	unsigned bytes;

	if (!HMAC(EVP_sha256(), key, (int)key_bytes, (const unsigned char *)text, strlen(text), out,
		    &bytes))
		abort();
}

static void signing_key(const struct s3_request *request, uint8_t out[DIGEST_SHA256_BYTES])
{
	char date[DATE_BYTES + 1];
	char start[512];
	uint8_t a[DIGEST_SHA256_BYTES];
	uint8_t b[DIGEST_SHA256_BYTES];

	snprintf(date, sizeof(date), "%s", request->time);
	snprintf(start, sizeof(start), "AWS4%s", request->secret);
	hmac(start, strlen(start), date, a);
	hmac(a, sizeof(a), request->region, b);
	hmac(b, sizeof(b), "s3", a);
	hmac(a, sizeof(a), "aws4_request", out);
	explicit_bzero(start, sizeof(start));
}

void s3_sign(const struct s3_request *request, struct buffer *out)
{
	const char *names = request->session_token
				    ? "host;x-amz-content-sha256;x-amz-date;x-amz-security-token"
				    : "host;x-amz-content-sha256;x-amz-date";
	AUTO(buffer) struct buffer canonical = { 0 };
	AUTO(buffer) struct buffer to_sign = { 0 };
	uint8_t sum[DIGEST_SHA256_BYTES];
	uint8_t key[DIGEST_SHA256_BYTES];
	char hex[DIGEST_HEX_BYTES];

	buffer_printf(&canonical,
		"GET\n%s\n\nhost:%s\nx-amz-content-sha256:" NOTHING_SHA256 "\nx-amz-date:%s\n",
		request->path, request->host, request->time);
	if (request->session_token)
		buffer_printf(&canonical, "x-amz-security-token:%s\n", request->session_token);
	buffer_printf(&canonical, "\n%s\n" NOTHING_SHA256, names);
	if (canonical.failed) {
		out->failed = true;
		return;
	}
	digest_sha256(canonical.data, canonical.bytes, sum);
	digest_hex(sum, sizeof(sum), hex);
	buffer_printf(&to_sign, "AWS4-HMAC-SHA256\n%s\n%.8s/%s/s3/aws4_request\n%s", request->time,
		request->time, request->region, hex);
	if (to_sign.failed) {
		out->failed = true;
		return;
	}
	signing_key(request, key);
	hmac(key, sizeof(key), to_sign.data, sum);
	digest_hex(sum, sizeof(sum), hex);
	buffer_printf(out,
		"AWS4-HMAC-SHA256 "
		"Credential=%s/%.8s/%s/s3/aws4_request,SignedHeaders=%s,Signature=%s",
		request->key_id, request->time, request->region, names, hex);
}

/* --- where it is --- */

struct object {
	char *scheme_host; /* "https://host" */
	char *path;
};

static void auto_object(struct object *slot)
{
	free(slot->scheme_host);
	free(slot->path);
}

static void encode_path(struct buffer *out, const char *text)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	for (; *text; text++) {
		if (strchr(plain, *text))
			buffer_putc(out, *text);
		else
			buffer_printf(out, "%%%02X", (unsigned char)*text);
	}
}

static const char *environment(const char *first, const char *second)
{
	const char *value = getenv(first);

	if (text_is_empty(value) && second)
		value = getenv(second);
	return text_is_empty(value) ? NULL : value;
}

/* AWS: the bucket is part of the host. Another service, or a bucket with a dot (no certificate fits): it is part of the path. */
static bool locate(const char *uri, const char *region, struct object *out, struct error *err)
{
	const char *bucket = uri + strlen("s3://");
	const char *slash = text_starts_with(uri, "s3://") ? strchr(bucket, '/') : NULL;
	const char *endpoint = environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
	int bucket_bytes = slash ? (int)(slash - bucket) : 0;
	bool in_path = endpoint || (bucket_bytes && memchr(bucket, '.', (size_t)bucket_bytes));
	AUTO(buffer) struct buffer path = { 0 };
	size_t end;

	if (!bucket_bytes || !slash[1])
		return error_set(err, ERR_INVALID, NULL, "not s3://bucket/key");
	buffer_putc(&path, '/');
	if (in_path)
		buffer_printf(&path, "%.*s/", bucket_bytes, bucket);
	encode_path(&path, slash + 1);
	if (endpoint) {
		end = strlen(endpoint);
		while (end && endpoint[end - 1] == '/')
			end--;
		out->scheme_host = text_copy(endpoint, end);
	} else if (in_path) {
		out->scheme_host = text_format("https://s3.%s.amazonaws.com", region);
	} else {
		out->scheme_host = text_format(
			"https://%.*s.s3.%s.amazonaws.com", bucket_bytes, bucket, region);
	}
	out->path = buffer_take(&path);
	return (out->scheme_host && out->path) || error_no_memory(err);
}

/* --- getting it --- */

struct sink {
	int fd;
	uint64_t bytes;
	uint64_t most;
};

static bool on_data(void *context, const void *data, size_t bytes, struct error *err)
{
	struct sink *sink = context;

	if (bytes > sink->most - sink->bytes)
		return error_set(err, ERR_TOO_LARGE, NULL, "more than %llu bytes to download",
			(unsigned long long)sink->most);
	sink->bytes += bytes;
	while (bytes) {
		ssize_t wrote = write(sink->fd, data, bytes);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return error_set(err, ERR_IO, NULL, "cannot keep what is downloaded: %s",
				strerror(errno));
		data = (const char *)data + wrote;
		bytes -= (size_t)wrote;
	}
	return true;
}

static void time_now(char out[TIME_BYTES])
{
	char text[CLOCK_RFC3339_BYTES];
	size_t used = 0;

	clock_rfc3339(clock_wall_ms(), text);
	for (const char *at = text; *at && used < TIME_BYTES - 1; at++)
		if (*at != '-' && *at != ':')
			out[used++] = *at;
	out[used] = '\0';
}

static bool refuse(const struct web_answer *answer, bool signed_in, struct error *err)
{
	if (answer->status == 403 || answer->status == 401)
		return error_set(err, ERR_DENIED, NULL, "the bucket refuses %s (HTTP status %d)",
			signed_in ? "the login of AWS_ACCESS_KEY_ID"
				  : "to serve anybody; set AWS_ACCESS_KEY_ID and "
				    "AWS_SECRET_ACCESS_KEY by skills.initContainer.env",
			answer->status);
	return error_set(err, answer->status == 404 ? ERR_NOT_FOUND : ERR_IO, NULL,
		"the bucket answered with HTTP status %d", answer->status);
}

static bool get(const struct s3_options *options, const struct object *object, const char *region,
	struct sink *sink, struct error *err)
{
	char time[TIME_BYTES];
	struct s3_request sign = {
		.host = strstr(object->scheme_host, "://") ? strstr(object->scheme_host, "://") + 3
							   : "",
		.path = object->path,
		.region = region,
		.key_id = environment("AWS_ACCESS_KEY_ID", NULL),
		.secret = environment("AWS_SECRET_ACCESS_KEY", NULL),
		.session_token = environment("AWS_SESSION_TOKEN", NULL),
		.time = time,
	};
	bool signs = sign.key_id && sign.secret;
	AUTO(text) char *url = text_format("%s%s", object->scheme_host, object->path);
	AUTO(text) char *date = NULL;
	AUTO(text) char *token = NULL;
	AUTO(buffer) struct buffer authorization = { 0 };
	AUTO(web_answer) struct web_answer answer = { 0 };

	time_now(time);
	date = text_format("x-amz-date: %s", time);
	if (sign.session_token &&
		!(token = text_format("x-amz-security-token: %s", sign.session_token)))
		return error_no_memory(err);
	buffer_puts(&authorization, "Authorization: ");
	if (signs)
		s3_sign(&sign, &authorization);
	if (!url || !date || !buffer_ok(&authorization, err))
		return error_no_memory(err);
	static const char of_nothing[] = NOTHING_HEADER;
	const char *headers[] = { of_nothing, date, authorization.data, token, NULL };
	const struct web_request request = {
		.url = url,
		.headers = signs ? headers : NULL,
		.insecure = text_starts_with(url, "http://"),
		.sink = on_data,
		.context = sink,
	};
	if (!web_do(options->web, &request, &answer, err))
		return false;
	return (answer.status >= 200 && answer.status < 300) || refuse(&answer, signs, err);
}

bool s3_fetch(const struct s3_options *options, const char *uri, const char *region, int root,
	struct error *err)
{
	const char *usual = environment("AWS_REGION", "AWS_DEFAULT_REGION");
	struct unpack unpack = { .root = root, .limits = options->limits };
	struct sink sink = { .fd = -1, .most = options->limits->download_bytes };
	AUTO(object) struct object object = { 0 };
	AUTO(fd) int fd = -1;

	if (!*region)
		region = usual ? usual : DEFAULT_REGION;
	if (!locate(uri, region, &object, err) || !scratch_open(options->scratch, &fd, err))
		return false;
	sink.fd = fd;
	return get(options, &object, region, &sink, err) && unpack_archive(&unpack, fd, err);
}
