#include "base/flags.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void flag_list_fini(struct flag_list *list)
{
	free(list->items);
	*list = (struct flag_list){ 0 };
}

static bool list_add(struct flag_list *list, const char *text, struct error *err)
{
	const char **items = realloc(list->items, (list->count + 1) * sizeof(const char *));

	if (!items)
		return error_no_memory(err);
	list->items = items;
	items[list->count++] = text;
	return true;
}

bool duration_parse(const char *text, uint64_t *out_ms, struct error *err)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 } };
	char *end = NULL;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	for (size_t i = 0; i < COUNT(units) && isdigit((unsigned char)*text) && !errno; i++)
		if (strcmp(end, units[i].unit) == 0 && number <= UINT64_MAX / units[i].ms) {
			*out_ms = number * units[i].ms;
			return true;
		}
	return error_set(err, ERR_INVALID, NULL,
		"\"%s\" is no duration: write a number and a unit, like 30s, 5m or 24h", text);
}

static bool number_parse(const char *text, int64_t *out, struct error *err)
{
	char *end = NULL;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return error_set(err, ERR_INVALID, NULL, "\"%s\" is no whole number", text);
	*out = number;
	return true;
}

static bool bool_parse(const char *text, bool *out, struct error *err)
{
	bool is_true = strcmp(text, "true") == 0;

	if (!is_true && strcmp(text, "false") != 0)
		return error_set(err, ERR_INVALID, NULL, "\"%s\" is neither true nor false", text);
	*out = is_true;
	return true;
}

static bool store(const struct flag *flag, void *into, const char *text, struct error *err)
{
	void *at = (char *)into + flag->offset;

	if (!text)
		text = "";
	switch (flag->kind) {
	case FLAG_TEXT:
		*(const char **)at = text;
		return true;
	case FLAG_BOOL:
		return bool_parse(text, at, err) || error_wrap(err, "--%s", flag->name);
	case FLAG_NUMBER:
		return number_parse(text, at, err) || error_wrap(err, "--%s", flag->name);
	case FLAG_DURATION_MS:
		return duration_parse(text, at, err) || error_wrap(err, "--%s", flag->name);
	case FLAG_LIST:
		return list_add(at, text, err);
	}
	return false;
}

struct match {
	const struct flag *flag;
	void *into;
};

static struct match find(
	const struct flag_set *sets, size_t set_count, const char *name, size_t bytes, int letter)
{
	for (size_t s = 0; s < set_count; s++)
		for (size_t i = 0; i < sets[s].count; i++) {
			const struct flag *flag = &sets[s].flags[i];

			if (letter ? flag->letter == (char)letter
				   : strlen(flag->name) == bytes &&
						memcmp(flag->name, name, bytes) == 0)
				return (struct match){ flag, sets[s].into };
		}
	return (struct match){ 0 };
}

