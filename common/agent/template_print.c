#include "agent/template_tree.h"

#include "agent/wire.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

bool template_value_is_true(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NIL:
		return false;
	case VALUE_TEXT:
		return v->bytes > 0;
	case VALUE_INT:
	case VALUE_BOOL:
		return v->whole != 0;
	case VALUE_FLOAT:
		return v->decimal != 0;
	case VALUE_LIST:
		return v->count > 0;
	case VALUE_INPUT:
		return true;
	}
	return false;
}

const char *template_value_type(const struct value *v)
{
	static const char *const names[] = { "nil", "string", "int", "float64", "bool", "[]string",
		"the template's input" };

	return names[v->kind];
}

/* As %v writes a float: shortest digits, an exponent below 1e-4 and from 1e21 on. */
static void print_float(double value, struct buffer *out)
{
	double size = fabs(value);
	char text[40];

	if (size == 0 || (size >= 1e-4 && size < 1e6)) {
		wire_number(out, value);
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, value);
		if (strtod(text, NULL) == value)
			break;
	}
	buffer_puts(out, text);
}

bool template_print(const struct value *v, struct buffer *out, struct error *err)
{
	switch (v->kind) {
	case VALUE_NIL:
		buffer_puts(out, "<no value>");
		break;
	case VALUE_TEXT:
		buffer_append(out, v->text, v->bytes);
		break;
	case VALUE_INT:
		buffer_printf(out, "%lld", (long long)v->whole);
		break;
	case VALUE_BOOL:
		buffer_puts(out, v->whole ? "true" : "false");
		break;
	case VALUE_FLOAT:
		print_float(v->decimal, out);
		break;
	case VALUE_LIST:
		buffer_putc(out, '[');
		for (size_t i = 0; i < v->count; i++) {
			if (i)
				buffer_putc(out, ' ');
			if (!template_print(&v->items[i], out, err))
				return false;
		}
		buffer_putc(out, ']');
		break;
	case VALUE_INPUT:
		return error_set(err, ERR_INVALID, NULL,
			"the dot as a whole cannot be printed: name a field, such as .AgentName");
	}
	return buffer_ok(out, err);
}

bool template_print_all(
	const struct value *args, size_t count, bool line, struct buffer *out, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		bool texts = i && (args[i].kind == VALUE_TEXT || args[i - 1].kind == VALUE_TEXT);

		if (i && (line || !texts))
			buffer_putc(out, ' ');
		if (args[i].kind == VALUE_NIL)
			buffer_puts(out, "<nil>");
		else if (!template_print(&args[i], out, err))
			return false;
		if (out->bytes > TEMPLATE_MAX_BYTES)
			return error_set(err, ERR_TOO_LARGE, NULL,
				"the result is larger than %zu bytes", TEMPLATE_MAX_BYTES);
	}
	if (line)
		buffer_putc(out, '\n');
	return buffer_ok(out, err);
}

static size_t count_characters(const struct buffer *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->bytes; i++)
		count += ((unsigned char)text->data[i] & 0xc0) != 0x80;
	return count;
}

struct verb {
	char letter;
	bool left, plus, zero, has_precision;
	int width, precision;
};

/* Digits of a width or precision, at most 1000. */
static int read_count(const char **at)
{
	int value = 0;

	for (; isdigit((unsigned char)**at); (*at)++)
		value = value > 1000 ? value : value * 10 + (**at - '0');
	return value;
}

static bool read_verb(const char **at, struct verb *out, struct error *err)
{
	*out = (struct verb){ 0 };
	for (; **at && strchr("-+0", **at); (*at)++) {
		out->left = out->left || **at == '-';
		out->plus = out->plus || **at == '+';
		out->zero = out->zero || **at == '0';
	}
	out->width = read_count(at);
	if (**at == '.') {
		(*at)++;
		out->has_precision = true;
		out->precision = read_count(at);
	}
	out->letter = **at;
	if (out->width > 1000 || out->precision > 1000)
		return error_set(err, ERR_INVALID, NULL, "a width or precision is above 1000");
	if (!out->letter || !strchr("vsqdtxXcfeg", out->letter))
		return error_set(err, ERR_INVALID, NULL,
			"%%%c is not supported: there are %%v %%s "
			"%%q %%d %%t %%x %%c %%f %%e %%g",
			out->letter ? out->letter : ' ');
	(*at)++;
	return true;
}

void template_put_character(int64_t c, struct buffer *out)
{
	unsigned long u =
		c < 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0xfffd : (unsigned long)c;

	if (u < 0x80) {
		buffer_putc(out, (char)u);
	} else if (u < 0x800) {
		buffer_putc(out, (char)(0xc0 | u >> 6));
		buffer_putc(out, (char)(0x80 | (u & 0x3f)));
	} else {
		buffer_putc(out, (char)(u < 0x10000 ? 0xe0 | u >> 12 : 0xf0 | u >> 18));
		if (u >= 0x10000)
			buffer_putc(out, (char)(0x80 | (u >> 12 & 0x3f)));
		buffer_putc(out, (char)(0x80 | (u >> 6 & 0x3f)));
		buffer_putc(out, (char)(0x80 | (u & 0x3f)));
	}
}

static void put_quoted(const char *text, size_t bytes, struct buffer *out)
{
	static const char letters[] = { ['\a'] = 'a',
		['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\v'] = 'v',
		['\f'] = 'f',
		['\r'] = 'r',
		['"'] = '"',
		['\\'] = '\\' };

	buffer_putc(out, '"');
	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < sizeof(letters) && letters[c])
			buffer_append(out, (const char[]){ '\\', letters[c] }, 2);
		else if (c < 0x20 || c == 0x7f)
			buffer_printf(out, "\\x%02x", c);
		else
			buffer_putc(out, (char)c);
	}
	buffer_putc(out, '"');
}

