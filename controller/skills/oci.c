#include "skills/oci.h"

#include "skills/folder.h"
#include "skills/registry.h"
#include "skills/unpack.h"
#include "skills/verify.h"

#include "base/log.h"
#include "base/text.h"
#include "json/doc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_INDEX_DEPTH 3
#define BLOB_TRIES      3
#define SCRATCH_NAME    "fetching~scratch" /* no skill can be called so */

#define OCI_INDEX       "application/vnd.oci.image.index.v1+json"
#define OCI_MANIFEST    "application/vnd.oci.image.manifest.v1+json"
#define DOCKER_LIST     "application/vnd.docker.distribution.manifest.list.v2+json"
#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define ACCEPT          OCI_INDEX ", " OCI_MANIFEST ", " DOCKER_LIST ", " DOCKER_MANIFEST

/* As Go names it, which is what images are labelled with. */
#if defined(__x86_64__)
#define OWN_ARCHITECTURE "amd64"
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE "arm64"
#elif defined(__arm__)
#define OWN_ARCHITECTURE "arm"
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCHITECTURE "riscv64"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define OWN_ARCHITECTURE "ppc64le"
#elif defined(__s390x__)
#define OWN_ARCHITECTURE "s390x"
#else
#error "no name for this architecture"
#endif

struct pull {
	const struct oci_options *options;
	struct registry *registry;
	struct unpack unpack;
	uint64_t downloaded;
};

/* --- manifests --- */

static bool get_manifest(
	struct pull *pull, const char *name, struct json_doc **out, struct error *err)
{
	const struct registry_get get = { .kind = "manifests", .name = name, .accept = ACCEPT };
	AUTO(web_answer) struct web_answer answer = { 0 };
	AUTO(verifier) struct verifier *verifier = NULL;

	if (!registry_do(pull->registry, &get, &answer, err))
		return false;
	if (digest_is_valid(name)) {
		if (!verifier_new(name, &verifier, err))
			return false;
		verifier_add(verifier, answer.body.data, answer.body.bytes);
		if (!verifier_check(verifier, err))
			return error_wrap(err, "manifest");
	}
	return json_doc_parse(&answer.body, NULL, out, err) || error_wrap(err, "manifest");
}

static bool is_index(struct json_view manifest)
{
	const char *type = json_text_or(json_get(manifest, "mediaType"), "");

	return strcmp(type, OCI_INDEX) == 0 || strcmp(type, DOCKER_LIST) == 0 ||
	       (!*type && json_kind(json_get(manifest, "manifests")) == JSON_ARRAY);
}

static bool is_for_us(struct json_view platform)
{
	return json_text_is(json_get(platform, "os"), "linux") &&
	       json_text_is(json_get(platform, "architecture"), OWN_ARCHITECTURE);
}

/* The entry for this machine; else the only one, when it names no platform (content for everybody). */
static bool choose(struct json_view index, struct json_view *out, struct error *err)
{
	struct json_view entries = json_get(index, "manifests");
	struct json_view only = json_item(entries, 0);
	AUTO(buffer) struct buffer others = { 0 };

	json_foreach (entry, entries) {
		struct json_view platform = json_get(entry, "platform");

		if (is_for_us(platform)) {
			*out = entry;
			return true;
		}
		buffer_printf(&others, "%s%s/%s", others.bytes ? ", " : "",
			json_text_or(json_get(platform, "os"), "?"),
			json_text_or(json_get(platform, "architecture"), "?"));
	}
	if (json_count(entries) == 1 && !json_is_present(json_get(only, "platform"))) {
		*out = only;
		return true;
	}
	return error_set(err, ERR_NOT_FOUND, NULL,
		"it has no image for linux/" OWN_ARCHITECTURE ", only for %.200s",
		others.bytes ? others.data : "nothing");
}

static bool find_manifest(
	struct pull *pull, const char *name, struct json_doc **out, struct error *err)
{
	AUTO(json_doc) struct json_doc *doc = NULL;

	if (!get_manifest(pull, name, &doc, err))
		return false;
	for (int depth = 0; is_index(json_root(doc)); depth++) {
		AUTO(json_doc) struct json_doc *next = NULL;
		struct json_view entry;
		const char *digest;

		if (depth == MAX_INDEX_DEPTH)
			return error_set(
				err, ERR_INVALID, NULL, "an index in an index in an index");
		if (!choose(json_root(doc), &entry, err))
			return false;
		digest = json_text_or(json_get(entry, "digest"), "");
		if (!digest_is_valid(digest))
			return error_set(err, ERR_INVALID, NULL,
				"the index has an entry without a digest we can check");
		if (!get_manifest(pull, digest, &next, err))
			return false;
		json_doc_free(doc);
		doc = take_json_doc(&next);
	}
	*out = take_json_doc(&doc);
	return true;
}

/* --- layers --- */

