/*
 * Inside the proxy: an agent as it was told, and one client's request on its way: ASKING (which session the agent has) -> HOLDING (until
 * the agent is ready) -> SENT (the agent works) -> ENDED (answered). The client leaving ends it from anywhere. Proxy's thread.
 */
#ifndef PROXY_CONVERSATION_H
#define PROXY_CONVERSATION_H

#include "proxy/a2a.h"
#include "proxy/proxy.h"
#include "proxy/split.h"

#include "base/map.h"
#include "http/client.h"
#include "http/sse.h"

#include <sys/queue.h>

#define PROXY_USER_BYTES 320

struct proxy_entry {
	char *key; /* "ns/name" */
	char *ns, *name;
	bool exists; /* it was told; else only requests wait here for the first news */
	bool is_ready;
	char *url; /* where its requests are sent */
	char *waits_for; /* NULL = not said */
	struct json_doc *agent;
	unsigned busy; /* sends under way */
	LIST_HEAD(, proxy_conversation) conversations;
};

struct proxy {
	struct proxy_options options;
	char *a2a_base_url; /* NULL = from each request */
	struct http_client *client;
	struct map entries;
	bool is_synced;
	struct proxy_stats stats;
};

enum conversation_stage { STAGE_ASKING, STAGE_HOLDING, STAGE_SENT, STAGE_ENDED };

struct proxy_conversation {
	struct proxy *proxy;
	struct proxy_entry *entry;
	struct http_exchange *exchange;
	LIST_ENTRY(proxy_conversation) in_entry;

	struct rpc_request request;
	enum a2a_version version;
	enum a2a_method method;
	char *user;
	char *authorization, *traceparent, *tracestate, *source; /* NULL = not sent */
	bool is_stream;

	enum conversation_stage stage;
	struct proxy_lookup *lookup;
	struct loop_timer *hold; /* the end of patience, or the next try */
	struct loop_timer *beat; /* streams: the next heartbeat */
	uint64_t began_ms;
	uint64_t refused_ms; /* first refusal of a connection; 0 = none */
	bool counts_busy;

	struct http_request *upstream;
	enum a2a_method
		asked; /* what the agent was asked: for a 1.0 subscription first the task, then its events */
	int status;
	bool is_sse;
	struct sse_reader reader;
	struct buffer raw; /* an answer that is no event stream, while it is kept */
	bool is_kept_whole; /* it cannot be sent on while it comes */
	struct split *split; /* it is sent on while it comes; NULL = it is not */
	bool has_opened; /* the first event was sent */
	bool checks_end; /* the stream ended early: the agent is asked how the task stands */
	bool saw_last; /* the event after which nothing comes */
	bool paused;
	char *task; /* whose events these are; NULL = not known yet */
	int failed_with; /* code of the error the client got; 0 = none */
};

/* Every change of stage goes here, for the figures. */
void conversation_set_stage(struct proxy_conversation *it, enum conversation_stage stage);
/* The request was read and is well-formed; takes `request`. False: out of memory, the exchange is not taken over. */
MUST_USE bool conversation_start(struct proxy *proxy, struct proxy_entry *entry,
	struct http_exchange *exchange, struct rpc_request *request, enum a2a_version version,
	enum a2a_method method, const char *user);
/* Sends on what can be sent on now; ends what waits for an agent that is gone. */
void conversation_agent_changed(struct proxy_conversation *it);
/* Ends it with an error, as an answer or a last event; what was sent in part is cut off. */
void conversation_fail(struct proxy_conversation *it, const struct rpc_failure *failure);
/* Ends it well: `answer` (moved) for a call, or the end of the stream (NULL). */
void conversation_end(struct proxy_conversation *it, struct buffer *answer);
/* Of the request, what is still asked when the agent has it: a long stream need not hold its files. */
void conversation_keep_little(struct proxy_conversation *it);
/* Waits for the agent to get ready, or tries again after a refusal. */
void conversation_hold(struct proxy_conversation *it);
/*
 * One event to the client of a stream: begin, write one JSON-RPC answer of about `bytes` behind it, emit (moves `event`). Written where it
 * is sent from: events may be large.
 */
void conversation_begin_event(struct buffer *event, size_t bytes);
void conversation_emit(struct proxy_conversation *it, struct buffer *event);

/*
 * pass.c: an answer that is no stream. It is kept, or sent on while it comes: when it is large, and the caller speaks the agent's dialect.
 * pass_take: a piece of it; ends the conversation when it is too large to be kept, or no answer. pass_end: what was sent on came to its end.
 */
void pass_take(struct proxy_conversation *it, const char *data, size_t bytes);
void pass_end(struct proxy_conversation *it);

/* upstream.c: to the agent and back. */
void upstream_send(struct proxy_conversation *it);
void upstream_resume(struct proxy_conversation *it); /* the client took what it was sent */
void upstream_drop(struct proxy_conversation *it); /* closes the connection to the agent */
void upstream_fail_decode(struct proxy_conversation *it, const struct error *err);
void upstream_fail_too_large(struct proxy_conversation *it);
void upstream_fail_late(struct proxy_conversation *it); /* there was no room for its answer */
void upstream_count(struct proxy_conversation *it); /* what is kept of the answer has changed */

/* front.c: what is answered without the agent. */
bool front_user(struct proxy *proxy, struct http_exchange *exchange, char *out, size_t out_bytes);
bool front_is_foreign(struct http_exchange *exchange); /* a page of another origin */
void front_answer_card(
	struct proxy *proxy, const struct proxy_entry *entry, struct http_exchange *exchange);
void front_answer_extended_card(struct proxy *proxy, const struct proxy_entry *entry,
	struct http_exchange *exchange, struct json_view id, enum a2a_version version);
void front_answer_error(
	struct http_exchange *exchange, struct json_view id, const struct rpc_failure *failure);

/* proxy.c */
void proxy_count_busy(struct proxy *proxy, struct proxy_entry *entry, int change);
void proxy_drop_entry(
	struct proxy *proxy, struct proxy_entry *entry); /* when it is of no more use */

#endif
