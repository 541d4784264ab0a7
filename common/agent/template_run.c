#include "agent/template_tree.h"

#define VARIABLES_MAX 264 /* as many as the parser lets be in sight, and $ */
#define ARGUMENTS_MAX 64

struct variable {
	const char *name;
	size_t bytes;
	struct value value;
};

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

struct run {
	const struct template_input *input;
	struct template_arena *arena;
	struct buffer *out;
	size_t start; /* where our part of `out` begins */
	size_t steps;
	size_t line;
	struct variable variables[VARIABLES_MAX];
	size_t count;
	enum flow flow;
};

static bool refuse(const struct run *run, const char *what, struct error *err)
{
	return error_set(err, ERR_INVALID, NULL, "line %zu: %s", run->line, what);
}

static bool step(struct run *run, struct error *err)
{
	if (++run->steps > TEMPLATE_MAX_STEPS)
		return error_set(err, ERR_TOO_LARGE, NULL, "line %zu: more than %d steps",
			run->line, TEMPLATE_MAX_STEPS);
	if (run->out->bytes - run->start > TEMPLATE_MAX_BYTES)
		return error_set(err, ERR_TOO_LARGE, NULL,
			"line %zu: the result is larger than %zu bytes", run->line,
			TEMPLATE_MAX_BYTES);
	return buffer_ok(run->out, err);
}

static bool text_field(const char *text, struct value *out)
{
	*out = (struct value){ .kind = VALUE_TEXT, .text = text ? text : "" };
	out->bytes = strlen(out->text);
	return true;
}

static bool list_field(
	const struct run *run, struct json_object *texts, struct value *out, struct error *err)
{
	size_t count = texts ? json_object_array_length(texts) : 0;
	struct value *items = template_arena_take(run->arena, (count + 1) * sizeof(*items), err);

	if (!items)
		return false;
	for (size_t i = 0; i < count; i++)
		text_field(json_object_get_string(json_object_array_get_idx(texts, i)), &items[i]);
	*out = (struct value){ .kind = VALUE_LIST, .items = items, .count = count };
	return true;
}

static bool input_field(
	const struct run *run, const struct field *field, struct value *out, struct error *err)
{
	const struct template_input *input = run->input;
	const struct {
		const char *name;
		const char *text;
		struct json_object *list;
		bool is_list;
	} fields[] = {
		{ "AgentName", input->agent_name, NULL, false },
		{ "AgentNamespace", input->agent_namespace, NULL, false },
		{ "Description", input->description, NULL, false },
		{ "ToolNames", NULL, input->tool_names, true },
		{ "SkillNames", NULL, input->skill_names, true },
	};

	for (size_t i = 0; i < COUNT(fields); i++) {
		if (strlen(fields[i].name) != field->bytes ||
			memcmp(fields[i].name, field->name, field->bytes) != 0)
			continue;
		return fields[i].is_list ? list_field(run, fields[i].list, out, err)
					 : text_field(fields[i].text, out);
	}
	return error_set(err, ERR_INVALID, NULL,
		"line %zu: can't evaluate field %.*s: there are AgentName, AgentNamespace, "
		"Description, "
		"ToolNames and SkillNames",
		run->line, field->bytes < 40 ? (int)field->bytes : 40, field->name);
}

static bool follow_fields(
	const struct run *run, const struct field *fields, struct value *v, struct error *err)
{
	for (; fields; fields = fields->next) {
		if (v->kind != VALUE_INPUT)
			return error_set(err, ERR_INVALID, NULL,
				"line %zu: can't evaluate field %.*s in type %s", run->line,
				fields->bytes < 40 ? (int)fields->bytes : 40, fields->name,
				template_value_type(v));
		if (!input_field(run, fields, v, err))
			return false;
	}
	return true;
}

static struct variable *find_variable(struct run *run, const char *name, size_t bytes)
{
	for (size_t i = run->count; i-- > 0;)
		if (run->variables[i].bytes == bytes &&
			memcmp(run->variables[i].name, name, bytes) == 0)
			return &run->variables[i];
	return NULL;
}

