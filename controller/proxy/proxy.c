#include "proxy/conversation.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>

#define HOLD_MS          30000
#define REFUSED_MS       3000
#define IDLE_MS          600000
#define HEARTBEAT_MS     15000
#define ANSWER_MAX_BYTES ((size_t)48 * 1024 * 1024)
#define CONNECTIONS_MAX  100000 /* to one agent: its own limits count, not ours */
#define CARD_PATH        "/.well-known/agent-card.json"
#define OLD_CARD_PATH    "/.well-known/agent.json"
#define NAME_BYTES       254 /* of Kubernetes; with its NUL */

/* --- the agents --- */

static void entry_free(struct proxy_entry *entry)
{
	if (!entry)
		return;
	free(entry->key);
	free(entry->ns);
	free(entry->name);
	free(entry->url);
	free(entry->waits_for);
	json_doc_free(entry->agent);
	free(entry);
}
DEFINE_AUTO(entry, struct proxy_entry *, entry_free)

static struct proxy_entry *find_entry(const struct proxy *proxy, const char *ns, const char *name)
{
	char key[2 * NAME_BYTES];

	return text_pair(key, sizeof(key), ns, name) ? map_get(&proxy->entries, key) : NULL;
}

static struct proxy_entry *need_entry(
	struct proxy *proxy, const char *ns, const char *name, struct error *err)
{
	AUTO(entry) struct proxy_entry *entry = find_entry(proxy, ns, name);
	struct proxy_entry *found = entry;

	if (found)
		return take_entry(&entry);
	entry = calloc(1, sizeof(*entry));
	if (!entry) {
		error_no_memory(err);
		return NULL;
	}
	LIST_INIT(&entry->conversations);
	entry->key = text_format("%s/%s", ns, name);
	entry->ns = strdup(ns);
	entry->name = strdup(name);
	if (!entry->key || !entry->ns || !entry->name) {
		error_no_memory(err);
		return NULL;
	}
	if (!map_put(&proxy->entries, entry->key, entry, NULL, err))
		return NULL;
	return take_entry(&entry);
}

void proxy_drop_entry(struct proxy *proxy, struct proxy_entry *entry)
{
	if (entry->exists || !LIST_EMPTY(&entry->conversations))
		return;
	map_remove(&proxy->entries, entry->key);
	entry_free(entry);
}

static void tell_conversations(struct proxy *proxy, struct proxy_entry *entry)
{
	struct proxy_conversation *it = LIST_FIRST(&entry->conversations);

	while (it) {
		struct proxy_conversation *next = LIST_NEXT(it, in_entry);

		conversation_agent_changed(it);
		it = next;
	}
	proxy_drop_entry(proxy, entry);
}

bool proxy_agent_put(struct proxy *proxy, const struct proxy_agent *agent, struct error *err)
{
	AUTO(text)
	char *url = text_is_empty(agent->base_url)
			    ? text_format("http://%s.%s:8080/", agent->name, agent->ns)
			    : text_format("%s/", agent->base_url);
	AUTO(text)
	char *waits_for = text_is_empty(agent->waits_for) ? NULL : strdup(agent->waits_for);
	struct proxy_entry *entry = need_entry(proxy, agent->ns, agent->name, err);

	if (!entry)
		return false;
	if (!url || (!waits_for && !text_is_empty(agent->waits_for))) {
		proxy_drop_entry(proxy, entry);
		return error_no_memory(err);
	}
	entry->exists = true;
	entry->is_ready = agent->is_ready;
	free(entry->url);
	entry->url = take_text(&url);
	free(entry->waits_for);
	entry->waits_for = take_text(&waits_for);
	json_doc_free(entry->agent);
	entry->agent = agent->agent ? json_doc_ref(agent->agent) : NULL;
	tell_conversations(proxy, entry);
	return true;
}

void proxy_agent_remove(struct proxy *proxy, const char *ns, const char *name)
{
	struct proxy_entry *entry = find_entry(proxy, ns, name);

	if (!entry)
		return;
	entry->exists = false;
	entry->is_ready = false;
	tell_conversations(proxy, entry);
}

static void collect_unknown(void *context, const char *key UNUSED, void *value)
{
	struct proxy_entry *entry = value;

	if (!entry->exists)
		tell_conversations(context, entry);
}

void proxy_set_synced(struct proxy *proxy)
{
	proxy->is_synced = true;
	map_each(&proxy->entries, collect_unknown, proxy);
}

void proxy_count_busy(struct proxy *proxy, struct proxy_entry *entry, int change)
{
	bool was_busy = entry->busy > 0;

	entry->busy = (unsigned)((int)entry->busy + change);
	if (was_busy != (entry->busy > 0) && proxy->options.on_busy)
		proxy->options.on_busy(
			proxy->options.context, entry->ns, entry->name, entry->busy > 0);
}

/* --- the proxy --- */

static void fill_options(struct proxy *proxy, const struct proxy_options *options)
{
	struct proxy_options *mine = &proxy->options;

	*mine = *options;
	mine->hold_ms = mine->hold_ms ? mine->hold_ms : HOLD_MS;
	mine->refused_ms = mine->refused_ms ? mine->refused_ms : REFUSED_MS;
	mine->idle_ms = mine->idle_ms ? mine->idle_ms : IDLE_MS;
	mine->heartbeat_ms = mine->heartbeat_ms ? mine->heartbeat_ms : HEARTBEAT_MS;
	mine->max_answer_bytes = mine->max_answer_bytes ? mine->max_answer_bytes : ANSWER_MAX_BYTES;
}

