#include "webhook/admission.h"

#include "base/base64.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>

/* Texts are written with ' for ". */
#define REVIEW(x)                                                                                  \
	"{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{'uid':'u1'," x "}}"
#define KIND "'kind':{'group':'kagent.dev','version':'v1alpha2','kind':'SandboxAgent'},'name':'a',"
#define AGENT(x)                                                                                   \
	"{'apiVersion':'kagent.dev/"                                                               \
	"v1alpha2','kind':'SandboxAgent','metadata':{'name':'a'},'spec':{" x "}}"
#define GOOD "'type':'Declarative','declarative':{'systemMessage':'hi'}"
#define DONE                                                                                       \
	"'type':'Declarative','platform':'agent-sandbox','declarative':{'systemMessage':'hi',"     \
	"'runtime':'python','modelConfig':'m'},'sandbox':{'network':{'allowedDomains':[]}}"
#define BAD                                                                                        \
	"'type':'Declarative','declarative':{'systemMessage':'hi'},'sandbox':{'network':{"         \
	"'allowedDomains':['*example.com','*.github.io','x']}}"
#define HEAD(allowed)                                                                              \
	"{'kind':'AdmissionReview','apiVersion':'admission.k8s.io/"                                \
	"v1','response':{'uid':'u1','allowed':" allowed
#define PASSED HEAD("true") "}}"
#define STAR                                                                                       \
	"\\\"*example.com\\\": a wildcard needs a dot behind the star: write "                     \
	"\\\"*.example.com\\\""
#define LABEL                                                                                      \
	"\\\"x\\\": a name of one label is never matched: write it in full, such as "              \
	"\\\"x.NAMESPACE.svc.cluster.local\\\" for a Service"
#define REFUSED                                                                                    \
	HEAD("false")                                                                              \
	",'status':{'metadata':{},'status':'Failure','message':'"                                  \
	"spec.sandbox.network.allowedDomains[0]: " STAR                                            \
	"\\nspec.sandbox.network.allowedDomains[2]: " LABEL                                        \
	"','reason':'Invalid','details':{'name':'a','group':'kagent.dev','kind':'SandboxAgent',"   \
	"'causes':[{'reason':'FieldValueInvalid','message':'" STAR "','field':"                    \
	"'spec.sandbox.network.allowedDomains[0]'},{'reason':'FieldValueInvalid','message':"       \
	"'" LABEL                                                                                  \
	"','field':'spec.sandbox.network.allowedDomains[2]'}]},'code':422},'warnings':['"          \
	"spec.sandbox.network.allowedDomains[1]: \\\"*.github.io\\\": everybody can own a host "   \
	"below "                                                                                   \
	"this public suffix: list the hosts or domains you mean']}}"

