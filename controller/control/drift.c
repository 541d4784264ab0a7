#include "control/drift.h"

#include "base/base64.h"
#include "kube/client.h"

#include <string.h>

static bool is_ours(struct json_view entry)
{
	return json_text_is(json_get(entry, "manager"), KUBE_FIELD_MANAGER);
}

/* The fields of an entry; nothing for those of a subresource, which is not what we write. */
static struct json_view fields_of(struct json_view entry)
{
	return json_is_present(json_get(entry, "subresource")) ? (struct json_view){ 0 }
							       : json_get(entry, "fieldsV1");
}

/* Entries of a map of fields: "f:KEY" for each; "." is the map itself. */
static int64_t entries(struct json_view fields)
{
	int64_t count = 0;

	json_foreach_member (field, fields)
		count += strncmp(json_key(field, NULL), "f:", 2) == 0;
	return count;
}

int64_t drift_held(struct json_view object)
{
	int64_t held = 0;

	json_foreach (entry, json_dig(object, "metadata", "managedFields")) {
		struct json_view fields = fields_of(entry);
		struct json_view metadata = json_get(fields, "f:metadata");
		int64_t data = entries(json_get(fields, "f:data"));

		if (is_ours(entry))
			held += data + entries(json_get(metadata, "f:labels")) +
				entries(json_get(metadata, "f:annotations"));
		else if (data || entries(json_get(fields, "f:binaryData")))
			return -1;
	}
	return held;
}

static int64_t members(struct json_object *map)
{
	return map ? json_object_object_length(map) : 0;
}

int64_t drift_expected(struct json_object *wanted)
{
	return members(json_find(wanted, "data")) + members(json_find(wanted, "stringData")) +
	       members(json_find(wanted, "metadata", "labels")) +
	       members(json_find(wanted, "metadata", "annotations"));
}

/* When an entry last changed; RFC 3339 in UTC, so that text compares as time does. */
static const char *time_of(struct json_view entry)
{
	return json_text_or(json_get(entry, "time"), "");
}

static const char *our_time(struct json_view entries)
{
	const char *ours = "";

	json_foreach (entry, entries)
		if (is_ours(entry) && strcmp(time_of(entry), ours) > 0)
			ours = time_of(entry);
	return ours;
}

bool drift_is_template_touched(struct json_view sandbox)
{
	struct json_view entries = json_dig(sandbox, "metadata", "managedFields");
	const char *ours = our_time(entries);

	json_foreach (entry, entries)
		if (!is_ours(entry) && strcmp(time_of(entry), ours) >= 0 &&
			json_is_present(json_dig(fields_of(entry), "f:spec", "f:podTemplate")))
			return true;
	return false;
}

/* What a Secret was written with as text, it shows in base 64. */
static bool are_coded(struct json_object *texts, struct json_view data)
{
	json_object_object_foreach(texts, key, text)
	{
		AUTO(buffer) struct buffer coded = { 0 };

		base64_encode(&coded, json_object_get_string(text),
			(size_t)json_object_get_string_len(text));
		if (coded.failed || !json_text_is(json_get(data, key), coded.data))
			return false;
	}
	return true;
}

static bool is_data_as_wanted(struct json_object *wanted, struct json_view existing)
{
	struct json_object *plain = json_find(wanted, "data");
	struct json_object *texts = json_find(wanted, "stringData");
	struct json_view data = json_get(existing, "data");

	return json_count(data) == (size_t)(members(plain) + members(texts)) &&
	       json_count(json_get(existing, "binaryData")) == 0 &&
	       (!plain || json_value_is_subset(plain, data)) && (!texts || are_coded(texts, data));
}

bool drift_is_as_wanted(struct json_object *wanted, struct json_view existing)
{
	static const char *const maps[] = { "labels", "annotations" };

	for (size_t i = 0; i < COUNT(maps); i++) {
		struct json_object *map = json_find(wanted, "metadata", maps[i]);

		if (members(map) &&
			!json_value_is_subset(map, json_dig(existing, "metadata", maps[i])))
			return false;
	}
	return is_data_as_wanted(wanted, existing);
}
