/* What is answered without the agent: who asks, from where, and the agent card. */
#include "proxy/conversation.h"

#include "agent/card.h"
#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>

#define DEFAULT_USER "admin@kagent.dev"
#define ROUTE        "/api/a2a-sandboxes"

/* --- who --- */

static bool copy_user(const char *text, char *out, size_t out_bytes)
{
	size_t bytes = strlen(text);

	if (bytes >= out_bytes)
		return false;
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	memcpy(out, text, bytes + 1);
	return true;
}

bool front_user(struct proxy *proxy, struct http_exchange *exchange, char *out, size_t out_bytes)
{
	const char *header = http_header(exchange, "X-User-Id");
	AUTO(text) char *asked = NULL;
	struct error err = { 0 };

	if (proxy->options.user_of)
		return proxy->options.user_of(proxy->options.context, exchange, out, out_bytes);
	if (http_query_value(exchange, "user_id", &asked, &err)) {
		if (*asked)
			return copy_user(asked, out, out_bytes);
	} else if (err.code != ERR_NONE) {
		return false;
	}
	return copy_user(text_is_empty(header) ? DEFAULT_USER : header, out, out_bytes);
}

/* Browsers send Origin with every POST of a page. Programs do not send it. */
bool front_is_foreign(struct http_exchange *exchange)
{
	const char *origin = http_header(exchange, "Origin");
	const char *host = http_header(exchange, "Host");
	const char *forwarded = http_header(exchange, "X-Forwarded-Host");
	const char *authority;

	if (text_is_empty(origin))
		return false;
	authority = strstr(origin, "://");
	if (!authority)
		return true;
	authority += 3;
	return !(host && strcasecmp(authority, host) == 0) &&
	       !(forwarded && strcasecmp(authority, forwarded) == 0);
}

/* --- errors --- */

void front_answer_error(
	struct http_exchange *exchange, struct json_view id, const struct rpc_failure *failure)
{
	struct buffer body = { 0 };

	rpc_write_error(&body, id, failure, clock_wall_ms());
	buffer_putc(&body, '\n');
	http_answer(exchange, 200, "application/json", &body);
}

/* --- the card --- */

static bool is_host(const char *text)
{
	return *text &&
	       strspn(text,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") ==
		       strlen(text);
}

/* Where the client reaches the agent: the configured address, or the one it used just now. */
static char *external_url(
	const struct proxy *proxy, const struct proxy_entry *entry, struct http_exchange *exchange)
{
	const char *host = http_header(exchange, "Host");
	const char *proto = http_header(exchange, "X-Forwarded-Proto");
	bool is_https = proto && strncasecmp(proto, "https", 5) == 0 &&
			(!proto[5] || proto[5] == ',' || proto[5] == ' ');

	if (proxy->a2a_base_url)
		return text_format(
			"%s" ROUTE "/%s/%s/", proxy->a2a_base_url, entry->ns, entry->name);
	if (!host || !is_host(host))
		return text_format("http://127.0.0.1:8083" ROUTE "/%s/%s/", entry->ns, entry->name);
	return text_format("%s://%s" ROUTE "/%s/%s/", is_https ? "https" : "http", host, entry->ns,
		entry->name);
}

static bool write_card(const struct proxy *proxy, const struct proxy_entry *entry,
	struct http_exchange *exchange, struct buffer *out, struct error *err)
{
	AUTO(text) char *url = external_url(proxy, entry, exchange);

	if (!url)
		return error_no_memory(err);
	if (!entry->agent)
		return error_set(err, ERR_PENDING, NULL, "agent %s is not known yet", entry->key);
	return card_write(json_root(entry->agent), url, out, err);
}

static void allow_origin(struct http_exchange *exchange)
{
	const char *origin = http_header(exchange, "Origin");

	if (text_is_empty(origin)) {
		http_set_header(exchange, "Access-Control-Allow-Origin", "*");
		return;
	}
	http_set_header(exchange, "Access-Control-Allow-Origin", origin);
	http_set_header(exchange, "Access-Control-Allow-Credentials", "true");
	http_set_header(exchange, "Vary", "Origin");
}

static void answer_preflight(struct http_exchange *exchange)
{
	allow_origin(exchange);
	http_set_header(exchange, "Access-Control-Allow-Methods", "GET, OPTIONS");
	http_set_header(exchange, "Access-Control-Allow-Headers", "Content-Type");
	http_set_header(exchange, "Access-Control-Max-Age", "86400");
	http_answer(exchange, 200, NULL, NULL);
}

void front_answer_card(
	struct proxy *proxy, const struct proxy_entry *entry, struct http_exchange *exchange)
{
	const char *method = http_method(exchange);
	struct buffer body = { 0 };
	struct error err;

	if (strcmp(method, "OPTIONS") == 0) {
		answer_preflight(exchange);
	} else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		http_answer(exchange, 405, NULL, NULL);
	} else if (!write_card(proxy, entry, exchange, &body, &err)) {
		buffer_fini(&body);
		buffer_printf(&body, "%s\n", err.text);
		http_answer(exchange, err.code == ERR_PENDING ? 503 : 500,
			"text/plain; charset=utf-8", &body);
	} else {
		allow_origin(exchange);
		buffer_putc(&body, '\n');
		http_answer(exchange, 200, "application/json", &body);
	}
}

void front_answer_extended_card(struct proxy *proxy, const struct proxy_entry *entry,
	struct http_exchange *exchange, struct json_view id, enum a2a_version version)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *card = NULL;
	struct buffer body = { 0 };
	struct rpc_failure failure;
	struct error err;

	if (!write_card(proxy, entry, exchange, &text, &err) ||
		!json_doc_parse(&text, NULL, &card, &err)) {
		rpc_fail(&failure, RPC_INTERNAL_ERROR, "%s", err.text);
		front_answer_error(exchange, id, &failure);
		return;
	}
	rpc_begin_result(&body, id);
	a2a_write_card(&body, version, json_root(card));
	rpc_end_result(&body);
	buffer_putc(&body, '\n');
	http_answer(exchange, 200, "application/json", &body);
}
