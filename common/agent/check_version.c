#include "agent/check.h"

#include "agent/convert.h"

#include <string.h>

static const char *stash_of(struct json_view object, size_t *bytes)
{
	return json_text(json_dig(object, "metadata", "annotations", CONVERT_STASH), bytes);
}

/*
 * Who writes v1alpha3 and garbles the annotation would lose the fields in it without a word. The object may come here converted; what was
 * not understood then still is its annotation.
 */
static void check_stash(const struct check *check)
{
	const struct path *at =
		AT_KEY(AT_KEY(AT_KEY(NULL, "metadata"), "annotations"), CONVERT_STASH);
	size_t bytes;
	const char *text = stash_of(check->object, &bytes);
	const char *before = stash_of(check->old, NULL);
	bool is_as_before = text && before && strcmp(text, before) == 0;

	if (text && !is_as_before && !convert_understands(text, bytes))
		check_refuse(CHECK_STASH, check->findings, FINDING_INVALID, at,
			"holds the fields of v1alpha2 that v1alpha3 does not have, and is not "
			"understood: "
			"write it back as it was read, or leave it out to drop them");
	else if (before && !is_as_before && check->version == RULE_V1ALPHA3)
		check_warn(CHECK_STASH_CHANGE, check->findings, at,
			"holds the fields of v1alpha2 that v1alpha3 does not have, and changes");
}

void check_version(const struct check *check)
{
	const struct agent_policy *policy = check->policy;
	size_t bytes;

	if (check->version == RULE_V1ALPHA3 || (policy && policy->asked_in_v1alpha3))
		check_stash(check);
	if (check->version == RULE_V1ALPHA3 || !policy || !policy->serves_v1alpha3)
		return;
	bytes = convert_stash_bytes(check->object);
	if (bytes > CONVERT_STASH_MAX_BYTES)
		check_refuse(CHECK_STASH_SIZE, check->findings, FINDING_TOO_LONG,
			AT_KEY(NULL, "spec"),
			"what v1alpha3 has no field for may take %u bytes, and takes %zu: make the "
			"deployment block smaller",
			CONVERT_STASH_MAX_BYTES, bytes);
}
