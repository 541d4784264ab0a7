#include "agent/template_tree.h"

#include "agent/wire.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>

#define SCOPE_MAX 256 /* variables in sight */

struct parser {
	struct template_arena *arena;
	struct template_lexer lexer;
	struct token token; /* the one not yet used */
	unsigned depth;
	unsigned ranges; /* around us */
	struct token names[SCOPE_MAX];
	size_t name_count;
};

static bool advance(struct parser *parser, struct error *err)
{
	return template_lex(&parser->lexer, &parser->token, err);
}

static bool is_sign(const struct parser *parser, const char *sign)
{
	return parser->token.kind == TOKEN_SIGN && parser->token.bytes == strlen(sign) &&
	       memcmp(parser->token.at, sign, parser->token.bytes) == 0;
}

static bool is_word(const struct parser *parser, const char *word)
{
	return parser->token.kind == TOKEN_WORD && parser->token.bytes == strlen(word) &&
	       memcmp(parser->token.at, word, parser->token.bytes) == 0;
}

static bool refuse(const struct parser *parser, const char *what, struct error *err)
{
	return error_set(err, ERR_INVALID, NULL, "line %zu: %s", parser->token.line, what);
}

static bool unexpected(const struct parser *parser, const char *where, struct error *err)
{
	int bytes = parser->token.bytes < 40 ? (int)parser->token.bytes : 40;

	if (parser->token.kind == TOKEN_CLOSE)
		return error_set(err, ERR_INVALID, NULL, "line %zu: missing value for %s",
			parser->token.line, where);
	if (parser->token.kind == TOKEN_END)
		return error_set(err, ERR_INVALID, NULL, "line %zu: unexpected end in %s",
			parser->token.line, where);
	return error_set(err, ERR_INVALID, NULL, "line %zu: unexpected \"%.*s\" in %s",
		parser->token.line, bytes, parser->token.at, where);
}

static bool find_name(const struct parser *parser, const struct token *name)
{
	if (name->bytes == 1)
		return true; /* $ is what the template was given */
	for (size_t i = parser->name_count; i-- > 0;)
		if (parser->names[i].bytes == name->bytes &&
			memcmp(parser->names[i].at, name->at, name->bytes) == 0)
			return true;
	return false;
}

static bool parse_pipe(struct parser *parser, bool range, struct pipe **out, struct error *err);

static bool parse_whole(const char *text, int64_t *out)
{
	bool hex = strncasecmp(text + strspn(text, "+-"), "0x", 2) == 0;
	char *end;
	long long value;

	if (!hex && text[strspn(text, "+-0123456789")])
		return false;
	errno = 0;
	value = strtoll(text, &end, hex ? 16 : 10);
	if (*end || end == text || errno)
		return false;
	*out = value;
	return true;
}

static bool parse_number(struct parser *parser, struct value *out, struct error *err)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)parser->token.bytes, parser->token.at);
	if (parser->token.bytes < sizeof(text) && parse_whole(text, &out->whole)) {
		out->kind = VALUE_INT;
		return true;
	}
	if (parser->token.bytes < sizeof(text) && wire_read_number(text, &out->decimal)) {
		out->kind = VALUE_FLOAT;
		return true;
	}
	return error_set(err, ERR_INVALID, NULL, "line %zu: bad number syntax: \"%.60s\"",
		parser->token.line, text);
}

/* The one character of '...' as its number. */
static int64_t character(const struct buffer *text)
{
	const unsigned char *at = (const unsigned char *)text->data;
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	int64_t value = at[0] & masks[text->bytes];

	for (size_t i = 1; i < text->bytes; i++)
		value = value << 6 | (at[i] & 0x3f);
	return value;
}

static bool is_one_character(const struct buffer *text)
{
	unsigned char c = text->bytes ? (unsigned char)text->data[0] : 0;
	size_t bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return text->bytes == bytes;
}

static bool parse_quoted(struct parser *parser, struct value *out, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };

	if (!template_unquote(parser->token.at, parser->token.bytes, &text))
		return unexpected(parser, "a quoted text", err);
	if (parser->token.kind == TOKEN_STRING)
		return template_keep(parser->arena, &text, out, err);
	if (!is_one_character(&text))
		return refuse(parser, "a character constant has one character", err);
	*out = (struct value){ .kind = VALUE_INT, .whole = character(&text) };
	return true;
}

