#include "kube/config.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/text.h"
#include "json/yaml.h"

#include <stdio.h>

#define MAX_FILES      16
#define FILE_BYTES     (4u << 20)
#define ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

/* The kubeconfig files in order; of two entries with one name the first file's counts. Source: kubectl's merging rules. */
struct sources {
	struct source {
		char *path;
		struct yaml_document document;
	} files[MAX_FILES];
	size_t count;
};

/* One named entry and the file it stands in. */
struct entry {
	struct json_view view;
	const char *file;
};

static void sources_fini(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->files[i].path);
		yaml_document_fini(&sources->files[i].document);
	}
	sources->count = 0;
}

void kube_config_fini(struct kube_config *config)
{
	free(config->server);
	free(config->default_namespace);
	free(config->ca_pem);
	free(config->cert_pem);
	free(config->key_pem);
	free(config->token);
	free(config->token_file);
	*config = (struct kube_config){ 0 };
}

static void auto_config(struct kube_config *slot)
{
	kube_config_fini(slot);
}

static void auto_sources(struct sources *slot)
{
	sources_fini(slot);
}

static bool sources_add(
	struct sources *sources, const char *path, size_t path_bytes, struct error *err)
{
	struct source *source = &sources->files[sources->count];
	AUTO(text) char *name = text_copy(path, path_bytes);
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	bool more = false;

	if (!name)
		return error_no_memory(err);
	if (sources->count == MAX_FILES)
		return error_set(
			err, ERR_INVALID, NULL, "more than %d kubeconfig files", MAX_FILES);
	if (!file_read(name, FILE_BYTES, &text, err))
		return error_wrap(err, "kubeconfig %s", name);
	if (!yaml_reader_new(text.data, text.bytes, NULL, &reader, err) ||
		!yaml_reader_next(reader, &source->document, &more, err))
		return error_wrap(err, "kubeconfig %s", name);
	if (!more)
		return true; /* empty file: nothing said */
	if (json_kind(json_root(source->document.doc)) != JSON_OBJECT) {
		yaml_document_fini(&source->document);
		return error_set(err, ERR_INVALID, NULL, "kubeconfig %s: not a mapping", name);
	}
	source->path = take_text(&name);
	sources->count++;
	return true;
}

/* A list as in $KUBECONFIG: of several files those that are not there are passed over. */
static bool sources_add_list(struct sources *sources, const char *list, struct error *err)
{
	bool several = strchr(list, ':') != NULL;

	while (*list) {
		size_t bytes = strcspn(list, ":");

		if (bytes && !sources_add(sources, list, bytes, err) &&
			!(several && err->code == ERR_NOT_FOUND))
			return false;
		list += bytes + (list[bytes] == ':');
	}
	return true;
}

static bool find_entry(const struct sources *sources, const char *list, const char *member,
	const char *name, struct entry *out, struct error *err)
{
	for (size_t i = 0; i < sources->count; i++) {
		json_foreach (item, json_get(json_root(sources->files[i].document.doc), list)) {
			if (!json_text_is(json_get(item, "name"), name))
				continue;
			*out = (struct entry){ json_get(item, member), sources->files[i].path };
			return true;
		}
	}
	return error_set(err, ERR_INVALID, NULL, "kubeconfig: no entry \"%s\" in %s", name, list);
}

/* A path beside the file that names it. */
static char *beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || !slash)
		return text_copy(path, strlen(path));
	return text_format("%.*s/%s", (int)(slash - file), file, path);
}

/* The bytes under `key`-data (base64), or of the file `key` names. Absent both: NULL. */
static bool read_bytes(const struct entry *entry, const char *key, char **out, struct error *err)
{
	char data_key[64];
	const char *data;
	const char *path = json_text(json_get(entry->view, key), NULL);
	AUTO(buffer) struct buffer bytes = { 0 };
	AUTO(text) char *full = NULL;

	snprintf(data_key, sizeof(data_key), "%s-data", key);
	data = json_text(json_get(entry->view, data_key), NULL);
	if (!text_is_empty(data)) {
		if (!base64_decode(data, strlen(data), &bytes, err))
			return error_wrap(err, "kubeconfig %s: %s", entry->file, data_key);
	} else if (!text_is_empty(path)) {
		full = beside(entry->file, path);
		if (!full)
			return error_no_memory(err);
		if (!file_read(full, FILE_BYTES, &bytes, err))
			return error_wrap(err, "kubeconfig %s: %s", entry->file, key);
	} else {
		return true;
	}
	*out = buffer_take(&bytes);
	return *out || error_no_memory(err);
}

/* What we do not do must not be passed over in silence: the wrong identity would be used. */
static bool refuse(const struct entry *entry, const char *const *keys, struct error *err)
{
	for (; *keys; keys++)
		if (json_is_present(json_get(entry->view, *keys)))
			return error_set(err, ERR_UNSUPPORTED, NULL,
				"kubeconfig %s: %s is not supported", entry->file, *keys);
	return true;
}

static bool copy_text(char **slot, struct json_view v, struct error *err)
{
	const char *text = json_text(v, NULL);

	return text_is_empty(text) || text_replace(slot, text, err);
}

