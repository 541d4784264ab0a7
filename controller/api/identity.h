/*
 * Who calls: a user, or an agent's pod on behalf of one; and what that user may do with an agent. Belongs to the thread of the HTTP server; the answer may come later.
 * Source: kagent's HTTP API, section identity. What is stricter here: with `prove` set, who says to be an agent must prove it.
 */
#ifndef API_IDENTITY_H
#define API_IDENTITY_H

#include "http/server.h"
#include "json/doc.h"

enum identity_mode {
	IDENTITY_UNSECURE, /* callers are believed */
	IDENTITY_TRUSTED_PROXY, /* a proxy in front has checked the caller's token; we read its claims */
	IDENTITY_KUBERNETES, /* users show a token of the cluster's; its RBAC says what they may */
};
/* "unsecure", "trusted-proxy", "kubernetes". ERR_INVALID names them. */
MUST_USE bool identity_parse_mode(const char *text, enum identity_mode *out, struct error *err);

/* A token that is being looked at; ended once, by identity_proof_done. */
struct identity_proof;

/* What a user may do with agents; who has put it how is in service/proof.c. */
enum identity_right {
	IDENTITY_TALK, /* call it by A2A, read its card, begin and list its chats */
	IDENTITY_GET, /* see the SandboxAgent */
	IDENTITY_LIST, /* see all of a namespace */
	IDENTITY_CREATE, /* one of any name */
	IDENTITY_UPDATE,
	IDENTITY_DELETE,
};
struct identity_wish {
	const char *subject; /* the caller's */
	enum identity_right right;
	const char *ns, *name; /* name NULL = all of them */
};
/* `err` NULL: allowed. ERR_DENIED, or it cannot be found out now. */
typedef void (*identity_allowed_fn)(void *context, const struct error *err);

struct identity_options {
	enum identity_mode mode;
	const char *user_claim; /* NULL = "sub". Copied */
	/*
	 * Optional: asks whose service account token this is, by TokenReview with the agents' audience. `token` is borrowed for
	 * the call. Answers by identity_proof_done, at once or later.
	 */
	void (*prove)(void *context, const char *token, struct identity_proof *proof);
	/* For IDENTITY_KUBERNETES, which needs all three: the same with the API server's own audience; and what a user may. */
	void (*prove_user)(void *context, const char *token, struct identity_proof *proof);
	void (*allow)(void *context, const struct identity_wish *wish, identity_allowed_fn done,
		void *done_context);
	void *context;
};

struct identity;
/* ERR_INVALID: the mode lacks a callback. */
MUST_USE bool identity_new(
	const struct identity_options *options, struct identity **out, struct error *err);
void identity_free(struct identity *identity); /* after every proof has ended */
DEFINE_AUTO(identity, struct identity *, identity_free)

/*
 * Who it is: for `prove` namespace/name of the pod's agent, in any form; for `prove_user` the subject of a SubjectAccessReview as a
 * JSON object ({"user":...,"groups":[...]}, no blanks at its end). Or NULL and `err`: the token is nobody's.
 */
void identity_proof_done(struct identity_proof *proof, const char *who, const struct error *err);

struct caller {
	char *user; /* never empty */
	char *agent; /* Python form; NULL: no agent calls */
	bool is_proven; /* the agent is who it says, by its token */
	char *subject; /* of a user in kubernetes mode, for RBAC; else NULL: no rights are looked at */
	struct json_doc *claims; /* of the token, in trusted-proxy mode; else NULL */
};
void caller_fini(struct caller *caller);

/* `caller` is the callee's to release; NULL = not authenticated (`err` says why, for the log). */
typedef void (*identity_done_fn)(void *context, struct caller *caller, const struct error *err);
/* Calls `done` exactly once. The exchange is looked at only during this call. */
void identity_resolve(struct identity *identity, const struct http_exchange *exchange,
	identity_done_fn done, void *context);

/* The same for who may only be a user: that an agent calls is not looked at (the A2A proxy). */
void identity_resolve_user(struct identity *identity, const struct http_exchange *exchange,
	identity_done_fn done, void *context);
/* Calls `done` exactly once, at once where no rights are looked at. The texts are borrowed for the call. */
void identity_authorize(struct identity *identity, const struct caller *caller,
	enum identity_right right, const char *ns, const char *name, identity_allowed_fn done,
	void *context);

/* The user alone, where no token must be shown for it. False: not authenticated, or the mode is kubernetes. */
bool identity_user(const struct identity *identity, const struct http_exchange *exchange, char *out,
	size_t out_bytes);

/*
 * "ns/my-agent" and "ns__NS__my_agent" as the latter, and back. Heap. False: out of memory, or no such form (ERR_INVALID).
 * Source: kagent's identifiers; Kubernetes names hold no '_', so nothing is lost.
 */
MUST_USE bool agent_to_python(const char *reference, char **out, struct error *err);
MUST_USE bool agent_from_python(const char *reference, char **ns, char **name, struct error *err);

#endif
