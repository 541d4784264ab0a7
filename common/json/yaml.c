#include "json/yaml.h"
#include "json/read.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* Where a value or a key begins; beside the document's nodes, one each, in the same order. */
struct place {
	uint32_t line, column;
};

struct yaml_places {
	struct place *at;
	size_t count, room;
};

struct yaml_reader {
	const char *text; /* borrowed */
	size_t bytes;
	yaml_parser_t parser;
	struct json_limits limits;
	bool begun, ended;
};

/* One document on its way from events to JSON text. */
struct conversion {
	struct yaml_reader *reader;
	struct buffer json;
	struct yaml_places places;
	unsigned depth;
	struct error *err;
};

static bool refuse(yaml_mark_t mark, struct error *err, const char *what)
{
	return error_set(err, ERR_INVALID, NULL, "%s at line %zu column %zu", what, mark.line + 1,
		mark.column + 1);
}

bool yaml_reader_new(const char *text, size_t bytes, const struct json_limits *limits,
	struct yaml_reader **out, struct error *err)
{
	struct json_limits within = json_limits_or_default(limits);
	AUTO(yaml_reader) struct yaml_reader *reader = NULL;

	if (bytes > within.bytes)
		return error_set(
			err, ERR_TOO_LARGE, NULL, "more than %zu bytes of YAML", within.bytes);
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return error_no_memory(err);
	if (!yaml_parser_initialize(&reader->parser))
		return error_no_memory(err);
	reader->limits = within;
	reader->text = text;
	reader->bytes = bytes;
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, bytes);
	*out = take_yaml_reader(&reader);
	return true;
}

void yaml_reader_free(struct yaml_reader *reader)
{
	if (!reader)
		return;
	yaml_parser_delete(&reader->parser);
	free(reader);
}

static bool refuse_by_parser(const yaml_parser_t *parser, struct error *err)
{
	char what[200];

	if (parser->error == YAML_MEMORY_ERROR)
		return error_no_memory(err);
	if (parser->error == YAML_READER_ERROR)
		return error_set(err, ERR_INVALID, NULL, "%s at byte %zu", parser->problem,
			parser->problem_offset);
	snprintf(what, sizeof(what), "%s%s%s", parser->context ? parser->context : "",
		parser->context ? ": " : "", parser->problem ? parser->problem : "no YAML");
	return refuse(parser->problem_mark, err, what);
}

static bool next_event(struct yaml_reader *reader, yaml_event_t *event, struct error *err)
{
	return yaml_parser_parse(&reader->parser, event) || refuse_by_parser(&reader->parser, err);
}

static bool place_add(struct conversion *c, yaml_mark_t mark)
{
	struct yaml_places *places = &c->places;

	if (places->count == c->reader->limits.nodes) {
		refuse(mark, c->err, "too many keys and values");
		c->err->code = ERR_TOO_LARGE;
		return false;
	}
	if (places->count == places->room) {
		size_t room = places->room ? places->room * 2 : 64;
		struct place *grown = realloc(places->at, room * sizeof(*grown));

		if (!grown)
			return error_no_memory(c->err);
		places->at = grown;
		places->room = room;
	}
	places->at[places->count++] =
		(struct place){ (uint32_t)mark.line + 1, (uint32_t)mark.column + 1 };
	return true;
}

/* What a scalar can be. */
enum meaning { MEANS_TEXT, MEANS_NULL, MEANS_TRUE, MEANS_FALSE, MEANS_NUMBER, MEANS_MERGE };

/* How plain scalars are spelled that are no text; numbers are those of JSON. */
static const struct {
	const char *text;
	enum meaning meaning;
} plain_words[] = {
	{ "", MEANS_NULL },
	{ "~", MEANS_NULL },
	{ "null", MEANS_NULL },
	{ "Null", MEANS_NULL },
	{ "NULL", MEANS_NULL },
	{ "true", MEANS_TRUE },
	{ "True", MEANS_TRUE },
	{ "TRUE", MEANS_TRUE },
	{ "false", MEANS_FALSE },
	{ "False", MEANS_FALSE },
	{ "FALSE", MEANS_FALSE },
	{ "<<", MEANS_MERGE },
};

static enum meaning plain_meaning(const char *text, size_t bytes)
{
	const char *end;

	for (size_t i = 0; i < COUNT(plain_words); i++)
		if (strlen(plain_words[i].text) == bytes &&
			memcmp(plain_words[i].text, text, bytes) == 0)
			return plain_words[i].meaning;
	end = json_number_end(text);
	return end == text + bytes ? MEANS_NUMBER : MEANS_TEXT;
}

#define CORE_TAG "tag:yaml.org,2002:"

/* The tags a scalar may carry, and the meanings it must then have; a text may mean anything. */
static const struct {
	const char *tag;
	bool allows[MEANS_MERGE];
} scalar_tags[] = {
	{ CORE_TAG "str", { [MEANS_TEXT] = true } },
	{ "!", { [MEANS_TEXT] = true } },
	{ CORE_TAG "null", { [MEANS_NULL] = true } },
	{ CORE_TAG "bool", { [MEANS_TRUE] = true, [MEANS_FALSE] = true } },
	{ CORE_TAG "int", { [MEANS_NUMBER] = true } },
	{ CORE_TAG "float", { [MEANS_NUMBER] = true } },
};

