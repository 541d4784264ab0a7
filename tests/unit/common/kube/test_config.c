#include "kube/config.h"

#include "base/text.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test-config-XXXXXX";

static const char *path_of(const char *name)
{
	static char paths[8][160];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static const char *put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
	return path_of(name);
}

#define CONTEXT(user)                                                                              \
	"contexts: [{name: c, context: {cluster: k, user: " user ", namespace: ns}}]\n"
#define CLUSTER                                                                                    \
	"clusters: [{name: k, cluster: {server: 'https://198.51.100.7:6443/', "                    \
	"certificate-authority-data: Q0E=}}]\n"
#define USER(body) "users: [{name: u, user: {" body "}}]\n"
#define CURRENT    "current-context: c\n"

START_TEST(a_whole_file_is_read)
{
	struct kube_config config = { 0 };
	struct error err;
	const char *path = put("whole",
		CURRENT CONTEXT("u") CLUSTER USER(
			"client-certificate-data: Q0VSVA==, client-key-data: S0VZ, token: t"));

	ck_assert_msg(kube_config_load(path, NULL, &config, &err), "%s", err.text);
	ck_assert_str_eq(config.server, "https://198.51.100.7:6443");
	ck_assert_str_eq(config.default_namespace, "ns");
	ck_assert_str_eq(config.ca_pem, "CA");
	ck_assert_str_eq(config.cert_pem, "CERT");
	ck_assert_str_eq(config.key_pem, "KEY");
	ck_assert_str_eq(config.token, "t");
	ck_assert(!config.insecure);
	kube_config_fini(&config);
	ck_assert_ptr_null(config.server);
}
END_TEST

START_TEST(files_lie_beside_the_file_that_names_them)
{
	struct kube_config config = { 0 };
	struct error err;
	const char *path;

	put("ca.pem", "file CA");
	put("cert.pem", "file CERT");
	put("key.pem", "file KEY");
	path = put("files", CURRENT
		"contexts: [{name: c, context: {cluster: k, user: u}}]\n"
		"clusters: [{name: k, cluster: {server: 'http://h', certificate-authority: ca.pem, "
		"insecure-skip-tls-verify: true}}]\n" USER(
			"client-certificate: cert.pem, client-key: "
			"key.pem, tokenFile: token"));
	ck_assert_msg(kube_config_load(path, NULL, &config, &err), "%s", err.text);
	ck_assert_str_eq(config.ca_pem, "file CA");
	ck_assert_str_eq(config.cert_pem, "file CERT");
	ck_assert_str_eq(config.key_pem, "file KEY");
	ck_assert_str_eq(config.token_file, path_of("token"));
	ck_assert_str_eq(config.default_namespace, "default");
	ck_assert(config.insecure);
	kube_config_fini(&config);
}
END_TEST

static const struct {
	const char *spec, *text, *context;
	enum error_code code;
	const char *says;
} bad[] = {
	{ "no current context", CONTEXT("u") CLUSTER USER("token: t"), NULL, ERR_INVALID,
		"current-context" },
	{ "a context that is not there", CURRENT CONTEXT("u") CLUSTER USER("token: t"), "other",
		ERR_INVALID, "\"other\"" },
	{ "a cluster that is not there", CURRENT CONTEXT("u") USER("token: t"), NULL, ERR_INVALID,
		"\"k\" in clusters" },
	{ "a user that is not there", CURRENT CONTEXT("v") CLUSTER USER("token: t"), NULL,
		ERR_INVALID, "\"v\" in users" },
	{ "a server that is no URL",
		CURRENT CONTEXT("u") "clusters: [{name: k, cluster: {server: h}}]\n" USER(
			"token: t"),
		NULL, ERR_INVALID, "server must be" },
	{ "an exec plugin", CURRENT CONTEXT("u") CLUSTER USER("exec: {command: x}"), NULL,
		ERR_UNSUPPORTED, "exec is not" },
	{ "an auth provider", CURRENT CONTEXT("u") CLUSTER USER("auth-provider: {name: x}"), NULL,
		ERR_UNSUPPORTED, "auth-provider is not" },
	{ "a password", CURRENT CONTEXT("u") CLUSTER USER("username: a, password: b"), NULL,
		ERR_UNSUPPORTED, "username is not" },
	{ "impersonation", CURRENT CONTEXT("u") CLUSTER USER("token: t, as: b"), NULL,
		ERR_UNSUPPORTED, "as is not" },
	{ "a certificate without its key",
		CURRENT CONTEXT("u") CLUSTER USER("client-certificate-data: Q0E="), NULL,
		ERR_INVALID, "go together" },
	{ "data that is no base64",
		CURRENT CONTEXT("u") CLUSTER USER("client-certificate-data: '*'"), NULL,
		ERR_INVALID, "client-certificate-data" },
	{ "a file that is not there",
		CURRENT CONTEXT("u") CLUSTER USER("client-certificate: nowhere.pem"), NULL,
		ERR_NOT_FOUND, "nowhere.pem" },
	{ "no YAML", "a: [", NULL, ERR_INVALID, "kubeconfig" },
	{ "a list", "[a]", NULL, ERR_INVALID, "not a mapping" },
	{ "nothing", "", NULL, ERR_NOT_FOUND, "nothing there" },
	{ "lists of the wrong kind", CURRENT "contexts: x\nclusters: {a: 1}\n", NULL, ERR_INVALID,
		"\"c\" in contexts" },
};

