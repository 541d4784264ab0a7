#include "agent/pod.h"

#include "agent/environment.h"
#include "agent/image.h"
#include "agent/quantity.h"
#include "agent/volumes.h"
#include "base/text.h"

#define AGENT_PORT 8080

bool pod_uses_srt(const struct subject *subject, const struct skills *skills)
{
	if (!subject->is_declarative)
		return json_is_present(json_get(subject->spec, "sandbox"));
	return skills->is_given ||
	       json_bool_or(json_get(subject->declarative, "executeCodeBlocks"), false);
}

static struct json_object *need(struct json_object *object, const char *key, struct error *err)
{
	struct json_object *member = json_need_object(object, key);

	if (!member)
		error_no_memory(err);
	return member;
}

static const struct path *at_deployment(const struct subject *subject)
{
	static const struct path spec = { .key = "spec" };
	static const struct path declarative = { .up = &spec, .key = "declarative" };
	static const struct path byo = { .up = &spec, .key = "byo" };
	static const struct path ours = { .up = &declarative, .key = "deployment" };
	static const struct path theirs = { .up = &byo, .key = "deployment" };

	return subject->is_declarative ? &ours : &theirs;
}

/* A member of the deployment under the same name in `object`, unless it is empty. */
static bool copy_some(const struct subject *subject, const char *key, struct json_object *object,
	struct error *err)
{
	struct json_view v = json_get(subject->deployment, key);

	if (!json_is_present(v) || (json_kind(v) == JSON_ARRAY && !json_count(v)))
		return true;
	return json_set_view(object, key, v, err);
}

static bool add_texts(
	struct json_object *object, const char *key, const char *const *texts, struct error *err)
{
	struct json_object *array = json_need_array(object, key);

	if (!array)
		return error_no_memory(err);
	for (; *texts; texts++)
		if (!json_append(array, json_new_text(*texts), err))
			return false;
	return true;
}

static bool set_program(
	const struct pod_input *in, struct json_object *container, struct error *err)
{
	const struct subject *subject = in->subject;
	const char *command = json_text_or(json_get(subject->deployment, "cmd"), "");
	const char *host = subject_setting(subject->settings->bind_host, "0.0.0.0");
	const char *const args[] = { "--host", host, "--port", "8080", "--filepath", "/config",
		NULL };

	if (subject->is_declarative)
		return add_texts(container, "args", args, err);
	if (*command &&
		!add_texts(container, "command", (const char *const[]){ command, NULL }, err))
		return false;
	return copy_some(subject, "args", container, err) &&
	       copy_some(subject, "workingDir", container, err);
}

static bool set_image(const struct pod_input *in, struct json_object *container, struct error *err)
{
	const struct subject *subject = in->subject;
	const char *given = json_text_or(json_get(subject->deployment, "image"), "");
	const char *policy =
		subject_setting(json_text(json_get(subject->deployment, "imagePullPolicy"), NULL),
			subject_setting(subject->settings->image_pull_policy, "IfNotPresent"));
	AUTO(text) char *image = NULL;

	if (!subject->is_declarative && !json_is_present(subject->deployment))
		return error_set(err, ERR_INVALID, at_deployment(subject),
			"BYO deployment spec is required");
	if (!subject->is_declarative && !*given)
		return error_set(err, ERR_INVALID, AT_KEY(at_deployment(subject), "image"),
			"image is required for BYO deployment");
	if (subject->is_declarative &&
		!image_reference(subject, pod_uses_srt(subject, in->skills), &image, err))
		return false;
	return json_set_text(container, "image", image ? image : given, err) &&
	       json_set_text(container, "imagePullPolicy", policy, err);
}

static bool set_port(struct json_object *container, struct error *err)
{
	struct json_object *ports = json_need_array(container, "ports");
	struct json_object *port = json_object_new_object();

	if (!ports) {
		json_object_put(port);
		return error_no_memory(err);
	}
	return json_append(ports, port, err) && json_set_text(port, "name", "http", err) &&
	       json_set_int(port, "containerPort", AGENT_PORT, err);
}

