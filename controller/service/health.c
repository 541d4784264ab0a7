#include "service/health.h"

#include <stdlib.h>
#include <string.h>

struct health {
	struct http_server *server;
	struct health_options options;
};

static const char text_plain[] = "text/plain; charset=utf-8";

/* A request for the metrics that waits for the front's share of them. */
struct scrape {
	const struct health *health;
	struct http_exchange
		*exchange; /* NULL: the client is gone, and the health with it, perhaps */
	bool is_answered;
};

static void on_close(void *context)
{
	struct scrape *scrape = context;

	scrape->exchange = NULL;
	if (scrape->is_answered)
		free(scrape);
}

static void take_control(const struct health *health, struct metrics_control *out)
{
	control_stats(health->options.control, &out->control);
	loop_take_stats(health->options.loop, &out->loop);
	out->api_requests = kube_client_requests(health->options.client, false);
	out->api_writes = kube_client_requests(health->options.client, true);
}

static void on_figures(void *context, const struct metrics_front *front)
{
	struct scrape *scrape = context;
	struct metrics_control control;
	struct buffer out = { 0 };

	if (!scrape->exchange) {
		free(scrape);
		return;
	}
	scrape->is_answered = true;
	if (!front) {
		http_answer_text(scrape->exchange, 503, text_plain, "stopping\n");
		return;
	}
	take_control(scrape->health, &control);
	metrics_write(&out, &control, front);
	http_answer(scrape->exchange, 200, "text/plain; version=0.0.4", &out);
}

static void answer_metrics(const struct health *health, struct http_exchange *exchange)
{
	struct scrape *scrape = calloc(1, sizeof(*scrape));
	struct error err;

	if (!scrape || !front_ask_figures(health->options.front, health->options.loop, on_figures,
			       scrape, &err)) {
		free(scrape);
		http_answer_text(exchange, 503, text_plain, "out of memory\n");
		return;
	}
	*scrape = (struct scrape){ .health = health, .exchange = exchange };
	http_set_hooks(
		exchange, &(struct http_exchange_hooks){ .on_close = on_close, .context = scrape });
}

static void on_request(void *context, struct http_exchange *exchange)
{
	const struct health *health = context;
	const char *path = http_path(exchange);

	if (strcmp(path, "/healthz") == 0)
		http_answer_text(exchange, 200, text_plain, "ok\n");
	else if (strcmp(path, "/metrics") == 0)
		answer_metrics(health, exchange);
	else if (strcmp(path, "/readyz") != 0)
		http_answer_text(exchange, 404, text_plain, "404 page not found\n");
	else if (control_has_synced(health->options.control))
		http_answer_text(exchange, 200, text_plain, "ok\n");
	else
		http_answer_text(exchange, 503, text_plain, "waiting for the API server\n");
}

bool health_start(const struct health_options *options, struct health **out, struct error *err)
{
	struct health *health = calloc(1, sizeof(*health));

	if (!health)
		return error_no_memory(err);
	health->options = *options;
	if (!http_server_start(&(struct http_server_options){ .listen = options->listen,
				       .loop = options->loop,
				       .max_body_bytes = 4096,
				       .max_connections = 64,
				       .on_request = on_request,
				       .context = health },
		    &health->server, err)) {
		free(health);
		return false;
	}
	*out = health;
	return true;
}

void health_stop(struct health *health)
{
	if (!health)
		return;
	http_server_stop(health->server);
	free(health);
}