static const struct {
	const char *spec;
	unsigned long endpoint; /* as wide as the rest, so that rows have no holes */
	const char *request;
	long status;
	const char *answer;
} cases[] = {
	{ "a good agent is allowed", ADMISSION_VALIDATE,
		REVIEW(KIND "'operation':'CREATE','object':" AGENT(GOOD)), 200, PASSED },
	{ "a bad agent is refused with all causes in order", ADMISSION_VALIDATE,
		REVIEW(KIND "'operation':'CREATE','object':" AGENT(BAD)), 200, REFUSED },
	{ "and so before the schema is consulted", ADMISSION_MUTATE,
		REVIEW(KIND "'operation':'CREATE','object':" AGENT(BAD)), 200, REFUSED },
	{ "a dry run has the same verdict", ADMISSION_VALIDATE,
		REVIEW(KIND "'operation':'CREATE','dryRun':true,'object':" AGENT(BAD)), 200,
		REFUSED },
	{ "updates are reviewed", ADMISSION_VALIDATE,
		REVIEW(KIND
			"'operation':'UPDATE','object':" AGENT(BAD) ",'oldObject':" AGENT(GOOD)),
		200, REFUSED },
	{ "warnings go with what is allowed", ADMISSION_VALIDATE,
		REVIEW(KIND "'operation':'CREATE','object':" AGENT(
			"'declarative':{'systemMessage':'hi'},'skills':{}")),
		200,
		HEAD("true") ",'warnings':['spec.skills: names no skill: add refs or gitRefs, or "
			     "leave it "
			     "out']}}" },
	{ "and are not told by the mutating endpoint too", ADMISSION_MUTATE,
		REVIEW(KIND "'operation':'CREATE','object':" AGENT(DONE ",'skills':{}")), 200,
		PASSED },
	{ "nothing to add means no patch", ADMISSION_MUTATE,
		REVIEW(KIND "'operation':'CREATE','object':" AGENT(DONE)), 200, PASSED },
	{ "a label changes nothing else", ADMISSION_MUTATE,
		REVIEW(KIND
			"'operation':'UPDATE','object':" AGENT(GOOD) ",'oldObject':" AGENT(GOOD)),
		200, PASSED },
	{ "what is stored may be labelled, bad or not", ADMISSION_MUTATE,
		REVIEW(KIND "'operation':'UPDATE','object':{'spec':{}},'oldObject':{'spec':{}}"),
		200, PASSED },
	{ "deletions pass", ADMISSION_VALIDATE,
		REVIEW(KIND "'operation':'DELETE','object':null,'oldObject':" AGENT(BAD)), 200,
		PASSED },
	{ "status writes pass untouched", ADMISSION_MUTATE,
		REVIEW(KIND "'operation':'UPDATE','subResource':'status','object':" AGENT(BAD)),
		200, PASSED },
	{ "other kinds pass untouched", ADMISSION_MUTATE,
		REVIEW("'kind':{'group':'kagent.dev','version':'v1alpha2','kind':'Agent'},'"
		       "operation':'CREATE',"
		       "'object':{}"),
		200, PASSED },
	{ "an agent made by generateName is named by nothing", ADMISSION_VALIDATE,
		REVIEW("'kind':{'group':'kagent.dev','version':'v1alpha2','kind':'SandboxAgent'},"
		       "'operation':'CREATE','object':{'metadata':{'generateName':'a-'}}"),
		200,
		HEAD("false") ",'status':{'metadata':{},'status':'Failure','message':'spec: is "
			      "required: an agent "
			      "has a type, and declarative or "
			      "byo','reason':'Invalid','details':{'name':'','group':"
			      "'kagent.dev','kind':'SandboxAgent','causes':[{'reason':'"
			      "FieldValueRequired',"
			      "'message':'is required: an agent has a type, and declarative or "
			      "byo','field':'spec'}]}"
			      ",'code':422}}}" },

	{ "an empty body", ADMISSION_VALIDATE, "", 400, "the text is empty: JSON is expected\n" },
	{ "half a review", ADMISSION_VALIDATE, "{'apiVersion'", 400, NULL },
	{ "a duplicate key", ADMISSION_VALIDATE, "{'kind':'a','kind':'b'}", 400,
		"duplicate key 'kind' at line 1 column 13\n" },
	{ "bytes after the review", ADMISSION_VALIDATE, "{}{}", 400, NULL },
	{ "another kind", ADMISSION_VALIDATE, "{'apiVersion':'admission.k8s.io/v1','kind':'Pod'}",
		400, "the body is no AdmissionReview: its kind says so\n" },
	{ "a list", ADMISSION_VALIDATE, "[]", 400,
		"the body is no AdmissionReview: its kind says so\n" },
	{ "an old version", ADMISSION_VALIDATE,
		"{'apiVersion':'admission.k8s.io/v1beta1','kind':'AdmissionReview'}", 400,
		"the AdmissionReview is not of admission.k8s.io/v1, the only version spoken "
		"here\n" },
	{ "no request", ADMISSION_VALIDATE,
		"{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview'}", 400,
		"the AdmissionReview has no request\n" },
	{ "no uid", ADMISSION_VALIDATE,
		"{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{'uid':7}}",
		400, "the AdmissionReview's request has no uid\n" },
	{ "no operation", ADMISSION_VALIDATE, REVIEW("'x':1"), 400,
		"the AdmissionReview's request has no operation\n" },
	{ "no object", ADMISSION_VALIDATE, REVIEW(KIND "'operation':'CREATE'"), 400,
		"the AdmissionReview's request has no object\n" },
};

static void quote(struct buffer *out, const char *text)
{
	buffer_puts(out, text);
	for (size_t i = 0; i < out->bytes; i++)
		if (out->data[i] == '\'')
			out->data[i] = '"';
}

