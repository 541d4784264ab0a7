/*
 * The chat page at "/": HTML, script and style that stand in the binary. It is an ordinary client of the HTTP API and of the proxy
 * and knows nothing that they do not tell everybody; so there is nothing to identify here. Thread of the HTTP server.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "api/router.h"

/*
 * Adds GET /, GET /assets/NAME, and GET /licenses.md: those of the libraries in the script. ERR_NO_MEMORY.
 * Browsers ask for "/" each time (304 when it is as before) and keep what lies in /assets/, named by its content, for good.
 */
MUST_USE bool page_add_routes(struct router *router, struct error *err);

#endif
