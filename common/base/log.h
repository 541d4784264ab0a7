/*
 * One JSON line per fact on stderr: log_info("reconciled", LOG_OBJ(key), LOG_MS(took), LOG_STR("result", "patched")).
 * Constant lower-case message, variable fields. error = a person must act; warn = we retry; info = state changed; debug = the rest.
 * Never a token, Secret data or a prompt. Any thread; a line is one write(2).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log_field {
	const char *key;
	const char *text; /* NULL = `number` counts */
	int64_t number;
};

#define LOG_STR(k, v) log_text_field((k), (v))
#define LOG_INT(k, v) ((struct log_field){ .key = (k), .number = (int64_t)(v) })
#define LOG_MS(v)     LOG_INT("took_ms", v)
#define LOG_OBJ(v)    LOG_STR("object", v)
#define LOG_TRACE(v)  LOG_STR("trace", v)
#define LOG_ERR(e)                                                                                 \
	LOG_STR("error", (e)->text), LOG_STR("code", error_code_name((e)->code)),                  \
		LOG_STR("field", (e)->path)

static inline struct log_field log_text_field(const char *key, const char *text)
{
	return (struct log_field){ .key = key, .text = text ? text : "" };
}

#define LOG_WITH(level, message, ...)                                                              \
	log_write((level), (message), (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })
#define log_debug(...) LOG_WITH(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)  LOG_WITH(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  LOG_WITH(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) LOG_WITH(LOG_LEVEL_ERROR, __VA_ARGS__)

/* `fields` ends with a zero key. Fields with an empty text are left out. */
void log_write(enum log_level level, const char *message, const struct log_field *fields);

/* Lines below `level` are dropped; start value info. Call before other threads start. */
void log_set_level(enum log_level level);

/* "debug", "info", "warn", "error". ERR_INVALID names the choices. */
MUST_USE bool log_parse_level(const char *text, enum log_level *out, struct error *err);

#endif
