/*
 * The status of ModelConfigs and RemoteMCPServers: whether their Secrets are there, and a hash of what is in them, so that a new key
 * reaches the agents that use it. kagent's controller does this where it runs; it is then left alone. Loop's thread.
 * Source: kagent v0.9.12 (secretHash algorithm, condition Accepted).
 */
#ifndef CONTROL_MODEL_STATUS_H
#define CONTROL_MODEL_STATUS_H

#include "agent/world.h"
#include "control/control.h"

struct control;
struct model_status;

MUST_USE bool model_status_new(struct control *control, enum model_status_mode mode,
	struct model_status **out, struct error *err);
void model_status_free(struct model_status *models);

/* The caches are filled. */
void model_status_start(struct model_status *models);

/* True: we write these statuses. False: they are kagent's, or not known yet whose. */
bool model_status_is_ours(const struct model_status *models);

/* This replica writes from now on, or no longer. What changed meanwhile is kept in mind. */
void model_status_set_leading(struct model_status *models, bool is_leading);

/* An object of either kind, or a Secret that one may refer to, has changed. */
void model_status_want(
	struct model_status *models, enum agent_kind kind, const char *ns, const char *name);
void model_status_secret_changed(struct model_status *models, const char *ns, const char *name);
/* kagent's controller runs here, or does not. */
void model_status_kagent_seen(struct model_status *models, bool is_there);

/* One Secret that was read; `secret` is nothing when it does not exist. */
struct model_secret {
	const char *ns, *name;
	struct json_view secret;
};
/*
 * Lower-case hex SHA-256 over the Secrets that exist, in ascending order of "ns/name": that text, then each data key in ascending order
 * with its value. `count` 0: of nothing. ERR_INVALID: data that is no base64.
 */
MUST_USE bool model_secret_hash(
	struct model_secret *secrets, size_t count, char out[65], struct error *err);

#endif