static bool proxy_init(struct proxy *proxy, const struct proxy_options *options, struct error *err)
{
	const struct http_client_options client = { .max_connections_per_host = CONNECTIONS_MAX };
	size_t bytes = text_is_empty(options->a2a_base_url) ? 0 : strlen(options->a2a_base_url);

	fill_options(proxy, options);
	while (bytes && options->a2a_base_url[bytes - 1] == '/')
		bytes--;
	if (bytes) {
		proxy->a2a_base_url = text_copy(options->a2a_base_url, bytes);
		if (!proxy->a2a_base_url)
			return error_no_memory(err);
	}
	return http_client_new(options->loop, &client, &proxy->client, err);
}

bool proxy_new(const struct proxy_options *options, struct proxy **out, struct error *err)
{
	struct proxy *proxy = calloc(1, sizeof(*proxy));

	if (!proxy)
		return error_no_memory(err);
	if (!proxy_init(proxy, options, err)) {
		proxy_free(proxy);
		return false;
	}
	*out = proxy;
	return true;
}

static void free_each(void *context UNUSED, const char *key UNUSED, void *value)
{
	entry_free(value);
}

void proxy_free(struct proxy *proxy)
{
	if (!proxy)
		return;
	map_each(&proxy->entries, free_each, NULL);
	map_fini(&proxy->entries);
	http_client_free(proxy->client);
	free(proxy->a2a_base_url);
	free(proxy);
}

void proxy_get_stats(const struct proxy *proxy, struct proxy_stats *out)
{
	*out = proxy->stats;
}

/* --- requests --- */

static void answer_unknown(struct http_exchange *exchange, const char *ns, const char *name)
{
	AUTO(text) char *body = text_format("Agent sandboxes/%.64s/%.64s not found\n", ns, name);

	http_answer_text(exchange, 404, "text/plain; charset=utf-8", body ? body : "not found\n");
}

static bool read_version(struct http_exchange *exchange, enum a2a_version *out)
{
	const char *text = http_header(exchange, "A2A-Version");
	AUTO(text) char *asked = NULL;
	AUTO(text) char *body = NULL;
	struct error err;

	if (text_is_empty(text) && http_query_value(exchange, "A2A-Version", &asked, &err))
		text = asked;
	if (a2a_parse_version(text, out))
		return true;
	body = text_format("unsupported A2A version \"%.40s\"\n", text);
	http_answer_text(exchange, 400, "text/plain; charset=utf-8",
		body ? body : "unsupported A2A version\n");
	return false;
}

/* Everything that can be said without the agent; false with the failure when it ends here. */
static bool read_call(struct http_exchange *exchange, enum a2a_version version,
	struct rpc_request *request, enum a2a_method *method, struct rpc_failure *failure)
{
	if (strcmp(http_method(exchange), "POST") != 0)
		return rpc_fail(
			failure, RPC_INVALID_REQUEST, "invalid request: requests are sent by POST");
	if (!rpc_read(http_body(exchange), request, failure))
		return false;
	if (!a2a_find_method(version, request->method, method))
		return rpc_fail(failure, RPC_METHOD_NOT_FOUND, "method not found");
	if (*method == A2A_LIST)
		return rpc_fail(
			failure, RPC_UNSUPPORTED_OPERATION, "listing tasks is not supported");
	return a2a_check_params(version, *method, request->params, failure);
}

static void handle_call(struct proxy *proxy, struct proxy_entry *entry,
	struct http_exchange *exchange, const char *user)
{
	struct rpc_request request = { 0 };
	struct rpc_failure failure;
	enum a2a_version version = A2A_03;
	enum a2a_method method = A2A_SEND;

	if (!read_version(exchange, &version))
		return;
	proxy->stats.requests++;
	if (!read_call(exchange, version, &request, &method, &failure)) {
		proxy->stats.errors++;
		front_answer_error(exchange, request.id, &failure);
	} else if (method == A2A_EXTENDED_CARD) {
		front_answer_extended_card(proxy, entry, exchange, request.id, version);
	} else if (!conversation_start(proxy, entry, exchange, &request, version, method, user)) {
		rpc_fail(&failure, RPC_INTERNAL_ERROR, "out of memory");
		front_answer_error(exchange, request.id, &failure);
	}
	rpc_request_fini(&request);
}

/* RFC 1123 names as Kubernetes has them; anything else cannot be an agent. */
static bool is_name(const char *text)
{
	size_t bytes = strlen(text);

	return bytes && bytes < NAME_BYTES &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == bytes;
}

void proxy_handle(struct proxy *proxy, struct http_exchange *exchange, const char *ns,
	const char *name, const char *rest)
{
	struct proxy_entry *entry =
		is_name(ns) && is_name(name) ? find_entry(proxy, ns, name) : NULL;
	char user[PROXY_USER_BYTES];
	struct error err;

	if (!front_user(proxy, exchange, user, sizeof(user))) {
		http_set_header(exchange, "X-Content-Type-Options", "nosniff");
		http_answer_text(exchange, 401, "text/plain; charset=utf-8", "Unauthorized\n");
		return;
	}
	if (!entry && !proxy->is_synced && is_name(ns) && is_name(name))
		entry = need_entry(proxy, ns, name, &err);
	if (!entry || (!entry->exists && proxy->is_synced)) {
		answer_unknown(exchange, ns, name);
		return;
	}
	if (text_ends_with(rest, CARD_PATH) || text_ends_with(rest, OLD_CARD_PATH))
		front_answer_card(proxy, entry, exchange);
	else if (front_is_foreign(exchange))
		http_answer_text(exchange, 403, "text/plain; charset=utf-8",
			"requests from pages of another origin are refused\n");
	else
		handle_call(proxy, entry, exchange, user);
	proxy_drop_entry(proxy, entry);
}
