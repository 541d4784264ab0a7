#include "api/call.h"
#include "base/text.h"
#include "kube/object.h"

#include <string.h>

static bool condition_is_true(struct json_view agent, const char *type)
{
	return json_text_is(json_get(object_condition(agent, type), "status"), "True");
}

/* Ready as clients look for it: by these reasons only. */
static bool is_deployed(struct json_view agent)
{
	struct json_view reason = json_get(object_condition(agent, "Ready"), "reason");

	return condition_is_true(agent, "Ready") &&
	       (json_text_is(reason, "WorkloadReady") || json_text_is(reason, "DeploymentReady"));
}

static void put_view(struct buffer *out, const char *key, struct json_view v)
{
	buffer_printf(out, ",\"%s\":", key);
	json_write(out, v); /* nothing is written as null */
}

static void put_text(struct buffer *out, const char *key, const char *text)
{
	buffer_printf(out, ",\"%s\":", key);
	json_write_string(out, text, strlen(text));
}

static void put_object(struct buffer *out, struct json_view agent)
{
	static const char *const parts[] = { "metadata", "spec", "status" };

	buffer_puts(out,
		",\"agent\":{\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":\"SandboxAgent\"");
	for (size_t i = 0; i < COUNT(parts); i++)
		if (json_is_present(json_get(agent, parts[i])))
			put_view(out, parts[i], json_get(agent, parts[i]));
	buffer_putc(out, '}');
}

static void put_model(struct buffer *out, const struct api_world *world, struct json_view agent)
{
	const char *ns = object_namespace(agent);
	struct json_view model = world->model(world->context, ns, object_name(agent));
	const char *named = json_text_or(json_dig(agent, "spec", "declarative", "modelConfig"), "");
	const char *name = json_is_present(model) ? object_name(model) : named;
	AUTO(text) char *reference = text_format("%s%s%s", *name ? ns : "", *name ? "/" : "", name);

	put_text(out, "modelProvider", json_text_or(json_dig(model, "spec", "provider"), ""));
	put_text(out, "model", json_text_or(json_dig(model, "spec", "model"), ""));
	put_text(out, "modelConfigRef", reference ? reference : "");
}

void agents_write(struct buffer *out, const struct api_world *world, struct json_view agent)
{
	AUTO(text)
	char *reference = text_format("%s/%s", object_namespace(agent), object_name(agent));
	AUTO(text) char *id = NULL;

	if (!reference || !agent_to_python(reference, &id, NULL)) {
		out->failed = true;
		return;
	}
	buffer_puts(out, "{\"id\":");
	json_write_string(out, id, strlen(id));
	put_object(out, agent);
	put_model(out, world, agent);
	buffer_puts(out, ",\"memoryRefs\":null");
	put_view(out, "tools", json_dig(agent, "spec", "declarative", "tools"));
	buffer_printf(out, ",\"deploymentReady\":%s,\"accepted\":%s,\"workloadMode\":\"sandbox\"}",
		is_deployed(agent) ? "true" : "false",
		condition_is_true(agent, "Accepted") ? "true" : "false");
}

/* What is known of a namespace once it was asked. */
static char may, may_not;

struct listing {
	struct buffer out;
	const struct api_call *call;
	const char *ns; /* NULL = all */
	const char
		*unasked; /* a namespace of which it is not known whether the caller may list it */
};

static bool is_listed(const struct listing *listing, struct json_view agent)
{
	return !listing->ns || strcmp(listing->ns, object_namespace(agent)) == 0;
}

static void list_one(void *context, struct json_view agent)
{
	struct listing *listing = context;

	if (!is_listed(listing, agent) ||
		map_get(&listing->call->namespaces, object_namespace(agent)) == &may_not)
		return;
	buffer_putc(&listing->out, listing->out.bytes ? ',' : '[');
	agents_write(&listing->out, &listing->call->api->world, agent);
}

static void find_unasked(void *context, struct json_view agent)
{
	struct listing *listing = context;

	if (!listing->unasked && is_listed(listing, agent) &&
		!map_get(&listing->call->namespaces, object_namespace(agent)))
		listing->unasked = object_namespace(agent);
}

/* Source: RFC 1123, as Kubernetes applies it to namespaces. */
static bool is_label(const char *text)
{
	size_t bytes = strlen(text);

	return bytes && bytes <= 63 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == bytes && *text != '-' &&
	       text[bytes - 1] != '-';
}

static void on_listable(void *context, const struct error *err)
{
	struct api_call *call = context;
	struct error failure;

	if (!call_arrived(call))
		return;
	if (err && err->code != ERR_DENIED)
		call_refuse(
			call, 503, "What the caller may do cannot be found out now: %s", err->text);
	else if (!map_put(&call->namespaces, call->asked_namespace, err ? &may_not : &may, NULL,
			 &failure))
		call_refuse_no_memory(call);
	else
		agents_list(call);
}

/* True: a namespace is being asked about, and the list comes after. */
static bool must_ask(struct api_call *call, struct listing *listing)
{
	const struct api_world *world = &call->api->world;
	struct error err;

	if (!call_is_of_rbac_user(call))
		return false;
	world->each_agent(world->context, find_unasked, listing);
	if (!listing->unasked)
		return false;
	if (!text_replace(&call->asked_namespace, listing->unasked, &err)) {
		call_refuse_no_memory(call);
		return true;
	}
	call_await(call);
	identity_authorize(call->api->identity, &call->caller, IDENTITY_LIST, call->asked_namespace,
		NULL, on_listable, call);
	return true;
}

/* A user sees the agents of the namespaces in which it may list them. */
void agents_list(struct api_call *call)
{
	struct listing listing = { .call = call };
	const struct api_world *world = &call->api->world;
	AUTO(text) char *ns = NULL;

	if (!call_query(call, "namespace", &ns))
		return;
	if (!text_is_empty(ns) && !is_label(ns)) {
		call_refuse(call, 400,
			"invalid namespace \"%.100s\": write lower case letters, digits and '-', "
			"at most 63 of them",
			ns);
		return;
	}
	listing.ns = text_is_empty(ns) ? NULL : ns;
	if (must_ask(call, &listing))
		return;
	world->each_agent(world->context, list_one, &listing);
	buffer_puts(&listing.out, listing.out.bytes ? "]" : "[]");
	call_answer(call, 200, &listing.out, "Successfully listed agents");
}

/* Only agents of our kind are known here. */
void agents_get(struct api_call *call)
{
	call_refuse(call, 404, "Agent not found: there is no Agent %.200s in namespace %.100s",
		call->values[1], call->values[0]);
}

static void show_sandbox(struct api_call *call)
{
	const struct api_world *world = &call->api->world;
	struct json_view agent = world->agent(world->context, call->values[0], call->values[1]);
	struct buffer out = { 0 };

	if (!json_is_present(agent)) {
		call_refuse(call, 404,
			"SandboxAgent not found: there is no SandboxAgent %.200s in namespace "
			"%.100s",
			call->values[1], call->values[0]);
		return;
	}
	agents_write(&out, world, agent);
	call_answer(call, 200, &out, "Successfully retrieved sandbox agent");
}

void agents_get_sandbox(struct api_call *call)
{
	call_authorize(call, IDENTITY_GET, call->values[0], call->values[1], show_sandbox);
}
