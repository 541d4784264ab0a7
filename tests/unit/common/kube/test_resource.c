#include "kube/resource.h"
#include "support/suite.h"

#include <stdlib.h>

static const struct {
	const char *spec;
	const struct kube_resource *resource;
	const char *ns, *name, *subresource, *path;
} paths[] = {
	{ "core, one object", &kube_secrets, "n", "s", NULL, "/api/v1/namespaces/n/secrets/s" },
	{ "core, a namespace's", &kube_pods, "n", NULL, NULL, "/api/v1/namespaces/n/pods" },
	{ "core, all namespaces'", &kube_pods, NULL, NULL, NULL, "/api/v1/pods" },
	{ "a group", &kube_leases, "n", "l", NULL,
		"/apis/coordination.k8s.io/v1/namespaces/n/leases/l" },
	{ "a subresource", &kube_sandbox_agents, "n", "a", "status",
		"/apis/kagent.dev/v1alpha2/namespaces/n/sandboxagents/a/status" },
	{ "cluster-scoped: the namespace does not count", &kube_namespaces, "n", "x", NULL,
		"/api/v1/namespaces/x" },
	{ "a name is one segment, whatever is in it", &kube_secrets, "n", "a/../b?c#d", NULL,
		"/api/v1/namespaces/n/secrets/a%2F..%2Fb%3Fc%23d" },
	{ "no name climbs up", &kube_secrets, "..", ".", NULL,
		"/api/v1/namespaces/%2E%2E/secrets/%2E" },
};

START_TEST(paths_follow_the_api_conventions)
{
	AUTO(buffer) struct buffer out = { 0 };

	kube_path(&out, paths[_i].resource, paths[_i].ns, paths[_i].name, paths[_i].subresource);
	ck_assert_msg(strcmp(out.data, paths[_i].path) == 0, "%s: %s", paths[_i].spec, out.data);
}
END_TEST

START_TEST(queries_are_encoded)
{
	AUTO(buffer) struct buffer out = { 0 };

	kube_query(&out, "labelSelector", "a=b,c in (d, e)");
	kube_query(&out, "nothing", NULL);
	kube_query(&out, "x", "&");
	ck_assert_str_eq(out.data, "labelSelector=a%3Db%2Cc%20in%20%28d%2C%20e%29&x=%26");
}
END_TEST

START_TEST(api_versions_have_their_group)
{
	char text[64];

	kube_api_version(&kube_secrets, text, sizeof(text));
	ck_assert_str_eq(text, "v1");
	kube_api_version(&kube_sandboxes_v1beta1, text, sizeof(text));
	ck_assert_str_eq(text, "agents.x-k8s.io/v1beta1");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resource");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, paths_follow_the_api_conventions, 0, (int)COUNT(paths));
	tcase_add_test(tcase, queries_are_encoded);
	tcase_add_test(tcase, api_versions_have_their_group);
	return suite_run(suite);
}
