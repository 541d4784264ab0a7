/* Conversion reviews. An answer of 200 is a ConversionReview with as many objects as were asked for, or with a reason. */
#include "webhook/conversion.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(buffer) struct buffer request = { 0 };
	AUTO(buffer) struct buffer answer = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view response;
	size_t converted;
	int status;

	buffer_append(&request, data, bytes);
	status = conversion_answer(&request, &answer, &converted);
	require(!answer.failed && answer.bytes);
	if (status != 200) {
		require((status == 400 || status == 413) && converted == 0);
		return 0;
	}
	require(json_doc_parse(&answer, &(struct json_limits){ .bytes = 64 << 20 }, &doc, NULL));
	response = json_get(json_root(doc), "response");
	require(json_text(json_get(response, "uid"), NULL) != NULL);
	require(json_count(json_get(response, "convertedObjects")) == converted);
	if (json_text_is(json_dig(response, "result", "status"), "Failure"))
		require(converted == 0 &&
			json_text_or(json_dig(response, "result", "message"), "")[0]);
	return 0;
}
