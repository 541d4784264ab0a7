/* Addresses of tools and agents: taken apart, led through a proxy, made plaintext. Pure; any thread. Source: RFC 3986, kagent v0.9.12. */
#ifndef AGENT_ENDPOINT_H
#define AGENT_ENDPOINT_H

#include "base/buffer.h"

struct endpoint_part {
	const char *at;
	size_t bytes;
};

/* scheme://user@host:port/path?query#fragment. All parts borrow the text; absent ones have 0 bytes. */
struct endpoint {
	struct endpoint_part scheme;
	struct endpoint_part user; /* with the @ */
	struct endpoint_part host; /* with the brackets of an IPv6 address */
	struct endpoint_part port;
	struct endpoint_part path;
	struct endpoint_part rest; /* from ? or # on */
};

/* False when there is no "scheme://host". */
bool endpoint_split(const char *url, struct endpoint *out);
/* The host without brackets. */
struct endpoint_part endpoint_hostname(const struct endpoint *endpoint);
/* Appends the proxy's scheme, host and port with the path of `to`. */
void endpoint_through(const struct endpoint *proxy, const struct endpoint *to, struct buffer *out);
/*
 * Appends `url` with scheme http and an explicit port: its own, else 443 when `secure` or https, else 80. A text without scheme
 * counts as host:port/path. What is no http address is appended as it is.
 */
void endpoint_plaintext(const char *url, bool secure, struct buffer *out);

#endif
