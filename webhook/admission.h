/*
 * Admission reviews: the request's bytes in, the answer's bytes out. Pure; any thread. Source: admission.k8s.io/v1.
 * Both endpoints refuse what is wrong. The mutating one comes before the API server holds the object against the CRD's schema, whose
 * messages do not say what to write instead; the validating one sees what other webhooks made of it.
 */
#ifndef WEBHOOK_ADMISSION_H
#define WEBHOOK_ADMISSION_H

#include "agent/validate.h"

enum admission_endpoint { ADMISSION_VALIDATE, ADMISSION_MUTATE };

struct admission_settings {
	const char *default_model_config; /* NULL or "": none is written */
	struct agent_policy policy;
};

enum admission_verdict {
	ADMISSION_ALLOWED,
	ADMISSION_PATCHED, /* allowed, with defaults */
	ADMISSION_REFUSED,
	ADMISSION_MALFORMED, /* no review at all */
};
#define ADMISSION_VERDICTS (ADMISSION_MALFORMED + 1)

/*
 * Answers the review in `request`, which is emptied. Returns the HTTP status: 200 with an AdmissionReview in `answer`, else a body of
 * plain text that says why: 400 (no review), 413 (too large, too deep), 500 (out of memory).
 */
int admission_answer(const struct admission_settings *settings, enum admission_endpoint endpoint,
	struct buffer *request, struct buffer *answer, enum admission_verdict *verdict);

#endif
