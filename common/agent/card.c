#include "agent/card.h"

#include "agent/wire.h"

/* Two-space indented text, a line at a time. */
struct sheet {
	struct buffer *out;
	unsigned depth;
};

static void start_line(struct sheet *sheet)
{
	wire_item(sheet->out);
	buffer_putc(sheet->out, '\n');
	for (unsigned i = 0; i < sheet->depth; i++)
		buffer_puts(sheet->out, "  ");
}

static void put_key(struct sheet *sheet, const char *key)
{
	start_line(sheet);
	wire_text(sheet->out, key, strlen(key));
	buffer_puts(sheet->out, ": ");
}

static void open_container(struct sheet *sheet, char bracket)
{
	buffer_putc(sheet->out, bracket);
	sheet->depth++;
}

static void close_container(struct sheet *sheet, char bracket)
{
	sheet->depth--;
	if (!wire_is_open(sheet->out)) {
		buffer_putc(sheet->out, '\n');
		for (unsigned i = 0; i < sheet->depth; i++)
			buffer_puts(sheet->out, "  ");
	}
	buffer_putc(sheet->out, bracket);
}

static void put_text(struct sheet *sheet, const char *key, const char *text)
{
	put_key(sheet, key);
	wire_text(sheet->out, text, strlen(text));
}

static void put_some_text(struct sheet *sheet, const char *key, struct json_view v)
{
	const char *text = json_text_or(v, "");

	if (*text)
		put_text(sheet, key, text);
}

static void put_texts(struct sheet *sheet, const char *key, struct json_view texts)
{
	put_key(sheet, key);
	open_container(sheet, '[');
	json_foreach (item, texts) {
		size_t bytes;
		const char *text = json_text(item, &bytes);

		if (!text)
			continue;
		start_line(sheet);
		wire_text(sheet->out, text, bytes);
	}
	close_container(sheet, ']');
}

static void put_some_texts(struct sheet *sheet, const char *key, struct json_view texts)
{
	if (json_kind(texts) == JSON_ARRAY && json_count(texts))
		put_texts(sheet, key, texts);
}

static void put_text_mode(struct sheet *sheet, const char *key)
{
	put_key(sheet, key);
	open_container(sheet, '[');
	start_line(sheet);
	buffer_puts(sheet->out, "\"text\"");
	close_container(sheet, ']');
}

static void put_skill(struct sheet *sheet, struct json_view skill)
{
	struct json_view tags = json_get(skill, "tags");

	start_line(sheet);
	open_container(sheet, '{');
	put_text(sheet, "description", json_text_or(json_get(skill, "description"), ""));
	put_some_texts(sheet, "examples", json_get(skill, "examples"));
	put_text(sheet, "id", json_text_or(json_get(skill, "id"), ""));
	put_some_texts(sheet, "inputModes", json_get(skill, "inputModes"));
	put_text(sheet, "name", json_text_or(json_get(skill, "name"), ""));
	put_some_texts(sheet, "outputModes", json_get(skill, "outputModes"));
	if (json_kind(tags) == JSON_ARRAY) {
		put_texts(sheet, "tags", tags);
	} else {
		put_key(sheet, "tags");
		buffer_puts(sheet->out, "null");
	}
	close_container(sheet, '}');
}

static void put_skills(struct sheet *sheet, struct json_view spec)
{
	struct json_view skills = { 0 };

	if (json_text_is(json_get(spec, "type"), "Declarative"))
		skills = json_dig(spec, "declarative", "a2aConfig", "skills");
	put_key(sheet, "skills");
	open_container(sheet, '[');
	json_foreach (skill, skills)
		put_skill(sheet, skill);
	close_container(sheet, ']');
}

static void put_interfaces(struct sheet *sheet, const char *url)
{
	static const char *const versions[] = { "0.3", "1.0" };

	put_key(sheet, "supportedInterfaces");
	open_container(sheet, '[');
	for (size_t i = 0; i < COUNT(versions); i++) {
		start_line(sheet);
		open_container(sheet, '{');
		put_text(sheet, "url", url);
		put_text(sheet, "protocolBinding", "JSONRPC");
		put_text(sheet, "protocolVersion", versions[i]);
		close_container(sheet, '}');
	}
	close_container(sheet, ']');
}

static void put_provider(struct sheet *sheet, struct json_view provider)
{
	if (json_kind(provider) != JSON_OBJECT)
		return;
	put_key(sheet, "provider");
	open_container(sheet, '{');
	put_text(sheet, "organization", json_text_or(json_get(provider, "organization"), ""));
	put_text(sheet, "url", json_text_or(json_get(provider, "url"), ""));
	close_container(sheet, '}');
}

bool card_write(struct json_view agent, const char *url, struct buffer *out, struct error *err)
{
	struct json_view spec = json_get(agent, "spec");
	const char *name = json_text_or(json_dig(agent, "metadata", "name"), "");
	AUTO(buffer) struct buffer identifier = { 0 };
	struct sheet sheet = { .out = out };

	for (; *name; name++)
		buffer_append(&identifier, *name == '-' ? "_" : name, 1);
	if (!buffer_ok(&identifier, err))
		return false;
	open_container(&sheet, '{');
	put_text_mode(&sheet, "defaultInputModes");
	put_text_mode(&sheet, "defaultOutputModes");
	put_text(&sheet, "description", json_text_or(json_get(spec, "description"), ""));
	put_some_text(&sheet, "documentationUrl", json_get(spec, "documentationUrl"));
	put_some_text(&sheet, "iconUrl", json_get(spec, "iconUrl"));
	put_text(&sheet, "name", identifier.data ? identifier.data : "");
	put_provider(&sheet, json_get(spec, "provider"));
	put_text(&sheet, "version", json_text_or(json_get(spec, "version"), ""));
	put_skills(&sheet, spec);
	put_key(&sheet, "capabilities");
	open_container(&sheet, '{');
	put_key(&sheet, "streaming");
	buffer_puts(out, "true");
	close_container(&sheet, '}');
	put_interfaces(&sheet, url);
	put_text(&sheet, "url", url);
	put_text(&sheet, "protocolVersion", "0.3");
	put_text(&sheet, "preferredTransport", "JSONRPC");
	close_container(&sheet, '}');
	return buffer_ok(out, err);
}
