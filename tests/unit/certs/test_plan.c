#include "certs/plan.h"

#include "base/text.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define NOW     1800000000
#define CA_LIFE 9000
#define LIFE    900
#define GRACE   10

static const char *const names[] = { "hook.kagent.svc", NULL };
static const struct plan_limits limits = { CA_LIFE, LIFE, GRACE };

/* Settles and returns whether anything was done. */
static bool settle(struct chest *chest, int64_t now, int64_t placed_at, int64_t *wake_at)
{
	struct plan last;
	struct error err;

	ck_assert_msg(
		plan_settle(chest, names, &limits, now, placed_at, &last, &err), "%s", err.text);
	ck_assert_int_eq(last.step, PLAN_WAIT);
	ck_assert_int_gt(last.wake_at, now);
	if (wake_at)
		*wake_at = last.wake_at;
	return last.reason != NULL;
}

static size_t count_cas(const struct chest *chest)
{
	size_t count = 0;

	for (char *ca; (ca = cert_at(chest->bundle, count)); count++)
		free(ca);
	return count;
}

static char *copy(const char *text)
{
	return text_copy(text, strlen(text));
}

START_TEST(an_empty_chest_gets_a_ca_and_a_certificate)
{
	struct chest chest = { 0 };
	int64_t wake_at;

	ck_assert(settle(&chest, NOW, 0, &wake_at));
	ck_assert_uint_eq(count_cas(&chest), 1);
	ck_assert(cert_is_signed_by(chest.leaf, chest.bundle));
	ck_assert(cert_has_names(chest.leaf, names));
	/* Two thirds of the certificate's life, less the time that it is backdated by. */
	ck_assert_int_eq(wake_at, NOW - 45 + (LIFE + 45) * 2 / 3);
	ck_assert(!settle(&chest, NOW, 0, NULL));
	chest_fini(&chest);
}
END_TEST

START_TEST(a_certificate_is_renewed_when_due_and_its_ca_is_in_place)
{
	struct chest chest = { 0 };
	AUTO(text) char *first = NULL;
	int64_t due;

	settle(&chest, NOW, 0, &due);
	first = copy(chest.leaf);
	ck_assert(!settle(&chest, due - 1, NOW, NULL));
	/* Due, but nobody is known to trust the bundle, or not for long enough. */
	ck_assert(!settle(&chest, due, 0, NULL));
	ck_assert(!settle(&chest, due, due - GRACE + 1, NULL));
	ck_assert_str_eq(chest.leaf, first);
	ck_assert(settle(&chest, due, due - GRACE, NULL));
	ck_assert_str_ne(chest.leaf, first);
	ck_assert_uint_eq(count_cas(&chest), 1);
	chest_fini(&chest);
}
END_TEST

START_TEST(an_expiring_certificate_is_renewed_in_any_case)
{
	struct chest chest = { 0 };

	settle(&chest, NOW, 0, NULL);
	ck_assert(!settle(&chest, NOW + LIFE - GRACE - 1, 0, NULL));
	ck_assert(settle(&chest, NOW + LIFE - GRACE, 0, NULL));
	chest_fini(&chest);
}
END_TEST

/* From one CA to the next and beyond, second by second of interest, as a client with the bundle sees it. */
START_TEST(a_ca_changes_while_every_certificate_in_force_is_trusted)
{
	struct chest chest = { 0 };
	AUTO(text) char *first_ca = NULL;
	bool saw_two = false, saw_one_again = false, saw_old_leaf_beside_new_ca = false;

	settle(&chest, NOW, NOW, NULL);
	first_ca = copy(chest.bundle);
	for (int64_t now = NOW; now < NOW + 2 * CA_LIFE; now += 5 * GRACE) {
		AUTO(text) char *previous = copy(chest.bundle);
		struct cert_facts leaf;
		size_t count;

		settle(&chest, now, now - GRACE, NULL);
		count = count_cas(&chest);
		ck_assert(cert_read(chest.leaf, &leaf));
		ck_assert_int_gt(leaf.not_after, now);
		ck_assert_uint_le(count, 2);
		/* Whoever still has the bundle of a moment ago trusts the certificate too. */
		{
			bool trusted = false;

			for (size_t i = 0; i < 3 && !trusted; i++) {
				AUTO(text) char *ca = cert_at(previous, i);

				trusted = ca && cert_is_signed_by(chest.leaf, ca);
			}
			ck_assert_msg(trusted, "at %lld", (long long)(now - NOW));
		}
		saw_two |= count == 2;
		if (count == 2 && cert_is_signed_by(chest.leaf, first_ca))
			saw_old_leaf_beside_new_ca = true;
		saw_one_again |= saw_two && count == 1 && !cert_is_signed_by(chest.leaf, first_ca);
	}
	ck_assert(saw_two && saw_one_again && saw_old_leaf_beside_new_ca);
	chest_fini(&chest);
}
END_TEST

