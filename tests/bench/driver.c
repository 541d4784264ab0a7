/*
 * What the benchmarks drive: makes SandboxAgents and waits for what a controller makes of them, or does that controller's writing
 * itself with nothing thought about (the bare client), over the same client library and so the same connections.
 * Prints figures, judges nothing.
 *
 *   driver agents NS COUNT    COUNT agents, as fast as they are taken: "<agents created> <Sandboxes there> <accepted>", in ms
 *   driver bare NS COUNT      the same objects written by this program after the model agent "bench-model" of NS: the same three
 *   driver one NS COUNT       COUNT agents one at a time: for each the microseconds from the create to its Sandbox in a watch
 *   driver one-bare NS COUNT  the same, the objects written by this program
 */
#include "kube/cache.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <unistd.h>

#define MODEL      "bench-model"
#define UNDER_WAY  32 /* agents that are being made at once */
#define REST_MS    30 /* between agents that are made one at a time */
#define PART_COUNT 4

static const struct kube_resource *const parts[PART_COUNT] = { &kube_secrets, &kube_config_maps,
	&kube_service_accounts, &kube_sandboxes_v1alpha1 };
static const char *const part_names[PART_COUNT] = { MODEL, MODEL "-srt-settings", MODEL, MODEL };

/* One agent on its way. */
struct job {
	char name[64];
	char uid[64];
	int part;
};

static struct {
	struct loop *loop;
	struct kube_client *client;
	struct kube_cache *sandboxes, *agents;
	struct loop_timer *rest;
	const char *ns;
	char prefix[24]; /* of the names, another one for every run */
	long count, begun, ended, there, accepted;
	bool is_bare, is_one_at_a_time;
	char *agent_text, *status_text, *part_texts[PART_COUNT]; /* of the model */
	char model_uid[64];
	uint64_t began_us, created_us, there_us, accepted_us;
	char one_name[64]; /* the agent whose Sandbox is waited for */
} bench;

static struct error err;

static void die(const char *what)
{
	fprintf(stderr, "driver: %s: %s\n", what, err.text);
	exit(1);
}

/* --- texts of the model, made into those of another agent --- */

static void put_replaced(struct buffer *out, const char *text, const char *from, const char *to)
{
	const char *at;

	for (; (at = strstr(text, from)); text = at + strlen(from)) {
		buffer_append(out, text, (size_t)(at - text));
		buffer_puts(out, to);
	}
	buffer_puts(out, text);
}

static void fill(struct buffer *out, const char *text, const struct job *job)
{
	AUTO(buffer) struct buffer named = { 0 };

	put_replaced(&named, text, MODEL, job->name);
	if (!buffer_ok(&named, &err))
		die("memory");
	put_replaced(out, named.data, bench.model_uid, job->uid);
	if (!buffer_ok(out, &err))
		die("memory");
}

/* The object without what only the server sets. */
static char *text_of(struct json_view object)
{
	static const char *const servers[] = { "uid", "resourceVersion", "generation",
		"creationTimestamp", "managedFields" };
	AUTO(json) struct json_object *copy = json_from_view(object);
	AUTO(buffer) struct buffer text = { 0 };

	for (size_t i = 0; i < COUNT(servers); i++)
		json_object_object_del(json_find(copy, "metadata"), servers[i]);
	json_object_object_del(copy, "status");
	json_value_write(&text, copy);
	if (!buffer_ok(&text, &err))
		die("memory");
	return buffer_take(&text);
}

static struct json_doc *answer;

static void on_read(void *context UNUSED, struct json_doc *doc, const struct error *why)
{
	if (why) {
		err = *why;
		die("read the model agent");
	}
	answer = json_doc_ref(doc);
	loop_stop(bench.loop);
}

static struct json_view read_object(const struct kube_resource *resource, const char *name)
{
	json_doc_free(answer);
	if (!kube_get(bench.client, resource, bench.ns, name, on_read, NULL, NULL, &err) ||
		!loop_run(bench.loop, &err))
		die("read the model agent");
	return json_root(answer);
}

