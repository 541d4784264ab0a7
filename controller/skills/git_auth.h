/* Who we are at a git server, and whether it is who it should be. Inside this room. */
#ifndef SKILLS_GIT_AUTH_H
#define SKILLS_GIT_AUTH_H

#include "base/error.h"

#include <git2.h>

struct git_auth {
	const char *folder; /* ssh-privatekey, known_hosts, token; NULL = no login; borrowed */
	bool is_ssh;
	bool is_https;
	char host[256];
	unsigned port; /* of ssh */
	int asked; /* how often the login was asked for: a second time means it was refused */
	struct error why; /* what we refused; code ERR_NONE when nothing */
};

/* Looks at the URL: https, http, ssh (also git+ssh and user@host:path) and git. ERR_INVALID otherwise. */
MUST_USE bool git_auth_init(
	struct git_auth *auth, const char *url, const char *folder, struct error *err);

/* libgit2's callbacks; the payload is the struct git_auth. */
int git_auth_login(
	git_credential **out, const char *url, const char *user, unsigned allowed, void *payload);
int git_auth_check_host(git_cert *certificate, int is_valid, const char *host, void *payload);

/*
 * True when a line of `known_hosts` (its text) names `host` and `port` with this key. Plain names, patterns, [host]:port, hashed names.
 * Source: OpenSSH sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
 */
bool known_hosts_have(const char *known_hosts, const char *host, unsigned port, const void *key,
	size_t key_bytes);

#endif
