#include "webhook/serve.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "certs/directory.h"
#include "webhook/routes.h"

/* How long a new CA is known everywhere before it signs what is served: long against the API server's own caches. */
#define GRACE_MAX_S 60
#define GRACE_PART  6

#define LARGE_BYTES   ((size_t)64 * 1024)
#define FIRST_REST_MS 2000
#define REST_MS       15000

struct serve {
	const struct webhook_options *options;
	struct loop *loop;
	struct tls_store *store;
	const char **names; /* in the certificate, up to NULL */
	char *full_names[3];
	struct kube_client *client;
	struct kube_events *events;
	struct keeper *keeper;
	struct directory *directory;
	struct http_server *reviews;
	struct http_server *health;
	struct loop_timer *rest;
	struct routes routes;
};

static bool make_names(struct serve *serve, struct error *err)
{
	static const char *const ends[] = { "", ".svc", ".svc.cluster.local" };
	const struct webhook_options *options = serve->options;
	size_t count = 0;

	serve->names = calloc(2 + COUNT(ends) + options->extra_names.count, sizeof(*serve->names));
	if (!serve->names)
		return error_no_memory(err);
	serve->names[count++] = options->service;
	for (size_t i = 0; i < COUNT(ends); i++) {
		serve->full_names[i] =
			text_format("%s.%s%s", options->service, options->ns, ends[i]);
		if (!serve->full_names[i])
			return error_no_memory(err);
		serve->names[count++] = serve->full_names[i];
	}
	for (size_t i = 0; i < options->extra_names.count; i++)
		serve->names[count++] = options->extra_names.items[i];
	return true;
}

static bool start_client(struct serve *serve, struct error *err)
{
	struct kube_config config = { 0 };
	bool ok = kube_config_load(serve->options->kubeconfig, NULL, &config, err) &&
		  kube_client_new(serve->loop, &config, &serve->client, err) &&
		  kube_events_new(serve->client, "sandgate-webhook", &serve->events, err);

	kube_config_fini(&config);
	return ok;
}

static bool start_keeper(struct serve *serve, struct error *err)
{
	const struct webhook_options *options = serve->options;
	int64_t grace = (int64_t)options->cert_lifetime_ms / 1000 / GRACE_PART;

	return start_client(serve, err) && make_names(serve, err) &&
	       keeper_new(
		       &(struct keeper_options){ .client = serve->client,
			       .events = serve->events,
			       .store = serve->store,
			       .ns = options->ns,
			       .secret = options->secret,
			       .names = serve->names,
			       .limits = { .ca_lifetime_s = (int64_t)options->ca_lifetime_ms / 1000,
				       .leaf_lifetime_s = (int64_t)options->cert_lifetime_ms / 1000,
				       .grace_s = grace < 1             ? 1
						  : grace < GRACE_MAX_S ? grace
									: GRACE_MAX_S },
			       .validating_webhook = options->validating_webhook,
			       .mutating_webhook = options->mutating_webhook,
			       .crd = options->crd },
		       &serve->keeper, err);
}

static bool start_certificates(struct serve *serve, struct error *err)
{
	if (!tls_store_new(&serve->store, err))
		return false;
	if (!text_is_empty(serve->options->cert_dir))
		return directory_new(serve->loop, serve->options->cert_dir, serve->store,
			&serve->directory, err);
	return start_keeper(serve, err);
}

static bool start_servers(struct serve *serve, struct error *err)
{
	const struct webhook_options *options = serve->options;

	serve->routes.admission = (struct admission_settings){
		.default_model_config = options->default_model_config,
		.policy = { .refuse_public_suffix_wildcards =
				    options->refuse_public_suffix_wildcards,
			.serves_v1alpha3 = !text_is_empty(options->crd) },
	};
	serve->routes.store = serve->store;
	serve->routes.keeper = serve->keeper;
	if (!http_server_start(&(struct http_server_options){ .listen = options->health_listen,
				       .loop = serve->loop,
				       .max_body_bytes = 4096,
				       .max_connections = 64,
				       .on_request = routes_answer_health,
				       .context = &serve->routes },
		    &serve->health, err))
		return error_wrap(err, "--health-listen");
	if (!http_server_start(&(struct http_server_options){ .listen = options->listen,
				       .threads = (unsigned)options->threads,
				       .tls = serve->store,
				       .on_request = routes_answer_review,
				       .context = &serve->routes },
		    &serve->reviews, err))
		return error_wrap(err, "--listen");
	return true;
}

/* Most of what a start, or a renewed certificate, touches is not needed again for long. */
static void rest(void *context)
{
	struct serve *serve = context;

	memory_give_back();
	loop_timer_arm(serve->rest, REST_MS);
}

static bool run(struct serve *serve, struct error *err)
{
	if (!loop_new(&serve->loop, err) || !loop_stop_on_signals(serve->loop, err) ||
		!loop_timer_new(serve->loop, rest, serve, &serve->rest, err) ||
		!start_certificates(serve, err) || !start_servers(serve, err))
		return false;
	loop_timer_arm(serve->rest, FIRST_REST_MS);
	log_info("started", LOG_STR("version", SANDGATE_VERSION),
		LOG_INT("port", http_server_port(serve->reviews)),
		LOG_INT("health_port", http_server_port(serve->health)));
	return loop_run(serve->loop, err);
}

static void stop(struct serve *serve)
{
	http_server_stop(serve->reviews);
	http_server_stop(serve->health);
	keeper_free(serve->keeper);
	directory_free(serve->directory);
	kube_events_free(serve->events);
	kube_client_free(serve->client);
	tls_store_free(serve->store);
	loop_timer_free(serve->rest);
	loop_free(serve->loop);
	for (size_t i = 0; i < COUNT(serve->full_names); i++)
		free(serve->full_names[i]);
	free(serve->names);
}

bool serve_run(const struct webhook_options *options, struct error *err)
{
	struct serve serve = { .options = options };
	bool ok;

	memory_return_large(LARGE_BYTES);
	ok = run(&serve, err);
	stop(&serve);
	return ok;
}