/* Number of single-character edits between two short words, for "did you mean". */
static size_t distance(const char *a, size_t a_bytes, const char *b)
{
	size_t row[64];
	size_t columns = strlen(b);

	if (columns >= COUNT(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= columns; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_bytes; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= columns; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[columns];
}

static bool refuse_unknown(const struct flag_set *sets, size_t set_count, const char *name,
	size_t bytes, struct error *err)
{
	const char *nearest = NULL;
	size_t least = 3;

	for (size_t s = 0; s < set_count; s++)
		for (size_t i = 0; i < sets[s].count; i++) {
			size_t edits = distance(name, bytes, sets[s].flags[i].name);

			if (edits < least) {
				least = edits;
				nearest = sets[s].flags[i].name;
			}
		}
	if (nearest)
		return error_set(err, ERR_INVALID, NULL,
			"unknown flag --%.*s (did you mean --%s?); see --help", (int)bytes, name,
			nearest);
	return error_set(
		err, ERR_INVALID, NULL, "unknown flag --%.*s; see --help", (int)bytes, name);
}

/* One argument that starts with a dash; takes the next one as its value when it needs one. */
static bool take_flag(const struct flag_set *sets, size_t set_count, int argc, char **argv, int *at,
	struct error *err)
{
	const char *word = argv[*at];
	bool is_long = word[1] == '-';
	const char *name = is_long ? word + 2 : word + 1;
	const char *equals = is_long ? strchr(name, '=') : NULL;
	size_t bytes = equals ? (size_t)(equals - name) : strlen(name);
	struct match match = find(sets, set_count, name, bytes, is_long ? 0 : (unsigned char)*name);

	if (!match.flag && is_long && !equals && text_starts_with(name, "no-")) {
		match = find(sets, set_count, name + 3, bytes - 3, 0);
		if (match.flag && match.flag->kind == FLAG_BOOL)
			return store(match.flag, match.into, "false", err);
	}
	if (!match.flag)
		return refuse_unknown(sets, set_count, name, bytes, err);
	if (equals)
		return store(match.flag, match.into, equals + 1, err);
	if (!is_long && name[1])
		return store(match.flag, match.into, name + 1, err);
	if (match.flag->kind == FLAG_BOOL)
		return store(match.flag, match.into, "true", err);
	if (*at + 1 >= argc)
		return error_set(err, ERR_INVALID, NULL, "--%s needs a value: --%s %s",
			match.flag->name, match.flag->name,
			match.flag->value_name ? match.flag->value_name : "VALUE");
	*at += 1;
	return store(match.flag, match.into, argv[*at], err);
}

static bool take_defaults(const struct flag_set *set, struct error *err)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->flags[i].otherwise && set->flags[i].kind != FLAG_LIST &&
			!store(&set->flags[i], set->into, set->flags[i].otherwise, err))
			return false;
	return true;
}

static bool take_environment(const struct flag_set *set, struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		char name[64];
		const char *value;
		size_t n = 0;

		for (const char *c = set->flags[i].name; *c && n + 1 < sizeof(name); c++)
			name[n++] = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
		name[n] = '\0';
		value = set->flags[i].no_environment ? NULL : getenv(name);
		if (!text_is_empty(value) && !store(&set->flags[i], set->into, value, err))
			return error_wrap(err, "environment variable %s", name);
	}
	return true;
}

bool flags_parse(const struct flag_set *sets, size_t set_count, int argc, char **argv,
	struct flag_list *rest, struct error *err)
{
	bool is_over = false;

	for (size_t s = 0; s < set_count; s++)
		if (!take_defaults(&sets[s], err))
			return false;
	for (int i = 1; i < argc; i++) {
		if (!is_over && strcmp(argv[i], "--") == 0) {
			is_over = true;
		} else if (!is_over && argv[i][0] == '-' && argv[i][1]) {
			if (!take_flag(sets, set_count, argc, argv, &i, err))
				return false;
		} else if (!rest) {
			return error_set(err, ERR_INVALID, NULL,
				"unexpected argument \"%s\"; see --help", argv[i]);
		} else if (!list_add(rest, argv[i], err)) {
			return false;
		}
	}
	for (size_t s = 0; s < set_count; s++)
		if (!take_environment(&sets[s], err))
			return false;
	return true;
}

void flags_help(FILE *out, const struct flag_set *sets, size_t set_count)
{
	for (size_t s = 0; s < set_count; s++)
		for (size_t i = 0; i < sets[s].count; i++) {
			const struct flag *flag = &sets[s].flags[i];

			fputs("  ", out);
			if (flag->letter)
				fprintf(out, "-%c, ", flag->letter);
			fprintf(out, "--%s", flag->name);
			if (flag->kind != FLAG_BOOL)
				fprintf(out, " %s", flag->value_name ? flag->value_name : "VALUE");
			fprintf(out, "\n        %s", flag->help);
			if (!text_is_empty(flag->otherwise))
				fprintf(out, " (default %s)", flag->otherwise);
			fputc('\n', out);
		}
}
