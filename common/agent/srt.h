/*
 * The settings document that srt reads for each command. Entries that srt would refuse (one kills every command) are left out, never
 * widened, and named. Pure; any thread. Source: srt 0.0.78 to 0.0.83 settings schema.
 */
#ifndef AGENT_SRT_H
#define AGENT_SRT_H

#include "json/value.h"

struct srt_report {
	char **left_out; /* entries as the user wrote them */
	size_t left_out_count;
};
void srt_report_fini(struct srt_report *report);

/* Appends the document for `spec.sandbox` (may be nothing): compact, keys in ascending order. */
MUST_USE bool srt_settings_write(
	struct json_view sandbox, struct buffer *out, struct srt_report *report, struct error *err);

#endif
