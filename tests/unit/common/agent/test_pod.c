#include "agent/pod.h"

#include "common/agent/fixture.h"

static const char *const otel[] = { "OTEL_A=1", "OTEL_B=x=y", NULL };
static const struct agent_settings plain = { .skills_init_image = "r.test/sandgate:1" };
static const struct agent_settings rich = {
	.image_registry = "r.test",
	.image_repository = "team/app",
	.image_tag = "7",
	.image_pull_policy = "Always",
	.image_pull_secret = "global",
	.skills_init_image = "r.test/sandgate:1",
	.default_service_account = "shared",
	.default_pod_labels = " a = 1 ,b=2,, app=ours",
	.bind_host = "::",
	.controller_name = "gate",
	.controller_namespace = "sys",
	.otel_env = otel,
};

#define DEPLOYMENT(fields) ", deployment: {" fields "}"
#define BYO(fields)        "{type: BYO, byo: {deployment: {" fields "}}"
#define MAIN               "containers/0/"
#define ENV_TAIL                                                                                   \
	"{'name':'KAGENT_NAMESPACE','valueFrom':{'fieldRef':{'fieldPath':'metadata.namespace'}}}," \
	"{'name':'KAGENT_NAME','value':'a'},{'name':'KAGENT_URL','value':'http://"                 \
	"kagent-controller.kagent:8083'}"
#define SRT_PATH ",{'name':'KAGENT_SRT_SETTINGS_PATH','value':'/config/srt-settings.json'}"
#define CONFIG_VOLUME                                                                              \
	"{'name':'config','projected':{'sources':[{'secret':{'name':'a'}},{'configMap':{'name':'"  \
	"a-srt-settings'}}]}}"
#define TOKEN_VOLUME                                                                               \
	"{'name':'kagent-token','projected':{'sources':[{'serviceAccountToken':{'audience':'"      \
	"kagent',"                                                                                 \
	"'expirationSeconds':3600,'path':'kagent-token'}}]}}"
#define CONFIG_MOUNT "{'name':'config','mountPath':'/config'}"
#define TOKEN_MOUNT  "{'name':'kagent-token','mountPath':'/var/run/secrets/tokens'}"
#define PROBE(delay, timeout, period)                                                              \
	"{'httpGet':{'path':'/.well-known/"                                                        \
	"agent-card.json','port':'http'},'initialDelaySeconds':" delay                             \
	",'timeoutSeconds':" timeout ",'periodSeconds':" period "}"
#define SKILLS ", skills: {refs: ['r.test/x/hello:1']}"

