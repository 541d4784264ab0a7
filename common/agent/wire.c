#include "agent/wire.h"

#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

bool wire_is_open(const struct buffer *out)
{
	return !out->bytes || out->data[out->bytes - 1] == '[' || out->data[out->bytes - 1] == '{';
}

void wire_item(struct buffer *out)
{
	if (!wire_is_open(out))
		buffer_putc(out, ',');
}

void wire_key(struct buffer *out, const char *key)
{
	wire_item(out);
	wire_text(out, key, strlen(key));
	buffer_putc(out, ':');
}

/* How many bytes the UTF-8 character at `at` has; 0 = it is none. */
static size_t character_bytes(const unsigned char *at, size_t left)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t bytes;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0x00, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < COUNT(forms); i++) {
		if (at[0] < forms[i].first || at[0] > forms[i].last)
			continue;
		if (forms[i].bytes > left)
			return 0;
		if (forms[i].bytes > 1 && (at[1] < forms[i].low || at[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].bytes; k++)
			if ((at[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].bytes;
	}
	return 0;
}

static void put_escaped(struct buffer *out, unsigned char c)
{
	static const char letters[] = { ['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r',
		['"'] = '"',
		['\\'] = '\\' };

	if (c < sizeof(letters) && letters[c])
		buffer_append(out, (const char[]){ '\\', letters[c] }, 2);
	else
		buffer_printf(out, "\\u%04x", c);
}

/* Most characters: these stand for themselves. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void wire_text(struct buffer *out, const char *text, size_t bytes)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t plain = 0; /* where the run of bytes that need no escape began */
	size_t i = 0;

	buffer_putc(out, '"');
	while (i < bytes) {
		size_t step = is_plain(at[i]) ? 1 : character_bytes(at + i, bytes - i);
		bool escape = step == 1 && !is_plain(at[i]);
		bool separator =
			step == 3 && at[i] == 0xe2 && at[i + 1] == 0x80 && (at[i + 2] | 1) == 0xa9;

		if (step && !escape && !separator) {
			i += step;
			continue;
		}
		buffer_append(out, text + plain, i - plain);
		if (escape)
			put_escaped(out, at[i]);
		else
			buffer_puts(out, !step ? "\\ufffd" : at[i + 2] & 1 ? "\\u2029" : "\\u2028");
		i += step ? step : 1;
		plain = i;
	}
	buffer_append(out, text + plain, i - plain);
	buffer_putc(out, '"');
}

/* "-1.25e+02" without its exponent: the shortest digits, and zeros where they end, which is not what %f prints beyond 2^53. */
static void put_plain(const char *text, struct buffer *out)
{
	int power = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	bool dot = false;

	if (*text == '-')
		buffer_putc(out, *text++);
	if (power < 0) {
		buffer_puts(out, "0.");
		dot = true;
		for (; power < -1; power++)
			buffer_putc(out, '0');
	}
	for (; *text != 'e'; text++) {
		if (*text == '.')
			continue;
		if (!dot && power-- < 0) {
			buffer_putc(out, '.');
			dot = true;
		}
		buffer_putc(out, *text);
	}
	for (; !dot && power-- >= 0;)
		buffer_putc(out, '0');
}

void wire_number(struct buffer *out, double value)
{
	double size = fabs(value);
	char text[40];
	int digits = 1;

	for (; digits < 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, value);
		if (strtod(text, NULL) == value)
			break;
	}
	snprintf(text, sizeof(text), "%.*e", digits - 1, value);
	if (value != 0 && (size < 1e-6 || size >= 1e21)) {
		char *exponent = strchr(text, 'e');

		if (exponent[1] == '-' && exponent[2] == '0')
			memmove(exponent + 2, exponent + 3, strlen(exponent + 2));
		buffer_puts(out, text);
		return;
	}
	put_plain(text, out);
}

void wire_set_text(struct buffer *out, const char *key, const char *text)
{
	wire_key(out, key);
	wire_text(out, text ? text : "", text ? strlen(text) : 0);
}

void wire_set_some_text(struct buffer *out, const char *key, const char *text)
{
	if (text && *text)
		wire_set_text(out, key, text);
}

void wire_set_bool(struct buffer *out, const char *key, bool value)
{
	wire_key(out, key);
	buffer_puts(out, value ? "true" : "false");
}

void wire_set_number(struct buffer *out, const char *key, double value)
{
	wire_key(out, key);
	wire_number(out, value);
}

void wire_set_int(struct buffer *out, const char *key, int64_t value)
{
	wire_key(out, key);
	buffer_printf(out, "%lld", (long long)value);
}

void wire_set_some_texts(struct buffer *out, const char *key, struct json_view texts)
{
	if (json_kind(texts) != JSON_ARRAY || json_count(texts) == 0)
		return;
	wire_key(out, key);
	buffer_putc(out, '[');
	json_foreach (item, texts) {
		size_t bytes;
		const char *text = json_text(item, &bytes);

		if (!text)
			continue;
		wire_item(out);
		wire_text(out, text, bytes);
	}
	buffer_putc(out, ']');
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_sorted(struct buffer *out, struct json_object *value);

static void put_object(struct buffer *out, struct json_object *object)
{
	size_t count = (size_t)json_object_object_length(object);
	const char **keys = calloc(count ? count : 1, sizeof(*keys));
	size_t at = 0;

	if (!keys) {
		out->failed = true;
		return;
	}
	json_object_object_foreach(object, key, unused)
	{
		(void)unused;
		keys[at++] = key;
	}
	qsort(keys, count, sizeof(*keys), compare_keys);
	buffer_putc(out, '{');
	for (size_t i = 0; i < count; i++)
		wire_set_sorted(out, keys[i], json_object_object_get(object, keys[i]));
	buffer_putc(out, '}');
	free(keys);
}

static void put_sorted(struct buffer *out, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_object:
		put_object(out, value);
		return;
	case json_type_array:
		buffer_putc(out, '[');
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			wire_item(out);
			put_sorted(out, json_object_array_get_idx(value, i));
		}
		buffer_putc(out, ']');
		return;
	case json_type_string:
		wire_text(out, json_object_get_string(value),
			(size_t)json_object_get_string_len(value));
		return;
	case json_type_int:
	case json_type_double:
		wire_number(out, strtod(json_object_get_string(value), NULL));
		return;
	case json_type_boolean:
		buffer_puts(out, json_object_get_boolean(value) ? "true" : "false");
		return;
	case json_type_null:
		buffer_puts(out, "null");
		return;
	}
}