static bool parse_word(struct parser *parser, struct operand *out, struct error *err)
{
	static const char *const refused[] = { "call", "block", "define", "template" };

	out->kind = OPERAND_LITERAL;
	if (is_word(parser, "true") || is_word(parser, "false")) {
		out->literal =
			(struct value){ .kind = VALUE_BOOL, .whole = is_word(parser, "true") };
		return true;
	}
	if (is_word(parser, "nil")) {
		out->kind = OPERAND_NIL;
		return true;
	}
	for (size_t i = 0; i < COUNT(refused); i++)
		if (is_word(parser, refused[i]))
			return error_set(err, ERR_INVALID, NULL,
				"line %zu: \"%s\" is not supported in system messages",
				parser->token.line, refused[i]);
	out->kind = OPERAND_FUNCTION;
	out->function = template_function_find(parser->token.at, parser->token.bytes);
	if (!out->function)
		return error_set(err, ERR_INVALID, NULL, "line %zu: function \"%.*s\" not defined",
			parser->token.line,
			parser->token.bytes < 40 ? (int)parser->token.bytes : 40, parser->token.at);
	return true;
}

static bool add_field(struct parser *parser, struct field ***tail, struct error *err)
{
	struct field *field = template_arena_take(parser->arena, sizeof(*field), err);

	if (!field)
		return false;
	field->name = parser->token.at;
	field->bytes = parser->token.bytes;
	**tail = field;
	*tail = &field->next;
	return true;
}

static bool parse_parens(struct parser *parser, struct operand *out, struct error *err)
{
	out->kind = OPERAND_PIPE;
	if (++parser->depth > TEMPLATE_MAX_DEPTH)
		return refuse(parser, "nested too deeply", err);
	if (!advance(parser, err) || !parse_pipe(parser, false, &out->pipe, err))
		return false;
	parser->depth--;
	return is_sign(parser, ")") || refuse(parser, "unclosed left paren", err);
}

/* Leaves the term's last token as the current one. */
static bool parse_term(
	struct parser *parser, struct operand *out, struct field ***tail, struct error *err)
{
	switch (parser->token.kind) {
	case TOKEN_WORD:
		return parse_word(parser, out, err);
	case TOKEN_DOT:
		out->kind = OPERAND_DOT;
		return true;
	case TOKEN_FIELD:
		out->kind = OPERAND_DOT;
		return add_field(parser, tail, err);
	case TOKEN_VARIABLE:
		out->kind = OPERAND_VARIABLE;
		out->name = parser->token.at;
		out->bytes = parser->token.bytes;
		return find_name(parser, &parser->token) ||
		       error_set(err, ERR_INVALID, NULL, "line %zu: undefined variable \"%.*s\"",
			       parser->token.line,
			       parser->token.bytes < 40 ? (int)parser->token.bytes : 40,
			       parser->token.at);
	case TOKEN_NUMBER:
		out->kind = OPERAND_LITERAL;
		return parse_number(parser, &out->literal, err);
	case TOKEN_STRING:
	case TOKEN_CHARACTER:
		out->kind = OPERAND_LITERAL;
		return parse_quoted(parser, &out->literal, err);
	case TOKEN_RAW:
		out->kind = OPERAND_LITERAL;
		out->literal = (struct value){
			.kind = VALUE_TEXT, .text = parser->token.at, .bytes = parser->token.bytes
		};
		return true;
	default:
		if (is_sign(parser, "("))
			return parse_parens(parser, out, err);
		return unexpected(parser, "command", err);
	}
}

/* NULL when it is none: `err` says why. */
static struct operand *parse_operand(struct parser *parser, struct error *err)
{
	struct operand *operand = template_arena_take(parser->arena, sizeof(*operand), err);
	struct field **tail;

	if (!operand)
		return NULL;
	tail = &operand->fields;
	if (!parse_term(parser, operand, &tail, err) || !advance(parser, err))
		return NULL;
	while (parser->token.kind == TOKEN_FIELD && !parser->token.spaced) {
		bool has_fields = operand->kind == OPERAND_DOT ||
				  operand->kind == OPERAND_VARIABLE ||
				  operand->kind == OPERAND_PIPE;

		if (!has_fields) {
			(void)unexpected(parser, "operand", err);
			return NULL;
		}
		if (!add_field(parser, &tail, err) || !advance(parser, err))
			return NULL;
	}
	return operand;
}

static bool ends_command(const struct parser *parser)
{
	return parser->token.kind == TOKEN_CLOSE || is_sign(parser, "|") || is_sign(parser, ")");
}

