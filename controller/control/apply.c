#include "control/apply.h"

#include "base/digest.h"
#include "control/names.h"
#include "json/patch.h"
#include "kube/object.h"

#include <stdio.h>
#include <string.h>

/* No part of the hash. */
static const char *const unhashed[] = { ANNOTATION_APPLIED, ANNOTATION_CHANGED_AT,
	ANNOTATION_GENERATION };

void apply_text_fini(struct apply_text *text)
{
	buffer_fini(&text->canonical);
}

bool apply_stamp(struct json_object *object, struct apply_text *text, char hash[APPLY_HASH_BYTES],
	struct error *err)
{
	struct json_object *metadata = json_need_object(object, "metadata");
	struct json_object *annotations =
		metadata ? json_need_object(metadata, "annotations") : NULL;
	struct buffer *canonical = &text->canonical;
	uint8_t digest[DIGEST_SHA256_BYTES];

	if (!annotations)
		return error_no_memory(err);
	for (size_t i = 0; i < COUNT(unhashed); i++)
		json_object_object_del(annotations, unhashed[i]);
	buffer_clear(canonical);
	text->annotations_at = json_value_write_canonical_with(canonical, object, annotations);
	if (!buffer_ok(canonical, err))
		return false;
	digest_sha256(canonical->data, canonical->bytes, digest);
	digest_hex(digest, (APPLY_HASH_BYTES - 1) / 2, hash);
	return json_set_text(annotations, ANNOTATION_APPLIED, hash, err);
}

void apply_put_object(struct buffer *out, const struct apply_text *text, struct json_object *object)
{
	const char *rest = text->canonical.data + text->annotations_at;
	const char *comma = "";

	buffer_append(out, text->canonical.data, text->annotations_at);
	for (size_t i = 0; i < COUNT(unhashed); i++) {
		struct json_object *value =
			json_find(object, "metadata", "annotations", unhashed[i]);

		if (!value)
			continue;
		buffer_puts(out, comma);
		json_write_string(out, unhashed[i], strlen(unhashed[i]));
		buffer_putc(out, ':');
		json_value_write(out, value);
		comma = ",";
	}
	if (*rest != '}')
		buffer_puts(out, comma);
	buffer_puts(out, rest);
}

enum apply_verdict apply_judge(struct json_view existing, struct json_view owner, const char *hash)
{
	struct json_view reference = object_controller_owner(existing);

	if (!json_is_present(existing))
		return APPLY_CREATE;
	if (object_is_owned_by(existing, object_uid(owner)))
		return strcmp(object_annotation(existing, ANNOTATION_APPLIED), hash) == 0
			       ? APPLY_CURRENT
			       : APPLY_CHANGE;
	if (json_text_is(json_get(reference, "kind"), "SandboxAgent") &&
		json_text_is(json_get(reference, "name"), object_name(owner)))
		return APPLY_LEFTOVER;
	return APPLY_FOREIGN;
}

void apply_owner_name(struct json_view existing, char *out, size_t out_bytes)
{
	struct json_view reference = object_controller_owner(existing);

	if (!json_is_present(reference))
		snprintf(out, out_bytes, "nobody");
	else
		snprintf(out, out_bytes, "%s %s/%s", json_text_or(json_get(reference, "kind"), "?"),
			object_namespace(existing), json_text_or(json_get(reference, "name"), "?"));
}

/* Adds the members of the existing map that `metadata` does not name itself. */
static bool keep_map(
	struct json_object *metadata, struct json_view existing, const char *key, struct error *err)
{
	struct json_object *map = json_need_object(metadata, key);

	if (!map)
		return error_no_memory(err);
	json_foreach_member (member, json_dig(existing, "metadata", key)) {
		const char *name = json_key(member, NULL);

		if (json_object_object_get_ex(map, name, NULL))
			continue;
		if (!json_set_view(map, name, member, err))
			return false;
	}
	return true;
}