static void put_number(const struct verb *verb, double value, struct buffer *out)
{
	int precision = verb->has_precision ? verb->precision : 6;

	switch (verb->letter) {
	case 'f':
		buffer_printf(out, verb->plus ? "%+.*f" : "%.*f", precision, value);
		break;
	case 'e':
		buffer_printf(out, verb->plus ? "%+.*e" : "%.*e", precision, value);
		break;
	default:
		if (verb->has_precision)
			buffer_printf(out, verb->plus ? "%+.*g" : "%.*g", precision, value);
		else
			print_float(value, out);
		break;
	}
}

static bool put_hex(const struct verb *verb, const struct value *v, struct buffer *out)
{
	if (v->kind == VALUE_TEXT) {
		for (size_t i = 0; i < v->bytes; i++)
			buffer_printf(out, verb->letter == 'X' ? "%02X" : "%02x",
				(unsigned char)v->text[i]);
		return true;
	}
	if (v->kind != VALUE_INT)
		return false;
	if (v->whole < 0)
		buffer_putc(out, '-');
	buffer_printf(out, verb->letter == 'X' ? "%llX" : "%llx",
		v->whole < 0 ? 0 - (unsigned long long)v->whole : (unsigned long long)v->whole);
	return true;
}

/* False when the verb does not fit the value. */
static bool format_value(
	const struct verb *verb, const struct value *v, struct buffer *out, struct error *err)
{
	switch (verb->letter) {
	case 's':
		if (v->kind != VALUE_TEXT && v->kind != VALUE_LIST)
			return false;
		return template_print(v, out, err);
	case 'q':
		if (v->kind == VALUE_TEXT)
			put_quoted(v->text, v->bytes, out);
		return v->kind == VALUE_TEXT;
	case 't':
		return v->kind == VALUE_BOOL && template_print(v, out, err);
	case 'd':
		if (v->kind == VALUE_INT)
			buffer_printf(out, verb->plus ? "%+lld" : "%lld", (long long)v->whole);
		return v->kind == VALUE_INT;
	case 'c':
		if (v->kind == VALUE_INT)
			template_put_character(v->whole, out);
		return v->kind == VALUE_INT;
	case 'x':
	case 'X':
		return put_hex(verb, v, out);
	case 'v':
		if (v->kind == VALUE_NIL) {
			buffer_puts(out, "<nil>");
			return true;
		}
		return template_print(v, out, err);
	default:
		if (v->kind == VALUE_FLOAT)
			put_number(verb, v->decimal, out);
		return v->kind == VALUE_FLOAT;
	}
}

/* `%.3s`: the first characters. */
static void cut_characters(const struct verb *verb, struct buffer *text)
{
	size_t left = (size_t)verb->precision;
	size_t at = 0;

	if (!verb->has_precision || !strchr("sq", verb->letter))
		return;
	for (; at < text->bytes; at++) {
		bool starts = ((unsigned char)text->data[at] & 0xc0) != 0x80;

		if (starts && left-- == 0)
			break;
	}
	if (text->data)
		text->data[at] = '\0';
	text->bytes = at;
}

static bool put_verb(
	const struct verb *verb, const struct value *v, struct buffer *out, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	struct error found = { 0 };
	size_t width = (size_t)verb->width;
	size_t characters;
	bool zero = verb->zero && !verb->left && (v->kind == VALUE_INT || v->kind == VALUE_FLOAT);
	size_t sign;

	if (!format_value(verb, v, &text, &found)) {
		if (found.code == ERR_NONE)
			return error_set(err, ERR_INVALID, NULL, "%%%c does not fit the type %s",
				verb->letter, template_value_type(v));
		if (err)
			*err = found;
		return false;
	}
	cut_characters(verb, &text);
	if (!buffer_ok(&text, err))
		return false;
	characters = count_characters(&text);
	sign = zero && text.bytes && strchr("+-", text.data[0]) ? 1 : 0;
	buffer_append(out, text.data, sign);
	for (; !verb->left && characters < width; characters++)
		buffer_putc(out, zero ? '0' : ' ');
	buffer_append(out, text.data + sign, text.bytes - sign);
	for (; characters < width; characters++)
		buffer_putc(out, ' ');
	return true;
}

bool template_printf(const struct value *args, size_t count, struct buffer *out, struct error *err)
{
	size_t used = 1;

	if (args[0].kind != VALUE_TEXT)
		return error_set(err, ERR_INVALID, NULL, "the format must be a string");
	for (const char *at = args[0].text, *end = at + args[0].bytes; at < end;) {
		struct verb verb;

		if (*at != '%') {
			buffer_putc(out, *at++);
			continue;
		}
		if (*++at == '%') {
			buffer_putc(out, *at++);
			continue;
		}
		if (!read_verb(&at, &verb, err))
			return false;
		if (used == count)
			return error_set(err, ERR_INVALID, NULL, "more verbs than values");
		if (!put_verb(&verb, &args[used++], out, err))
			return false;
		if (out->bytes > TEMPLATE_MAX_BYTES)
			return error_set(err, ERR_TOO_LARGE, NULL,
				"the result is larger than %zu bytes", TEMPLATE_MAX_BYTES);
	}
	if (used < count)
		return error_set(err, ERR_INVALID, NULL, "more values than verbs");
	return buffer_ok(out, err);
}
