#include "common/kube/rig.h"
#include "kube/lease.h"

/* A server with one lease, whose holder the test sets. */

static struct {
	pthread_mutex_t lock;
	char holder[64]; /* "" = free, "-" = no lease there */
	int rv;
	int writes;
	uint64_t written_ms; /* when last */
	unsigned delay_ms; /* of the answers to writes */
	int status; /* of writes; 0 = they succeed */
} lease_world = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void lease_reply(struct buffer *out)
{
	buffer_printf(out,
		"{\"apiVersion\":\"coordination.k8s.io/"
		"v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"l\",\"namespace\":\"n\","
		"\"resourceVersion\":\"%d\"},\"spec\":{\"holderIdentity\":\"%s\","
		"\"leaseDurationSeconds\":2,"
		"\"acquireTime\":\"2026-01-01T00:00:00.000000Z\",\"leaseTransitions\":4}}",
		lease_world.rv, lease_world.holder);
}

static void lease_take(const char *request)
{
	const char *holder = strstr(request, "\"holderIdentity\":\"");

	ck_assert_ptr_nonnull(holder);
	sscanf(holder + strlen("\"holderIdentity\":\""), "%63[^\"]", lease_world.holder);
	if (strstr(request, "\"holderIdentity\":\"\""))
		lease_world.holder[0] = '\0';
	lease_world.rv++;
	lease_world.writes++;
	lease_world.written_ms = clock_boot_ms();
}

static bool answer_lease(struct apiserver *api, int fd, const char *method,
	const char *target UNUSED, const char *request)
{
	AUTO(buffer) struct buffer out = { 0 };
	int status = 200;
	unsigned delay_ms;

	pthread_mutex_lock(&lease_world.lock);
	delay_ms = strcmp(method, "GET") == 0 ? 0 : lease_world.delay_ms;
	if (strcmp(method, "GET") == 0)
		status = strcmp(lease_world.holder, "-") == 0 ? 404 : 200;
	else if (lease_world.status)
		status = lease_world.status;
	else
		lease_take(request);
	if (status == 200)
		lease_reply(&out);
	pthread_mutex_unlock(&lease_world.lock);
	usleep(delay_ms * 1000);
	return status == 200 ? api_reply(api, fd, 200, "", out.data)
			     : api_refuse(api, fd, status, "x", "no");
}

static void lease_set(const char *holder, int status)
{
	pthread_mutex_lock(&lease_world.lock);
	snprintf(lease_world.holder, sizeof(lease_world.holder), "%s", holder);
	lease_world.rv++;
	lease_world.status = status;
	pthread_mutex_unlock(&lease_world.lock);
}

static void lease_set_delay(unsigned delay_ms)
{
	pthread_mutex_lock(&lease_world.lock);
	lease_world.delay_ms = delay_ms;
	pthread_mutex_unlock(&lease_world.lock);
}

static uint64_t lease_written_ms(void)
{
	uint64_t ms;

	pthread_mutex_lock(&lease_world.lock);
	ms = lease_world.written_ms;
	pthread_mutex_unlock(&lease_world.lock);
	return ms;
}

static bool lease_is_of(const char *holder)
{
	bool is;

	pthread_mutex_lock(&lease_world.lock);
	is = strcmp(lease_world.holder, holder) == 0;
	pthread_mutex_unlock(&lease_world.lock);
	return is;
}

static int led, lost;
static uint64_t led_ms;

static void on_lead(void *context UNUSED)
{
	led++;
	led_ms = clock_boot_ms();
}

static void on_lost(void *context UNUSED)
{
	lost++;
}

static struct kube_lease *open_lease_for(const char *holder, uint32_t duration_s)
{
	const struct kube_lease_options options = { .ns = "n",
		.name = "l",
		.identity = "me",
		.duration_s = duration_s,
		.on_lead = on_lead,
		.on_lost = on_lost };
	struct kube_lease *lease;

	led = lost = 0;
	lease_set(holder, 0);
	open_client(answer_lease, NULL);
	ck_assert(kube_lease_new(client, &options, &lease, &err));
	return lease;
}