static bool tagged_meaning(struct conversion *c, const yaml_event_t *event, enum meaning *meaning)
{
	const char *tag = (const char *)event->data.scalar.tag;

	for (size_t i = 0; i < COUNT(scalar_tags); i++) {
		if (strcmp(tag, scalar_tags[i].tag) != 0)
			continue;
		if (scalar_tags[i].allows[MEANS_TEXT])
			*meaning = MEANS_TEXT;
		else
			*meaning = plain_meaning(
				(const char *)event->data.scalar.value, event->data.scalar.length);
		if (*meaning < MEANS_MERGE && scalar_tags[i].allows[*meaning])
			return true;
		return refuse(event->start_mark, c->err, "the value does not fit its tag");
	}
	return refuse(event->start_mark, c->err, "tags are not supported");
}

static bool scalar_meaning(struct conversion *c, const yaml_event_t *event, enum meaning *meaning)
{
	if (event->data.scalar.anchor)
		return refuse(event->start_mark, c->err, "anchors are not supported");
	if (event->data.scalar.tag)
		return tagged_meaning(c, event, meaning);
	*meaning = MEANS_TEXT;
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		*meaning = plain_meaning(
			(const char *)event->data.scalar.value, event->data.scalar.length);
	return true;
}

static void put_scalar(struct buffer *json, const yaml_event_t *event, enum meaning meaning)
{
	const char *text = (const char *)event->data.scalar.value;

	switch (meaning) {
	case MEANS_NULL:
		buffer_puts(json, "null");
		break;
	case MEANS_TRUE:
		buffer_puts(json, "true");
		break;
	case MEANS_FALSE:
		buffer_puts(json, "false");
		break;
	case MEANS_NUMBER:
		buffer_append(json, text, event->data.scalar.length);
		break;
	default:
		json_write_string(json, text, event->data.scalar.length);
	}
}

static bool convert_scalar(struct conversion *c, const yaml_event_t *event)
{
	enum meaning meaning;

	if (!scalar_meaning(c, event, &meaning) || !place_add(c, event->start_mark))
		return false;
	put_scalar(&c->json, event, meaning);
	return true;
}

static bool convert_key(struct conversion *c, const yaml_event_t *event)
{
	enum meaning meaning;

	if (event->type == YAML_ALIAS_EVENT)
		return refuse(event->start_mark, c->err, "aliases are not supported");
	if (event->type != YAML_SCALAR_EVENT)
		return refuse(event->start_mark, c->err, "a key must be text");
	if (!scalar_meaning(c, event, &meaning) || !place_add(c, event->start_mark))
		return false;
	if (meaning == MEANS_MERGE)
		return refuse(event->start_mark, c->err, "merge keys are not supported");
	if (meaning != MEANS_TEXT)
		return refuse(event->start_mark, c->err, "a key must be text: write it in quotes");
	put_scalar(&c->json, event, meaning);
	buffer_putc(&c->json, ':');
	return true;
}

static bool convert_value(struct conversion *c, const yaml_event_t *event);

/* Converts what stands between a container's start and its end. */
static bool convert_children(struct conversion *c, bool is_mapping)
{
	yaml_event_type_t last = is_mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	bool at_key = is_mapping;

	for (bool first = true;; first = false) {
		yaml_event_t event;
		bool ok;

		if (!next_event(c->reader, &event, c->err))
			return false;
		if (event.type == last) {
			yaml_event_delete(&event);
			return true;
		}
		if (!first && (at_key || !is_mapping))
			buffer_putc(&c->json, ',');
		ok = at_key ? convert_key(c, &event) : convert_value(c, &event);
		yaml_event_delete(&event);
		if (!ok)
			return false;
		at_key = is_mapping && !at_key;
	}
}

static bool convert_container(struct conversion *c, const yaml_event_t *event)
{
	bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
	const unsigned char *anchor =
		is_mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const unsigned char *tag =
		is_mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;

	if (anchor)
		return refuse(event->start_mark, c->err, "anchors are not supported");
	if (tag && strcmp((const char *)tag, is_mapping ? CORE_TAG "map" : CORE_TAG "seq") != 0)
		return refuse(event->start_mark, c->err, "tags are not supported");
	if (c->depth == c->reader->limits.depth) {
		refuse(event->start_mark, c->err, "too many levels");
		c->err->code = ERR_TOO_LARGE;
		return false;
	}
	if (!place_add(c, event->start_mark))
		return false;
	c->depth++;
	buffer_putc(&c->json, is_mapping ? '{' : '[');
	if (!convert_children(c, is_mapping))
		return false;
	buffer_putc(&c->json, is_mapping ? '}' : ']');
	c->depth--;
	return true;
}

