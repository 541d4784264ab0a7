/*
 * What was taken out of events before they were stored, kept in memory alone: of each session the newest such event as it was posted.
 * The agent that posted it gets it back when it reads its session in the same turn, which is how its tools come by the caller's
 * token; nobody else does, and after an hour, a restart or a thousand other sessions it is gone. Any thread.
 */
#ifndef STORE_VAULT_H
#define STORE_VAULT_H

#include "base/error.h"

struct vault;

MUST_USE bool vault_new(struct vault **out, struct error *err);
void vault_free(struct vault *vault);

/* Remembers `text` (copied); one that is too large or finds no memory is not kept. */
void vault_put(struct vault *vault, int64_t session, int64_t sequence, const char *text);
/* The event as it was posted (heap), or NULL. */
MUST_USE char *vault_get(struct vault *vault, int64_t session, int64_t sequence);
/* After a transaction was undone: what it put may name rows that are not there. Forgets everything. */
void vault_clear(struct vault *vault);

#endif
