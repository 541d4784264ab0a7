/*
 * When certificates are renewed. Pure: the clock is an argument. Times in seconds since 1970; any thread.
 *
 * A serving certificate is renewed after two thirds of its life. So is a CA: the new one signs at once and both are trusted, but the
 * serving certificate changes only when its own time comes and the new bundle has been in all configurations for `grace_s`. The old
 * CA leaves the bundle when no certificate that it signed can be good any more.
 */
#ifndef CERTS_PLAN_H
#define CERTS_PLAN_H

#include "certs/chest.h"

struct plan_limits {
	int64_t ca_lifetime_s;
	int64_t leaf_lifetime_s;
	int64_t grace_s;
};

enum plan_step {
	PLAN_WAIT, /* nothing to do until wake_at */
	PLAN_RENEW_CA,
	PLAN_RENEW_LEAF,
	PLAN_DROP_CAS,
};

struct plan {
	enum plan_step step;
	const char *reason; /* for the log */
	int64_t wake_at;
};

/*
 * What to do about `chest` now. `placed_at`: since when its bundle is known to be in all configurations; 0 = not yet.
 * `names` up to NULL.
 */
struct plan plan_next(const struct chest *chest, const char *const *names,
	const struct plan_limits *limits, int64_t now, int64_t placed_at);

/*
 * Does all that is to be done now; `last` is then a PLAN_WAIT, with the reason of the first step that was done, or NULL when `chest` is
 * as it was. A bundle that changes counts as placed nowhere. ERR_IO, ERR_NO_MEMORY: `chest` may have changed.
 */
MUST_USE bool plan_settle(struct chest *chest, const char *const *names,
	const struct plan_limits *limits, int64_t now, int64_t placed_at, struct plan *last,
	struct error *err);

#endif
