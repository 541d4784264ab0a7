#include "webhook/conversion.h"

#include "agent/convert.h"
#include "webhook/reply.h"

static void begin_answer(struct buffer *answer, struct json_view request)
{
	buffer_clear(answer);
	buffer_puts(answer,
		"{\"kind\":\"ConversionReview\",\"apiVersion\":\"apiextensions.k8s.io/v1\","
		"\"response\":{\"uid\":");
	reply_text(answer, json_text_or(json_get(request, "uid"), ""));
}

/* The API server shows the message to whoever asked for the object. */
static void write_failure(struct buffer *answer, struct json_view request, const char *says)
{
	begin_answer(answer, request);
	buffer_puts(answer, ",\"result\":{\"status\":\"Failure\",\"message\":");
	reply_text(answer, says);
	buffer_puts(answer, "}}}");
}

static bool convert_all(
	struct json_view request, struct buffer *answer, size_t *converted, struct error *err)
{
	struct json_view wanted = json_get(request, "desiredAPIVersion");
	enum agent_version to;
	size_t i = 0;

	if (!convert_parse_version(json_text_or(wanted, ""), &to, err))
		return error_wrap(err, "desiredAPIVersion");
	begin_answer(answer, request);
	buffer_puts(answer, ",\"convertedObjects\":[");
	json_foreach (object, json_get(request, "objects")) {
		if (i)
			buffer_putc(answer, ',');
		if (!convert_agent(object, to, answer, err))
			return error_wrap(err, "SandboxAgent \"%s\" (objects[%zu])",
				json_text_or(json_dig(object, "metadata", "name"), ""), i);
		i++;
	}
	buffer_puts(answer, "],\"result\":{\"status\":\"Success\"}}}");
	*converted = i;
	return true;
}

int conversion_answer(struct buffer *request, struct buffer *answer, size_t *converted)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	struct json_view asked;
	struct error err;
	int status =
		reply_read(request, "ConversionReview", "apiextensions.k8s.io/v1", answer, &doc);

	*converted = 0;
	if (status)
		return status;
	asked = json_get(json_root(doc), "request");
	if (json_kind(json_get(asked, "objects")) != JSON_ARRAY)
		return reply_failure(answer, 400, "the ConversionReview's request has no objects");
	if (!convert_all(asked, answer, converted, &err))
		write_failure(answer, asked, err.text);
	return answer->failed ? reply_failure(answer, 500, "out of memory") : 200;
}