static const struct admission_settings settings = { .default_model_config =
							    "default-model-config" };

START_TEST(answers_follow_spec)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	AUTO(buffer) struct buffer wanted = { 0 };
	enum admission_verdict verdict;
	int status;

	quote(&request, cases[_i].request);
	status = admission_answer(&settings, (enum admission_endpoint)cases[_i].endpoint, &request,
		&answer, &verdict);
	ck_assert_msg(status == cases[_i].status, "%s: %d %s", cases[_i].spec, status, answer.data);
	ck_assert((status == 200) == (verdict != ADMISSION_MALFORMED));
	if (!cases[_i].answer)
		return;
	quote(&wanted, cases[_i].answer);
	/* Apostrophes are quotes in the table: compare with them so on both sides. */
	for (char *c = answer.data; *c; c++)
		if (*c == '\'')
			*c = '"';
	ck_assert_msg(strcmp(answer.data, wanted.data) == 0, "%s:\n%s\nwanted:\n%s", cases[_i].spec,
		answer.data, wanted.data);
}
END_TEST

START_TEST(defaults_are_a_patch)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	AUTO(buffer) struct buffer patch = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	enum admission_verdict verdict;
	struct json_view response;
	size_t bytes;
	const char *encoded;

	quote(&request, REVIEW(KIND "'operation':'CREATE','object':" AGENT(GOOD)));
	ck_assert_int_eq(
		admission_answer(&settings, ADMISSION_MUTATE, &request, &answer, &verdict), 200);
	ck_assert_int_eq(verdict, ADMISSION_PATCHED);
	ck_assert(json_doc_parse(&answer, NULL, &doc, NULL));
	response = json_get(json_root(doc), "response");
	ck_assert(json_text_is(json_get(response, "patchType"), "JSONPatch"));
	encoded = json_text(json_get(response, "patch"), &bytes);
	ck_assert(base64_decode(encoded, bytes, &patch, NULL));
	ck_assert_str_eq(patch.data,
		"[{\"op\":\"add\",\"path\":\"/spec/platform\",\"value\":\"agent-sandbox\"},"
		"{\"op\":\"add\",\"path\":\"/spec/declarative/runtime\",\"value\":\"python\"},"
		"{\"op\":\"add\",\"path\":\"/spec/declarative/"
		"modelConfig\",\"value\":\"default-model-config\"},"
		"{\"op\":\"add\",\"path\":\"/spec/"
		"sandbox\",\"value\":{\"network\":{\"allowedDomains\":[]}}}]");
}
END_TEST

START_TEST(a_uid_is_echoed_as_it_is)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	enum admission_verdict verdict;

	buffer_puts(&request,
		"{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
		"\"request\":{\"uid\":\"a\\\"\\u00e9\\n\",\"operation\":\"CONNECT\"}}");
	ck_assert_int_eq(
		admission_answer(&settings, ADMISSION_VALIDATE, &request, &answer, &verdict), 200);
	ck_assert(json_doc_parse(&answer, NULL, &doc, NULL));
	ck_assert(json_text_is(json_dig(json_root(doc), "response", "uid"), "a\"\303\251\n"));
}
END_TEST

START_TEST(large_and_deep_bodies_are_refused)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	enum admission_verdict verdict;

	for (int i = 0; i < 1000; i++)
		buffer_putc(&request, '[');
	ck_assert_int_eq(
		admission_answer(&settings, ADMISSION_VALIDATE, &request, &answer, &verdict), 413);
	buffer_clear(&request);
	buffer_putc(&request, '"');
	for (int i = 0; i < 4 << 20; i++)
		buffer_putc(&request, 'a');
	buffer_putc(&request, '"');
	ck_assert_int_eq(
		admission_answer(&settings, ADMISSION_VALIDATE, &request, &answer, &verdict), 413);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("webhook/admission");
	TCase *tests = tcase_create("admission");

	tcase_add_loop_test(tests, answers_follow_spec, 0, COUNT(cases));
	tcase_add_test(tests, defaults_are_a_patch);
	tcase_add_test(tests, a_uid_is_echoed_as_it_is);
	tcase_add_test(tests, large_and_deep_bodies_are_refused);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
