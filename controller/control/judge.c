/* What exists against what is wanted: whose it is, and which step the roll-out takes next. */
#include "control/work.h"

#include "base/clock.h"
#include "base/digest.h"
#include "control/names.h"
#include "control/sandbox_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOUNCE_FIRST_MS 10000
#define BOUNCE_LAST_MS  300000u
#define BUSY_AGAIN_MS   2000 /* no message tells of the end of a chat elsewhere */

/* Another's object in the place of one of ours, or one that is about to be collected: both end the pass. */
static bool judge_ownership(struct work *work, enum apply_verdict verdict, const char *kind,
	const char *name, struct json_view existing)
{
	char owner[320];

	apply_owner_name(existing, owner, sizeof(owner));
	if (verdict == APPLY_FOREIGN)
		return error_set(&work->err, ERR_EXISTS, NULL,
			"%s %s/%s exists and belongs to %s: it is left alone; rename this "
			"SandboxAgent or remove that object",
			kind, work->ns, name, owner);
	if (verdict == APPLY_LEFTOVER)
		return error_set(&work->err, ERR_PENDING, NULL,
			"waiting for %s %s/%s of the deleted SandboxAgent of this name to go", kind,
			work->ns, name);
	return true;
}

static bool judge_all(struct work *work)
{
	struct json_view sandbox = sandbox_of(work);
	char name[320];

	for (int part = 0; part < PART_COUNT; part++) {
		struct json_view existing = part_existing(work, part);

		if (!part_object(work, part))
			continue;
		part_name(work, part, name, sizeof(name));
		if (!judge_ownership(work, apply_judge(existing, work->agent, work->hashes[part]),
			    part_resource(part)->kind, name, existing))
			return false;
	}
	return judge_ownership(work, apply_judge(sandbox, work->agent, work->sandbox_hash),
		"Sandbox", work->name, sandbox);
}

static bool stamp_settings(struct work *work)
{
	struct json_object *settings =
		json_find(work->objects.srt_config_map, "data", "srt-settings.json");
	struct json_object *metadata = json_need_object(work->objects.srt_config_map, "metadata");
	struct json_object *annotations =
		metadata ? json_need_object(metadata, "annotations") : NULL;
	const char *text = json_object_get_string(settings);
	uint8_t digest[DIGEST_SHA256_BYTES];

	if (!annotations || !text)
		return error_no_memory(&work->err);
	digest_sha256(text, strlen(text), digest);
	digest_hex(digest, (APPLY_HASH_BYTES - 1) / 2, work->settings_hash);
	return json_set_text(annotations, ANNOTATION_TOLD, work->settings_hash, &work->err);
}

/* Stamps every object with its hash; the time of the last change of the srt settings is kept from what exists. */
static bool stamp_all(struct work *work)
{
	struct json_object *metadata = json_need_object(work->objects.sandbox, "metadata");
	struct json_object *annotations =
		metadata ? json_need_object(metadata, "annotations") : NULL;
	char generation[24];

	if (!stamp_settings(work))
		return false;
	for (int part = 0; part < PART_COUNT; part++)
		if (part_object(work, part) &&
			!apply_stamp(part_object(work, part), &work->texts[part],
				work->hashes[part], &work->err))
			return false;
	if (!annotations)
		return error_no_memory(&work->err);
	if (!apply_stamp(
		    work->objects.sandbox, &work->sandbox_text, work->sandbox_hash, &work->err))
		return false;
	snprintf(generation, sizeof(generation), "%lld", (long long)object_generation(work->agent));
	return json_set_text(annotations, ANNOTATION_GENERATION, generation, &work->err);
}

/*
 * Takes from the wanted Sandbox what the served one has no place for, and tells of it: the API server would drop it without a word. The
 * hash of what is wanted is not touched by this, so that nothing is written when a schema changes that the agent does not care about.
 */
static bool fit_sandbox(struct work *work)
{
	struct json_view crd = source_get(work->control, SOURCE_SANDBOX_CRD, "", SANDBOX_CRD);
	struct json_view spec = sandbox_api_schema(&work->control->api, crd);
	struct json_object *template = json_find(work->objects.sandbox, "spec", "podTemplate");
	struct sandbox_lack lack = { 0 };

	sandbox_schema_fit(json_dig(spec, "properties", "podTemplate"), template,
		AT_KEY(AT_KEY(NULL, "spec"), "podTemplate"), &lack);
	if (!json_find(template, "metadata", "annotations", ANNOTATION_CONFIG_HASH))
		return error_set(&work->err, ERR_UNSUPPORTED, NULL,
			"the Sandbox that this cluster serves has no place for the annotations of "
			"its pod: install agent-sandbox v0.3.10 or later");
	if (lack.count)
		status_say_lack(&lack, work->lack);
	return true;
}

