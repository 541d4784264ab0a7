/*
 * Questions to the API server from another loop than its client's, with a memory: what was answered is answered again for a minute, a
 * refusal for ten seconds, a failure never. Questions are told apart by all that is asked; only a digest of it is kept.
 */
#ifndef SERVICE_ASKER_H
#define SERVICE_ASKER_H

#include "json/doc.h"
#include "kube/client.h"
#include "loop/loop.h"

struct asker;

/* `client` lives on `client_loop`. Start-up. */
MUST_USE bool asker_new(struct loop *client_loop, struct kube_client *client, struct asker **out,
	struct error *err);
/* Both loops have stopped running: what still waits on them is dropped, unanswered. */
void asker_close(struct asker *asker);
/* After both loops were freed. */
void asker_free(struct asker *asker);
/* The loop on which is asked and answered. Before the first question. */
void asker_answer_on(struct asker *asker, struct loop *loop);

struct asker_question {
	const struct kube_resource *resource; /* what is created to ask */
	struct buffer review; /* as JSON; moved in */
	/* The answer, as heap text, out of what was created. ERR_DENIED: a refusal. On the client's loop. */
	bool (*read)(struct json_view review, char **answer, struct error *err);
	/* `answer` is borrowed; NULL with the error. At once or later, on the asking loop. */
	void (*done)(void *context, const char *answer, const struct error *err);
	void *context;
};
/* Calls `done` exactly once, unless the asker is closed before. */
void asker_ask(struct asker *asker, struct asker_question *question);

#endif
