/*
 * The one error type: a plain value on the caller's stack, so that reporting lack of memory needs none.
 * Every fallible function returns bool, is MUST_USE and takes `err` last; on failure its outputs are untouched. Any thread.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/auto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum error_code {
	ERR_NONE,
	ERR_INVALID, /* the input is wrong: the same call will fail again */
	ERR_NOT_FOUND, /* what was named does not exist */
	ERR_EXISTS, /* create of what is there already */
	ERR_CONFLICT, /* somebody else wrote first: read again */
	ERR_GONE, /* a watch position that is no longer kept: list again */
	ERR_DENIED, /* not authenticated or not allowed */
	ERR_TOO_LARGE, /* a limit of ours or of the peer */
	ERR_UNSUPPORTED, /* the peer does not know this kind, method or version */
	ERR_THROTTLED, /* the peer asks to come back later */
	ERR_TIMEOUT,
	ERR_IO, /* connection, file or peer failure */
	ERR_NO_MEMORY,
	ERR_PENDING, /* an answer needs a value that is not here yet: fetch it and call again */
};

struct error {
	enum error_code code;
	uint32_t retry_after_ms; /* THROTTLED: what the peer asked for; 0 = not said */
	char path[160]; /* which field, as users write it: spec.skills.refs[2]; "" when none */
	char text[512]; /* one sentence for a person, no newline, no secret */
};

/* Where in a document we are: a chain on the stack, printed only on failure. key NULL = an index. */
struct path {
	const struct path *up;
	const char *key;
	size_t index;
};
#define AT_KEY(p, k)   (&(const struct path){ .up = (p), .key = (k) })
#define AT_INDEX(p, i) (&(const struct path){ .up = (p), .index = (i) })

/* Writes the path as users write it ("spec.tools[3].name", keys with dots in brackets), cut to `out_bytes`. */
void path_print(const struct path *at, char *out, size_t out_bytes);

/* Sets code, path (`at`, may be NULL) and text (cut to fit, control characters made blanks). Returns false. `err` may be NULL. */
bool error_set(struct error *err, enum error_code code, const struct path *at, const char *fmt, ...)
	PRINTF(4, 5);

/* Puts "<context>: " before the text, going outward. Keeps code and path. Returns false. */
bool error_wrap(struct error *err, const char *fmt, ...) PRINTF(2, 3);

/* Out of memory, in one line. Returns false. */
bool error_no_memory(struct error *err);

/* That they return false is written here where the compiler sees it: it then knows which outputs are set after a failure. */
static inline bool error_is_set(bool ignored)
{
	(void)ignored;
	return false;
}
#define error_set(...)       error_is_set(error_set(__VA_ARGS__))
#define error_wrap(...)      error_is_set(error_wrap(__VA_ARGS__))
#define error_no_memory(err) error_is_set(error_no_memory(err))

/* True when the same call may succeed later without anybody changing its input. A function of the code alone. */
bool error_is_retryable(const struct error *err);

/* The code's name for logs and metrics: "not_found". Never NULL. */
const char *error_code_name(enum error_code code);

#endif
