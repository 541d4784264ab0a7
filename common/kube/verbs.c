/* The shorthands of kube/client.h: a path, a query and a body for each verb. */
#include "kube/client.h"

#define FIELD_MANAGER "fieldManager=" KUBE_FIELD_MANAGER

/* What a verb adds to the path. */
struct verb {
	const char *method;
	const char *query;
	const char *content_type;
	const char *subresource;
	struct json_object *body; /* NULL = none */
};

static bool start(struct kube_client *client, const struct kube_resource *resource, const char *ns,
	const char *name, const struct verb *verb, kube_done_fn done, void *context,
	struct kube_call **out, struct error *err)
{
	AUTO(buffer) struct buffer path = { 0 };
	struct kube_request request = {
		.method = verb->method,
		.query = verb->query,
		.content_type = verb->content_type,
		.done = done,
		.context = context,
	};

	kube_path(&path, resource, ns, name, verb->subresource);
	if (!buffer_ok(&path, err))
		return false;
	if (verb->body)
		json_value_write(&request.body, verb->body);
	if (!buffer_ok(&request.body, err)) {
		buffer_fini(&request.body);
		return false;
	}
	request.path = path.data;
	return kube_start(client, &request, out, err);
}

bool kube_get(struct kube_client *client, const struct kube_resource *resource, const char *ns,
	const char *name, kube_done_fn done, void *context, struct kube_call **out,
	struct error *err)
{
	const struct verb verb = { .method = "GET" };

	return start(client, resource, ns, name, &verb, done, context, out, err);
}

bool kube_create(struct kube_client *client, const struct kube_resource *resource, const char *ns,
	struct json_object *object, kube_done_fn done, void *context, struct kube_call **out,
	struct error *err)
{
	const struct verb verb = { .method = "POST", .query = FIELD_MANAGER, .body = object };

	return start(client, resource, ns, NULL, &verb, done, context, out, err);
}

bool kube_update(struct kube_client *client, const struct kube_resource *resource, const char *ns,
	const char *name, struct json_object *object, kube_done_fn done, void *context,
	struct kube_call **out, struct error *err)
{
	const struct verb verb = { .method = "PUT", .query = FIELD_MANAGER, .body = object };

	return start(client, resource, ns, name, &verb, done, context, out, err);
}

bool kube_patch(struct kube_client *client, const struct kube_resource *resource, const char *ns,
	const char *name, const char *subresource, enum kube_patch kind, struct json_object *patch,
	kube_done_fn done, void *context, struct kube_call **out, struct error *err)
{
	static const struct verb verbs[] = {
		[KUBE_PATCH_MERGE] = { "PATCH", FIELD_MANAGER, "application/merge-patch+json", NULL,
			NULL },
		[KUBE_PATCH_JSON] = { "PATCH", FIELD_MANAGER, "application/json-patch+json", NULL,
			NULL },
		[KUBE_PATCH_APPLY] = { "PATCH", FIELD_MANAGER "&force=true",
			"application/apply-patch+yaml", NULL, NULL },
	};
	struct verb verb = verbs[kind];

	verb.subresource = subresource;
	verb.body = patch;
	return start(client, resource, ns, name, &verb, done, context, out, err);
}

static bool delete_options(const char *uid, struct json_object **out, struct error *err)
{
	AUTO(json) struct json_object *options = json_object_new_object();

	if (!options)
		return error_no_memory(err);
	if (!json_set_text(options, "apiVersion", "v1", err) ||
		!json_set_text(options, "kind", "DeleteOptions", err) ||
		!json_set_text(options, "propagationPolicy", "Background", err))
		return false;
	if (uid && !json_set_text(json_need_object(options, "preconditions"), "uid", uid, err))
		return false;
	*out = take_json(&options);
	return true;
}

bool kube_delete(struct kube_client *client, const struct kube_resource *resource, const char *ns,
	const char *name, const char *uid, kube_done_fn done, void *context, struct kube_call **out,
	struct error *err)
{
	AUTO(json) struct json_object *options = NULL;
	struct verb verb = { .method = "DELETE" };

	if (!delete_options(uid, &options, err))
		return false;
	verb.body = options;
	return start(client, resource, ns, name, &verb, done, context, out, err);
}
