#include "skills/git_auth.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#include <fnmatch.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <unistd.h>

#define TOKEN_USER       "x-access-token" /* what the forges take with any token */
#define FILE_BYTES       (1u << 20)
#define SSH_PORT         22
#define NAME_BYTES       300
#define HASH_SALT_PREFIX "|1|"

static const struct scheme {
	const char *prefix;
	bool is_ssh, is_https;
} schemes[] = {
	{ "https://", false, true },
	{ "http://", false, false },
	{ "git://", false, false },
	{ "ssh://", true, false },
	{ "git+ssh://", true, false },
	{ "ssh+git://", true, false },
};

/* "user@host:port/path" without the scheme. */
static bool read_host(struct git_auth *auth, const char *rest)
{
	size_t bytes = strcspn(rest, "/");
	const char *at = memrchr(rest, '@', bytes);
	const char *host = at ? at + 1 : rest;
	size_t host_bytes = bytes - (size_t)(host - rest);
	const char *colon;

	if (*host == '[') {
		host++;
		host_bytes = strcspn(host, "]");
		colon = host[host_bytes] == ']' && host[host_bytes + 1] == ':'
				? host + host_bytes + 1
				: NULL;
	} else {
		colon = memchr(host, ':', host_bytes);
		if (colon)
			host_bytes = (size_t)(colon - host);
	}
	if (!host_bytes || host_bytes >= sizeof(auth->host))
		return false;
	snprintf(auth->host, sizeof(auth->host), "%.*s", (int)host_bytes, host);
	if (colon)
		auth->port = (unsigned)strtoul(colon + 1, NULL, 10);
	return true;
}

bool git_auth_init(struct git_auth *auth, const char *url, const char *folder, struct error *err)
{
	const char *colon = strchr(url, ':');

	*auth = (struct git_auth){ .folder = folder, .port = SSH_PORT };
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (!text_starts_with(url, schemes[i].prefix))
			continue;
		auth->is_ssh = schemes[i].is_ssh;
		auth->is_https = schemes[i].is_https;
		if (read_host(auth, url + strlen(schemes[i].prefix)))
			return true;
		return error_set(err, ERR_INVALID, NULL, "the git URL has no host");
	}
	/* user@host:path */
	if (colon && !strstr(url, "://") && memchr(url, '@', (size_t)(colon - url)) &&
		!memchr(url, '/', (size_t)(colon - url))) {
		const char *host = strchr(url, '@') + 1;

		auth->is_ssh = true;
		snprintf(auth->host, sizeof(auth->host), "%.*s", (int)(colon - host), host);
		if (*auth->host)
			return true;
	}
	return error_set(
		err, ERR_INVALID, NULL, "not a git URL we fetch from (https, ssh, http, git)");
}

/* --- logging in --- */

static int refuse(struct git_auth *auth, enum error_code code, const char *says)
{
	error_set(&auth->why, code, NULL, "%s", says);
	return GIT_EUSER;
}

static bool has_file(const struct git_auth *auth, const char *name, char *path, size_t path_bytes)
{
	if (!auth->folder)
		return false;
	snprintf(path, path_bytes, "%s/%s", auth->folder, name);
	return access(path, R_OK) == 0;
}

static int login_by_token(struct git_auth *auth, git_credential **out, const char *path)
{
	AUTO(buffer) struct buffer token = { 0 };
	int result;

	if (!file_read(path, FILE_BYTES, &token, &auth->why))
		return GIT_EUSER;
	while (token.bytes && strchr(" \t\r\n", token.data[token.bytes - 1]))
		token.data[--token.bytes] = '\0';
	if (!token.bytes)
		return refuse(auth, ERR_INVALID, "the token of the git login is empty");
	result = git_credential_userpass_plaintext_new(out, TOKEN_USER, token.data);
	explicit_bzero(token.data, token.bytes);
	return result;
}

int git_auth_login(git_credential **out, const char *url UNUSED, const char *user, unsigned allowed,
	void *payload)
{
	struct git_auth *auth = payload;
	char path[4096];

	if (auth->is_ssh && (allowed & GIT_CREDENTIAL_USERNAME))
		return git_credential_username_new(out, user ? user : "git");
	if (auth->asked++)
		return refuse(
			auth, ERR_DENIED, "the git server refuses the login of gitAuthSecretRef");
	if ((allowed & GIT_CREDENTIAL_SSH_KEY) &&
		has_file(auth, "ssh-privatekey", path, sizeof(path)))
		return git_credential_ssh_key_new(out, user ? user : "git", NULL, path, NULL);
	if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) &&
		has_file(auth, "token", path, sizeof(path))) {
		if (auth->is_https)
			return login_by_token(auth, out, path);
		return refuse(auth, ERR_DENIED, "a token is sent over https only");
	}
	return refuse(auth, ERR_DENIED,
		auth->is_ssh ? "the git server asks for a login; gitAuthSecretRef needs the key "
			       "ssh-privatekey"
			     : "the git server asks for a login (or has no such repository); "
			       "gitAuthSecretRef needs the key token");
}

