#include "webhook/verdict.h"

#include "agent/field.h"

#include <string.h>

static void place_of(const struct verdict *verdict, const char *field, size_t *line, size_t *column)
{
	bool exact;
	struct json_view v = field_find(verdict->object->object, field, &exact);

	/* What is missing is told at the name of what should have it. */
	yaml_place(verdict->object->document, v, !exact, line, column);
}

static const char *metadata_text(const struct verdict *verdict, const char *key)
{
	return json_text_or(json_dig(verdict->object->object, "metadata", key), "");
}

/* --- text --- */

static void put_place(struct buffer *out, const struct verdict *verdict, const char *field)
{
	size_t line, column;

	place_of(verdict, field, &line, &column);
	buffer_printf(out, "%s:%zu:%zu: ", verdict->object->file, line, column);
}

static void put_finding(struct buffer *out, const struct verdict *verdict, const char *what,
	const struct finding *finding)
{
	put_place(out, verdict, finding->field);
	buffer_printf(out, "%s: %s%s%s\n", what, finding->field, finding->field[0] ? ": " : "",
		finding->message);
}

void verdict_put_text(struct buffer *out, const struct verdict *verdict)
{
	const char *ns = metadata_text(verdict, "namespace");

	for (size_t i = 0; i < verdict->findings.cause_count; i++)
		put_finding(out, verdict, "error", &verdict->findings.causes[i]);
	for (size_t i = 0; i < verdict->findings.warning_count; i++)
		put_finding(out, verdict, "warning", &verdict->findings.warnings[i]);
	put_place(out, verdict, "");
	buffer_printf(out, "SandboxAgent %s%s%s: %s\n", ns, ns[0] ? "/" : "",
		metadata_text(verdict, "name"),
		verdict->findings.cause_count ? "refused" : "allowed");
	if (!verdict->patch)
		return;
	json_foreach (operation, json_root(verdict->patch)) {
		buffer_printf(
			out, "    default %s ", json_text_or(json_get(operation, "path"), ""));
		json_write(out, json_get(operation, "value"));
		buffer_putc(out, '\n');
	}
}

/* --- JSON --- */

static void put_text(struct buffer *out, const char *key, const char *text)
{
	buffer_printf(out, "\"%s\":", key);
	json_write_string(out, text, strlen(text));
}

static void put_cause(
	struct buffer *out, const struct verdict *verdict, const struct finding *cause)
{
	size_t line, column;

	place_of(verdict, cause->field, &line, &column);
	buffer_putc(out, '{');
	put_text(out, "field", cause->field);
	buffer_putc(out, ',');
	put_text(out, "reason", finding_reason_name(cause->reason));
	buffer_putc(out, ',');
	put_text(out, "message", cause->message);
	buffer_printf(out, ",\"line\":%zu,\"column\":%zu}", line, column);
}

/* As the API server passes them on: one text each. */
static void put_warning(struct buffer *out, const struct finding *warning)
{
	AUTO(buffer) struct buffer text = { 0 };

	buffer_printf(
		&text, "%s%s%s", warning->field, warning->field[0] ? ": " : "", warning->message);
	out->failed |= text.failed;
	json_write_string(out, text.data, text.bytes);
}

void verdict_put_json(struct buffer *out, const struct verdict *verdict)
{
	const struct findings *findings = &verdict->findings;
	size_t line, column;

	place_of(verdict, "", &line, &column);
	buffer_putc(out, '{');
	put_text(out, "file", verdict->object->file);
	buffer_printf(out, ",\"document\":%zu,\"line\":%zu,", verdict->object->number, line);
	put_text(out, "name", metadata_text(verdict, "name"));
	buffer_putc(out, ',');
	put_text(out, "namespace", metadata_text(verdict, "namespace"));
	buffer_printf(
		out, ",\"allowed\":%s,\"causes\":[", findings->cause_count ? "false" : "true");
	for (size_t i = 0; i < findings->cause_count; i++) {
		buffer_puts(out, i ? "," : "");
		put_cause(out, verdict, &findings->causes[i]);
	}
	buffer_puts(out, "],\"warnings\":[");
	for (size_t i = 0; i < findings->warning_count; i++) {
		buffer_puts(out, i ? "," : "");
		put_warning(out, &findings->warnings[i]);
	}
	buffer_puts(out, "],\"patch\":");
	if (verdict->patch)
		json_write(out, json_root(verdict->patch));
	else
		buffer_puts(out, "[]");
	buffer_puts(out, "}\n");
}
