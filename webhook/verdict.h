/* What `review` found out about one SandboxAgent in a file, and how it is shown. Any thread. */
#ifndef WEBHOOK_VERDICT_H
#define WEBHOOK_VERDICT_H

#include "agent/findings.h"
#include "webhook/documents.h"

struct verdict {
	const struct document_object *object;
	struct findings findings;
	struct json_doc *patch; /* the defaults, a JSON Patch; NULL = none */
};

/* Lines as compilers write them: "FILE:LINE:COLUMN: error: FIELD: message", then the verdict and the defaults. */
void verdict_put_text(struct buffer *out, const struct verdict *verdict);
/* One JSON object and a line break. */
void verdict_put_json(struct buffer *out, const struct verdict *verdict);

#endif
