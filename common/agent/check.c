#include "agent/check.h"

#include <stdarg.h>

_Static_assert(CHECK_COUNT <= 64, "findings.told has a bit for each");

void check_refuse(enum check_id id, struct findings *findings, enum finding_reason reason,
	const struct path *at, const char *fmt, ...)
{
	va_list args;

	findings->told |= UINT64_C(1) << id;
	va_start(args, fmt);
	findings_refuse_args(findings, reason, at, fmt, args);
	va_end(args);
}

void check_warn(
	enum check_id id, struct findings *findings, const struct path *at, const char *fmt, ...)
{
	va_list args;

	findings->told |= UINT64_C(1) << id;
	va_start(args, fmt);
	findings_warn_args(findings, at, fmt, args);
	va_end(args);
}
