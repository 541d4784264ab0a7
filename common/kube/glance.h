/*
 * Which object a line of a watch is about, without reading it whole: most lines bring back what was just written and answered.
 * Any thread.
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

#endif
