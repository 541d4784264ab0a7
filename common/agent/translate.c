#include "agent/translate.h"

#include "agent/card.h"
#include "agent/label.h"
#include "agent/pod.h"
#include "agent/srt.h"
#include "agent/wire.h"
#include "base/digest.h"
#include "base/text.h"

#include <stdio.h>

#define HASH_ANNOTATION "kagent.dev/config-hash"
#define NAME_MAX_BYTES  253

/* Everything on the way to the objects. */
struct work {
	struct subject subject;
	struct skills skills;
	struct compiled compiled;
	struct buffer card;
	struct buffer srt;
	struct srt_report report;
	char *srt_name;
	char *skills_name;
	struct json_object *labels; /* of the pod */
	struct json_object *owners; /* of every object, which share it */
	struct json_object *pod;
};

static void work_fini(struct work *work)
{
	skills_fini(&work->skills);
	compile_fini(&work->compiled);
	buffer_fini(&work->card);
	buffer_fini(&work->srt);
	srt_report_fini(&work->report);
	free(work->srt_name);
	free(work->skills_name);
	json_object_put(work->labels);
	json_object_put(work->owners);
	json_object_put(work->pod);
}

void agent_objects_fini(struct agent_objects *objects)
{
	json_object_put(objects->secret);
	json_object_put(objects->srt_config_map);
	json_object_put(objects->service_account);
	json_object_put(objects->skills_config_map);
	json_object_put(objects->sandbox);
	for (size_t i = 0; i < objects->left_out_count; i++)
		free(objects->left_out[i]);
	free(objects->left_out);
	*objects = (struct agent_objects){ 0 };
}

char *agent_python_identifier(const char *ns, const char *name)
{
	char *out = text_format("%s__NS__%s", ns, name);

	for (char *at = out; at && (at = strchr(at, '-'));)
		*at = '_';
	return out;
}

static const char *service_account(const struct subject *subject)
{
	return subject_setting(json_text(json_get(subject->deployment, "serviceAccountName"), NULL),
		subject_setting(subject->settings->default_service_account, subject->name));
}

/* Another control plane's agents, with what that one would say first. */
static bool check_platform(const struct subject *subject, struct error *err)
{
	const struct path *at = AT_KEY(NULL, "spec");
	const char *runtime = json_text_or(json_get(subject->declarative, "runtime"), "");

	if (!json_text_is(json_get(subject->spec, "platform"), "substrate"))
		return true;
	if (!subject->is_declarative)
		return error_set(err, ERR_INVALID, AT_KEY(at, "platform"),
			"BYO agents are not supported when spec.platform is substrate");
	if (json_is_present(json_get(subject->spec, "skills")))
		return error_set(err, ERR_INVALID, AT_KEY(at, "skills"),
			"spec.skills is not supported when spec.platform is substrate");
	if (strcmp(runtime, "go") != 0)
		return error_set(err, ERR_INVALID, AT_KEY(AT_KEY(at, "declarative"), "runtime"),
			"spec.declarative.runtime must be \"go\" when spec.platform is substrate");
	return error_set(err, ERR_INVALID, AT_KEY(at, "platform"),
		"substrate sandbox backend is not configured");
}

static bool name_maps(struct work *work, struct error *err)
{
	const struct path *at = AT_KEY(AT_KEY(NULL, "metadata"), "name");

	work->srt_name = text_format("%s-srt-settings", work->subject.name);
	work->skills_name = text_format("%s-skills-init", work->subject.name);
	if (!work->srt_name || !work->skills_name)
		return error_no_memory(err);
	if (strlen(work->skills_name) > NAME_MAX_BYTES && work->skills.any)
		return error_set(err, ERR_INVALID, at,
			"derived skills-init ConfigMap name \"%s\" is invalid: must be no more "
			"than "
			"%d characters",
			work->skills_name, NAME_MAX_BYTES);
	if (strlen(work->srt_name) > NAME_MAX_BYTES)
		return error_set(err, ERR_INVALID, at,
			"derived srt-settings ConfigMap name \"%s\" is invalid: must be no more "
			"than "
			"%d characters",
			work->srt_name, NAME_MAX_BYTES);
	return true;
}

static bool write_card(struct work *work, struct error *err)
{
	AUTO(text)
	char *url = text_format("http://%s.%s:8080", work->subject.name, work->subject.ns);

	if (!url)
		return error_no_memory(err);
	return card_write(work->subject.agent, url, &work->card, err);
}

static bool make_pod(struct work *work, struct error *err)
{
	struct pod_input in = {
		.subject = &work->subject,
		.compiled = &work->compiled,
		.skills = &work->skills,
		.service_account = service_account(&work->subject),
		.srt_config_map = work->srt_name,
		.skills_config_map = work->skills_name,
	};

	return pod_spec(&in, &work->pod, err);
}

