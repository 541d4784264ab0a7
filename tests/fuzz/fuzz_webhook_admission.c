/* Admission reviews. An answer of 200 is an AdmissionReview that echoes the uid; its patch and causes are well formed. */
#include "base/base64.h"
#include "webhook/admission.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_patch(struct json_view response)
{
	AUTO(buffer) struct buffer patch = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	size_t bytes;
	const char *text = json_text(json_get(response, "patch"), &bytes);

	if (!text)
		return;
	require(base64_decode(text, bytes, &patch, NULL));
	require(json_doc_parse(&patch, NULL, &doc, NULL));
	require(json_count(json_root(doc)) > 0);
}

static void check_answer(struct buffer *answer, enum admission_verdict verdict)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view response;
	struct error err;

	require(json_doc_parse(answer, &(struct json_limits){ .bytes = 64 << 20 }, &doc, &err));
	response = json_get(json_root(doc), "response");
	require(json_text(json_get(response, "uid"), NULL) != NULL);
	require(json_bool_or(json_get(response, "allowed"), verdict == ADMISSION_REFUSED) ==
		(verdict != ADMISSION_REFUSED));
	require((json_count(json_dig(response, "status", "details", "causes")) > 0) ==
		(verdict == ADMISSION_REFUSED));
	check_patch(response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const struct admission_settings settings = { "default-model-config", { false } };
	enum admission_endpoint endpoint =
		bytes && data[0] & 1 ? ADMISSION_MUTATE : ADMISSION_VALIDATE;
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	enum admission_verdict verdict;
	int status;

	if (bytes)
		buffer_append(&request, data + 1, bytes - 1);
	status = admission_answer(&settings, endpoint, &request, &answer, &verdict);
	require(!answer.failed && answer.bytes);
	if (status == 200)
		check_answer(&answer, verdict);
	else
		require(verdict == ADMISSION_MALFORMED && (status == 400 || status == 413));
	return 0;
}
