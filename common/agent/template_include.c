#include "agent/template_tree.h"

struct walk {
	template_include_fn visit;
	void *context;
};

static void walk_pipe(const struct walk *walk, const struct pipe *pipe, bool is_certain);

/* and, or: what stands behind the first value may not be reached. */
static bool decides(const struct command *command)
{
	return command->first->kind == OPERAND_FUNCTION && !command->first->function->run;
}

static bool is_include(const struct command *command)
{
	const struct operand *name = command->first->next;

	return command->first->kind == OPERAND_FUNCTION &&
	       strcmp(command->first->function->name, "include") == 0 && name && !name->next &&
	       name->kind == OPERAND_LITERAL && name->literal.kind == VALUE_TEXT && !name->fields;
}

static void walk_command(
	const struct walk *walk, const struct command *command, size_t line, bool is_certain)
{
	bool decided = false;

	if (is_include(command)) {
		const struct value *name = &command->first->next->literal;

		walk->visit(walk->context,
			&(struct template_include){ name->text, name->bytes, line, is_certain });
		return;
	}
	for (const struct operand *operand = command->first; operand; operand = operand->next) {
		if (operand->kind == OPERAND_PIPE)
			walk_pipe(walk, operand->pipe, is_certain && !decided);
		decided = decides(command) && operand != command->first;
	}
}

static void walk_pipe(const struct walk *walk, const struct pipe *pipe, bool is_certain)
{
	for (const struct command *command = pipe->first; command; command = command->next)
		walk_command(walk, command, pipe->line, is_certain);
}

static void walk_list(const struct walk *walk, const struct node *list, bool is_certain)
{
	for (; list; list = list->next) {
		if (list->pipe)
			walk_pipe(walk, list->pipe, is_certain);
		walk_list(walk, list->body, false);
		walk_list(walk, list->otherwise, false);
	}
}

void template_each_include(const struct node *tree, template_include_fn visit, void *context)
{
	walk_list(&(struct walk){ visit, context }, tree, true);
}
