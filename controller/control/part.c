/* The parts of an agent that are written whole: created, brought up to date, or pruned, one after the other. */
#include "control/work.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/drift.h"
#include "control/names.h"

#include <stdio.h>
#include <string.h>

const struct kube_resource *part_resource(int part)
{
	static const struct kube_resource *const resources[PART_COUNT] = { &kube_secrets,
		&kube_config_maps, &kube_service_accounts, &kube_config_maps };

	return resources[part];
}

static int part_source(int part)
{
	static const int sources[PART_COUNT] = { AGENT_KIND_SECRET, AGENT_KIND_CONFIG_MAP,
		SOURCE_SERVICE_ACCOUNT, AGENT_KIND_CONFIG_MAP };

	return sources[part];
}

struct json_object *part_object(const struct work *work, int part)
{
	struct json_object *const objects[PART_COUNT] = { work->objects.secret,
		work->objects.srt_config_map, work->objects.service_account,
		work->objects.skills_config_map };

	return objects[part];
}

/* The name a part has, also when it is not wanted (then it may have to be pruned). */
void part_name(const struct work *work, int part, char *out, size_t out_bytes)
{
	static const char *const suffixes[PART_COUNT] = { "", "-srt-settings", "", "-skills-init" };

	snprintf(out, out_bytes, "%s%s", work->name, suffixes[part]);
}

struct json_view part_existing(const struct work *work, int part)
{
	char name[320];

	part_name(work, part, name, sizeof(name));
	return source_get(work->control, part_source(part), work->ns, name);
}

/* At this resourceVersion the part is as wanted. Without memory it is looked at again. */
static void remember_version(struct work *work, struct json_view object)
{
	struct memory *memory = control_memory(work->control, work->key);
	struct error ignored;

	if (!memory || text_replace(&memory->known_rv[work->part], object_rv(object), &ignored))
		return;
	free(memory->known_rv[work->part]);
	memory->known_rv[work->part] = NULL;
}

/* Whether the part, ours and with the wanted hash, may have been changed by somebody else. */
static bool is_doubtful(struct work *work, struct json_view existing)
{
	struct memory *memory = control_memory(work->control, work->key);
	const char *known = memory ? memory->known_rv[work->part] : NULL;
	/* When the settings changed is stamped by the write itself. */
	int64_t expected = drift_expected(part_object(work, work->part)) + (work->part == PART_SRT);

	if (known)
		return strcmp(known, object_rv(existing)) != 0;
	return json_int64_or(json_get(existing, "held"), 0) != expected;
}

static void part_failed(struct work *work, const char *verb, const struct error *err)
{
	char name[320];

	part_name(work, work->part, name, sizeof(name));
	work->err = *err;
	error_wrap(
		&work->err, "%s %s %s/%s", verb, part_resource(work->part)->kind, work->ns, name);
	work_refuse(work);
}

static void on_part(void *context, struct json_doc *doc, const struct error *err)
{
	struct work *work = context;

	work->call = NULL;
	if (err && !(err->code == ERR_NOT_FOUND && !part_object(work, work->part))) {
		part_failed(work, "write", err);
		return;
	}
	work->writes++;
	if (part_object(work, work->part)) {
		work_note(work, part_source(work->part), doc);
		remember_version(work, doc ? json_root(doc) : part_existing(work, work->part));
	}
	work->part++;
	work_write_parts(work);
}

static bool is_part_known(void *context, const char *rv)
{
	const struct work *work = context;

	return strcmp(object_rv(part_existing(work, work->part)), rv) == 0;
}

/* When the content of the srt settings last changed: pods made before that must be told. Those made after it have it from the start. */
static bool stamp_change(struct work *work, struct json_view existing)
{
	struct json_object *annotations =
		json_find(work->objects.srt_config_map, "metadata", "annotations");
	char when[CLOCK_RFC3339_BYTES];

	clock_rfc3339(json_is_present(pod_of(work)) ? clock_wall_ms() : 0, when);
	if (strcmp(object_annotation(existing, ANNOTATION_TOLD), work->settings_hash) == 0)
		snprintf(when, sizeof(when), "%s",
			object_annotation(existing, ANNOTATION_CHANGED_AT));
	return json_set_text(annotations, ANNOTATION_CHANGED_AT, when, &work->err);
}

