#include "base/log.h"
#include "base/buffer.h"
#include "base/clock.h"

#include <inttypes.h>
#include <unistd.h>

static enum log_level log_floor = LOG_LEVEL_INFO;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_set_level(enum log_level level)
{
	log_floor = level;
}

bool log_parse_level(const char *text, enum log_level *out, struct error *err)
{
	for (size_t i = 0; i < COUNT(level_names); i++)
		if (strcmp(text, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	return error_set(err, ERR_INVALID, NULL,
		"unknown log level \"%s\": write debug, info, warn or error", text);
}

static void put_quoted(struct buffer *line, const char *text)
{
	buffer_putc(line, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buffer_printf(line, "\\%c", c);
		else if (c < 0x20)
			buffer_printf(line, "\\u%04x", c);
		else
			buffer_putc(line, (char)c);
	}
	buffer_putc(line, '"');
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
	struct buffer line __attribute__((cleanup(auto_buffer))) = { 0 };
	char now[CLOCK_RFC3339_BYTES];

	if (level < log_floor)
		return;
	clock_rfc3339_micro(clock_wall_ms() * 1000, now);
	buffer_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", now, level_names[level]);
	put_quoted(&line, message);
	for (; fields->key; fields++) {
		if (fields->text && !*fields->text)
			continue;
		buffer_printf(&line, ",\"%s\":", fields->key);
		if (fields->text)
			put_quoted(&line, fields->text);
		else
			buffer_printf(&line, "%" PRId64, fields->number);
	}
	buffer_puts(&line, "}\n");
	if (line.failed || write(STDERR_FILENO, line.data, line.bytes) < 0)
		return; /* nowhere left to complain */
}
