/*
 * The bearer token of a kube_config, from a file that the kubelet replaces: read again when the file changed, and every 60 s. Inside
 * this room, loop's thread. The file lies in memory (tmpfs), so reading it on the loop does not wait.
 */
#ifndef KUBE_TOKEN_H
#define KUBE_TOKEN_H

#include "base/error.h"

#include <sys/stat.h>

struct token {
	char *text; /* NULL = none */
	char *file; /* NULL = `text` never changes */
	struct stat seen;
	uint64_t read_ms; /* 0 = not yet, or to be read again */
	bool failing; /* said already */
};

void token_fini(struct token *token);
/* The token to send now, or NULL. Borrowed until the next call. A file that cannot be read leaves the last token and is logged once. */
const char *token_get(struct token *token);
/* The API server refused it: read the file again before the next use. */
void token_doubt(struct token *token);

#endif
