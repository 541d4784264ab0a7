#include "certs/placement.h"

#include <stdio.h>

#define POINTER_BYTES 64

static bool add_operation(struct json_object *patch, const char *operation, const char *pointer,
	const char *value, struct error *err)
{
	struct json_object *made = json_object_new_object();

	if (!made || !json_append(patch, made, err))
		return made ? false : error_no_memory(err);
	return json_set_text(made, "op", operation, err) &&
	       json_set_text(made, "path", pointer, err) &&
	       json_set_text(made, "value", value, err);
}

static bool patch_webhooks(
	struct json_object *patch, struct json_view object, const char *bundle64, struct error *err)
{
	char pointer[POINTER_BYTES];
	size_t i = 0;

	json_foreach (webhook, json_get(object, "webhooks")) {
		struct json_view config = json_get(webhook, "clientConfig");
		size_t at = i++;

		if (json_text_is(json_get(config, "caBundle"), bundle64))
			continue;
		snprintf(pointer, sizeof(pointer), "/webhooks/%zu/name", at);
		if (!add_operation(patch, "test", pointer,
			    json_text_or(json_get(webhook, "name"), ""), err))
			return false;
		snprintf(pointer, sizeof(pointer), "/webhooks/%zu/clientConfig/caBundle", at);
		if (!add_operation(patch, "add", pointer, bundle64, err))
			return false;
	}
	return true;
}

static bool patch_crd(
	struct json_object *patch, struct json_view object, const char *bundle64, struct error *err)
{
	struct json_view conversion = json_dig(object, "spec", "conversion");
	struct json_view config = json_dig(conversion, "webhook", "clientConfig");

	if (!json_text_is(json_get(conversion, "strategy"), "Webhook") ||
		json_kind(config) != JSON_OBJECT ||
		json_text_is(json_get(config, "caBundle"), bundle64))
		return true;
	return add_operation(patch, "test", "/spec/conversion/strategy", "Webhook", err) &&
	       add_operation(patch, "add", "/spec/conversion/webhook/clientConfig/caBundle",
		       bundle64, err);
}

bool placement_patch(enum placement_kind kind, struct json_view object, const char *bundle64,
	struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *patch = json_object_new_array();

	if (!patch)
		return error_no_memory(err);
	if (!(kind == PLACEMENT_CRD ? patch_crd : patch_webhooks)(patch, object, bundle64, err))
		return false;
	*out = json_object_array_length(patch) ? take_json(&patch) : NULL;
	return true;
}
