/* What a review finds: refusals (causes) and warnings, all of them, bounded. Any thread, one at a time. */
#ifndef AGENT_FINDINGS_H
#define AGENT_FINDINGS_H

#include "json/doc.h"

#include <stdarg.h>

#define FINDINGS_MAX 100 /* of each; one last entry says that there were more */

enum finding_reason { /* Kubernetes StatusCause types */
	FINDING_INVALID, /* FieldValueInvalid */
	FINDING_REQUIRED, /* FieldValueRequired */
	FINDING_DUPLICATE, /* FieldValueDuplicate */
	FINDING_FORBIDDEN, /* FieldValueForbidden */
	FINDING_UNSUPPORTED, /* FieldValueNotSupported */
	FINDING_TOO_LONG, /* FieldValueTooLong */
	FINDING_TOO_MANY, /* FieldValueTooMany */
	FINDING_TYPE, /* FieldValueTypeInvalid */
};

struct finding {
	char *field; /* "spec.sandbox.network.allowedDomains[0]" */
	char *message; /* what is wrong and what to write instead */
	enum finding_reason reason;
};

struct findings {
	struct finding *causes;
	size_t cause_count;
	struct finding *warnings;
	size_t warning_count;
	bool ratchet; /* while set, refusals are noted as warnings: the value stood there before */
	uint64_t told; /* a bit for each check that told something, kept by its owner */
	bool failed; /* out of memory: the review must not pass */
};

void findings_fini(struct findings *findings);
void findings_refuse(struct findings *findings, enum finding_reason reason, const struct path *at,
	const char *fmt, ...) PRINTF(4, 5);
void findings_warn(struct findings *findings, const struct path *at, const char *fmt, ...)
	PRINTF(3, 4);
/* The same, for those that wrap them. */
void findings_refuse_args(struct findings *findings, enum finding_reason reason,
	const struct path *at, const char *fmt, va_list args) PRINTF(4, 0);
void findings_warn_args(struct findings *findings, const struct path *at, const char *fmt,
	va_list args) PRINTF(3, 0);
bool findings_are_full(
	const struct findings *findings); /* one of the lists is: nothing new would be told */
/* Both lists in the order in which their fields stand in `object`; what has no place there goes to the parent's. */
void findings_sort(struct findings *findings, struct json_view object);
const char *finding_reason_name(enum finding_reason reason); /* "FieldValueInvalid" */

#endif
