/* What was answered and how fast, counted by any thread without a lock. Text: Prometheus 0.0.4. */
#ifndef WEBHOOK_METRICS_H
#define WEBHOOK_METRICS_H

#include "webhook/admission.h"

#include <stdatomic.h>

#define METRICS_BUCKETS 8 /* and one for what is slower */

struct metrics {
	atomic_uint_fast64_t reviews[2][ADMISSION_VERDICTS]; /* by endpoint and verdict */
	atomic_uint_fast64_t durations[METRICS_BUCKETS + 1]; /* by bucket */
	atomic_uint_fast64_t total_us;
	atomic_uint_fast64_t converted; /* objects */
};

void metrics_count(struct metrics *metrics, enum admission_endpoint endpoint,
	enum admission_verdict verdict, uint64_t took_us);
void metrics_count_converted(struct metrics *metrics, size_t objects);
void metrics_write(struct metrics *metrics, struct buffer *out);
/* One number with its help and type. */
void metrics_put(
	struct buffer *out, const char *name, const char *type, const char *help, int64_t value);

#endif
