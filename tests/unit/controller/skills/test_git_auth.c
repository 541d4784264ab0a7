#include "skills/git_auth.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *spec, *url, *host; /* host NULL: refused */
	unsigned port;
	bool is_ssh, is_https;
} urls[] = {
	{ "https", "https://git.example/org/repo.git", "git.example", 22, false, true },
	{ "https with a port", "https://git.example:8443/org/repo", "git.example", 8443, false,
		true },
	{ "https with a user", "https://user@git.example/org/repo", "git.example", 22, false,
		true },
	{ "http", "http://git.example/repo", "git.example", 22, false, false },
	{ "ssh", "ssh://git@git.example/org/repo", "git.example", 22, true, false },
	{ "ssh with a port", "ssh://git@git.example:2222/org/repo", "git.example", 2222, true,
		false },
	{ "ssh to an IPv6 address", "ssh://git@[2001:db8::1]:2222/repo", "2001:db8::1", 2222, true,
		false },
	{ "git+ssh", "git+ssh://git.example/repo", "git.example", 22, true, false },
	{ "as scp writes it", "git@git.example:org/repo.git", "git.example", 22, true, false },
	{ "git's own", "git://git.example/repo", "git.example", 22, false, false },
	{ "a file of this machine", "file:///etc", NULL, 0, false, false },
	{ "a path of this machine", "/etc", NULL, 0, false, false },
	{ "a path beside us", "../repo", NULL, 0, false, false },
	{ "a colon in a path", "./a@b:c", NULL, 0, false, false },
	{ "an external transport", "ext::sh -c id", NULL, 0, false, false },
	{ "no host", "https:///repo", NULL, 0, false, false },
	{ "nothing", "", NULL, 0, false, false },
};

START_TEST(only_git_servers_are_asked)
{
	struct git_auth auth;
	struct error err;
	bool ok = git_auth_init(&auth, urls[_i].url, NULL, &err);

	ck_assert_msg(ok == (urls[_i].host != NULL), "%s", urls[_i].spec);
	if (!ok)
		return;
	ck_assert_msg(strcmp(auth.host, urls[_i].host) == 0, "%s: %s", urls[_i].spec, auth.host);
	ck_assert_msg(auth.port == urls[_i].port, "%s: %u", urls[_i].spec, auth.port);
	ck_assert_msg(auth.is_ssh == urls[_i].is_ssh && auth.is_https == urls[_i].is_https, "%s",
		urls[_i].spec);
}
END_TEST

static const char key[] = "\0\0\0\013ssh-ed25519KEYBYTES";
#define KEY   "AAAAC3NzaC1lZDI1NTE5S0VZQllURVM="
#define OTHER "AAAAC3NzaC1lZDI1NTE5T1RIRVJLRVk="

static const struct {
	const char *spec, *file, *host;
	unsigned port;
	bool known;
} hosts[] = {
	{ "by name", "git.example ssh-ed25519 " KEY "\n", "git.example", 22, true },
	{ "with a comment behind", "git.example ssh-ed25519 " KEY " me@here", "git.example", 22,
		true },
	{ "one of several names", "a.example,git.example,192.0.2.1 ssh-ed25519 " KEY, "git.example",
		22, true },
	{ "in the second line",
		"# hosts\na.example ssh-ed25519 " OTHER "\ngit.example ssh-ed25519 " KEY,
		"git.example", 22, true },
	{ "by pattern", "*.example ssh-ed25519 " KEY, "git.example", 22, true },
	{ "hashed", "|1|MDEyMzQ1Njc4OTAxMjM0NTY3ODk=|7aagekuyGj4Eo8YWHUb4g9AienA= ssh-ed25519 " KEY,
		"git.example", 22, true },
	{ "with a port", "[git.example]:2222 ssh-ed25519 " KEY, "git.example", 2222, true },
	{ "hashed with a port",
		"|1|MDEyMzQ1Njc4OTAxMjM0NTY3ODk=|KKY7HbbYWda21joZ1/Qmv5ZlST8= ssh-ed25519 " KEY,
		"git.example", 2222, true },
	{ "another key", "git.example ssh-ed25519 " OTHER, "git.example", 22, false },
	{ "another host", "git.example ssh-ed25519 " KEY, "evil.example", 22, false },
	{ "another port", "[git.example]:2222 ssh-ed25519 " KEY, "git.example", 22, false },
	{ "another hash",
		"|1|MDEyMzQ1Njc4OTAxMjM0NTY3ODk=|AAagekuyGj4Eo8YWHUb4g9AienA= ssh-ed25519 " KEY,
		"git.example", 22, false },
	{ "a key of a revoked line", "@revoked git.example ssh-ed25519 " KEY, "git.example", 22,
		false },
	{ "a comment", "#git.example ssh-ed25519 " KEY, "git.example", 22, false },
	{ "a line without a key", "git.example ssh-ed25519", "git.example", 22, false },
	{ "a broken hash", "|1| ssh-ed25519 " KEY, "git.example", 22, false },
	{ "a key that is no base64", "git.example ssh-ed25519 *", "git.example", 22, false },
	{ "an empty file", "", "git.example", 22, false },
};

START_TEST(known_hosts_are_known)
{
	ck_assert_msg(known_hosts_have(hosts[_i].file, hosts[_i].host, hosts[_i].port, key,
			      sizeof(key) - 1) == hosts[_i].known,
		"%s", hosts[_i].spec);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("git_auth");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, only_git_servers_are_asked, 0, (int)COUNT(urls));
	tcase_add_loop_test(tcase, known_hosts_are_known, 0, (int)COUNT(hosts));
	return suite_run(suite);
}