/* Wants back no more than the metadata, which is all that is kept. `name` NULL: creates. */
static bool send_part_write(struct work *work, const char *name, struct kube_request *request)
{
	request->query = "fieldManager=" KUBE_FIELD_MANAGER;
	request->accept = "application/"
			  "json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
	request->done = on_part;
	return send_write(work, part_resource(work->part), name, request, is_part_known);
}

static bool create_part(struct work *work)
{
	struct kube_request request = { .method = "POST" };

	apply_put_object(&request.body, &work->texts[work->part], part_object(work, work->part));
	return send_part_write(work, NULL, &request);
}

static bool change_part(struct work *work, struct json_view existing)
{
	struct json_object *wanted = part_object(work, work->part);
	struct kube_request request = { .method = "PUT" };
	AUTO(json) struct json_object *body = NULL;
	char name[320];

	if (work->part == PART_ACCOUNT) {
		request.method = "PATCH";
		request.content_type = "application/merge-patch+json";
		if (!apply_metadata_patch(wanted, existing, &body, &work->err))
			return false;
	} else if (!apply_replacement(wanted, existing, &body, &work->err)) {
		return false;
	}
	part_name(work, work->part, name, sizeof(name));
	json_value_write(&request.body, body);
	return send_part_write(work, name, &request);
}

static bool send_part(struct work *work, enum apply_verdict verdict, struct json_view existing)
{
	if (work->part == PART_SRT && !stamp_change(work, existing))
		return false;
	return verdict == APPLY_CREATE ? create_part(work) : change_part(work, existing);
}

static bool prune_part(struct work *work, struct json_view existing)
{
	char name[320];

	part_name(work, work->part, name, sizeof(name));
	return kube_delete(work->control->client, part_resource(work->part), work->ns, name,
		object_uid(existing), on_part, work, &work->call, &work->err);
}

static void on_part_read(void *context, struct json_doc *doc, const struct error *err)
{
	struct work *work = context;
	struct json_object *wanted = part_object(work, work->part);
	struct json_view there = json_root(doc);
	enum apply_verdict verdict;

	work->call = NULL;
	if (err && err->code != ERR_NOT_FOUND) {
		part_failed(work, "read", err);
		return;
	}
	verdict = apply_judge(there, work->agent, work->hashes[work->part]);
	if (verdict != APPLY_CURRENT && verdict != APPLY_CHANGE) { /* its watch tells soon */
		work->again_ms = 1000;
		work_end(work, NULL);
		return;
	}
	work_note(work, part_source(work->part), doc);
	if (drift_is_as_wanted(wanted, there)) {
		remember_version(work, there);
		work->part++;
		work_write_parts(work);
	} else if (!send_part(work, APPLY_CHANGE, part_existing(work, work->part))) {
		work_refuse(work);
	}
}

/* Somebody may have changed the part: its content, which the cache does not keep, is compared. */
static bool read_part(struct work *work)
{
	char name[320];

	part_name(work, work->part, name, sizeof(name));
	return kube_get(work->control->client, part_resource(work->part), work->ns, name,
		on_part_read, work, &work->call, &work->err);
}

/* True when a request is under way (or failed, and the work has ended). */
static bool work_write_part(struct work *work)
{
	struct json_view existing = part_existing(work, work->part);
	enum apply_verdict verdict;
	bool sent;

	/* A pod of an older generation goes on: what only its successor may see waits. The srt settings never do. */
	if (work->part != PART_SRT && rollout_holds_back(work->step))
		return false;
	if (part_object(work, work->part)) {
		verdict = apply_judge(existing, work->agent, work->hashes[work->part]);
		if (verdict == APPLY_CURRENT && !is_doubtful(work, existing))
			return false;
		sent = verdict == APPLY_CURRENT ? read_part(work)
						: send_part(work, verdict, existing);
	} else {
		if (!object_is_owned_by(existing, object_uid(work->agent)))
			return false;
		sent = prune_part(work, existing);
	}
	if (!sent)
		work_refuse(work);
	return true;
}

void work_write_parts(struct work *work)
{
	for (; work->part < PART_COUNT; work->part++)
		if (work_write_part(work))
			return;
	work_step(work);
}