static bool make_owners(struct work *work, struct error *err)
{
	const struct subject *subject = &work->subject;
	const char *uid = json_text_or(json_dig(subject->agent, "metadata", "uid"), "");
	struct json_object *owner;

	work->owners = json_object_new_array_ext(1);
	if (!work->owners)
		return error_no_memory(err);
	owner = json_object_new_object();
	return json_append(work->owners, owner, err) &&
	       json_set_text(owner, "apiVersion", "kagent.dev/v1alpha2", err) &&
	       json_set_text(owner, "kind", "SandboxAgent", err) &&
	       json_set_text(owner, "name", subject->name, err) &&
	       json_set_text(owner, "uid", uid, err) &&
	       json_set_bool(owner, "controller", true, err) &&
	       json_set_bool(owner, "blockOwnerDeletion", true, err);
}

/* All that the objects are made of. */
static bool gather(struct work *work, struct error *err)
{
	const struct subject *subject = &work->subject;

	return check_platform(subject, err) &&
	       skills_read(json_get(subject->spec, "skills"), &work->skills, err) &&
	       name_maps(work, err) &&
	       compile_agent(subject, work->skills.names, &work->compiled, err) &&
	       make_owners(work, err) && make_pod(work, err) &&
	       label_pod(subject, &work->labels, err) && write_card(work, err) &&
	       srt_settings_write(
		       json_get(subject->spec, "sandbox"), &work->srt, &work->report, err);
}

/* The pod's labels, as they are, of an object that adds none of its own. */
static bool share_labels(const struct work *work, struct json_object *metadata, struct error *err)
{
	return json_set(metadata, "labels", json_object_get(work->labels), err);
}

static bool copy_labels(struct json_object *from, struct json_object *metadata, struct error *err)
{
	struct json_object *labels = json_need_object(metadata, "labels");

	if (!labels)
		return error_no_memory(err);
	json_object_object_foreach(from, key, value)
	{
		if (!json_set(labels, key, json_object_get(value), err))
			return false;
	}
	return true;
}

static bool add_annotations(struct json_object *metadata, struct json_view from, struct error *err)
{
	struct json_object *annotations;

	if (json_kind(from) != JSON_OBJECT || !json_count(from))
		return true;
	annotations = json_need_object(metadata, "annotations");
	if (!annotations)
		return error_no_memory(err);
	return label_overlay(annotations, from, false, err);
}

/* A new object with its owner. `out` is filled before anything can fail further on. */
static bool start_object(const struct work *work, const char *api, const char *kind,
	const char *name, struct json_object **out, struct json_object **metadata,
	struct error *err)
{
	*out = json_object_new_object();
	if (!*out)
		return error_no_memory(err);
	if (!json_set_text(*out, "apiVersion", api, err) || !json_set_text(*out, "kind", kind, err))
		return false;
	*metadata = json_need_object(*out, "metadata");
	if (!*metadata)
		return error_no_memory(err);
	return json_set_text(*metadata, "name", name, err) &&
	       json_set_text(*metadata, "namespace", work->subject.ns, err) &&
	       json_set(*metadata, "ownerReferences", json_object_get(work->owners), err);
}

static bool set_buffer(
	struct json_object *object, const char *key, const struct buffer *text, struct error *err)
{
	return json_set(
		object, key, json_new_text_bytes(text->data ? text->data : "", text->bytes), err);
}

static struct json_view own_annotations(const struct work *work)
{
	return json_dig(work->subject.agent, "metadata", "annotations");
}

static bool make_secret(const struct work *work, struct agent_objects *out, struct error *err)
{
	struct json_object *metadata;
	struct json_object *data;

	if (!start_object(work, "v1", "Secret", work->subject.name, &out->secret, &metadata, err) ||
		!share_labels(work, metadata, err) ||
		!add_annotations(metadata, own_annotations(work), err))
		return false;
	data = json_need_object(out->secret, "stringData");
	if (!data)
		return error_no_memory(err);
	return set_buffer(data, "config.json", &work->compiled.config, err) &&
	       set_buffer(data, "agent-card.json", &work->card, err);
}

static bool make_account(const struct work *work, struct agent_objects *out, struct error *err)
{
	const struct subject *subject = &work->subject;
	struct json_view config = json_get(subject->deployment, "serviceAccountConfig");
	struct json_object *metadata;

	if (strcmp(service_account(subject), subject->name) != 0)
		return true;
	return start_object(work, "v1", "ServiceAccount", subject->name, &out->service_account,
		       &metadata, err) &&
	       copy_labels(work->labels, metadata, err) &&
	       label_overlay(json_object_object_get(metadata, "labels"), json_get(config, "labels"),
		       false, err) &&
	       add_annotations(metadata, own_annotations(work), err) &&
	       add_annotations(metadata, json_get(config, "annotations"), err);
}

static bool make_map(const struct work *work, const char *name, const char *key,
	const struct buffer *text, struct json_object **out, struct json_object **metadata,
	struct error *err)
{
	struct json_object *data;

	if (!start_object(work, "v1", "ConfigMap", name, out, metadata, err))
		return false;
	data = json_need_object(*out, "data");
	if (!data)
		return error_no_memory(err);
	return set_buffer(data, key, text, err);
}