bool scratch_open(int folder, int *fd, struct error *err)
{
	int made;

	if (!folder_remove(folder, SCRATCH_NAME, err))
		return false;
	made = openat(
		folder, SCRATCH_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (made < 0)
		return error_set(err, ERR_IO, NULL, "cannot make a file for what is downloaded: %s",
			strerror(errno));
	unlinkat(folder, SCRATCH_NAME, 0);
	*fd = made;
	return true;
}

struct blob {
	int fd;
	uint64_t bytes;
	uint64_t size; /* promised */
	struct verifier *verifier;
};

static bool on_blob(void *context, const void *data, size_t bytes, struct error *err)
{
	struct blob *blob = context;

	if (bytes > blob->size - blob->bytes)
		return error_set(err, ERR_INVALID, NULL, "more bytes than the %llu promised",
			(unsigned long long)blob->size);
	verifier_add(blob->verifier, data, bytes);
	while (bytes) {
		ssize_t wrote = write(blob->fd, data, bytes);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return error_set(err, errno == ENOSPC ? ERR_TOO_LARGE : ERR_IO, NULL,
				"cannot keep what is downloaded: %s", strerror(errno));
		data = (const char *)data + wrote;
		bytes -= (size_t)wrote;
		blob->bytes += (uint64_t)wrote;
	}
	return true;
}

static bool get_blob_once(
	struct pull *pull, const char *digest, struct blob *blob, struct error *err)
{
	const struct registry_get get = {
		.kind = "blobs", .name = digest, .sink = on_blob, .context = blob
	};
	AUTO(web_answer) struct web_answer answer = { 0 };

	verifier_restart(blob->verifier);
	blob->bytes = 0;
	if (ftruncate(blob->fd, 0) != 0 || lseek(blob->fd, 0, SEEK_SET) != 0)
		return error_set(
			err, ERR_IO, NULL, "cannot keep what is downloaded: %s", strerror(errno));
	if (!registry_do(pull->registry, &get, &answer, err))
		return false;
	if (blob->bytes < blob->size)
		return error_set(err, ERR_IO, NULL, "%llu bytes instead of the %llu promised",
			(unsigned long long)blob->bytes, (unsigned long long)blob->size);
	return verifier_check(blob->verifier, err);
}

/* Into `fd`, checked. A connection that breaks is tried again from the start. */
static bool get_blob(
	struct pull *pull, const char *digest, uint64_t size, int fd, struct error *err)
{
	AUTO(verifier) struct verifier *verifier = NULL;
	struct blob blob = { .fd = fd, .size = size };

	if (!verifier_new(digest, &verifier, err))
		return false;
	blob.verifier = verifier;
	for (int i = 1;; i++) {
		if (get_blob_once(pull, digest, &blob, err))
			return true;
		if (i == BLOB_TRIES || (err->code != ERR_IO && err->code != ERR_TIMEOUT &&
					       err->code != ERR_THROTTLED))
			return false;
		usleep(400000 * (useconds_t)i);
	}
}

static bool check_layer(
	const struct pull *pull, struct json_view layer, uint64_t *size, struct error *err)
{
	const char *type = json_text_or(json_get(layer, "mediaType"), "");
	int64_t bytes = json_int64_or(json_get(layer, "size"), -1);
	const struct skills_limits *limits = pull->options->limits;

	if (!digest_is_valid(json_text_or(json_get(layer, "digest"), "")))
		return error_set(err, ERR_INVALID, NULL, "no digest we can check");
	if (bytes < 0)
		return error_set(err, ERR_INVALID, NULL, "no size");
	if (!strstr(type, "tar"))
		return error_set(err, ERR_UNSUPPORTED, NULL, "of type %.100s, which is no tar",
			*type ? type : "unknown");
	if (strstr(type, "encrypted"))
		return error_set(err, ERR_UNSUPPORTED, NULL, "encrypted");
	if ((uint64_t)bytes > limits->download_bytes ||
		pull->downloaded > limits->download_bytes - (uint64_t)bytes)
		return error_set(err, ERR_TOO_LARGE, NULL, "more than %llu bytes to download",
			(unsigned long long)limits->download_bytes);
	*size = (uint64_t)bytes;
	return true;
}

static bool pull_layer(struct pull *pull, struct json_view layer, struct error *err)
{
	AUTO(fd) int fd = -1;
	uint64_t size;

	if (!check_layer(pull, layer, &size, err) ||
		!scratch_open(pull->options->scratch, &fd, err) ||
		!get_blob(pull, json_text(json_get(layer, "digest"), NULL), size, fd, err))
		return false;
	pull->downloaded += size;
	return unpack_layer(&pull->unpack, fd, err);
}

static bool pull_layers(struct pull *pull, struct json_view manifest, struct error *err)
{
	struct json_view layers = json_get(manifest, "layers");
	size_t number = 0;

	if (json_kind(layers) != JSON_ARRAY)
		return error_set(err, ERR_UNSUPPORTED, NULL,
			"its manifest has no layers (an image of schema 1?)");
	if (json_count(layers) > pull->options->limits->layers)
		return error_set(err, ERR_TOO_LARGE, NULL, "more than %zu layers",
			pull->options->limits->layers);
	json_foreach (layer, layers) {
		number++;
		if (!pull_layer(pull, layer, err))
			return error_wrap(err, "layer %zu", number);
	}
	return true;
}

static bool pull_from(struct pull *pull, const struct reference *reference, struct error *err)
{
	AUTO(json_doc) struct json_doc *manifest = NULL;

	return find_manifest(pull, reference->digest ? reference->digest : reference->tag,
		       &manifest, err) &&
	       pull_layers(pull, json_root(manifest), err);
}

bool oci_pull(const struct oci_options *options, const char *image, int root, struct error *err)
{
	AUTO(reference) struct reference reference = { 0 };
	AUTO(login) struct login login = { 0 };
	AUTO(registry) struct registry *registry = NULL;
	struct pull pull = { .options = options,
		.unpack = { .root = root, .limits = options->limits } };

	if (!reference_parse(image, &reference, err) ||
		!credentials_find(options->credentials, reference.registry, reference.repository,
			&login, err) ||
		!registry_new(&(struct registry_options){ .web = options->web,
				      .reference = &reference,
				      .login = &login,
				      .insecure = options->insecure },
			&registry, err))
		return false;
	pull.registry = registry;
	return pull_from(&pull, &reference, err);
}