START_TEST(a_wrong_file_is_told_what_is_wrong)
{
	struct kube_config config = { 0 };
	struct error err = { 0 };
	const char *path = put("bad", bad[_i].text);

	ck_assert_msg(!kube_config_load(path, bad[_i].context, &config, &err), "%s", bad[_i].spec);
	ck_assert_msg(err.code == bad[_i].code, "%s: %s %s", bad[_i].spec,
		error_code_name(err.code), err.text);
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s: %s", bad[_i].spec, err.text);
	ck_assert_ptr_null(config.server);
}
END_TEST

START_TEST(of_several_files_the_first_counts)
{
	struct kube_config config = { 0 };
	struct error err;
	AUTO(text)
	char *list = text_format("%s:%s:%s", path_of("missing"),
		put("first", "users: [{name: u, user: {token: first}}]\n"),
		put("second", CURRENT CONTEXT("u") CLUSTER USER("token: second")));

	setenv("KUBECONFIG", list, 1);
	ck_assert_msg(kube_config_load(NULL, NULL, &config, &err), "%s", err.text);
	ck_assert_str_eq(config.token, "first");
	kube_config_fini(&config);
	unsetenv("KUBECONFIG");
}
END_TEST

START_TEST(without_a_path_the_home_folder_is_looked_into)
{
	struct kube_config config = { 0 };
	struct error err;

	unsetenv("KUBECONFIG");
	unsetenv("KUBERNETES_SERVICE_HOST");
	setenv("HOME", folder, 1);
	ck_assert(!kube_config_load(NULL, NULL, &config, &err));
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	mkdir(path_of(".kube"), 0700);
	put(".kube/config", CURRENT CONTEXT("u") CLUSTER USER("token: home"));
	ck_assert_msg(kube_config_load(NULL, NULL, &config, &err), "%s", err.text);
	ck_assert_str_eq(config.token, "home");
	kube_config_fini(&config);
}
END_TEST

START_TEST(a_pod_finds_its_service_account)
{
	struct kube_config config = { 0 };
	struct error err;

	unsetenv("KUBERNETES_SERVICE_HOST");
	ck_assert(!kube_config_load_in_cluster(folder, &config, &err));
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	setenv("KUBERNETES_SERVICE_HOST", "2001:db8::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "8443", 1);
	put("ca.crt", "pod CA");
	put("namespace", "here");
	ck_assert_msg(kube_config_load_in_cluster(folder, &config, &err), "%s", err.text);
	ck_assert_str_eq(config.server, "https://[2001:db8::1]:8443");
	ck_assert_str_eq(config.ca_pem, "pod CA");
	ck_assert_str_eq(config.default_namespace, "here");
	ck_assert_str_eq(config.token_file, path_of("token"));
	kube_config_fini(&config);
}
END_TEST

int main(void)
{
	static const char *const names[] = { "whole", "ca.pem", "cert.pem", "key.pem", "files",
		"bad", "first", "second", ".kube/config", ".kube", "ca.crt", "namespace" };
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("all");
	int status;

	if (!mkdtemp(folder))
		return EXIT_FAILURE;
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, a_whole_file_is_read);
	tcase_add_test(tcase, files_lie_beside_the_file_that_names_them);
	tcase_add_loop_test(tcase, a_wrong_file_is_told_what_is_wrong, 0, (int)COUNT(bad));
	tcase_add_test(tcase, of_several_files_the_first_counts);
	tcase_add_test(tcase, without_a_path_the_home_folder_is_looked_into);
	tcase_add_test(tcase, a_pod_finds_its_service_account);
	status = suite_run(suite);
	for (size_t i = 0; i < COUNT(names); i++)
		remove(path_of(names[i]));
	rmdir(folder);
	return status;
}
