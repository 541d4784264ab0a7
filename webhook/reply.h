/* What admission and conversion answers have in common. Any thread. */
#ifndef WEBHOOK_REPLY_H
#define WEBHOOK_REPLY_H

#include "json/doc.h"

/* The text as a JSON string. */
void reply_text(struct buffer *out, const char *text);
/* Makes the answer the sentence `says` alone. Returns `status`. */
int reply_failure(struct buffer *answer, int status, const char *says);
/*
 * Reads a review of that kind and version with a request that has a uid. Returns 0 and the document, or the HTTP status with the
 * reason as the answer.
 */
int reply_read(struct buffer *request, const char *kind, const char *api_version,
	struct buffer *answer, struct json_doc **out);

#endif