static bool set_variable(struct run *run, const struct field *name, bool assigns,
	const struct value *value, struct error *err)
{
	struct variable *variable = assigns ? find_variable(run, name->name, name->bytes) : NULL;

	if (!variable) {
		if (run->count == VARIABLES_MAX)
			return refuse(run, "too many variables", err);
		variable = &run->variables[run->count++];
		variable->name = name->name;
		variable->bytes = name->bytes;
	}
	variable->value = *value;
	return true;
}

static bool run_pipe(struct run *run, const struct pipe *pipe, const struct value *dot,
	struct value *out, struct error *err);

static bool run_operand(struct run *run, const struct operand *operand, const struct value *dot,
	struct value *out, struct error *err)
{
	struct variable *variable;

	switch (operand->kind) {
	case OPERAND_DOT:
		*out = *dot;
		break;
	case OPERAND_VARIABLE:
		variable = find_variable(run, operand->name, operand->bytes);
		if (!variable)
			return refuse(run, "undefined variable", err);
		*out = variable->value;
		break;
	case OPERAND_LITERAL:
		*out = operand->literal;
		break;
	case OPERAND_NIL:
		*out = (struct value){ 0 };
		break;
	case OPERAND_PIPE:
		if (!run_pipe(run, operand->pipe, dot, out, err))
			return false;
		break;
	case OPERAND_FUNCTION:
		return error_set(err, ERR_INVALID, NULL,
			"line %zu: write (%s ...) to use a function as an argument", run->line,
			operand->function->name);
	}
	return follow_fields(run, operand->fields, out, err);
}

/* and, or: stop at the first value that decides. */
static bool run_logic(struct run *run, const struct command *command, const struct value *dot,
	const struct value *final, struct value *out, struct error *err)
{
	bool stop_at = strcmp(command->first->function->name, "or") == 0;

	for (const struct operand *arg = command->first->next; arg; arg = arg->next) {
		if (!run_operand(run, arg, dot, out, err))
			return false;
		if (template_value_is_true(out) == stop_at)
			return true;
	}
	if (final)
		*out = *final;
	return true;
}

static bool run_function(struct run *run, const struct command *command, const struct value *dot,
	const struct value *final, struct value *out, struct error *err)
{
	const struct template_function *function = command->first->function;
	struct value args[ARGUMENTS_MAX];
	struct template_call call = { run->arena, run->input, args, 0 };
	const struct operand *arg;

	for (arg = command->first->next; arg; arg = arg->next)
		call.count++;
	call.count += final != NULL;
	if (call.count < function->min || call.count > function->max || call.count > ARGUMENTS_MAX)
		return error_set(err, ERR_INVALID, NULL,
			"line %zu: wrong number of args for %s: got %zu", run->line, function->name,
			call.count);
	if (!function->run)
		return run_logic(run, command, dot, final, out, err);
	call.count = 0;
	for (arg = command->first->next; arg; arg = arg->next)
		if (!run_operand(run, arg, dot, &args[call.count++], err))
			return false;
	if (final)
		args[call.count++] = *final;
	if (function->run(&call, out, err))
		return true;
	error_wrap(err, "line %zu: error calling %s", run->line, function->name);
	return false;
}

static bool run_command(struct run *run, const struct command *command, const struct value *dot,
	const struct value *final, struct value *out, struct error *err)
{
	if (!step(run, err))
		return false;
	if (command->first->kind == OPERAND_FUNCTION)
		return run_function(run, command, dot, final, out, err);
	if (command->first->next || final)
		return refuse(run, "can't give argument to what is no function", err);
	if (command->first->kind == OPERAND_NIL)
		return refuse(run, "nil is not a command", err);
	return run_operand(run, command->first, dot, out, err);
}

static bool run_pipe(struct run *run, const struct pipe *pipe, const struct value *dot,
	struct value *out, struct error *err)
{
	struct value final = { 0 };

	run->line = pipe->line;
	for (const struct command *command = pipe->first; command; command = command->next) {
		struct value next = { 0 };

		if (!run_command(
			    run, command, dot, command == pipe->first ? NULL : &final, &next, err))
			return false;
		final = next;
	}
	for (const struct field *name = pipe->variables; name; name = name->next)
		if (!set_variable(run, name, pipe->assigns, &final, err))
			return false;
	*out = final;
	return true;
}

