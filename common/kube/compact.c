#include "kube/compact.h"

#define OBJECT_BYTES (16u << 20)
#define OBJECT_DEPTH 256

static void write_member(struct buffer *out, const char *key, struct json_view value)
{
	buffer_putc(out, ',');
	json_write_string(out, key, strlen(key));
	buffer_putc(out, ':');
	json_write(out, value);
}

static void write_metadata(struct buffer *out, struct json_view metadata)
{
	bool first = true;

	buffer_puts(out, ",\"metadata\":{");
	json_foreach_member (member, metadata) {
		const char *key = json_key(member, NULL);

		if (strcmp(key, "managedFields") == 0)
			continue;
		if (!first)
			buffer_putc(out, ',');
		first = false;
		json_write_string(out, key, strlen(key));
		buffer_putc(out, ':');
		json_write(out, member);
	}
	buffer_putc(out, '}');
}

/* Items of a list of a built-in kind come without apiVersion and kind: every object here has them. */
static void write_default(
	const struct kube_resource *resource, struct json_view object, struct buffer *out)
{
	char api_version[128];
	const char *kind = json_text_or(json_get(object, "kind"), resource->kind);
	const char *said;

	kube_api_version(resource, api_version, sizeof(api_version));
	said = json_text_or(json_get(object, "apiVersion"), api_version);
	buffer_puts(out, "{\"apiVersion\":");
	json_write_string(out, said, strlen(said));
	buffer_puts(out, ",\"kind\":");
	json_write_string(out, kind, strlen(kind));
	json_foreach_member (member, object) {
		const char *key = json_key(member, NULL);

		if (strcmp(key, "metadata") == 0)
			write_metadata(out, member);
		else if (strcmp(key, "apiVersion") != 0 && strcmp(key, "kind") != 0)
			write_member(out, key, member);
	}
	buffer_putc(out, '}');
}

/* What the objects kept here have in common, the shortest first. */
static const struct json_word word_list[] = {
	JSON_WORD("uid"),
	JSON_WORD("True"),
	JSON_WORD("held"),
	JSON_WORD("kind"),
	JSON_WORD("name"),
	JSON_WORD("spec"),
	JSON_WORD("type"),
	JSON_WORD("False"),
	JSON_WORD("Ready"),
	JSON_WORD("phase"),
	JSON_WORD("podIP"),
	JSON_WORD("labels"),
	JSON_WORD("reason"),
	JSON_WORD("status"),
	JSON_WORD("Current"),
	JSON_WORD("Running"),
	JSON_WORD("Unknown"),
	JSON_WORD("message"),
	JSON_WORD("network"),
	JSON_WORD("rollout"),
	JSON_WORD("sandbox"),
	JSON_WORD("Accepted"),
	JSON_WORD("metadata"),
	JSON_WORD("replicas"),
	JSON_WORD("namespace"),
	JSON_WORD("Reconciled"),
	JSON_WORD("apiVersion"),
	JSON_WORD("conditions"),
	JSON_WORD("controller"),
	JSON_WORD("generation"),
	JSON_WORD("Declarative"),
	JSON_WORD("annotations"),
	JSON_WORD("declarative"),
	JSON_WORD("description"),
	JSON_WORD("modelConfig"),
	JSON_WORD("podTemplate"),
	JSON_WORD("SandboxAgent"),
	JSON_WORD("operatingMode"),
	JSON_WORD("podGeneration"),
	JSON_WORD("systemMessage"),
	JSON_WORD("allowedDomains"),
	JSON_WORD("ownerReferences"),
	JSON_WORD("resourceVersion"),
	JSON_WORD("containerStatuses"),
	JSON_WORD("creationTimestamp"),
	JSON_WORD("lastTransitionTime"),
	JSON_WORD("observedGeneration"),
	JSON_WORD("SandboxReadyPending"),
	JSON_WORD("kagent.dev/v1alpha2"),
	JSON_WORD("initContainerStatuses"),
	JSON_WORD("kagent.dev/config-hash"),
	JSON_WORD("sandgate.dev/changed-at"),
	JSON_WORD("sandgate.dev/generation"),
	JSON_WORD("sandgate.dev/applied-hash"),
	JSON_WORD("sandgate.dev/srt-settings-hash"),
	JSON_WORD("SandboxAgent configuration accepted"),
	JSON_WORD("Sandbox Ready condition not yet reported"),
};
static const struct json_words words = { word_list, COUNT(word_list) };

bool compact_object(const struct kube_cache_options *options, struct json_view object,
	struct json_doc **out, struct error *err)
{
	const struct json_limits limits = { .bytes = OBJECT_BYTES, .depth = OBJECT_DEPTH };
	AUTO(buffer) struct buffer text = { 0 };

	if (options->project)
		options->project(options->context, object, &text);
	else
		write_default(options->resource, object, &text);
	if (!buffer_ok(&text, err) || !json_doc_parse(&text, &limits, out, err))
		return false;
	*out = json_doc_compact(*out, &words);
	return true;
}
