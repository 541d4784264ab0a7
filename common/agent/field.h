/*
 * Fields by their names as messages write them: "spec.tools[3].name", "metadata.annotations[example.com/a]".
 * Any thread. Source: path_print of base/error.h, which writes them.
 */
#ifndef AGENT_FIELD_H
#define AGENT_FIELD_H

#include "json/doc.h"

/*
 * The value of `field` in `object`, or of its nearest ancestor that is there (`exact` false then; may be NULL).
 * Nothing when `object` is nothing.
 */
struct json_view field_find(struct json_view object, const char *field, bool *exact);

#endif
