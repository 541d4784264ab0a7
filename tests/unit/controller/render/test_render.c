#include "render/render.h"

#include "base/text.h"
#include "json/yaml.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODEL                                                                                      \
	"---\nkind: ModelConfig\nmetadata: {name: m}\nspec: {model: gpt, provider: Bedrock, "      \
	"bedrock: {region: r}}\n"
#define GOOD                                                                                       \
	"---\napiVersion: kagent.dev/v1alpha2\nkind: SandboxAgent\nmetadata: {name: good}\n"       \
	"spec: {declarative: {modelConfig: m, systemMessage: hi}}\n"
#define BAD                                                                                        \
	"---\napiVersion: kagent.dev/v1alpha2\nkind: SandboxAgent\nmetadata: {name: bad, "         \
	"namespace: team}\n"                                                                       \
	"spec: {type: Declarative, declarative: {modelConfig: gone, systemMessage: hi}}\n"
#define V3                                                                                         \
	"---\napiVersion: kagent.dev/v1alpha3\nkind: SandboxAgent\nmetadata: {name: three}\n"      \
	"spec: {type: BYO, byo: {image: i, cmd: run}}\n"
#define LIST                                                                                       \
	"{\"kind\":\"List\",\"items\":[{\"kind\":\"SandboxAgent\",\"metadata\":{\"name\":\"one\"}" \
	","                                                                                        \
	"\"spec\":{\"type\":\"BYO\",\"byo\":{\"deployment\":{\"image\":\"i\"}}}}]}"

static char folder[] = "/tmp/sandgate-render-XXXXXX";

static char *read_all(FILE *file)
{
	AUTO(buffer) struct buffer text = { 0 };
	size_t got;

	rewind(file);
	do {
		char *to = buffer_reserve(&text, 65536);

		got = fread(to, 1, 65536, file);
		buffer_grew(&text, got);
	} while (got);
	fclose(file);
	return buffer_take(&text);
}

