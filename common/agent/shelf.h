/*
 * A world made of objects at hand: what `render` and the tests translate in. Any thread, one at a time. Namespaces that nobody put
 * here exist when an object lives in them, or when they are named by shelf_add_namespace.
 */
#ifndef AGENT_SHELF_H
#define AGENT_SHELF_H

#include "agent/world.h"

struct shelf;

MUST_USE bool shelf_new(struct shelf **out, struct error *err);
void shelf_free(struct shelf *shelf);
DEFINE_AUTO(shelf, struct shelf *, shelf_free)

/* Puts `object` under its kind, namespace and name; its document must outlive the shelf. A later one of the same name replaces. */
MUST_USE bool shelf_add(struct shelf *shelf, struct json_view object, struct error *err);
MUST_USE bool shelf_add_namespace(struct shelf *shelf, const char *name, struct error *err);

/* Borrows the shelf. Never pending, never denied. */
struct agent_world shelf_world(struct shelf *shelf);

#endif
