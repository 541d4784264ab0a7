/*
 * The grammar of domain lists as a program, for the story beside it.
 * usage: agent_driver : each line of stdin is "allow" or "deny", a tab and an entry as a JSON string; each is answered by "-" when it is
 * refused, and else by "+" and the entry as it is written for srt
 */
#include "agent/domain.h"
#include "json/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool passes(const char *line, size_t bytes, char folded[DOMAIN_TEXT_BYTES])
{
	enum domain_list list = line[0] == 'a' ? DOMAIN_ALLOW : DOMAIN_DENY;
	const char *tab = memchr(line, '\t', bytes);
	AUTO(json_doc) struct json_doc *doc = NULL;
	const char *entry;
	size_t entry_bytes;

	/* What the reader refuses, such as NUL, reaches no list. */
	if (!tab || !json_doc_copy(tab + 1, bytes - (size_t)(tab + 1 - line), NULL, &doc, NULL))
		return false;
	entry = json_text(json_root(doc), &entry_bytes);
	return entry && domain_fold(list, entry, entry_bytes, folded);
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t bytes;

	while ((bytes = getline(&line, &room, stdin)) > 0) {
		char folded[DOMAIN_TEXT_BYTES];

		if (passes(line, (size_t)bytes, folded))
			printf("+%s\n", folded);
		else
			puts("-");
	}
	free(line);
	return EXIT_SUCCESS;
}
