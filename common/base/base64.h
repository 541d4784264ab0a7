/* Base 64 with padding, as Kubernetes writes bytes in JSON. Any thread. Source: RFC 4648, section 4. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buffer.h"

void base64_encode(struct buffer *out, const void *data, size_t bytes);
/*
 * Appends the decoded bytes. Blanks and line breaks are passed over; anything else outside the alphabet, a wrong length or bytes
 * after the padding are ERR_INVALID. On failure `out` may have grown.
 */
MUST_USE bool base64_decode(const char *text, size_t bytes, struct buffer *out, struct error *err);

#endif