bool apply_replacement(struct json_object *wanted, struct json_view existing,
	struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *whole = NULL;
	struct json_view there = json_get(existing, "metadata");
	struct json_object *metadata;

	if (json_object_deep_copy(wanted, &whole, NULL) != 0)
		return error_no_memory(err);
	metadata = json_need_object(whole, "metadata");
	if (!metadata)
		return error_no_memory(err);
	if (!keep_map(metadata, existing, "labels", err) ||
		!keep_map(metadata, existing, "annotations", err) ||
		!json_set_view(metadata, "finalizers", json_get(there, "finalizers"), err) ||
		!json_set_view(metadata, "uid", json_get(there, "uid"), err) ||
		!json_set_view(
			metadata, "resourceVersion", json_get(there, "resourceVersion"), err))
		return false;
	*out = take_json(&whole);
	return true;
}

bool apply_metadata_patch(struct json_object *wanted, struct json_view existing,
	struct json_object **out, struct error *err)
{
	static const char *const keys[] = { "labels", "annotations", "ownerReferences" };
	AUTO(json) struct json_object *patch = json_object_new_object();
	struct json_object *metadata = patch ? json_need_object(patch, "metadata") : NULL;

	if (!metadata ||
		!json_set_view(metadata, "uid", json_dig(existing, "metadata", "uid"), err))
		return error_no_memory(err);
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct json_object *value = json_find(wanted, "metadata", keys[i]);

		if (value && !json_set(metadata, keys[i], json_object_get(value), err))
			return false;
	}
	*out = take_json(&patch);
	return true;
}

static void patch_put(struct json_patch *patch, const struct path *at, struct json_object *value)
{
	struct buffer text __attribute__((cleanup(auto_buffer))) = { 0 };

	json_value_write(&text, value);
	json_patch_add(patch, at, text.failed ? "" : text.data);
	if (text.failed)
		patch->text.failed = true;
}

/* "add" replaces what stands there; a map that is missing is added whole. */
static void patch_map(struct json_patch *patch, const struct apply_sandbox *change, const char *key)
{
	const struct path *metadata = AT_KEY(NULL, "metadata");
	const struct path *at = AT_KEY(metadata, key);
	struct json_view there = json_dig(change->existing, "metadata", key);
	struct json_object *map = json_find(change->wanted, "metadata", key);

	if (!map)
		return;
	if (!json_is_present(there)) {
		patch_put(patch, at, map);
		return;
	}
	json_object_object_foreach(map, name, value)
	{
		if (!json_text_is(json_get(there, name), json_object_get_string(value)))
			patch_put(patch, AT_KEY(at, name), value);
	}
}

static void patch_mode(struct json_patch *patch, const struct apply_sandbox *change)
{
	const struct path *spec = AT_KEY(NULL, "spec");

	bool suspend = change->mode == APPLY_SUSPEND;

	if (change->mode == APPLY_KEEP_MODE)
		return;
	if (change->v1beta1)
		json_patch_add(patch, AT_KEY(spec, "operatingMode"),
			suspend ? "\"Suspended\"" : "\"Running\"");
	else
		json_patch_add(patch, AT_KEY(spec, "replicas"), suspend ? "0" : "1");
}

static void patch_spec(struct json_patch *patch, const struct apply_sandbox *change)
{
	const struct path *spec = AT_KEY(NULL, "spec");
	struct json_object *service = json_find(change->wanted, "spec", "service");

	patch_put(patch, AT_KEY(spec, "podTemplate"),
		json_find(change->wanted, "spec", "podTemplate"));
	if (service)
		patch_put(patch, AT_KEY(spec, "service"), service);
}

bool apply_sandbox_patch(const struct apply_sandbox *change, char **out, struct error *err)
{
	struct json_patch patch = { 0 };
	AUTO(text) char *operations = NULL;
	bool ok;

	if (change->with_template) {
		patch_map(&patch, change, "labels");
		patch_map(&patch, change, "annotations");
		patch_put(&patch, AT_KEY(AT_KEY(NULL, "metadata"), "ownerReferences"),
			json_find(change->wanted, "metadata", "ownerReferences"));
		patch_spec(&patch, change);
	}
	patch_mode(&patch, change);
	ok = json_patch_take(&patch, &operations, err);
	json_patch_fini(&patch);
	if (!ok)
		return false;
	/* The uid guards against a Sandbox that was deleted and made anew meanwhile. */
	if (asprintf(out, "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"%s\"},%s",
		    object_uid(change->existing), operations + 1) < 0)
		return error_no_memory(err);
	return true;
}
