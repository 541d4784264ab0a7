/* Users make, change and delete SandboxAgents, where the controller was told to let them. */
#include "api/call.h"
#include "base/log.h"
#include "base/text.h"
#include "kube/object.h"

#include <string.h>

static const struct {
	enum identity_right right;
	int status;
	const char *verb, *message;
} outcomes[] = {
	[API_CREATE] = { IDENTITY_CREATE, 201, "create", "Successfully created sandbox agent" },
	[API_UPDATE] = { IDENTITY_UPDATE, 200, "update", "Successfully updated sandbox agent" },
	[API_DELETE] = { IDENTITY_DELETE, 200, "delete", "Successfully deleted sandbox agent" },
};

/* --- who may at all --- */

/* A user that is the service account of an agent's pod, by a token that is bound to it. */
static bool is_pod_of_agent(const struct api_call *call)
{
	static const char account[] = "system:serviceaccount:";
	const struct api_world *world = &call->api->world;
	const char *subject = call->caller.subject;
	AUTO(json_doc) struct json_doc *doc = NULL;
	AUTO(text) char *ns = NULL;
	struct json_view pod;
	const char *user;

	if (!subject)
		return false;
	if (!json_doc_copy(subject, strlen(subject), NULL, &doc, NULL))
		return true; /* nobody knows */
	user = json_text_or(json_get(json_root(doc), "user"), "");
	pod = json_item(
		json_dig(json_root(doc), "extra", "authentication.kubernetes.io/pod-name"), 0);
	if (!text_starts_with(user, account) || !json_is_present(pod))
		return false;
	user += strlen(account);
	ns = text_format("%.*s", (int)strcspn(user, ":"), user);
	return !ns || json_is_present(world->agent(world->context, ns, json_text_or(pod, "")));
}

/* False: the call was refused. */
static bool is_open(struct api_call *call)
{
	if (!call->api->change)
		call_refuse(call, 403,
			"SandboxAgents are not changed through this API: the controller runs with "
			"--manage-agents=nobody (chart value controller.manageAgents)");
	else if (call->caller.agent || is_pod_of_agent(call))
		call_refuse(call, 403, "an agent may not change SandboxAgents");
	else
		return true;
	return false;
}

/* --- what is to be done --- */

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Source: RFC 1123 labels and subdomains, as Kubernetes applies them to names. What is asked of RBAC is then what is done. */
static bool is_name(const char *text, const char *also, size_t max)
{
	size_t bytes = strlen(text);

	if (!bytes || bytes > max || !is_alphanumeric(*text) || !is_alphanumeric(text[bytes - 1]))
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (!is_alphanumeric(text[i]) && !strchr(also, text[i]))
			return false;
	return true;
}

static bool check_names(struct api_call *call)
{
	if (!is_name(call->values[0], "-", 63))
		call_refuse(call, 400,
			"Invalid agent configuration: metadata.namespace: \"%.100s\" is no name of "
			"a namespace",
			call->values[0]);
	else if (!is_name(call->values[1], "-.", 253))
		call_refuse(call, 400,
			"Invalid agent configuration: metadata.name: write lower case letters, "
			"digits, '-' and '.'; \"%.100s\" is no such name",
			call->values[1]);
	else
		return true;
	return false;
}

static bool check_kind(struct api_call *call, struct json_view object)
{
	static const char version[] = "kagent.dev/v1alpha2", kind[] = "SandboxAgent";
	struct json_view given[] = { json_get(object, "apiVersion"), json_get(object, "kind") };

	if (json_is_present(given[0]) && !json_text_is(given[0], version))
		call_refuse(
			call, 400, "Invalid agent configuration: apiVersion: must be %s", version);
	else if (json_is_present(given[1]) && !json_text_is(given[1], kind))
		call_refuse(call, 400, "Invalid agent configuration: kind: must be %s", kind);
	else if (json_kind(json_get(object, "spec")) != JSON_OBJECT)
		call_refuse(call, 400, "Invalid agent configuration: spec: must be an object");
	else
		return true;
	return false;
}

static void write_member(struct buffer *out, struct json_view member)
{
	size_t bytes;
	const char *key = json_key(member, &bytes);

	buffer_putc(out, ',');
	json_write_string(out, key, bytes);
	buffer_putc(out, ':');
	json_write(out, member);
}

/* A spec without type is a declarative one. */
static void write_spec(struct buffer *out, struct json_view spec)
{
	const char *type = json_text_or(json_get(spec, "type"), "");
	bool has_type = *type || (json_is_present(json_get(spec, "type")) &&
					 json_kind(json_get(spec, "type")) != JSON_STRING);

	buffer_printf(out, "{\"type\":");
	if (has_type)
		json_write(out, json_get(spec, "type"));
	else
		buffer_puts(out, "\"Declarative\"");
	json_foreach_member (member, spec)
		if (strcmp(json_key(member, NULL), "type") != 0)
			write_member(out, member);
	buffer_putc(out, '}');
}

