/*
 * The HTTP API that agent pods, command lines and pages use: sessions, events, tasks, agents, memories, feedback. It puts its routes
 * into a router, learns who calls from an identity, keeps everything in the store. Belongs to the loop of the HTTP server, on which
 * the store's answers arrive, too.
 * Source: kagent v0.9.12's HTTP API by contract. On purpose not the same: events are strictly ordered and may be posted twice,
 * a session's create too; credentials are not stored; deleting deletes.
 */
#ifndef API_API_H
#define API_API_H

#include "api/identity.h"
#include "api/router.h"
#include "store/store.h"

/* What the API shows of the cluster. Called on the API's thread; what is given back is borrowed until the call returns. */
struct api_world {
	/* A SandboxAgent; nothing when there is none. */
	struct json_view (*agent)(void *context, const char *ns, const char *name);
	/* Visits all, in an order that stays. */
	void (*each_agent)(void *context,
		void (*visit)(void *visit_context, struct json_view agent), void *visit_context);
	/* The ModelConfig of that SandboxAgent; nothing when there is none. */
	struct json_view (*model)(void *context, const char *ns, const char *name);
	/* False: the cluster was not read yet, so that what is not there may yet come. */
	bool (*is_synced)(void *context);
	void *context;
};

/* What a user wants of a SandboxAgent in the cluster. */
enum api_change_kind {
	API_CREATE, /* `json` is the object */
	API_UPDATE, /* `json` is the new spec */
	API_DELETE,
};
struct api_change {
	enum api_change_kind kind;
	const char *ns, *name;
	struct buffer json;
};
/* The agent as it is now, borrowed for the call; nothing after a delete, or with an error (as in kube/client.h). */
typedef void (*api_changed_fn)(void *context, struct json_view agent, const struct error *err);

struct api_options {
	struct router *router; /* filled by api_new */
	struct store *store;
	struct identity *identity;
	struct api_world world;
	/*
	 * Appends a Task in A2A 1.0, or in 0.3, in which tasks are kept; it is given in the other one. NULL: 1.0 is refused.
	 */
	void (*write_task)(struct buffer *out, bool in_version_1, struct json_view task);
	/*
	 * Does it, and calls `done` exactly once, on the API's thread, at once or later. The change is borrowed for the call, its JSON
	 * moved out. Who calls was authorised before. NULL: agents are not changed here.
	 */
	void (*change)(void *change_context, struct api_change *change, api_changed_fn done,
		void *done_context);
	void *change_context;
	const char *default_namespace; /* of a new agent that names none; NULL: it must name one */
	const char *version, *git_commit, *build_date; /* literals; NULL = unknown */
};

struct api;
/* What is in the options is borrowed and must outlive the API. */
MUST_USE bool api_new(const struct api_options *options, struct api **out, struct error *err);
/* After the HTTP server was stopped and the store was closed and its last answers were delivered. */
void api_free(struct api *api);
DEFINE_AUTO(api, struct api *, api_free)

#endif