static bool make_maps(const struct work *work, struct agent_objects *out, struct error *err)
{
	struct json_object *metadata;

	if (!make_map(work, work->srt_name, "srt-settings.json", &work->srt, &out->srt_config_map,
		    &metadata, err) ||
		!share_labels(work, metadata, err))
		return false;
	return !work->skills.any ||
	       make_map(work, work->skills_name, "config.json", &work->skills.config,
		       &out->skills_config_map, &metadata, err);
}

/* What needs a new pod when it changes: not srt's settings, not the network block, which no runtime reads. */
static bool hash(const struct work *work, struct json_object *template,
	char out[sizeof((struct agent_objects){ 0 }.config_hash)], struct error *err)
{
	AUTO(buffer) struct buffer pod = { 0 };
	const struct compiled *compiled = &work->compiled;
	size_t behind = compiled->network_at + compiled->network_bytes;
	const struct digest_part parts[] = {
		{ compiled->config.data, compiled->network_at },
		{ compiled->config.data ? compiled->config.data + behind : NULL,
			compiled->config.bytes - behind },
		{ work->card.data, work->card.bytes },
		{ compiled->secret_hashes.data, compiled->secret_hashes.bytes },
		{ work->skills.config.data, work->skills.config.bytes },
	};
	uint8_t digests[COUNT(parts) + 1][DIGEST_SHA256_BYTES];
	uint8_t whole[DIGEST_SHA256_BYTES];
	uint64_t number = 0;

	json_value_write_canonical(&pod, template);
	if (!buffer_ok(&pod, err))
		return false;
	for (size_t i = 0; i < COUNT(parts); i++)
		digest_sha256(parts[i].data, parts[i].bytes, digests[i]);
	digest_sha256(pod.data, pod.bytes, digests[COUNT(parts)]);
	digest_sha256(digests, sizeof(digests), whole);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | whole[i];
	snprintf(out, sizeof((struct agent_objects){ 0 }.config_hash), "%llu",
		(unsigned long long)number);
	return true;
}

static bool make_template(
	struct work *work, struct json_object *spec, char *config_hash, struct error *err)
{
	struct json_view given = json_get(work->subject.deployment, "annotations");
	struct json_object *template = json_need_object(spec, "podTemplate");
	struct json_object *metadata = template ? json_need_object(template, "metadata") : NULL;
	struct json_object *annotations;

	if (!metadata)
		return error_no_memory(err);
	if (!share_labels(work, metadata, err) || !add_annotations(metadata, given, err) ||
		!json_set(template, "spec", json_object_get(work->pod), err))
		return false;
	annotations = json_need_object(metadata, "annotations");
	if (!annotations)
		return error_no_memory(err);
	json_object_object_del(annotations, HASH_ANNOTATION);
	return hash(work, template, config_hash, err) &&
	       json_set_text(annotations, HASH_ANNOTATION, config_hash, err);
}

static bool make_sandbox(struct work *work, struct agent_objects *out, struct error *err)
{
	const struct agent_settings *settings = work->subject.settings;
	const char *api =
		settings->sandbox_v1beta1 ? "agents.x-k8s.io/v1beta1" : "agents.x-k8s.io/v1alpha1";
	struct json_object *metadata;
	struct json_object *spec;

	if (!start_object(
		    work, api, "Sandbox", work->subject.name, &out->sandbox, &metadata, err) ||
		!copy_labels(work->labels, metadata, err) ||
		!label_overlay(json_object_object_get(metadata, "labels"),
			json_dig(work->subject.agent, "metadata", "labels"), true, err) ||
		!add_annotations(metadata, own_annotations(work), err))
		return false;
	spec = json_need_object(out->sandbox, "spec");
	if (!spec)
		return error_no_memory(err);
	return make_template(work, spec, out->config_hash, err) &&
	       (settings->sandbox_v1beta1 ? json_set_text(spec, "operatingMode", "Running", err)
					  : json_set_int(spec, "replicas", 1, err)) &&
	       (!settings->sandbox_has_service || json_set_bool(spec, "service", true, err));
}

static bool translate(struct work *work, struct agent_objects *out, struct error *err)
{
	if (!gather(work, err) || !make_secret(work, out, err) || !make_maps(work, out, err) ||
		!make_account(work, out, err) || !make_sandbox(work, out, err))
		return false;
	out->left_out = work->report.left_out;
	out->left_out_count = work->report.left_out_count;
	work->report = (struct srt_report){ 0 };
	return true;
}

bool agent_translate(const struct agent_settings *settings, const struct agent_world *world,
	struct json_view agent, struct agent_objects *out, struct error *err)
{
	struct work work = { 0 };
	struct agent_objects objects = { 0 };
	bool ok = subject_init(&work.subject, settings, world, agent, err) &&
		  translate(&work, &objects, err);

	work_fini(&work);
	if (ok)
		*out = objects;
	else
		agent_objects_fini(&objects);
	return ok;
}
