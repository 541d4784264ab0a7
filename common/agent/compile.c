#include "agent/compile.h"

#include "agent/access.h"
#include "agent/graph.h"
#include "agent/model.h"
#include "agent/prompt.h"
#include "agent/tools.h"
#include "agent/wire.h"
#include "base/text.h"

static const struct path at_spec = { .key = "spec" };
static const struct path at_declarative = { .up = &at_spec, .key = "declarative" };

/* The pieces of config.json that need other objects, in the order they are resolved. */
struct pieces {
	struct model model;
	struct buffer message;
	struct buffer context; /* value of context_config; "" when there is none */
	struct buffer memory; /* value of memory; "" when there is none */
	struct tools tools;
	struct buffer instruction;
};

static void pieces_fini(struct pieces *pieces)
{
	model_fini(&pieces->model);
	buffer_fini(&pieces->message);
	buffer_fini(&pieces->context);
	buffer_fini(&pieces->memory);
	tools_fini(&pieces->tools);
	buffer_fini(&pieces->instruction);
}

void compile_fini(struct compiled *compiled)
{
	buffer_fini(&compiled->config);
	buffer_fini(&compiled->secret_hashes);
	parts_fini(&compiled->parts);
	*compiled = (struct compiled){ 0 };
}

static const char *model_name(const struct subject *subject)
{
	const char *otherwise =
		subject_setting(subject->settings->default_model_config, "default-model-config");

	return subject_setting(
		json_text(json_get(subject->declarative, "modelConfig"), NULL), otherwise);
}

static void add_hash(struct compiled *out, const struct model *model)
{
	buffer_append(&out->secret_hashes, model->secret_hash.data, model->secret_hash.bytes);
}

static bool resolve_model(const struct subject *subject, struct pieces *pieces,
	struct compiled *out, struct error *err)
{
	if (!model_translate(subject->world, subject->ns, model_name(subject),
		    AT_KEY(&at_declarative, "modelConfig"), &pieces->model, err))
		return false;
	add_hash(out, &pieces->model);
	return parts_append_all(out->parts.env, pieces->model.parts.env, err) &&
	       parts_append_all(out->parts.volumes, pieces->model.parts.volumes, err) &&
	       parts_append_all(out->parts.mounts, pieces->model.parts.mounts, err);
}

/* Another ModelConfig of the agent: its needs are merged, its hash counts when it is not the agent's own. */
static bool resolve_other(const struct subject *subject, const char *name, const struct path *at,
	struct model *model, struct compiled *out, struct error *err)
{
	if (!model_translate(subject->world, subject->ns, name, at, model, err))
		return false;
	if (strcmp(name, model_name(subject)) != 0)
		add_hash(out, model);
	return parts_merge(&out->parts, &model->parts, err);
}

static void set_some_int(struct buffer *out, const char *key, struct json_view v)
{
	int64_t value;

	if (json_int64(v, &value))
		wire_set_int(out, key, value);
}

static bool write_summarizer(const struct subject *subject, struct json_view summarizer,
	const struct model *own, struct compiled *out, struct buffer *text, struct error *err)
{
	const struct path *at = AT_KEY(AT_KEY(&at_declarative, "context"), "compaction");
	const char *name = subject_setting(
		json_text(json_get(summarizer, "modelConfig"), NULL), model_name(subject));
	AUTO(model) struct model other = { 0 };
	const struct model *used = own;

	if (strcmp(name, model_name(subject)) != 0) {
		if (!resolve_other(subject, name, AT_KEY(AT_KEY(at, "summarizer"), "modelConfig"),
			    &other, out, err))
			return false;
		used = &other;
	}
	wire_key(text, "summarizer_model");
	buffer_append(text, used->object.data, used->object.bytes);
	wire_set_some_text(
		text, "prompt_template", json_text(json_get(summarizer, "promptTemplate"), NULL));
	return buffer_ok(text, err);
}

static bool resolve_context(const struct subject *subject, struct pieces *pieces,
	struct compiled *out, struct error *err)
{
	struct json_view context = json_get(subject->declarative, "context");
	struct json_view compaction = json_get(context, "compaction");
	struct json_view summarizer = json_get(compaction, "summarizer");
	struct buffer *text = &pieces->context;

	if (!json_is_present(context))
		return true;
	buffer_putc(text, '{');
	if (json_is_present(compaction)) {
		wire_key(text, "compaction");
		buffer_putc(text, '{');
		set_some_int(
			text, "compaction_interval", json_get(compaction, "compactionInterval"));
		set_some_int(text, "overlap_size", json_get(compaction, "overlapSize"));
		if (json_is_present(summarizer) &&
			!write_summarizer(subject, summarizer, &pieces->model, out, text, err))
			return false;
		set_some_int(text, "token_threshold", json_get(compaction, "tokenThreshold"));
		set_some_int(
			text, "event_retention_size", json_get(compaction, "eventRetentionSize"));
		buffer_putc(text, '}');
	}
	buffer_putc(text, '}');
	return buffer_ok(text, err);
}

