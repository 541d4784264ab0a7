#include "webhook/conversion.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

/* Texts are written with ' for ". */
#define REVIEW(x)                                                                                  \
	"{'apiVersion':'apiextensions.k8s.io/"                                                     \
	"v1','kind':'ConversionReview','request':{'uid':'u1'" x "}}"
#define V2                                                                                         \
	"{'apiVersion':'kagent.dev/"                                                               \
	"v1alpha2','kind':'SandboxAgent','metadata':{'name':'a'},'spec':{'platform':'agent-"       \
	"sandbox'}}"
#define V3                                                                                         \
	"{'apiVersion':'kagent.dev/"                                                               \
	"v1alpha3','kind':'SandboxAgent','metadata':{'name':'a'},'spec':{}}"
#define HEAD                                                                                       \
	"{'kind':'ConversionReview','apiVersion':'apiextensions.k8s.io/"                           \
	"v1','response':{'uid':'u1',"
#define OK "'result':{'status':'Success'}}}"

static const struct {
	const char *spec, *request;
	int status;
	const char *answer;
} cases[] = {
	{ "objects are converted in their order",
		REVIEW(",'desiredAPIVersion':'kagent.dev/v1alpha3','objects':[" V2 "," V3 "]"), 200,
		HEAD "'convertedObjects':[" V3 "," V3 "]," OK },
	{ "and back", REVIEW(",'desiredAPIVersion':'kagent.dev/v1alpha2','objects':[" V3 "]"), 200,
		HEAD "'convertedObjects':[" V2 "]," OK },
	{ "no objects are no failure",
		REVIEW(",'desiredAPIVersion':'kagent.dev/v1alpha2','objects':[]"), 200,
		HEAD "'convertedObjects':[]," OK },
	{ "an unknown version fails with a message",
		REVIEW(",'desiredAPIVersion':'kagent.dev/v9','objects':[" V2 "]"), 200, NULL },
	{ "one object that is none fails the review by its place",
		REVIEW(",'desiredAPIVersion':'kagent.dev/v1alpha3','objects':[" V2 ",7]"), 200,
		NULL },
	{ "objects are needed", REVIEW(",'desiredAPIVersion':'kagent.dev/v1alpha3'"), 400,
		"the ConversionReview's request has no objects\n" },
	{ "another kind", "{'kind':'AdmissionReview'}", 400,
		"the body is no ConversionReview: its kind says so\n" },
	{ "an old version",
		"{'apiVersion':'apiextensions.k8s.io/v1beta1','kind':'ConversionReview'}", 400,
		"the ConversionReview is not of apiextensions.k8s.io/v1, the only version spoken "
		"here\n" },
	{ "half a review", "{'kind':", 400, NULL },
};

static void quote(struct buffer *out, const char *text)
{
	buffer_puts(out, text);
	for (size_t i = 0; i < out->bytes; i++)
		if (out->data[i] == '\'')
			out->data[i] = '"';
}

/* Texts of failures have apostrophes: compare them as quotes. */
static void check_text(size_t i, struct buffer *answer)
{
	AUTO(buffer) struct buffer got = { 0 };
	AUTO(buffer) struct buffer wanted = { 0 };

	quote(&got, answer->data);
	quote(&wanted, cases[i].answer);
	ck_assert_msg(strcmp(got.data, wanted.data) == 0, "%s:\n%s\nwanted:\n%s", cases[i].spec,
		got.data, wanted.data);
}

/* As JSON values: which order members have is the converter's. */
static void check_value(size_t i, struct buffer *answer)
{
	AUTO(buffer) struct buffer wanted = { 0 };
	AUTO(json_doc) struct json_doc *a = NULL;
	AUTO(json_doc) struct json_doc *b = NULL;

	quote(&wanted, cases[i].answer);
	ck_assert(json_doc_copy(answer->data, answer->bytes, NULL, &a, NULL));
	ck_assert(json_doc_parse(&wanted, NULL, &b, NULL));
	ck_assert_msg(
		json_equal(json_root(a), json_root(b)), "%s:\n%s", cases[i].spec, answer->data);
}

START_TEST(answers_follow_spec)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	size_t converted;
	int status;

	quote(&request, cases[_i].request);
	status = conversion_answer(&request, &answer, &converted);
	ck_assert_msg(status == cases[_i].status, "%s: %d %s", cases[_i].spec, status, answer.data);
	if (cases[_i].answer && status == 200)
		check_value((size_t)_i, &answer);
	else if (cases[_i].answer)
		check_text((size_t)_i, &answer);
	else if (status == 200)
		ck_assert_msg(strstr(answer.data, "\"status\":\"Failure\",\"message\":\"") &&
				      !strstr(answer.data, "convertedObjects") && converted == 0,
			"%s: %s", cases[_i].spec, answer.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("webhook/conversion");
	TCase *tests = tcase_create("conversion");

	tcase_add_loop_test(tests, answers_follow_spec, 0, COUNT(cases));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
