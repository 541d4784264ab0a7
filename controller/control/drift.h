/*
 * Whether somebody else changed what we wrote, told by what the API server notes of who set which field (metadata.managedFields): it comes
 * with every list, so a start finds changes made while nobody looked without reading thousands of objects, or any value of a Secret.
 * It raises a doubt, never more: then the object is read and compared. Pure; any thread.
 * Source: Kubernetes, "Server-side apply", field management: who changes a field by any write owns it, and the former owner no longer does.
 */
#ifndef CONTROL_DRIFT_H
#define CONTROL_DRIFT_H

#include "json/value.h"

/* Of a live Secret, ConfigMap or ServiceAccount: how many data entries, labels and annotations are ours; -1: others set data. */
int64_t drift_held(struct json_view object);
/* What that number is when nobody came after us. */
int64_t drift_expected(struct json_object *wanted);
/* Whether somebody else has set something in a live Sandbox's pod template since our last write. */
bool drift_is_template_touched(struct json_view sandbox);

/* Whether the live object is as wanted: the very data, and our labels and annotations. False also without memory. */
bool drift_is_as_wanted(struct json_object *wanted, struct json_view existing);

#endif
