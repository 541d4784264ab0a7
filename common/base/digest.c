#include "base/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* Looked up once, and for good: OpenSSL would search its providers for every digest. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void sha256_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void digest_sha256_parts(
	const struct digest_part *parts, size_t count, uint8_t out[DIGEST_SHA256_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	pthread_once(&sha256_once, sha256_fetch);
	if (!context || EVP_DigestInit_ex(context, sha256, NULL) != 1)
		abort(); /* no digest means no safe way on */
	for (size_t i = 0; i < count; i++)
		if (EVP_DigestUpdate(context, parts[i].data, parts[i].bytes) != 1)
			abort();
	if (EVP_DigestFinal_ex(context, out, NULL) != 1)
		abort();
	EVP_MD_CTX_free(context);
}

void digest_sha256(const void *data, size_t bytes, uint8_t out[DIGEST_SHA256_BYTES])
{
	digest_sha256_parts(&(struct digest_part){ data, bytes }, 1, out);
}

void digest_hex(const uint8_t *bytes, size_t count, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * count] = '\0';
}

void random_bytes(void *out, size_t bytes)
{
	size_t got = 0;

	while (got < bytes) {
		ssize_t more = getrandom((char *)out + got, bytes - got, 0);

		if (more < 0)
			abort();
		got += (size_t)more;
	}
}

void random_uuid(char out[UUID_TEXT_BYTES])
{
	uint8_t b[16];

	random_bytes(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(out, UUID_TEXT_BYTES,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
}

uint32_t random_below(uint32_t limit)
{
	uint32_t value;

	random_bytes(&value, sizeof(value));
	return (uint32_t)(((uint64_t)value * limit) >> 32);
}
