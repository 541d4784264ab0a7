#include "common/kube/rig.h"
#include "kube/kept.h"

/* A server with one ConfigMap, whose value anybody may change; how the next writes end is the test's to say. */
static struct {
	pthread_mutex_t lock;
	char value[32]; /* "" = it is not there */
	int rv;
	int statuses[4]; /* of the writes to come; 0 = they succeed */
	int writes, patches;
	uint64_t wrote_ms[4];
} world = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void world_set(const char *value)
{
	pthread_mutex_lock(&world.lock);
	snprintf(world.value, sizeof(world.value), "%s", value);
	world.rv++;
	pthread_mutex_unlock(&world.lock);
}

static void put_object(struct buffer *out)
{
	buffer_printf(out,
		"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"namespace\":\"n\","
		"\"name\":\"c\",\"uid\":\"u\",\"resourceVersion\":\"%d\"},\"data\":{\"k\":\"%s\"}}",
		world.rv, world.value);
}

/* The next change after `seen`; false: there was none yet. */
static bool world_changed(int *seen, struct buffer *out)
{
	bool changed;

	pthread_mutex_lock(&world.lock);
	changed = world.rv > *seen;
	if (changed) {
		*seen = world.rv;
		buffer_puts(out, "{\"type\":\"MODIFIED\",\"object\":");
		put_object(out);
		buffer_putc(out, '}');
	}
	pthread_mutex_unlock(&world.lock);
	return changed;
}

static bool answer_watch(struct apiserver *api, int fd, int seen)
{
	if (!api_stream(api, fd))
		return false;
	while (!atomic_load(&api->peer.stopping)) {
		AUTO(buffer) struct buffer line = { 0 };

		if (!world_changed(&seen, &line))
			usleep(2000);
		else if (!api_line(api, fd, line.data))
			return false;
	}
	return false;
}

static bool answer_list(struct apiserver *api, int fd)
{
	AUTO(buffer) struct buffer out = { 0 };

	pthread_mutex_lock(&world.lock);
	buffer_printf(&out,
		"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMapList\",\"metadata\":{"
		"\"resourceVersion\":\"%d\"},\"items\":[",
		world.rv);
	if (*world.value)
		put_object(&out);
	buffer_puts(&out, "]}");
	pthread_mutex_unlock(&world.lock);
	return api_reply(api, fd, 200, "", out.data);
}

static bool answer_write(struct apiserver *api, int fd, const char *method)
{
	AUTO(buffer) struct buffer out = { 0 };
	int status;

	pthread_mutex_lock(&world.lock);
	status = world.statuses[world.writes];
	world.wrote_ms[world.writes++] = clock_monotonic_ms();
	world.patches += strcmp(method, "PATCH") == 0;
	if (!status) {
		snprintf(world.value, sizeof(world.value), "wanted");
		world.rv++;
		put_object(&out);
	}
	pthread_mutex_unlock(&world.lock);
	return status ? api_refuse(api, fd, status, status == 409 ? "Conflict" : "", "no")
		      : api_reply(api, fd, 200, "", out.data);
}

static bool answer(struct apiserver *api, int fd, const char *method, const char *target,
	const char *request UNUSED)
{
	const char *rv = strstr(target, "resourceVersion=");

	if (strcmp(method, "GET") != 0)
		return answer_write(api, fd, method);
	if (strstr(target, "watch="))
		return answer_watch(
			api, fd, rv ? (int)strtol(rv + strlen("resourceVersion="), NULL, 10) : 0);
	return answer_list(api, fd);
}

static struct kube_kept *kept;
static bool patches;
static int told;

static struct json_object *parse(const char *text)
{
	struct json_object *value = json_tokener_parse(text);

	ck_assert_ptr_nonnull(value);
	return value;
}

