#include "certs/directory.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define LOOK_MS    2000
#define FILE_BYTES ((size_t)256 * 1024)

struct directory {
	char *cert_path;
	char *key_path;
	struct tls_store *store;
	struct loop_timer *timer;
	uint8_t in_force[DIGEST_SHA256_BYTES]; /* of the pair that was last tried */
	unsigned misses; /* looks in a row that found no good pair */
};

static bool read_file(const char *path, struct buffer *out, struct error *err)
{
	return file_read(path, FILE_BYTES, out, err) && buffer_ok(out, err);
}

/* Puts the pair in force if it is another than the last one. */
static bool read_pair(struct directory *directory, struct error *err)
{
	AUTO(buffer) struct buffer cert = { 0 };
	AUTO(buffer) struct buffer key = { 0 };
	uint8_t digest[DIGEST_SHA256_BYTES];
	bool ok;

	if (!read_file(directory->cert_path, &cert, err) ||
		!read_file(directory->key_path, &key, err))
		return false;
	digest_sha256_parts(
		(const struct digest_part[]){ { cert.data, cert.bytes }, { key.data, key.bytes } },
		2, digest);
	if (memcmp(digest, directory->in_force, sizeof(digest)) == 0)
		return true;
	ok = tls_store_set(
		directory->store, cert.data ? cert.data : "", key.data ? key.data : "", err);
	if (key.data)
		explicit_bzero(key.data, key.bytes);
	if (!ok)
		return error_wrap(err, "%s", directory->cert_path);
	memcpy(directory->in_force, digest, sizeof(digest));
	log_info("a serving certificate is in force",
		LOG_INT("expires_at", tls_store_not_after(directory->store)));
	return true;
}

static void look(void *context)
{
	struct directory *directory = context;
	struct error err;

	/* The two files change one after the other: a misfit at one look is no news. */
	if (read_pair(directory, &err))
		directory->misses = 0;
	else if (++directory->misses == 2)
		log_error("cannot use the serving certificate, the old one stays", LOG_ERR(&err));
	loop_timer_arm(directory->timer, LOOK_MS);
}

bool directory_new(struct loop *loop, const char *path, struct tls_store *store,
	struct directory **out, struct error *err)
{
	AUTO(directory) struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory)
		return error_no_memory(err);
	directory->store = store;
	if (!loop_timer_new(loop, look, directory, &directory->timer, err))
		return false;
	directory->cert_path = text_format("%s/tls.crt", path);
	directory->key_path = text_format("%s/tls.key", path);
	if (!directory->cert_path || !directory->key_path)
		return error_no_memory(err);
	if (!read_pair(directory, err))
		return false;
	loop_timer_arm(directory->timer, LOOK_MS);
	*out = take_directory(&directory);
	return true;
}

void directory_free(struct directory *directory)
{
	if (!directory)
		return;
	loop_timer_free(directory->timer);
	free(directory->cert_path);
	free(directory->key_path);
	free(directory);
}
