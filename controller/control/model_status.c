#include "control/model_status.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "control/actor.h"

#include <stdio.h>
#include <string.h>

#define MAX_SECRETS 2 /* the key's and the CA's */

struct model_status {
	struct control *control;
	enum model_status_mode mode;
	bool is_kagent_there;
	bool is_told; /* the log knows whose the statuses are */
	struct queue queue; /* "Kind/ns/name" */
	struct references references;
	struct loop_timer *timer;
	struct model_work *work; /* one at a time: there are few */
};

/* One pass over one object. */
struct model_work {
	struct model_status *models;
	char *key;
	enum agent_kind kind;
	char ns[64];
	const char *name; /* into key */
	struct json_doc *doc;
	struct {
		const char *name; /* "" = none; of the object */
		const char *key; /* must be in it, when not "" */
		struct json_doc *doc;
	} secrets[MAX_SECRETS];
	size_t at;
	struct kube_call *call;
	struct error err;
	bool has_failed;
};

static const char kagent_log[] = "ModelConfig and RemoteMCPServer statuses";

bool model_status_is_ours(const struct model_status *models)
{
	return models->mode == MODEL_STATUS_ALWAYS ||
	       (models->mode == MODEL_STATUS_AUTO && !models->is_kagent_there);
}

static void tell_whose(struct model_status *models)
{
	models->is_told = true;
	log_info(kagent_log,
		LOG_STR("kept_by", model_status_is_ours(models) ? "sandgate" : "kagent"),
		LOG_STR("because",
			models->mode == MODEL_STATUS_AUTO
				? (models->is_kagent_there ? "a kagent controller runs here"
							   : "no kagent controller runs here")
				: "it was set so"));
}

/* --- the hash --- */

static int by_reference(const void *a, const void *b)
{
	const struct model_secret *one = a;
	const struct model_secret *two = b;
	int order = strcmp(one->ns, two->ns);

	return order ? order : strcmp(one->name, two->name);
}

static bool append_data(struct buffer *text, struct json_view data, struct error *err)
{
	AUTO(buffer) struct buffer canonical = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;

	json_write_canonical(&canonical, data);
	if (!buffer_ok(&canonical, err) || !json_doc_parse(&canonical, NULL, &doc, err))
		return false;
	json_foreach_member (member, json_root(doc)) {
		size_t bytes = 0;
		const char *value = json_text(member, &bytes);

		buffer_puts(text, json_key(member, NULL));
		if (value && !base64_decode(value, bytes, text, err))
			return false;
	}
	return true;
}

bool model_secret_hash(struct model_secret *secrets, size_t count, char out[65], struct error *err)
{
	struct buffer text = { 0 };
	uint8_t digest[DIGEST_SHA256_BYTES];
	bool ok = true;

	qsort(secrets, count, sizeof(*secrets), by_reference);
	for (size_t i = 0; ok && i < count; i++) {
		if (!json_is_present(secrets[i].secret))
			continue;
		buffer_printf(&text, "%s/%s", secrets[i].ns, secrets[i].name);
		ok = append_data(&text, json_get(secrets[i].secret, "data"), err);
	}
	ok = ok && buffer_ok(&text, err);
	if (ok) {
		digest_sha256(text.data ? text.data : "", text.bytes, digest);
		digest_hex(digest, sizeof(digest), out);
	}
	if (text.data)
		explicit_bzero(text.data, text.room);
	buffer_fini(&text);
	return ok;
}

/* --- one pass --- */

static void work_next(struct model_work *work);

static void end(struct model_work *work)
{
	struct model_status *models = work->models;
	uint64_t now = clock_monotonic_ms();

	if (work->has_failed) {
		uint64_t delay =
			queue_failed(&models->queue, work->key, now, work->err.retry_after_ms);

		log_warn("a status will be tried again", LOG_OBJ(work->key), LOG_ERR(&work->err),
			LOG_INT("after_ms", delay));
	} else {
		queue_done(&models->queue, work->key);
	}
	if (work->call)
		kube_cancel(work->call);
	for (size_t i = 0; i < MAX_SECRETS; i++)
		json_doc_free(work->secrets[i].doc);
	json_doc_free(work->doc);
	free(work->key);
	free(work);
	models->work = NULL;
	loop_timer_arm(models->timer, 0);
}

static void fail(struct model_work *work)
{
	work->has_failed = true;
	end(work);
}

static void on_written(void *context, struct json_doc *doc, const struct error *err)
{
	struct model_work *work = context;

	work->call = NULL;
	if (err && err->code != ERR_NOT_FOUND) {
		work->err = *err;
		fail(work);
		return;
	}
	source_note(work->models->control, (int)work->kind, doc);
	end(work);
}

/* What is wrong with the Secrets; "" when nothing. */
static void complain(const struct model_work *work, char *out, size_t out_bytes)
{
	out[0] = '\0';
	for (size_t i = 0; i < MAX_SECRETS && !*out; i++) {
		const char *name = work->secrets[i].name;
		struct json_view data = json_get(json_root(work->secrets[i].doc), "data");

		if (!*name)
			continue;
		if (!work->secrets[i].doc)
			snprintf(out, out_bytes, "Secret %s/%s not found", work->ns, name);
		else if (*work->secrets[i].key &&
			 !json_is_present(json_get(data, work->secrets[i].key)))
			snprintf(out, out_bytes, "Secret %s/%s does not contain key \"%s\"",
				work->ns, name, work->secrets[i].key);
	}
}