/* --- known_hosts --- */

static bool is_hashed_name(const char *hashed, size_t bytes, const char *name)
{
	const char *salt = hashed + strlen(HASH_SALT_PREFIX);
	const char *bar = memchr(salt, '|', bytes - strlen(HASH_SALT_PREFIX));
	AUTO(buffer) struct buffer raw_salt = { 0 };
	AUTO(buffer) struct buffer raw_hash = { 0 };
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned sum_bytes = 0;

	if (!bar || !base64_decode(salt, (size_t)(bar - salt), &raw_salt, NULL) ||
		!base64_decode(bar + 1, bytes - (size_t)(bar + 1 - hashed), &raw_hash, NULL) ||
		!raw_salt.bytes)
		return false;
	return HMAC(EVP_sha1(), raw_salt.data, (int)raw_salt.bytes, (const unsigned char *)name,
		       strlen(name), sum, &sum_bytes) &&
	       sum_bytes == raw_hash.bytes && memcmp(sum, raw_hash.data, sum_bytes) == 0;
}

/* One of the names, separated by commas. */
static bool names_have(const char *names, size_t bytes, const char *name)
{
	const char *end = names + bytes;

	while (names < end) {
		size_t part = strcspn(names, ",");
		char pattern[NAME_BYTES];

		if (part > (size_t)(end - names))
			part = (size_t)(end - names);
		snprintf(pattern, sizeof(pattern), "%.*s", (int)part, names);
		if (text_starts_with(pattern, HASH_SALT_PREFIX)
				? is_hashed_name(names, part, name)
				: strcmp(pattern, name) == 0 ||
					  (*pattern != '[' && fnmatch(pattern, name, 0) == 0))
			return true;
		names += part + 1;
	}
	return false;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

static bool line_has(const char *line, const char *name, const void *key, size_t key_bytes)
{
	const char *names = skip_blanks(line);
	size_t names_bytes = strcspn(names, " \t");
	const char *type = skip_blanks(names + names_bytes);
	const char *text = skip_blanks(type + strcspn(type, " \t"));
	AUTO(buffer) struct buffer raw = { 0 };

	if (*names == '#' || *names == '@' || !*text || !names_have(names, names_bytes, name))
		return false;
	return base64_decode(text, strcspn(text, " \t\r"), &raw, NULL) && raw.bytes == key_bytes &&
	       memcmp(raw.data, key, key_bytes) == 0;
}

bool known_hosts_have(
	const char *known_hosts, const char *host, unsigned port, const void *key, size_t key_bytes)
{
	char name[NAME_BYTES];

	if (port == SSH_PORT)
		snprintf(name, sizeof(name), "%s", host);
	else
		snprintf(name, sizeof(name), "[%s]:%u", host, port);
	while (*known_hosts) {
		size_t bytes = strcspn(known_hosts, "\n");
		AUTO(text) char *line = text_copy(known_hosts, bytes);

		if (line && line_has(line, name, key, key_bytes))
			return true;
		known_hosts += bytes + (known_hosts[bytes] == '\n');
	}
	return false;
}

/* TLS is judged by the library. Without known_hosts a host is believed, as ssh-keyscan would. */
int git_auth_check_host(git_cert *certificate, int is_valid UNUSED, const char *host, void *payload)
{
	struct git_auth *auth = payload;
	const git_cert_hostkey *key = (const git_cert_hostkey *)(const void *)certificate;
	AUTO(buffer) struct buffer known = { 0 };
	char path[4096];

	if (certificate->cert_type != GIT_CERT_HOSTKEY_LIBSSH2)
		return GIT_PASSTHROUGH;
	if (!has_file(auth, "known_hosts", path, sizeof(path))) {
		log_warn("the key of the git host is not checked: the login has no known_hosts",
			LOG_STR("host", host));
		return 0;
	}
	if (!file_read(path, FILE_BYTES, &known, &auth->why))
		return GIT_EUSER;
	if ((key->type & GIT_CERT_SSH_RAW) && known.data &&
		known_hosts_have(
			known.data, auth->host, auth->port, key->hostkey, key->hostkey_len))
		return 0;
	return refuse(auth, ERR_DENIED,
		"the git host shows a key that known_hosts of gitAuthSecretRef does not have");
}
