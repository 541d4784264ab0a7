#include "control/sandbox_api.h"

#include "control/sandbox_schema.h"

#include <string.h>

static struct json_view schema_of(struct json_view version)
{
	return json_dig(version, "schema", "openAPIV3Schema", "properties", "spec");
}

static void read_fields(struct json_view schema, struct sandbox_api *api)
{
	AUTO(buffer) struct buffer text = { 0 };

	json_write_canonical(&text, schema);
	if (!text.failed)
		digest_sha256(text.data, text.bytes, api->fields);
}

struct sandbox_api sandbox_api_read(struct json_view crd)
{
	struct sandbox_api api = { 0 };

	if (!json_text_is(json_get(object_condition(crd, "Established"), "status"), "True"))
		return api;
	json_foreach (version, json_dig(crd, "spec", "versions")) {
		bool is_v1beta1 = json_text_is(json_get(version, "name"), "v1beta1");

		if (!json_bool_or(json_get(version, "served"), false) || api.is_v1beta1)
			continue;
		if (!is_v1beta1 && !json_text_is(json_get(version, "name"), "v1alpha1"))
			continue;
		api.is_v1beta1 = is_v1beta1;
		api.resource = is_v1beta1 ? &kube_sandboxes_v1beta1 : &kube_sandboxes_v1alpha1;
		api.has_service =
			json_is_present(json_dig(schema_of(version), "properties", "service"));
		read_fields(schema_of(version), &api);
	}
	return api;
}

struct json_view sandbox_api_schema(const struct sandbox_api *api, struct json_view crd)
{
	json_foreach (version, json_dig(crd, "spec", "versions"))
		if (api->resource &&
			json_text_is(json_get(version, "name"), api->resource->version))
			return schema_of(version);
	return (struct json_view){ 0 };
}

bool sandbox_api_equal(const struct sandbox_api *a, const struct sandbox_api *b)
{
	return a->resource == b->resource && memcmp(a->fields, b->fields, sizeof(a->fields)) == 0;
}

void sandbox_api_project(void *context, struct json_view crd, struct buffer *out)
{
	const char *comma = "";

	(void)context;
	object_begin_kept(out, crd);
	buffer_puts(out, ",\"spec\":{\"versions\":[");
	json_foreach (version, json_dig(crd, "spec", "versions")) {
		buffer_printf(out, "%s{\"name\":", comma);
		json_write(out, json_get(version, "name"));
		buffer_puts(out, ",\"served\":");
		json_write(out, json_get(version, "served"));
		buffer_puts(out, ",\"schema\":{\"openAPIV3Schema\":{\"properties\":{\"spec\":");
		sandbox_schema_project(schema_of(version), out);
		buffer_puts(out, "}}}}");
		comma = ",";
	}
	buffer_puts(out, "]},\"status\":{\"conditions\":");
	if (json_is_present(json_dig(crd, "status", "conditions")))
		json_write(out, json_dig(crd, "status", "conditions"));
	else
		buffer_puts(out, "[]");
	buffer_puts(out, "}}");
}
