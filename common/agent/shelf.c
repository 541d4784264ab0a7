#include "agent/shelf.h"

#include "base/text.h"
#include "json/value.h"

struct shelf {
	struct json_object *places; /* "Kind/ns/name" -> index of `objects` */
	struct json_view *objects;
	size_t count;
	struct json_doc *nothing; /* stands for Namespaces that are only known by name */
};

bool shelf_new(struct shelf **out, struct error *err)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));

	if (!shelf)
		return error_no_memory(err);
	shelf->places = json_object_new_object();
	if (!shelf->places) {
		shelf_free(shelf);
		return error_no_memory(err);
	}
	if (!json_doc_copy("{}", 2, NULL, &shelf->nothing, err)) {
		shelf_free(shelf);
		return false;
	}
	*out = shelf;
	return true;
}

void shelf_free(struct shelf *shelf)
{
	if (!shelf)
		return;
	json_object_put(shelf->places);
	json_doc_free(shelf->nothing);
	free(shelf->objects);
	free(shelf);
}

static bool put(struct shelf *shelf, const char *kind, const char *ns, const char *name,
	struct json_view object, struct error *err)
{
	AUTO(text) char *key = text_format("%s/%s/%s", kind, ns, name);
	struct json_view *grown;

	if (!key)
		return error_no_memory(err);
	grown = realloc(shelf->objects, (shelf->count + 1) * sizeof(*grown));
	if (!grown)
		return error_no_memory(err);
	shelf->objects = grown;
	grown[shelf->count] = object;
	if (!json_set_int(shelf->places, key, (int64_t)shelf->count, err))
		return false;
	shelf->count++;
	return true;
}

bool shelf_add_namespace(struct shelf *shelf, const char *name, struct error *err)
{
	AUTO(text) char *key = text_format("Namespace//%s", name);

	if (!key)
		return error_no_memory(err);
	return json_object_object_get_ex(shelf->places, key, NULL) ||
	       put(shelf, "Namespace", "", name, json_root(shelf->nothing), err);
}

bool shelf_add(struct shelf *shelf, struct json_view object, struct error *err)
{
	const char *kind = json_text_or(json_get(object, "kind"), "");
	const char *ns = json_text_or(json_dig(object, "metadata", "namespace"), "");
	const char *name = json_text_or(json_dig(object, "metadata", "name"), "");

	if (strcmp(kind, "Namespace") == 0)
		ns = "";
	return put(shelf, kind, ns, name, object, err) &&
	       (!*ns || shelf_add_namespace(shelf, ns, err));
}

static bool get(void *context, enum agent_kind kind, const char *ns, const char *name,
	struct json_view *out, struct error *err)
{
	const struct shelf *shelf = context;
	AUTO(text) char *key = text_format("%s/%s/%s", agent_kind_names[kind], ns, name);
	struct json_object *index;

	if (!key)
		return error_no_memory(err);
	if (!json_object_object_get_ex(shelf->places, key, &index))
		return error_set(err, ERR_NOT_FOUND, NULL, "not among the objects given");
	*out = shelf->objects[json_object_get_int64(index)];
	return true;
}

struct agent_world shelf_world(struct shelf *shelf)
{
	return (struct agent_world){ .get = get, .context = shelf };
}