static void read_model(void)
{
	struct json_view agent = read_object(&kube_sandbox_agents, MODEL);
	AUTO(buffer) struct buffer status = { 0 };

	snprintf(bench.model_uid, sizeof(bench.model_uid), "%s", object_uid(agent));
	bench.agent_text = text_of(agent);
	buffer_puts(&status, "{\"status\":");
	json_write(&status, json_get(agent, "status"));
	buffer_putc(&status, '}');
	bench.status_text = buffer_take(&status);
	for (int part = 0; bench.is_bare && part < PART_COUNT; part++)
		bench.part_texts[part] = text_of(read_object(parts[part], part_names[part]));
}

/* --- writing --- */

static void begin_more(void);

static void send(const char *method, const struct kube_resource *resource, struct job *job,
	const char *subresource, const char *text, kube_done_fn done)
{
	AUTO(buffer) struct buffer path = { 0 };
	struct kube_request request = { .method = method,
		.query = "fieldManager=bench",
		.content_type = subresource ? "application/merge-patch+json" : NULL,
		.done = done,
		.context = job };

	kube_path(&path, resource, bench.ns, subresource ? job->name : NULL, subresource);
	fill(&request.body, text, job);
	request.path = path.data;
	if (!buffer_ok(&path, &err) || !kube_start(bench.client, &request, NULL, &err))
		die("send");
}

static void job_end(struct job *job)
{
	bench.ended++;
	free(job);
	if (bench.ended == bench.count)
		bench.created_us = clock_monotonic_us();
	if (bench.is_one_at_a_time)
		return;
	begin_more();
	if (bench.is_bare && bench.ended == bench.count) {
		bench.accepted_us = bench.there_us = bench.created_us;
		loop_stop(bench.loop);
	}
}

static void on_status_written(void *context, struct json_doc *doc UNUSED, const struct error *why)
{
	if (why) {
		err = *why;
		die("write a status");
	}
	job_end(context);
}

static void on_part_written(void *context, struct json_doc *doc UNUSED, const struct error *why)
{
	struct job *job = context;

	if (why) {
		err = *why;
		die("write a part");
	}
	if (++job->part < PART_COUNT)
		send("POST", parts[job->part], job, NULL, bench.part_texts[job->part],
			on_part_written);
	else
		send("PATCH", &kube_sandbox_agents, job, "status", bench.status_text,
			on_status_written);
}

static void on_agent_created(void *context, struct json_doc *doc, const struct error *why)
{
	struct job *job = context;

	if (why) {
		err = *why;
		die("create an agent");
	}
	snprintf(job->uid, sizeof(job->uid), "%s", object_uid(json_root(doc)));
	if (bench.is_bare)
		send("POST", parts[0], job, NULL, bench.part_texts[0], on_part_written);
	else
		job_end(job);
}

static void begin(void)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		die("memory");
	snprintf(job->name, sizeof(job->name), "%s%06ld", bench.prefix, bench.begun++);
	snprintf(bench.one_name, sizeof(bench.one_name), "%s", job->name);
	if (bench.is_one_at_a_time)
		bench.began_us = clock_monotonic_us();
	send("POST", &kube_sandbox_agents, job, NULL, bench.agent_text, on_agent_created);
}

static void begin_more(void)
{
	while (bench.begun < bench.count && bench.begun - bench.ended < UNDER_WAY)
		begin();
}

/* --- watching --- */

static void project_name(void *context UNUSED, struct json_view object, struct buffer *out)
{
	buffer_printf(out,
		"{\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\",\"uid\":\"%s\","
		"\"resourceVersion\":\"%s\"}",
		object_namespace(object), object_name(object), object_uid(object),
		object_rv(object));
	if (json_text_is(json_get(object_condition(object, "Accepted"), "status"), "True"))
		buffer_puts(out, ",\"accepted\":true");
	buffer_putc(out, '}');
}

static void one_is_there(struct json_view sandbox)
{
	if (strcmp(object_name(sandbox), bench.one_name) != 0)
		return;
	printf("%llu\n", (unsigned long long)(clock_monotonic_us() - bench.began_us));
	if (bench.there == bench.count)
		loop_stop(bench.loop);
	else
		loop_timer_arm(bench.rest, REST_MS);
}

static bool is_ours(struct json_view object)
{
	return text_starts_with(object_name(object), bench.prefix);
}

