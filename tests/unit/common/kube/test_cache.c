#include "common/kube/apiserver.h"
#include "kube/cache.h"

#include "base/clock.h"
#include "base/log.h"
#include "support/suite.h"

#include <fcntl.h>

/*
 * The world of these tests, kind SandboxAgent: the list (resourceVersion 10, in two pages) has a@1, b@2, c@3; then d@11 comes, a
 * changes (12), b goes (14), c changes (15). What a cache must hold in the end: a@12 c@15 d@11.
 */
#define OBJECT(name, rv)                                                                           \
	"{\"apiVersion\":\"kagent.dev/"                                                            \
	"v1alpha2\",\"kind\":\"SandboxAgent\",\"metadata\":{\"name\":\"" name                      \
	"\",\"namespace\":\"n\",\"uid\":\"u-" name "\",\"resourceVersion\":\"" rv                  \
	"\",\"managedFields\":[{\"manager\":\"m\"}]},\"spec\":{\"x\":1}}"
#define EVENT(type, name, rv) "{\"type\":\"" type "\",\"object\":" OBJECT(name, rv) "}"
#define BOOKMARK(rv)                                                                               \
	"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"" rv "\"}}}"
#define LIST(rv, next, items)                                                                      \
	"{\"kind\":\"L\",\"metadata\":{\"resourceVersion\":\"" rv "\",\"continue\":\"" next        \
	"\"},\"items\":[" items "]}"
#define FINAL "a@12 c@15 d@11 "

static const struct {
	int rv;
	const char *line;
} history[] = {
	{ 11, EVENT("ADDED", "d", "11") },
	{ 12, EVENT("MODIFIED", "a", "12") },
	{ 13, BOOKMARK("13") },
	{ 14, EVENT("DELETED", "b", "14") },
	{ 15, EVENT("MODIFIED", "c", "15") },
};

static struct loop *loop;
static struct apiserver server;
static struct kube_client *client;
static struct kube_cache *cache;
static struct error err;

/* What the callbacks told: a copy of the copy, and the states in order. */
static struct {
	char names[64][32]; /* name@rv */
	size_t count;
	int added, modified, deleted;
	char states[256];
	struct error why;
} told;

static void told_remove(struct json_view object)
{
	char text[32];

	snprintf(text, sizeof(text), "%s@%s", object_name(object), object_rv(object));
	for (size_t i = 0; i < told.count; i++) {
		if (strcmp(told.names[i], text) != 0)
			continue;
		memmove(&told.names[i], &told.names[i + 1],
			(told.count - i - 1) * sizeof(told.names[0]));
		told.count--;
		return;
	}
	ck_abort_msg("told of a change of %s, which was not there", text);
}

static void on_change(void *context UNUSED, enum kube_change change, struct json_view before,
	struct json_view after)
{
	told.added += change == KUBE_ADDED;
	told.modified += change == KUBE_MODIFIED;
	told.deleted += change == KUBE_DELETED;
	ck_assert_int_eq(json_is_present(before), change != KUBE_ADDED);
	ck_assert_int_eq(json_is_present(after), change != KUBE_DELETED);
	if (json_is_present(before))
		told_remove(before);
	if (json_is_present(after))
		snprintf(told.names[told.count++], sizeof(told.names[0]), "%s@%s",
			object_name(after), object_rv(after));
}

