#include "agent/convert.h"

#include "agent/stash.h"

#include <string.h>

static const char *const api_versions[] = { "kagent.dev/v1alpha2", "kagent.dev/v1alpha3" };

bool convert_parse_version(const char *api_version, enum agent_version *out, struct error *err)
{
	for (size_t i = 0; i < COUNT(api_versions); i++)
		if (strcmp(api_version, api_versions[i]) == 0) {
			*out = (enum agent_version)i;
			return true;
		}
	return error_set(err, ERR_UNSUPPORTED, NULL,
		"unknown version \"%s\": a SandboxAgent is converted between kagent.dev/v1alpha2 "
		"and kagent.dev/v1alpha3",
		api_version);
}

/* An object being written, member by member. */
struct writer {
	struct buffer *out;
	bool has_members;
};

static struct writer open_object(struct buffer *out)
{
	buffer_putc(out, '{');
	return (struct writer){ .out = out };
}

static void close_object(struct writer *writer)
{
	buffer_putc(writer->out, '}');
}

static void put_key(struct writer *writer, const char *key, size_t bytes)
{
	if (writer->has_members)
		buffer_putc(writer->out, ',');
	writer->has_members = true;
	json_write_string(writer->out, key, bytes);
	buffer_putc(writer->out, ':');
}

static void put_member(struct writer *writer, struct json_view member)
{
	size_t bytes;
	const char *key = json_key(member, &bytes);

	put_key(writer, key, bytes);
	json_write(writer->out, member);
}

static void put_text(struct writer *writer, const char *key, const char *text, size_t bytes)
{
	put_key(writer, key, strlen(key));
	json_write_string(writer->out, text, bytes);
}

static bool has(struct json_view object, const char *key)
{
	return json_kind(json_get(object, key)) != JSON_NONE;
}

/* --- metadata: the one annotation --- */

static void put_annotations(
	struct buffer *out, struct json_view annotations, const char *text, size_t bytes)
{
	struct writer writer = open_object(out);

	json_foreach_member (member, annotations)
		if (strcmp(json_key(member, NULL), CONVERT_STASH) != 0)
			put_member(&writer, member);
	if (text)
		put_text(&writer, CONVERT_STASH, text, bytes);
	close_object(&writer);
}

/* True when no annotation is left but the one that goes. */
static bool is_alone(struct json_view annotations)
{
	return json_count(annotations) == 1 &&
	       json_kind(json_get(annotations, CONVERT_STASH)) != JSON_NONE;
}

static void put_metadata(
	struct buffer *out, struct json_view metadata, const char *text, size_t bytes)
{
	struct json_view annotations = json_get(metadata, "annotations");
	struct writer writer;

	if (json_kind(metadata) == JSON_NONE && !text)
		return;
	if (json_kind(metadata) != JSON_OBJECT && json_kind(metadata) != JSON_NONE) {
		json_write(out, metadata);
		return;
	}
	writer = open_object(out);
	json_foreach_member (member, metadata)
		if (strcmp(json_key(member, NULL), "annotations") != 0 ||
			json_kind(member) != JSON_OBJECT)
			put_member(&writer, member);
	if (json_kind(annotations) == JSON_OBJECT ? text || !is_alone(annotations)
						  : text && json_kind(annotations) == JSON_NONE) {
		put_key(&writer, "annotations", strlen("annotations"));
		put_annotations(out, annotations, text, bytes);
	}
	close_object(&writer);
}

/* --- up: v1alpha2 to v1alpha3 --- */

static void up_moved(struct writer *writer, struct json_view deployment, const char *const *moved)
{
	json_foreach_member (member, deployment)
		if (stash_is_moved(moved, json_key(member, NULL)))
			put_member(writer, member);
}

/* What the stash took, or what moves up out of the deployment. Odd values stay where they are. */
static bool is_taken(const char *key, struct json_view value, struct json_view deployment,
	const char *const *moved)
{
	bool is_declarative = moved == stash_declarative_moved;

	if (strcmp(key, "deployment") == 0)
		return json_kind(value) == JSON_OBJECT;
	if (is_declarative && strcmp(key, "runtime") == 0)
		return json_kind(value) == JSON_STRING;
	if (is_declarative && strcmp(key, "executeCodeBlocks") == 0)
		return json_kind(value) == JSON_BOOL;
	return stash_is_moved(moved, key) && has(deployment, key);
}

