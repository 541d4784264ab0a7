#include "agent/reference.h"

#include "base/base64.h"

static struct json_view plain_value(enum agent_kind kind, struct json_view object, const char *key)
{
	return json_get(json_get(object, kind == AGENT_KIND_SECRET ? "stringData" : "data"), key);
}

bool reference_secret_has(struct json_view secret, const char *key)
{
	return json_text(json_dig(secret, "stringData", key), NULL) ||
	       json_text(json_dig(secret, "data", key), NULL);
}

static bool put_value(enum agent_kind kind, struct json_view object, const char *ns,
	const char *name, const char *key, const struct path *at, struct buffer *out,
	struct error *err)
{
	size_t bytes;
	const char *plain = json_text(plain_value(kind, object, key), &bytes);
	const char *coded = NULL;
	size_t coded_bytes = 0;

	if (kind == AGENT_KIND_SECRET)
		coded = json_text(json_dig(object, "data", key), &coded_bytes);
	if (!plain && !coded)
		return error_set(err, ERR_NOT_FOUND, at, "key %s not found in %s %s/%s", key,
			agent_kind_names[kind], ns, name);
	if (plain)
		buffer_append(out, plain, bytes);
	else if (!base64_decode(coded, coded_bytes, out, NULL))
		return error_set(err, ERR_INVALID, at, "key %s of %s %s/%s is not base64", key,
			agent_kind_names[kind], ns, name);
	return buffer_ok(out, err);
}

bool reference_read(const struct agent_world *world, const char *ns, struct json_view source,
	const struct path *at, struct buffer *out, struct error *err)
{
	const char *type = json_text_or(json_get(source, "type"), "");
	const char *name = json_text_or(json_get(source, "name"), "");
	const char *key = json_text_or(json_get(source, "key"), "");
	enum agent_kind kind = AGENT_KIND_SECRET;
	struct json_view object;

	if (strcmp(type, "ConfigMap") == 0)
		kind = AGENT_KIND_CONFIG_MAP;
	else if (strcmp(type, "Secret") != 0)
		return error_set(err, ERR_INVALID, at, "unknown value source type: %s", type);
	return world_need(world, kind, ns, name, at, &object, err) &&
	       put_value(kind, object, ns, name, key, at, out, err);
}

static bool read_header(const struct agent_world *world, const char *ns, struct json_view ref,
	const struct path *at, struct json_object *headers, struct error *err)
{
	AUTO(buffer) struct buffer value = { 0 };
	const char *name = json_text_or(json_get(ref, "name"), "");
	struct json_view literal = json_get(ref, "value");
	struct json_view source = json_get(ref, "valueFrom");
	size_t bytes;
	const char *text = json_text(literal, &bytes);

	if (text && bytes)
		buffer_append(&value, text, bytes);
	else if (json_is_present(source) &&
		 !reference_read(world, ns, source, AT_KEY(at, "valueFrom"), &value, err))
		return false;
	if (!buffer_ok(&value, err))
		return false;
	return json_set(
		headers, name, json_new_text_bytes(value.data ? value.data : "", value.bytes), err);
}

bool reference_headers(const struct agent_world *world, const char *ns,
	struct json_view headers_from, const struct path *at, struct json_object *headers,
	struct error *err)
{
	size_t index = 0;

	json_foreach (ref, headers_from) {
		if (!read_header(world, ns, ref, AT_INDEX(at, index), headers, err))
			return false;
		index++;
	}
	return true;
}
