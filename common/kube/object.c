#include "kube/object.h"

static const char *meta_text(struct json_view object, const char *key)
{
	return json_text_or(json_dig(object, "metadata", key), "");
}

const char *object_name(struct json_view object)
{
	return meta_text(object, "name");
}

const char *object_namespace(struct json_view object)
{
	return meta_text(object, "namespace");
}

const char *object_uid(struct json_view object)
{
	return meta_text(object, "uid");
}

const char *object_rv(struct json_view object)
{
	return meta_text(object, "resourceVersion");
}

const char *object_annotation(struct json_view object, const char *key)
{
	return json_text_or(json_dig(object, "metadata", "annotations", key), "");
}

const char *object_label(struct json_view object, const char *key)
{
	return json_text_or(json_dig(object, "metadata", "labels", key), "");
}

int64_t object_generation(struct json_view object)
{
	return json_int64_or(json_dig(object, "metadata", "generation"), 0);
}

bool object_is_deleting(struct json_view object)
{
	return json_is_present(json_dig(object, "metadata", "deletionTimestamp"));
}

struct json_view object_controller_owner(struct json_view object)
{
	json_foreach (owner, json_dig(object, "metadata", "ownerReferences")) {
		if (json_bool_or(json_get(owner, "controller"), false))
			return owner;
	}
	return (struct json_view){ 0 };
}

bool object_is_owned_by(struct json_view object, const char *owner_uid)
{
	if (!*owner_uid)
		return false;
	json_foreach (owner, json_dig(object, "metadata", "ownerReferences")) {
		if (json_text_is(json_get(owner, "uid"), owner_uid))
			return true;
	}
	return false;
}

struct json_view object_condition(struct json_view object, const char *type)
{
	json_foreach (condition, json_dig(object, "status", "conditions")) {
		if (json_text_is(json_get(condition, "type"), type))
			return condition;
	}
	return (struct json_view){ 0 };
}

/* Digits only, no leading zero, at most 20: what Kubernetes promises to be ordered. */
static bool is_ordered_rv(const char *rv)
{
	size_t digits = strspn(rv, "0123456789");

	return digits > 0 && digits <= 20 && !rv[digits] && rv[0] != '0';
}

bool object_rv_is_older(const char *rv, const char *than)
{
	size_t a;
	size_t b;

	if (!is_ordered_rv(rv) || !is_ordered_rv(than))
		return false;
	a = strlen(rv);
	b = strlen(than);
	return a != b ? a < b : strcmp(rv, than) < 0;
}

void object_begin_kept(struct buffer *out, struct json_view object)
{
	struct json_view metadata = json_get(object, "metadata");

	buffer_puts(out, "{\"metadata\":{\"name\":");
	json_write(out, json_get(metadata, "name"));
	buffer_puts(out, ",\"uid\":");
	json_write(out, json_get(metadata, "uid"));
	buffer_puts(out, ",\"resourceVersion\":");
	json_write(out, json_get(metadata, "resourceVersion"));
	buffer_putc(out, '}');
}
