#include "certs/placement.h"

#include "base/text.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *spec;
	enum placement_kind kind;
	const char *object, *patch; /* with ' for "; "" = none */
} cases[] = {
	{ "a missing bundle is put in, beside a test of the webhook's name", PLACEMENT_WEBHOOKS,
		"{'webhooks':[{'name':'a','clientConfig':{'url':'u'}}]}",
		"[{'op':'test','path':'/webhooks/0/name','value':'a'},"
		"{'op':'add','path':'/webhooks/0/clientConfig/caBundle','value':'NEW'}]" },
	{ "a right one stays", PLACEMENT_WEBHOOKS,
		"{'webhooks':[{'name':'a','clientConfig':{'caBundle':'NEW'}}]}", "" },
	{ "only the wrong one of two is written", PLACEMENT_WEBHOOKS,
		"{'webhooks':[{'name':'a','clientConfig':{'caBundle':'NEW'}},"
		"{'name':'b','clientConfig':{'caBundle':'OLD'}}]}",
		"[{'op':'test','path':'/webhooks/1/name','value':'b'},"
		"{'op':'add','path':'/webhooks/1/clientConfig/caBundle','value':'NEW'}]" },
	{ "an object that is not there needs nothing", PLACEMENT_WEBHOOKS, "{}", "" },
	{ "a CRD whose conversion is a webhook's", PLACEMENT_CRD,
		"{'spec':{'conversion':{'strategy':'Webhook','webhook':{'clientConfig':{}}}}}",
		"[{'op':'test','path':'/spec/conversion/"
		"strategy','value':'Webhook'},{'op':'add','path':"
		"'/spec/conversion/webhook/clientConfig/caBundle','value':'NEW'}]" },
	{ "a CRD without conversion needs nothing", PLACEMENT_CRD,
		"{'spec':{'conversion':{'strategy':'None'}}}", "" },
};

static char *quoted(const char *text)
{
	char *copy = text_copy(text, strlen(text));

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

START_TEST(patches_follow_spec)
{
	AUTO(text) char *text = quoted(cases[_i].object);
	AUTO(text) char *wanted = quoted(cases[_i].patch);
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(json) struct json_object *patch = NULL;
	AUTO(buffer) struct buffer got = { 0 };

	ck_assert(json_doc_copy(text, strlen(text), NULL, &doc, NULL));
	ck_assert(placement_patch(cases[_i].kind, json_root(doc), "NEW", &patch, NULL));
	if (patch)
		json_value_write(&got, patch);
	ck_assert_msg(
		strcmp(got.data ? got.data : "", wanted) == 0, "%s: %s", cases[_i].spec, got.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("certs/placement");
	TCase *tests = tcase_create("placement");

	tcase_add_loop_test(tests, patches_follow_spec, 0, COUNT(cases));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
