/* URLs and percent-encoding: nothing crashes, and what was decoded encodes and decodes to itself. */
#include "http/url.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(text) char *text = text_copy((const char *)data, bytes);
	AUTO(text) char *decoded = NULL;
	AUTO(text) char *encoded = NULL;
	AUTO(text) char *again = NULL;
	struct url url = { 0 };
	struct error err;

	if (url_parse(text, &url, &err)) {
		if (!url.scheme || !url.host || !url.path || url.port > 65535)
			abort();
		url_fini(&url);
	}
	if (!url_decode((const char *)data, bytes, &decoded, &err))
		return 0;
	encoded = url_encode(decoded);
	if (!encoded || !url_decode(encoded, strlen(encoded), &again, &err) ||
		strcmp(decoded, again) != 0)
		abort();
	return 0;
}
