#include "skills/verify.h"

#include "base/digest.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <string.h>

struct verifier {
	EVP_MD_CTX *state;
	char *digest;
};

bool verifier_new(const char *digest, struct verifier **out, struct error *err)
{
	struct verifier *verifier = calloc(1, sizeof(*verifier));

	if (!verifier)
		return error_no_memory(err);
	verifier->state = EVP_MD_CTX_new();
	verifier->digest = strdup(digest);
	if (!verifier->state || !verifier->digest) {
		verifier_free(verifier);
		return error_no_memory(err);
	}
	verifier_restart(verifier);
	*out = verifier;
	return true;
}

void verifier_free(struct verifier *verifier)
{
	if (!verifier)
		return;
	EVP_MD_CTX_free(verifier->state);
	free(verifier->digest);
	free(verifier);
}

void verifier_restart(struct verifier *verifier)
{
	const EVP_MD *kind =
		text_starts_with(verifier->digest, "sha512:") ? EVP_sha512() : EVP_sha256();

	if (EVP_DigestInit_ex(verifier->state, kind, NULL) != 1)
		abort(); /* no digest means no safe way on */
}

void verifier_add(struct verifier *verifier, const void *data, size_t bytes)
{
	if (EVP_DigestUpdate(verifier->state, data, bytes) != 1)
		abort();
}

bool verifier_check(struct verifier *verifier, struct error *err)
{
	const char *promised = strchr(verifier->digest, ':') + 1;
	uint8_t sum[EVP_MAX_MD_SIZE];
	char found[2 * EVP_MAX_MD_SIZE + 1];
	unsigned bytes = 0;

	if (EVP_DigestFinal_ex(verifier->state, sum, &bytes) != 1)
		abort();
	digest_hex(sum, bytes, found);
	return strcmp(found, promised) == 0 ||
	       error_set(err, ERR_INVALID, NULL,
		       "the registry sent other bytes than it promised: %.16s... is %.16s...",
		       promised, found);
}