static bool read_cluster(const struct entry *cluster, struct kube_config *config, struct error *err)
{
	const char *server = json_text_or(json_get(cluster->view, "server"), "");
	size_t bytes = strlen(server);

	if (!text_starts_with(server, "https://") && !text_starts_with(server, "http://"))
		return error_set(err, ERR_INVALID, NULL,
			"kubeconfig %s: server must be an http:// or https:// URL", cluster->file);
	while (bytes && server[bytes - 1] == '/')
		bytes--;
	config->server = text_copy(server, bytes);
	config->insecure = json_bool_or(json_get(cluster->view, "insecure-skip-tls-verify"), false);
	if (!config->server)
		return error_no_memory(err);
	return refuse(cluster, (const char *const[]){ "tls-server-name", "proxy-url", NULL },
		       err) &&
	       read_bytes(cluster, "certificate-authority", &config->ca_pem, err);
}

static bool read_user(const struct entry *user, struct kube_config *config, struct error *err)
{
	static const char *const refused[] = { "exec", "auth-provider", "username", "password",
		"as", "as-uid", "as-groups", "as-user-extra", NULL };
	const char *token_file = json_text(json_get(user->view, "tokenFile"), NULL);

	if (!refuse(user, refused, err) ||
		!copy_text(&config->token, json_get(user->view, "token"), err) ||
		!read_bytes(user, "client-certificate", &config->cert_pem, err) ||
		!read_bytes(user, "client-key", &config->key_pem, err))
		return false;
	if (!config->cert_pem != !config->key_pem)
		return error_set(err, ERR_INVALID, NULL,
			"kubeconfig %s: client-certificate and client-key go together", user->file);
	if (!text_is_empty(token_file) && !(config->token_file = beside(user->file, token_file)))
		return error_no_memory(err);
	return true;
}

static const char *current_context(const struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		const char *name = json_text(
			json_get(json_root(sources->files[i].document.doc), "current-context"),
			NULL);

		if (!text_is_empty(name))
			return name;
	}
	return NULL;
}

static bool load_files(
	const char *list, const char *context_name, struct kube_config *config, struct error *err)
{
	AUTO(sources) struct sources sources = { 0 };
	struct entry context;
	struct entry cluster;
	struct entry user;
	const char *user_name;

	if (!sources_add_list(&sources, list, err))
		return false;
	if (!sources.count)
		return error_set(err, ERR_NOT_FOUND, NULL, "kubeconfig %s: nothing there", list);
	if (!context_name && !(context_name = current_context(&sources)))
		return error_set(
			err, ERR_INVALID, NULL, "kubeconfig %s: current-context is not set", list);
	if (!find_entry(&sources, "contexts", "context", context_name, &context, err) ||
		!find_entry(&sources, "clusters", "cluster",
			json_text_or(json_get(context.view, "cluster"), ""), &cluster, err))
		return false;
	user_name = json_text_or(json_get(context.view, "user"), "");
	if (*user_name && (!find_entry(&sources, "users", "user", user_name, &user, err) ||
				  !read_user(&user, config, err)))
		return false;
	return copy_text(&config->default_namespace, json_get(context.view, "namespace"), err) &&
	       read_cluster(&cluster, config, err);
}

/* Source: Kubernetes "Accessing the API from a Pod": what every pod with a service account finds. */
static bool load_in_cluster(
	const char *host, const char *folder, struct kube_config *config, struct error *err)
{
	const char *port = getenv("KUBERNETES_SERVICE_PORT");
	bool v6 = strchr(host, ':') != NULL;
	AUTO(text) char *ca_file = text_format("%s/ca.crt", folder);
	AUTO(text) char *ns_file = text_format("%s/namespace", folder);
	AUTO(buffer) struct buffer ca = { 0 };
	AUTO(buffer) struct buffer ns = { 0 };

	config->server = text_format("https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "",
		text_is_empty(port) ? "443" : port);
	config->token_file = text_format("%s/token", folder);
	if (!config->server || !config->token_file || !ca_file || !ns_file)
		return error_no_memory(err);
	if (!file_read(ca_file, FILE_BYTES, &ca, err))
		return error_wrap(err, "service account");
	if (!file_read(ns_file, 256, &ns, NULL))
		buffer_clear(&ns);
	config->ca_pem = buffer_take(&ca);
	if (ns.bytes)
		config->default_namespace = buffer_take(&ns);
	return config->ca_pem || error_no_memory(err);
}

static bool load_any(
	const char *path, const char *context, struct kube_config *config, struct error *err)
{
	const char *listed = getenv("KUBECONFIG");
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *home = getenv("HOME");
	AUTO(text) char *at_home = NULL;

	if (path)
		return load_files(path, context, config, err);
	if (listed && *listed)
		return load_files(listed, context, config, err);
	if (host && *host)
		return load_in_cluster(host, ACCOUNT_FOLDER, config, err);
	at_home = text_format("%s/.kube/config", home ? home : "");
	return at_home ? load_files(at_home, context, config, err) : error_no_memory(err);
}

/* Hands over what was read, completed. */
static bool finish(struct kube_config *config, struct kube_config *out, struct error *err)
{
	if (!config->default_namespace && !text_replace(&config->default_namespace, "default", err))
		return false;
	*out = *config;
	*config = (struct kube_config){ 0 };
	return true;
}

bool kube_config_load(
	const char *path, const char *context, struct kube_config *out, struct error *err)
{
	AUTO(config) struct kube_config config = { 0 };

	return load_any(path, context, &config, err) && finish(&config, out, err);
}

bool kube_config_load_in_cluster(const char *folder, struct kube_config *out, struct error *err)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	AUTO(config) struct kube_config config = { 0 };

	if (!host || !*host)
		return error_set(err, ERR_NOT_FOUND, NULL,
			"KUBERNETES_SERVICE_HOST is not set: not in a pod");
	return load_in_cluster(host, folder ? folder : ACCOUNT_FOLDER, &config, err) &&
	       finish(&config, out, err);
}
