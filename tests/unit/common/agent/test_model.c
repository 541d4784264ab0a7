#include "agent/model.h"

#include "common/agent/fixture.h"

#define SECRETS                                                                                    \
	"---\nkind: Secret\nmetadata: {name: aws, namespace: ns}\ndata: {AWS_ACCESS_KEY_ID: "      \
	"eA==, "                                                                                   \
	"AWS_SECRET_ACCESS_KEY: eA==}\n"                                                           \
	"---\nkind: Secret\nmetadata: {name: aws-session, namespace: ns}\ndata: "                  \
	"{AWS_SESSION_TOKEN: eA==}\n"                                                              \
	"---\nkind: Secret\nmetadata: {name: aws-bearer, namespace: ns}\ndata: "                   \
	"{AWS_BEARER_TOKEN_BEDROCK: eA==}\n"                                                       \
	"---\nkind: Secret\nmetadata: {name: sap, namespace: ns}\ndata: {client_id: eA==}\n"

#define REF(name, secret, key)                                                                     \
	"{'name':'" name "','valueFrom':{'secretKeyRef':{'name':'" secret "','key':'" key "'}}}"
#define ENV(name, value) "{'name':'" name "','value':'" value "'}"

static const struct {
	const char *spec, *config;
	const char *object, *env, *volumes, *mounts;
} cases[] = {
	{ "OpenAI with every field, in the known order",
		"{provider: OpenAI, model: gpt, apiKeySecret: s, apiKeySecretKey: k, "
		"defaultHeaders: {b: '2', a: '1'}, "
		"openAI: {baseUrl: 'http://x/v1', organization: org, temperature: '0.70', "
		"maxTokens: 10, topP: '1', "
		"frequencyPenalty: '-1.5', presencePenalty: '1e-7', seed: 0, n: 2, timeout: 60, "
		"reasoningEffort: low}}",
		"{'type':'openai','model':'gpt','headers':{'a':'1','b':'2'},'base_url':'http://x/"
		"v1','frequency_penalty':-1.5,"
		"'max_tokens':10,'n':2,'presence_penalty':1e-7,'reasoning_effort':'low','seed':0,'"
		"temperature':0.7,"
		"'timeout':60,'top_p':1}",
		"[" REF("OPENAI_API_KEY", "s", "k") "," ENV("OPENAI_ORGANIZATION", "org") "]", "[]",
		"[]" },
	{ "OpenAI without a block: an empty base_url, what is no number is dropped",
		"{provider: OpenAI, model: gpt, openAI: {temperature: warm, topP: ''}}",
		"{'type':'openai','model':'gpt','base_url':''}", "[]", "[]", "[]" },
	{ "no provider means OpenAI", "{model: gpt}",
		"{'type':'openai','model':'gpt','base_url':''}", "[]", "[]", "[]" },
	{ "a passed-through key leaves the pod without one",
		"{provider: OpenAI, model: gpt, apiKeyPassthrough: true}",
		"{'type':'openai','model':'gpt','api_key_passthrough':true,'base_url':''}", "[]",
		"[]", "[]" },
	{ "token exchange mounts the account instead of giving a key",
		"{provider: OpenAI, model: gpt, apiKeySecret: s, apiKeySecretKey: sa.json, openAI: "
		"{tokenExchange: {type: "
		"GDCHServiceAccount, gdchServiceAccount: {audience: 'https://a'}}}}",
		"{'type':'openai','model':'gpt','base_url':'','token_exchange':{'type':'"
		"GDCHServiceAccount',"
		"'gdch_service_account':{'service_account_path':'/gdch-creds/"
		"sa.json','audience':'https://a'}}}",
		"[]", "[{'name':'gdch-creds','secret':{'secretName':'s','defaultMode':292}}]",
		"[{'name':'gdch-creds','readOnly':true,'mountPath':'/gdch-creds'}]" },
	{ "AzureOpenAI: the deployment is the model",
		"{provider: AzureOpenAI, model: gpt, apiKeySecret: s, apiKeySecretKey: k, "
		"azureOpenAI: {azureEndpoint: "
		"'https://e', apiVersion: v1, azureDeployment: dep, azureAdToken: t, temperature: "
		"'1', maxTokens: 0}}",
		"{'type':'azure_openai','model':'dep','max_tokens':0,'temperature':1}",
		"[" REF("AZURE_OPENAI_API_KEY", "s", "k") "," ENV("AZURE_AD_TOKEN", "t") "," ENV(
			"OPENAI_API_VERSION", "v1") "," ENV("AZURE_OPENAI_ENDPOINT",
			"https://e") "]",
		"[]", "[]" },
	{ "AzureOpenAI refers to a key even when none is named",
		"{provider: AzureOpenAI, model: gpt, azureOpenAI: {azureEndpoint: e, apiVersion: "
		"v}}",
		"{'type':'azure_openai','model':''}",
		"[{'name':'AZURE_OPENAI_API_KEY','valueFrom':{'secretKeyRef':{'key':''}}}," ENV(
			"OPENAI_API_VERSION", "v") "," ENV("AZURE_OPENAI_ENDPOINT", "e") "]",
		"[]", "[]" },
	{ "Anthropic",
		"{provider: Anthropic, model: claude, apiKeySecret: s, apiKeySecretKey: k, "
		"anthropic: {baseUrl: 'http://b', "
		"maxTokens: 5, temperature: '0.5', topP: '0.25', topK: 3}}",
		"{'type':'anthropic','model':'claude','base_url':'http://"
		"b','max_tokens':5,'temperature':0.5,'top_p':0.25,'top_k':3}",
		"[" REF("ANTHROPIC_API_KEY", "s", "k") "]", "[]", "[]" },
	{ "Anthropic: zero limits are left out",
		"{provider: Anthropic, model: claude, anthropic: {maxTokens: 0, topK: 0}}",
		"{'type':'anthropic','model':'claude'}", "[]", "[]", "[]" },
	{ "GeminiVertexAI with credentials",
		"{provider: GeminiVertexAI, model: g, apiKeySecret: s, apiKeySecretKey: key.json, "
		"geminiVertexAI: {projectID: p, "
		"location: l, temperature: '1'}}",
		"{'type':'gemini_vertex_ai','model':'g'}",
		"[" ENV("GOOGLE_CLOUD_PROJECT", "p") "," ENV("GOOGLE_CLOUD_LOCATION", "l") "," ENV(
			"GOOGLE_GENAI_USE_VERTEXAI",
			"true") "," ENV("GOOGLE_APPLICATION_CREDENTIALS", "/creds/key.json") "]",
		"[{'name':'google-creds','secret':{'secretName':'s'}}]",
		"[{'name':'google-creds','mountPath':'/creds'}]" },
	{ "AnthropicVertexAI without credentials",
		"{provider: AnthropicVertexAI, model: c, anthropicVertexAI: {projectID: p, "
		"location: l}}",
		"{'type':'gemini_anthropic','model':'c'}",
		"[" ENV("GOOGLE_CLOUD_PROJECT", "p") "," ENV("GOOGLE_CLOUD_LOCATION", "l") "]",
		"[]", "[]" },
	{ "Gemini never passes a key through",
		"{provider: Gemini, model: g, apiKeySecret: s, apiKeySecretKey: k, "
		"apiKeyPassthrough: true}",
		"{'type':'gemini','model':'g'}", "[" REF("GOOGLE_API_KEY", "s", "k") "]", "[]",
		"[]" },
	{ "Ollama: a host without a scheme, sorted options that stay text",
		"{provider: Ollama, model: l, ollama: {host: 'o:11434', options: {num_ctx: '2', a: "
		"'<1>'}}}",
		"{'type':'ollama','model':'l','options':{'a':'\\u003c1\\u003e','num_ctx':'2'}}",
		"[" ENV("OLLAMA_API_BASE", "http://o:11434") "]", "[]", "[]" },
	{ "Ollama: an https host stays",
		"{provider: Ollama, model: l, ollama: {host: 'https://o'}}",
		"{'type':'ollama','model':'l'}", "[" ENV("OLLAMA_API_BASE", "https://o") "]", "[]",
		"[]" },
	{ "Bedrock with extra fields: sorted, numbers as floats",
		"{provider: Bedrock, model: b, bedrock: {region: r, promptCaching: true, cacheTTL: "
		"1h, "
		"additionalModelRequestFields: {z: {k: [1, 2.50, 1e21]}, a: null, b: 30.0}}}",
		"{'type':'bedrock','model':'b','region':'r','additional_model_request_fields':{'a':"
		"null,'b':30,'z':{'k':[1,2.5,1e+21]}},"
		"'prompt_caching':true,'cache_ttl':'1h'}",
		"[" ENV("AWS_REGION", "r") "]", "[]", "[]" },
	{ "Bedrock with keys",
		"{provider: Bedrock, model: b, apiKeySecret: aws, bedrock: {region: r, "
		"promptCaching: false}}",
		"{'type':'bedrock','model':'b','region':'r'}",
		"[" ENV("AWS_REGION", "r") "," REF("AWS_ACCESS_KEY_ID", "aws",
			"AWS_ACCESS_KEY_ID") "," REF("AWS_SECRET_ACCESS_KEY", "aws",
			"AWS_SECRET_ACCESS_KEY") "]",
		"[]", "[]" },
	{ "Bedrock with a session token",
		"{provider: Bedrock, model: b, apiKeySecret: aws-session, bedrock: {region: r}}",
		"{'type':'bedrock','model':'b','region':'r'}",
		"[" ENV("AWS_REGION", "r") "," REF("AWS_ACCESS_KEY_ID", "aws-session",
			"AWS_ACCESS_KEY_ID") "," REF("AWS_SECRET_ACCESS_KEY", "aws-session",
			"AWS_SECRET_ACCESS_KEY") "," REF("AWS_SESSION_TOKEN", "aws-session",
			"AWS_SESSION_TOKEN") "]",
		"[]", "[]" },
	{ "Bedrock with a bearer token",
		"{provider: Bedrock, model: b, apiKeySecret: aws-bearer, bedrock: {region: r}}",
		"{'type':'bedrock','model':'b','region':'r'}",
		"[" ENV("AWS_REGION", "r") "," REF(
			"AWS_BEARER_TOKEN_BEDROCK", "aws-bearer", "AWS_BEARER_TOKEN_BEDROCK") "]",
		"[]", "[]" },
	{ "SAPAICore",
		"{provider: SAPAICore, model: s, apiKeySecret: sap, sapAICore: {baseUrl: "
		"'https://s', resourceGroup: g, authUrl: 'https://a'}}",
		"{'type':'sap_ai_core','model':'s','base_url':'https://"
		"s','resource_group':'g','auth_url':'https://a'}",
		"[" REF("SAP_AI_CORE_CLIENT_ID", "sap", "client_id") "," REF(
			"SAP_AI_CORE_CLIENT_SECRET", "sap", "client_secret") "]",
		"[]", "[]" },
	{ "TLS without verification", "{provider: OpenAI, model: g, tls: {disableVerify: true}}",
		"{'type':'openai','model':'g','tls_insecure_skip_verify':true,'tls_disable_system_"
		"cas':false,'base_url':''}",
		"[]", "[]", "[]" },
	{ "an empty TLS block says nothing",
		"{provider: OpenAI, model: g, tls: {disableVerify: false}}",
		"{'type':'openai','model':'g','base_url':''}", "[]", "[]", "[]" },
	{ "a CA from a Secret whose name is no label",
		"{provider: OpenAI, model: g, tls: {caCertSecretRef: ca.example, caCertSecretKey: "
		"ca.crt, disableSystemCAs: true}}",
		"{'type':'openai','model':'g','tls_insecure_skip_verify':false,'tls_ca_cert_path':"
		"'/etc/ssl/certs/custom/78815923/"
		"ca.crt','tls_disable_system_cas':true,'base_url':''}",
		"[]",
		"[{'name':'tls-ca-78815923','secret':{'secretName':'ca.example','defaultMode':292}}"
		"]",
		"[{'name':'tls-ca-78815923','readOnly':true,'mountPath':'/etc/ssl/certs/custom/"
		"78815923'}]" },
};

