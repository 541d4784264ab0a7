/*
 * The N-th allocation of a translation fails, for every N until it succeeds: each time a clean "out of memory", nothing lost, and the
 * same objects in the end. Needs our own malloc in front of the C library's, so sanitizer builds pass it over and say so.
 */
#include "agent/translate.h"

#include "common/agent/fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INSTRUMENTED 1
#endif
#endif

#ifndef INSTRUMENTED

#include <openssl/crypto.h>

static const char yaml[] =
	"---\nkind: SandboxAgent\nmetadata: {name: a, namespace: ns, uid: u, labels: {x: y}, "
	"annotations: {n: o}}\n"
	"spec:\n  type: Declarative\n  description: d\n"
	"  skills: {refs: ['r/one:1'], gitRefs: [{url: 'ssh://g@h/two'}], gitAuthSecretRef: {name: "
	"s}, imagePullSecrets: [{name: p}]}\n"
	"  sandbox: {network: {allowedDomains: [a.test, '*bad'], deniedDomains: [b.test]}, "
	"filesystem: {denyRead: [/x]}}\n"
	"  declarative:\n    modelConfig: m\n    systemMessage: '{{range .ToolNames}}{{printf "
	"\"%q\" .}}{{end}} {{include \"c/k\"}}'\n"
	"    promptTemplate: {dataSources: [{name: c}]}\n    memory: {modelConfig: v}\n"
	"    context: {compaction: {summarizer: {modelConfig: v}}}\n"
	"    a2aConfig: {skills: [{name: n, tags: [t]}]}\n"
	"    tools:\n    - {mcpServer: {name: r, kind: RemoteMCPServer, toolNames: [t1, t2]}, "
	"headersFrom: [{name: H, value: v}]}\n"
	"    - {type: Agent, agent: {name: peer}}\n"
	"    deployment: {env: [{name: A, value: b}], resources: {limits: {cpu: 3000m}}, labels: "
	"{l: m}, annotations: {p: q},\n"
	"      extraContainers: [{name: x, image: i}], volumes: [{name: v, emptyDir: {}}]}\n"
	"---\nkind: ModelConfig\nmetadata: {name: m, namespace: ns}\n"
	"spec: {model: gpt, apiKeySecret: s, apiKeySecretKey: k, defaultHeaders: {a: b}, tls: "
	"{caCertSecretRef: ca.x, caCertSecretKey: k}}\n"
	"status: {secretHash: aabb}\n"
	"---\nkind: ModelConfig\nmetadata: {name: v, namespace: ns}\n"
	"spec: {provider: GeminiVertexAI, model: g, apiKeySecret: s, apiKeySecretKey: k, "
	"geminiVertexAI: {projectID: p, location: l}}\n"
	"---\nkind: ConfigMap\nmetadata: {name: c, namespace: ns}\ndata: {k: text}\n"
	"---\nkind: RemoteMCPServer\nmetadata: {name: r, namespace: ns}\n"
	"spec: {url: 'http://tool.ns/x', headersFrom: [{name: K, value: w}], tls: "
	"{caCertSecretRef: ca.y, caCertSecretKey: k}}\n"
	"---\nkind: Agent\nmetadata: {name: peer, namespace: ns}\nspec: {type: BYO, description: "
	"d}\n";

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void __libc_free(void *old);

static bool armed;
static size_t left; /* allocations until one fails */
static size_t seen; /* allocations while armed */
static ptrdiff_t living; /* blocks allocated while armed and not given back */

static bool fails(void)
{
	if (!armed)
		return false;
	seen++;
	return left-- == 0;
}

void *malloc(size_t bytes)
{
	void *made = fails() ? NULL : __libc_malloc(bytes);

	living += armed && made;
	return made;
}

void *calloc(size_t count, size_t bytes)
{
	void *made = fails() ? NULL : __libc_calloc(count, bytes);

	living += armed && made;
	return made;
}

void *realloc(void *old, size_t bytes)
{
	void *made = fails() ? NULL : __libc_realloc(old, bytes);

	living += armed && made && !old;
	return made;
}

void free(void *old)
{
	living -= armed && old;
	__libc_free(old);
}

/* A digest ends the process when its library finds no memory: that one is left alone. */
static void *crypto_malloc(size_t bytes, const char *file, int line)
{
	(void)file, (void)line;
	return __libc_malloc(bytes);
}

static void *crypto_realloc(void *old, size_t bytes, const char *file, int line)
{
	(void)file, (void)line;
	return __libc_realloc(old, bytes);
}

static void crypto_free(void *old, const char *file, int line)
{
	(void)file, (void)line;
	__libc_free(old);
}

static bool translate_failing(const struct cluster *cluster, const struct agent_settings *settings,
	size_t at, char hash[32], struct error *err)
{
	struct agent_world world = shelf_world(cluster->shelf);
	struct json_view agent = json_root(cluster->documents[0].doc);
	struct agent_objects objects = { 0 };
	bool ok;

	left = at;
	seen = 0;
	living = 0;
	armed = true;
	ok = agent_translate(settings, &world, agent, &objects, err);
	if (ok)
		memcpy(hash, objects.config_hash, 32);
	agent_objects_fini(&objects);
	armed = false;
	return ok;
}

START_TEST(no_memory_at_any_place_is_an_error_and_nothing_else)
{
	const struct agent_settings settings = { .proxy_url = "http://p.test:1",
		.default_pod_labels = "team=red",
		.skills_init_image = "i",
		.image_pull_secret = "g" };
	struct cluster cluster = cluster_new(yaml);
	struct error err = { 0 };
	char want[32] = "";
	char hash[32] = "";
	size_t places;

	ck_assert_int_eq(CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free), 1);
	ck_assert_msg(translate_failing(&cluster, &settings, SIZE_MAX, want, &err), "%s", err.text);
	places = seen;
	ck_assert_uint_gt(places, 300);
	for (size_t at = 0; at < places; at++) {
		err = (struct error){ 0 };
		if (translate_failing(&cluster, &settings, at, hash, &err))
			ck_assert_msg(strcmp(hash, want) == 0, "allocation %zu: other objects", at);
		else
			ck_assert_msg(
				err.code == ERR_NO_MEMORY, "allocation %zu: %s", at, err.text);
		ck_assert_msg(living == 0, "allocation %zu: %td blocks are lost", at, living);
	}
	cluster_free(&cluster);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, no_memory_at_any_place_is_an_error_and_nothing_else);
}

FIXTURE_MAIN("translate memory", add)

#else

int main(void)
{
	puts("skipped: the sanitizer owns malloc");
	return 77;
}

#endif
