/* What the pieces of the template language share: tokens, the tree, values, and the memory they live in. Internal to template*.c. */
#ifndef AGENT_TEMPLATE_TREE_H
#define AGENT_TEMPLATE_TREE_H

#include "agent/template.h"

/* Memory given back all at once. */
struct template_arena {
	struct template_block *blocks;
	size_t bytes;
};
void *template_arena_take(struct template_arena *arena, size_t bytes,
	struct error *err); /* zeroed; NULL = no memory, or too much */
void template_arena_fini(struct template_arena *arena);

enum token_kind {
	TOKEN_END,
	TOKEN_TEXT, /* between actions, trimmed */
	TOKEN_OPEN, /* {{ */
	TOKEN_CLOSE, /* }} */
	TOKEN_WORD, /* a function, a keyword, true, false, nil */
	TOKEN_FIELD, /* .Name, without the dot */
	TOKEN_DOT,
	TOKEN_VARIABLE, /* $name, with the dollar */
	TOKEN_STRING, /* "...", with the quotes */
	TOKEN_RAW, /* `...`, without the quotes */
	TOKEN_CHARACTER, /* '.', with the quotes */
	TOKEN_NUMBER,
	TOKEN_SIGN, /* one of | ( ) , = and := (bytes 2) */
};

struct token {
	enum token_kind kind;
	const char *at;
	size_t bytes;
	size_t line;
	bool spaced; /* white space stands before it */
};

struct template_lexer {
	const char *at;
	const char *end;
	size_t line;
	bool inside; /* an action */
	bool trim; /* white space before the next text goes */
};

/* The next token. ERR_INVALID with the line. */
MUST_USE bool template_lex(struct template_lexer *lexer, struct token *out, struct error *err);

enum value_kind {
	VALUE_NIL,
	VALUE_TEXT,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_BOOL,
	VALUE_LIST,
	VALUE_INPUT
};

struct value {
	enum value_kind kind;
	const char *text; /* VALUE_TEXT */
	size_t bytes;
	int64_t whole; /* VALUE_INT, VALUE_BOOL */
	double decimal; /* VALUE_FLOAT */
	const struct value *items; /* VALUE_LIST */
	size_t count;
};

struct template_call {
	struct template_arena *arena;
	const struct template_input *input;
	const struct value *args;
	size_t count;
};

struct template_function {
	const char *name;
	size_t min, max; /* arguments */
	bool (*run)(const struct template_call *call, struct value *out,
		struct error *err); /* NULL: and, or, which run in place */
};

/* NULL when there is none of that name. */
const struct template_function *template_function_find(const char *name, size_t bytes);

enum operand_kind {
	OPERAND_DOT,
	OPERAND_VARIABLE,
	OPERAND_LITERAL,
	OPERAND_NIL,
	OPERAND_FUNCTION,
	OPERAND_PIPE
};

struct field {
	const char *name;
	size_t bytes;
	struct field *next;
};

struct operand {
	enum operand_kind kind;
	const char *name; /* OPERAND_VARIABLE */
	size_t bytes;
	struct value literal;
	const struct template_function *function;
	struct pipe *pipe;
	struct field *fields;
	struct operand *next;
};

struct command {
	struct operand *first;
	struct command *next;
};

struct pipe {
	size_t line;
	struct field *variables; /* up to two */
	bool assigns; /* = instead of := */
	struct command *first;
};

enum node_kind {
	NODE_TEXT,
	NODE_ACTION,
	NODE_IF,
	NODE_WITH,
	NODE_RANGE,
	NODE_BREAK,
	NODE_CONTINUE
};

struct node {
	enum node_kind kind;
	size_t line;
	const char *text;
	size_t bytes;
	struct pipe *pipe;
	struct node *body;
	struct node *otherwise;
	struct node *next;
};

/* The whole text as a tree in `arena`. ERR_INVALID. The tree borrows the text. */
MUST_USE bool template_parse(const char *text, size_t bytes, struct template_arena *arena,
	struct node **out, struct error *err);
MUST_USE bool template_run(const struct node *tree, const struct template_input *input,
	struct template_arena *arena, struct buffer *out, struct error *err);
/* As template_check tells of them. */
void template_each_include(const struct node *tree, template_include_fn visit, void *context);

/* Values as text. */
bool template_value_is_true(const struct value *v);
const char *template_value_type(const struct value *v); /* "string" */
MUST_USE bool template_print(const struct value *v, struct buffer *out, struct error *err);
/* As fmt.Sprint: a blank between two values of which neither is a string; as Sprintln with `line`. */
MUST_USE bool template_print_all(
	const struct value *args, size_t count, bool line, struct buffer *out, struct error *err);
MUST_USE bool template_printf(
	const struct value *args, size_t count, struct buffer *out, struct error *err);
/* As UTF-8; what is no character becomes U+FFFD. */
void template_put_character(int64_t c, struct buffer *out);
/* A quoted text decoded, as Go's strconv.Unquote. Returns false when it is none. */
bool template_unquote(const char *text, size_t bytes, struct buffer *out);
/* Moves the buffer's bytes into the arena as a string value. */
MUST_USE bool template_keep(struct template_arena *arena, const struct buffer *text,
	struct value *out, struct error *err);

#endif
