#include "skills/registry.h"

#include "base/text.h"
#include "json/doc.h"

#include <curl/curl.h>
#include <stdio.h>
#include <strings.h>

struct registry {
	struct web *web;
	const struct reference *reference;
	const struct login *login;
	bool insecure;
	char *base; /* "https://host" */
	char *token; /* "Authorization: Bearer ..."; NULL = none yet */
	bool basic; /* it asked for user and password */
};

/* --- where it is --- */

static const char *host_of(const struct reference *reference)
{
	return strcmp(reference->registry, "docker.io") == 0 ? "registry-1.docker.io"
							     : reference->registry;
}

/* Insecure: TLS when there is any, whoever it shows itself as; else plain HTTP. */
static bool find_base(struct registry *registry, struct error *err)
{
	const char *host = host_of(registry->reference);
	AUTO(text) char *ping = text_format("https://%s/v2/", host);
	struct web_request request = { .url = ping, .insecure = true, .once = true };
	AUTO(web_answer) struct web_answer answer = { 0 };
	bool plain = registry->insecure && ping && !web_do(registry->web, &request, &answer, err);

	registry->base = text_format("%s://%s", plain ? "http" : "https", host);
	return (ping && registry->base) || error_no_memory(err);
}

bool registry_new(const struct registry_options *options, struct registry **out, struct error *err)
{
	struct registry *registry = calloc(1, sizeof(*registry));

	if (!registry)
		return error_no_memory(err);
	registry->web = options->web;
	registry->reference = options->reference;
	registry->login = options->login;
	registry->insecure = options->insecure;
	if (!find_base(registry, err)) {
		registry_free(registry);
		return false;
	}
	*out = registry;
	return true;
}

void registry_free(struct registry *registry)
{
	if (!registry)
		return;
	free(registry->base);
	free(registry->token);
	free(registry);
}

/* --- logging in --- */

/* The value of `key` in a challenge: key="value", with \" for a quote. NULL (err untouched) when it is not there. */
static char *parameter(const char *challenge, const char *key)
{
	size_t key_bytes = strlen(key);
	AUTO(buffer) struct buffer value = { 0 };
	const char *at = challenge;

	while ((at = strcasestr(at, key))) {
		bool begins = at == challenge || strchr(" ,\t", at[-1]);

		at += key_bytes;
		if (begins && *at == '=')
			break;
	}
	if (!at)
		return NULL;
	if (at[1] != '"') {
		buffer_append(&value, at + 1, strcspn(at + 1, ", \t"));
		return buffer_take(&value);
	}
	for (at += 2; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		buffer_putc(&value, *at);
	}
	return buffer_take(&value);
}

static void add_parameter(struct buffer *out, const char *key, const char *value)
{
	char *encoded;

	if (text_is_empty(value))
		return;
	encoded = curl_easy_escape(NULL, value, 0);
	if (!encoded) {
		out->failed = true;
		return;
	}
	buffer_printf(out, "%s%s=%s", out->bytes ? "&" : "", key, encoded);
	curl_free(encoded);
}

static bool is_header_text(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static bool keep_token(
	struct registry *registry, const struct web_answer *answer, struct error *err)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	const char *token;

	if (!json_doc_copy(answer->body.data ? answer->body.data : "", answer->body.bytes, NULL,
		    &doc, NULL))
		return error_set(err, ERR_IO, NULL, "its token server answered with no JSON");
	token = json_text_or(json_get(json_root(doc), "token"), "");
	if (!*token)
		token = json_text_or(json_get(json_root(doc), "access_token"), "");
	if (!*token || !is_header_text(token))
		return error_set(err, ERR_IO, NULL, "its token server answered without a token");
	free(registry->token);
	registry->token = text_format("Authorization: Bearer %s", token);
	return registry->token || error_no_memory(err);
}

static char *token_url(const char *realm, const struct buffer *query)
{
	return text_format(
		"%s%s%s", realm, strchr(realm, '?') ? "&" : "?", query->data ? query->data : "");
}

static bool ask_token(
	struct registry *registry, const char *realm, struct buffer *query, struct error *err)
{
	const struct login *login = registry->login;
	AUTO(text) char *url = NULL;
	AUTO(web_answer) struct web_answer answer = { 0 };
	struct web_request request = { .insecure = registry->insecure };