static bool resolve_memory(const struct subject *subject, struct pieces *pieces,
	struct compiled *out, struct error *err)
{
	struct json_view memory = json_get(subject->declarative, "memory");
	const char *name = json_text_or(json_get(memory, "modelConfig"), "");
	int64_t days = json_int64_or(json_get(memory, "ttlDays"), 0);
	AUTO(model) struct model model = { 0 };
	struct buffer *text = &pieces->memory;

	if (!json_is_present(memory))
		return true;
	if (!resolve_other(subject, name, AT_KEY(AT_KEY(&at_declarative, "memory"), "modelConfig"),
		    &model, out, err))
		return false;
	buffer_putc(text, '{');
	if (days)
		wire_set_int(text, "ttl_days", days);
	wire_key(text, "embedding");
	buffer_putc(text, '{');
	wire_set_text(text, "provider", model.type);
	wire_set_text(text, "model", model.name);
	wire_set_some_text(text, "base_url", model.base_url);
	buffer_puts(text, "}}");
	return buffer_ok(text, err);
}

static bool resolve_prompt(const struct subject *subject, struct json_object *skill_names,
	struct pieces *pieces, struct error *err)
{
	AUTO(json) struct json_object *names = json_object_new_array();

	if (!names)
		return error_no_memory(err);
	return parts_append_all(names, pieces->tools.http_names, err) &&
	       parts_append_all(names, pieces->tools.sse_names, err) &&
	       prompt_apply(
		       subject, &pieces->message, names, skill_names, &pieces->instruction, err);
}

static void set_list(struct buffer *out, const char *key, const struct buffer *items)
{
	if (!items->bytes)
		return;
	wire_key(out, key);
	buffer_putc(out, '[');
	buffer_append(out, items->data, items->bytes);
	buffer_putc(out, ']');
}

static void set_value(struct buffer *out, const char *key, const struct buffer *value)
{
	if (!value->bytes)
		return;
	wire_key(out, key);
	buffer_append(out, value->data, value->bytes);
}

static void write_network(const struct subject *subject, struct compiled *out)
{
	struct json_view network = json_dig(subject->spec, "sandbox", "network");

	out->network_at = out->config.bytes;
	if (json_is_present(network)) {
		wire_key(&out->config, "network");
		buffer_putc(&out->config, '{');
		wire_set_some_texts(
			&out->config, "allowed_domains", json_get(network, "allowedDomains"));
		buffer_putc(&out->config, '}');
	}
	out->network_bytes = out->config.bytes - out->network_at;
}

static bool write_config(const struct subject *subject, const struct pieces *pieces,
	struct compiled *out, struct error *err)
{
	struct buffer *text = &out->config;
	struct json_view code = json_get(subject->declarative, "executeCodeBlocks");
	const struct buffer *said = &pieces->instruction;

	buffer_putc(text, '{');
	set_value(text, "model", &pieces->model.object);
	wire_set_text(text, "description", json_text(json_get(subject->spec, "description"), NULL));
	wire_key(text, "instruction");
	wire_text(text, said->data ? said->data : "", said->bytes);
	set_list(text, "http_tools", &pieces->tools.http);
	set_list(text, "sse_tools", &pieces->tools.sse);
	set_list(text, "remote_agents", &pieces->tools.agents);
	if (json_kind(code) == JSON_BOOL)
		wire_set_bool(text, "execute_code", json_bool_or(code, false));
	wire_set_bool(
		text, "stream", json_bool_or(json_get(subject->declarative, "stream"), false));
	set_value(text, "memory", &pieces->memory);
	write_network(subject, out);
	set_value(text, "context_config", &pieces->context);
	buffer_putc(text, '}');
	return buffer_ok(text, err);
}

static bool compile(const struct subject *subject, struct json_object *skill_names,
	struct pieces *pieces, struct compiled *out, struct error *err)
{
	return access_check(subject, err) && graph_check(subject, err) &&
	       resolve_model(subject, pieces, out, err) &&
	       prompt_read(subject, &pieces->message, err) &&
	       resolve_context(subject, pieces, out, err) &&
	       resolve_memory(subject, pieces, out, err) &&
	       tools_translate(subject, &out->parts, &out->secret_hashes, &pieces->tools, err) &&
	       resolve_prompt(subject, skill_names, pieces, err) &&
	       write_config(subject, pieces, out, err) && buffer_ok(&out->secret_hashes, err);
}

bool compile_agent(const struct subject *subject, struct json_object *skill_names,
	struct compiled *out, struct error *err)
{
	struct compiled compiled = { 0 };
	struct pieces pieces = { 0 };
	bool ok = parts_init(&compiled.parts, err);

	if (ok && subject->is_declarative)
		ok = compile(subject, skill_names, &pieces, &compiled, err);
	pieces_fini(&pieces);
	if (ok)
		*out = compiled;
	else
		compile_fini(&compiled);
	return ok;
}