static bool add_condition(
	struct json_object *status, const struct model_work *work, struct error *err)
{
	struct json_view object = json_root(work->doc);
	struct json_view before = object_condition(object, "Accepted");
	struct json_object *conditions = json_need_array(status, "conditions");
	struct json_object *condition = json_object_new_object();
	bool is_model = work->kind == AGENT_KIND_MODEL_CONFIG;
	char complaint[512];
	char now[CLOCK_RFC3339_BYTES];
	const char *state;

	complain(work, complaint, sizeof(complaint));
	state = *complaint ? "False" : "True";
	clock_rfc3339(clock_wall_ms(), now);
	if (!conditions || !json_append(conditions, condition, err))
		return error_no_memory(err);
	if (!*complaint)
		snprintf(complaint, sizeof(complaint), "%s configuration accepted",
			is_model ? "Model" : "MCP server");
	return json_set_text(condition, "lastTransitionTime",
		       json_text_is(json_get(before, "status"), state)
			       ? json_text_or(json_get(before, "lastTransitionTime"), now)
			       : now,
		       err) &&
	       json_set_text(condition, "message", complaint, err) &&
	       json_set_int(condition, "observedGeneration", object_generation(object), err) &&
	       json_set_text(condition, "reason",
		       strcmp(state, "True") == 0
			       ? (is_model ? "ModelConfigReconciled" : "Reconciled")
			       : (is_model ? "ModelConfigReconcileFailed" : "ReconcileFailed"),
		       err) &&
	       json_set_text(condition, "status", state, err) &&
	       json_set_text(condition, "type", "Accepted", err);
}

static bool hash_of(const struct model_work *work, char out[65], struct error *err)
{
	struct model_secret secrets[MAX_SECRETS];
	size_t count = 0;

	for (size_t i = 0; i < MAX_SECRETS; i++)
		if (*work->secrets[i].name)
			secrets[count++] = (struct model_secret){ work->ns, work->secrets[i].name,
				json_root(work->secrets[i].doc) };
	if (!count && work->kind == AGENT_KIND_REMOTE_MCP_SERVER) {
		out[0] = '\0';
		return true;
	}
	return model_secret_hash(secrets, count, out, err);
}

static bool build_patch(const struct model_work *work, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *patch = json_object_new_object();
	struct json_object *status = patch ? json_need_object(patch, "status") : NULL;
	char hash[65];

	if (!status)
		return error_no_memory(err);
	if (!hash_of(work, hash, err) || !add_condition(status, work, err) ||
		!json_set_int(status, "observedGeneration", object_generation(json_root(work->doc)),
			err) ||
		!json_set_text(status, "secretHash", hash, err))
		return false;
	*out = json_value_is_subset(status, json_get(json_root(work->doc), "status"))
		       ? NULL
		       : take_json(&patch);
	return true;
}

static void write_status(struct model_work *work)
{
	const struct kube_resource *resource = work->kind == AGENT_KIND_MODEL_CONFIG
						       ? &kube_model_configs
						       : &kube_remote_mcp_servers;
	AUTO(json) struct json_object *patch = NULL;

	if (!build_patch(work, &patch, &work->err))
		fail(work);
	else if (!patch)
		end(work);
	else if (!kube_patch(work->models->control->client, resource, work->ns, work->name,
			 "status", KUBE_PATCH_MERGE, patch, on_written, work, &work->call,
			 &work->err))
		fail(work);
}

static void on_secret(void *context, struct json_doc *doc, const struct error *err)
{
	struct model_work *work = context;

	work->call = NULL;
	if (err && err->code != ERR_NOT_FOUND) {
		work->err = *err;
		fail(work);
		return;
	}
	if (doc)
		work->secrets[work->at].doc = json_doc_ref(doc);
	work->at++;
	work_next(work);
}

/* Reads the next Secret; writes when all were read. */
static void work_next(struct model_work *work)
{
	while (work->at < MAX_SECRETS && !*work->secrets[work->at].name)
		work->at++;
	if (work->at == MAX_SECRETS)
		write_status(work);
	else if (!kube_get(work->models->control->client, &kube_secrets, work->ns,
			 work->secrets[work->at].name, on_secret, work, &work->call, &work->err))
		fail(work);
}

static bool note_references(struct model_work *work, struct error *err)
{
	struct map secrets = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < MAX_SECRETS; i++) {
		char reference[400];

		if (!*work->secrets[i].name)
			continue;
		control_reference(reference, sizeof(reference), AGENT_KIND_SECRET, work->ns,
			work->secrets[i].name);
		ok = map_put(&secrets, reference, work, NULL, err);
	}
	ok = ok && references_set(&work->models->references, work->key, &secrets, err);
	map_fini(&secrets);
	return ok;
}