static bool convert_value(struct conversion *c, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return convert_scalar(c, event);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return convert_container(c, event);
	case YAML_ALIAS_EVENT:
		return refuse(event->start_mark, c->err, "aliases are not supported");
	default:
		return refuse(event->start_mark, c->err, "a value is expected");
	}
}

/* Reads the converted text; what JSON refuses (duplicate keys above all) is told by its YAML place. */
static bool read_converted(struct conversion *c, struct json_doc **out)
{
	struct json_limits limits = c->reader->limits;
	struct json_refusal why;
	struct place place;

	limits.bytes = SIZE_MAX; /* the YAML was small enough; as JSON it may be longer */
	if (json_doc_read(&c->json, &limits, out, &why))
		return true;
	if (why.code == ERR_NO_MEMORY || why.node >= c->places.count)
		return error_set(c->err, why.code, NULL, "%s", why.what);
	place = c->places.at[why.node];
	return error_set(c->err, why.code, NULL, "%s at line %u column %u", why.what, place.line,
		place.column);
}

/* `first` is the root's event. */
static bool convert_document(struct yaml_reader *reader, const yaml_event_t *first,
	struct yaml_document *out, struct error *err)
{
	struct conversion c = { .reader = reader, .err = err };
	struct yaml_places *places = malloc(sizeof(*places));
	struct json_doc *doc = NULL;
	bool ok;

	ok = places ? convert_value(&c, first) && read_converted(&c, &doc) : error_no_memory(err);
	buffer_fini(&c.json);
	if (!ok) {
		free(c.places.at);
		free(places);
		return false;
	}
	*places = c.places;
	*out = (struct yaml_document){ .doc = doc, .line = c.places.at[0].line, .places = places };
	return true;
}

static size_t blanks_at(const char *text, size_t bytes)
{
	size_t count = 0;

	while (count < bytes &&
		(text[count] == ' ' || (text[count] >= '\t' && text[count] <= '\r')))
		count++;
	return count;
}

static bool place_nodes(const char *text, const struct json_doc *doc, struct yaml_places *out)
{
	size_t count = json_doc_nodes(doc);
	struct place here = { 1, 1 };
	size_t offset = 0;

	out->at = malloc(count * sizeof(*out->at));
	if (!out->at)
		return false;
	for (; out->count < count; out->count++) {
		size_t next = json_offset((struct json_view){ doc, (uint32_t)out->count });

		for (; offset < next; offset++)
			if (text[offset] == '\n')
				here = (struct place){ here.line + 1, 1 };
			else if (((unsigned char)text[offset] & 0xC0) != 0x80)
				here.column++;
		out->at[out->count] = here;
	}
	return true;
}

/*
 * A text that is JSON from end to end is read as such: libyaml refuses long keys and surrogate pairs.
 * False: it is not, or there was no memory; the YAML reader has the word.
 */
static bool read_as_json(struct yaml_reader *reader, struct yaml_document *out)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	size_t blanks = blanks_at(reader->text, reader->bytes);
	struct yaml_places *places;

	if (blanks == reader->bytes || !strchr("{[", reader->text[blanks]))
		return false;
	if (!json_doc_copy(reader->text, reader->bytes, &reader->limits, &doc, NULL))
		return false;
	places = calloc(1, sizeof(*places));
	if (!places || !place_nodes(reader->text, doc, places)) {
		free(places);
		return false;
	}
	*out = (struct yaml_document){
		.doc = take_json_doc(&doc), .line = places->at[0].line, .places = places
	};
	return true;
}

/* An event without anything behind "---". */
static bool is_empty(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT &&
	       event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !event->data.scalar.length &&
	       !event->data.scalar.tag && !event->data.scalar.anchor;
}

bool yaml_reader_next(
	struct yaml_reader *reader, struct yaml_document *out, bool *more, struct error *err)
{
	bool found = !reader->begun && read_as_json(reader, out);

	reader->begun = true;
	reader->ended |= found;
	while (!found && !reader->ended) {
		yaml_event_t event;
		bool ok = true;

		if (!next_event(reader, &event, err)) {
			reader->ended = true;
			return false;
		}
		switch (event.type) {
		case YAML_STREAM_END_EVENT:
			reader->ended = true;
			break;
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		default:
			found = !is_empty(&event);
			ok = !found || convert_document(reader, &event, out, err);
		}
		yaml_event_delete(&event);
		if (!ok) {
			reader->ended = true;
			return false;
		}
	}
	*more = found;
	return true;
}

void yaml_document_fini(struct yaml_document *document)
{
	json_doc_free(document->doc);
	if (document->places)
		free(document->places->at);
	free(document->places);
	*document = (struct yaml_document){ 0 };
}

void yaml_place(const struct yaml_document *document, struct json_view v, bool of_key, size_t *line,
	size_t *column)
{
	size_t node = v.at;

	if (of_key && json_key(v, NULL))
		node--;
	*line = document->line;
	*column = 1;
	if (v.doc != document->doc || node >= document->places->count)
		return;
	*line = document->places->at[node].line;
	*column = document->places->at[node].column;
}
