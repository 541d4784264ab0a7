/* What an answer of the API server other than 2xx means. Inside this room. Any thread. */
#ifndef KUBE_STATUS_H
#define KUBE_STATUS_H

#include "json/doc.h"

/*
 * Fills `err` from an HTTP status, the body (a Status object when all is well, any bytes otherwise) and the Retry-After header (NULL =
 * none). The text is the Status' message, the path the first field it complains about. Source: Kubernetes API conventions,
 * "Response Status Kind"; RFC 9110 for Retry-After.
 */
void kube_status_error(int http_status, const char *body, size_t body_bytes,
	const char *retry_after, struct error *err);

/* The same for the Status object of an ERROR event in a watch. */
void kube_status_error_of(struct json_view status, struct error *err);

#endif