/* `declarative` and `more` make a Declarative agent; with `byo` that is the whole spec. */
static const struct {
	const char *spec, *declarative, *more, *byo, *at, *want;
	const struct agent_settings *settings;
} cases[] = {
	{ "the python image", "", "", NULL, MAIN "image",
		"'cr.kagent.dev/kagent-dev/kagent/app:0.9.12'", &plain },
	{ "the image by the controller's flags", "", "", NULL, MAIN "image", "'r.test/team/app:7'",
		&rich },
	{ "a registry of the agent's own", DEPLOYMENT("imageRegistry: 'own.test:5000'"), "", NULL,
		MAIN "image", "'own.test:5000/kagent-dev/kagent/app:0.9.12'", &plain },
	{ "the go image", ", runtime: go", "", NULL, MAIN "image",
		"'cr.kagent.dev/kagent-dev/kagent/golang-adk:0.9.12'", &plain },
	{ "the go image with srt", ", runtime: go, executeCodeBlocks: true", "", NULL, MAIN "image",
		"'cr.kagent.dev/kagent-dev/kagent/golang-adk:0.9.12-full'", &plain },
	{ "the go image with empty skills", ", runtime: go", ", skills: {}", NULL, MAIN "image",
		"'cr.kagent.dev/kagent-dev/kagent/golang-adk:0.9.12-full'", &plain },
	{ "the go runtime is probed early", ", runtime: go", "", NULL, MAIN "readinessProbe",
		PROBE("1", "5", "1"), &plain },
	{ "the python runtime is given time", "", "", NULL, MAIN "readinessProbe",
		PROBE("15", "15", "15"), &plain },
	{ "the bind host", "", "", NULL, MAIN "args",
		"['--host','::','--port','8080','--filepath','/config']", &rich },
	{ "pull policy of the agent before the flag's", DEPLOYMENT("imagePullPolicy: Never"), "",
		NULL, MAIN "imagePullPolicy", "'Never'", &rich },
	{ "pull policy of the flag", "", "", NULL, MAIN "imagePullPolicy", "'Always'", &rich },
	{ "the global pull secret comes last", DEPLOYMENT("imagePullSecrets: [{name: own}]"), "",
		NULL, "imagePullSecrets", "[{'name':'own'},{'name':'global'}]", &rich },
	{ "the global pull secret comes once", DEPLOYMENT("imagePullSecrets: [{name: global}]"), "",
		NULL, "imagePullSecrets", "[{'name':'global'}]", &rich },
	{ "env in order: own, OTEL, ours", DEPLOYMENT("env: [{name: A, value: '1'}, {name: B}]"),
		"", NULL, MAIN "env",
		"[{'name':'A','value':'1'},{'name':'B'},{'name':'OTEL_A','value':'1'},{'name':'"
		"OTEL_B','value':'x=y'},"
		"{'name':'KAGENT_NAMESPACE','valueFrom':{'fieldRef':{'fieldPath':'metadata."
		"namespace'}}},{'name':'KAGENT_NAME','value':'a'},"
		"{'name':'KAGENT_URL','value':'http://gate.sys:8083'}]",
		&rich },
	{ "a name given twice keeps the value that counts",
		DEPLOYMENT("env: [{name: KAGENT_NAME, value: mine}, {name: A, value: '1'}, {name: "
			   "A, value: '2'}]"),
		"", NULL, MAIN "env", "[{'name':'A','value':'2'}," ENV_TAIL "]", &plain },
	{ "envFrom", DEPLOYMENT("envFrom: [{prefix: P_, secretRef: {name: s}}]"), "", NULL,
		MAIN "envFrom", "[{'prefix':'P_','secretRef':{'name':'s'}}]", &plain },
	{ "code execution needs the privilege", ", executeCodeBlocks: true", "", NULL,
		MAIN "securityContext", "{'privileged':true}", &plain },
	{ "so do skills, added to what is given", DEPLOYMENT("securityContext: {runAsUser: 7}"),
		SKILLS, NULL, MAIN "securityContext", "{'runAsUser':7,'privileged':true}", &plain },
	{ "not when escalation is forbidden",
		DEPLOYMENT("securityContext: {allowPrivilegeEscalation: false}"), SKILLS, NULL,
		MAIN "securityContext", "{'allowPrivilegeEscalation':false}", &plain },
	{ "not for empty skills", "", ", skills: {}", NULL, MAIN "securityContext", "", &plain },
	{ "but they are told where srt's settings are", "", ", skills: {}", NULL, MAIN "env",
		"[" ENV_TAIL SRT_PATH "]", &plain },
	{ "without skills and code they are not told", "",
		", sandbox: {network: {allowedDomains: [a.b]}}", NULL, MAIN "env", "[" ENV_TAIL "]",
		&plain },
	{ "volumes: ours around the agent's own",
		DEPLOYMENT("volumes: [{name: v, emptyDir: {sizeLimit: 1024Mi}}]"), "", NULL,
		"volumes",
		"[" CONFIG_VOLUME ",{'name':'v','emptyDir':{'sizeLimit':'1Gi'}}," TOKEN_VOLUME "]",
		&plain },
	{ "mounts: ours around the agent's own",
		DEPLOYMENT("volumeMounts: [{name: v, mountPath: /v}]"), "", NULL,
		MAIN "volumeMounts",
		"[" CONFIG_MOUNT ",{'name':'v','mountPath':'/v'}," TOKEN_MOUNT "]", &plain },
	{ "skills bring volumes for their credentials", "",
		", skills: {refs: ['r.test/x/hello:1'], gitAuthSecretRef: {name: git}, "
		"imagePullSecrets: [{name: p1}, {name: p.2}]}",
		NULL, "volumes",
		"[" CONFIG_VOLUME ",{'name':'kagent-skills','emptyDir':{}},{'name':'skills-init-"
		"config','configMap':{'name':'a-skills-init'}},"
		"{'name':'git-auth','secret':{'secretName':'git'}},{'name':'pull-secret-p1','"
		"secret':{'secretName':'p1'}},"
		"{'name':'pull-secret-e821c65b','secret':{'secretName':'p.2'}}," TOKEN_VOLUME "]",
		&plain },
	{ "and mounts of the container that fetches them", "",
		", skills: {refs: ['r.test/x/hello:1'], gitAuthSecretRef: {name: git}, "
		"imagePullSecrets: [{name: p1}]}",
		NULL, "initContainers/0/volumeMounts",
		"[{'name':'kagent-skills','mountPath':'/"
		"skills'},{'name':'skills-init-config','readOnly':true,'mountPath':'/etc/kagent/"
		"skills-init'},"
		"{'name':'git-auth','readOnly':true,'mountPath':'/"
		"git-auth'},{'name':'pull-secret-p1','readOnly':true,'mountPath':'/docker-secrets/"
		"p1'}]",
		&plain },
	{ "the init container is our image", "", SKILLS, NULL, "initContainers/0/image",
		"'r.test/sandgate:1'", &plain },
	{ "told what to do", "", SKILLS, NULL, "initContainers/0/args", "['fetch-skills']",
		&plain },
	{ "with the agent's security context, without the privilege",
		DEPLOYMENT("securityContext: {runAsUser: 7}"), SKILLS, NULL,
		"initContainers/0/securityContext", "{'runAsUser':7}", &plain },
	{ "with its own env and resources", "",
		", skills: {refs: [x], initContainer: {env: [{name: A, value: x}, {name: A, value: "
		"y}], resources: {limits: {cpu: 0.5}}}}",
		NULL, "initContainers/0/env", "[{'name':'A','value':'y'}]", &plain },
	{ "quantities are written as the cluster keeps them", "",
		", skills: {refs: [x], initContainer: {resources: {limits: {cpu: 0.5}}}}", NULL,
		"initContainers/0/resources", "{'limits':{'cpu':'500m'}}", &plain },
	{ "resources as given", DEPLOYMENT("resources: {requests: {cpu: 2500m, memory: 2048Mi}}"),
		"", NULL, MAIN "resources", "{'requests':{'cpu':'2500m','memory':'2Gi'}}", &plain },
	{ "empty resources stay empty", DEPLOYMENT("resources: {}"), "", NULL, MAIN "resources",
		"{}", &plain },
	{ "resources by default", "", "", NULL, MAIN "resources",
		"{'requests':{'cpu':'100m','memory':'384Mi'},'limits':{'cpu':'2','memory':'1Gi'}}",
		&plain },
	{ "scheduling",
		DEPLOYMENT("nodeSelector: {a: b}, tolerations: [{operator: Exists}], "
			   "topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, "
			   "whenUnsatisfiable: DoNotSchedule}]"),
		"", NULL, "topologySpreadConstraints",
		"[{'maxSkew':1,'topologyKey':'z','whenUnsatisfiable':'DoNotSchedule'}]", &plain },
	{ "the pod's security context", DEPLOYMENT("podSecurityContext: {fsGroup: 1}"), "", NULL,
		"securityContext", "{'fsGroup':1}", &plain },
	{ "the account is the agent's name", "", "", NULL, "serviceAccountName", "'a'", &plain },
	{ "or the flag's", "", "", NULL, "serviceAccountName", "'shared'", &rich },
	{ "or the agent's own choice", DEPLOYMENT("serviceAccountName: mine"), "", NULL,
		"serviceAccountName", "'mine'", &rich },
	{ "BYO: image, command, arguments, folder", NULL, NULL,
		BYO("image: i, cmd: run, args: [x], workingDir: /w") "}", "containers/0/command",
		"['run']", &plain },
	{ "BYO: arguments", NULL, NULL, BYO("image: i, args: [x, y]") "}", "containers/0/args",
		"['x','y']", &plain },
	{ "BYO: folder", NULL, NULL, BYO("image: i, workingDir: /w") "}", "containers/0/workingDir",
		"'/w'", &plain },
	{ "BYO: no global pull secret", NULL, NULL, BYO("image: i") "}", "imagePullSecrets", "",
		&rich },
	{ "BYO without a sandbox: no config", NULL, NULL, BYO("image: i") "}", "volumes",
		"[" TOKEN_VOLUME "]", &plain },
	{ "BYO without a sandbox: no path", NULL, NULL, BYO("image: i") "}", "containers/0/env",
		"[" ENV_TAIL "]", &plain },
	{ "BYO with a sandbox: config is mounted", NULL, NULL, BYO("image: i") ", sandbox: {}}",
		"volumes", "[" CONFIG_VOLUME "," TOKEN_VOLUME "]", &plain },
	{ "BYO with a sandbox: and the path told", NULL, NULL, BYO("image: i") ", sandbox: {}}",
		"containers/0/env", "[" ENV_TAIL SRT_PATH "]", &plain },
	{ "BYO with skills: the privilege, no path", NULL, NULL, BYO("image: i") SKILLS "}",
		"containers/0/env",
		"[" ENV_TAIL ",{'name':'KAGENT_SKILLS_FOLDER','value':'/skills'}]", &plain },
	{ "BYO is probed by the runtime of an idle block", NULL, NULL,
		BYO("image: i") ", declarative: {runtime: go}}", "containers/0/readinessProbe",
		PROBE("1", "5", "1"), &plain },
	{ "extra containers follow, each with resources",
		DEPLOYMENT("extraContainers: [{name: x, image: i}]"), "", NULL, "containers/1",
		"{'name':'x','image':'i','resources':{}}", &plain },
};

