#include "agent/template_tree.h"

#define ARENA_MAX_BYTES ((size_t)16 * 1024 * 1024)

struct template_block {
	struct template_block *next;
	_Alignas(max_align_t) unsigned char bytes[];
};

void *template_arena_take(struct template_arena *arena, size_t bytes, struct error *err)
{
	struct template_block *block;

	if (bytes > ARENA_MAX_BYTES || arena->bytes + bytes > ARENA_MAX_BYTES) {
		error_set(err, ERR_TOO_LARGE, NULL, "it needs more than %zu bytes of memory",
			ARENA_MAX_BYTES);
		return NULL;
	}
	block = calloc(1, sizeof(*block) + bytes);
	if (!block) {
		error_no_memory(err);
		return NULL;
	}
	arena->bytes += bytes;
	block->next = arena->blocks;
	arena->blocks = block;
	return block->bytes;
}

void template_arena_fini(struct template_arena *arena)
{
	while (arena->blocks) {
		struct template_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
	arena->bytes = 0;
}

bool template_keep(struct template_arena *arena, const struct buffer *text, struct value *out,
	struct error *err)
{
	char *copy;

	if (!buffer_ok(text, err))
		return false;
	copy = template_arena_take(arena, text->bytes + 1, err);
	if (!copy)
		return false;
	if (text->bytes)
		memcpy(copy, text->data, text->bytes);
	*out = (struct value){ .kind = VALUE_TEXT, .text = copy, .bytes = text->bytes };
	return true;
}

bool template_render(const char *text, size_t bytes, const struct template_input *input,
	struct buffer *out, struct error *err)
{
	struct template_arena arena = { 0 };
	AUTO(buffer) struct buffer result = { 0 };
	struct node *tree;
	bool ok = template_parse(text, bytes, &arena, &tree, err);

	if (!ok) {
		error_wrap(err, "failed to parse system message template");
	} else {
		ok = template_run(tree, input, &arena, &result, err);
		if (!ok)
			error_wrap(err, "failed to execute system message template");
	}
	template_arena_fini(&arena);
	if (!ok)
		return false;
	buffer_append(out, result.data, result.bytes);
	return buffer_ok(out, err);
}

bool template_check(
	const char *text, size_t bytes, template_include_fn visit, void *context, struct error *err)
{
	struct template_arena arena = { 0 };
	struct node *tree;
	bool ok = template_parse(text, bytes, &arena, &tree, err);

	if (ok && visit)
		template_each_include(tree, visit, context);
	template_arena_fini(&arena);
	return ok;
}