/* Only what a user may say of a new object: no owner, no finalizer, no status. */
static void write_object(struct buffer *out, const struct api_call *call, struct json_view object)
{
	static const char *const keys[] = { "labels", "annotations" };
	struct json_view metadata = json_get(object, "metadata");

	buffer_puts(out, "{\"apiVersion\":\"kagent.dev/v1alpha2\",\"kind\":\"SandboxAgent\","
			 "\"metadata\":{\"namespace\":");
	json_write_string(out, call->values[0], strlen(call->values[0]));
	buffer_puts(out, ",\"name\":");
	json_write_string(out, call->values[1], strlen(call->values[1]));
	for (size_t i = 0; i < COUNT(keys); i++)
		if (json_is_present(json_get(metadata, keys[i])))
			write_member(out, json_get(metadata, keys[i]));
	buffer_puts(out, "},\"spec\":");
	write_spec(out, json_get(object, "spec"));
	buffer_putc(out, '}');
}

/* --- what became of it --- */

static void refuse(struct api_call *call, const struct error *err)
{
	bool names_field = !*err->path || strstr(err->text, err->path);
	const char *field = names_field ? "" : err->path;
	const char *colon = names_field ? "" : ": ";

	switch (err->code) {
	case ERR_INVALID:
	case ERR_UNSUPPORTED:
		call_refuse(
			call, 400, "Invalid agent configuration: %s%s%s", field, colon, err->text);
		break;
	case ERR_NOT_FOUND:
		call_refuse(call, 404, "%s%s",
			call->change == API_CREATE ? "" : "SandboxAgent not found: ", err->text);
		break;
	case ERR_EXISTS:
	case ERR_CONFLICT:
		call_refuse(call, 409, "%s", err->text);
		break;
	case ERR_DENIED:
		call_refuse(call, 403, "%s%s%s", field, colon, err->text);
		break;
	case ERR_TOO_LARGE:
		call_refuse(call, 413, "%s", err->text);
		break;
	default:
		http_set_header(call->exchange, "Retry-After", "1");
		call_refuse(call, 503, "The API server cannot do this now: %s", err->text);
	}
}

/* Who did it is told here: the API server's own audit knows the controller only. */
static void on_changed(void *context, struct json_view agent, const struct error *err)
{
	struct api_call *call = context;
	struct buffer data = { 0 };

	if (!err)
		log_info("agent changed for a user", LOG_STR("verb", outcomes[call->change].verb),
			LOG_STR("namespace", call->values[0]), LOG_OBJ(call->values[1]),
			LOG_STR("user", call->caller.user));
	if (!call_arrived(call))
		return;
	if (err) {
		refuse(call, err);
		return;
	}
	if (call->change == API_DELETE)
		buffer_puts(&data, "{}");
	else
		agents_write(&data, &call->api->world, agent);
	call_answer(call, outcomes[call->change].status, &data, outcomes[call->change].message);
}

static void submit(struct api_call *call)
{
	struct api_change change = { .kind = call->change,
		.ns = call->values[0],
		.name = call->values[1],
		.json = call->wanted };

	call->wanted = (struct buffer){ 0 };
	call_await(call);
	call->api->change(call->api->change_context, &change, on_changed, call);
}

/* A right to create cannot be one to a name. */
static void authorize(struct api_call *call)
{
	if (call->wanted.failed)
		call_refuse_no_memory(call);
	else
		call_authorize(call, outcomes[call->change].right, call->values[0],
			call->change == API_CREATE ? NULL : call->values[1], submit);
}

void changes_create(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view metadata;
	const char *ns;
	struct error err;

	call->change = API_CREATE;
	if (!is_open(call) || !call_body(call, &doc) || !check_kind(call, json_root(doc)))
		return;
	metadata = json_get(json_root(doc), "metadata");
	ns = object_namespace(json_root(doc));
	if (!*ns && call->api->default_namespace)
		ns = call->api->default_namespace;
	if (!text_replace(&call->values[0], ns, &err) ||
		!text_replace(
			&call->values[1], json_text_or(json_get(metadata, "name"), ""), &err)) {
		call_refuse_no_memory(call);
		return;
	}
	if (!check_names(call))
		return;
	write_object(&call->wanted, call, json_root(doc));
	authorize(call);
}

/* Replaces the spec, and nothing else. */
void changes_update(struct api_call *call)
{
	AUTO(json_doc) struct json_doc *doc = NULL;

	call->change = API_UPDATE;
	if (!is_open(call) || !check_names(call) || !call_body(call, &doc) ||
		!check_kind(call, json_root(doc)))
		return;
	if (strcmp(object_namespace(json_root(doc)), call->values[0]) != 0 ||
		strcmp(object_name(json_root(doc)), call->values[1]) != 0) {
		call_refuse(call, 400, "Path does not match request body metadata");
		return;
	}
	write_spec(&call->wanted, json_get(json_root(doc), "spec"));
	authorize(call);
}

void changes_delete(struct api_call *call)
{
	call->change = API_DELETE;
	if (is_open(call) && check_names(call))
		authorize(call);
}
