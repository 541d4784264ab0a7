#include "agent/model.h"

#include "agent/provider.h"
#include "agent/trust.h"
#include "agent/wire.h"

void model_fini(struct model *model)
{
	buffer_fini(&model->object);
	buffer_fini(&model->secret_hash);
	parts_fini(&model->parts);
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The hash bytes, or ERR_INVALID: it stands in a status, which anybody with the right may write. */
static bool read_hash(
	struct json_view config, const struct path *at, struct buffer *out, struct error *err)
{
	const char *text = json_text_or(json_dig(config, "status", "secretHash"), "");

	for (; *text; text += 2) {
		int high = nibble(text[0]);
		int low = nibble(text[1]);

		if (high < 0 || low < 0)
			return error_set(err, ERR_INVALID, at,
				"failed to decode secret hash: status.secretHash is not "
				"hexadecimal");
		buffer_putc(out, (char)(high << 4 | low));
	}
	return buffer_ok(out, err);
}

static void write_common(
	const struct provider *provider, const struct provider_input *in, struct model *out)
{
	wire_set_text(&out->object, "type", provider->type);
	wire_set_text(&out->object, "model", out->name);
	wire_set_some_object(&out->object, "headers", json_get(in->spec, "defaultHeaders"));
	trust_write(json_get(in->spec, "tls"), &out->object);
	if (in->passthrough && provider->passes_key)
		wire_set_bool(&out->object, "api_key_passthrough", true);
}

static bool translate(const struct provider *provider, const struct provider_input *in,
	struct model *out, struct error *err)
{
	bool azure = strcmp(provider->name, "AzureOpenAI") == 0;

	if (provider->missing && !json_is_present(in->block))
		return error_set(err, ERR_INVALID, in->at, "%s", provider->missing);
	out->type = provider->type;
	out->base_url = "";
	out->name = json_text_or(
		azure ? json_get(in->block, "azureDeployment") : json_get(in->spec, "model"), "");
	buffer_putc(&out->object, '{');
	write_common(provider, in, out);
	if (provider->write)
		provider->write(in, out);
	buffer_putc(&out->object, '}');
	return buffer_ok(&out->object, err) &&
	       trust_mount(json_get(in->spec, "tls"), &out->parts, err) &&
	       provider->add(in, &out->parts, err);
}

static bool translate_config(const struct provider_input *given, struct json_view config,
	struct model *out, struct error *err)
{
	struct provider_input in = *given;
	const char *name = json_text_or(json_dig(config, "spec", "provider"), "OpenAI");
	const struct provider *provider = provider_find(name);

	if (!provider)
		return error_set(err, ERR_INVALID, in.at, "unsupported model provider: %s", name);
	in.spec = json_get(config, "spec");
	in.block = json_get(in.spec, provider->block);
	in.secret = json_text_or(json_get(in.spec, "apiKeySecret"), "");
	in.key = json_text_or(json_get(in.spec, "apiKeySecretKey"), "");
	in.passthrough = json_bool_or(json_get(in.spec, "apiKeyPassthrough"), false);
	return translate(provider, &in, out, err) &&
	       read_hash(config, in.at, &out->secret_hash, err);
}

bool model_translate(const struct agent_world *world, const char *ns, const char *name,
	const struct path *at, struct model *out, struct error *err)
{
	struct provider_input in = { .world = world, .at = at, .ns = ns };
	struct model model = { 0 };
	struct json_view config;
	struct error found = { 0 };

	if (!world_need(world, AGENT_KIND_MODEL_CONFIG, ns, name, at, &config, err))
		return false;
	if (!parts_init(&model.parts, err))
		return false;
	if (translate_config(&in, config, &model, &found)) {
		*out = model;
		return true;
	}
	model_fini(&model);
	if (found.code != ERR_PENDING)
		error_wrap(&found, "ModelConfig %s/%s", ns, name);
	if (err)
		*err = found;
	return false;
}
