/* SHA-256 and randomness, by libcrypto. Any thread. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA256_BYTES 32
#define DIGEST_HEX_BYTES    (2 * DIGEST_SHA256_BYTES + 1)
#define UUID_TEXT_BYTES     37

/* One block of input of a digest over several. */
struct digest_part {
	const void *data;
	size_t bytes;
};

void digest_sha256(const void *data, size_t bytes, uint8_t out[DIGEST_SHA256_BYTES]);
void digest_sha256_parts(
	const struct digest_part *parts, size_t count, uint8_t out[DIGEST_SHA256_BYTES]);
void digest_hex(const uint8_t *bytes, size_t count, char *out); /* out: 2 * count + 1 */

void random_bytes(
	void *out, size_t bytes); /* from the kernel; ends the process when there are none */
void random_uuid(char out[UUID_TEXT_BYTES]); /* version 4, lower case */
uint32_t random_below(uint32_t limit); /* for jitter; limit > 0 */

#endif
