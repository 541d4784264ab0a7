/* Image references of the stock runtimes. Pure; any thread. Source: kagent v0.9.12. */
#ifndef AGENT_IMAGE_H
#define AGENT_IMAGE_H

#include "agent/subject.h"

/* Heap. The python runtime, or the go one (`full`: with srt and its helpers). */
MUST_USE bool image_reference(
	const struct subject *subject, bool full, char **out, struct error *err);

#endif
