#include "agent/template_tree.h"

#include <ctype.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool starts(const struct template_lexer *lexer, const char *text)
{
	size_t bytes = strlen(text);

	return (size_t)(lexer->end - lexer->at) >= bytes && memcmp(lexer->at, text, bytes) == 0;
}

static void advance(struct template_lexer *lexer, const char *to)
{
	for (; lexer->at < to; lexer->at++)
		lexer->line += *lexer->at == '\n';
}

static bool refuse(const struct template_lexer *lexer, const char *what, struct error *err)
{
	return error_set(err, ERR_INVALID, NULL, "line %zu: %s", lexer->line, what);
}

/* At "- " behind {{, or " -" before }}. */
static bool opens_trimmed(const struct template_lexer *lexer)
{
	return lexer->end - lexer->at >= 4 && lexer->at[2] == '-' && is_space(lexer->at[3]);
}

static bool closes_trimmed(const struct template_lexer *lexer)
{
	return lexer->end - lexer->at >= 4 && is_space(lexer->at[0]) &&
	       memcmp(lexer->at + 1, "-}}", 3) == 0;
}

/* `lexer->at` is behind the comment's opening. */
static bool skip_comment(struct template_lexer *lexer, struct error *err)
{
	const char *close = memmem(lexer->at, (size_t)(lexer->end - lexer->at), "*/", 2);

	if (!close)
		return refuse(lexer, "unclosed comment", err);
	advance(lexer, close + 2);
	if (closes_trimmed(lexer)) {
		advance(lexer, lexer->at + 4);
		lexer->trim = true;
		return true;
	}
	if (!starts(lexer, "}}"))
		return refuse(lexer, "comment ends before closing delimiter", err);
	advance(lexer, lexer->at + 2);
	return true;
}

/* The text up to the next action. False in `*some` when nothing is left of it. */
static void cut_text(struct template_lexer *lexer, struct token *out, bool *some)
{
	const char *open = memmem(lexer->at, (size_t)(lexer->end - lexer->at), "{{", 2);
	const char *end = open ? open : lexer->end;
	const char *stop = end;

	if (lexer->trim)
		while (lexer->at < end && is_space(*lexer->at))
			advance(lexer, lexer->at + 1);
	lexer->trim = false;
	if (open && lexer->end - open >= 4 && open[2] == '-' && is_space(open[3]))
		while (stop > lexer->at && is_space(stop[-1]))
			stop--;
	*out = (struct token){ TOKEN_TEXT, lexer->at, (size_t)(stop - lexer->at), lexer->line,
		false };
	*some = stop > lexer->at;
	advance(lexer, end);
}

static bool lex_outside(struct template_lexer *lexer, struct token *out, struct error *err)
{
	bool some;

	for (;;) {
		cut_text(lexer, out, &some);
		if (some)
			return true;
		if (lexer->at == lexer->end) {
			*out = (struct token){ TOKEN_END, lexer->at, 0, lexer->line, false };
			return true;
		}
		*out = (struct token){ TOKEN_OPEN, lexer->at, 2, lexer->line, false };
		advance(lexer, lexer->at + (opens_trimmed(lexer) ? 4 : 2));
		if (!starts(lexer, "/*")) {
			lexer->inside = true;
			return true;
		}
		advance(lexer, lexer->at + 2);
		if (!skip_comment(lexer, err))
			return false;
	}
}

/* From the opening quote to behind the closing one. */
static bool lex_quoted(struct template_lexer *lexer, struct token *out, struct error *err)
{
	char quote = *lexer->at;
	const char *at = lexer->at + 1;

	while (at < lexer->end && *at != quote && (*at != '\n' || quote == '`')) {
		if (*at == '\\' && quote != '`' && at + 1 < lexer->end)
			at++;
		at++;
	}
	if (at >= lexer->end || *at != quote)
		return refuse(lexer,
			quote == '`'   ? "unterminated raw quoted string"
			: quote == '"' ? "unterminated quoted string"
				       : "unterminated character constant",
			err);
	out->at = lexer->at;
	out->bytes = (size_t)(at + 1 - lexer->at);
	out->kind = quote == '"' ? TOKEN_STRING : TOKEN_CHARACTER;
	if (quote == '`') {
		out->kind = TOKEN_RAW;
		out->at++;
		out->bytes -= 2;
	}
	advance(lexer, at + 1);
	return true;
}

static void lex_number(struct template_lexer *lexer, struct token *out)
{
	const char *at = lexer->at + 1;

	while (at < lexer->end && (is_letter(*at) || *at == '.' ||
					  ((*at == '+' || *at == '-') && (at[-1] | 0x20) == 'e')))
		at++;
	out->kind = TOKEN_NUMBER;
	out->bytes = (size_t)(at - lexer->at);
	advance(lexer, at);
}

static void lex_name(struct template_lexer *lexer, struct token *out, size_t prefix)
{
	const char *at = lexer->at + prefix;

	while (at < lexer->end && is_letter(*at))
		at++;
	out->bytes = (size_t)(at - lexer->at);
	advance(lexer, at);
}

static bool lex_word(struct template_lexer *lexer, struct token *out, struct error *err)
{
	char c = *lexer->at;
	int next = lexer->at + 1 < lexer->end ? lexer->at[1] : '\0';

	if (c == '"' || c == '`' || c == '\'')
		return lex_quoted(lexer, out, err);
	if (isdigit((unsigned char)c) || c == '+' || c == '-' ||
		(c == '.' && isdigit((unsigned char)next))) {
		lex_number(lexer, out);
		return true;
	}
	if (c == '.' || c == '$') {
		lex_name(lexer, out, 1);
		out->kind = c == '$' ? TOKEN_VARIABLE : out->bytes > 1 ? TOKEN_FIELD : TOKEN_DOT;
		out->at += out->kind == TOKEN_FIELD;
		out->bytes -= out->kind == TOKEN_FIELD;
		return true;
	}
	if (is_letter(c)) {
		out->kind = TOKEN_WORD;
		lex_name(lexer, out, 0);
		return true;
	}
	out->kind = TOKEN_SIGN;
	out->bytes = c == ':' && next == '=' ? 2 : 1;
	if (!strchr("|(),=", c) && out->bytes == 1)
		return error_set(err, ERR_INVALID, NULL,
			"line %zu: unrecognized character in action: '%c'", lexer->line, c);
	advance(lexer, lexer->at + out->bytes);
	return true;
}

static bool lex_inside(struct template_lexer *lexer, struct token *out, struct error *err)
{
	const char *start = lexer->at;

	while (lexer->at < lexer->end && is_space(*lexer->at) && !closes_trimmed(lexer))
		advance(lexer, lexer->at + 1);
	*out = (struct token){ TOKEN_CLOSE, lexer->at, 0, lexer->line, lexer->at > start };
	if (lexer->at == lexer->end)
		return refuse(lexer, "unclosed action", err);
	if (closes_trimmed(lexer) || starts(lexer, "}}")) {
		lexer->trim = is_space(*lexer->at);
		lexer->inside = false;
		advance(lexer, lexer->at + (lexer->trim ? 4 : 2));
		return true;
	}
	return lex_word(lexer, out, err);
}

bool template_lex(struct template_lexer *lexer, struct token *out, struct error *err)
{
	return lexer->inside ? lex_inside(lexer, out, err) : lex_outside(lexer, out, err);
}
