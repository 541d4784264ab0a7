#include "skills/credentials.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/text.h"

#define FILE_BYTES (1u << 20)

void credentials_fini(struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->count; i++)
		json_doc_free(credentials->files[i]);
	credentials->count = 0;
}

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void login_fini(struct login *login)
{
	wipe(login->user_password);
	wipe(login->identity_token);
	*login = (struct login){ 0 };
}

bool credentials_add(struct credentials *credentials, const char *folder, struct error *err)
{
	AUTO(text) char *path = text_format("%s/.dockerconfigjson", folder);
	AUTO(buffer) struct buffer text = { 0 };
	struct error why;

	if (!path)
		return error_no_memory(err);
	if (credentials->count == CREDENTIALS_MAX_FILES)
		return error_set(
			err, ERR_INVALID, NULL, "more than %d pull secrets", CREDENTIALS_MAX_FILES);
	if (!file_read(path, FILE_BYTES, &text, err))
		return err->code == ERR_NOT_FOUND;
	/* What is wrong with it may quote it: only that it is wrong is told. */
	if (!json_doc_parse(&text, NULL, &credentials->files[credentials->count], &why))
		return error_set(err, ERR_INVALID, NULL, "%s is not JSON", path);
	credentials->count++;
	return true;
}

/* The key without scheme and without the "/v1/" that old logins have. */
static struct plain_key {
	const char *text;
	size_t bytes;
} key_of(const char *key)
{
	static const char *const starts[] = { "https://", "http://" };
	static const char *const ends[] = { "/v1/", "/v2/", "/v1", "/v2", "/" };
	size_t bytes;

	for (size_t i = 0; i < COUNT(starts); i++)
		if (text_starts_with(key, starts[i]))
			key += strlen(starts[i]);
	bytes = strlen(key);
	for (size_t i = 0; i < COUNT(ends); i++) {
		if (!text_ends_with(key, ends[i]))
			continue;
		bytes -= strlen(ends[i]);
		break;
	}
	return (struct plain_key){ key, bytes };
}

/* How many bytes of "registry/repository" the key says; 0 = it is another's. */
static size_t match(const char *key, const char *name)
{
	struct plain_key plain = key_of(key);

	if (!plain.bytes || strncmp(plain.text, name, plain.bytes) != 0)
		return 0;
	return name[plain.bytes] == '\0' || name[plain.bytes] == '/' ? plain.bytes : 0;
}

static bool read_login(struct json_view entry, struct login *out, struct error *err)
{
	const char *auth = json_text_or(json_get(entry, "auth"), "");
	const char *user = json_text_or(json_get(entry, "username"), "");
	const char *password = json_text_or(json_get(entry, "password"), "");
	const char *token = json_text_or(json_get(entry, "identitytoken"), "");
	AUTO(buffer) struct buffer decoded = { 0 };

	if (*token && !(out->identity_token = text_copy(token, strlen(token))))
		return error_no_memory(err);
	if (*user || *password) {
		out->user_password = text_format("%s:%s", user, password);
		return out->user_password || error_no_memory(err);
	}
	if (!*auth)
		return true;
	if (!base64_decode(auth, strlen(auth), &decoded, NULL) || !decoded.bytes ||
		!memchr(decoded.data, ':', decoded.bytes) ||
		memchr(decoded.data, '\0', decoded.bytes))
		return error_set(err, ERR_INVALID, NULL,
			"a pull secret's \"auth\" is not base64 of user:password");
	out->user_password = buffer_take(&decoded);
	return out->user_password || error_no_memory(err);
}

bool credentials_find(const struct credentials *credentials, const char *registry,
	const char *repository, struct login *out, struct error *err)
{
	bool is_docker = strcmp(registry, "docker.io") == 0;
	AUTO(text)
	char *name = text_format("%s/%s", is_docker ? "index.docker.io" : registry, repository);
	AUTO(text) char *short_name = text_format("%s/%s", registry, repository);
	AUTO(login) struct login found = { 0 };
	struct json_view best = { 0 };
	size_t best_bytes = 0;

	if (!name || !short_name)
		return error_no_memory(err);
	for (size_t i = 0; i < credentials->count; i++) {
		json_foreach_member (entry, json_get(json_root(credentials->files[i]), "auths")) {
			const char *key = json_key(entry, NULL);
			size_t bytes = match(key, name);

			if (!bytes)
				bytes = match(key, short_name);
			if (bytes && bytes >= best_bytes) {
				best = entry;
				best_bytes = bytes;
			}
		}
	}
	if (best_bytes && !read_login(best, &found, err))
		return false;
	*out = found;
	found = (struct login){ 0 };
	return true;
}
