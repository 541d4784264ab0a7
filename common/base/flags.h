/*
 * Command lines as tables: --name value, --name=value, -s value, --switch, --no-switch, "--" ends. Every long flag is also an
 * environment variable (upper case, '-' as '_'), which wins when it is not empty, as kagent's users know it.
 * Values are borrowed from argv and the environment. Start-up only, before other threads.
 */
#ifndef BASE_FLAGS_H
#define BASE_FLAGS_H

#include "base/error.h"

#include <stdio.h>

enum flag_kind {
	FLAG_TEXT, /* const char * */
	FLAG_BOOL, /* bool; "true" and "false" as value */
	FLAG_NUMBER, /* int64_t */
	FLAG_DURATION_MS, /* uint64_t; "500ms", "30s", "5m", "2h", "90d" */
	FLAG_LIST, /* struct flag_list; may be given again and again */
};

struct flag_list {
	const char **items; /* heap, released by flag_list_fini; the texts are borrowed */
	size_t count;
};
void flag_list_fini(struct flag_list *list);

struct flag {
	const char *name; /* without the dashes */
	enum flag_kind kind;
	size_t offset; /* of the value in the struct the set fills */
	const char *
		otherwise; /* the default, as a user would write it; NULL = leave the value as it is */
	const char *value_name; /* "ADDRESS", for the help */
	const char *help; /* one sentence */
	char letter; /* 0 = none */
	bool no_environment;
};

struct flag_set {
	const struct flag *flags;
	size_t count;
	void *into;
};

/*
 * Fills the sets from defaults, arguments and environment. Arguments that are no flags go to `rest` (NULL: they are refused).
 * ERR_INVALID names the flag and what to write: "unknown flag --imge-tag (did you mean --image-tag?); see --help".
 */
MUST_USE bool flags_parse(const struct flag_set *sets, size_t set_count, int argc, char **argv,
	struct flag_list *rest, struct error *err);

/* Prints the flags with their defaults. */
void flags_help(FILE *out, const struct flag_set *sets, size_t set_count);

/* "30s" -> 30000. ERR_INVALID. */
MUST_USE bool duration_parse(const char *text, uint64_t *out_ms, struct error *err);

#endif
