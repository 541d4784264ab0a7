#include "webhook/admission.h"

#include "agent/defaults.h"
#include "base/base64.h"
#include "webhook/reply.h"

#include <string.h>

static void begin_answer(struct buffer *out, const char *uid, bool allowed)
{
	buffer_puts(out, "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
			 "\"response\":{\"uid\":");
	reply_text(out, uid);
	buffer_puts(out, allowed ? ",\"allowed\":true" : ",\"allowed\":false");
}

/* "FIELD: message", or the message alone when it belongs to no field. */
static void append_finding(struct buffer *out, const struct finding *finding)
{
	if (finding->field[0])
		buffer_printf(out, "%s: ", finding->field);
	buffer_puts(out, finding->message);
}

static void write_warnings(struct buffer *out, const struct findings *findings)
{
	for (size_t i = 0; i < findings->warning_count; i++) {
		AUTO(buffer) struct buffer text = { 0 };

		append_finding(&text, &findings->warnings[i]);
		buffer_puts(out, i ? "," : ",\"warnings\":[");
		json_write_string(out, text.data, text.bytes);
		out->failed |= text.failed;
	}
	if (findings->warning_count)
		buffer_putc(out, ']');
}

static void write_causes(struct buffer *out, const struct findings *findings)
{
	for (size_t i = 0; i < findings->cause_count; i++) {
		const struct finding *cause = &findings->causes[i];

		buffer_puts(out, i ? ",{\"reason\":" : "\"causes\":[{\"reason\":");
		reply_text(out, finding_reason_name(cause->reason));
		buffer_puts(out, ",\"message\":");
		reply_text(out, cause->message);
		buffer_puts(out, ",\"field\":");
		reply_text(out, cause->field);
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
}

/* The first cause first, so that the first line that kubectl prints says what to do. */
static void write_status(struct buffer *out, const char *name, const struct findings *findings)
{
	AUTO(buffer) struct buffer message = { 0 };

	for (size_t i = 0; i < findings->cause_count; i++) {
		buffer_puts(&message, i ? "\n" : "");
		append_finding(&message, &findings->causes[i]);
	}
	buffer_puts(out, ",\"status\":{\"metadata\":{},\"status\":\"Failure\",\"message\":");
	json_write_string(out, message.data, message.bytes);
	out->failed |= message.failed;
	buffer_puts(out, ",\"reason\":\"Invalid\",\"details\":{\"name\":");
	reply_text(out, name);
	buffer_puts(out, ",\"group\":\"kagent.dev\",\"kind\":\"SandboxAgent\",");
	write_causes(out, findings);
	buffer_puts(out, "},\"code\":422}");
}

/* False: out of memory. */
static bool write_patch(struct buffer *out, const struct admission_settings *settings,
	struct json_view object, enum admission_verdict *verdict)
{
	struct json_patch patch = { 0 };
	AUTO(text) char *text = NULL;
	bool ok;

	agent_default(object, settings->default_model_config, &patch);
	ok = json_patch_take(&patch, &text, NULL);
	json_patch_fini(&patch);
	if (!ok || !*text)
		return ok;
	buffer_puts(out, ",\"patchType\":\"JSONPatch\",\"patch\":\"");
	base64_encode(out, text, strlen(text));
	buffer_putc(out, '"');
	*verdict = ADMISSION_PATCHED;
	return true;
}

/* What is reviewed is a SandboxAgent itself that is being created or changed; the rest passes as it is. */
static bool is_for_review(struct json_view request)
{
	struct json_view operation = json_get(request, "operation");

	return json_text_is(json_dig(request, "kind", "group"), "kagent.dev") &&
	       json_text_is(json_dig(request, "kind", "kind"), "SandboxAgent") &&
	       !json_text_or(json_get(request, "subResource"), "")[0] &&
	       (json_text_is(operation, "CREATE") || json_text_is(operation, "UPDATE"));
}

/* Who only labels an agent that was stored without defaults does not change what it asks for. */
static bool has_old_spec(struct json_view request)
{
	return json_equal(
		json_dig(request, "object", "spec"), json_dig(request, "oldObject", "spec"));
}

static bool answer_review(const struct admission_settings *settings,
	enum admission_endpoint endpoint, struct json_view request, struct findings *findings,
	struct buffer *answer, enum admission_verdict *verdict)
{
	struct json_view object = json_get(request, "object");
	const char *uid = json_text(json_get(request, "uid"), NULL);
	const char *name = json_text_or(json_get(request, "name"), "");
	struct agent_policy policy = settings->policy;
	bool ok = true;

	policy.asked_in_v1alpha3 =
		json_text_is(json_dig(request, "requestKind", "version"), "v1alpha3");
	agent_validate(object, json_get(request, "oldObject"), &policy, findings);
	*verdict = findings->cause_count ? ADMISSION_REFUSED : ADMISSION_ALLOWED;
	begin_answer(answer, uid, findings->cause_count == 0);
	if (findings->cause_count)
		write_status(answer,
			name[0] ? name : json_text_or(json_dig(object, "metadata", "name"), ""),
			findings);
	else if (endpoint == ADMISSION_MUTATE && !has_old_spec(request))
		ok = write_patch(answer, settings, object, verdict);
	/* An object that passes here comes to the validating endpoint: told once is enough. */
	if (findings->cause_count || endpoint == ADMISSION_VALIDATE)
		write_warnings(answer, findings);
	buffer_puts(answer, "}}");
	return ok && !findings->failed && !answer->failed;
}

/* NULL, or why the request cannot be answered. */
static const char *request_mistake(struct json_view request)
{
	if (!json_text_or(json_get(request, "operation"), "")[0])
		return "the AdmissionReview's request has no operation";
	if (is_for_review(request) && json_kind(json_get(request, "object")) != JSON_OBJECT)
		return "the AdmissionReview's request has no object";
	return NULL;
}

static bool answer_request(const struct admission_settings *settings,
	enum admission_endpoint endpoint, struct json_view request, struct buffer *answer,
	enum admission_verdict *verdict)
{
	struct findings findings = { 0 };
	bool ok;

	if (is_for_review(request)) {
		ok = answer_review(settings, endpoint, request, &findings, answer, verdict);
		findings_fini(&findings);
		return ok;
	}
	*verdict = ADMISSION_ALLOWED;
	begin_answer(answer, json_text(json_get(request, "uid"), NULL), true);
	buffer_puts(answer, "}}");
	return !answer->failed;
}

int admission_answer(const struct admission_settings *settings, enum admission_endpoint endpoint,
	struct buffer *request, struct buffer *answer, enum admission_verdict *verdict)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view asked;
	int status = reply_read(request, "AdmissionReview", "admission.k8s.io/v1", answer, &doc);

	*verdict = ADMISSION_MALFORMED;
	if (status)
		return status;
	asked = json_get(json_root(doc), "request");
	if (request_mistake(asked))
		return reply_failure(answer, 400, request_mistake(asked));
	if (answer_request(settings, endpoint, asked, answer, verdict))
		return 200;
	*verdict = ADMISSION_MALFORMED;
	return reply_failure(answer, 500, "out of memory");
}
