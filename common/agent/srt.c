#include "agent/srt.h"

#include "agent/domain.h"
#include "agent/wire.h"

void srt_report_fini(struct srt_report *report)
{
	for (size_t i = 0; i < report->left_out_count; i++)
		free(report->left_out[i]);
	free(report->left_out);
	*report = (struct srt_report){ 0 };
}

static bool leave_out(struct srt_report *report, struct json_view entry, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	const char *written = json_text(entry, NULL);
	size_t count = report->left_out_count;
	char **grown = realloc(report->left_out, (count + 1) * sizeof(*grown));

	if (!grown)
		return error_no_memory(err);
	report->left_out = grown;
	if (written)
		buffer_puts(&text, written);
	else
		json_write(&text, entry);
	grown[count] = buffer_take(&text);
	if (!grown[count])
		return error_no_memory(err);
	report->left_out_count = count + 1;
	return true;
}

static bool write_domains(struct buffer *out, const char *key, enum domain_list list,
	struct json_view entries, struct srt_report *report, struct error *err)
{
	bool closed = false;

	wire_key(out, key);
	buffer_putc(out, '[');
	json_foreach (entry, entries) {
		char folded[DOMAIN_TEXT_BYTES];
		size_t bytes;
		const char *text = json_text(entry, &bytes);

		if (text && domain_check(list, text, bytes, NULL, folded, NULL)) {
			wire_item(out);
			wire_text(out, folded, strlen(folded));
			continue;
		}
		if (!leave_out(report, entry, err))
			return false;
		closed = closed || list == DOMAIN_DENY;
	}
	if (closed) { /* what was to be refused cannot be told, so nothing is let in */
		wire_item(out);
		buffer_puts(out, "\"*\"");
	}
	buffer_putc(out, ']');
	return true;
}

/* A pattern that ends in a slash makes srt refuse the file; without the slash it covers the same files. */
static size_t path_bytes(const char *text, size_t bytes)
{
	if (!strpbrk(text, "*?["))
		return bytes;
	while (bytes > 1 && text[bytes - 1] == '/')
		bytes--;
	return bytes;
}

static bool write_paths(struct buffer *out, const char *key, struct json_view entries,
	const char *unset, struct srt_report *report, struct error *err)
{
	wire_key(out, key);
	if (!json_is_present(entries)) {
		buffer_puts(out, unset);
		return true;
	}
	buffer_putc(out, '[');
	json_foreach (entry, entries) {
		size_t bytes;
		const char *text = json_text(entry, &bytes);

		if (text && bytes) {
			wire_item(out);
			wire_text(out, text, path_bytes(text, bytes));
		} else if (!leave_out(report, entry, err)) {
			return false;
		}
	}
	buffer_putc(out, ']');
	return true;
}

bool srt_settings_write(
	struct json_view sandbox, struct buffer *out, struct srt_report *report, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	struct srt_report named = { 0 };
	struct json_view files = json_get(sandbox, "filesystem");
	struct json_view network = json_get(sandbox, "network");
	struct json_view allowed = json_get(network, "allowedDomains");
	struct json_view denied = json_get(network, "deniedDomains");
	bool ok;

	buffer_puts(&text, "{\"filesystem\":{");
	ok = write_paths(&text, "allowWrite", json_get(files, "allowWrite"), "[\".\",\"/tmp\"]",
		     &named, err) &&
	     write_paths(&text, "denyRead", json_get(files, "denyRead"), "[]", &named, err) &&
	     write_paths(&text, "denyWrite", json_get(files, "denyWrite"), "[]", &named, err);
	buffer_puts(&text, "},\"network\":{");
	ok = ok && write_domains(&text, "allowedDomains", DOMAIN_ALLOW, allowed, &named, err) &&
	     write_domains(&text, "deniedDomains", DOMAIN_DENY, denied, &named, err);
	buffer_puts(&text, "}}");
	ok = ok && buffer_ok(&text, err);
	if (ok) {
		buffer_append(out, text.data, text.bytes);
		ok = buffer_ok(out, err);
	}
	if (!ok) {
		srt_report_fini(&named);
		return false;
	}
	*report = named;
	return true;
}
