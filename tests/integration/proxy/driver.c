/*
 * The A2A proxy as a program, for tests with real clients and agents: proxy_driver LISTEN AGENT_URL. Its one agent is
 * kagent/echo-agent. Prints the port it listens on; ends on SIGTERM.
 */
#include "proxy/proxy.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define ROUTE "/api/a2a-sandboxes/kagent/echo-agent"

struct driver {
	struct loop *loop;
	struct proxy *proxy;
	struct http_server *server;
};

static void serve(void *context, struct http_exchange *exchange)
{
	struct driver *driver = context;
	const char *rest = http_path(exchange);

	if (strncmp(rest, ROUTE, strlen(ROUTE)) == 0)
		proxy_handle(driver->proxy, exchange, "kagent", "echo-agent", rest + strlen(ROUTE));
	else
		http_answer(exchange, 404, NULL, NULL);
}

static bool tell_agent(struct driver *driver, const char *url, struct error *err)
{
	static const char text[] =
		"{\"metadata\":{\"namespace\":\"kagent\",\"name\":\"echo-agent\"},\"spec\":{"
		"\"type\":\"Declarative\","
		"\"description\":\"says what it is "
		"told\",\"declarative\":{\"a2aConfig\":{\"skills\":[{\"id\":\"echo\","
		"\"name\":\"echo\",\"description\":\"echoes\",\"tags\":[\"test\"]}]}}}}";
	AUTO(json_doc) struct json_doc *doc = NULL;

	if (!json_doc_copy(text, strlen(text), NULL, &doc, err))
		return false;
	return proxy_agent_put(driver->proxy,
		&(struct proxy_agent){ .ns = "kagent",
			.name = "echo-agent",
			.is_ready = true,
			.base_url = url,
			.agent = doc },
		err);
}

static bool run(struct driver *driver, const char *listen, const char *url, struct error *err)
{
	struct http_server_options http = {
		.listen = listen, .on_request = serve, .context = driver, .max_connections = 20000
	};

	if (!loop_new(&driver->loop, err) || !loop_stop_on_signals(driver->loop, err) ||
		!proxy_new(&(struct proxy_options){ .loop = driver->loop }, &driver->proxy, err) ||
		!tell_agent(driver, url, err))
		return false;
	proxy_set_synced(driver->proxy);
	http.loop = driver->loop;
	if (!http_server_start(&http, &driver->server, err))
		return false;
	printf("%u\n", http_server_port(driver->server));
	fflush(stdout);
	return loop_run(driver->loop, err);
}

int main(int argc, char **argv)
{
	struct driver driver = { 0 };
	struct error err;
	bool ok;

	if (argc != 3) {
		fputs("usage: proxy_driver LISTEN AGENT_URL\n", stderr);
		return 2;
	}
	log_set_level(LOG_LEVEL_WARN);
	ok = run(&driver, argv[1], argv[2], &err);
	if (!ok)
		log_error("cannot run", LOG_ERR(&err));
	http_server_stop(driver.server);
	proxy_free(driver.proxy);
	loop_free(driver.loop);
	return ok ? 0 : 1;
}
