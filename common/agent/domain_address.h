/*
 * IPv4 addresses as URLs may spell them: "127.1", "0x7f.0.0.1", "0177.1", "1.2.3.0x". Requests arrive as the four octets that is meant,
 * so an entry spelled so would never match. Pure; any thread. Source: WHATWG URL, "IPv4 parser", which srt applies to each request's host.
 */
#ifndef AGENT_DOMAIN_ADDRESS_H
#define AGENT_DOMAIN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

/* True when `text` spells an address, in full or not; then `out` is it. */
bool domain_address_spells(const char *text, struct in_addr *out);

#endif