static void end_with_the_last(void)
{
	if (bench.accepted == bench.count && bench.there == bench.count)
		loop_stop(bench.loop);
}

static void on_sandbox(void *context UNUSED, enum kube_change change,
	struct json_view before UNUSED, struct json_view after)
{
	if (change != KUBE_ADDED || !is_ours(after))
		return;
	if (++bench.there == bench.count)
		bench.there_us = clock_monotonic_us();
	if (bench.is_one_at_a_time)
		one_is_there(after);
	else
		end_with_the_last();
}

static void on_agent(void *context UNUSED, enum kube_change change, struct json_view before,
	struct json_view after)
{
	if (change == KUBE_DELETED || !is_ours(after) ||
		!json_bool_or(json_get(after, "accepted"), false) ||
		json_bool_or(json_get(before, "accepted"), false))
		return;
	if (++bench.accepted == bench.count)
		bench.accepted_us = clock_monotonic_us();
	end_with_the_last();
}

static void on_state(
	void *context UNUSED, enum kube_cache_state state UNUSED, const struct error *why UNUSED)
{
	if (kube_cache_has_synced(bench.sandboxes) &&
		(!bench.agents || kube_cache_has_synced(bench.agents)))
		loop_stop(bench.loop);
}

static void watch(const struct kube_resource *resource, bool metadata_only,
	void (*on_change)(
		void *, enum kube_change, struct json_view before, struct json_view after),
	struct kube_cache **out)
{
	struct kube_cache_options options = { .resource = resource,
		.ns = bench.ns,
		.metadata_only = metadata_only,
		.project = project_name,
		.on_change = on_change,
		.on_state = on_state };

	if (!kube_cache_new(bench.client, &options, out, &err))
		die("watch");
}

static void watch_all(void)
{
	watch(&kube_sandboxes_v1alpha1, true, on_sandbox, &bench.sandboxes);
	if (!bench.is_one_at_a_time)
		watch(&kube_sandbox_agents, false, on_agent, &bench.agents);
	if (!loop_run(bench.loop, &err))
		die("watch");
}

/* --- the commands --- */

static void on_rest(void *context UNUSED)
{
	begin();
}

static double ms_since_begin(uint64_t at_us)
{
	return (double)(at_us - bench.began_us) / 1000.0;
}

static void run(void)
{
	read_model();
	if (!bench.is_bare || bench.is_one_at_a_time)
		watch_all();
	bench.began_us = clock_monotonic_us();
	if (bench.is_one_at_a_time)
		begin();
	else
		begin_more();
	if (!loop_run(bench.loop, &err))
		die("run");
	if (!bench.is_one_at_a_time)
		printf("%.0f %.0f %.0f\n", ms_since_begin(bench.created_us),
			ms_since_begin(bench.there_us), ms_since_begin(bench.accepted_us));
}

static void open_client(void)
{
	struct kube_config config = { 0 };

	if (!loop_new(&bench.loop, &err) || !kube_config_load(NULL, NULL, &config, &err) ||
		!kube_client_new(bench.loop, &config, &bench.client, &err) ||
		!loop_timer_new(bench.loop, on_rest, NULL, &bench.rest, &err))
		die("start");
}

static void close_client(void)
{
	kube_cache_free(bench.sandboxes);
	kube_cache_free(bench.agents);
	kube_client_free(bench.client);
	loop_timer_free(bench.rest);
	loop_free(bench.loop);
	json_doc_free(answer);
	free(bench.agent_text);
	free(bench.status_text);
	for (int part = 0; part < PART_COUNT; part++)
		free(bench.part_texts[part]);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: driver agents|bare|one|one-bare NS COUNT\n");
		return 2;
	}
	bench.ns = argv[2];
	bench.count = strtol(argv[3], NULL, 10);
	bench.is_bare = text_ends_with(argv[1], "bare");
	bench.is_one_at_a_time = text_starts_with(argv[1], "one");
	snprintf(bench.prefix, sizeof(bench.prefix), "bench-%ld-", (long)getpid());
	log_set_level(LOG_LEVEL_WARN);
	open_client();
	run();
	close_client();
	return 0;
}
