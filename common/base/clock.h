/* Time. Milliseconds everywhere; monotonic for waiting, wall for what people read. Any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/error.h"

#include <stdint.h>

#define CLOCK_RFC3339_BYTES 32

uint64_t clock_monotonic_ms(void);
uint64_t clock_monotonic_us(void);
uint64_t clock_boot_ms(void); /* monotonic, and goes on while the machine is suspended */
uint64_t clock_wall_ms(void); /* since 1970 */
uint64_t clock_wall_us(void);

/* "2026-01-02T03:04:05Z" (Kubernetes Time) and "2026-01-02T03:04:05.678901Z" (MicroTime) of a wall time. */
void clock_rfc3339(uint64_t wall_ms, char out[CLOCK_RFC3339_BYTES]);
void clock_rfc3339_micro(uint64_t wall_us, char out[CLOCK_RFC3339_BYTES]);

/*
 * Reads an RFC 3339 time ("2026-01-02T03:04:05.678901+01:00") as microseconds since 1970; what is finer is cut off.
 * ERR_INVALID shows the text.
 */
MUST_USE bool clock_parse_rfc3339(const char *text, int64_t *out_us, struct error *err);

#endif
