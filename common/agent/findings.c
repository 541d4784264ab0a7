#include "agent/findings.h"
#include "agent/field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_BYTES   512
#define MESSAGE_BYTES 1024

const char *finding_reason_name(enum finding_reason reason)
{
	static const char *const names[] = {
		[FINDING_INVALID] = "FieldValueInvalid",
		[FINDING_REQUIRED] = "FieldValueRequired",
		[FINDING_DUPLICATE] = "FieldValueDuplicate",
		[FINDING_FORBIDDEN] = "FieldValueForbidden",
		[FINDING_UNSUPPORTED] = "FieldValueNotSupported",
		[FINDING_TOO_LONG] = "FieldValueTooLong",
		[FINDING_TOO_MANY] = "FieldValueTooMany",
		[FINDING_TYPE] = "FieldValueTypeInvalid",
	};

	return names[reason];
}

static void list_fini(struct finding *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(list[i].field);
		free(list[i].message);
	}
	free(list);
}

void findings_fini(struct findings *findings)
{
	list_fini(findings->causes, findings->cause_count);
	list_fini(findings->warnings, findings->warning_count);
	*findings = (struct findings){ 0 };
}

/* Lists grow by doubling: they are full exactly when their count is a power of two. */
static bool make_room(struct finding **list, size_t count)
{
	struct finding *grown;

	if (count & (count - 1))
		return true;
	grown = realloc(*list, (count ? 2 * count : 1) * sizeof(**list));
	if (!grown)
		return false;
	*list = grown;
	return true;
}

static bool list_add(struct finding **list, size_t *count, enum finding_reason reason,
	const char *field, const char *message)
{
	struct finding made = { .reason = reason };

	if (!make_room(list, *count))
		return false;
	made.field = strdup(field);
	made.message = strdup(message);
	if (!made.field || !made.message) {
		free(made.field);
		free(made.message);
		return false;
	}
	(*list)[(*count)++] = made;
	return true;
}

__attribute__((format(printf, 5, 0))) static void add(struct findings *findings, bool refusal,
	enum finding_reason reason, const struct path *at, const char *fmt, va_list args)
{
	struct finding **list = refusal ? &findings->causes : &findings->warnings;
	size_t *count = refusal ? &findings->cause_count : &findings->warning_count;
	char field[FIELD_BYTES], message[MESSAGE_BYTES];

	if (*count > FINDINGS_MAX)
		return;
	if (*count == FINDINGS_MAX) {
		findings->failed |= !list_add(
			list, count, reason, "", "there are more; only the first are listed");
		return;
	}
	path_print(at, field, sizeof(field));
	vsnprintf(message, sizeof(message), fmt, args);
	findings->failed |= !list_add(list, count, reason, field, message);
}

void findings_refuse_args(struct findings *findings, enum finding_reason reason,
	const struct path *at, const char *fmt, va_list args)
{
	add(findings, !findings->ratchet, reason, at, fmt, args);
}

void findings_warn_args(
	struct findings *findings, const struct path *at, const char *fmt, va_list args)
{
	add(findings, false, FINDING_INVALID, at, fmt, args);
}

void findings_refuse(struct findings *findings, enum finding_reason reason, const struct path *at,
	const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	findings_refuse_args(findings, reason, at, fmt, args);
	va_end(args);
}

void findings_warn(struct findings *findings, const struct path *at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	findings_warn_args(findings, at, fmt, args);
	va_end(args);
}

bool findings_are_full(const struct findings *findings)
{
	return findings->cause_count > FINDINGS_MAX || findings->warning_count > FINDINGS_MAX;
}

/* A finding with the place of its field, and its number so that equal places keep their order. */
struct placed {
	struct finding finding;
	size_t offset;
	size_t number;
};

static int compare_places(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static bool list_sort(struct finding *list, size_t count, struct json_view object)
{
	struct placed *placed;

	if (count < 2)
		return true;
	placed = calloc(count, sizeof(*placed));
	if (!placed)
		return false;
	for (size_t i = 0; i < count; i++) {
		placed[i].finding = list[i];
		placed[i].number = i;
		placed[i].offset = list[i].field[0]
					   ? json_offset(field_find(object, list[i].field, NULL))
					   : SIZE_MAX;
	}
	qsort(placed, count, sizeof(*placed), compare_places);
	for (size_t i = 0; i < count; i++)
		list[i] = placed[i].finding;
	free(placed);
	return true;
}

void findings_sort(struct findings *findings, struct json_view object)
{
	if (!list_sort(findings->causes, findings->cause_count, object) ||
		!list_sort(findings->warnings, findings->warning_count, object))
		findings->failed = true;
}
