/* URLs and query texts, by libcurl's URL API; percent-encoding. Heap results are the caller's. Any thread. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/error.h"

struct url {
	char *scheme, *host, *path,
		*query; /* host without brackets; path "" when none was written; query NULL when none */
	unsigned port; /* 0 = not written */
};

MUST_USE bool url_parse(
	const char *text, struct url *out, struct error *err); /* ERR_INVALID names the mistake */
void url_fini(struct url *url);
/* Percent-encodes all but RFC 3986 unreserved characters. NULL = out of memory. */
MUST_USE char *url_encode(const char *text);
/* Decodes %XX; '+' stays. ERR_INVALID: bad escape or an encoded NUL. */
MUST_USE bool url_decode(const char *text, size_t bytes, char **out, struct error *err);

#endif
