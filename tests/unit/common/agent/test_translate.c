#include "agent/translate.h"

#include "common/agent/fixture.h"

static const struct agent_settings plain = { .skills_init_image = "r.test/sandgate:1" };
static const struct agent_settings labelled = { .default_pod_labels = " team = red ,app=ours,," };
static const struct agent_settings served = { .sandbox_has_service = true };
static const struct agent_settings beta = { .sandbox_v1beta1 = true, .sandbox_has_service = true };
static const struct agent_settings own_model = { .default_model_config = "own" };
static const struct agent_settings shared_account = { .default_service_account = "shared" };
static const struct agent_settings bad_labels = { .default_pod_labels = "a=b,c" };
static const struct agent_settings keyless_labels = { .default_pod_labels = "=b" };

#define AGENT(metadata, spec)                                                                      \
	"---\nkind: SandboxAgent\nmetadata: {name: a, namespace: ns, uid: u-1" metadata            \
	"}\nspec: " spec "\n"
#define SAID(more, spec_more)                                                                      \
	"{type: Declarative, declarative: {modelConfig: m, systemMessage: hi" more "}" spec_more "}"
#define MODEL(name, spec)                                                                          \
	"---\nkind: ModelConfig\nmetadata: {name: " name ", namespace: ns}\nspec: " spec "\n"
#define MAP(name, data)                                                                            \
	"---\nkind: ConfigMap\nmetadata: {name: " name ", namespace: ns}\ndata: " data "\n"
#define LABELS                                                                                     \
	"'kagent':'a','app.kubernetes.io/managed-by':'kagent','app.kubernetes.io/"                 \
	"part-of':'kagent','app.kubernetes.io/name':'a'"
#define OWNER                                                                                      \
	"[{'apiVersion':'kagent.dev/"                                                              \
	"v1alpha2','kind':'SandboxAgent','name':'a','uid':'u-1','controller':true,'"               \
	"blockOwnerDeletion':true}]"
#define CONFIG(model, message, rest)                                                               \
	"{'model':" model ",'description':'','instruction':" message rest "}"
#define GPT "{'type':'openai','model':'gpt','base_url':''}"
#define SRT(domains)                                                                               \
	"{'filesystem':{'allowWrite':['.','/"                                                      \
	"tmp'],'denyRead':[],'denyWrite':[]},'network':{'allowedDomains':[" domains                \
	"],'deniedDomains':[]}}"

enum object { SECRET, SRT_MAP, ACCOUNT, SKILLS_MAP, SANDBOX };

static struct json_object *object_of(const struct agent_objects *objects, enum object which)
{
	struct json_object *const all[] = { objects->secret, objects->srt_config_map,
		objects->service_account, objects->skills_config_map, objects->sandbox };

	return all[which];
}