/* Runs the test on when all is as wanted. */
static bool settle(void *context UNUSED, struct json_view object, struct error *why)
{
	AUTO(json) struct json_object *wanted = NULL;

	if (json_text_is(json_dig(object, "data", "k"), "wanted")) {
		loop_stop(loop);
		return true;
	}
	wanted = parse(patches ? "[{\"op\":\"replace\",\"path\":\"/data/k\",\"value\":\"wanted\"}]"
			       : "{\"metadata\":{\"name\":\"c\"},\"data\":{\"k\":\"wanted\"}}");
	return patches ? kube_kept_patch(kept, wanted, KUBE_FIELD_MANAGER, why)
		       : kube_kept_put(kept, wanted, why);
}

static void on_written(void *context UNUSED, struct json_view object)
{
	ck_assert_str_eq(object_name(object), "c");
	told++;
}

static void open_kept(const char *value, int first_status, bool by_patch)
{
	world.writes = world.patches = told = 0;
	world.statuses[0] = first_status;
	world_set(value);
	patches = by_patch;
	open_client(answer, NULL);
	ck_assert(kube_kept_new(client,
		&(struct kube_kept_options){ .resource = &kube_config_maps,
			.ns = "n",
			.name = "c",
			.fault = "a test",
			.spacing_ms = 200,
			.settle = settle,
			.on_written = on_written },
		&kept, &err));
}

static void close_kept(void)
{
	kube_kept_free(kept);
	close_client();
}

/* The server's thread is done: the client has its answers. */
static void check_figures(int writes, uint64_t good, uint64_t failures)
{
	pthread_mutex_lock(&world.lock);
	ck_assert_int_eq(world.writes, writes);
	pthread_mutex_unlock(&world.lock);
	ck_assert_uint_eq(kube_kept_writes(kept), good);
	ck_assert_uint_eq(kube_kept_failures(kept), failures);
	ck_assert_int_eq(told, (int)good);
	ck_assert(!kube_kept_is_writing(kept));
}

static const struct {
	const char *spec, *value;
	int first_status;
	bool by_patch;
	int writes;
	uint64_t good, failures;
} cases[] = {
	{ "what is right is left alone", "wanted", 0, false, 0, 0, 0 },
	{ "what is not there is made", "", 0, false, 1, 1, 0 },
	{ "what differs is replaced", "other", 0, false, 1, 1, 0 },
	{ "or patched", "other", 0, true, 1, 1, 0 },
	{ "a lost race is no failure", "other", 409, false, 2, 1, 0 },
	{ "nor is a patch whose test failed", "other", 422, true, 2, 1, 0 },
	{ "nor one whose object went", "other", 404, true, 2, 1, 0 },
	{ "an object that is refused is one, and tried again", "other", 422, false, 2, 1, 1 },
	{ "so is a patch that is forbidden", "other", 403, true, 2, 1, 1 },
};

START_TEST(objects_are_kept)
{
	open_kept(cases[_i].value, cases[_i].first_status, cases[_i].by_patch);
	run();
	ck_assert_str_eq(kube_kept_name(kept), "c");
	check_figures(cases[_i].writes, cases[_i].good, cases[_i].failures);
	ck_assert_int_eq(world.patches, cases[_i].by_patch ? cases[_i].writes : 0);
	close_kept();
}
END_TEST

START_TEST(whoever_changes_it_is_put_right_but_not_in_a_hurry)
{
	uint64_t began_ms = clock_monotonic_ms(); /* the first write is sent later */

	open_kept("other", 0, true);
	run();
	world_set("changed again");
	while (kube_kept_writes(kept) < 2)
		run();
	check_figures(2, 2, 0);
	ck_assert_uint_ge(world.wrote_ms[1], began_ms + 200);
	close_kept();
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, objects_are_kept, 0, COUNT(cases));
	tcase_add_test(tcase, whoever_changes_it_is_put_right_but_not_in_a_hurry);
}

int main(void)
{
	return rig_main("kube/kept", add);
}
