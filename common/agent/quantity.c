#include "agent/quantity.h"

#include <ctype.h>
#include <stdio.h>

__extension__ typedef __int128 wide;

#define NANO            ((wide)1000000000)
#define LARGEST         ((wide)INT64_MAX * NANO)
#define DIGITS_MAX      27
#define EXPONENT_MAX    18
#define KEPT_DIGITS_MAX 18

enum format { FORMAT_DECIMAL, FORMAT_EXPONENT, FORMAT_BINARY };

static const char decimal_suffixes[] = "numkMGTPE"; /* 10^-9, -6, ... ; 'm' is -3, nothing 0 */
static const char binary_suffixes[] = "KMGTPE";

struct number {
	wide nano; /* in 10^-9 */
	enum format format;
	bool negative;
	bool as_written; /* the library behind the API keeps this text, whether it is shortest or not */
};

/* Power of ten of a decimal suffix letter. */
static int decimal_power(char letter)
{
	const char *at = strchr(decimal_suffixes, letter);
	int index = (int)(at - decimal_suffixes);

	return index <= 2 ? -9 + 3 * index : 3 * (index - 2);
}

static bool read_suffix(const char *text, enum format *format, int *power)
{
	char *end;

	*format = FORMAT_DECIMAL;
	*power = 0;
	if (!*text)
		return true;
	if (strchr(binary_suffixes, text[0]) && strcmp(text + 1, "i") == 0) {
		*format = FORMAT_BINARY;
		*power = 10 * (int)(strchr(binary_suffixes, text[0]) - binary_suffixes + 1);
		return true;
	}
	if (!text[1] && strchr(decimal_suffixes, text[0])) {
		*power = decimal_power(text[0]);
		return true;
	}
	if ((*text != 'e' && *text != 'E') || isspace((unsigned char)text[1]))
		return false;
	*format = FORMAT_EXPONENT;
	*power = (int)strtol(text + 1, &end, 10);
	return !*end && end > text + 1 && *power >= -EXPONENT_MAX && *power <= EXPONENT_MAX;
}

static wide scale_of(int power)
{
	wide value = 1;

	while (power-- > 0)
		value *= 10;
	return value;
}

/* Zeros before the point that say nothing; the last digit before it does. */
static int leading_zeros(const char *text)
{
	const char *at = text + (*text == '-' || *text == '+');
	int zeros = (int)strspn(at, "0");

	if (!isdigit((unsigned char)at[zeros]))
		zeros--;
	return zeros;
}

/* digits * 10^power in nanos, away from zero. */
static bool scale_ten(wide digits, int power, wide *out)
{
	for (; power > 0; power--)
		if (__builtin_mul_overflow(digits, (wide)10, &digits))
			return false;
	for (; power < 0; power++) {
		bool rest = digits % 10 != 0;

		digits = digits / 10 + rest;
	}
	*out = digits;
	return digits <= LARGEST;
}

/*
 * The shortcut of resource.ParseQuantity: digits that look canonical are not written anew ("1.250", "5.m"). `digits` are all of them
 * without the point and the leading zeros; `power` that of the suffix.
 */
static bool is_kept(const struct number *number, wide digits, int seen, int decimals, int power)
{
	bool zero_first = seen > 0 && digits < scale_of(seen - 1);
	int scale = power - decimals;

	if (number->format == FORMAT_BINARY)
		return !decimals && digits % 8 != 0 && 15 - seen - power * 3 / 10 - 1 >= 0;
	return seen <= KEPT_DIGITS_MAX && scale >= -9 && scale % 3 == 0 && digits % 1000 != 0 &&
	       !zero_first;
}

static bool read_number(const char *text, struct number *out)
{
	const char *at = text + (*text == '-' || *text == '+');
	wide digits = 0;
	int seen = 0;
	int decimals = 0;
	bool dot = false;
	int power;

	for (; isdigit((unsigned char)*at) || (*at == '.' && !dot); at++) {
		if (*at == '.') {
			dot = true;
			continue;
		}
		if (++seen > DIGITS_MAX)
			return false;
		digits = digits * 10 + (*at - '0');
		decimals += dot;
	}
	if (!seen || !read_suffix(at, &out->format, &power))
		return false;
	out->negative = *text == '-';
	out->as_written = is_kept(out, digits, seen - leading_zeros(text), decimals, power);
	if (out->format == FORMAT_BINARY) {
		if (__builtin_mul_overflow(digits, (wide)1 << power, &digits))
			return false;
		power = 0;
	}
	return scale_ten(digits, power - decimals + 9, &out->nano);
}

