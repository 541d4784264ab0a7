#include "skills/reference.h"

#include "base/text.h"

#include <string.h>

#define DOCKER        "docker.io"
#define LOWER         "abcdefghijklmnopqrstuvwxyz"
#define UPPER         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS        "0123456789"
#define MAX_TAG_BYTES 128
#define MAX_BYTES     1024

void reference_fini(struct reference *reference)
{
	free(reference->registry);
	free(reference->repository);
	free(reference->tag);
	free(reference->digest);
	*reference = (struct reference){ 0 };
}

bool digest_is_valid(const char *digest)
{
	static const struct {
		const char *prefix;
		size_t digits;
	} kinds[] = { { "sha256:", 64 }, { "sha512:", 128 } };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		const char *hex = digest + strlen(kinds[i].prefix);

		if (text_starts_with(digest, kinds[i].prefix))
			return strlen(hex) == kinds[i].digits &&
			       strspn(hex, "0123456789abcdef") == kinds[i].digits;
	}
	return false;
}

/* "a.example:5000", "localhost", "[2001:db8::1]:5000": what makes the first part a registry. */
static bool is_registry(const char *part, size_t bytes)
{
	return memchr(part, '.', bytes) || memchr(part, ':', bytes) ||
	       (bytes == 9 && memcmp(part, "localhost", 9) == 0);
}

static bool is_registry_plain(const char *registry)
{
	return registry[strspn(registry, LOWER UPPER DIGITS ".-:[]")] == '\0';
}

static bool is_repository(const char *repository)
{
	if (!*repository || repository[strspn(repository, LOWER DIGITS "._-/")])
		return false;
	for (const char *part = repository;; part++) {
		size_t bytes = strcspn(part, "/");

		if (!bytes || !strchr(LOWER DIGITS, part[0]) ||
			!strchr(LOWER DIGITS, part[bytes - 1]))
			return false;
		part += bytes;
		if (!*part)
			return true;
	}
}

static bool is_tag(const char *tag)
{
	return *tag && strlen(tag) <= MAX_TAG_BYTES && *tag != '.' && *tag != '-' &&
	       tag[strspn(tag, LOWER UPPER DIGITS "._-")] == '\0';
}

/* Cuts ":tag" and "@digest" off `name`. */
static bool cut_version(char *name, struct reference *out, struct error *err)
{
	char *at = strchr(name, '@');
	char *slash;
	char *colon;

	if (at) {
		*at = '\0';
		if (!text_replace(&out->digest, at + 1, err))
			return false;
	}
	slash = strrchr(name, '/');
	colon = strchr(slash ? slash : name, ':');
	if (colon) {
		*colon = '\0';
		if (!at && !text_replace(&out->tag, colon + 1, err))
			return false;
	}
	return at || colon || text_replace(&out->tag, "latest", err);
}

static bool split_name(const char *name, struct reference *out, struct error *err)
{
	const char *slash = strchr(name, '/');
	bool named = slash && is_registry(name, (size_t)(slash - name));
	const char *repository = named ? slash + 1 : name;

	out->registry =
		named ? text_copy(name, (size_t)(slash - name)) : text_copy(DOCKER, strlen(DOCKER));
	if (!out->registry)
		return error_no_memory(err);
	if (strcmp(out->registry, "index.docker.io") == 0 &&
		!text_replace(&out->registry, DOCKER, err))
		return false;
	if (strcmp(out->registry, DOCKER) == 0 && !strchr(repository, '/'))
		out->repository = text_format("library/%s", repository);
	else
		out->repository = text_copy(repository, strlen(repository));
	return out->repository || error_no_memory(err);
}

bool reference_parse(const char *text, struct reference *out, struct error *err)
{
	AUTO(reference) struct reference parsed = { 0 };
	AUTO(text) char *name = text_copy(text, strlen(text));

	if (!name)
		return error_no_memory(err);
	if (strlen(text) > MAX_BYTES)
		return error_set(err, ERR_INVALID, NULL, "the image name is too long");
	if (!cut_version(name, &parsed, err) || !split_name(name, &parsed, err))
		return false;
	if (!is_registry_plain(parsed.registry) || !is_repository(parsed.repository) ||
		(parsed.tag && !is_tag(parsed.tag)) ||
		(parsed.digest && !digest_is_valid(parsed.digest)))
		return error_set(err, ERR_INVALID, NULL,
			"\"%.200s\" is no image name ([registry/]repository[:tag][@sha256:...], "
			"the repository in lower case)",
			text);
	*out = parsed;
	parsed = (struct reference){ 0 };
	return true;
}
