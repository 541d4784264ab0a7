#include "agent/provider.h"

#include "agent/reference.h"
#include "agent/wire.h"
#include "base/text.h"

#define CREDENTIALS_FOLDER "/creds"
#define EXCHANGE_FOLDER    "/gdch-creds"
#define EXCHANGE_VOLUME    "gdch-creds"
#define READ_BY_ALL        0444

/* How a field of the provider's block becomes a key of the model object. */
enum setting_kind {
	SETTING_TEXT, /* when not empty */
	SETTING_FULL_TEXT, /* always */
	SETTING_INT, /* when set */
	SETTING_POSITIVE_INT, /* when above zero */
	SETTING_DECIMAL, /* a decimal in a string; what is none is dropped */
	SETTING_TRUE, /* when true */
	SETTING_OBJECT, /* when it has members */
};

struct setting {
	const char *field;
	const char *key;
	enum setting_kind kind;
};

static const struct setting openai_settings[] = {
	{ "baseUrl", "base_url", SETTING_FULL_TEXT },
	{ "frequencyPenalty", "frequency_penalty", SETTING_DECIMAL },
	{ "maxTokens", "max_tokens", SETTING_POSITIVE_INT },
	{ "n", "n", SETTING_INT },
	{ "presencePenalty", "presence_penalty", SETTING_DECIMAL },
	{ "reasoningEffort", "reasoning_effort", SETTING_TEXT },
	{ "seed", "seed", SETTING_INT },
	{ "temperature", "temperature", SETTING_DECIMAL },
	{ "timeout", "timeout", SETTING_INT },
	{ "topP", "top_p", SETTING_DECIMAL },
	{ 0 },
};
static const struct setting azure_settings[] = {
	{ "maxTokens", "max_tokens", SETTING_INT },
	{ "temperature", "temperature", SETTING_DECIMAL },
	{ "topP", "top_p", SETTING_DECIMAL },
	{ 0 },
};
static const struct setting anthropic_settings[] = {
	{ "baseUrl", "base_url", SETTING_TEXT },
	{ "maxTokens", "max_tokens", SETTING_POSITIVE_INT },
	{ "temperature", "temperature", SETTING_DECIMAL },
	{ "topP", "top_p", SETTING_DECIMAL },
	{ "topK", "top_k", SETTING_POSITIVE_INT },
	{ 0 },
};
static const struct setting ollama_settings[] = {
	{ "options", "options", SETTING_OBJECT },
	{ 0 },
};
static const struct setting bedrock_settings[] = {
	{ "region", "region", SETTING_TEXT },
	{ "additionalModelRequestFields", "additional_model_request_fields", SETTING_OBJECT },
	{ "promptCaching", "prompt_caching", SETTING_TRUE },
	{ "cacheTTL", "cache_ttl", SETTING_TEXT },
	{ 0 },
};
static const struct setting sap_settings[] = {
	{ "baseUrl", "base_url", SETTING_FULL_TEXT },
	{ "resourceGroup", "resource_group", SETTING_TEXT },
	{ "authUrl", "auth_url", SETTING_TEXT },
	{ 0 },
};

static void write_setting(struct buffer *out, const struct setting *setting, struct json_view v)
{
	int64_t whole;
	double decimal;

	switch (setting->kind) {
	case SETTING_TEXT:
		wire_set_some_text(out, setting->key, json_text(v, NULL));
		break;
	case SETTING_FULL_TEXT:
		wire_set_text(out, setting->key, json_text(v, NULL));
		break;
	case SETTING_INT:
		if (json_int64(v, &whole))
			wire_set_int(out, setting->key, whole);
		break;
	case SETTING_POSITIVE_INT:
		if (json_int64(v, &whole) && whole > 0)
			wire_set_int(out, setting->key, whole);
		break;
	case SETTING_DECIMAL:
		if (wire_read_number(json_text_or(v, ""), &decimal))
			wire_set_number(out, setting->key, decimal);
		break;
	case SETTING_TRUE:
		if (json_bool_or(v, false))
			wire_set_bool(out, setting->key, true);
		break;
	case SETTING_OBJECT:
		wire_set_some_object(out, setting->key, v);
		break;
	}
}

static void write_settings(
	struct buffer *out, const struct setting *settings, struct json_view block)
{
	for (; settings->field; settings++)
		write_setting(out, settings, json_get(block, settings->field));
}

