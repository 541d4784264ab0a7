/*
 * The A2A proxy: /api/a2a-sandboxes/<namespace>/<name>/, from a client's JSON-RPC request to the agent's pod and back, answer or stream.
 * Belongs to the thread of its loop, on which the HTTP server of its exchanges runs too. It knows of agents only what it is told
 * here; all else (sessions, the fate of tasks) it asks and tells through the callbacks of its options.
 * Source: kagent v0.9.12's proxy by contract, A2A 0.3 and 1.0.
 */
#ifndef PROXY_PROXY_H
#define PROXY_PROXY_H

#include "http/server.h"
#include "json/doc.h"

struct proxy;

/* One question to find_session; answered once by proxy_lookup_done, then it is gone. */
struct proxy_lookup {
	const char *ns, *name; /* of the agent; valid until the answer */
	struct proxy_conversation *conversation; /* the proxy's own */
};

/* Work of an agent of which no more will come. Valid during the call. */
struct proxy_lost {
	const char *ns, *name; /* of the agent */
	const char *user;
	const char *task; /* NULL: the agent had not told its id yet; then `message` began it */
	const char *message, *context; /* as the client named them; "" = not */
	const char *reason;
};

/* The chat session an agent has. */
struct proxy_session {
	const char *id;
	const char *user;
};

struct proxy_options {
	struct loop *loop;
	const char
		*a2a_base_url; /* of --a2a-base-url; NULL or "": taken from each request. Copied */
	uint32_t hold_ms; /* how long a request waits for its agent to get ready; 0 = 30 s */
	uint32_t refused_ms; /* how long a ready agent that refuses connections is tried; 0 = 3 s */
	uint32_t idle_ms; /* an agent that sends no byte for so long is given up; 0 = 10 min */
	uint32_t heartbeat_ms; /* a comment to the client of a quiet stream; 0 = 15 s */
	/*
	 * Of an event of an agent, and of an answer that must be whole before it is sent on: one that is turned into A2A 1.0, an
	 * error. A result for a caller of A2A 0.3 may have any size. 0 = 48 MiB
	 */
	size_t max_answer_bytes;

	bool keeps_authorization; /* the caller's Authorization header is not for the agent */

	/*
	 * Who asks: writes the user's id to `out`. False: not authenticated (the proxy answers 401). NULL: the unsecure rule
	 * (query user_id, else header X-User-Id, else admin@kagent.dev).
	 */
	bool (*user_of)(void *context, struct http_exchange *exchange, char *out, size_t out_bytes);
	/* Which chat session the agent has; the answer may come at once or later. NULL: sessions are not checked. */
	void (*find_session)(void *context, struct proxy_lookup *lookup);
	/* The agent was lost while it worked. May be NULL. */
	void (*task_lost)(void *context, const struct proxy_lost *lost);
	/* The first request to an agent began, or the last one ended. May be NULL. */
	void (*on_busy)(void *context, const char *ns, const char *name, bool is_busy);
	void *context;
};

MUST_USE bool proxy_new(const struct proxy_options *options, struct proxy **out, struct error *err);
void proxy_free(struct proxy *proxy); /* after http_server_stop. NULL does nothing */

/* What the proxy is told of an agent. Everything is copied; `agent` gets another owner. */
struct proxy_agent {
	const char *ns, *name;
	bool is_ready; /* its pod may be sent requests */
	const char *base_url; /* "http://198.51.100.7:8080"; NULL or "": http://<name>.<ns>:8080 */
	const char *waits_for; /* for people, when not ready: what it waits for */
	struct json_doc *agent; /* the object, for its card */
};
/* Adds or changes an agent, and sends what was held for it when it got ready. */
MUST_USE bool proxy_agent_put(
	struct proxy *proxy, const struct proxy_agent *agent, struct error *err);
/* It was deleted: what was held for it is answered with that. */
void proxy_agent_remove(struct proxy *proxy, const char *ns, const char *name);
/* All agents have been told once. Before, unknown ones are waited for instead of answered 404. */
void proxy_set_synced(struct proxy *proxy);

/*
 * Takes over a request to /api/a2a-sandboxes/<ns>/<name><rest>: answers it, now or later. `rest` is "" or starts with '/'. The
 * texts are borrowed for the call.
 */
void proxy_handle(struct proxy *proxy, struct http_exchange *exchange, const char *ns,
	const char *name, const char *rest);

/* The answer to find_session: `session` NULL = none; `err` non-NULL = not known (the request is then sent on). Ends the lookup. */
void proxy_lookup_done(
	struct proxy_lookup *lookup, const struct proxy_session *session, const struct error *err);

struct proxy_stats {
	uint64_t requests, errors, streams, events, held, refused_sessions;
	size_t open, open_streams, waiting; /* at present */
};
void proxy_get_stats(const struct proxy *proxy, struct proxy_stats *out);

#endif