static void up_workload(struct buffer *out, struct json_view block, const char *const *moved)
{
	struct json_view deployment = json_get(block, "deployment");
	struct writer writer = open_object(out);

	json_foreach_member (member, block)
		if (!is_taken(json_key(member, NULL), member, deployment, moved))
			put_member(&writer, member);
	up_moved(&writer, deployment, moved);
	close_object(&writer);
}

static void up_skills(struct buffer *out, struct json_view skills)
{
	struct writer writer = open_object(out);

	json_foreach_member (member, skills)
		if (strcmp(json_key(member, NULL), "initContainer") != 0 ||
			json_kind(member) != JSON_OBJECT)
			put_member(&writer, member);
	close_object(&writer);
}

static void up_spec(struct buffer *out, struct json_view spec)
{
	struct writer writer;

	if (json_kind(spec) != JSON_OBJECT) {
		json_write(out, spec);
		return;
	}
	writer = open_object(out);
	json_foreach_member (member, spec) {
		size_t bytes;
		const char *key = json_key(member, &bytes);
		bool is_object = json_kind(member) == JSON_OBJECT;

		if (strcmp(key, "platform") == 0 && json_kind(member) == JSON_STRING)
			continue;
		put_key(&writer, key, bytes);
		if (is_object && strcmp(key, "declarative") == 0)
			up_workload(out, member, stash_declarative_moved);
		else if (is_object && strcmp(key, "byo") == 0)
			up_workload(out, member, stash_byo_moved);
		else if (is_object && strcmp(key, "skills") == 0)
			up_skills(out, member);
		else
			json_write(out, member);
	}
	close_object(&writer);
}

/* --- down: v1alpha3 to v1alpha2 --- */

/* The deployment comes back when something moved down into it, or the stash has one. */
static void down_deployment(struct writer *writer, struct json_view block, struct json_view stashed,
	const char *const *moved)
{
	struct writer deployment;
	bool is_wanted = json_kind(stashed) == JSON_OBJECT;

	json_foreach_member (member, block)
		is_wanted |= stash_is_moved(moved, json_key(member, NULL));
	if (!is_wanted)
		return;
	put_key(writer, "deployment", strlen("deployment"));
	deployment = open_object(writer->out);
	json_foreach_member (member, stashed)
		put_member(&deployment, member);
	json_foreach_member (member, block)
		if (stash_is_moved(moved, json_key(member, NULL)))
			put_member(&deployment, member);
	close_object(&deployment);
}

static void down_workload(struct buffer *out, struct json_view block, struct json_view stashed,
	const char *const *moved, bool is_declarative)
{
	struct writer writer = open_object(out);
	bool keeps_odd_deployment = has(block, "deployment");

	json_foreach_member (member, block)
		if (keeps_odd_deployment || !stash_is_moved(moved, json_key(member, NULL)))
			put_member(&writer, member);
	if (!keeps_odd_deployment)
		down_deployment(&writer, block, json_get(stashed, "deployment"), moved);
	if (is_declarative && !has(block, "runtime")) {
		const char *runtime = json_text_or(json_get(stashed, "runtime"), "python");

		put_text(&writer, "runtime", runtime, strlen(runtime));
	}
	if (is_declarative && !has(block, "executeCodeBlocks") && has(stashed, "executeCodeBlocks"))
		put_member(&writer, json_get(stashed, "executeCodeBlocks"));
	close_object(&writer);
}

static void down_skills(struct buffer *out, struct json_view skills, struct json_view stashed)
{
	struct writer writer = open_object(out);

	json_foreach_member (member, skills)
		put_member(&writer, member);
	if (!has(skills, "initContainer") && has(stashed, "initContainer"))
		put_member(&writer, json_get(stashed, "initContainer"));
	close_object(&writer);
}

static void down_spec(struct buffer *out, struct json_view spec, struct json_view stashed)
{
	struct writer writer;

	if (json_kind(spec) != JSON_OBJECT) {
		json_write(out, spec);
		return;
	}
	writer = open_object(out);
	json_foreach_member (member, spec) {
		size_t bytes;
		const char *key = json_key(member, &bytes);
		bool is_object = json_kind(member) == JSON_OBJECT;

		put_key(&writer, key, bytes);
		if (is_object && strcmp(key, "declarative") == 0)
			down_workload(
				out, member, json_get(stashed, key), stash_declarative_moved, true);
		else if (is_object && strcmp(key, "byo") == 0)
			down_workload(out, member, json_get(stashed, key), stash_byo_moved, false);
		else if (is_object && strcmp(key, "skills") == 0)
			down_skills(out, member, json_get(stashed, key));
		else
			json_write(out, member);
	}
	if (!has(spec, "platform")) {
		const char *platform =
			json_text_or(json_get(stashed, "platform"), stash_implied_platform(spec));

		put_text(&writer, "platform", platform, strlen(platform));
	}
	close_object(&writer);
}