static const char *text_of(struct json_view object, const char *key)
{
	return json_text_or(json_get(object, key), "");
}

static bool exchanges_token(const struct provider_input *in)
{
	return json_text_is(json_dig(in->block, "tokenExchange", "type"), "GDCHServiceAccount");
}

static void write_openai(const struct provider_input *in, struct model *out)
{
	AUTO(buffer) struct buffer path = { 0 };

	out->base_url = text_of(in->block, "baseUrl");
	write_settings(&out->object, openai_settings, in->block);
	if (!exchanges_token(in))
		return;
	buffer_printf(&path, EXCHANGE_FOLDER "/%s", in->key);
	wire_key(&out->object, "token_exchange");
	buffer_puts(&out->object, "{\"type\":\"GDCHServiceAccount\",\"gdch_service_account\":{");
	wire_set_text(&out->object, "service_account_path", path.data);
	wire_set_text(&out->object, "audience",
		json_text(json_dig(in->block, "tokenExchange", "gdchServiceAccount", "audience"),
			NULL));
	buffer_puts(&out->object, "}}");
	out->object.failed = out->object.failed || path.failed;
}

static void write_azure(const struct provider_input *in, struct model *out)
{
	write_settings(&out->object, azure_settings, in->block);
}

static void write_anthropic(const struct provider_input *in, struct model *out)
{
	out->base_url = text_of(in->block, "baseUrl");
	write_settings(&out->object, anthropic_settings, in->block);
}

static void write_ollama(const struct provider_input *in, struct model *out)
{
	write_settings(&out->object, ollama_settings, in->block);
}

static void write_bedrock(const struct provider_input *in, struct model *out)
{
	write_settings(&out->object, bedrock_settings, in->block);
}

static void write_sap(const struct provider_input *in, struct model *out)
{
	out->base_url = text_of(in->block, "baseUrl");
	write_settings(&out->object, sap_settings, in->block);
}

/* The pod's own credentials: not when callers bring theirs. */
static bool has_secret(const struct provider_input *in)
{
	return !in->passthrough && *in->secret;
}

static bool add_some_env(
	struct parts *parts, const char *name, const char *value, struct error *err)
{
	return !*value || parts_env(parts, name, value, err);
}

static bool add_openai(const struct provider_input *in, struct parts *parts, struct error *err)
{
	bool exchange = exchanges_token(in);

	if (has_secret(in) && !exchange &&
		!parts_env_from_secret(parts, "OPENAI_API_KEY", in->secret, in->key, err))
		return false;
	if (!add_some_env(parts, "OPENAI_ORGANIZATION", text_of(in->block, "organization"), err))
		return false;
	return !exchange ||
	       (parts_secret_volume(parts, EXCHANGE_VOLUME, in->secret, READ_BY_ALL, err) &&
		       parts_mount(parts, EXCHANGE_VOLUME, EXCHANGE_FOLDER, true, err));
}

static bool add_anthropic(const struct provider_input *in, struct parts *parts, struct error *err)
{
	return !has_secret(in) ||
	       parts_env_from_secret(parts, "ANTHROPIC_API_KEY", in->secret, in->key, err);
}

static bool add_azure(const struct provider_input *in, struct parts *parts, struct error *err)
{
	if (!in->passthrough &&
		!parts_env_from_secret(parts, "AZURE_OPENAI_API_KEY", in->secret, in->key, err))
		return false;
	return add_some_env(parts, "AZURE_AD_TOKEN", text_of(in->block, "azureAdToken"), err) &&
	       add_some_env(parts, "OPENAI_API_VERSION", text_of(in->block, "apiVersion"), err) &&
	       add_some_env(
		       parts, "AZURE_OPENAI_ENDPOINT", text_of(in->block, "azureEndpoint"), err);
}

static bool add_google(
	const struct provider_input *in, bool vertex, struct parts *parts, struct error *err)
{
	AUTO(text) char *file = NULL;

	if (!parts_env(parts, "GOOGLE_CLOUD_PROJECT", text_of(in->block, "projectID"), err) ||
		!parts_env(parts, "GOOGLE_CLOUD_LOCATION", text_of(in->block, "location"), err) ||
		(vertex && !parts_env(parts, "GOOGLE_GENAI_USE_VERTEXAI", "true", err)))
		return false;
	if (!*in->secret)
		return true;
	file = text_format(CREDENTIALS_FOLDER "/%s", in->key);
	if (!file)
		return error_no_memory(err);
	return parts_env(parts, "GOOGLE_APPLICATION_CREDENTIALS", file, err) &&
	       parts_secret_volume(parts, "google-creds", in->secret, 0, err) &&
	       parts_mount(parts, "google-creds", CREDENTIALS_FOLDER, false, err);
}

