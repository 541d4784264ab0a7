#include "api/identity.h"
#include "base/text.h"

#include <string.h>

static const char separator[] = "__NS__";

bool agent_to_python(const char *reference, char **out, struct error *err)
{
	AUTO(buffer) struct buffer text = { 0 };
	char *made;

	for (; *reference; reference++)
		if (*reference == '/')
			buffer_puts(&text, separator);
		else
			buffer_putc(&text, (char)(*reference == '-' ? '_' : *reference));
	made = buffer_take(&text);
	if (!made)
		return error_no_memory(err);
	*out = made;
	return true;
}

static void put_dashes(char *text)
{
	for (; *text; text++)
		if (*text == '_')
			*text = '-';
}

bool agent_from_python(const char *reference, char **ns, char **name, struct error *err)
{
	const char *cut = strchr(reference, '/');
	size_t skip = 1;
	char *first, *second;

	if (!cut) {
		cut = strstr(reference, separator);
		skip = strlen(separator);
	}
	if (!cut || cut == reference || !cut[skip] || strchr(cut + skip, '/'))
		return error_set(err, ERR_INVALID, NULL,
			"\"%.100s\" is no agent: write namespace/name", reference);
	first = text_copy(reference, (size_t)(cut - reference));
	second = strdup(cut + skip);
	if (!first || !second) {
		free(first);
		free(second);
		return error_no_memory(err);
	}
	put_dashes(first);
	put_dashes(second);
	*ns = first;
	*name = second;
	return true;
}
