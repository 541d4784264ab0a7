/*
 * Kubernetes quantities in the form the API server stores: 3000m is 3, 1024Mi is 1Gi, 0.5 is 500m. Pure; any thread.
 * Source: k8s.io/apimachinery resource.Quantity.
 */
#ifndef AGENT_QUANTITY_H
#define AGENT_QUANTITY_H

#include "json/value.h"

#define QUANTITY_TEXT_BYTES 64

/*
 * False, `out` untouched, when `text` is no quantity, or one of exabytes: then it stays as written. Digits that look canonical to the
 * API's own library stay too, as there: 1.250.
 */
bool quantity_canonical(const char *text, char out[QUANTITY_TEXT_BYTES]);

/*
 * Rewrites every quantity of a container, volume or env entry in place: the values of requests, limits and capacity, sizeLimit,
 * divisor. Numbers become strings.
 */
MUST_USE bool quantity_fold(struct json_object *tree, struct error *err);

#endif
