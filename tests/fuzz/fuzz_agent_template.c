/*
 * System message templates: any bytes give a text within the limits, or an error with a reason. What is told to be included for certain,
 * and is not there, always gives an error.
 */
#include "agent/template.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct json_object *names(void)
{
	struct json_object *list = json_object_new_array();

	json_object_array_add(list, json_object_new_string("get_pods"));
	json_object_array_add(list, json_object_new_string("b"));
	return list;
}

static void note_include(void *context, const struct template_include *include)
{
	bool is_there = include->bytes == 3 && memcmp(include->name, "a/b", 3) == 0;

	if (include->is_certain && !is_there)
		*(bool *)context = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct template_input input;
	AUTO(buffer) struct buffer out = { 0 };
	struct error err = { 0 };
	bool must_fail = false;

	if (!input.includes) {
		input = (struct template_input){ "agent", "team", "says <hi>", names(), names(),
			json_object_new_object() };
		json_object_object_add(input.includes, "a/b", json_object_new_string("included"));
	}
	if (!template_check((const char *)data, bytes, note_include, &must_fail, &err))
		must_fail = true;
	if (template_render((const char *)data, bytes, &input, &out, &err)) {
		if (out.bytes > 2 * TEMPLATE_MAX_BYTES || must_fail)
			abort();
	} else if (err.code == ERR_NONE || !err.text[0]) {
		abort();
	}
	return 0;
}
