#include "service/gate.h"

#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char text_plain[] = "text/plain; charset=utf-8";

/* One request at the door. It lives as long as an answer of the identity's is on its way. */
struct visit {
	struct gate *gate;
	struct http_exchange *exchange; /* NULL: the client is gone */
	char *ns, *name;
	const char *rest; /* of the exchange */
	struct caller caller;
};

static void visit_free(struct visit *visit)
{
	free(visit->ns);
	free(visit->name);
	caller_fini(&visit->caller);
	free(visit);
}

static void on_close(void *context)
{
	struct visit *visit = context;

	visit->exchange = NULL;
}

static void refuse(struct http_exchange *exchange, const struct error *err, bool is_known)
{
	AUTO(text) char *body = text_format("%s\n", err->text);

	log_info("caller refused", LOG_STR("peer", http_peer(exchange)), LOG_ERR(err));
	http_set_header(exchange, "X-Content-Type-Options", "nosniff");
	if (err->code != ERR_DENIED)
		http_answer_text(exchange, 503, text_plain,
			"who calls, and what it may do, cannot be found out now\n");
	else if (!is_known)
		http_answer_text(exchange, 401, text_plain, "Unauthorized\n");
	else
		http_answer_text(exchange, 403, text_plain, body ? body : "Forbidden\n");
}

static void hand_over(struct visit *visit)
{
	struct gate *gate = visit->gate;

	gate->user = visit->caller.user;
	proxy_handle(gate->proxy, visit->exchange, visit->ns, visit->name, visit->rest);
	gate->user = NULL;
}

/* The visit ends here: the exchange is the proxy's, or answered. */
static void on_right(void *context, const struct error *err)
{
	struct visit *visit = context;

	if (visit->exchange) {
		http_set_hooks(visit->exchange, NULL);
		if (err)
			refuse(visit->exchange, err, true);
		else
			hand_over(visit);
	}
	visit_free(visit);
}

static void on_caller(void *context, struct caller *caller, const struct error *err)
{
	struct visit *visit = context;

	if (caller)
		visit->caller = *caller;
	if (caller && visit->exchange) {
		identity_authorize(visit->gate->identity, &visit->caller, IDENTITY_TALK, visit->ns,
			visit->name, on_right, visit);
		return;
	}
	if (visit->exchange) {
		http_set_hooks(visit->exchange, NULL);
		refuse(visit->exchange, err, false);
	}
	visit_free(visit);
}

void gate_on_a2a(void *context, struct http_exchange *exchange, struct route_match *match)
{
	struct gate *gate = context;
	struct visit *visit;

	if (!gate->needs_right) {
		proxy_handle(
			gate->proxy, exchange, match->values[0], match->values[1], match->rest);
		return;
	}
	visit = calloc(1, sizeof(*visit));
	if (!visit) {
		http_answer_text(exchange, 503, text_plain, "out of memory\n");
		return;
	}
	*visit = (struct visit){ .gate = gate,
		.exchange = exchange,
		.ns = take_text(&match->values[0]),
		.name = take_text(&match->values[1]),
		.rest = match->rest };
	http_set_hooks(
		exchange, &(struct http_exchange_hooks){ .on_close = on_close, .context = visit });
	identity_resolve_user(gate->identity, exchange, on_caller, visit);
}

bool gate_user(const struct gate *gate, struct http_exchange *exchange, char *out, size_t out_bytes)
{
	if (!gate->needs_right)
		return identity_user(gate->identity, exchange, out, out_bytes);
	if (!gate->user || strlen(gate->user) >= out_bytes)
		return false;
	snprintf(out, out_bytes, "%s", gate->user);
	return true;
}
