/*
 * Takes a JSON-RPC answer apart while it comes: the text of its result on one side, what stands around it on the other, so that a result
 * of any size can be sent on without being kept. Sees to strings, brackets and how deep they are, so the result is one value that
 * ends where it says; what else is wrong inside it is for who reads it. What stands around it is kept (64 KiB at most) and read
 * strictly, once when the result begins and again at the end. Any thread, one at a time.
 * Source: RFC 8259; JSON-RPC 2.0, section 5.
 */
#ifndef PROXY_SPLIT_H
#define PROXY_SPLIT_H

#include "base/buffer.h"

#define SPLIT_DEPTH 256

struct split {
	struct buffer around; /* the answer with `null` for its result */
	size_t key_at, key_bytes; /* in `around`: the last string of the answer's own object */
	unsigned depth;
	uint64_t is_array[SPLIT_DEPTH / 64]; /* by depth */
	bool in_string, after_backslash;
	bool awaits_result; /* its key and colon were there */
	bool in_result, saw_result;
};

/*
 * Takes a piece; what of it belongs to the result is appended to `result`. ERR_INVALID: this cannot become an answer. ERR_TOO_LARGE: what
 * stands around the result. ERR_NO_MEMORY (of `result` only buffer_ok tells).
 */
MUST_USE bool split_feed(struct split *split, const char *bytes, size_t count,
	struct buffer *result, struct error *err);
/* Inside a result that is an object or an array, and what stands before it may become a good answer. */
MUST_USE bool split_has_begun(const struct split *split);
/* Was it a good answer, with its end? ERR_INVALID says what was wrong. */
MUST_USE bool split_is_whole(const struct split *split, struct error *err);
void split_fini(struct split *split);

#endif
