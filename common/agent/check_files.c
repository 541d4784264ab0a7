#include "agent/check.h"

#include <string.h>

#define SANDBOX     AT_KEY(AT_KEY(NULL, "spec"), "sandbox")
#define SHOWN_BYTES 100

/* The lists of paths, and what srt makes of a pattern in them. */
static const struct {
	const char *key;
	bool takes_patterns; /* srt expands * ? [ there; elsewhere it drops such an entry */
} path_lists[] = { { "denyRead", true }, { "allowWrite", false }, { "denyWrite", false } };

static const char *path_mistake(const char *path, size_t list)
{
	size_t bytes = strlen(path);
	size_t plain = strcspn(path, "*?[");
	bool is_tree = path[plain] == '*' && strcmp(path + plain, "**") == 0 && plain &&
		       path[plain - 1] == '/';

	if (strcmp(path_lists[list].key, "denyRead") == 0 && strcmp(path, "/") == 0)
		return "nothing could be run without reading: list the folders to hide";
	if (path[plain] && !path_lists[list].takes_patterns && !is_tree)
		return "a pattern is ignored here: write each path, or \"FOLDER/**\" for all below "
		       "a "
		       "folder";
	if (path[plain] && bytes && path[bytes - 1] == '/')
		return "a pattern cannot end with \"/\", every command would fail: leave it off";
	if (path_lists[list].takes_patterns && path[plain] && path[0] == '/' &&
		!memchr(path + 1, '/', plain ? plain - 1 : 0))
		return "a pattern in the first part of a path is ignored: write the first folder's "
		       "name";
	return NULL;
}

static bool stood_before(const struct check *check, const char *key, struct json_view entry)
{
	json_foreach (old, json_dig(check->old_spec, "sandbox", "filesystem", key)) {
		if (json_equal(old, entry))
			return true;
	}
	return false;
}

void check_files(const struct check *check)
{
	struct json_view filesystem = json_dig(check->spec, "sandbox", "filesystem");

	for (size_t list = 0; list < COUNT(path_lists); list++) {
		const char *key = path_lists[list].key;
		size_t i = 0;

		json_foreach (entry, json_get(filesystem, key)) {
			const struct path *place =
				AT_INDEX(AT_KEY(AT_KEY(SANDBOX, "filesystem"), key), i++);
			const char *path = json_text_or(entry, "");
			const char *says = path[0] ? path_mistake(path, list) : NULL;

			if (!says)
				continue;
			if (findings_are_full(check->findings))
				return;
			if (stood_before(check, key, entry))
				check_warn(CHECK_PATHS, check->findings, place, "\"%.*s\": %s",
					SHOWN_BYTES, path, says);
			else
				check_refuse(CHECK_PATHS, check->findings, FINDING_INVALID, place,
					"\"%.*s\": %s", SHOWN_BYTES, path, says);
		}
	}
}
