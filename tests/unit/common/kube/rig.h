/* What the tests of calls share: a loop, a scripted API server, a client of it, and how the last call ended. Header only. */
#ifndef KUBE_RIG_H
#define KUBE_RIG_H

#include "common/kube/apiserver.h"

#include "base/clock.h"
#include "base/log.h"
#include "support/suite.h"

static struct loop *loop;
static struct apiserver server;
static struct kube_client *client;
static struct error err;

/* How a call ended. */
static struct {
	int times;
	bool ok;
	struct error err;
	char text[256]; /* of the document's member "x" */
} end;

UNUSED static void on_done(void *context UNUSED, struct json_doc *doc, const struct error *why)
{
	end.times++;
	end.ok = !why;
	end.err = why ? *why : (struct error){ 0 };
	ck_assert(!doc || !why);
	if (doc)
		snprintf(end.text, sizeof(end.text), "%s",
			json_text_or(json_get(json_root(doc), "x"), ""));
	loop_stop(loop);
}

UNUSED static void open_with(apiserver_fn answer, void *context, struct kube_config config)
{
	memset(&end, 0, sizeof(end));
	ck_assert(loop_new(&loop, &err));
	api_start(&server, answer, context);
	client = api_client(loop, server.peer.port, config);
}

UNUSED static void open_client(apiserver_fn answer, void *context)
{
	open_with(answer, context, (struct kube_config){ 0 });
}

UNUSED static void close_client(void)
{
	kube_client_free(client);
	api_stop(&server);
	loop_free(loop);
}

UNUSED static void run(void)
{
	ck_assert(loop_run(loop, &err));
}

UNUSED static void on_late(void *context)
{
	loop_stop(context);
}

UNUSED static void run_for(unsigned ms)
{
	struct loop_timer *timer;

	ck_assert(loop_timer_new(loop, on_late, loop, &timer, &err));
	loop_timer_arm(timer, ms);
	run();
	loop_timer_free(timer);
}

UNUSED static void get(void)
{
	ck_assert(kube_get(client, &kube_secrets, "n", "s", on_done, NULL, NULL, &err));
}

UNUSED static int rig_main(const char *name, void (*add)(TCase *tcase))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create("all");

	log_set_level(LOG_LEVEL_ERROR);
	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	add(tcase);
	return suite_run(suite);
}

#endif