/* Whole numbers only; the largest power of 1024 that leaves none of it over. */
static void print_binary(int64_t whole, bool negative, char *out)
{
	const char *letter = binary_suffixes;
	char suffix[] = { '\0', 'i', '\0' };

	for (; *letter && whole % 1024 == 0; letter++) {
		whole /= 1024;
		suffix[0] = *letter;
	}
	snprintf(out, QUANTITY_TEXT_BYTES, "%s%lld%s", negative ? "-" : "", (long long)whole,
		suffix[0] ? suffix : "");
}

/* False when the digits do not fit. */
static bool print_decimal(const struct number *number, char *out)
{
	static const char letters[] = "num\0kMGTPE";
	wide value = number->nano;
	int power = -9;
	char tail[16] = "";

	while (value % 1000 == 0 && power < EXPONENT_MAX) {
		value /= 1000;
		power += 3;
	}
	if (value > INT64_MAX)
		return false;
	if (power && number->format == FORMAT_EXPONENT)
		snprintf(tail, sizeof(tail), "e%d", power);
	else if (power)
		snprintf(tail, sizeof(tail), "%c", letters[power / 3 + 3]);
	snprintf(out, QUANTITY_TEXT_BYTES, "%s%lld%s", number->negative ? "-" : "",
		(long long)value, tail);
	return true;
}

bool quantity_canonical(const char *text, char out[QUANTITY_TEXT_BYTES])
{
	struct number number;

	if (strlen(text) >= QUANTITY_TEXT_BYTES || !read_number(text, &number))
		return false;
	if (number.as_written) {
		memcpy(out, text, strlen(text) + 1);
		return true;
	}
	if (number.nano == 0) {
		snprintf(out, QUANTITY_TEXT_BYTES, "0");
		return true;
	}
	if (number.format == FORMAT_BINARY && number.nano >= 1024 * NANO &&
		number.nano % NANO == 0) {
		print_binary((int64_t)(number.nano / NANO), number.negative, out);
		return true;
	}
	if (number.format == FORMAT_BINARY)
		number.format = FORMAT_DECIMAL;
	return print_decimal(&number, out);
}

static bool fold_value(
	struct json_object *object, const char *key, struct json_object *value, struct error *err)
{
	enum json_type type = json_object_get_type(value);
	char text[QUANTITY_TEXT_BYTES];

	if (type != json_type_string && type != json_type_int && type != json_type_double)
		return true;
	if (!quantity_canonical(json_object_get_string(value), text))
		return true;
	if (type == json_type_string && strcmp(text, json_object_get_string(value)) == 0)
		return true;
	return json_set_text(object, key, text, err);
}

static bool fold_all(struct json_object *object, struct error *err)
{
	json_object_object_foreach(object, key, value)
	{
		if (!fold_value(object, key, value, err))
			return false;
	}
	return true;
}

static bool is_one_of(const char *key, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(key, *words) == 0)
			return true;
	return false;
}

static bool fold_member(
	struct json_object *object, const char *key, struct json_object *value, struct error *err)
{
	static const char *const lists[] = { "requests", "limits", "capacity", NULL };
	static const char *const values[] = { "sizeLimit", "divisor", NULL };
	static const char *const free_texts[] = { "metadata", "selector", NULL };
	bool is_object = json_object_is_type(value, json_type_object);

	if (!is_object && !json_object_is_type(value, json_type_array))
		return !is_one_of(key, values) || fold_value(object, key, value, err);
	if (is_one_of(key, free_texts) || is_one_of(key, values))
		return true;
	return is_object && is_one_of(key, lists) ? fold_all(value, err)
						  : quantity_fold(value, err);
}

bool quantity_fold(struct json_object *tree, struct error *err)
{
	if (json_object_is_type(tree, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(tree); i++)
			if (!quantity_fold(json_object_array_get_idx(tree, i), err))
				return false;
		return true;
	}
	if (!json_object_is_type(tree, json_type_object))
		return true;
	json_object_object_foreach(tree, key, value)
	{
		if (!fold_member(tree, key, value, err))
			return false;
	}
	return true;
}