/* The python runtime takes seconds to start, the go one does not. */
static bool set_probe(
	const struct subject *subject, struct json_object *container, struct error *err)
{
	static const struct {
		int delay_s, timeout_s, period_s;
	} python = { 15, 15, 15 }, go = { 1, 5, 1 };
	bool is_go = json_text_is(json_dig(subject->spec, "declarative", "runtime"), "go");
	struct json_object *probe = need(container, "readinessProbe", err);
	struct json_object *http = probe ? need(probe, "httpGet", err) : NULL;

	return http && json_set_text(http, "path", "/.well-known/agent-card.json", err) &&
	       json_set_text(http, "port", "http", err) &&
	       json_set_int(
		       probe, "initialDelaySeconds", is_go ? go.delay_s : python.delay_s, err) &&
	       json_set_int(
		       probe, "timeoutSeconds", is_go ? go.timeout_s : python.timeout_s, err) &&
	       json_set_int(probe, "periodSeconds", is_go ? go.period_s : python.period_s, err);
}

static bool set_resources(struct json_view given, struct json_object *container, struct error *err)
{
	struct json_object *resources;
	struct json_object *requests;
	struct json_object *limits;

	if (json_is_present(given))
		return json_set_view(container, "resources", given, err);
	resources = need(container, "resources", err);
	requests = resources ? need(resources, "requests", err) : NULL;
	limits = requests ? need(resources, "limits", err) : NULL;
	return limits && json_set_text(requests, "cpu", "100m", err) &&
	       json_set_text(requests, "memory", "384Mi", err) &&
	       json_set_text(limits, "cpu", "2", err) &&
	       json_set_text(limits, "memory", "1Gi", err);
}

/* srt builds a sandbox of its own inside the container, for which it needs the privilege. */
static bool set_security(
	const struct pod_input *in, struct json_object *container, struct error *err)
{
	const struct subject *subject = in->subject;
	struct json_view given = json_get(subject->deployment, "securityContext");
	struct json_view escalation = json_get(given, "allowPrivilegeEscalation");
	bool isolates = in->skills->any ||
			json_bool_or(json_get(subject->declarative, "executeCodeBlocks"), false);
	bool forbidden = json_kind(escalation) == JSON_BOOL && !json_bool_or(escalation, true);
	struct json_object *context;

	if (json_is_present(given) && !json_set_view(container, "securityContext", given, err))
		return false;
	if (!isolates || forbidden)
		return true;
	context = need(container, "securityContext", err);
	return context && json_set_bool(context, "privileged", true, err);
}

static bool set_own(const struct pod_input *in, const char *key,
	bool (*list)(const struct pod_input *in, struct json_object **out, struct error *err),
	struct json_object *object, struct error *err)
{
	struct json_object *value = NULL;

	return list(in, &value, err) && json_set(object, key, value, err);
}

static bool fill_main(const struct pod_input *in, struct json_object *container, struct error *err)
{
	const struct subject *subject = in->subject;

	return json_set_text(container, "name", POD_RESERVED_CONTAINER, err) &&
	       set_image(in, container, err) && set_program(in, container, err) &&
	       set_port(container, err) && copy_some(subject, "envFrom", container, err) &&
	       set_own(in, "env", environment_list, container, err) &&
	       set_resources(json_get(subject->deployment, "resources"), container, err) &&
	       set_own(in, "volumeMounts", volumes_mounts, container, err) &&
	       set_probe(subject, container, err) && set_security(in, container, err);
}

static bool name_is_taken(struct json_object *containers, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(containers); i++) {
		struct json_object *container = json_object_array_get_idx(containers, i);
		struct json_object *other = json_find(container, "name");

		if (other && strcmp(json_object_get_string(other), name) == 0)
			return true;
	}
	return false;
}

static bool add_extra(struct json_view extra, const struct path *at, struct json_object *containers,
	struct error *err)
{
	const char *name = json_text_or(json_get(extra, "name"), "");
	struct json_object *container;

	if (json_kind(extra) != JSON_OBJECT)
		return error_set(err, ERR_INVALID, at, "extraContainers: must hold objects");
	if (strcmp(name, POD_RESERVED_CONTAINER) == 0)
		return error_set(err, ERR_INVALID, AT_KEY(at, "name"),
			"extraContainers: \"" POD_RESERVED_CONTAINER
			"\" is a reserved container name");
	if (name_is_taken(containers, name))
		return error_set(err, ERR_INVALID, AT_KEY(at, "name"),
			"extraContainers: duplicate container name \"%s\"", name);
	container = json_from_view(extra);
	return json_append(containers, container, err) &&
	       (json_is_present(json_get(extra, "resources")) ||
		       json_set(container, "resources", json_object_new_object(), err));
}

