/*
 * What the API server says of callers: which agent a pod's token proves (TokenReview with the agents' audience; the pod a token is
 * bound to is the agent: a Sandbox' pod has its name), which user shows a token (TokenReview with the API server's own audience), and
 * what that user may do with an agent (SubjectAccessReview). The callbacks of an identity, with an asker as context.
 * Source: Kubernetes TokenReview v1, SubjectAccessReview v1, bound service account tokens.
 */
#ifndef SERVICE_PROOF_H
#define SERVICE_PROOF_H

#include "api/identity.h"
#include "service/asker.h"

/* For identity_options. Asking loop. */
void proof_ask_agent(void *asker, const char *token, struct identity_proof *proof);
void proof_ask_user(void *asker, const char *token, struct identity_proof *proof);
void proof_ask_right(
	void *asker, const struct identity_wish *wish, identity_allowed_fn done, void *context);

/* "ns/name" of the agent that a TokenReview's answer names. Heap. ERR_DENIED says why it names none. */
MUST_USE bool proof_read_agent(struct json_view review, char **out, struct error *err);
/* The user as identity_proof_done wants one: the subject of a SubjectAccessReview. Heap. ERR_DENIED. */
MUST_USE bool proof_read_user(struct json_view review, char **out, struct error *err);
/* ERR_DENIED with the reason, when there is one; else some text. Heap. */
MUST_USE bool proof_read_right(struct json_view review, char **out, struct error *err);
/* Appends the review that asks for a right. */
void proof_write_right(struct buffer *out, const struct identity_wish *wish);

#endif
