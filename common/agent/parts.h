/*
 * What models and tools add to the agent's container and pod: environment, volumes, mounts, as json-c arrays of Kubernetes shape
 * in the order they were added. Pure; any thread, one at a time. Source: core/v1 EnvVar, Volume, VolumeMount.
 */
#ifndef AGENT_PARTS_H
#define AGENT_PARTS_H

#include "json/value.h"

struct parts {
	struct json_object *env;
	struct json_object *volumes;
	struct json_object *mounts;
};

MUST_USE bool parts_init(struct parts *parts, struct error *err);
void parts_fini(struct parts *parts);

/* An empty `value` is an entry without "value", as the API server stores it. */
MUST_USE bool parts_env(
	struct parts *parts, const char *name, const char *value, struct error *err);
MUST_USE bool parts_env_from_secret(struct parts *parts, const char *name, const char *secret,
	const char *key, struct error *err);
/* `mode` 0 = the kubelet's own. */
MUST_USE bool parts_secret_volume(
	struct parts *parts, const char *name, const char *secret, int mode, struct error *err);
MUST_USE bool parts_mount(
	struct parts *parts, const char *name, const char *path, bool read_only, struct error *err);
bool parts_has_volume(const struct parts *parts, const char *name);

/* Adds what `from` has and `into` does not: env and volumes by name, mounts by name and path. The first one wins. */
MUST_USE bool parts_merge(struct parts *into, const struct parts *from, struct error *err);
/* Appends the items of `from`, an array; both then share them. */
MUST_USE bool parts_append_all(
	struct json_object *into, struct json_object *from, struct error *err);
MUST_USE bool parts_append_views(
	struct json_object *into, struct json_view from, struct error *err);

#endif