/* --- the whole object --- */

struct conversion {
	enum agent_version to;
	struct json_view spec; /* of the source */
	struct json_view stashed; /* to v1alpha2: the stash's spec */
	const char *annotation; /* what it is to be; NULL = none */
	size_t annotation_bytes;
};

static void write_object(
	struct buffer *out, struct json_view object, const struct conversion *conversion)
{
	struct writer writer = open_object(out);

	put_text(&writer, "apiVersion", api_versions[conversion->to],
		strlen(api_versions[conversion->to]));
	json_foreach_member (member, object) {
		size_t bytes;
		const char *key = json_key(member, &bytes);

		if (strcmp(key, "apiVersion") == 0)
			continue;
		put_key(&writer, key, bytes);
		if (strcmp(key, "metadata") == 0)
			put_metadata(
				out, member, conversion->annotation, conversion->annotation_bytes);
		else if (strcmp(key, "spec") != 0)
			json_write(out, member);
		else if (conversion->to == AGENT_V1ALPHA3)
			up_spec(out, member);
		else
			down_spec(out, member, conversion->stashed);
	}
	if (!has(object, "metadata") && conversion->annotation) {
		put_key(&writer, "metadata", strlen("metadata"));
		put_metadata(out, (struct json_view){ 0 }, conversion->annotation,
			conversion->annotation_bytes);
	}
	close_object(&writer);
}

/* The stash of a v1alpha2 object; a text of its own that is no stash stays as it is when nothing else needs the place. */
static void make_stash(struct json_view object, struct buffer *text)
{
	size_t bytes = 0;
	const char *own =
		json_text(json_dig(object, "metadata", "annotations", CONVERT_STASH), &bytes);

	stash_write(text, json_get(object, "spec"), NULL, 0);
	if (!own)
		return;
	if (!text->bytes && !convert_understands(own, bytes)) {
		buffer_append(text, own, bytes);
		return;
	}
	buffer_clear(text);
	stash_write(text, json_get(object, "spec"), own, bytes);
}

static bool up(struct json_view object, struct buffer *out, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	struct json_view own = json_dig(object, "metadata", "annotations", CONVERT_STASH);
	bool is_kept;

	make_stash(object, &text);
	is_kept = text.bytes || json_kind(own) == JSON_STRING; /* an own empty text is kept, too */
	write_object(out, object,
		&(struct conversion){ .to = AGENT_V1ALPHA3,
			.annotation = is_kept ? text.data : NULL,
			.annotation_bytes = text.bytes });
	return buffer_ok(&text, err) && buffer_ok(out, err);
}

static bool down(struct json_view object, struct buffer *out, struct error *err)
{
	struct conversion conversion = { .to = AGENT_V1ALPHA2 };
	struct json_view own = json_dig(object, "metadata", "annotations", CONVERT_STASH);
	struct stash stash;
	size_t bytes = 0;
	const char *text = json_text(own, &bytes);

	stash_read(text, bytes, &stash);
	conversion.stashed = stash.spec;
	conversion.annotation = text;
	conversion.annotation_bytes = bytes;
	if (stash.doc)
		conversion.annotation = json_text(stash.carried, &conversion.annotation_bytes);
	write_object(out, object, &conversion);
	stash_fini(&stash);
	return buffer_ok(out, err);
}

bool convert_agent(
	struct json_view object, enum agent_version to, struct buffer *out, struct error *err)
{
	enum agent_version from;

	if (json_kind(object) != JSON_OBJECT ||
		!json_text_is(json_get(object, "kind"), "SandboxAgent"))
		return error_set(
			err, ERR_INVALID, NULL, "only objects of kind SandboxAgent are converted");
	if (!convert_parse_version(json_text_or(json_get(object, "apiVersion"), ""), &from, err))
		return false;
	if (from == to) {
		json_write(out, object);
		return buffer_ok(out, err);
	}
	return to == AGENT_V1ALPHA3 ? up(object, out, err) : down(object, out, err);
}

bool convert_understands(const char *text, size_t bytes)
{
	struct stash stash;
	bool is_understood;

	stash_read(text, bytes, &stash);
	is_understood = stash.doc != NULL;
	stash_fini(&stash);
	return is_understood;
}

size_t convert_stash_bytes(struct json_view object)
{
	AUTO(buffer) struct buffer text = { 0 };

	make_stash(object, &text);
	return text.bytes;
}