static struct kube_lease *open_lease(const char *holder)
{
	return open_lease_for(holder, 0);
}

/* A minute at most. */
static void await(const int *what, int times)
{
	for (int i = 0; i < 6000 && *what < times; i++)
		run_for(10);
	ck_assert_int_eq(*what, times);
}

static const struct {
	const char *spec, *holder;
	bool led;
} starts[] = {
	{ "no lease: made at once", "-", true },
	{ "nobody holds it: taken at once", "", true },
	{ "it was ours: kept", "me", true },
	{ "another holds it: not taken before its time", "other", false },
	{ "another holds it and is silent: taken after its time", "other", true },
};

START_TEST(a_lease_is_taken_when_it_is_free)
{
	struct kube_lease *lease = open_lease(starts[_i].holder);

	if (starts[_i].led)
		await(&led, 1);
	else
		run_for(1500);
	ck_assert_msg(kube_lease_is_held(lease) == starts[_i].led, "%s", starts[_i].spec);
	ck_assert_msg(led == starts[_i].led, "%s", starts[_i].spec);
	kube_lease_free(lease);
	kube_client_finish(client, 20000);
	ck_assert_msg(lease_is_of(starts[_i].led ? "" : "other"), "%s", starts[_i].spec);
	close_client();
}
END_TEST

START_TEST(a_lease_another_took_is_lost)
{
	struct kube_lease *lease = open_lease("");

	await(&led, 1);
	lease_set("thief", 409);
	await(&lost, 1);
	ck_assert(!kube_lease_is_held(lease));
	kube_lease_free(lease);
	close_client();
}
END_TEST

START_TEST(a_lease_that_cannot_be_renewed_is_lost_before_another_may_take_it)
{
	struct kube_lease *lease = open_lease("");
	uint64_t last_held_ms = 0;

	await(&led, 1);
	lease_set("me", 500);
	for (uint64_t now = led_ms; kube_lease_is_held(lease); now = clock_boot_ms()) {
		last_held_ms = now;
		run_for(10);
	}
	/* 10 s from when the last renewal was sent; an answer is waited for 5 s. */
	ck_assert_uint_le(last_held_ms, lease_written_ms() + 10000);
	await(&lost, 1);
	ck_assert_uint_ge(clock_boot_ms(), led_ms + 5000);
	lease_set("me", 0);
	await(&led, 2);
	kube_lease_free(lease);
	close_client();
}
END_TEST

/* A process that was stopped goes on where it was: before any timer fires it must know. */
START_TEST(a_lease_whose_time_has_passed_is_not_held_although_nothing_told_so)
{
	struct kube_lease *lease = open_lease_for("", 3);

	while (!led)
		run_for(10);
	usleep(2000000);
	ck_assert(!kube_lease_is_held(lease));
	ck_assert_int_eq(lost, 0);
	kube_lease_free(lease);
	close_client();
}
END_TEST

START_TEST(the_time_of_a_lease_counts_from_when_its_renewal_was_sent)
{
	uint64_t last_held_ms = 0;
	struct kube_lease *lease;

	lease_set_delay(900);
	lease = open_lease_for("", 3);
	while (!led)
		run_for(10);
	for (uint64_t now = led_ms; kube_lease_is_held(lease); now = clock_boot_ms()) {
		last_held_ms = now;
		usleep(10000);
	}
	ck_assert_msg(last_held_ms <= led_ms + 1100, "2 s, 0.9 s of which had passed");
	lease_set_delay(0);
	kube_lease_free(lease);
	close_client();
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_lease_is_taken_when_it_is_free, 0, (int)COUNT(starts));
	tcase_add_test(tcase, a_lease_another_took_is_lost);
	tcase_add_test(tcase, a_lease_that_cannot_be_renewed_is_lost_before_another_may_take_it);
	tcase_add_test(tcase, a_lease_whose_time_has_passed_is_not_held_although_nothing_told_so);
	tcase_add_test(tcase, the_time_of_a_lease_counts_from_when_its_renewal_was_sent);
}

int main(void)
{
	return rig_main("lease", add);
}