static void on_state(void *context UNUSED, enum kube_cache_state state, const struct error *why)
{
	static const char letters[] = "-SAF"; /* as enum kube_cache_state */
	size_t used = strlen(told.states);

	if (used + 1 < sizeof(told.states))
		told.states[used] = letters[state];
	if (why)
		told.why = *why;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static const char *sorted(char names[][32], size_t count)
{
	static char text[2048];

	text[0] = '\0';
	qsort(names, count, sizeof(names[0]), by_text);
	for (size_t i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", names[i]);
	return text;
}

struct names {
	char text[64][32];
	size_t count;
};

static void collect(void *context, struct json_view object)
{
	struct names *names = context;

	snprintf(names->text[names->count++], sizeof(names->text[0]), "%s@%s", object_name(object),
		object_rv(object));
}

/* What readers see: "a@12 c@15 ". */
static const char *content(void)
{
	struct names names = { .count = 0 };

	kube_cache_each(cache, collect, &names);
	return sorted(names.text, names.count);
}

static bool holds(const char *want)
{
	return strcmp(content(), want) == 0;
}

/* --- running until something is true --- */

struct wish {
	bool (*is_true)(const char *what);
	const char *what;
	uint64_t until_ms;
	struct loop_timer *timer;
	bool met;
};

static void wish_look(void *context)
{
	struct wish *wish = context;

	wish->met = wish->is_true(wish->what);
	if (wish->met || clock_monotonic_ms() > wish->until_ms)
		loop_stop(loop);
	else
		loop_timer_arm(wish->timer, 1);
}

static bool run_at_most(bool (*is_true)(const char *what), const char *what, unsigned ms)
{
	struct wish wish = { is_true, what, clock_monotonic_ms() + ms, NULL, false };

	ck_assert(loop_timer_new(loop, wish_look, &wish, &wish.timer, &err));
	loop_timer_arm(wish.timer, 0);
	ck_assert(loop_run(loop, &err));
	loop_timer_free(wish.timer);
	return wish.met;
}

/* Ends as soon as it is true; patient enough for a machine that does ten other things. */
static bool run_until(bool (*is_true)(const char *what), const char *what)
{
	return run_at_most(is_true, what, 100000);
}

static bool has_state(const char *states)
{
	return strcmp(told.states, states) == 0;
}

static bool never(const char *what UNUSED)
{
	return false;
}

static void run_for(unsigned ms)
{
	run_at_most(never, NULL, ms);
}

/* --- the scripts --- */

static bool is_watch(const char *target)
{
	return strstr(target, "watch=true") != NULL;
}

static int rv_of(const char *target)
{
	const char *at = strstr(target, "resourceVersion=");

	return at ? (int)strtol(at + strlen("resourceVersion="), NULL, 10) : 0;
}

static bool answer_list(struct apiserver *api, int fd, const char *target)
{
	if (strstr(target, "continue=page2"))
		return api_reply(api, fd, 200, "", LIST("10", "", OBJECT("c", "3")));
	return api_reply(
		api, fd, 200, "", LIST("10", "page2", OBJECT("a", "1") "," OBJECT("b", "2")));
}

static bool answer_watch(struct apiserver *api, int fd, const char *target)
{
	if (!api_stream(api, fd))
		return false;
	for (size_t i = 0; i < COUNT(history); i++)
		if (history[i].rv > rv_of(target) && !api_line(api, fd, history[i].line))
			return false;
	return api_hang(api, fd);
}

static bool answer_well(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request UNUSED)
{
	return is_watch(target) ? answer_watch(api, fd, target) : answer_list(api, fd, target);
}

/* --- set-up --- */

static void open_at(unsigned port, struct kube_cache_options options)
{
	memset(&told, 0, sizeof(told));
	ck_assert_msg(loop_new(&loop, &err), "%s", err.text);
	client = api_client(loop, port, (struct kube_config){ 0 });
	if (!options.resource)
		options.resource = &kube_sandbox_agents;
	options.on_change = on_change;
	options.on_state = on_state;
	ck_assert_msg(kube_cache_new(client, &options, &cache, &err), "%s", err.text);
}

static void open_cache(apiserver_fn answer, void *context)
{
	api_start(&server, answer, context);
	open_at(server.peer.port, (struct kube_cache_options){ 0 });
}

static void close_cache(void)
{
	kube_cache_free(cache);
	kube_client_free(client);
	loop_free(loop);
}

static void close_all(void)
{
	close_cache();
	api_stop(&server);
}

/* --- tests --- */

START_TEST(a_cut_at_any_byte_ends_in_the_same_copy)
{
	long at = 0;
	int cuts;

	api_start(&server, answer_well, NULL);
	do {
		atomic_store(&server.cuts, 0);
		atomic_store(&server.budget, at);
		open_at(server.peer.port, (struct kube_cache_options){ 0 });
		ck_assert_msg(
			run_until(holds, FINAL), "cut after %ld bytes: holds %s", at, content());
		ck_assert_msg(strcmp(sorted(told.names, told.count), FINAL) == 0,
			"cut after %ld bytes: told %s", at, sorted(told.names, told.count));
		cuts = atomic_load(&server.cuts);
		ck_assert_msg(kube_cache_has_synced(cache), "cut after %ld bytes", at);
		close_cache();
		at++;
	} while (cuts);
	api_stop(&server);
	ck_assert_int_gt(at, 1000);
}
END_TEST

START_TEST(the_first_cut_after_a_healthy_time_is_resumed_at_once)
{
	open_cache(answer_well, NULL);
	ck_assert(run_until(holds, FINAL));
	ck_assert_int_eq(atomic_load(&server.requests), 3);
	ck_assert_int_eq(told.added, 4);
	ck_assert_int_eq(told.modified, 2);
	ck_assert_int_eq(told.deleted, 1);
	ck_assert_str_eq(told.states, "S");
	close_all();
}
END_TEST

START_TEST(what_is_kept_has_no_managed_fields)
{
	struct json_view a;
	struct json_doc *held;

	open_cache(answer_well, NULL);
	ck_assert(run_until(holds, FINAL));
	a = kube_cache_get(cache, "n", "a");
	ck_assert_str_eq(object_uid(a), "u-a");
	ck_assert_str_eq(json_text_or(json_get(a, "kind"), ""), "SandboxAgent");
	ck_assert_int_eq(json_kind(json_dig(a, "metadata", "managedFields")), JSON_NONE);
	ck_assert_int_eq(json_int64_or(json_dig(a, "spec", "x"), 0), 1);
	ck_assert_int_eq(json_kind(kube_cache_get(cache, "n", "b")), JSON_NONE);
	ck_assert_int_eq(json_kind(kube_cache_get(cache, "m", "a")), JSON_NONE);
	held = kube_cache_hold(cache, "n", "a");
	close_all();
	ck_assert_str_eq(object_name(json_root(held)), "a");
	json_doc_free(held);
}
END_TEST

static bool answer_secrets(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request)
{
	atomic_bool *asked_metadata = api->context;

	if (!strstr(target, "/api/v1/namespaces/n/secrets?") ||
		!strstr(target, "labelSelector=a%3Db%2Cc"))
		return api_refuse(api, fd, 400, "BadRequest", target);
	atomic_store(asked_metadata, strstr(request, "as=PartialObjectMetadata") != NULL);
	if (is_watch(target))
		return api_stream(api, fd) && api_hang(api, fd);
	return api_reply(api, fd, 200, "",
		LIST("10", "",
			"{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\",\"resourceVersion\":"
			"\"4\"}}"));
}

START_TEST(items_of_a_typed_list_get_their_kind)
{
	atomic_bool asked_metadata = false;

	api_start(&server, answer_secrets, &asked_metadata);
	open_at(server.peer.port,
		(struct kube_cache_options){
			.resource = &kube_secrets, .ns = "n", .label_selector = "a=b,c" });
	ck_assert_msg(run_until(holds, "s@4 "), "%s", told.why.text);
	ck_assert_str_eq(
		json_text_or(json_get(kube_cache_get(cache, "n", "s"), "kind"), ""), "Secret");
	ck_assert_str_eq(
		json_text_or(json_get(kube_cache_get(cache, "n", "s"), "apiVersion"), ""), "v1");
	ck_assert(!atomic_load(&asked_metadata));
	close_all();
}
END_TEST

START_TEST(metadata_only_never_asks_for_values)
{
	atomic_bool asked_metadata = false;

	api_start(&server, answer_secrets, &asked_metadata);
	open_at(server.peer.port, (struct kube_cache_options){ .resource = &kube_secrets,
					  .ns = "n",
					  .label_selector = "a=b,c",
					  .metadata_only = true });
	ck_assert_msg(run_until(holds, "s@4 "), "%s", told.why.text);
	ck_assert(atomic_load(&asked_metadata));
	close_all();
}
END_TEST

/* A list, a stream that ends as `context` says, and then another world: b and c are gone, a@1 is as it was, e@30 is new. */
struct turn {
	atomic_int lists;
	atomic_int watches;
	const char *line; /* of the first stream; NULL = refused with `status` */
	int status;
	atomic_bool hold; /* the second list waits while set */
};

static bool answer_turn(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request UNUSED)
{
	struct turn *turn = api->context;

	if (is_watch(target)) {
		if (atomic_fetch_add(&turn->watches, 1))
			return api_stream(api, fd) && api_hang(api, fd);
		if (turn->line)
			return api_stream(api, fd) && api_line(api, fd, turn->line) &&
			       api_hang(api, fd);
		return api_refuse(api, fd, turn->status, "Expired", "too old resource version");
	}
	if (atomic_fetch_add(&turn->lists, 1) == 0)
		return api_reply(api, fd, 200, "",
			LIST("10", "", OBJECT("a", "1") "," OBJECT("b", "2") "," OBJECT("c", "3")));
	while (atomic_load(&turn->hold) && !atomic_load(&api->peer.stopping))
		peer_sleep_ms(1);
	return api_reply(api, fd, 200, "", LIST("40", "", OBJECT("a", "1") "," OBJECT("e", "30")));
}

static const struct {
	const char *spec;
	const char *line;
	int status;
} losses[] = {
	{ "410 as the answer to a watch", NULL, 410 },
	{ "410 as an event",
		"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":"
		"\"Expired\","
		"\"message\":\"too old\"}}",
		0 },
	{ "a stream that is no JSON", "{\"type\":", 0 },
	{ "an event of a type nobody knows", "{\"type\":\"SURPRISE\",\"object\":{}}", 0 },
	{ "400 as the answer to a watch", NULL, 400 },
};

static bool has_listed_again(const char *what UNUSED)
{
	const struct turn *turn = server.context;

	return atomic_load(&turn->lists) == 2;
}

START_TEST(a_lost_position_lists_again_without_emptying_the_copy)
{
	struct turn turn = { .line = losses[_i].line, .status = losses[_i].status };

	atomic_store(&turn.hold, true);
	open_cache(answer_turn, &turn);
	ck_assert_msg(run_until(holds, "a@1 b@2 c@3 "), "%s", losses[_i].spec);
	ck_assert_msg(run_until(has_listed_again, NULL), "%s: %d lists", losses[_i].spec,
		atomic_load(&turn.lists));
	run_for(100);
	ck_assert_msg(holds("a@1 b@2 c@3 "), "%s: holds %s", losses[_i].spec, content());
	atomic_store(&turn.hold, false);
	ck_assert_msg(run_until(holds, "a@1 e@30 "), "%s: holds %s", losses[_i].spec, content());
	ck_assert_int_eq(told.added, 4);
	ck_assert_int_eq(told.deleted, 2);
	ck_assert_int_eq(told.modified, 0);
	ck_assert_str_eq(sorted(told.names, told.count), "a@1 e@30 ");
	close_all();
}
END_TEST

/* The page token expires once; the second list has another object on its first page. */
static bool answer_expired_page(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request UNUSED)
{
	atomic_int *lists = api->context;

	if (is_watch(target))
		return api_stream(api, fd) && api_hang(api, fd);
	if (strstr(target, "continue=") && atomic_load(lists) == 1)
		return api_refuse(api, fd, 410, "Expired", "the continue token is too old");
	if (strstr(target, "continue="))
		return api_reply(api, fd, 200, "", LIST("20", "", OBJECT("c", "3")));
	if (atomic_fetch_add(lists, 1) == 0)
		return api_reply(api, fd, 200, "", LIST("10", "p", OBJECT("a", "1")));
	return api_reply(api, fd, 200, "", LIST("20", "p", OBJECT("b", "2")));
}

START_TEST(an_expired_page_token_starts_the_list_anew)
{
	atomic_int lists = 0;

	open_cache(answer_expired_page, &lists);
	ck_assert(run_until(holds, "b@2 c@3 "));
	ck_assert_int_eq(told.added, 2);
	ck_assert_str_eq(told.states, "S");
	close_all();
}
END_TEST

/* Refuses until told otherwise. */
struct refusal {
	int status;
	const char *headers;
	atomic_int times; /* left */
	atomic_int asked;
};

static bool answer_refusal(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request)
{
	struct refusal *refusal = api->context;

	atomic_fetch_add(&refusal->asked, 1);
	if (atomic_load(&refusal->times) == 0)
		return answer_well(api, fd, method, target, request);
	atomic_fetch_sub(&refusal->times, 1);
	return api_reply(api, fd, refusal->status, refusal->headers,
		"{\"kind\":\"Status\",\"message\":\"because\"}");
}

static const struct {
	const char *spec;
	int status;
	const char *headers;
	const char *states;
	enum error_code code;
	unsigned least_ms;
} refusals[] = {
	{ "403: failing with the reason, then in sync", 403, "", "FS", ERR_DENIED, 0 },
	{ "401: the same", 401, "", "FS", ERR_DENIED, 0 },
	{ "500: the same", 500, "", "FS", ERR_IO, 0 },
	{ "429: not before Retry-After", 429, "Retry-After: 1\r\n", "FS", ERR_THROTTLED, 1000 },
	{ "503 with Retry-After: the same", 503, "Retry-After: 1\r\n", "FS", ERR_THROTTLED, 1000 },
	{ "404: absent, found within 5 s", 404, "", "AS", ERR_NOT_FOUND, 4000 },
};

START_TEST(a_refusal_is_told_and_heals)
{
	struct refusal refusal = { .status = refusals[_i].status, .headers = refusals[_i].headers };
	uint64_t began = clock_monotonic_ms();

	atomic_store(&refusal.times, 1);
	open_cache(answer_refusal, &refusal);
	ck_assert_msg(run_until(has_state, refusals[_i].states), "%s: states %s", refusals[_i].spec,
		told.states);
	ck_assert_msg(clock_monotonic_ms() - began >= refusals[_i].least_ms, "%s: after %d ms",
		refusals[_i].spec, (int)(clock_monotonic_ms() - began));
	ck_assert_msg(told.why.code == refusals[_i].code, "%s", refusals[_i].spec);
	ck_assert_msg(
		strcmp(told.why.text, "because") == 0, "%s: %s", refusals[_i].spec, told.why.text);
	close_all();
}
END_TEST

static bool was_asked_five_times(const char *what UNUSED)
{
	const struct refusal *refusal = server.context;

	return atomic_load(&refusal->asked) >= 5;
}

START_TEST(failing_again_and_again_is_told_once_and_asked_ever_later)
{
	struct refusal refusal = { .status = 403, .headers = "" };
	uint64_t began = clock_monotonic_ms();

	atomic_store(&refusal.times, 1000);
	open_cache(answer_refusal, &refusal);
	ck_assert(run_until(was_asked_five_times, NULL));
	/* At once, then after an eighth, a quarter and half a second, or twice as long. */
	ck_assert_uint_ge(clock_monotonic_ms() - began, 125 + 250 + 500);
	ck_assert_str_eq(told.states, "F");
	ck_assert(!kube_cache_has_synced(cache));
	close_all();
}
END_TEST

/* Served, then gone: list, stream that ends, 404. */
static bool answer_vanishing(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request UNUSED)
{
	atomic_int *watches = api->context;

	if (!is_watch(target) && atomic_load(watches) == 0)
		return api_reply(api, fd, 200, "", LIST("10", "", OBJECT("a", "1")));
	if (is_watch(target) && atomic_fetch_add(watches, 1) == 0)
		return api_stream(api, fd) && api_stream_end(api, fd);
	return api_reply(api, fd, 404, "", "404 page not found");
}

START_TEST(an_api_that_goes_takes_its_objects_along)
{
	atomic_int watches = 0;

	open_cache(answer_vanishing, &watches);
	ck_assert_msg(run_until(has_state, "SA"), "%s", told.states);
	ck_assert_str_eq(content(), "");
	ck_assert_int_eq(told.deleted, 1);
	ck_assert(!kube_cache_has_synced(cache));
	ck_assert_int_eq(kube_cache_state(cache), KUBE_CACHE_ABSENT);
	close_all();
}
END_TEST

START_TEST(no_server_is_waited_for)
{
	unsigned port;
	int bound = api_reserve_port(&port);

	open_at(port, (struct kube_cache_options){ 0 });
	ck_assert(run_until(has_state, "F"));
	run_for(500);
	ck_assert_str_eq(told.states, "F");
	ck_assert_int_eq(told.why.code, ERR_IO);
	ck_assert(!kube_client_is_reachable(client));
	api_start_on(&server, answer_well, NULL, bound, port);
	ck_assert(run_until(holds, FINAL));
	ck_assert_str_eq(told.states, "FS");
	ck_assert(kube_client_is_reachable(client));
	close_all();
}
END_TEST

/* --- an event larger than a turn, larger than allowed --- */

static bool answer_huge(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request UNUSED)
{
	atomic_int *watches = api->context;
	char *piece;
	bool ok = true;

	if (!is_watch(target))
		return answer_list(api, fd, target);
	if (atomic_fetch_add(watches, 1))
		return answer_watch(api, fd, target);
	if (!api_stream(api, fd))
		return false;
	piece = malloc(1 << 20);
	memset(piece, ' ', 1 << 20);
	for (int i = 0; ok && i < 20; i++)
		ok = api_send(api, fd, "100000\r\n", 8) && api_send(api, fd, piece, 1 << 20) &&
		     api_send(api, fd, "\r\n", 2);
	free(piece);
	return ok && api_hang(api, fd);
}

START_TEST(an_endless_line_is_not_collected_for_ever)
{
	atomic_int watches = 0;

	open_cache(answer_huge, &watches);
	ck_assert(run_until(holds, FINAL));
	ck_assert_int_eq(atomic_load(&watches), 2);
	close_all();
}
END_TEST

static bool answer_large_pages(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request UNUSED)
{
	AUTO(buffer) struct buffer body = { 0 };
	int limit = 0;
	char *space;

	if (is_watch(target))
		return api_stream(api, fd) && api_hang(api, fd);
	limit = (int)strtol(strstr(target, "limit=") + 6, NULL, 10);
	if (limit < 100)
		return api_reply(api, fd, 200, "", LIST("10", "", OBJECT("a", "1")));
	space = buffer_reserve(&body, 33 << 20);
	memset(space, ' ', 33 << 20);
	buffer_grew(&body, 33 << 20);
	return api_reply(api, fd, 200, "", body.data);
}

START_TEST(pages_too_large_are_asked_for_in_smaller_ones)
{
	open_cache(answer_large_pages, NULL);
	ck_assert(run_until(holds, "a@1 "));
	close_all();
}
END_TEST

/* --- own writes --- */

static const struct {
	const char *spec;
	const char *object;
	const char *want;
} notes[] = {
	{ "a new object is seen at once", OBJECT("n", "50"), "a@1 b@2 c@3 n@50 " },
	{ "a changed object is seen at once", OBJECT("a", "50"), "a@50 b@2 c@3 " },
	{ "what the list already told is passed over", OBJECT("n", "9"), "a@1 b@2 c@3 " },
	{ "an older answer does not undo a newer copy", OBJECT("b", "1"), "a@1 b@2 c@3 " },
	{ "a Status is no object",
		"{\"kind\":\"Status\",\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"50\"}}",
		"a@1 b@2 c@3 " },
	{ "an object without a name is none",
		"{\"kind\":\"X\",\"metadata\":{\"resourceVersion\":\"50\"}}", "a@1 b@2 c@3 " },
};

static struct json_doc *parse(const char *text)
{
	struct json_doc *doc;

	ck_assert_msg(json_doc_copy(text, strlen(text), NULL, &doc, &err), "%s", err.text);
	return doc;
}

static void note(const char *text)
{
	AUTO(json_doc) struct json_doc *doc = parse(text);

	kube_cache_note(cache, doc);
}

/* A list, then a stream whose lines the test sends through a pipe. */
static int line_pipe[2];

static bool answer_lines(struct apiserver *api, int fd, const char *method UNUSED,
	const char *target, const char *request UNUSED)
{
	char line[2048];
	ssize_t got;

	if (!is_watch(target))
		return api_reply(api, fd, 200, "",
			LIST("10", "", OBJECT("a", "1") "," OBJECT("b", "2") "," OBJECT("c", "3")));
	if (!api_stream(api, fd))
		return false;
	while ((got = read(line_pipe[0], line, sizeof(line) - 1)) > 0) {
		line[got] = '\0';
		if (!api_line(api, fd, line))
			return false;
	}
	return false;
}

static void open_lines(void)
{
	ck_assert_int_eq(pipe2(line_pipe, O_DIRECT), 0); /* two lines are never read as one */
	open_cache(answer_lines, NULL);
	ck_assert(run_until(holds, "a@1 b@2 c@3 "));
}

static void send_line(const char *line)
{
	ck_assert_int_eq(write(line_pipe[1], line, strlen(line)), (ssize_t)strlen(line));
}

/* A line that changes the copy to `want`. */
static void send_change(const char *line, const char *want)
{
	send_line(line);
	ck_assert_msg(run_until(holds, want), "holds %s", content());
}

/* A line that changes nothing: the lines after it show whether it did. */
static void send_stale(const char *line)
{
	send_line(line);
	run_for(100);
}

static void close_lines(void)
{
	close(line_pipe[1]);
	close_all();
	close(line_pipe[0]);
}

START_TEST(own_writes_are_noted)
{
	open_lines();
	note(notes[_i].object);
	ck_assert_msg(holds(notes[_i].want), "%s: holds %s", notes[_i].spec, content());
	ck_assert_msg(
		strcmp(sorted(told.names, told.count), notes[_i].want) == 0, "%s", notes[_i].spec);
	close_lines();
}
END_TEST

START_TEST(a_watch_that_is_behind_does_not_undo_an_own_write)
{
	open_lines();
	note(OBJECT("a", "50"));
	send_stale(EVENT("MODIFIED", "a", "45"));
	ck_assert_str_eq(content(), "a@50 b@2 c@3 ");
	send_stale(EVENT("DELETED", "a", "47"));
	ck_assert_str_eq(content(), "a@50 b@2 c@3 ");
	send_stale(EVENT("MODIFIED", "a", "50"));
	ck_assert_int_eq(told.modified, 1);
	send_change(EVENT("MODIFIED", "a", "51"), "a@51 b@2 c@3 ");
	ck_assert_int_eq(told.modified, 2);
	ck_assert_int_eq(told.deleted, 0);
	send_change(EVENT("DELETED", "a", "52"), "b@2 c@3 ");
	close_lines();
}
END_TEST

START_TEST(an_answer_that_comes_after_the_deletion_raises_nobody)
{
	open_lines();
	send_change(EVENT("MODIFIED", "a", "40"), "a@40 b@2 c@3 ");
	send_change(EVENT("DELETED", "a", "41"), "b@2 c@3 ");
	note(OBJECT("a", "40"));
	ck_assert_str_eq(content(), "b@2 c@3 ");
	close_lines();
}
END_TEST

START_TEST(what_stood_before_is_readable_until_the_next_turn)
{
	struct json_view before;

	open_lines();
	before = kube_cache_get(cache, "n", "a");
	note(OBJECT("a", "50"));
	ck_assert_str_eq(object_rv(before), "1"); /* read after free when released too early */
	ck_assert_str_eq(object_rv(kube_cache_get(cache, "n", "a")), "50");
	close_lines();
}
END_TEST

/* --- the least memory, by a projection of the caller --- */

static void names_only(void *context UNUSED, struct json_view object, struct buffer *out)
{
	buffer_puts(out, "{\"metadata\":");
	json_write(out, json_get(object, "metadata"));
	buffer_puts(out, "}");
}

START_TEST(a_projection_decides_what_is_kept)
{
	api_start(&server, answer_well, NULL);
	open_at(server.peer.port, (struct kube_cache_options){ .project = names_only });
	ck_assert(run_until(holds, FINAL));
	ck_assert_int_eq(json_kind(json_get(kube_cache_get(cache, "n", "a"), "spec")), JSON_NONE);
	close_all();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cache");
	TCase *tcase = tcase_create("all");

	log_set_level(LOG_LEVEL_ERROR);
	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 110);
	tcase_add_test(tcase, a_cut_at_any_byte_ends_in_the_same_copy);
	tcase_add_test(tcase, the_first_cut_after_a_healthy_time_is_resumed_at_once);
	tcase_add_test(tcase, what_is_kept_has_no_managed_fields);
	tcase_add_test(tcase, items_of_a_typed_list_get_their_kind);
	tcase_add_test(tcase, metadata_only_never_asks_for_values);
	tcase_add_loop_test(tcase, a_lost_position_lists_again_without_emptying_the_copy, 0,
		(int)COUNT(losses));
	tcase_add_test(tcase, an_expired_page_token_starts_the_list_anew);
	tcase_add_loop_test(tcase, a_refusal_is_told_and_heals, 0, (int)COUNT(refusals));
	tcase_add_test(tcase, failing_again_and_again_is_told_once_and_asked_ever_later);
	tcase_add_test(tcase, an_api_that_goes_takes_its_objects_along);
	tcase_add_test(tcase, no_server_is_waited_for);
	tcase_add_test(tcase, an_endless_line_is_not_collected_for_ever);
	tcase_add_test(tcase, pages_too_large_are_asked_for_in_smaller_ones);
	tcase_add_loop_test(tcase, own_writes_are_noted, 0, (int)COUNT(notes));
	tcase_add_test(tcase, a_watch_that_is_behind_does_not_undo_an_own_write);
	tcase_add_test(tcase, an_answer_that_comes_after_the_deletion_raises_nobody);
	tcase_add_test(tcase, what_stood_before_is_readable_until_the_next_turn);
	tcase_add_test(tcase, a_projection_decides_what_is_kept);
	return suite_run(suite);
}