static struct cluster model_cluster(const char *config)
{
	AUTO(text)
	char *yaml = text_format(SECRETS
		"---\nkind: ModelConfig\nmetadata: {name: m, namespace: ns}\nspec: %s\n",
		config);

	return cluster_new(yaml);
}

static char *array_text(struct json_object *array)
{
	return text_at(array, "");
}

START_TEST(a_model_is_told_to_the_runtime)
{
	struct cluster cluster = model_cluster(cases[_i].config);
	struct agent_world world = shelf_world(cluster.shelf);
	AUTO(model) struct model model = { 0 };
	struct error err;

	ck_assert_msg(model_translate(&world, "ns", "m", NULL, &model, &err), "%s: %s",
		cases[_i].spec, err.text);
	AUTO(text) char *env = array_text(model.parts.env);
	AUTO(text) char *volumes = array_text(model.parts.volumes);
	AUTO(text) char *mounts = array_text(model.parts.mounts);

	want_text(cases[_i].spec, model.object.data, cases[_i].object);
	want_text(cases[_i].spec, env, cases[_i].env);
	want_text(cases[_i].spec, volumes, cases[_i].volumes);
	want_text(cases[_i].spec, mounts, cases[_i].mounts);
	cluster_free(&cluster);
}
END_TEST

static const struct {
	const char *spec, *config, *says;
	enum error_code code;
} refused[] = {
	{ "an unknown provider", "{provider: Foo, model: g}",
		"ModelConfig ns/m: unsupported model provider: Foo", ERR_INVALID },
	{ "AzureOpenAI without its block", "{provider: AzureOpenAI, model: g}",
		"ModelConfig ns/m: AzureOpenAI model config is required", ERR_INVALID },
	{ "GeminiVertexAI without its block", "{provider: GeminiVertexAI, model: g}",
		"ModelConfig ns/m: GeminiVertexAI model config is required", ERR_INVALID },
	{ "AnthropicVertexAI without its block", "{provider: AnthropicVertexAI, model: g}",
		"ModelConfig ns/m: AnthropicVertexAI model config is required", ERR_INVALID },
	{ "Ollama without its block", "{provider: Ollama, model: g}",
		"ModelConfig ns/m: ollama model config is required", ERR_INVALID },
	{ "Bedrock without its block", "{provider: Bedrock, model: g}",
		"ModelConfig ns/m: bedrock model config is required", ERR_INVALID },
	{ "SAPAICore without its block", "{provider: SAPAICore, model: g}",
		"ModelConfig ns/m: sapAICore model config is required", ERR_INVALID },
	{ "Bedrock with a Secret that is not there",
		"{provider: Bedrock, model: g, apiKeySecret: gone, bedrock: {region: r}}",
		"ModelConfig ns/m: Secret ns/gone not found", ERR_NOT_FOUND },
	{ "SAPAICore with a Secret that is not there",
		"{provider: SAPAICore, model: g, apiKeySecret: gone, sapAICore: {baseUrl: b}}",
		"ModelConfig ns/m: Secret ns/gone not found", ERR_NOT_FOUND },
};

