/* Small things done to strings. Heap results are the caller's (AUTO(text)); NULL means out of memory. Any thread. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/error.h"

bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);
bool text_is_empty(const char *text); /* NULL or "" */

MUST_USE char *text_format(const char *fmt, ...) PRINTF(1, 2);
/* "FIRST/SECOND" in `out`, without printf: for look-ups by namespace and name on busy ways. False: there is no room for it. */
MUST_USE bool text_pair(char *out, size_t room, const char *first, const char *second);
MUST_USE char *text_copy(const char *text, size_t bytes);

/* Puts a copy into `*slot`, releasing what was there. */
MUST_USE bool text_replace(char **slot, const char *text, struct error *err);

#endif
