/*
 * Carries what users want of SandboxAgents from the HTTP loop to the API server's client on its own loop, and the outcome back. Every
 * replica does so, whether it leads or not.
 */
#ifndef SERVICE_CHANGER_H
#define SERVICE_CHANGER_H

#include "api/api.h"
#include "kube/client.h"
#include "loop/loop.h"

struct changer;

/* `client` lives on `client_loop`. Start-up. */
MUST_USE bool changer_new(struct loop *client_loop, struct kube_client *client,
	struct changer **out, struct error *err);
/* Both loops have stopped running: what still waits is dropped, unanswered. NULL does nothing. */
void changer_close(struct changer *changer);
/* After both loops were freed. */
void changer_free(struct changer *changer);
/* The loop on which is asked and answered. Before the first change. */
void changer_answer_on(struct changer *changer, struct loop *loop);

/* For api_options, with the changer as context. */
void changer_change(
	void *changer, struct api_change *change, api_changed_fn done, void *done_context);

#endif
