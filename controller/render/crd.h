/*
 * What the API server fills in when it stores an object of our kinds: the defaults of the CRDs, as a table. Pure; any thread.
 * Source: the CRDs of charts/sandgate (a test holds the table against them), kmcp's MCPServer.
 */
#ifndef RENDER_CRD_H
#define RENDER_CRD_H

#include "json/value.h"

/* Only ever adds. Objects of other kinds stay as they are. */
MUST_USE bool crd_default(struct json_object *object, struct error *err);

#endif
