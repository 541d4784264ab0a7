#include "certs/plan.h"

#include <string.h>

/* Certificates are renewed after this part of their life. */
#define LIFE_PARTS 3
#define STEPS_MAX  4
#define PARTS_USED 2

static int64_t due_at(const struct cert_facts *facts)
{
	return facts->not_before + (facts->not_after - facts->not_before) * PARTS_USED / LIFE_PARTS;
}

static bool is_trusted(const struct chest *chest)
{
	AUTO(text) char *ca = NULL;
	bool found = false;

	for (size_t i = 0; !found; i++) {
		free(ca);
		ca = cert_at(chest->bundle, i);
		if (!ca)
			return false;
		found = cert_is_signed_by(chest->leaf, ca);
	}
	return found;
}

/* Why the serving certificate cannot go on; NULL when it can. */
static const char *leaf_fault(const struct chest *chest, const char *const *names, int64_t now)
{
	struct cert_facts leaf;

	if (!chest->leaf || !chest->leaf_key || !cert_read(chest->leaf, &leaf))
		return "there is no serving certificate";
	if (leaf.not_after <= now)
		return "the serving certificate has expired";
	if (!cert_fits_key(chest->leaf, chest->leaf_key))
		return "the serving certificate's key is another's";
	if (!cert_has_names(chest->leaf, names))
		return "the serving certificate lacks a name";
	if (!is_trusted(chest))
		return "the serving certificate's CA is not in the bundle";
	return NULL;
}

/* True when a CA other than the signing one can go: nothing that it signed is good any more. */
static bool has_idle_ca(const struct chest *chest, const char *signer)
{
	char *ca;

	for (size_t i = 0; (ca = cert_at(chest->bundle, i)); i++) {
		bool is_idle = strcmp(ca, signer) != 0 && !cert_is_signed_by(chest->leaf, ca);

		free(ca);
		if (is_idle)
			return true;
	}
	return false;
}

static struct plan step(enum plan_step what, const char *reason)
{
	return (struct plan){ .step = what, .reason = reason };
}

static struct plan wait_until(int64_t when, int64_t sooner)
{
	return (struct plan){ .step = PLAN_WAIT, .wake_at = when < sooner ? when : sooner };
}

struct plan plan_next(const struct chest *chest, const char *const *names,
	const struct plan_limits *limits, int64_t now, int64_t placed_at)
{
	AUTO(text) char *signer = chest_signer(chest);
	struct cert_facts ca, leaf;
	const char *fault;
	int64_t idle_at;

	if (!signer || !cert_read(signer, &ca))
		return step(PLAN_RENEW_CA, "there is no CA");
	if (ca.not_after <= now)
		return step(PLAN_RENEW_CA, "the CA has expired");
	if (due_at(&ca) <= now)
		return step(PLAN_RENEW_CA, "two thirds of the CA's life are over");
	fault = leaf_fault(chest, names, now);
	if (fault || !cert_read(chest->leaf, &leaf))
		return step(PLAN_RENEW_LEAF, fault);
	if (due_at(&leaf) <= now) {
		if (placed_at && placed_at + limits->grace_s <= now)
			return step(
				PLAN_RENEW_LEAF, "two thirds of the certificate's life are over");
		/* Told again when the bundle is in place; at the very end a new one is better than none. */
		if (leaf.not_after - limits->grace_s <= now)
			return step(PLAN_RENEW_LEAF, "the certificate is about to expire");
		return wait_until(leaf.not_after - limits->grace_s,
			placed_at ? placed_at + limits->grace_s : leaf.not_after);
	}
	/* The other CAs signed nothing after this one was made. */
	idle_at = ca.not_before + issue_skew_s(limits->ca_lifetime_s) + limits->leaf_lifetime_s +
		  limits->grace_s;
	if (!has_idle_ca(chest, signer))
		return wait_until(due_at(&ca), due_at(&leaf));
	if (idle_at <= now)
		return step(PLAN_DROP_CAS, "nothing that the old CA signed is good any more");
	return wait_until(idle_at, due_at(&leaf) < due_at(&ca) ? due_at(&leaf) : due_at(&ca));
}

static bool renew_leaf(struct chest *chest, const char *const *names,
	const struct plan_limits *limits, int64_t now, struct error *err)
{
	AUTO(text) char *signer = chest_signer(chest);
	struct issued ca = { .cert_pem = signer, .key_pem = chest->ca_key };
	struct issued leaf = { 0 };

	if (!signer)
		return error_set(err, ERR_INVALID, NULL, "there is no CA to sign with");
	if (!issue_leaf(&ca, names, now, limits->leaf_lifetime_s, &leaf, err))
		return false;
	chest_set_leaf(chest, &leaf);
	return true;
}

static bool do_step(struct chest *chest, enum plan_step what, const char *const *names,
	const struct plan_limits *limits, int64_t now, struct error *err)
{
	struct issued ca = { 0 };
	bool ok = true;

	switch (what) {
	case PLAN_RENEW_CA:
		if (!issue_ca(now, limits->ca_lifetime_s, &ca, err))
			return false;
		ok = chest_add_ca(chest, &ca, err);
		issued_fini(&ca);
		return ok;
	case PLAN_RENEW_LEAF:
		return renew_leaf(chest, names, limits, now, err);
	case PLAN_DROP_CAS:
		return chest_drop_cas(chest, err);
	case PLAN_WAIT:
		break;
	}
	return ok;
}

bool plan_settle(struct chest *chest, const char *const *names, const struct plan_limits *limits,
	int64_t now, int64_t placed_at, struct plan *last, struct error *err)
{
	const char *reason = NULL;

	for (int steps = 0; steps <= STEPS_MAX; steps++) {
		struct plan plan = plan_next(chest, names, limits, now, placed_at);

		if (plan.step == PLAN_WAIT) {
			*last = plan;
			last->reason = reason;
			return true;
		}
		reason = reason ? reason : plan.reason;
		if (!do_step(chest, plan.step, names, limits, now, err))
			return false;
		if (plan.step == PLAN_RENEW_CA)
			placed_at = 0;
	}
	return error_set(err, ERR_INVALID, NULL, "certificates of this lifetime are due at once");
}
