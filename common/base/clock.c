#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

uint64_t clock_monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

uint64_t clock_boot_ms(void)
{
	return clock_us(CLOCK_BOOTTIME) / 1000;
}

uint64_t clock_wall_ms(void)
{
	return clock_us(CLOCK_REALTIME) / 1000;
}

uint64_t clock_wall_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

void clock_rfc3339(uint64_t wall_ms, char out[CLOCK_RFC3339_BYTES])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(out, CLOCK_RFC3339_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

void clock_rfc3339_micro(uint64_t wall_us, char out[CLOCK_RFC3339_BYTES])
{
	clock_rfc3339(wall_us / 1000, out);
	snprintf(out + 19, CLOCK_RFC3339_BYTES - 19, ".%06uZ", (unsigned)(wall_us % 1000000));
}

/* Reads exactly `digits` decimal digits. */
static bool read_digits(const char **at, int digits, int *out)
{
	int value = 0;

	for (; digits; digits--, ++*at) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (**at - '0');
	}
	*out = value;
	return true;
}

static bool read_mark(const char **at, const char *one_of)
{
	if (!**at || !strchr(one_of, **at))
		return false;
	++*at;
	return true;
}

/* "" or ".678901234": microseconds. */
static bool read_fraction(const char **at, int64_t *out_us)
{
	int64_t unit = 100000;

	*out_us = 0;
	if (**at != '.')
		return true;
	++*at;
	if (**at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
		*out_us += (**at - '0') * unit;
	return true;
}

/* "Z" or "+01:00". */
static bool read_zone(const char **at, int *out_s)
{
	int sign = **at == '-' ? -1 : 1;
	int hours, minutes;

	*out_s = 0;
	if (read_mark(at, "Zz"))
		return true;
	if (!read_mark(at, "+-") || !read_digits(at, 2, &hours) || !read_mark(at, ":") ||
		!read_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*out_s = sign * (hours * 60 + minutes) * 60;
	return true;
}

static bool read_time(const char *at, int64_t *out_us)
{
	struct tm tm = { 0 };
	struct tm given;
	int64_t fraction_us;
	int zone_s;
	time_t seconds;

	if (!read_digits(&at, 4, &tm.tm_year) || !read_mark(&at, "-") ||
		!read_digits(&at, 2, &tm.tm_mon) || !read_mark(&at, "-") ||
		!read_digits(&at, 2, &tm.tm_mday) || !read_mark(&at, "Tt ") ||
		!read_digits(&at, 2, &tm.tm_hour) || !read_mark(&at, ":") ||
		!read_digits(&at, 2, &tm.tm_min) || !read_mark(&at, ":") ||
		!read_digits(&at, 2, &tm.tm_sec) || !read_fraction(&at, &fraction_us) ||
		!read_zone(&at, &zone_s) || *at)
		return false;
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	given = tm;
	seconds = timegm(&tm); /* which puts days right that no month has */
	if (tm.tm_mon != given.tm_mon || tm.tm_mday < given.tm_mday)
		return false;
	*out_us = ((int64_t)seconds - zone_s) * 1000000 + fraction_us;
	return true;
}

bool clock_parse_rfc3339(const char *text, int64_t *out_us, struct error *err)
{
	return read_time(text, out_us) ||
	       error_set(err, ERR_INVALID, NULL, "\"%.60s\" is no time like 2026-01-02T03:04:05Z",
		       text);
}