static void find_secrets(struct model_work *work)
{
	struct json_view spec = json_get(json_root(work->doc), "spec");
	struct json_view tls = json_get(spec, "tls");
	bool is_model = work->kind == AGENT_KIND_MODEL_CONFIG;

	work->secrets[0].name = is_model ? json_text_or(json_get(spec, "apiKeySecret"), "") : "";
	work->secrets[0].key = is_model ? json_text_or(json_get(spec, "apiKeySecretKey"), "") : "";
	work->secrets[1].name = json_text_or(json_get(tls, "caCertSecretRef"), "");
	work->secrets[1].key = json_text_or(json_get(tls, "caCertSecretKey"), "");
}

static void work_begin(struct model_status *models, const char *key)
{
	struct model_work *work = calloc(1, sizeof(*work));
	const char *ns = strchr(key, '/') + 1;

	if (work)
		work->key = strdup(key);
	if (!work || !work->key) {
		free(work);
		queue_failed(&models->queue, key, clock_monotonic_ms(), 0);
		return;
	}
	models->work = work;
	work->models = models;
	work->kind = strncmp(key, "ModelConfig/", 12) == 0 ? AGENT_KIND_MODEL_CONFIG
							   : AGENT_KIND_REMOTE_MCP_SERVER;
	snprintf(work->ns, sizeof(work->ns), "%.*s", (int)strcspn(ns, "/"), ns);
	work->name = strrchr(work->key, '/') + 1;
	work->doc = source_hold(models->control, (int)work->kind, work->ns, work->name);
	if (!work->doc || object_is_deleting(json_root(work->doc)) ||
		!model_status_is_ours(models)) {
		references_drop(&models->references, work->key);
		end(work);
		return;
	}
	find_secrets(work);
	if (!note_references(work, &work->err))
		fail(work);
	else
		work_next(work);
}

static void on_timer(void *context)
{
	struct model_status *models = context;
	uint64_t now = clock_monotonic_ms();
	uint64_t next;
	const char *key;

	if (models->work || !models->control->has_synced || !models->control->is_leading)
		return; /* the end of the work, model_status_start or the lead arms it again */
	if (!models->is_told)
		tell_whose(models);
	key = queue_pop(&models->queue, now);
	if (key) {
		work_begin(models, key);
		return;
	}
	next = queue_next_ms(&models->queue);
	if (next != QUEUE_NEVER)
		loop_timer_arm(models->timer, next > now ? next - now : 0);
}

/* --- what is told --- */

static void want_key(void *context, const char *key)
{
	struct model_status *models = context;
	struct error err;

	if (!queue_add(&models->queue, key, clock_monotonic_ms(), &err))
		log_error("cannot queue", LOG_OBJ(key), LOG_ERR(&err));
	loop_timer_arm(models->timer, 0);
}

void model_status_want(
	struct model_status *models, enum agent_kind kind, const char *ns, const char *name)
{
	char key[400];

	control_reference(key, sizeof(key), kind, ns, name);
	want_key(models, key);
}

void model_status_secret_changed(struct model_status *models, const char *ns, const char *name)
{
	char reference[400];

	control_reference(reference, sizeof(reference), AGENT_KIND_SECRET, ns, name);
	references_each(&models->references, reference, want_key, models);
}

void model_status_set_leading(struct model_status *models, bool is_leading)
{
	if (!is_leading && models->work) {
		want_key(models, models->work->key);
		end(models->work);
	}
	loop_timer_arm(models->timer, 0);
}

static void want_model(void *context, struct json_view object)
{
	model_status_want(
		context, AGENT_KIND_MODEL_CONFIG, object_namespace(object), object_name(object));
}

static void want_server(void *context, struct json_view object)
{
	model_status_want(context, AGENT_KIND_REMOTE_MCP_SERVER, object_namespace(object),
		object_name(object));
}

void model_status_kagent_seen(struct model_status *models, bool is_there)
{
	if (models->is_kagent_there == is_there)
		return;
	models->is_kagent_there = is_there;
	if (models->is_told && models->mode == MODEL_STATUS_AUTO)
		tell_whose(models);
	if (!model_status_is_ours(models))
		return;
	source_each(models->control, AGENT_KIND_MODEL_CONFIG, want_model, models);
	source_each(models->control, AGENT_KIND_REMOTE_MCP_SERVER, want_server, models);
}

bool model_status_new(struct control *control, enum model_status_mode mode,
	struct model_status **out, struct error *err)
{
	struct model_status *models = calloc(1, sizeof(*models));

	if (!models)
		return error_no_memory(err);
	models->control = control;
	models->mode = mode;
	if (!loop_timer_new(control->loop, on_timer, models, &models->timer, err)) {
		free(models);
		return false;
	}
	*out = models;
	return true;
}

void model_status_start(struct model_status *models)
{
	loop_timer_arm(models->timer, 0);
}

void model_status_free(struct model_status *models)
{
	if (!models)
		return;
	if (models->work)
		end(models->work);
	loop_timer_free(models->timer);
	references_fini(&models->references);
	queue_fini(&models->queue);
	free(models);
}
