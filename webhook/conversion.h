/*
 * Conversion reviews: the request's bytes in, the answer's bytes out. Pure; any thread. Source: apiextensions.k8s.io/v1.
 * Objects come back in their order; either all are converted or none, and the message names the one that is at fault.
 */
#ifndef WEBHOOK_CONVERSION_H
#define WEBHOOK_CONVERSION_H

#include "json/doc.h"

/*
 * Answers the review in `request`, which is emptied. Returns the HTTP status: 200 with a ConversionReview in `answer`, else a body of
 * plain text that says why: 400 (no review), 413 (too large, too deep), 500 (out of memory). `*converted` counts the objects.
 */
int conversion_answer(struct buffer *request, struct buffer *answer, size_t *converted);

#endif
