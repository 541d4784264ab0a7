#include "service/metrics.h"

#include <inttypes.h>
#include <stddef.h>

/* One figure without labels, by its place in its struct. */
struct figure {
	const char *name, *type, *help;
	size_t at;
	enum { UNSIGNED_64, SIZE, SECONDS_OF_US } kind;
};

#define CONTROL(member) offsetof(struct metrics_control, member)
#define FRONT(member)   offsetof(struct metrics_front, member)

static const struct figure control_figures[] = {
	{ "sandgate_agents", "gauge", "SandboxAgents that are looked after.",
		CONTROL(control.agents), SIZE },
	{ "sandgate_leader", "gauge", "1 on the replica that leads, 0 on those that follow.",
		CONTROL(control.leading), SIZE },
	{ "sandgate_queue_depth", "gauge", "SandboxAgents that wait to be reconciled.",
		CONTROL(control.queue_depth), SIZE },
	{ "sandgate_reconciles_total", "counter", "Passes over one SandboxAgent.",
		CONTROL(control.reconciles), UNSIGNED_64 },
	{ "sandgate_reconcile_failures_total", "counter", "Passes that are tried again.",
		CONTROL(control.failures), UNSIGNED_64 },
	{ "sandgate_api_requests_total", "counter", "Requests to the API server.",
		CONTROL(api_requests), UNSIGNED_64 },
	{ "sandgate_api_writes_total", "counter", "Requests to the API server that write.",
		CONTROL(api_writes), UNSIGNED_64 },
};

static const struct figure front_figures[] = {
	{ "sandgate_a2a_requests_total", "counter", "JSON-RPC requests to agents.",
		FRONT(proxy.requests), UNSIGNED_64 },
	{ "sandgate_a2a_errors_total", "counter",
		"JSON-RPC requests answered with an error that is not the agent's.",
		FRONT(proxy.errors), UNSIGNED_64 },
	{ "sandgate_a2a_streams_total", "counter", "Event streams begun.", FRONT(proxy.streams),
		UNSIGNED_64 },
	{ "sandgate_a2a_stream_events_total", "counter", "Events sent on streams.",
		FRONT(proxy.events), UNSIGNED_64 },
	{ "sandgate_a2a_held_requests_total", "counter",
		"Requests that had to wait for their agent.", FRONT(proxy.held), UNSIGNED_64 },
	{ "sandgate_a2a_refused_sessions_total", "counter",
		"Messages refused because the agent's one chat is another.",
		FRONT(proxy.refused_sessions), UNSIGNED_64 },
	{ "sandgate_a2a_open_requests", "gauge", "JSON-RPC requests under way.", FRONT(proxy.open),
		SIZE },
	{ "sandgate_a2a_open_streams", "gauge", "Event streams under way.",
		FRONT(proxy.open_streams), SIZE },
	{ "sandgate_a2a_waiting_requests", "gauge", "Requests that wait for their agent.",
		FRONT(proxy.waiting), SIZE },
	{ "sandgate_store_jobs_total", "counter", "Jobs of the store.", FRONT(store.jobs),
		UNSIGNED_64 },
	{ "sandgate_store_failures_total", "counter",
		"Jobs that the database could not do: full, lost or damaged.",
		FRONT(store.failures), UNSIGNED_64 },
	{ "sandgate_store_commits_total", "counter", "Transactions of the store.",
		FRONT(store.commits), UNSIGNED_64 },
	{ "sandgate_store_queued_jobs", "gauge", "Jobs that wait for the store.",
		FRONT(store.queued), SIZE },
	{ "sandgate_store_longest_commit_seconds", "gauge", "Longest commit since the last scrape.",
		FRONT(store.longest_commit_us), SECONDS_OF_US },
};

static void put_head(struct buffer *out, const char *name, const char *type, const char *help)
{
	buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_seconds(struct buffer *out, uint64_t us)
{
	buffer_printf(out, " %" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000);
}

static void put_figures(
	struct buffer *out, const struct figure *figures, size_t count, const void *base)
{
	for (size_t i = 0; i < count; i++) {
		const struct figure *figure = &figures[i];
		const void *at = (const char *)base + figure->at;

		put_head(out, figure->name, figure->type, figure->help);
		buffer_puts(out, figure->name);
		if (figure->kind == SIZE)
			buffer_printf(out, " %zu\n", *(const size_t *)at);
		else if (figure->kind == UNSIGNED_64)
			buffer_printf(out, " %" PRIu64 "\n", *(const uint64_t *)at);
		else
			put_seconds(out, *(const uint64_t *)at);
	}
}

static void put_loops(struct buffer *out, uint64_t control_us, uint64_t http_us)
{
	static const char name[] = "sandgate_loop_longest_turn_seconds";

	put_head(out, name, "gauge", "Longest turn of a loop since the last scrape.");
	buffer_printf(out, "%s{loop=\"control\"}", name);
	put_seconds(out, control_us);
	buffer_printf(out, "%s{loop=\"http\"}", name);
	put_seconds(out, http_us);
}

/* What never happened is not listed. */
static void put_requests(struct buffer *out, const struct router_stats *stats)
{
	static const char name[] = "sandgate_http_requests_total";

	put_head(out, name, "counter",
		"HTTP requests by route and status; code 0: the client left before the answer.");
	for (size_t group = 0; group < ROUTER_GROUPS; group++)
		for (size_t code = 0; code < ROUTER_STATUSES; code++)
			if (stats->ended[group][code])
				buffer_printf(out, "%s{route=\"%s\",code=\"%zu\"} %" PRIu64 "\n",
					name, router_group_names[group], code,
					stats->ended[group][code]);
}

static void put_duration(struct buffer *out, const struct router_stats *stats, size_t group)
{
	static const char name[] = "sandgate_http_request_duration_seconds";
	const char *route = router_group_names[group];
	uint64_t all = 0;

	for (size_t code = 0; code < ROUTER_STATUSES; code++)
		all += stats->ended[group][code];
	for (size_t i = 0; i < ROUTER_BUCKETS; i++)
		buffer_printf(out, "%s_bucket{route=\"%s\",le=\"%u.%03u\"} %" PRIu64 "\n", name,
			route, router_bucket_ms[i] / 1000, router_bucket_ms[i] % 1000,
			stats->within[group][i]);
	buffer_printf(out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, route, all);
	buffer_printf(out, "%s_sum{route=\"%s\"}", name, route);
	put_seconds(out, stats->took_us[group]);
	buffer_printf(out, "%s_count{route=\"%s\"} %" PRIu64 "\n", name, route, all);
}

static void put_durations(struct buffer *out, const struct router_stats *stats)
{
	put_head(out, "sandgate_http_request_duration_seconds", "histogram",
		"From the whole request to the end of its answer; of a stream, to its end.");
	for (size_t group = 0; group < ROUTER_GROUPS; group++)
		put_duration(out, stats, group);
}

void metrics_write(struct buffer *out, const struct metrics_control *control,
	const struct metrics_front *front)
{
	put_figures(out, control_figures, COUNT(control_figures), control);
	put_loops(out, control->loop.longest_turn_us, front->loop.longest_turn_us);
	put_requests(out, &front->router);
	put_durations(out, &front->router);
	put_figures(out, front_figures, COUNT(front_figures), front);
}
