#include "control/sandbox_api.h"

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
		api.has_service = json_is_present(json_dig(version, "schema", "openAPIV3Schema",
			"properties", "spec", "properties", "service"));
	}
	return api;
}

bool sandbox_api_equal(const struct sandbox_api *a, const struct sandbox_api *b)
{
	return a->resource == b->resource && a->has_service == b->has_service;
}

void sandbox_api_project(void *context, struct json_view crd, struct buffer *out)
{
	const char *comma = "";

	(void)context;
	object_begin_kept(out, crd);
	buffer_puts(out, ",\"spec\":{\"versions\":[");
	json_foreach (version, json_dig(crd, "spec", "versions")) {
		struct json_view service = json_dig(version, "schema", "openAPIV3Schema",
			"properties", "spec", "properties", "service");

		buffer_printf(out, "%s{\"name\":", comma);
		json_write(out, json_get(version, "name"));
		buffer_puts(out, ",\"served\":");
		json_write(out, json_get(version, "served"));
		if (json_is_present(service)) {
			buffer_puts(out,
				",\"schema\":{\"openAPIV3Schema\":{\"properties\":{\"spec\":{"
				"\"properties\":{\"service\":");
			json_write(out, service);
			buffer_puts(out, "}}}}}");
		}
		buffer_putc(out, '}');
		comma = ",";
	}
	buffer_puts(out, "]},\"status\":{\"conditions\":");
	if (json_is_present(json_dig(crd, "status", "conditions")))
		json_write(out, json_dig(crd, "status", "conditions"));
	else
		buffer_puts(out, "[]");
	buffer_puts(out, "}}");
}
