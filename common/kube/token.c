#include "kube/token.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#define MAX_BYTES (64u << 10)
#define REREAD_MS 60000

void token_fini(struct token *token)
{
	free(token->text);
	free(token->file);
	*token = (struct token){ 0 };
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Cuts blanks at the end; a token with anything unprintable in it would break the header it goes into. */
static bool tidy(struct buffer *text, const char *file, struct error *err)
{
	while (text->bytes && strchr(" \t\r\n", text->data[text->bytes - 1]))
		text->data[--text->bytes] = '\0';
	for (size_t i = 0; i < text->bytes; i++)
		if (text->data[i] <= ' ' || text->data[i] > '~')
			return error_set(err, ERR_INVALID, NULL, "%s: not a token", file);
	return text->bytes || error_set(err, ERR_INVALID, NULL, "%s: empty", file);
}

static bool read_file(struct token *token, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	char *fresh;

	if (!file_read(token->file, MAX_BYTES, &text, err) || !tidy(&text, token->file, err))
		return false;
	fresh = buffer_take(&text);
	if (!fresh)
		return error_no_memory(err);
	free(token->text);
	token->text = fresh;
	return true;
}

const char *token_get(struct token *token)
{
	uint64_t now = clock_monotonic_ms();
	struct stat found = { 0 };
	struct error err;

	if (!token->file)
		return token->text;
	if (token->read_ms && now - token->read_ms < REREAD_MS && stat(token->file, &found) == 0 &&
		is_same_file(&found, &token->seen))
		return token->text;
	if (stat(token->file, &found) != 0)
		found = (struct stat){ 0 };
	if (read_file(token, &err)) {
		token->seen = found;
		token->read_ms = now;
		token->failing = false;
	} else if (!token->failing) {
		log_warn("cannot read the token of the API server, keeping the last one",
			LOG_ERR(&err));
		token->failing = true;
	}
	return token->text;
}

void token_doubt(struct token *token)
{
	token->read_ms = 0;
}
