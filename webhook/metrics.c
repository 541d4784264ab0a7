#include "webhook/metrics.h"

#include <inttypes.h>

static const struct {
	uint64_t us;
	const char *seconds;
} buckets[METRICS_BUCKETS] = {
	{ 50, "0.00005" },
	{ 100, "0.0001" },
	{ 250, "0.00025" },
	{ 500, "0.0005" },
	{ 1000, "0.001" },
	{ 5000, "0.005" },
	{ 25000, "0.025" },
	{ 100000, "0.1" },
};

static const char *const endpoints[] = {
	[ADMISSION_VALIDATE] = "validate", [ADMISSION_MUTATE] = "mutate"
};
static const char *const verdicts[] = { [ADMISSION_ALLOWED] = "allowed",
	[ADMISSION_PATCHED] = "patched",
	[ADMISSION_REFUSED] = "refused",
	[ADMISSION_MALFORMED] = "malformed" };

void metrics_count(struct metrics *metrics, enum admission_endpoint endpoint,
	enum admission_verdict verdict, uint64_t took_us)
{
	size_t bucket = 0;

	while (bucket < METRICS_BUCKETS && took_us > buckets[bucket].us)
		bucket++;
	atomic_fetch_add_explicit(&metrics->reviews[endpoint][verdict], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&metrics->durations[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&metrics->total_us, took_us, memory_order_relaxed);
}

void metrics_count_converted(struct metrics *metrics, size_t objects)
{
	atomic_fetch_add_explicit(&metrics->converted, objects, memory_order_relaxed);
}

void metrics_put(
	struct buffer *out, const char *name, const char *type, const char *help, int64_t value)
{
	buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", name, help, name, type,
		name, value);
}

void metrics_write(struct metrics *metrics, struct buffer *out)
{
	uint64_t count = 0;
	uint64_t us = atomic_load(&metrics->total_us);

	buffer_puts(out,
		"# HELP sandgate_reviews_total Admission reviews by endpoint and verdict.\n"
		"# TYPE sandgate_reviews_total counter\n");
	for (size_t i = 0; i < COUNT(endpoints); i++)
		for (size_t j = 0; j < COUNT(verdicts); j++)
			buffer_printf(out,
				"sandgate_reviews_total{endpoint=\"%s\",verdict=\"%s\"} "
				"%" PRIuFAST64 "\n",
				endpoints[i], verdicts[j], atomic_load(&metrics->reviews[i][j]));
	buffer_puts(out, "# HELP sandgate_review_duration_seconds Time to answer a review.\n"
			 "# TYPE sandgate_review_duration_seconds histogram\n");
	for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
		count += atomic_load(&metrics->durations[i]);
		buffer_printf(out,
			"sandgate_review_duration_seconds_bucket{le=\"%s\"} %" PRIu64 "\n",
			i < METRICS_BUCKETS ? buckets[i].seconds : "+Inf", count);
	}
	buffer_printf(out,
		"sandgate_review_duration_seconds_sum %" PRIu64 ".%06" PRIu64
		"\nsandgate_review_duration_seconds_count %" PRIu64 "\n",
		us / 1000000, us % 1000000, count);
	metrics_put(out, "sandgate_converted_objects_total", "counter",
		"SandboxAgents converted between versions.",
		(int64_t)atomic_load(&metrics->converted));
}
