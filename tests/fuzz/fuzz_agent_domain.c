/* Entries of domain lists. What passes folds to itself, and a proposal passes. */
#include "agent/domain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_fold(enum domain_list list, const char *folded)
{
	char again[DOMAIN_TEXT_BYTES];

	require(domain_fold(list, folded, strlen(folded), again));
	require(strcmp(folded, again) == 0);
	require(domain_covers(folded, folded));
	domain_is_public_suffix_wildcard(folded);
	require(!domain_is_metadata_address(folded) || folded[0] == '[' || strchr(folded, '.'));
	domain_is_unproxied_address(folded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	enum domain_list list = bytes && data[0] & 1 ? DOMAIN_DENY : DOMAIN_ALLOW;
	size_t entry_bytes = bytes ? bytes - 1 : 0;
	char *entry = malloc(entry_bytes + 1); /* exactly: reading beyond is seen */
	char folded[DOMAIN_TEXT_BYTES];
	struct error err = { 0 };
	char *proposal;

	require(entry != NULL);
	if (entry_bytes)
		memcpy(entry, data + 1, entry_bytes);
	if (domain_check(list, entry, entry_bytes, NULL, folded, &err)) {
		check_fold(list, folded);
	} else {
		require(err.code == ERR_INVALID && err.text[0]);
		/* A host of the entry may be quoted only when it is one that can be written. */
		proposal = strstr(err.text, ": write \"");
		if (proposal) {
			proposal += strlen(": write \"");
			proposal[strcspn(proposal, "\"")] = '\0';
			check_fold(list, proposal);
		}
	}
	free(entry);
	return 0;
}
