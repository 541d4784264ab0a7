/*
 * The HTTP API with its store as a program, for the story beside it.
 * usage: api_driver ADDRESS DATABASE NAMESPACE NAME... : prints "port N" when it listens; SIGTERM ends it
 */
#include "api/api.h"
#include "api/roster.h"
#include "base/log.h"

#include <stdio.h>

struct service {
	struct loop *loop;
	struct store *store;
	struct router *router;
	struct identity *identity;
	struct roster *roster;
	struct api *api;
	struct http_server *server;
};

static bool add_agent(struct service *it, const char *ns, const char *name, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	AUTO(json_doc) struct json_doc *doc = NULL;

	buffer_printf(&text, "{\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\"},\"spec\":{}}",
		ns, name);
	return json_doc_parse(&text, NULL, &doc, err) &&
	       roster_put(it->roster, ns, name, doc, NULL, err);
}

/* $API_CONNECTIONS: to the database at most; as the store would have it when it is not set. */
static size_t most_connections(void)
{
	const char *text = getenv("API_CONNECTIONS");

	return text ? strtoul(text, NULL, 10) : 0;
}

static bool start(struct service *it, char **argv, struct error *err)
{
	if (!loop_new(&it->loop, err) || !loop_stop_on_signals(it->loop, err) ||
		!store_open(&(struct store_options){ .path = argv[2],
				    .loop = it->loop,
				    .most_connections = most_connections() },
			&it->store, err) ||
		!router_new(&it->router, err) || !roster_new(&it->roster, err) ||
		!identity_new(&(struct identity_options){ .mode = IDENTITY_UNSECURE },
			&it->identity, err))
		return false;
	for (char **name = argv + 4; *name; name++)
		if (!add_agent(it, argv[3], *name, err))
			return false;
	roster_set_synced(it->roster);
	return api_new(&(struct api_options){ .router = it->router,
			       .store = it->store,
			       .identity = it->identity,
			       .world = roster_world(it->roster) },
		       &it->api, err) &&
	       http_server_start(&(struct http_server_options){ .listen = argv[1],
					 .loop = it->loop,
					 .max_body_bytes = 64 << 20,
					 .on_request = router_handle,
					 .on_end = router_log,
					 .context = it->router },
		       &it->server, err);
}

static void stop(struct service *it)
{
	http_server_stop(it->server);
	store_close(it->store);
	loop_free(it->loop);
	api_free(it->api);
	roster_free(it->roster);
	identity_free(it->identity);
	router_free(it->router);
}

int main(int argc, char **argv)
{
	struct service it = { 0 };
	struct error err = { 0 };
	bool ok;

	if (argc < 5) {
		fprintf(stderr, "usage: api_driver ADDRESS DATABASE NAMESPACE NAME...\n");
		return 2;
	}
	ok = start(&it, argv, &err);
	if (ok) {
		printf("port %u\n", http_server_port(it.server));
		fflush(stdout);
		ok = loop_run(it.loop, &err);
	}
	if (!ok)
		log_error("cannot run", LOG_ERR(&err));
	stop(&it);
	return ok ? 0 : 1;
}