static bool list_containers(const struct pod_input *in, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *containers = json_object_new_array();
	struct json_object *main_container = json_object_new_object();
	const struct path *at = AT_KEY(at_deployment(in->subject), "extraContainers");
	size_t index = 0;

	if (!containers) {
		json_object_put(main_container);
		return error_no_memory(err);
	}
	if (!json_append(containers, main_container, err) || !fill_main(in, main_container, err))
		return false;
	json_foreach (extra, json_get(in->subject->deployment, "extraContainers")) {
		if (!add_extra(extra, AT_INDEX(at, index), containers, err))
			return false;
		index++;
	}
	*out = take_json(&containers);
	return true;
}

static bool set_init_env(struct json_view given, struct json_object *container, struct error *err)
{
	AUTO(json) struct json_object *env = json_object_new_array();
	struct json_object *unique = NULL;

	if (json_kind(given) != JSON_ARRAY || !json_count(given))
		return true;
	if (!env)
		return error_no_memory(err);
	return parts_append_views(env, given, err) && environment_unique(env, &unique, err) &&
	       json_set(container, "env", unique, err);
}

static bool fill_init(const struct pod_input *in, struct json_object *container, struct error *err)
{
	static const char *const args[] = { "fetch-skills", NULL };
	const struct subject *subject = in->subject;
	struct json_view own = json_dig(subject->spec, "skills", "initContainer");

	return json_set_text(container, "name", "skills-init", err) &&
	       json_set_text(container, "image",
		       subject_setting(subject->settings->skills_init_image, ""), err) &&
	       add_texts(container, "args", args, err) &&
	       set_init_env(json_get(own, "env"), container, err) &&
	       set_resources(json_get(own, "resources"), container, err) &&
	       set_own(in, "volumeMounts", volumes_init_mounts, container, err) &&
	       copy_some(subject, "securityContext", container, err);
}

static bool set_init(const struct pod_input *in, struct json_object *pod, struct error *err)
{
	struct json_object *containers;
	struct json_object *container;

	if (!in->skills->any)
		return true;
	containers = json_need_array(pod, "initContainers");
	if (!containers)
		return error_no_memory(err);
	container = json_object_new_object();
	return json_append(containers, container, err) && fill_init(in, container, err);
}

static bool has_pull_secret(struct json_object *secrets, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(secrets); i++) {
		struct json_object *other =
			json_find(json_object_array_get_idx(secrets, i), "name");

		if (other && strcmp(json_object_get_string(other), name) == 0)
			return true;
	}
	return false;
}

static bool set_pull_secrets(const struct pod_input *in, struct json_object *pod, struct error *err)
{
	const char *global = in->subject->settings->image_pull_secret;
	struct json_object *secrets;
	struct json_object *secret;

	if (!copy_some(in->subject, "imagePullSecrets", pod, err))
		return false;
	if (!in->subject->is_declarative || text_is_empty(global))
		return true;
	secrets = json_need_array(pod, "imagePullSecrets");
	if (!secrets)
		return error_no_memory(err);
	if (has_pull_secret(secrets, global))
		return true;
	secret = json_object_new_object();
	return json_append(secrets, secret, err) && json_set_text(secret, "name", global, err);
}

static bool set_placement(const struct pod_input *in, struct json_object *pod, struct error *err)
{
	static const char *const keys[] = { "tolerations", "affinity", "nodeSelector",
		"topologySpreadConstraints" };
	struct json_view context = json_get(in->subject->deployment, "podSecurityContext");

	for (size_t i = 0; i < COUNT(keys); i++)
		if (!copy_some(in->subject, keys[i], pod, err))
			return false;
	return !json_is_present(context) || json_set_view(pod, "securityContext", context, err);
}

bool pod_spec(const struct pod_input *in, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *pod = json_object_new_object();

	if (!pod)
		return error_no_memory(err);
	if (!set_init(in, pod, err) || !set_own(in, "containers", list_containers, pod, err) ||
		!set_own(in, "volumes", volumes_list, pod, err) ||
		!json_set_text(pod, "serviceAccountName", in->service_account, err) ||
		!set_pull_secrets(in, pod, err) || !set_placement(in, pod, err) ||
		!quantity_fold(pod, err))
		return false;
	*out = take_json(&pod);
	return true;
}
