#include "render/source.h"

#include "agent/convert.h"
#include "base/text.h"
#include "json/value.h"
#include "json/yaml.h"
#include "render/crd.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define FILE_MAX_BYTES   ((size_t)256 << 20)
#define FOLDER_MAX_DEPTH 16

/* One file being read. */
struct reading {
	struct source *source;
	const struct source_options *options;
	const char *path;
	size_t line;
};

void source_fini(struct source *source)
{
	for (size_t i = 0; i < source->count; i++) {
		json_doc_free(source->objects[i].doc);
		free(source->objects[i].place);
	}
	free(source->objects);
	*source = (struct source){ 0 };
}

static bool keep(struct reading *reading, struct json_doc *doc, struct error *err)
{
	struct source *source = reading->source;
	struct source_object *grown =
		realloc(source->objects, (source->count + 1) * sizeof(*grown));
	char *place = text_format("%s:%zu", reading->path, reading->line);

	if (grown)
		source->objects = grown;
	if (!grown || !place) {
		free(place);
		json_doc_free(doc);
		return error_no_memory(err);
	}
	grown[source->count++] = (struct source_object){ doc, place };
	return true;
}

static bool set_namespace(
	struct json_object *object, const struct source_options *options, struct error *err)
{
	struct json_object *metadata = json_find(object, "metadata");
	struct json_object *kind = json_find(object, "kind");

	if (!json_object_is_type(metadata, json_type_object) || json_find(metadata, "namespace"))
		return true;
	if (kind && strcmp(json_object_get_string(kind), "Namespace") == 0)
		return true;
	return json_set_text(metadata, "namespace", options->ns, err);
}

/* `text` is the object, in a version that is stored. */
static bool store(struct reading *reading, struct json_view v, struct error *err)
{
	AUTO(json) struct json_object *object = json_from_view(v);
	AUTO(buffer) struct buffer text = { 0 };
	struct json_doc *doc = NULL;

	if (!object)
		return error_no_memory(err);
	if (!set_namespace(object, reading->options, err) ||
		(!reading->options->as_stored && !crd_default(object, err)))
		return false;
	json_value_write(&text, object);
	return buffer_ok(&text, err) && json_doc_parse(&text, NULL, &doc, err) &&
	       keep(reading, doc, err);
}

static bool convert(struct reading *reading, struct json_view v, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;

	return convert_agent(v, AGENT_V1ALPHA2, &text, err) && buffer_ok(&text, err) &&
	       json_doc_parse(&text, NULL, &doc, err) && store(reading, json_root(doc), err);
}

static bool take(struct reading *reading, struct json_view v, struct error *err)
{
	const char *kind = json_text(json_get(v, "kind"), NULL);

	if (!kind)
		return error_set(
			err, ERR_INVALID, NULL, "it is no Kubernetes object: it has no kind");
	if (strcmp(kind, "SandboxAgent") == 0 &&
		json_text_is(json_get(v, "apiVersion"), "kagent.dev/v1alpha3"))
		return convert(reading, v, err);
	if (strcmp(kind, "List") != 0 || json_kind(json_get(v, "items")) != JSON_ARRAY)
		return store(reading, v, err);
	json_foreach (item, json_get(v, "items")) {
		if (!take(reading, item, err))
			return false;
	}
	return true;
}

static bool read_documents(struct reading *reading, const struct buffer *text, struct error *err)
{
	const struct json_limits limits = { .bytes = FILE_MAX_BYTES };
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;
	bool more;

	if (!yaml_reader_new(text->data ? text->data : "", text->bytes, &limits, &reader, err))
		return false;
	for (;;) {
		struct yaml_document document;
		bool ok;

		if (!yaml_reader_next(reader, &document, &more, err))
			return false;
		if (!more)
			return true;
		reading->line = document.line;
		ok = take(reading, json_root(document.doc), err);
		yaml_document_fini(&document);
		if (!ok)
			return error_wrap(err, "line %zu", reading->line);
	}
}

static bool read_stream(struct reading *reading, FILE *stream, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	size_t got;

	do {
		char *to = buffer_reserve(&text, 65536);

		if (!to)
			return buffer_ok(&text, err);
		got = fread(to, 1, 65536, stream);
		buffer_grew(&text, got);
		if (text.bytes > FILE_MAX_BYTES)
			return error_set(err, ERR_TOO_LARGE, NULL, "it is larger than %zu bytes",
				FILE_MAX_BYTES);
	} while (got);
	if (ferror(stream))
		return error_set(err, ERR_IO, NULL, "%s", strerror(errno));
	return read_documents(reading, &text, err);
}

static bool read_file(struct source *source, const char *path, const struct source_options *options,
	struct error *err)
{
	struct reading reading = { source, options, path, 0 };
	FILE *file = fopen(path, "r");
	bool ok;

	if (!file)
		return error_set(err, ERR_IO, NULL, "%s: %s", path, strerror(errno));
	ok = read_stream(&reading, file, err);
	fclose(file);
	return ok || error_wrap(err, "%s", path);
}

static int is_wanted(const struct dirent *entry)
{
	static const char *const ends[] = { ".yaml", ".yml", ".json" };

	if (entry->d_name[0] == '.')
		return 0;
	if (entry->d_type == DT_DIR)
		return 1;
	for (size_t i = 0; i < COUNT(ends); i++)
		if (text_ends_with(entry->d_name, ends[i]))
			return 1;
	return 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_path(struct source *source, const char *path, const struct source_options *options,
	unsigned depth, struct error *err);

static bool read_folder(struct source *source, const char *path,
	const struct source_options *options, unsigned depth, struct error *err)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_wanted, by_bytes);
	bool ok = true;

	if (count < 0)
		return error_set(err, ERR_IO, NULL, "%s: %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		AUTO(text) char *inner = text_format("%s/%s", path, entries[i]->d_name);

		if (ok && !inner)
			ok = error_no_memory(err);
		ok = ok && read_path(source, inner, options, depth + 1, err);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

static bool read_path(struct source *source, const char *path, const struct source_options *options,
	unsigned depth, struct error *err)
{
	struct stat found;

	if (stat(path, &found) < 0)
		return error_set(err, ERR_IO, NULL, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(found.st_mode))
		return read_file(source, path, options, err);
	if (depth > FOLDER_MAX_DEPTH)
		return error_set(
			err, ERR_TOO_LARGE, NULL, "%s: folders are nested too deeply", path);
	return read_folder(source, path, options, depth, err);
}

bool source_read(struct source *source, const char *path, const struct source_options *options,
	struct error *err)
{
	struct reading standard = { source, options, "-", 0 };

	if (strcmp(path, "-") == 0)
		return read_stream(&standard, stdin, err) || error_wrap(err, "standard input");
	return read_path(source, path, options, 0, err);
}