void wire_set_sorted(struct buffer *out, const char *key, struct json_object *value)
{
	wire_key(out, key);
	put_sorted(out, value);
}

void wire_set_some_object(struct buffer *out, const char *key, struct json_view object)
{
	AUTO(json) struct json_object *value = NULL;

	if (json_kind(object) != JSON_OBJECT || !json_count(object))
		return;
	value = json_from_view(object);
	if (value)
		wire_set_sorted(out, key, value);
	else
		out->failed = true;
}

bool wire_read_number(const char *text, double *out)
{
	char *end;
	double value;

	if (text_is_empty(text) || text[strspn(text, "0123456789+-.eE")])
		return false;
	value = strtod(text, &end);
	if (*end || end == text || !isfinite(value))
		return false;
	*out = value;
	return true;
}

static bool read_unit(const char **at, double *nanoseconds)
{
	static const struct {
		const char *name;
		double nanoseconds;
	} units[] = {
		{ "ns", 1 },
		{ "us", 1e3 },
		{ "\xc2\xb5s", 1e3 },
		{ "\xce\xbcs", 1e3 },
		{ "ms", 1e6 },
		{ "s", 1e9 },
		{ "m", 60e9 },
		{ "h", 3600e9 },
	};

	for (size_t i = 0; i < COUNT(units); i++) {
		size_t bytes = strlen(units[i].name);

		if (strncmp(*at, units[i].name, bytes) != 0)
			continue;
		*at += bytes;
		*nanoseconds = units[i].nanoseconds;
		return true;
	}
	return false;
}

/* "1.5" in units of so many nanoseconds. */
static bool read_amount(const char **at, double *nanoseconds)
{
	char *end = (char *)*at;
	double whole = 0;
	double part = 0;
	double scale = 1;
	double unit;

	if (isdigit((unsigned char)*end))
		whole = (double)strtoull(*at, &end, 10);
	else if (*end != '.' || !isdigit((unsigned char)end[1]))
		return false;
	if (*end == '.')
		for (end++; isdigit((unsigned char)*end) && scale < 1e18; end++) {
			part = part * 10 + (*end - '0');
			scale *= 10;
		}
	*at = end;
	if (!read_unit(at, &unit))
		return false;
	*nanoseconds = whole * unit + floor(part * (unit / scale));
	return true;
}

bool wire_read_duration(const char *text, double *seconds)
{
	double sign = *text == '-' ? -1 : 1;
	double total = 0;
	double amount;
	const char *at = text + (*text == '-' || *text == '+');

	if (strcmp(at, "0") == 0) {
		*seconds = 0;
		return true;
	}
	if (!*at)
		return false;
	while (*at) {
		if (!read_amount(&at, &amount))
			return false;
		total += amount;
	}
	if (total > 9.2e18)
		return false;
	*seconds = sign * (floor(total / 1e9) + fmod(total, 1e9) / 1e9);
	return true;
}
