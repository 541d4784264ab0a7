/*
 * A serving certificate that others bring: tls.crt and tls.key in a folder, looked at every two seconds and put in force when they
 * changed, as a mounted Secret does. Loop's thread only. A pair that does not fit is logged once; the old one stays in force.
 */
#ifndef CERTS_DIRECTORY_H
#define CERTS_DIRECTORY_H

#include "http/tls.h"
#include "loop/loop.h"

struct directory;

/* Reads the pair at once. ERR_NOT_FOUND, ERR_DENIED, ERR_IO, ERR_INVALID: there is none to begin with; the text names the file. */
MUST_USE bool directory_new(struct loop *loop, const char *path, struct tls_store *store,
	struct directory **out, struct error *err);
void directory_free(struct directory *directory);
DEFINE_AUTO(directory, struct directory *, directory_free)

#endif