static char *write_file(const char *name, const char *text)
{
	char *path = text_format("%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	ck_assert(file);
	fputs(text, file);
	fclose(file);
	return path;
}

/* Runs it with `arguments` (blank-separated, FILE stands for the path) and hands over what it printed. */
static int run(const char *path, const char *arguments, char **out, char **errors)
{
	AUTO(text) char *line = text_format("sandgate-controller render %s", arguments);
	char *argv[32];
	int argc = 0;
	FILE *printed = tmpfile();
	FILE *said = tmpfile();
	int saved_out, saved_err, status;

	for (char *rest = line, *word; (word = strsep(&rest, " "));)
		if (*word)
			argv[argc++] = strcmp(word, "FILE") == 0 ? (char *)path : word;
	argv[argc] = NULL;
	fflush(NULL);
	saved_out = dup(1);
	saved_err = dup(2);
	dup2(fileno(printed), 1);
	dup2(fileno(said), 2);
	status = render_main(argc, argv);
	fflush(NULL);
	dup2(saved_out, 1);
	dup2(saved_err, 2);
	close(saved_out);
	close(saved_err);
	*out = read_all(printed);
	*errors = read_all(said);
	return status;
}

static const struct {
	const char *spec, *text, *arguments;
	int status;
	const char *has, *lacks, *says;
} cases[] = {
	{ "an agent's objects as YAML", MODEL GOOD, "-f FILE", 0, "kind: Sandbox\n", "kind: List",
		"" },
	{ "the defaults of the CRDs are filled in", MODEL GOOD, "-f FILE", 0,
		"\\\"cache_ttl\\\":\\\"5m\\\"", NULL, "" },
	{ "or not",
		MODEL "---\nkind: SandboxAgent\nmetadata: {name: good}\nspec: {type: Declarative, "
		      "declarative: {modelConfig: m, systemMessage: hi}}\n",
		"-f FILE --as-stored -o json", 0, "\"kind\": \"Sandbox\"", "cache_ttl", "" },
	{ "JSON is one List", MODEL GOOD, "-f FILE -o json", 0, "\"kind\": \"List\"", "---", "" },
	{ "the controller's flags count", MODEL GOOD,
		"-f FILE --image-tag 7 --image-registry=r.test", 0,
		"image: r.test/kagent-dev/kagent/app:7", NULL, "" },
	{ "a Sandbox of v1beta1", MODEL GOOD, "-f FILE --sandbox-api v1beta1", 0,
		"operatingMode: Running", "replicas", "" },
	{ "objects live where the flag says", MODEL GOOD, "-f FILE -n team", 0, "namespace: team",
		"namespace: default", "" },
	{ "v1alpha3 is understood", V3, "-f FILE", 0, "command:\n        - run", NULL, "" },
	{ "Lists are taken apart", LIST, "-f FILE", 0, "name: one", NULL, "" },
	{ "a later object replaces an earlier one",
		MODEL BAD GOOD GOOD "---\nkind: SandboxAgent\nmetadata: {name: bad, namespace: "
				    "team}\nspec: {type: BYO, byo: {deployment: {image: later}}}\n",
		"-f FILE", 0, "image: later", NULL, "" },
	{ "a refused agent stops it", MODEL BAD GOOD, "-f FILE", 1, "", "kind",
		"SandboxAgent team/bad (PATH:6): spec.declarative.modelConfig: ModelConfig "
		"team/gone not found\n" },
	{ "or not", MODEL BAD GOOD, "-f FILE --keep-going", 1, "name: good", "name: bad",
		"SandboxAgent team/bad (PATH:6): spec.declarative.modelConfig: ModelConfig "
		"team/gone not found\n" },
	{ "what srt would refuse is named",
		"---\nkind: SandboxAgent\nmetadata: {name: a}\nspec: {type: BYO, byo: {deployment: "
		"{image: i}}, sandbox: {network: {allowedDomains: ['*x', ok.test]}}}\n",
		"-f FILE -o json", 0, "\\\"allowedDomains\\\":[\\\"ok.test\\\"]", NULL,
		"SandboxAgent default/a: warning: \"*x\" is left out of the sandbox's settings: "
		"srt would refuse it\n" },
	{ "a host's second label is a namespace where none is given",
		MODEL
		"---\nkind: RemoteMCPServer\nmetadata: {name: s}\nspec: {url: "
		"'http://tool.tools-ns/x'}\n---\nkind: SandboxAgent\nmetadata: {name: a}\nspec: "
		"{declarative: {modelConfig: m, systemMessage: hi, tools: [{mcpServer: "
		"{name: s, kind: RemoteMCPServer}}]}}\n",
		"-f FILE --proxy-url http://p.test", 0, "http://p.test/x", NULL, "" },
	{ "but not a top-level domain",
		MODEL "---\nkind: RemoteMCPServer\nmetadata: {name: s}\nspec: {url: "
		      "'http://tool.com/x'}\n---\nkind: SandboxAgent\nmetadata: {name: a}\nspec: "
		      "{declarative: {modelConfig: m, systemMessage: hi, tools: [{mcpServer: "
		      "{name: s, kind: RemoteMCPServer}}]}}\n",
		"-f FILE --proxy-url http://p.test", 0, "http://tool.com/x", NULL, "" },
	{ "no file", "", "", 2, "", NULL,
		"sandgate-controller render: nothing to read: write -f PATH; see --help\n" },
	{ "no such file", "", "-f /nonexistent", 2, "", NULL,
		"sandgate-controller render: /nonexistent: No such file or directory\n" },
	{ "an unknown flag", "", "-f FILE --oops", 2, "", NULL,
		"sandgate-controller render: unknown flag --oops; see --help\n" },
	{ "an unknown output", "", "-f FILE -o xml", 2, "", NULL,
		"sandgate-controller render: --output: \"xml\" is unknown: write yaml or json\n" },
	{ "an unknown version", "", "-f FILE --sandbox-api v2", 2, "", NULL,
		"sandgate-controller render: --sandbox-api: \"v2\" is unknown: write v1alpha1 or "
		"v1beta1\n" },
	{ "a text that is no object", "just: text\n", "-f FILE", 2, "", NULL,
		"sandgate-controller render: PATH: line 1: it is no Kubernetes object: it has no "
		"kind\n" },
	{ "nothing to render is no mistake", MODEL, "-f FILE -o json", 0, "\"items\": [", NULL,
		"" },
};

START_TEST(render_prints_what_agents_stand_for)
{
	AUTO(text) char *path = write_file("agents.yaml", cases[_i].text);
	AUTO(text) char *out = NULL;
	AUTO(text) char *errors = NULL;
	AUTO(buffer) struct buffer said = { 0 };
	int status = run(path, cases[_i].arguments, &out, &errors);
	const char *at = errors;

	for (const char *next; (next = strstr(at, path)); at = next + strlen(path)) {
		buffer_append(&said, at, (size_t)(next - at));
		buffer_puts(&said, "PATH");
	}
	buffer_puts(&said, at);
	ck_assert_msg(strcmp(said.data, cases[_i].says) == 0, "%s\n said: %s\nwant: %s",
		cases[_i].spec, said.data, cases[_i].says);
	ck_assert_msg(status == cases[_i].status, "%s: %d", cases[_i].spec, status);
	ck_assert_msg(strstr(out, cases[_i].has), "%s lacks %s:\n%.500s", cases[_i].spec,
		cases[_i].has, out);
	ck_assert_msg(!cases[_i].lacks || !strstr(out, cases[_i].lacks), "%s has %s:\n%.500s",
		cases[_i].spec, cases[_i].lacks, out);
}
END_TEST

START_TEST(folders_are_read_by_name)
{
	AUTO(text) char *inner = text_format("%s/more", folder);
	AUTO(text) char *out = NULL;
	AUTO(text) char *errors = NULL;

	mkdir(inner, 0700);
	AUTO(text) char *one = write_file("a.yml", GOOD);
	AUTO(text)
	char *two = write_file("more/models.json", "{\"kind\":\"ModelConfig\",\"metadata\":{"
						   "\"name\":\"m\"},\"spec\":{\"model\":\"gpt\"}}");
	AUTO(text) char *other = write_file("more/notes.txt", "no yaml: [");

	ck_assert_int_eq(run(folder, "-f FILE", &out, &errors), 0);
	ck_assert_ptr_nonnull(strstr(out, "name: good"));
	unlink(one);
	unlink(two);
	unlink(other);
	rmdir(inner);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("render");
	TCase *tcase = tcase_create("render");
	AUTO(text) char *path = NULL;
	int status;

	if (!mkdtemp(folder))
		return EXIT_FAILURE;
	tcase_add_loop_test(tcase, render_prints_what_agents_stand_for, 0, COUNT(cases));
	tcase_add_test(tcase, folders_are_read_by_name);
	suite_add_tcase(suite, tcase);
	status = suite_run(suite);
	path = text_format("%s/agents.yaml", folder);
	unlink(path);
	rmdir(folder);
	return status;
}