	if (login->identity_token) {
		add_parameter(query, "grant_type", "refresh_token");
		add_parameter(query, "client_id", "sandgate");
		add_parameter(query, "refresh_token", login->identity_token);
	}
	if (!buffer_ok(query, err))
		return false;
	url = login->identity_token ? strdup(realm) : token_url(realm, query);
	if (!url)
		return error_no_memory(err);
	if (login->identity_token)
		request.form = query->data;
	else
		request.user_password = login->user_password;
	request.url = url;
	if (!web_do(registry->web, &request, &answer, err))
		return error_wrap(err, "its token server");
	if (answer.status == 401 || answer.status == 403 || answer.status == 400)
		return error_set(err, ERR_DENIED, NULL,
			"its token server refuses %s (HTTP status %d)",
			login->user_password || login->identity_token
				? "the login of imagePullSecrets"
				: "to serve anybody; name a login in imagePullSecrets",
			answer.status);
	if (answer.status != 200)
		return error_set(err, ERR_IO, NULL, "its token server answered with HTTP status %d",
			answer.status);
	return keep_token(registry, &answer, err);
}

static bool ask_bearer(struct registry *registry, const char *challenge, struct error *err)
{
	AUTO(text) char *realm = parameter(challenge, "realm");
	AUTO(text) char *service = parameter(challenge, "service");
	AUTO(text) char *scope = parameter(challenge, "scope");
	AUTO(text)
	char *own_scope = text_format("repository:%s:pull", registry->reference->repository);
	AUTO(buffer) struct buffer query = { 0 };

	if (text_is_empty(realm))
		return error_set(
			err, ERR_IO, NULL, "it asks for a token and does not say from where");
	if (!own_scope)
		return error_no_memory(err);
	add_parameter(&query, "service", service);
	add_parameter(&query, "scope", text_is_empty(scope) ? own_scope : scope);
	return ask_token(registry, realm, &query, err);
}

/* After a 401: what to send the next time. */
static bool log_in(struct registry *registry, const char *challenge, struct error *err)
{
	if (challenge && strncasecmp(challenge, "Bearer", 6) == 0)
		return ask_bearer(registry, challenge + 6, err);
	if (challenge && strncasecmp(challenge, "Basic", 5) == 0 &&
		registry->login->user_password) {
		registry->basic = true;
		return true;
	}
	return error_set(
		err, ERR_DENIED, NULL, "it asks for a login; name one in imagePullSecrets");
}

/* --- reading --- */

static bool refuse(
	const struct registry_get *get, const struct web_answer *answer, struct error *err)
{
	AUTO(json_doc) struct json_doc *doc = NULL;
	enum error_code code = answer->status == 401 || answer->status == 403 ? ERR_DENIED
			       : answer->status == 404                        ? ERR_NOT_FOUND
			       : answer->status == 429                        ? ERR_THROTTLED
									      : ERR_IO;
	const char *said = "";

	if (answer->body.bytes &&
		json_doc_copy(answer->body.data, answer->body.bytes, NULL, &doc, NULL))
		said = json_text_or(
			json_get(json_item(json_get(json_root(doc), "errors"), 0), "message"), "");
	return error_set(err, code, NULL,
		"the registry answered with HTTP status %d to %s %.80s%s%.200s", answer->status,
		get->kind, get->name, *said ? ": " : "", said);
}

static bool do_once(struct registry *registry, const struct registry_get *get,
	struct web_answer *out, struct error *err)
{
	AUTO(text)
	char *url = text_format("%s/v2/%s/%s/%s", registry->base, registry->reference->repository,
		get->kind, get->name);
	AUTO(text) char *accept = text_format("Accept: %s", get->accept ? get->accept : "*/*");
	const char *headers[] = { accept, registry->token, NULL };
	struct web_request request = {
		.url = url,
		.headers = headers,
		.user_password = registry->basic ? registry->login->user_password : NULL,
		.insecure = registry->insecure,
		.sink = get->sink,
		.context = get->context,
	};

	if (!url || !accept)
		return error_no_memory(err);
	return web_do(registry->web, &request, out, err);
}

bool registry_do(struct registry *registry, const struct registry_get *get, struct web_answer *out,
	struct error *err)
{
	for (int i = 0;; i++) {
		AUTO(web_answer) struct web_answer answer = { 0 };

		if (!do_once(registry, get, &answer, err))
			return false;
		if (answer.status >= 200 && answer.status < 300) {
			*out = answer;
			answer = (struct web_answer){ 0 };
			return true;
		}
		if (answer.status != 401 || i)
			return refuse(get, &answer, err);
		if (!log_in(registry, answer.challenge, err))
			return false;
	}
}
