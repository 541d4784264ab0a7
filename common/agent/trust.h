/*
 * The TLS block of ModelConfig and RemoteMCPServer: keys for the runtime, and the CA Secret as a volume. Pure; any thread.
 * Source: kagent v0.9.12, one folder per CA Secret below /etc/ssl/certs/custom.
 */
#ifndef AGENT_TRUST_H
#define AGENT_TRUST_H

#include "agent/parts.h"

/* Appends tls_insecure_skip_verify, tls_ca_cert_path, tls_disable_system_cas; nothing for a block that says nothing. */
void trust_write(struct json_view tls, struct buffer *out);
/* Adds volume and mount of the CA Secret, once; nothing when the block names none. */
MUST_USE bool trust_mount(struct json_view tls, struct parts *parts, struct error *err);
/*
 * "<prefix><secret>" where that can be the name of a volume (a label: 63 letters, no dot), else the prefix and 8 hexadecimal digits
 * of the Secret name's SHA-256. Heap; NULL = out of memory.
 */
MUST_USE char *trust_volume_name(const char *prefix, const char *secret);

#endif