static bool add_vertex(const struct provider_input *in, struct parts *parts, struct error *err)
{
	return add_google(in, true, parts, err);
}

static bool add_anthropic_vertex(
	const struct provider_input *in, struct parts *parts, struct error *err)
{
	return add_google(in, false, parts, err);
}

static bool add_gemini(const struct provider_input *in, struct parts *parts, struct error *err)
{
	return parts_env_from_secret(parts, "GOOGLE_API_KEY", in->secret, in->key, err);
}

static bool add_ollama(const struct provider_input *in, struct parts *parts, struct error *err)
{
	const char *host = text_of(in->block, "host");
	bool whole = text_starts_with(host, "http://") || text_starts_with(host, "https://");
	AUTO(text) char *url = text_format("%s%s", whole ? "" : "http://", host);

	if (!url)
		return error_no_memory(err);
	return parts_env(parts, "OLLAMA_API_BASE", url, err);
}

static bool add_bedrock(const struct provider_input *in, struct parts *parts, struct error *err)
{
	static const char *const names[] = { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
		"AWS_SESSION_TOKEN" };
	static const char bearer[] = "AWS_BEARER_TOKEN_BEDROCK";
	struct json_view secret;
	size_t count = COUNT(names);

	if (!parts_env(parts, "AWS_REGION", text_of(in->block, "region"), err))
		return false;
	if (!has_secret(in))
		return true;
	if (!world_need(in->world, AGENT_KIND_SECRET, in->ns, in->secret, in->at, &secret, err))
		return false;
	if (reference_secret_has(secret, bearer))
		return parts_env_from_secret(parts, bearer, in->secret, bearer, err);
	if (!reference_secret_has(secret, names[count - 1]))
		count--;
	for (size_t i = 0; i < count; i++)
		if (!parts_env_from_secret(parts, names[i], in->secret, names[i], err))
			return false;
	return true;
}

static bool add_sap(const struct provider_input *in, struct parts *parts, struct error *err)
{
	struct json_view secret;

	if (!has_secret(in))
		return true;
	return world_need(in->world, AGENT_KIND_SECRET, in->ns, in->secret, in->at, &secret, err) &&
	       parts_env_from_secret(
		       parts, "SAP_AI_CORE_CLIENT_ID", in->secret, "client_id", err) &&
	       parts_env_from_secret(
		       parts, "SAP_AI_CORE_CLIENT_SECRET", in->secret, "client_secret", err);
}

static const struct provider providers[] = {
	{ "OpenAI", "openai", "openAI", NULL, true, write_openai, add_openai },
	{ "AzureOpenAI", "azure_openai", "azureOpenAI", "AzureOpenAI model config is required",
		true, write_azure, add_azure },
	{ "Anthropic", "anthropic", "anthropic", NULL, true, write_anthropic, add_anthropic },
	{ "GeminiVertexAI", "gemini_vertex_ai", "geminiVertexAI",
		"GeminiVertexAI model config is required", true, NULL, add_vertex },
	{ "AnthropicVertexAI", "gemini_anthropic", "anthropicVertexAI",
		"AnthropicVertexAI model config is required", true, NULL, add_anthropic_vertex },
	{ "Gemini", "gemini", "gemini", NULL, false, NULL, add_gemini },
	{ "Ollama", "ollama", "ollama", "ollama model config is required", true, write_ollama,
		add_ollama },
	{ "Bedrock", "bedrock", "bedrock", "bedrock model config is required", true, write_bedrock,
		add_bedrock },
	{ "SAPAICore", "sap_ai_core", "sapAICore", "sapAICore model config is required", true,
		write_sap, add_sap },
};

const struct provider *provider_find(const char *name)
{
	for (size_t i = 0; i < COUNT(providers); i++)
		if (strcmp(providers[i].name, name) == 0)
			return &providers[i];
	return NULL;
}
