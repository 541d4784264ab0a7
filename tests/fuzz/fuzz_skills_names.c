/* What comes from users and servers as text: names of images, git URLs, known_hosts. The first byte chooses. */
#include "skills/folder.h"
#include "skills/git_auth.h"
#include "skills/reference.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What passes can be put into a URL as it is. */
static void check_reference(const char *text)
{
	struct reference reference;
	struct error err;

	if (!reference_parse(text, &reference, &err))
		return;
	require(!reference.tag != !reference.digest);
	require(!strpbrk(reference.registry, "/?#@ %"));
	require(!strpbrk(reference.repository, "?#@: %"));
	require(!reference.tag || !strpbrk(reference.tag, "/?#@: %"));
	require(!reference.digest || digest_is_valid(reference.digest));
	reference_fini(&reference);
}

static void check_url(const char *text)
{
	struct git_auth auth;
	struct error err;

	if (git_auth_init(&auth, text, NULL, &err))
		require(auth.host[0] && (!auth.is_ssh || !auth.is_https));
}

static void check_path(const char *text)
{
	char plain[FOLDER_PATH_BYTES];
	char again[FOLDER_PATH_BYTES];
	struct error err;

	if (!folder_plain_path(text, plain, &err))
		return;
	require(plain[0] != '/' && folder_depth(plain) <= FOLDER_MAX_DEPTH);
	require(folder_plain_path(plain, again, &err) && strcmp(plain, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *text = malloc(bytes + 1);

	require(text != NULL);
	memcpy(text, data, bytes);
	text[bytes] = '\0';
	if (text[0] == 'r')
		check_reference(text + 1);
	else if (text[0] == 'u')
		check_url(text + 1);
	else if (text[0] == 'p')
		check_path(text + 1);
	else if (text[0])
		known_hosts_have(text + 1, "git.example", 22, "key", 3);
	free(text);
	return 0;
}
