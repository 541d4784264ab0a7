#include "control/serving.h"

#include "kube/client.h"
#include "kube/object.h"

#include <stdio.h>
#include <string.h>

#define POINTER_BYTES 64

/* Whoever brought the CRD names its scope, which never changes. */
static struct json_view find_writer(struct json_view crd)
{
	json_foreach (entry, json_dig(crd, "metadata", "managedFields"))
		if (json_is_present(json_dig(entry, "fieldsV1", "f:spec", "f:scope")))
			return json_get(entry, "manager");
	return (struct json_view){ 0 };
}

/* Left by our write: appliers do not update, and whoever brought the CRD by an update holds more than spec.versions. */
static bool is_left_entry(struct json_view entry, const char *writer)
{
	struct json_view fields = json_get(entry, "fieldsV1");

	return json_text_is(json_get(entry, "manager"), writer) &&
	       json_text_is(json_get(entry, "operation"), "Update") && json_count(fields) == 1 &&
	       json_count(json_get(fields, "f:spec")) == 1 &&
	       json_is_present(json_dig(fields, "f:spec", "f:versions"));
}

static void project_versions(struct json_view crd, struct buffer *out)
{
	const char *comma = "";

	json_foreach (version, json_dig(crd, "spec", "versions")) {
		buffer_printf(out, "%s{\"name\":", comma);
		json_write(out, json_get(version, "name"));
		buffer_printf(out, ",\"served\":%s}",
			json_bool_or(json_get(version, "served"), false) ? "true" : "false");
		comma = ",";
	}
}

void serving_project(void *context, struct json_view crd, struct buffer *out)
{
	const char *writer = json_text_or(find_writer(crd), KUBE_FIELD_MANAGER);
	const char *comma = "";

	(void)context;
	object_begin_kept(out, crd);
	buffer_printf(out, ",\"asked\":%s,\"writer\":",
		json_text_is(json_dig(crd, "metadata", "annotations", SERVING_ANNOTATION), "true")
			? "true"
			: "false");
	if (json_is_present(find_writer(crd)))
		json_write(out, find_writer(crd));
	else
		buffer_puts(out, "\"" KUBE_FIELD_MANAGER "\"");
	buffer_puts(out, ",\"left\":[");
	json_foreach (entry, json_dig(crd, "metadata", "managedFields")) {
		buffer_printf(out, "%s%s", comma, is_left_entry(entry, writer) ? "true" : "false");
		comma = ",";
	}
	buffer_puts(out, "],\"spec\":{\"versions\":[");
	project_versions(crd, out);
	buffer_puts(out, "],\"conversion\":");
	if (json_is_present(json_dig(crd, "spec", "conversion")))
		json_write(out, json_dig(crd, "spec", "conversion"));
	else
		buffer_puts(out, "null");
	buffer_puts(out, "}}");
}

const char *serving_writer(struct json_view crd)
{
	return json_text_or(json_get(crd, "writer"), KUBE_FIELD_MANAGER);
}

bool serving_is_asked(struct json_view crd)
{
	return json_bool_or(json_get(crd, "asked"), false);
}

bool serving_can_convert(struct json_view crd)
{
	struct json_view conversion = json_dig(crd, "spec", "conversion");

	return json_text_is(json_get(conversion, "strategy"), "Webhook") &&
	       *json_text_or(json_dig(conversion, "webhook", "clientConfig", "caBundle"), "") !=
		       '\0';
}

bool serving_is_ready(struct json_view slice)
{
	json_foreach (endpoint, json_get(slice, "endpoints"))
		if (json_bool_or(json_dig(endpoint, "conditions", "ready"), true))
			return true;
	return false;
}

/* Takes `value`. */
static bool add_operation(struct json_object *patch, const char *operation, const char *pointer,
	struct json_object *value, struct error *err)
{
	AUTO(json) struct json_object *held = value;
	struct json_object *made = json_object_new_object();

	if (!made || !json_append(patch, made, err))
		return made ? false : error_no_memory(err);
	return json_set_text(made, "op", operation, err) &&
	       json_set_text(made, "path", pointer, err) &&
	       (!held || json_set(made, "value", take_json(&held), err));
}

static bool add_served(
	struct json_object *patch, struct json_view crd, bool wanted, struct error *err)
{
	char pointer[POINTER_BYTES];
	size_t i = 0;

	json_foreach (version, json_dig(crd, "spec", "versions")) {
		size_t at = i++;

		if (!json_text_is(json_get(version, "name"), "v1alpha3") ||
			json_bool_or(json_get(version, "served"), false) == wanted)
			continue;
		snprintf(pointer, sizeof(pointer), "/spec/versions/%zu/name", at);
		if (!add_operation(patch, "test", pointer, json_new_text("v1alpha3"), err))
			return false;
		snprintf(pointer, sizeof(pointer), "/spec/versions/%zu/served", at);
		return add_operation(
			patch, "replace", pointer, json_object_new_boolean(wanted), err);
	}
	return true;
}

static bool add_release(struct json_object *patch, struct json_view crd, struct error *err)
{
	char pointer[POINTER_BYTES];
	size_t i = 0;

	json_foreach (is_left, json_get(crd, "left")) {
		size_t at = i++;

		if (!json_bool_or(is_left, false))
			continue;
		snprintf(pointer, sizeof(pointer), "/metadata/managedFields/%zu/manager", at);
		if (!add_operation(patch, "test", pointer, json_new_text(serving_writer(crd)), err))
			return false;
		snprintf(pointer, sizeof(pointer),
			"/metadata/managedFields/%zu/fieldsV1/f:spec/f:versions", at);
		if (!add_operation(patch, "test", pointer, json_object_new_object(), err))
			return false;
		snprintf(pointer, sizeof(pointer), "/metadata/managedFields/%zu", at);
		return add_operation(patch, "remove", pointer, NULL, err);
	}
	return true;
}

bool serving_patch(struct json_view crd, bool wanted, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *patch = json_object_new_array();

	if (!patch)
		return error_no_memory(err);
	if (!add_served(patch, crd, wanted, err))
		return false;
	if (!json_object_array_length(patch) && !add_release(patch, crd, err))
		return false;
	*out = json_object_array_length(patch) ? take_json(&patch) : NULL;
	return true;
}
