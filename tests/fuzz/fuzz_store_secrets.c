/* What is left of a JSON event is that event without its members that carry credentials; no other text is broken either. */
#include "json/value.h"
#include "store/jobs.h"

#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool is_secret(const char *key)
{
	static const char *const names[] = { "authorization", "proxy-authorization",
		"x-forwarded-authorization", "x-original-authorization", "x-forwarded-access-token",
		"x-auth-request-access-token", "cookie", "set-cookie" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(names[i], key) == 0)
			return true;
	return false;
}

static void check_same(struct json_view before, struct json_view after)
{
	struct json_view beside = json_first(after);

	check(json_kind(before) == json_kind(after));
	if (json_kind(before) < JSON_ARRAY) {
		check(json_equal(before, after));
		return;
	}
	json_foreach (child, before) {
		if (json_key(child, NULL) && is_secret(json_key(child, NULL)))
			continue;
		check(json_kind(beside) != JSON_NONE);
		if (json_key(child, NULL))
			check(strcmp(json_key(child, NULL), json_key(beside, NULL)) == 0);
		check_same(child, beside);
		beside = json_next(after, beside);
	}
	check(json_kind(beside) == JSON_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(buffer) struct buffer out = { 0 };
	AUTO(json_doc) struct json_doc *before = NULL;
	AUTO(json_doc) struct json_doc *after = NULL;

	buffer_append(&text, data, bytes);
	secrets_strip(&out, text.data);
	check(out.bytes <= text.bytes && strlen(out.data) == out.bytes);
	if (!json_doc_parse(&text, NULL, &before, NULL))
		return 0;
	check(json_doc_parse(&out, NULL, &after, NULL));
	check_same(json_root(before), json_root(after));
	return 0;
}
