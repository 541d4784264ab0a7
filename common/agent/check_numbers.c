#include "agent/check.h"

#define SHOWN_BYTES 40

static void look_below(const struct check *check, struct json_view v, const struct path *at)
{
	bool is_object = json_kind(v) == JSON_OBJECT;
	int64_t ignored;
	size_t i = 0;

	json_foreach (child, v) {
		const struct path place = {
			.up = at,
			.key = is_object ? json_key(child, NULL) : NULL,
			.index = i++,
		};

		if (json_is_whole(child) && !json_int64(child, &ignored))
			check_refuse(CHECK_NUMBERS, check->findings, FINDING_INVALID, &place,
				"%.*s: does not fit 64 bits: write a number from "
				"-9223372036854775808 to 9223372036854775807",
				SHOWN_BYTES, json_number_text(child));
		look_below(check, child, &place); /* as deep as the reader lets a text be */
	}
}

void check_numbers(const struct check *check)
{
	look_below(check, check->spec, AT_KEY(NULL, "spec"));
}
