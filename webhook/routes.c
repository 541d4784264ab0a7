#include "webhook/routes.h"

#include "base/clock.h"
#include "webhook/conversion.h"

#include <string.h>

static const char text_plain[] = "text/plain; charset=utf-8";

static void answer_body(struct http_exchange *exchange, int status, struct buffer *answer)
{
	http_answer(exchange, status, status == 200 ? "application/json" : text_plain, answer);
}

static void answer_admission(
	struct http_exchange *exchange, struct routes *routes, enum admission_endpoint endpoint)
{
	uint64_t start = clock_monotonic_us();
	enum admission_verdict verdict;
	struct buffer answer = { 0 };
	int status = admission_answer(
		&routes->admission, endpoint, http_body(exchange), &answer, &verdict);

	answer_body(exchange, status, &answer);
	metrics_count(&routes->metrics, endpoint, verdict, clock_monotonic_us() - start);
}

static void answer_validate(struct http_exchange *exchange, struct routes *routes)
{
	answer_admission(exchange, routes, ADMISSION_VALIDATE);
}

static void answer_mutate(struct http_exchange *exchange, struct routes *routes)
{
	answer_admission(exchange, routes, ADMISSION_MUTATE);
}

static void answer_convert(struct http_exchange *exchange, struct routes *routes)
{
	struct buffer answer = { 0 };
	size_t converted;
	int status = conversion_answer(http_body(exchange), &answer, &converted);

	answer_body(exchange, status, &answer);
	metrics_count_converted(&routes->metrics, converted);
}

static bool is_json(const char *content_type)
{
	static const char json[] = "application/json";

	return content_type && strncasecmp(content_type, json, strlen(json)) == 0 &&
	       strchr("; ", content_type[strlen(json)]);
}

static const struct {
	const char *path;
	void (*answer)(struct http_exchange *exchange, struct routes *routes);
} reviews[] = {
	{ "/validate", answer_validate },
	{ "/mutate", answer_mutate },
	{ "/convert", answer_convert },
};

void routes_answer_review(void *context, struct http_exchange *exchange)
{
	size_t i = 0;

	while (i < COUNT(reviews) && strcmp(http_path(exchange), reviews[i].path) != 0)
		i++;
	if (i == COUNT(reviews)) {
		http_answer_text(exchange, 404, text_plain,
			"there is nothing here: reviews are answered under /validate, /mutate and "
			"/convert\n");
	} else if (strcmp(http_method(exchange), "POST") != 0) {
		http_set_header(exchange, "Allow", "POST");
		http_answer_text(exchange, 405, text_plain, "a review is sent by POST\n");
	} else if (!is_json(http_header(exchange, "Content-Type"))) {
		http_answer_text(exchange, 415, text_plain, "a review is application/json\n");
	} else {
		reviews[i].answer(exchange, context);
	}
}

/* Reviews an agent with one allowed domain; the verdict counts. */
static enum admission_verdict review_sample(const struct routes *routes, const char *domain)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	enum admission_verdict verdict;

	buffer_printf(&request,
		"{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
		"\"uid\":\"self\",\"operation\":\"CREATE\",\"kind\":{\"group\":\"kagent.dev\","
		"\"kind\":\"SandboxAgent\"},\"object\":{\"spec\":{\"declarative\":{"
		"\"systemMessage\":"
		"\"hello\"},\"sandbox\":{\"network\":{\"allowedDomains\":[\"%s\"]}}}}}}",
		domain);
	if (request.failed || admission_answer(&routes->admission, ADMISSION_VALIDATE, &request,
				      &answer, &verdict) != 200)
		return ADMISSION_MALFORMED;
	return verdict;
}

const char *routes_fault(const struct routes *routes, int64_t now)
{
	if (!tls_store_is_ready(routes->store))
		return "waiting for a serving certificate";
	if (tls_store_not_after(routes->store) <= now)
		return "the serving certificate has expired";
	if (routes->keeper && !keeper_is_ready(routes->keeper))
		return "waiting for the CA bundle to be in all configurations";
	if (review_sample(routes, "api.example.com") != ADMISSION_ALLOWED ||
		review_sample(routes, "*example.com") != ADMISSION_REFUSED)
		return "a review of a sample fails";
	return NULL;
}

static void answer_metrics(struct routes *routes, struct http_exchange *exchange)
{
	struct buffer out = { 0 };
	struct keeper_counts counts = { 0 };

	metrics_write(&routes->metrics, &out);
	metrics_put(&out, "sandgate_certificate_expiry_timestamp_seconds", "gauge",
		"End of the serving certificate in force, since 1970; 0 when there is none.",
		tls_store_not_after(routes->store));
	if (routes->keeper)
		keeper_count(routes->keeper, &counts);
	metrics_put(&out, "sandgate_certificate_renewals_total", "counter",
		"Writes of the certificate Secret by this replica.", (int64_t)counts.secret_writes);
	metrics_put(&out, "sandgate_ca_bundle_writes_total", "counter",
		"Writes of the CA bundle by this replica.", (int64_t)counts.bundle_writes);
	metrics_put(&out, "sandgate_certificate_failures_total", "counter",
		"Attempts to renew certificates that failed.", (int64_t)counts.failures);
	http_answer(exchange, 200, "text/plain; version=0.0.4", &out);
}

void routes_answer_health(void *context, struct http_exchange *exchange)
{
	struct routes *routes = context;
	const char *path = http_path(exchange);
	const char *fault;

	if (strcmp(path, "/healthz") == 0) {
		http_answer_text(exchange, 200, text_plain, "ok\n");
	} else if (strcmp(path, "/readyz") == 0) {
		fault = routes_fault(routes, (int64_t)(clock_wall_ms() / 1000));
		http_answer_text(exchange, fault ? 503 : 200, text_plain, fault ? fault : "ok\n");
	} else if (strcmp(path, "/metrics") == 0) {
		answer_metrics(routes, exchange);
	} else {
		http_answer_text(exchange, 404, text_plain, "there is nothing here\n");
	}
}