bool judge_wanted(struct work *work)
{
	return stamp_all(work) && fit_sandbox(work);
}

static bool has_wanted_hash(const struct work *work)
{
	return json_text_is(json_dig(sandbox_of(work), "spec", "podTemplate", "metadata",
				    "annotations", ANNOTATION_CONFIG_HASH),
		work->objects.config_hash);
}

bool must_inspect(const struct work *work)
{
	const struct memory *memory = control_memory(work->control, work->key);

	if (!memory || !has_wanted_hash(work))
		return false;
	if (*status_lack(work->agent) && strcmp(status_lack(work->agent), work->lack) != 0)
		return true; /* it was written when the schema lacked more, or less */
	if (!memory->sandbox_generation) /* not seen by this process */
		return json_bool_or(json_get(sandbox_of(work), "touched"), false);
	return memory->sandbox_generation != object_generation(sandbox_of(work));
}

void judge_inspected(struct work *work, struct json_view sandbox)
{
	struct memory *memory = control_memory(work->control, work->key);

	work->is_altered = !json_value_is_subset(
		json_find(work->objects.sandbox, "spec", "podTemplate", "spec"),
		json_dig(sandbox, "spec", "podTemplate", "spec"));
	if (memory && !work->is_altered)
		memory->sandbox_generation = object_generation(sandbox);
}

/*
 * Whether the Sandbox carries the wanted template. Its hash tells; an edit by somebody else, or a field that was dropped, shows in its
 * content, which is read when there is a reason.
 */
static bool is_template_current(struct work *work)
{
	struct memory *memory = control_memory(work->control, work->key);

	if (!has_wanted_hash(work))
		return false;
	if (memory && !memory->sandbox_generation)
		memory->sandbox_generation = object_generation(sandbox_of(work));
	return !work->is_altered;
}

/* A finished pod is replaced at once, then ever more slowly; false: not yet. */
static bool may_bounce(struct work *work)
{
	struct memory *memory = control_memory(work->control, work->key);
	uint64_t now = clock_monotonic_ms();
	uint64_t wait = BOUNCE_FIRST_MS;

	if (!memory || !memory->bounces)
		return true;
	if (now - memory->last_bounce_ms > 2ull * BOUNCE_LAST_MS)
		memory->bounces = 0; /* it ran well for long */
	for (unsigned i = 1; i < memory->bounces && wait < BOUNCE_LAST_MS; i++)
		wait *= 2;
	if (now - memory->last_bounce_ms >= wait)
		return true;
	work->again_ms = wait - (now - memory->last_bounce_ms);
	return false;
}

static bool policy_of(const struct work *work, enum rollout_policy *out, struct error *err)
{
	const char *text = json_text(json_dig(work->agent, "spec", "sandbox", "rollout"), NULL);

	*out = work->control->default_rollout;
	return !text || rollout_parse_policy(text, out, err);
}

static bool plan_rollout(struct work *work)
{
	struct memory *memory = control_memory(work->control, work->key);
	struct rollout_facts *facts = &work->facts;

	if (!policy_of(work, &facts->policy, &work->err))
		return false;
	rollout_read(sandbox_of(work), pod_of(work), facts);
	facts->is_template_current = facts->has_sandbox && is_template_current(work);
	facts->is_busy = memory && memory->is_busy;
	facts->is_approved = strtoll(object_annotation(work->agent, ANNOTATION_APPROVED), NULL,
				     10) == object_generation(work->agent);
	if (facts->is_pod_finished && facts->is_template_current && !may_bounce(work))
		facts->is_pod_finished = false;
	work->step = rollout_next(facts);
	return true;
}

bool judge_depends_on_idle(const struct work *work)
{
	struct rollout_facts facts = work->facts;

	facts.is_busy = true;
	return work->step != ROLLOUT_WAIT_IDLE && rollout_next(&facts) == ROLLOUT_WAIT_IDLE;
}

void judge_busy_elsewhere(struct work *work)
{
	work->facts.is_busy = true;
	work->step = rollout_next(&work->facts);
	work->again_ms = BUSY_AGAIN_MS;
}

bool judge_world(struct work *work)
{
	return judge_all(work) && plan_rollout(work);
}