static char *spec_yaml(const char *declarative, const char *more, const char *byo)
{
	return byo ? agent_yaml(byo) : declarative_yaml(declarative, more);
}

START_TEST(a_pod_is_as_the_spec_says)
{
	AUTO(text) char *agent = spec_yaml(cases[_i].declarative, cases[_i].more, cases[_i].byo);
	AUTO(text) char *yaml = text_format(MODEL_M "%s", agent);
	AUTO(text) char *path = text_format(POD_PATH "%s", cases[_i].at);
	struct cluster cluster = cluster_new(yaml);
	struct agent_objects objects = translated(cases[_i].spec, &cluster, cases[_i].settings);
	AUTO(text) char *got = text_at(objects.sandbox, path);

	want_text(cases[_i].spec, got, cases[_i].want);
	agent_objects_fini(&objects);
	cluster_free(&cluster);
}
END_TEST

static const struct {
	const char *spec, *declarative, *more, *byo, *path, *says;
} refused[] = {
	{ "BYO without a deployment", NULL, NULL, "{type: BYO, byo: {}}", "spec.byo.deployment",
		"BYO deployment spec is required" },
	{ "BYO without an image", NULL, NULL, "{type: BYO, byo: {deployment: {cmd: x}}}",
		"spec.byo.deployment.image", "image is required for BYO deployment" },
	{ "an extra container with the agent's name",
		DEPLOYMENT("extraContainers: [{name: kagent}]"), "", NULL,
		"spec.declarative.deployment.extraContainers[0].name",
		"extraContainers: \"kagent\" is a reserved container name" },
	{ "an extra container that is a text", DEPLOYMENT("extraContainers: [{name: x}, y]"), "",
		NULL, "spec.declarative.deployment.extraContainers[1]",
		"extraContainers: must hold objects" },
	{ "two extra containers of one name", DEPLOYMENT("extraContainers: [{name: x}, {name: x}]"),
		"", NULL, "spec.declarative.deployment.extraContainers[1].name",
		"extraContainers: duplicate container name \"x\"" },
};

START_TEST(a_wrong_pod_is_refused)
{
	AUTO(text)
	char *agent = spec_yaml(refused[_i].declarative, refused[_i].more, refused[_i].byo);
	AUTO(text) char *yaml = text_format(MODEL_M "%s", agent);
	struct cluster cluster = cluster_new(yaml);
	struct agent_objects objects = { 0 };
	struct error err;

	ck_assert_msg(!try_translate(&cluster, &plain, &objects, &err), "%s", refused[_i].spec);
	ck_assert_str_eq(err.text, refused[_i].says);
	ck_assert_str_eq(err.path, refused[_i].path);
	cluster_free(&cluster);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_pod_is_as_the_spec_says, 0, COUNT(cases));
	tcase_add_loop_test(tcase, a_wrong_pod_is_refused, 0, COUNT(refused));
}

FIXTURE_MAIN("pod", add)
