/*
 * Where the API server is and who we are there: in-cluster (service account) or a kubeconfig file. Read once; the token file is
 * re-read by the client. Any thread. Source: Kubernetes "Accessing the API from a Pod", client-go kubeconfig format v1.
 */
#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include "base/error.h"

struct kube_config {
	char *server; /* "https://198.51.100.1:6443", no trailing slash */
	char *default_namespace; /* of the context or the service account; "default" when none */
	char *ca_pem; /* NULL = the system's */
	char *cert_pem; /* client certificate and key, NULL = none */
	char *key_pem;
	char *token; /* NULL = none */
	char *token_file; /* re-read when it changes; NULL = none */
	bool insecure;
};

/*
 * `path` NULL: $KUBECONFIG when set, else in-cluster, else ~/.kube/config. `context` NULL = the file's current one.
 * exec and auth-provider plugins are refused by name. ERR_INVALID (names file and field), ERR_NOT_FOUND, ERR_IO.
 */
MUST_USE bool kube_config_load(
	const char *path, const char *context, struct kube_config *out, struct error *err);
/* What a pod finds in `folder` (NULL = where Kubernetes mounts it) and in its environment. ERR_NOT_FOUND: not in a pod. */
MUST_USE bool kube_config_load_in_cluster(
	const char *folder, struct kube_config *out, struct error *err);
void kube_config_fini(struct kube_config *config);

#endif