static bool parse_command(struct parser *parser, struct command **out, struct error *err)
{
	struct command *command = template_arena_take(parser->arena, sizeof(*command), err);
	struct operand **tail;
	struct operand *operand;

	if (!command)
		return false;
	tail = &command->first;
	if (ends_command(parser))
		return refuse(parser, "missing value for command", err);
	do {
		if (command->first && !parser->token.spaced)
			return unexpected(parser, "operand", err);
		operand = parse_operand(parser, err);
		if (!operand)
			return false;
		*tail = operand;
		tail = &operand->next;
	} while (!ends_command(parser));
	*out = command;
	return true;
}

static bool takes_input(const struct command *command)
{
	enum operand_kind kind = command->first->kind;

	return kind == OPERAND_FUNCTION || command->first->fields;
}

/* "$x :=", "$x =", or in a range "$i, $x :=". Tokens are put back when it is none of them. */
static bool parse_variables(struct parser *parser, bool range, struct pipe *pipe, struct error *err)
{
	struct template_lexer lexer = parser->lexer;
	struct token token = parser->token;
	struct field **tail = &pipe->variables;
	bool declares;

	for (;;) {
		if (parser->token.kind != TOKEN_VARIABLE)
			return unexpected(parser, range ? "range" : "variable declaration", err);
		if (!add_field(parser, &tail, err) || !advance(parser, err))
			return false;
		if (!range || !is_sign(parser, ",") || pipe->variables->next)
			break;
		if (!advance(parser, err))
			return false;
	}
	declares = is_sign(parser, ":=");
	if (!declares && !is_sign(parser, "=")) {
		if (pipe->variables->next || is_sign(parser, ","))
			return refuse(parser, "too many declarations", err);
		pipe->variables = NULL;
		parser->lexer = lexer;
		parser->token = token;
		return true;
	}
	pipe->assigns = !declares;
	return advance(parser, err);
}

static bool declare(struct parser *parser, const struct pipe *pipe, struct error *err)
{
	for (const struct field *name = pipe->variables; name; name = name->next) {
		struct token token = { TOKEN_VARIABLE, name->name, name->bytes, pipe->line, false };

		if (pipe->assigns && !find_name(parser, &token))
			return error_set(err, ERR_INVALID, NULL,
				"line %zu: undefined variable \"%.*s\"", pipe->line,
				name->bytes < 40 ? (int)name->bytes : 40, name->name);
		if (pipe->assigns)
			continue;
		if (parser->name_count == SCOPE_MAX)
			return refuse(parser, "too many variables", err);
		parser->names[parser->name_count++] = token;
	}
	return true;
}

static bool parse_pipe(struct parser *parser, bool range, struct pipe **out, struct error *err)
{
	struct pipe *pipe = template_arena_take(parser->arena, sizeof(*pipe), err);
	struct command **tail;

	if (!pipe)
		return false;
	tail = &pipe->first;
	pipe->line = parser->token.line;
	if (parser->token.kind == TOKEN_VARIABLE && !parse_variables(parser, range, pipe, err))
		return false;
	for (;;) {
		if (!parse_command(parser, tail, err))
			return false;
		if (pipe->first != *tail && !takes_input(*tail))
			return refuse(parser, "non executable command in pipeline", err);
		tail = &(*tail)->next;
		if (!is_sign(parser, "|"))
			break;
		if (!advance(parser, err))
			return false;
	}
	*out = pipe;
	return declare(parser, pipe, err);
}

static bool expect_close(struct parser *parser, const char *where, struct error *err)
{
	return parser->token.kind == TOKEN_CLOSE ? advance(parser, err)
						 : unexpected(parser, where, err);
}

enum stop { STOP_END, STOP_ELSE, STOP_FILE };

static bool parse_list(
	struct parser *parser, struct node **out, enum stop *stop, struct error *err);

static bool parse_control(struct parser *parser, struct node *node, struct error *err);

