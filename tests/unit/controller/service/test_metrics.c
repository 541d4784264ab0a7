#include "service/metrics.h"
#include "support/suite.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static struct metrics_control control;
static struct metrics_front front;
static struct buffer text;

static void write_text(void)
{
	metrics_write(&text, &control, &front);
	ck_assert(!text.failed);
}

static void release(void)
{
	buffer_fini(&text);
}

static void prepare(void)
{
	control = (struct metrics_control){
		.control = { .agents = 3, .queue_depth = 1, .leading = 1 },
		.loop = { .longest_turn_us = 1500 },
		.api_requests = 12,
		.api_writes = 5
	};
	memset(&front, 0, sizeof(front));
	front.router.ended[ROUTER_A2A][200] = 7;
	front.router.ended[ROUTER_A2A][403] = 2;
	front.router.ended[ROUTER_API][401] = 4;
	front.router.ended[ROUTER_API][0] = 1;
	front.router.within[ROUTER_API][0] = 3;
	front.router.within[ROUTER_API][1] = 5;
	front.router.took_us[ROUTER_API] = 12000034;
	front.proxy = (struct proxy_stats){
		.requests = 9, .held = 6, .refused_sessions = 8, .open_streams = 11, .waiting = 2
	};
	front.store = (struct store_stats){
		.jobs = 40, .failures = 1, .commits = 20, .longest_commit_us = 2000001, .queued = 3
	};
	front.loop.longest_turn_us = 800;
	write_text();
}

static const struct {
	const char *spec, *line;
} lines[] = {
	{ "agents", "sandgate_agents 3" },
	{ "which replica leads", "sandgate_leader 1" },
	{ "writes to the API server", "sandgate_api_writes_total 5" },
	{ "requests by route and status",
		"sandgate_http_requests_total{route=\"a2a\",code=\"200\"} 7" },
	{ "callers that may not", "sandgate_http_requests_total{route=\"a2a\",code=\"403\"} 2" },
	{ "callers that are unknown",
		"sandgate_http_requests_total{route=\"api\",code=\"401\"} 4" },
	{ "clients that left", "sandgate_http_requests_total{route=\"api\",code=\"0\"} 1" },
	{ "latency, first bucket",
		"sandgate_http_request_duration_seconds_bucket{route=\"api\",le=\"0.001\"} 3" },
	{ "latency, cumulative",
		"sandgate_http_request_duration_seconds_bucket{route=\"api\",le=\"0.005\"} 5" },
	{ "latency, the last bucket is the count",
		"sandgate_http_request_duration_seconds_bucket{route=\"api\",le=\"+Inf\"} 5" },
	{ "latency, sum in seconds",
		"sandgate_http_request_duration_seconds_sum{route=\"api\"} 12.000034" },
	{ "latency, count", "sandgate_http_request_duration_seconds_count{route=\"api\"} 5" },
	{ "held requests", "sandgate_a2a_held_requests_total 6" },
	{ "waiting requests", "sandgate_a2a_waiting_requests 2" },
	{ "refused sessions", "sandgate_a2a_refused_sessions_total 8" },
	{ "open streams", "sandgate_a2a_open_streams 11" },
	{ "jobs of the store", "sandgate_store_jobs_total 40" },
	{ "failures of the store", "sandgate_store_failures_total 1" },
	{ "commits", "sandgate_store_commits_total 20" },
	{ "longest commit in seconds", "sandgate_store_longest_commit_seconds 2.000001" },
	{ "control loop", "sandgate_loop_longest_turn_seconds{loop=\"control\"} 0.001500" },
	{ "HTTP loop", "sandgate_loop_longest_turn_seconds{loop=\"http\"} 0.000800" },
};

START_TEST(metrics_show)
{
	AUTO(buffer) struct buffer line = { 0 };

	buffer_printf(&line, "\n%s\n", lines[_i].line);
	ck_assert_msg(
		strstr(text.data, line.data), "%s: no line %s", lines[_i].spec, lines[_i].line);
}
END_TEST

START_TEST(metrics_leave_out_what_never_happened)
{
	ck_assert_ptr_null(strstr(text.data, "code=\"404\""));
	ck_assert_ptr_null(strstr(text.data, "requests_total{route=\"page\""));
}
END_TEST

/* A sample's name without the suffixes of a histogram. */
static void family_of(const char *line, char *out, size_t out_bytes)
{
	static const char *const suffixes[] = { "_bucket", "_sum", "_count" };
	size_t bytes = strcspn(line, "{ ");

	snprintf(out, out_bytes, "%.*s", (int)bytes, line);
	for (size_t i = 0; strstr(out, "duration") && i < COUNT(suffixes); i++)
		if (strstr(out, suffixes[i]))
			*strstr(out, suffixes[i]) = '\0';
}

/* Every sample follows its HELP and TYPE, and no family comes twice: a scrape is refused otherwise. */
START_TEST(metrics_are_well_formed)
{
	char *line = text.data;
	char family[80] = "", named[80], type[100] = "";

	for (char *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (strncmp(line, "# HELP ", 7) == 0) {
			snprintf(family, sizeof(family), "%.*s", (int)strcspn(line + 7, " "),
				line + 7);
			snprintf(type, sizeof(type), "# HELP %s ", family);
			ck_assert_msg(!strstr(end + 1, type), "%s comes twice", family);
			snprintf(type, sizeof(type), "# TYPE %s ", family);
			ck_assert_msg(strncmp(end + 1, type, strlen(type)) == 0, "%s", family);
		} else if (*line != '#') {
			family_of(line, named, sizeof(named));
			ck_assert_str_eq(named, family);
			ck_assert_msg(isdigit((unsigned char)end[-1]), "%s", line);
		}
	}
	ck_assert_str_eq(line, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("service/metrics");
	TCase *tcase = tcase_create("metrics");

	tcase_add_checked_fixture(tcase, prepare, release);
	tcase_add_loop_test(tcase, metrics_show, 0, (int)COUNT(lines));
	tcase_add_test(tcase, metrics_leave_out_what_never_happened);
	tcase_add_test(tcase, metrics_are_well_formed);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
