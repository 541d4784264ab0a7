#include "service/service.h"

#include "base/log.h"
#include "base/memory.h"
#include "service/asker.h"
#include "service/changer.h"
#include "service/front.h"
#include "service/health.h"
#include "service/leader.h"
#include "service/options.h"

#include <stdio.h>

#define REST_MS     5000
#define LARGE_BYTES ((size_t)1024 * 1024) /* larger than the pieces in which answers are sent on */
#define LONG_RESTS  60 /* of these, when nothing happened */
#define WAVE        100 /* reconciles */

struct service {
	struct service_options options;
	struct loop *loop; /* control's, on the main thread */
	struct kube_client *client;
	struct asker *asker;
	struct changer *changer; /* NULL: nobody may change agents by the HTTP API */
	struct leader *leader; /* NULL: this replica is the only one */
	struct front *front;
	struct control *control;
	struct health *health;
	struct loop_timer *rest;
	unsigned rests; /* since memory was given back */
	uint64_t reconciles; /* until then */
};

static void on_notice(void *context, struct control_notice *notice)
{
	struct service *service = context;

	front_tell(service->front, notice);
}

static void on_synced(void *context)
{
	struct service *service = context;

	front_tell_synced(service->front);
}

/* On the front's thread. The control is there before the first agent is told, and goes after the front. */
static void on_busy(void *context, const char *ns, const char *name, bool is_busy)
{
	struct service *service = context;
	struct error err;

	if (!control_set_busy(service->control, ns, name, is_busy, &err))
		log_error("cannot tell that an agent is busy", LOG_OBJ(name), LOG_ERR(&err));
}

/* On the front's thread. */
static void on_answer(void *context, const char *ns, const char *name, bool is_busy)
{
	struct service *service = context;
	struct error err;

	if (!control_answer_busy(service->control, ns, name, is_busy, &err))
		log_error("a roll-out waits for an answer in vain", LOG_OBJ(name), LOG_ERR(&err));
}

static void ask_busy(void *context, const char *ns, const char *name)
{
	struct service *service = context;
	struct error err;

	if (!front_ask_busy(service->front, ns, name, &err))
		on_answer(context, ns, name, true);
}

static bool start_client(struct service *service, struct error *err)
{
	struct kube_config config = { 0 };
	bool ok;

	ok = kube_config_load(service->options.kubeconfig, NULL, &config, err) &&
	     kube_client_new(service->loop, &config, &service->client, err);
	kube_config_fini(&config);
	return ok && (!service->options.leader_elect ||
			     leader_new(service->client, service->options.lease_name,
				     (uint32_t)(service->options.lease_ms / 1000), &service->leader,
				     err));
}

static bool start_front(struct service *service, struct error *err)
{
	if (service->options.prove_agents &&
		!asker_new(service->loop, service->client, &service->asker, err))
		return false;
	if (service->options.manage != MANAGE_NOBODY &&
		!changer_new(service->loop, service->client, &service->changer, err))
		return false;
	return front_start(&(struct front_options){ .options = &service->options,
				   .on_busy = on_busy,
				   .asker = service->asker,
				   .changer = service->changer,
				   .replica = leader_replica(service->leader),
				   .on_answer = on_answer,
				   .context = service },
		&service->front, err);
}

static bool start_control(struct service *service, struct error *err)
{
	return control_new(&(struct control_options){ .loop = service->loop,
				   .client = service->client,
				   .settings = service->options.settings.agent,
				   .default_rollout = service->options.rollout,
				   .model_status = service->options.model_status,
				   .conversion_service = service->options.conversion_service,
				   .follows = service->leader,
				   .ask_busy = service->leader ? ask_busy : NULL,
				   .on_notice = on_notice,
				   .on_synced = on_synced,
				   .context = service },
		       &service->control, err) &&
	       leader_elect(service->leader, service->control, err) &&
	       health_start(&(struct health_options){ .listen = service->options.health_address,
				    .loop = service->loop,
				    .control = service->control,
				    .client = service->client,
				    .front = service->front },
		       &service->health, err);
}

/* Most of what the start, or a wave of changes, touched is not needed again for long. */
static void rest(void *context)
{
	struct service *service = context;
	struct control_stats stats;

	control_stats(service->control, &stats);
	if (service->rests == 0 || service->rests >= LONG_RESTS ||
		stats.reconciles - service->reconciles >= WAVE) {
		memory_give_back();
		service->rests = 0;
		service->reconciles = stats.reconciles;
	}
	service->rests++;
	loop_timer_arm(service->rest, REST_MS);
}

static bool run(struct service *service, struct error *err)
{
	memory_return_large(LARGE_BYTES);
	if (!loop_new(&service->loop, err) || !loop_stop_on_signals(service->loop, err) ||
		!loop_timer_new(service->loop, rest, service, &service->rest, err) ||
		!start_client(service, err) || !start_front(service, err) ||
		!start_control(service, err))
		return false;
	loop_timer_arm(service->rest, REST_MS);
	log_info("started", LOG_STR("version", SANDGATE_VERSION));
	return loop_run(service->loop, err);
}

static void stop(struct service *service)
{
	if (service->control)
		control_finish(service->control);
	leader_step_down(service->leader);
	asker_close(service->asker);
	changer_close(service->changer);
	front_stop(service->front);
	if (service->loop)
		loop_run_posted(service->loop); /* what the front has told the control last */
	health_stop(service->health);
	control_free(service->control);
	kube_client_free(service->client);
	loop_timer_free(service->rest);
	loop_free(service->loop);
	asker_free(service->asker);
	changer_free(service->changer);
	leader_free(service->leader);
	options_fini(&service->options);
}

int service_main(int argc, char **argv)
{
	struct service service = { 0 };
	struct error err;
	int status = 0;

	if (!options_read(&service.options, argc, argv, &err)) {
		fprintf(stderr, "sandgate-controller: %s\n", err.text);
		status = 2;
	} else if (service.options.help) {
		options_print_help();
	} else if (service.options.version) {
		puts("sandgate-controller " SANDGATE_VERSION);
	} else if (!run(&service, &err)) {
		log_error("cannot run", LOG_ERR(&err));
		status = 1;
	} else {
		log_info("stopped");
	}
	stop(&service);
	return status;
}
