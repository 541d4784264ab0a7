/* Answers of peers: nothing crashes, and cutting the bytes in two at any place changes nothing of what they mean. */
#include "http/response.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct meaning {
	enum response_event end;
	int status;
	size_t left;
	struct buffer body;
};

static void feed(struct response *response, const char *data, size_t bytes, struct meaning *out)
{
	const char *piece;
	size_t piece_bytes;
	struct error err;

	if (out->end != RESPONSE_MORE) {
		out->left += bytes;
		return;
	}
	do {
		out->end = response_read(response, &data, &bytes, &piece, &piece_bytes, &err);
		if (out->end == RESPONSE_DATA)
			buffer_append(&out->body, piece, piece_bytes);
	} while (out->end == RESPONSE_HEAD || out->end == RESPONSE_DATA);
	if (out->end == RESPONSE_END)
		out->left = bytes;
	out->status = response->status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const char *text = (const char *)data + 2;
	struct response once = { 0 };
	struct response twice = { 0 };
	struct meaning first = { .end = RESPONSE_MORE };
	struct meaning second = { .end = RESPONSE_MORE };
	size_t cut;

	if (bytes < 2)
		return 0;
	bytes -= 2;
	cut = bytes ? (size_t)(data[0] * 256 + data[1]) % (bytes + 1) : 0;
	feed(&once, text, bytes, &first);
	feed(&twice, text, cut, &second);
	feed(&twice, text + cut, bytes - cut, &second);
	if (first.end != second.end || first.body.bytes != second.body.bytes ||
		(first.body.bytes &&
			memcmp(first.body.data, second.body.data, first.body.bytes) != 0))
		abort();
	if (first.end == RESPONSE_END &&
		(first.left != second.left || first.status != second.status))
		abort();
	buffer_fini(&first.body);
	buffer_fini(&second.body);
	response_fini(&once);
	response_fini(&twice);
	return 0;
}