START_TEST(an_old_ca_stays_until_its_last_certificate_is_gone)
{
	struct chest chest = { 0 };
	int64_t ca_due = NOW - 300 + (CA_LIFE + 300) * 2 / 3;
	int64_t renewed;

	settle(&chest, NOW, NOW, NULL);
	/* Keep the certificate fresh until the CA is due. */
	for (renewed = NOW; renewed < ca_due; renewed += 5 * GRACE)
		settle(&chest, renewed, NOW, NULL);
	settle(&chest, renewed, NOW, NULL);
	ck_assert_uint_eq(count_cas(&chest), 2);
	/* A certificate of the old CA may have been made the moment before: it lives on, in another replica perhaps. */
	for (int64_t now = renewed; now < renewed + LIFE - 2 * GRACE; now += 5 * GRACE) {
		settle(&chest, now, now - GRACE, NULL);
		ck_assert_uint_eq(count_cas(&chest), 2);
	}
	settle(&chest, renewed + LIFE + 3 * GRACE + issue_skew_s(CA_LIFE), NOW, NULL);
	ck_assert_uint_eq(count_cas(&chest), 1);
	chest_fini(&chest);
}
END_TEST

START_TEST(damage_is_repaired)
{
	struct chest chest = { 0 }, other = { 0 };

	settle(&chest, NOW, NOW, NULL);
	settle(&other, NOW, NOW, NULL);
	/* Another's key beside the certificate. */
	free(chest.leaf_key);
	chest.leaf_key = copy(other.leaf_key);
	ck_assert(settle(&chest, NOW + 1, NOW, NULL));
	/* A certificate that nobody trusts. */
	free(chest.leaf);
	free(chest.leaf_key);
	chest.leaf = copy(other.leaf);
	chest.leaf_key = copy(other.leaf_key);
	ck_assert(settle(&chest, NOW + 2, NOW, NULL));
	/* No CA's key. */
	free(chest.ca_key);
	chest.ca_key = copy("nonsense");
	ck_assert(settle(&chest, NOW + 3, NOW, NULL));
	ck_assert_uint_eq(count_cas(&chest), 2);
	/* A name more. */
	{
		static const char *const more[] = { "hook.kagent.svc", "127.0.0.1", NULL };
		struct plan plan = plan_next(&chest, more, &limits, NOW + 4, NOW);

		ck_assert_int_eq(plan.step, PLAN_RENEW_LEAF);
		ck_assert_str_eq(plan.reason, "the serving certificate lacks a name");
	}
	/* Long after all ends. */
	ck_assert(settle(&chest, NOW + 10 * CA_LIFE, NOW, NULL));
	ck_assert(settle(&chest, NOW + 10 * CA_LIFE + 2 * LIFE, NOW, NULL));
	ck_assert_uint_eq(count_cas(&chest), 1);
	chest_fini(&chest);
	chest_fini(&other);
}
END_TEST

START_TEST(a_secret_holds_it_all)
{
	struct chest chest = { 0 }, back = { 0 };
	AUTO(json) struct json_object *secret = NULL;
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct error err;

	settle(&chest, NOW, NOW, NULL);
	secret = chest_secret(&chest, "kagent", "hook-tls", "17", &err);
	json_value_write(&text, secret);
	ck_assert(json_doc_parse(&text, NULL, &doc, &err));
	ck_assert(json_text_is(json_get(json_root(doc), "type"), "kubernetes.io/tls"));
	ck_assert(json_text_is(json_dig(json_root(doc), "metadata", "resourceVersion"), "17"));
	ck_assert(chest_read(json_root(doc), &back, &err));
	ck_assert_str_eq(back.bundle, chest.bundle);
	ck_assert_str_eq(back.ca_key, chest.ca_key);
	ck_assert_str_eq(back.leaf, chest.leaf);
	ck_assert_str_eq(back.leaf_key, chest.leaf_key);
	chest_fini(&chest);
	chest_fini(&back);
}
END_TEST

START_TEST(what_is_no_certificate_is_absent)
{
	static const char text[] =
		"{\"data\":{\"ca.crt\":\"*\",\"ca.key\":7,\"tls.crt\":\"\",\"tls.key\":\"AA==\"}}";
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct chest chest = { 0 };

	ck_assert(json_doc_copy(text, strlen(text), NULL, &doc, NULL));
	ck_assert(chest_read(json_root(doc), &chest, NULL));
	ck_assert(!chest.bundle && !chest.ca_key && !chest.leaf && !chest.leaf_key);
	ck_assert(chest_read((struct json_view){ 0 }, &chest, NULL));
	chest_fini(&chest);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("certs/plan");
	TCase *tests = tcase_create("plan");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, an_empty_chest_gets_a_ca_and_a_certificate);
	tcase_add_test(tests, a_certificate_is_renewed_when_due_and_its_ca_is_in_place);
	tcase_add_test(tests, an_expiring_certificate_is_renewed_in_any_case);
	tcase_add_test(tests, a_ca_changes_while_every_certificate_in_force_is_trusted);
	tcase_add_test(tests, an_old_ca_stays_until_its_last_certificate_is_gone);
	tcase_add_test(tests, damage_is_repaired);
	tcase_add_test(tests, a_secret_holds_it_all);
	tcase_add_test(tests, what_is_no_certificate_is_absent);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
