/*
 * Which object a line of a watch or an answer is about, without reading it whole: most bring back what was just written. Any thread.
 */
#ifndef KUBE_GLANCE_H
#define KUBE_GLANCE_H

#include "base/error.h"

struct glance {
	char ns[64]; /* "" = none */
	char name[256];
	char rv[32];
};

/*
 * True for a line of type ADDED or MODIFIED whose object says its name and resourceVersion in the plain way. False says nothing: the
 * line has to be read. What else it holds is passed over, not checked. `line` ends where `bytes` does.
 */
MUST_USE bool glance_read(const char *line, size_t bytes, struct glance *out);

/* The same of a text that is the object itself. */
MUST_USE bool glance_read_object(const char *text, size_t bytes, struct glance *out);

#endif