static bool run_list(
	struct run *run, const struct node *list, const struct value *dot, struct error *err);

static void set_round(struct run *run, const struct pipe *pipe, size_t base, int64_t index,
	const struct value *item)
{
	const struct field *first = pipe->variables;
	const struct value number = { .kind = VALUE_INT, .whole = index };
	struct variable *variables[2] = { &run->variables[base], &run->variables[base + 1] };

	if (!first)
		return;
	if (pipe->assigns) {
		variables[0] = find_variable(run, first->name, first->bytes);
		if (first->next)
			variables[1] = find_variable(run, first->next->name, first->next->bytes);
	}
	if (first->next) {
		variables[0]->value = number;
		variables[1]->value = *item;
	} else {
		variables[0]->value = *item;
	}
}

static bool run_range(
	struct run *run, const struct node *node, const struct value *dot, struct error *err)
{
	size_t base = run->count;
	size_t mark;
	struct value over;
	int64_t rounds;

	if (!run_pipe(run, node->pipe, dot, &over, err))
		return false;
	mark = run->count;
	if (over.kind != VALUE_LIST && over.kind != VALUE_INT && over.kind != VALUE_NIL)
		return error_set(err, ERR_INVALID, NULL, "line %zu: range can't iterate over a %s",
			run->line, template_value_type(&over));
	if (over.kind == VALUE_INT && node->pipe->variables && node->pipe->variables->next)
		return refuse(run, "a number can't be ranged over by more than one variable", err);
	rounds = over.kind == VALUE_LIST  ? (int64_t)over.count
		 : over.kind == VALUE_INT ? over.whole
					  : 0;
	for (int64_t i = 0; i < rounds; i++) {
		struct value item = { .kind = VALUE_INT, .whole = i };

		if (over.kind == VALUE_LIST)
			item = over.items[i];
		set_round(run, node->pipe, base, i, &item);
		if (!step(run, err) || !run_list(run, node->body, &item, err))
			return false;
		run->count = mark;
		if (run->flow == FLOW_BREAK)
			break;
		run->flow = FLOW_ON;
	}
	run->flow = FLOW_ON;
	return rounds > 0 || run_list(run, node->otherwise, dot, err);
}

static bool run_choice(
	struct run *run, const struct node *node, const struct value *dot, struct error *err)
{
	struct value v;

	if (!run_pipe(run, node->pipe, dot, &v, err))
		return false;
	if (!template_value_is_true(&v))
		return run_list(run, node->otherwise, dot, err);
	return run_list(run, node->body, node->kind == NODE_WITH ? &v : dot, err);
}

static bool run_node(
	struct run *run, const struct node *node, const struct value *dot, struct error *err)
{
	size_t count = run->count;
	struct value v;
	bool ok;

	switch (node->kind) {
	case NODE_TEXT:
		buffer_append(run->out, node->text, node->bytes);
		return true;
	case NODE_ACTION:
		return run_pipe(run, node->pipe, dot, &v, err) &&
		       (node->pipe->variables || template_print(&v, run->out, err));
	case NODE_RANGE:
		ok = run_range(run, node, dot, err);
		break;
	case NODE_BREAK:
		run->flow = FLOW_BREAK;
		return true;
	case NODE_CONTINUE:
		run->flow = FLOW_CONTINUE;
		return true;
	default:
		ok = run_choice(run, node, dot, err);
		break;
	}
	run->count = count;
	return ok;
}

static bool run_list(
	struct run *run, const struct node *list, const struct value *dot, struct error *err)
{
	for (; list && run->flow == FLOW_ON; list = list->next) {
		run->line = list->line;
		if (!step(run, err) || !run_node(run, list, dot, err))
			return false;
	}
	return true;
}

bool template_run(const struct node *tree, const struct template_input *input,
	struct template_arena *arena, struct buffer *out, struct error *err)
{
	struct run *run = template_arena_take(arena, sizeof(*run), err);
	struct value dot = { .kind = VALUE_INPUT };

	if (!run)
		return false;
	run->input = input;
	run->arena = arena;
	run->out = out;
	run->start = out->bytes;
	run->variables[run->count++] = (struct variable){ "$", 1, dot };
	return run_list(run, tree, &dot, err) && step(run, err);
}
