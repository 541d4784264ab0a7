#include "agent/label.h"

#include "base/text.h"

#include <ctype.h>

bool label_overlay(struct json_object *into, struct json_view from, bool keep, struct error *err)
{
	json_foreach_member (member, from) {
		const char *key = json_key(member, NULL);
		const char *value = json_text(member, NULL);

		if (!value || (keep && json_object_object_get_ex(into, key, NULL)))
			continue;
		if (!json_set_text(into, key, value, err))
			return false;
	}
	return true;
}

static char *trimmed(const char *text, size_t bytes)
{
	while (bytes && isspace((unsigned char)*text)) {
		text++;
		bytes--;
	}
	while (bytes && isspace((unsigned char)text[bytes - 1]))
		bytes--;
	return text_copy(text, bytes);
}

static bool add_pair(struct json_object *into, const char *text, size_t bytes, struct error *err)
{
	AUTO(text) char *pair = trimmed(text, bytes);
	AUTO(text) char *key = NULL;
	AUTO(text) char *value = NULL;
	const char *mark;

	if (!pair)
		return error_no_memory(err);
	if (!*pair)
		return true;
	mark = strchr(pair, '=');
	if (!mark)
		return error_set(err, ERR_INVALID, NULL,
			"--default-agent-pod-labels: invalid format \"%s\": expected key=value",
			pair);
	key = trimmed(pair, (size_t)(mark - pair));
	value = trimmed(mark + 1, strlen(mark + 1));
	if (!key || !value)
		return error_no_memory(err);
	if (!*key)
		return error_set(err, ERR_INVALID, NULL,
			"--default-agent-pod-labels: invalid entry: empty key in \"%s\"", pair);
	return json_set_text(into, key, value, err);
}

/* "k=v,k=v" of the controller's flag. */
static bool add_pairs(struct json_object *into, const char *text, struct error *err)
{
	while (text && *text) {
		size_t bytes = strcspn(text, ",");

		if (!add_pair(into, text, bytes, err))
			return false;
		text += bytes + (text[bytes] == ',');
	}
	return true;
}

bool label_pod(const struct subject *subject, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *labels = json_object_new_object();

	if (!labels)
		return error_no_memory(err);
	if (!json_set_text(labels, "app", "kagent", err) ||
		!json_set_text(labels, "kagent", subject->name, err) ||
		!json_set_text(labels, "app.kubernetes.io/managed-by", "kagent", err) ||
		!json_set_text(labels, "app.kubernetes.io/part-of", "kagent", err) ||
		!json_set_text(labels, "app.kubernetes.io/name", subject->name, err) ||
		!add_pairs(labels, subject->settings->default_pod_labels, err) ||
		!label_overlay(labels, json_get(subject->deployment, "labels"), false, err))
		return false;
	*out = take_json(&labels);
	return true;
}
