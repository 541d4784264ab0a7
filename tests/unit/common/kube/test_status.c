#include "kube/status.h"
#include "support/suite.h"

#include <stdlib.h>

static const struct {
	const char *spec;
	int status;
	const char *body, *retry_after;
	enum error_code code;
	uint32_t wait_ms;
	const char *text, *path;
} cases[] = {
	{ "400", 400, "{\"message\":\"m\"}", NULL, ERR_INVALID, 0, "m", "" },
	{ "401", 401, "{\"message\":\"m\"}", NULL, ERR_DENIED, 0, "m", "" },
	{ "403", 403, "{\"message\":\"m\"}", NULL, ERR_DENIED, 0, "m", "" },
	{ "404", 404, "404 page not found", NULL, ERR_NOT_FOUND, 0,
		"the API server answered with HTTP status 404", "" },
	{ "405", 405, "", NULL, ERR_UNSUPPORTED, 0, "the API server answered with HTTP status 405",
		"" },
	{ "406", 406, "", NULL, ERR_UNSUPPORTED, 0, "the API server answered with HTTP status 406",
		"" },
	{ "409 is a conflict", 409, "{\"message\":\"m\",\"reason\":\"Conflict\"}", NULL,
		ERR_CONFLICT, 0, "m", "" },
	{ "409 of a create", 409, "{\"message\":\"m\",\"reason\":\"AlreadyExists\"}", NULL,
		ERR_EXISTS, 0, "m", "" },
	{ "410", 410, "{\"message\":\"m\"}", NULL, ERR_GONE, 0, "m", "" },
	{ "413", 413, "{\"message\":\"m\"}", NULL, ERR_TOO_LARGE, 0, "m", "" },
	{ "415", 415, "{\"message\":\"m\"}", NULL, ERR_UNSUPPORTED, 0, "m", "" },
	{ "422 names the first field", 422,
		"{\"message\":\"m\",\"details\":{\"causes\":[{\"field\":\"spec.x\"},{\"field\":"
		"\"spec.y\"}]}}",
		NULL, ERR_INVALID, 0, "m", "spec.x" },
	{ "429 with Retry-After", 429, "{\"message\":\"m\"}", "7", ERR_THROTTLED, 7000, "m", "" },
	{ "429 without", 429, "{\"message\":\"m\"}", NULL, ERR_THROTTLED, 0, "m", "" },
	{ "429 with details", 429, "{\"message\":\"m\",\"details\":{\"retryAfterSeconds\":3}}",
		NULL, ERR_THROTTLED, 3000, "m", "" },
	{ "503 with Retry-After", 503, "{\"message\":\"m\"}", "1", ERR_THROTTLED, 1000, "m", "" },
	{ "503 without", 503, "{\"message\":\"m\"}", NULL, ERR_IO, 0, "m", "" },
	{ "500", 500, "{\"message\":\"m\"}", NULL, ERR_IO, 0, "m", "" },
	{ "a date as Retry-After is a second", 429, "{\"message\":\"m\"}",
		"Wed, 25 Nov 2026 02:00:00 GMT", ERR_THROTTLED, 1000, "m", "" },
	{ "an absurd Retry-After is cut", 429, "{\"message\":\"m\"}", "999999999", ERR_THROTTLED,
		300000, "m", "" },
	{ "a redirect is no answer", 302, "", NULL, ERR_IO, 0,
		"the API server answered with HTTP status 302", "" },
	{ "a body that is no Status", 500, "<html>", NULL, ERR_IO, 0,
		"the API server answered with HTTP status 500", "" },
	{ "a message with line breaks is one line", 500, "{\"message\":\"a\\nb\"}", NULL, ERR_IO, 0,
		"a b", "" },
};

START_TEST(answers_become_errors)
{
	struct error err = { 0 };

	kube_status_error(cases[_i].status, cases[_i].body, strlen(cases[_i].body),
		cases[_i].retry_after, &err);
	ck_assert_msg(
		err.code == cases[_i].code, "%s: %s", cases[_i].spec, error_code_name(err.code));
	ck_assert_msg(err.retry_after_ms == cases[_i].wait_ms, "%s: %u ms", cases[_i].spec,
		err.retry_after_ms);
	ck_assert_msg(strcmp(err.text, cases[_i].text) == 0, "%s: %s", cases[_i].spec, err.text);
	ck_assert_msg(strcmp(err.path, cases[_i].path) == 0, "%s: %s", cases[_i].spec, err.path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, answers_become_errors, 0, (int)COUNT(cases));
	return suite_run(suite);
}