static const struct {
	const char *spec, *yaml;
	enum object object;
	const char *at, *want;
	const struct agent_settings *settings;
} cases[] = {
	{ "labels of the pod", AGENT("", SAID("", "")), SANDBOX, "spec/podTemplate/metadata/labels",
		"{'app':'kagent'," LABELS "}", &plain },
	{ "the controller's labels, then the agent's, win",
		AGENT("", SAID(", deployment: {labels: {team: blue}}", "")), SANDBOX,
		"spec/podTemplate/metadata/labels", "{'app':'ours'," LABELS ",'team':'blue'}",
		&labelled },
	{ "labels of the object go to the Sandbox where they are new",
		AGENT(", labels: {app: x, own: y}", SAID("", "")), SANDBOX, "metadata/labels",
		"{'app':'kagent'," LABELS ",'own':'y'}", &plain },
	{ "and nowhere else", AGENT(", labels: {own: y}", SAID("", "")), SECRET, "metadata/labels",
		"{'app':'kagent'," LABELS "}", &plain },
	{ "annotations of the object go to the Secret",
		AGENT(", annotations: {a: b}", SAID("", "")), SECRET, "metadata/annotations",
		"{'a':'b'}", &plain },
	{ "and to the Sandbox", AGENT(", annotations: {a: b}", SAID("", "")), SANDBOX,
		"metadata/annotations", "{'a':'b'}", &plain },
	{ "the account has its own labels",
		AGENT("", SAID(", deployment: {serviceAccountConfig: {labels: {app: x}, "
			       "annotations: {c: d}}}",
				  "")),
		ACCOUNT, "metadata/labels", "{'app':'x'," LABELS "}", &plain },
	{ "and annotations",
		AGENT(", annotations: {a: b}",
			SAID(", deployment: {serviceAccountConfig: {annotations: {c: d}}}", "")),
		ACCOUNT, "metadata/annotations", "{'a':'b','c':'d'}", &plain },
	{ "an account of its own name is made",
		AGENT("", SAID(", deployment: {serviceAccountName: a}", "")), ACCOUNT,
		"metadata/name", "'a'", &shared_account },
	{ "another account is not", AGENT("", SAID("", "")), ACCOUNT, "", "", &shared_account },
	{ "everything is owned", AGENT("", SAID("", "")), SECRET, "metadata/ownerReferences", OWNER,
		&plain },
	{ "the settings of srt too", AGENT("", SAID("", "")), SRT_MAP, "metadata/ownerReferences",
		OWNER, &plain },
	{ "without skills there is no ConfigMap for them", AGENT("", SAID("", ", skills: {}")),
		SKILLS_MAP, "", "", &plain },
	{ "replicas", AGENT("", SAID(", deployment: {replicas: 3}", "")), SANDBOX, "spec/replicas",
		"1", &plain },
	{ "a Service is asked for where it can be", AGENT("", SAID("", "")), SANDBOX,
		"spec/service", "true", &served },
	{ "and not where the schema does not know it", AGENT("", SAID("", "")), SANDBOX,
		"spec/service", "", &plain },
	{ "v1alpha1 is written by default", AGENT("", SAID("", "")), SANDBOX, "apiVersion",
		"'agents.x-k8s.io/v1alpha1'", &served },
	{ "v1beta1 on demand", AGENT("", SAID("", "")), SANDBOX, "apiVersion",
		"'agents.x-k8s.io/v1beta1'", &beta },
	{ "v1beta1 has an operating mode", AGENT("", SAID("", "")), SANDBOX, "spec/operatingMode",
		"'Running'", &beta },
	{ "instead of replicas", AGENT("", SAID("", "")), SANDBOX, "spec/replicas", "", &beta },
	{ "BYO has an empty config", AGENT("", "{type: BYO, byo: {deployment: {image: i}}}"),
		SECRET, "stringData/config.json", "''", &plain },
	{ "BYO has srt's settings, though it does not mount them",
		AGENT("", "{type: BYO, byo: {deployment: {image: i}}}"), SRT_MAP,
		"data/srt-settings.json",
		"'{\\'filesystem\\':{\\'allowWrite\\':[\\'.\\',\\'/"
		"tmp\\'],\\'denyRead\\':[],\\'denyWrite\\':[]},\\'network\\':{\\'allowedDomains\\':"
		"[],\\'deniedDomains\\':[]}}'",
		&plain },
};

