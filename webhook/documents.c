#include "webhook/documents.h"

#include "base/text.h"
#include "base/walk.h"

#define FILE_BYTES ((size_t)256 << 20)

struct reading {
	document_visit visit;
	void *context;
};

bool document_is_agent(struct json_view object)
{
	return json_text_is(json_get(object, "kind"), "SandboxAgent") &&
	       text_starts_with(json_text_or(json_get(object, "apiVersion"), ""), "kagent.dev/");
}

static bool visit_object(
	const struct reading *reading, const struct document_object *object, struct error *err)
{
	struct document_object item = *object;

	if (!json_text(json_get(object->object, "kind"), NULL))
		return error_set(err, ERR_INVALID, NULL,
			"document %zu is no Kubernetes object: it has no kind", object->number);
	if (!json_text_is(json_get(object->object, "kind"), "List"))
		return reading->visit(reading->context, object, err);
	json_foreach (one, json_get(object->object, "items")) {
		item.object = one;
		if (!visit_object(reading, &item, err))
			return false;
	}
	return true;
}

static bool visit_text(void *context, const char *name, struct buffer *text, struct error *err)
{
	const struct json_limits limits = { .bytes = FILE_BYTES };
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	struct document_object object = { .file = name };
	bool more;

	if (!yaml_reader_new(text->data ? text->data : "", text->bytes, &limits, &reader, err))
		return error_wrap(err, "%s", name);
	for (;;) {
		struct yaml_document document;
		bool ok;

		if (!yaml_reader_next(reader, &document, &more, err))
			return error_wrap(err, "%s", name);
		if (!more)
			return true;
		object.number++;
		object.document = &document;
		object.object = json_root(document.doc);
		ok = visit_object(context, &object, err);
		yaml_document_fini(&document);
		if (!ok)
			return error_wrap(err, "%s", name);
	}
}

bool documents_each(
	const struct flag_list *paths, document_visit visit, void *context, struct error *err)
{
	static const char *const ends[] = { ".yaml", ".yml", ".json", NULL };
	struct reading reading = { visit, context };
	struct walk_options options = { ends, FILE_BYTES, visit_text, &reading };

	for (size_t i = 0; i < paths->count; i++)
		if (!walk_path(paths->items[i], &options, err))
			return false;
	return true;
}