/* Behind {{else: the rest of the block, which may be another if or with. */
static bool parse_else(struct parser *parser, struct node *node, struct error *err)
{
	bool with = node->kind == NODE_WITH && is_word(parser, "with");
	enum stop stop;

	if ((node->kind == NODE_IF && is_word(parser, "if")) || with) {
		struct node *inner = template_arena_take(parser->arena, sizeof(*inner), err);

		if (!inner)
			return false;
		inner->kind = node->kind;
		inner->line = parser->token.line;
		node->otherwise = inner;
		return advance(parser, err) && parse_control(parser, inner, err);
	}
	if (!expect_close(parser, "else", err) || !parse_list(parser, &node->otherwise, &stop, err))
		return false;
	if (stop != STOP_END)
		return refuse(parser,
			stop == STOP_ELSE ? "expected end; found {{else}}"
					  : "unexpected end of the text: an {{end}} is missing",
			err);
	return expect_close(parser, "end", err);
}

/* Behind {{if, {{with or {{range, up to and with its {{end}}. */
static bool parse_control(struct parser *parser, struct node *node, struct error *err)
{
	bool range = node->kind == NODE_RANGE;
	size_t names = parser->name_count;
	enum stop stop;
	bool ok;

	if (++parser->depth > TEMPLATE_MAX_DEPTH)
		return refuse(parser, "nested too deeply", err);
	if (!parse_pipe(parser, range, &node->pipe, err) ||
		!expect_close(parser, "a block's condition", err))
		return false;
	parser->ranges += range;
	ok = parse_list(parser, &node->body, &stop, err);
	parser->ranges -= range;
	if (!ok)
		return false;
	if (stop == STOP_FILE)
		return refuse(parser, "unexpected end of the text: an {{end}} is missing", err);
	ok = stop == STOP_ELSE ? parse_else(parser, node, err) : expect_close(parser, "end", err);
	parser->depth--;
	parser->name_count = names;
	return ok;
}

static bool parse_jump(struct parser *parser, struct node *node, struct error *err)
{
	bool stops = is_word(parser, "break");

	node->kind = stops ? NODE_BREAK : NODE_CONTINUE;
	if (!parser->ranges)
		return refuse(parser,
			stops ? "{{break}} outside {{range}}" : "{{continue}} outside {{range}}",
			err);
	return advance(parser, err) && expect_close(parser, stops ? "break" : "continue", err);
}

/* Behind {{. */
static bool parse_action(struct parser *parser, struct node *node, struct error *err)
{
	static const struct {
		const char *word;
		enum node_kind kind;
	} blocks[] = { { "if", NODE_IF }, { "with", NODE_WITH }, { "range", NODE_RANGE } };

	for (size_t i = 0; i < COUNT(blocks); i++) {
		if (!is_word(parser, blocks[i].word))
			continue;
		node->kind = blocks[i].kind;
		return advance(parser, err) && parse_control(parser, node, err);
	}
	if (is_word(parser, "break") || is_word(parser, "continue"))
		return parse_jump(parser, node, err);
	node->kind = NODE_ACTION;
	return parse_pipe(parser, false, &node->pipe, err) && expect_close(parser, "command", err);
}

/* Up to {{end, {{else or the end of the text; the word is used up. */
static bool parse_list(struct parser *parser, struct node **out, enum stop *stop, struct error *err)
{
	for (;;) {
		struct node *node;

		if (parser->token.kind == TOKEN_END) {
			*stop = STOP_FILE;
			return true;
		}
		node = template_arena_take(parser->arena, sizeof(*node), err);
		if (!node)
			return false;
		node->line = parser->token.line;
		if (parser->token.kind == TOKEN_TEXT) {
			node->kind = NODE_TEXT;
			node->text = parser->token.at;
			node->bytes = parser->token.bytes;
			if (!advance(parser, err))
				return false;
		} else {
			if (!advance(parser, err))
				return false;
			if (is_word(parser, "end") || is_word(parser, "else")) {
				*stop = is_word(parser, "end") ? STOP_END : STOP_ELSE;
				return advance(parser, err);
			}
			if (!parse_action(parser, node, err))
				return false;
		}
		*out = node;
		out = &node->next;
	}
}

bool template_parse(const char *text, size_t bytes, struct template_arena *arena, struct node **out,
	struct error *err)
{
	struct parser *parser = template_arena_take(arena, sizeof(*parser), err);
	enum stop stop;

	if (!parser)
		return false;
	parser->arena = arena;
	parser->lexer = (struct template_lexer){ .at = text, .end = text + bytes, .line = 1 };
	*out = NULL;
	if (!advance(parser, err) || !parse_list(parser, out, &stop, err))
		return false;
	if (stop == STOP_FILE)
		return true;
	return refuse(parser, stop == STOP_END ? "unexpected {{end}}" : "unexpected {{else}}", err);
}