START_TEST(a_wrong_model_is_named)
{
	struct cluster cluster = model_cluster(refused[_i].config);
	struct agent_world world = shelf_world(cluster.shelf);
	struct model model = { 0 };
	struct error err = { 0 };

	ck_assert(!model_translate(&world, "ns", "m", NULL, &model, &err));
	ck_assert_msg(strcmp(err.text, refused[_i].says) == 0, "%s\n got: %s\nwant: %s",
		refused[_i].spec, err.text, refused[_i].says);
	ck_assert_int_eq(err.code, refused[_i].code);
	cluster_free(&cluster);
}
END_TEST

START_TEST(a_missing_model_is_named_with_the_field)
{
	struct cluster cluster = cluster_new("");
	struct agent_world world = shelf_world(cluster.shelf);
	struct model model = { 0 };
	struct error err = { 0 };

	ck_assert(!model_translate(
		&world, "kagent", "x", AT_KEY(AT_KEY(NULL, "spec"), "model"), &model, &err));
	ck_assert_str_eq(err.text, "ModelConfig kagent/x not found");
	ck_assert_str_eq(err.path, "spec.model");
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	cluster_free(&cluster);
}
END_TEST

START_TEST(the_secret_hash_is_read_from_the_status)
{
	struct cluster cluster =
		cluster_new("---\nkind: ModelConfig\nmetadata: {name: good, namespace: ns}\n"
			    "spec: {model: g}\nstatus: {secretHash: 00aBff}\n"
			    "---\nkind: ModelConfig\nmetadata: {name: bad, namespace: ns}\n"
			    "spec: {model: g}\nstatus: {secretHash: 0x12}\n");
	struct agent_world world = shelf_world(cluster.shelf);
	AUTO(model) struct model model = { 0 };
	struct model other = { 0 };
	struct error err = { 0 };

	ck_assert(model_translate(&world, "ns", "good", NULL, &model, &err));
	ck_assert_uint_eq(model.secret_hash.bytes, 3);
	ck_assert_mem_eq(model.secret_hash.data, "\x00\xab\xff", 3);
	ck_assert(!model_translate(&world, "ns", "bad", NULL, &other, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "failed to decode secret hash"));
	cluster_free(&cluster);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_model_is_told_to_the_runtime, 0, COUNT(cases));
	tcase_add_loop_test(tcase, a_wrong_model_is_named, 0, COUNT(refused));
	tcase_add_test(tcase, a_missing_model_is_named_with_the_field);
	tcase_add_test(tcase, the_secret_hash_is_read_from_the_status);
}

FIXTURE_MAIN("model", add)