START_TEST(objects_are_as_the_agent_says)
{
	AUTO(text) char *yaml = text_format(MODEL_M "%s", cases[_i].yaml);
	struct cluster cluster = cluster_new(yaml);
	struct agent_objects objects = translated(cases[_i].spec, &cluster, cases[_i].settings);
	AUTO(text) char *got = text_at(object_of(&objects, cases[_i].object), cases[_i].at);

	want_text(cases[_i].spec, got, cases[_i].want);
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

#define CLAUDE                                                                                     \
	MODEL("c", "{provider: Anthropic, model: claude, apiKeySecret: s, apiKeySecretKey: k, "    \
		   "anthropic: {baseUrl: 'http://b'}}")

static const struct {
	const char *spec, *yaml, *config;
	const struct agent_settings *settings;
} configs[] = {
	{ "streaming", MODEL_M AGENT("", SAID(", stream: true", "")),
		CONFIG(GPT, "'hi'", ",'stream':true"), &plain },
	{ "no code blocks is not the same as not said",
		MODEL_M AGENT("", SAID(", executeCodeBlocks: false", "")),
		CONFIG(GPT, "'hi'", ",'execute_code':false,'stream':false"), &plain },
	{ "a network without domains",
		MODEL_M AGENT("", SAID("", ", sandbox: {network: {allowedDomains: []}}")),
		CONFIG(GPT, "'hi'", ",'stream':false,'network':{}"), &plain },
	{ "a network as written",
		MODEL_M AGENT("",
			SAID("", ", sandbox: {network: {allowedDomains: [B.example, a.example]}}")),
		CONFIG(GPT, "'hi'",
			",'stream':false,'network':{'allowed_domains':['B.example','a.example']}"),
		&plain },
	{ "file rules alone are no network",
		MODEL_M AGENT("", SAID("", ", sandbox: {filesystem: {denyRead: [/x]}}")),
		CONFIG(GPT, "'hi'", ",'stream':false"), &plain },
	{ "an empty model name means the default",
		MODEL("default-model-config", "{model: d}") AGENT("",
			"{type: Declarative, declarative: {modelConfig: '', systemMessage: hi}}"),
		CONFIG("{'type':'openai','model':'d','base_url':''}", "'hi'", ",'stream':false"),
		&plain },
	{ "which a flag names",
		MODEL("own", "{model: o}")
			AGENT("", "{type: Declarative, declarative: {systemMessage: hi}}"),
		CONFIG("{'type':'openai','model':'o','base_url':''}", "'hi'", ",'stream':false"),
		&own_model },
	{ "memory with the model's address",
		MODEL_M CLAUDE AGENT("", SAID(", memory: {modelConfig: c, ttlDays: 7}", "")),
		CONFIG(GPT, "'hi'",
			",'stream':false,'memory':{'ttl_days':7,'embedding':{'provider':'anthropic'"
			",'model':'claude','base_url':'http://b'}}"),
		&plain },
	{ "memory with the agent's own model",
		MODEL_M AGENT("", SAID(", memory: {modelConfig: m}", "")),
		CONFIG(GPT, "'hi'",
			",'stream':false,'memory':{'embedding':{'provider':'openai','model':'gpt'}"
			"}"),
		&plain },
	{ "an empty context", MODEL_M AGENT("", SAID(", context: {}", "")),
		CONFIG(GPT, "'hi'", ",'stream':false,'context_config':{}"), &plain },
	{ "compaction with the agent's own model as summarizer",
		MODEL_M AGENT("", SAID(", context: {compaction: {overlapSize: 0, summarizer: "
				       "{promptTemplate: sum}}}",
					  "")),
		CONFIG(GPT, "'hi'",
			",'stream':false,'context_config':{'compaction':{'overlap_size':0,'"
			"summarizer_model':" GPT ",'prompt_template':'sum'}}"),
		&plain },
	{ "a message from a Secret",
		MODEL_M
		"---\nkind: Secret\nmetadata: {name: s, namespace: ns}\ndata: {k: "
		"aGk8Cg==}\n" AGENT("", "{type: Declarative, declarative: {modelConfig: m, "
					"systemMessageFrom: {type: Secret, name: s, key: k}}}"),
		CONFIG(GPT, "'hi\\u003c\\n'", ",'stream':false"), &plain },
	{ "an empty message from a ConfigMap is one",
		MODEL_M MAP("c", "{k: ''}")
			AGENT("", "{type: Declarative, declarative: {modelConfig: m, "
				  "systemMessageFrom: {type: ConfigMap, name: c, key: k}}}"),
		CONFIG(GPT, "''", ",'stream':false"), &plain },
	{ "braces stay where no source is named",
		MODEL_M AGENT("", "{type: Declarative, declarative: {modelConfig: m, "
				  "systemMessage: '{{.AgentName}}', promptTemplate: {}}}"),
		CONFIG(GPT, "'{{.AgentName}}'", ",'stream':false"), &plain },
	{ "a template knows tools and skills",
		MODEL_M MAP(
			"c", "{k: v}") "---\nkind: Service\nmetadata: {name: s, namespace: "
				       "ns}\nspec: {ports: [{port: 1}]}\n" AGENT("",
					       "{type: Declarative, skills: {refs: ['r/x/oci:1'], "
					       "gitRefs: [{url: 'https://g/o/git.git'}]}, "
					       "declarative: {modelConfig: m, "
					       "systemMessage: '{{.ToolNames}} {{.SkillNames}} "
					       "{{include \"c/k\"}}', promptTemplate: "
					       "{dataSources: [{name: c}]}, tools: [{mcpServer: "
					       "{name: s, kind: Service, toolNames: [t]}}]}}"),
		CONFIG(GPT, "'[t] [oci git] v'",
			",'http_tools':[{'params':{'url':'http://s.ns:1/"
			"mcp','headers':{}},'tools':['t']}],'stream':false"),
		&plain },
};

START_TEST(the_config_is_what_the_runtime_reads)
{
	struct cluster cluster = cluster_new(configs[_i].yaml);
	struct agent_objects objects = translated(configs[_i].spec, &cluster, configs[_i].settings);

	want_text(configs[_i].spec, string_at(objects.secret, CONFIG_PATH), configs[_i].config);
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

static const struct {
	const char *spec, *yaml, *path, *says;
	enum error_code code;
	const struct agent_settings *settings;
} refused[] = {
	{ "an object without a spec",
		"---\nkind: SandboxAgent\nmetadata: {name: a, namespace: ns}\n", "spec.type",
		"unknown agent type: ", ERR_INVALID, &plain },
	{ "an unknown type", AGENT("", "{type: Other}"), "spec.type", "unknown agent type: Other",
		ERR_INVALID, &plain },
	{ "another platform",
		AGENT("", "{type: Declarative, platform: substrate, declarative: {runtime: go}}"),
		"spec.platform", "substrate sandbox backend is not configured", ERR_INVALID,
		&plain },
	{ "BYO on another platform", AGENT("", "{type: BYO, platform: substrate}"), "spec.platform",
		"BYO agents are not supported when spec.platform is substrate", ERR_INVALID,
		&plain },
	{ "skills on another platform",
		AGENT("", "{type: Declarative, platform: substrate, skills: {}}"), "spec.skills",
		"spec.skills is not supported when spec.platform is substrate", ERR_INVALID,
		&plain },
	{ "python on another platform",
		AGENT("",
			"{type: Declarative, platform: substrate, declarative: {runtime: python}}"),
		"spec.declarative.runtime",
		"spec.declarative.runtime must be \"go\" when spec.platform is substrate",
		ERR_INVALID, &plain },
	{ "no model of that name",
		AGENT("", "{type: Declarative, declarative: {modelConfig: x, systemMessage: hi}}"),
		"spec.declarative.modelConfig", "ModelConfig ns/x not found", ERR_NOT_FOUND,
		&plain },
	{ "no summarizer of that name",
		MODEL_M AGENT(
			"", SAID(", context: {compaction: {summarizer: {modelConfig: x}}}", "")),
		"spec.declarative.context.compaction.summarizer.modelConfig",
		"ModelConfig ns/x not found", ERR_NOT_FOUND, &plain },
	{ "no embedding model of that name",
		MODEL_M AGENT("", SAID(", memory: {modelConfig: x}", "")),
		"spec.declarative.memory.modelConfig", "ModelConfig ns/x not found", ERR_NOT_FOUND,
		&plain },
	{ "no message",
		MODEL_M AGENT("",
			"{type: Declarative, declarative: {modelConfig: m, systemMessage: ''}}"),
		"spec.declarative.systemMessage",
		"at least one system message source (SystemMessage or SystemMessageFrom) must be "
		"specified",
		ERR_INVALID, &plain },
	{ "a message from a ConfigMap that is not there",
		MODEL_M AGENT("", "{type: Declarative, declarative: {modelConfig: m, "
				  "systemMessageFrom: {type: ConfigMap, name: x, key: k}}}"),
		"spec.declarative.systemMessageFrom", "ConfigMap ns/x not found", ERR_NOT_FOUND,
		&plain },
	{ "a message from a key that is not there",
		MODEL_M MAP("c", "{a: b}")
			AGENT("", "{type: Declarative, declarative: {modelConfig: m, "
				  "systemMessageFrom: {type: ConfigMap, name: c, key: k}}}"),
		"spec.declarative.systemMessageFrom", "key k not found in ConfigMap ns/c",
		ERR_NOT_FOUND, &plain },
	{ "a prompt source that is not there",
		MODEL_M AGENT("", SAID(", promptTemplate: {dataSources: [{name: x}]}", "")),
		"spec.declarative.promptTemplate.dataSources[0]", "ConfigMap ns/x not found",
		ERR_NOT_FOUND, &plain },
	{ "two prompt sources of one name",
		MODEL_M MAP("c", "{k: v}")
			AGENT("", SAID(", promptTemplate: {dataSources: [{name: c, kind: "
				       "ConfigMap}, {name: c, kind: ConfigMap}]}",
					  "")),
		"spec.declarative.promptTemplate.dataSources[1]",
		"duplicate prompt template identifier \"c/k\" from prompt source \"c\" "
		"(kind=\"ConfigMap\", apiGroup=\"\")",
		ERR_INVALID, &plain },
	{ "a template that does not parse",
		MODEL_M MAP("c", "{k: v}") AGENT("",
			"{type: Declarative, declarative: {modelConfig: m, systemMessage: "
			"'{{if}}', promptTemplate: {dataSources: [{name: c}]}}}"),
		"spec.declarative.systemMessage",
		"failed to parse system message template: line 1: missing value for command",
		ERR_INVALID, &plain },
	{ "a skill without a name", MODEL_M AGENT("", SAID("", ", skills: {refs: ['/']}")),
		"spec.skills.refs[0]", "oci skill \"/\": skill name is empty", ERR_INVALID,
		&plain },
	{ "a skill with a bad name",
		MODEL_M AGENT(
			"", SAID("", ", skills: {gitRefs: [{url: 'https://g', name: 'a b'}]}")),
		"spec.skills.gitRefs[0]",
		"git skill \"https://g\": skill name \"a b\" must match ^[A-Za-z0-9._-]+$",
		ERR_INVALID, &plain },
	{ "a skill named ..",
		MODEL_M AGENT(
			"", SAID("", ", skills: {gitRefs: [{url: 'https://g', name: '..'}]}")),
		"spec.skills.gitRefs[0]",
		"git skill \"https://g\": skill name \"..\" is not a valid directory name",
		ERR_INVALID, &plain },
	{ "two skills in one folder",
		MODEL_M AGENT("", SAID("", ", skills: {refs: ['r/x:1'], gitRefs: [{url: "
					   "'https://g/x.git'}]}")),
		"spec.skills.refs[0]", "duplicate skill directory name \"x\"", ERR_INVALID,
		&plain },
	{ "a sub path that leads out",
		MODEL_M AGENT("",
			SAID("", ", skills: {gitRefs: [{url: 'https://g/x', path: a/../../b}]}")),
		"spec.skills.gitRefs[0].path",
		"skill subPath must be a relative path without '..' segments, got \"a/../../b\"",
		ERR_INVALID, &plain },
	{ "labels of the controller without a value", MODEL_M AGENT("", SAID("", "")), "",
		"--default-agent-pod-labels: invalid format \"c\": expected key=value", ERR_INVALID,
		&bad_labels },
	{ "labels of the controller without a key", MODEL_M AGENT("", SAID("", "")), "",
		"--default-agent-pod-labels: invalid entry: empty key in \"=b\"", ERR_INVALID,
		&keyless_labels },
};

START_TEST(a_wrong_agent_is_refused_with_its_field)
{
	struct cluster cluster = cluster_new(refused[_i].yaml);
	struct agent_objects objects = { 0 };
	struct error err;

	ck_assert_msg(!try_translate(&cluster, refused[_i].settings, &objects, &err), "%s: passes",
		refused[_i].spec);
	ck_assert_msg(strcmp(err.text, refused[_i].says) == 0, "%s\n got: %s\nwant: %s",
		refused[_i].spec, err.text, refused[_i].says);
	ck_assert_msg(strcmp(err.path, refused[_i].path) == 0, "%s\n got: %s\nwant: %s",
		refused[_i].spec, err.path, refused[_i].path);
	ck_assert_int_eq(err.code, refused[_i].code);
	cluster_free(&cluster);
}
END_TEST

static const struct {
	const char *spec, *skills, *want;
} skill_cases[] = {
	{ "names from images and addresses",
		"{refs: ['r.test:5000/a/b/one:v1@sha256:00', 'two'], gitRefs: [{url: "
		"'https://g/o/three.git?x'}, {url: 'https://g/o/x', path: 'p/four/'}]}",
		"{'gitRefs':[{'url':'https://g/o/three.git?x','ref':'main','dest':'/skills/"
		"three'},{'url':'https://g/o/x','ref':'main','dest':'/skills/four','subPath':'p/"
		"four'}],"
		"'ociRefs':[{'image':'r.test:5000/a/b/one:v1@sha256:00','dest':'/skills/"
		"one'},{'image':'two','dest':'/skills/two'}]}" },
	{ "ssh hosts when there is a key, once each, sorted",
		"{gitAuthSecretRef: {name: s}, insecureSkipVerify: true, imagePullSecrets: [{name: "
		"p}], gitRefs: [{url: 'ssh://git@z.test:2222/a', name: a}, "
		"{url: 'git@y.test:o/b.git'}, {url: 'git+ssh://y.test:22/c', ref: "
		"ABCDEF0123456789abcdef0123456789abcdef01}]}",
		"{'authMountPath':'/git-auth','gitRefs':[{'url':'ssh://git@z.test:2222/"
		"a','ref':'main','dest':'/skills/a'},"
		"{'url':'git@y.test:o/b.git','ref':'main','dest':'/skills/b'},{'url':'git+ssh://"
		"y.test:22/c','ref':'ABCDEF0123456789abcdef0123456789abcdef01','dest':'/skills/"
		"c','full':true}],"
		"'insecureOci':true,'sshHosts':[{'host':'y.test'},{'host':'z.test','port':'2222'}],"
		"'imagePullSecrets':['p']}" },
	{ "archives in buckets",
		"{s3Refs: [{uri: 's3://b/k/pack.tar.gz', region: eu}, {uri: 's3://b/raw', name: "
		"named}]}",
		"{'s3Refs':[{'uri':'s3://b/k/pack.tar.gz','region':'eu','dest':'/skills/"
		"pack'},{'uri':'s3://b/raw','dest':'/skills/named'}]}" },
};

START_TEST(skills_are_told_to_the_fetcher)
{
	AUTO(text) char *more = text_format(", skills: %s", skill_cases[_i].skills);
	AUTO(text) char *agent = declarative_yaml("", more);
	AUTO(text) char *yaml = text_format(MODEL_M "%s", agent);
	struct cluster cluster = cluster_new(yaml);
	struct agent_objects objects = { 0 };
	struct error err;

	if (!try_translate(&cluster, &plain, &objects, &err))
		ck_abort_msg("%s: %s", skill_cases[_i].spec, err.text);
	want_text(skill_cases[_i].spec, string_at(objects.skills_config_map, "data/config.json"),
		skill_cases[_i].want);
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

static char *hash_of(const char *yaml, const struct agent_settings *settings)
{
	struct cluster cluster = cluster_new(yaml);
	struct agent_objects objects = translated(yaml, &cluster, settings);
	char *hash = text_format("%s", objects.config_hash);

	ck_assert_str_eq(
		hash, json_object_get_string(json_object_object_get(
			      at_path(objects.sandbox, "spec/podTemplate/metadata/annotations"),
			      "kagent.dev/config-hash")));
	agent_objects_fini(&objects);
	cluster_free(&cluster);
	return hash;
}

#define HASHED(more, spec_more) MODEL_M AGENT("", SAID(more, spec_more))

static const struct {
	const char *spec, *yaml;
	bool same;
} hashes[] = {
	{ "the same agent", HASHED("", ", sandbox: {network: {allowedDomains: [a.b]}}"), true },
	{ "other domains",
		HASHED("", ", sandbox: {network: {allowedDomains: [c.d], deniedDomains: [e.f]}}"),
		true },
	{ "no sandbox at all", HASHED("", ""), true },
	{ "file rules",
		HASHED("", ", sandbox: {filesystem: {denyRead: [/etc]}, network: {allowedDomains: "
			   "[a.b]}}"),
		true },
	{ "labels of the object", MODEL_M AGENT(", labels: {x: y}", SAID("", "")), true },
	{ "the instructions",
		MODEL_M AGENT("",
			"{type: Declarative, declarative: {modelConfig: m, systemMessage: ho}}"),
		false },
	{ "the card", HASHED("", ", description: d"), false },
	{ "an environment variable", HASHED(", deployment: {env: [{name: A, value: b}]}", ""),
		false },
	{ "a label of the pod", HASHED(", deployment: {labels: {x: y}}", ""), false },
	{ "a skill", HASHED("", ", skills: {refs: [x]}"), false },
	{ "a model's Secret", MODEL_M "status: {secretHash: '00'}\n" AGENT("", SAID("", "")),
		false },
};

START_TEST(the_hash_changes_with_what_needs_a_new_pod)
{
	AUTO(text)
	char *before = hash_of(HASHED("", ", sandbox: {network: {allowedDomains: [a.b]}}"), &plain);
	AUTO(text) char *after = hash_of(hashes[_i].yaml, &plain);

	ck_assert_msg((strcmp(before, after) == 0) == hashes[_i].same, "%s: %s, then %s",
		hashes[_i].spec, before, after);
}
END_TEST

/* An upgrade of the controller that changes nothing in the pods must not replace them all. */
START_TEST(the_hash_stays_over_releases)
{
	AUTO(text) char *hash = hash_of(HASHED("", ""), &plain);

	ck_assert_str_eq(hash, "4015936678552842359");
}
END_TEST

static char *all_text(const struct agent_objects *objects)
{
	AUTO(buffer) struct buffer text = { 0 };

	for (enum object which = SECRET; which <= SANDBOX; which++) {
		AUTO(text) char *one = text_at(object_of(objects, which), "");

		buffer_puts(&text, one);
	}
	return buffer_take(&text);
}

START_TEST(the_same_input_gives_the_same_bytes)
{
	struct cluster cluster = cluster_new(configs[_i].yaml);
	struct agent_objects first = translated(configs[_i].spec, &cluster, configs[_i].settings);
	struct agent_objects second = translated(configs[_i].spec, &cluster, configs[_i].settings);
	AUTO(text) char *one = all_text(&first);
	AUTO(text) char *other = all_text(&second);

	ck_assert_str_eq(one, other);
	ck_assert_str_eq(first.config_hash, second.config_hash);
	agent_objects_fini(&first);
	agent_objects_fini(&second);
	cluster_free(&cluster);
}
END_TEST

START_TEST(a_bad_stored_domain_is_left_out_and_named)
{
	struct cluster cluster = cluster_new(HASHED(
		"", ", sandbox: {network: {allowedDomains: ['*example.com', API.github.com]}}"));
	struct agent_objects objects = translated("bad domain", &cluster, &plain);

	want_text("settings", string_at(objects.srt_config_map, "data/srt-settings.json"),
		SRT("'api.github.com'"));
	ck_assert_uint_eq(objects.left_out_count, 1);
	ck_assert_str_eq(objects.left_out[0], "*example.com");
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

/* A world that knows nothing yet: each wish is passed on as it is. */
static bool get_pending(void *context, enum agent_kind kind, const char *ns, const char *name,
	struct json_view *out, struct error *err)
{
	(void)kind, (void)ns, (void)name, (void)out;
	++*(int *)context;
	return error_set(err, ERR_PENDING, NULL, "wait");
}

START_TEST(what_is_not_known_yet_is_wished_for)
{
	struct cluster cluster = cluster_new(HASHED("", ""));
	int wishes = 0;
	struct agent_world world = { get_pending, &wishes };
	struct agent_objects objects = { 0 };
	struct error err = { 0 };
	struct json_view agent = json_root(cluster.documents[1].doc);

	ck_assert(!agent_translate(&plain, &world, agent, &objects, &err));
	ck_assert_int_eq(err.code, ERR_PENDING);
	ck_assert_int_eq(wishes, 1);
	cluster_free(&cluster);
}
END_TEST

START_TEST(runtimes_know_agents_by_an_identifier)
{
	AUTO(text) char *name = agent_python_identifier("my-ns", "the-agent");

	ck_assert_str_eq(name, "my_ns__NS__the_agent");
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, objects_are_as_the_agent_says, 0, COUNT(cases));
	tcase_add_loop_test(tcase, the_config_is_what_the_runtime_reads, 0, COUNT(configs));
	tcase_add_loop_test(tcase, a_wrong_agent_is_refused_with_its_field, 0, COUNT(refused));
	tcase_add_loop_test(tcase, skills_are_told_to_the_fetcher, 0, COUNT(skill_cases));
	tcase_add_loop_test(tcase, the_hash_changes_with_what_needs_a_new_pod, 0, COUNT(hashes));
	tcase_add_test(tcase, the_hash_stays_over_releases);
	tcase_add_loop_test(tcase, the_same_input_gives_the_same_bytes, 0, COUNT(configs));
	tcase_add_test(tcase, a_bad_stored_domain_is_left_out_and_named);
	tcase_add_test(tcase, what_is_not_known_yet_is_wished_for);
	tcase_add_test(tcase, runtimes_know_agents_by_an_identifier);
}

FIXTURE_MAIN("translate", add)
