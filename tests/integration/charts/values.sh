# What the chart makes of its values; no cluster is asked. Sourced by run.
# shellcheck shell=bash disable=SC2154 # $scratch and $helm are set elsewhere

# The CRDs in the chart are what the generator makes of their sources and of the pinned Kubernetes' own document.
generated_files() {
	local module

	module=$(cd tests/cluster/modules/kubernetes && go list -m -f '{{.Dir}}' k8s.io/kubernetes)
	check "the CRDs are what their sources say" \
		charts/crds/generate --check --openapi "$module/api/openapi-spec/v3/api__v1_openapi.json"
}

# Neither Helm here was told for which Kubernetes it was built.
render() {
	"$helm" template sandgate charts/sandgate -n kagent --kube-version 1.34.4 "$@"
}

rendered() {
	local text=$1

	shift
	render "$@" >"$scratch/rendered" && grep -qE -- "$text" "$scratch/rendered"
}

not_rendered() {
	local text=$1

	shift
	render "$@" >"$scratch/rendered" && ! grep -nE -- "$text" "$scratch/rendered"
}

# Every container of ours, and every pod, has the restricted settings.
is_hardened() {
	render >"$scratch/rendered"
	[ "$(grep -c 'allowPrivilegeEscalation: false' "$scratch/rendered")" -ge 2 ] &&
		python3 - "$scratch/rendered" <<'END'
import sys
import yaml

pods = [d["spec"]["template"]["spec"] for d in yaml.safe_load_all(open(sys.argv[1])) if d and d["kind"] == "Deployment"]
assert len(pods) == 2
for pod in pods:
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 65532
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] and security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"] and container["resources"]["limits"]
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
END
}

values() {
	local setting

	for helm in helm4 helm; do
		check "$helm lints the chart" "$helm" lint --strict charts/sandgate
		while read -r setting; do
			check "$helm refuses $setting" fails_with "values don't meet the specifications of the schema" \
				render --set "$setting"
		done <<-END
			webhook.failurePolicy=Never
			webhook.replicas=0
			webhook.timeoutSeconds=31
			controller.replicas=0
			controller.leaseDuration=1s
			controller.service.name=Kagent
			controller.watchNamespaces={Team_A}
			controller.authMode=none
			controller.manageAgents=true
			controller.passAuthorization=always
			image.tag=a:b
			image.pullPolicy=Sometimes
			agents.image.tag=
			agents.proxyUrl=proxy:8080
			crds.sandboxAgent.enabled=maybe
			crds.modelConfig.v1alpha3=true
			store.persistence.size=much
			store.persistence.accessMode=ReadOnlyMany
			store.postgres.enabled=true
			store.postgres.url=postgres://user:password@host/name
			store.postgres.maxConnections=0
			store.retention.sessions=forever
			logLevel=chatty
			nonsense=1
		END
	done
	check "the pods run without any privilege" is_hardened
	check "the controller's Service has the name agents know" rendered '^  name: kagent-controller$'
	check "skills are fetched by the controller's own image" rendered \
		'--skills-init-image=registry.example/a/sandgate-controller:v9$' \
		--set image.registry=registry.example --set image.repository=a --set image.tag=v9
	check "an image name may have no path" rendered 'image: localhost/sandgate-webhook:0.1.0$'
	check "labels of agent pods become one argument" rendered '"--default-agent-pod-labels=a=1,b=2"' \
		--set-string agents.podLabels.a=1 --set-string agents.podLabels.b=2
	check "the conversion is always there" rendered 'path: /convert'
	check "v1alpha3 is not served unless asked for, and the controller leaves it" not_rendered 'conversion-service'
	check "when it is, the controller looks after it" rendered '--conversion-service=sandgate-webhook' \
		--set crds.sandboxAgent.v1alpha3=true
	check "no CRD is rendered when the values say so" not_rendered '^kind: CustomResourceDefinition' \
		--set crds.sandboxAgent.enabled=false --set crds.modelConfig.enabled=false --set crds.remoteMCPServer.enabled=false
	check "no caBundle is rendered, so none is ever set back" not_rendered 'caBundle:'
	check "with a list of namespaces the controller has rights there only" namespaced_rights
	check "one replica of the webhook has no disruption budget" not_rendered 'kind: PodDisruptionBudget' \
		--set webhook.replicas=1
	check "a claim keeps the store when asked for" rendered 'claimName: sandgate-store' \
		--set store.persistence.enabled=true
	check "chats are kept for ever unless asked otherwise" rendered '--session-retention=0s$'
	check "or for as long as asked" rendered '--session-retention=90d$' --set store.retention.sessions=90d
	check "with PostgreSQL there is neither file nor claim" uses_postgres
	check "several replicas of the controller need a database" fails_with 'controller.replicas=2 needs store.postgres.enabled=true' \
		render --set controller.replicas=2
	check "with one they are elected, spread and kept" has_replicas
	check "one pod with a file is replaced, not joined" rendered '^    type: Recreate$'
	check "and holds no lease" not_rendered 'leader-elect|resources: .leases'
	check "a certificate of the user's takes every right from the webhook" not_rendered 'name: kagent-sandgate-webhook' \
		--set webhook.certificate.existingSecret=mine --set webhook.certificate.caBundle=QQ==
	check "its CA is rendered" rendered '^      caBundle: QQ==$' \
		--set webhook.certificate.existingSecret=mine --set webhook.certificate.caBundle=QQ==
	check "a certificate of the user's needs its CA" fails_with 'needs webhook.certificate.caBundle' \
		render --set webhook.certificate.existingSecret=mine
	check "cert-manager is asked for a certificate when it is to make it" rendered '^kind: Certificate$' \
		--set webhook.certificate.certManager.enabled=true
	check "by a CA of the release's" rendered '^  ca: {secretName: sandgate-webhook-ca}$' \
		--set webhook.certificate.certManager.enabled=true
	check "or by the user's issuer alone" issued_by_user
	check "cert-manager writes the CA into the CRD too" rendered 'cert-manager.io/inject-ca-from: kagent/sandgate-webhook$' \
		--set webhook.certificate.certManager.enabled=true --set crds.sandboxAgent.v1alpha3=true
	check "where RBAC is asked about callers, the controller may ask it" rendered '^    resources: .subjectaccessreviews.$' \
		--set controller.authMode=kubernetes
	check "elsewhere it may not" not_rendered subjectaccessreviews
	check "a user's token stays with the controller unless asked otherwise" rendered '--pass-authorization=false$'
	check "nobody manages agents through the HTTP API unless asked for" not_rendered '^    verbs: .create, update, delete.$'
	check "then the controller gets the right to" managed_by_rbac
	check "RBAC is asked only where users are known" fails_with 'manageAgents=rbac needs controller.authMode=kubernetes' \
		render --set controller.manageAgents=rbac
	check "and always asked where they are" fails_with 'write rbac' \
		render --set controller.manageAgents=everybody --set controller.authMode=kubernetes
	check "network policies come when asked for" rendered '^kind: NetworkPolicy' --set networkPolicy.enabled=true
}

managed_by_rbac() {
	rendered '--manage-agents=rbac$' --set controller.manageAgents=rbac --set controller.authMode=kubernetes &&
		[ "$(grep -B1 '^    verbs: .create, update, delete.$' "$scratch/rendered" | head -n 1)" = "    resources: [sandboxagents]" ]
}

issued_by_user() {
	rendered 'issuerRef: {"kind":"ClusterIssuer","name":"company"}$' --set webhook.certificate.certManager.enabled=true \
		--set webhook.certificate.certManager.issuerRef.name=company \
		--set webhook.certificate.certManager.issuerRef.kind=ClusterIssuer && ! grep -nE '^kind: Issuer|isCA' "$scratch/rendered"
}

# The URL comes from a Secret, so that no password is in the release.
uses_postgres() {
	rendered 'name: DATABASE_URL$' --set store.postgres.enabled=true --set store.postgres.urlSecret.name=database \
		--set store.persistence.enabled=true &&
		grep -A4 'name: DATABASE_URL$' "$scratch/rendered" | tr -d ' \n' |
		grep -qF 'valueFrom:secretKeyRef:name:databasekey:url' &&
		grep -q -- '--database-max-connections=4$' "$scratch/rendered" &&
		! grep -nE 'database-path|^kind: PersistentVolumeClaim|claimName: sandgate|/var/lib/sandgate' "$scratch/rendered"
}

has_replicas() {
	rendered '^  replicas: 3$' --set controller.replicas=3 --set store.postgres.enabled=true \
		--set store.postgres.urlSecret.name=database &&
		grep -q -- '--leader-elect=true$' "$scratch/rendered" &&
		grep -q 'resourceNames: .sandgate-controller.$' "$scratch/rendered" &&
		grep -q '^  sessionAffinity: ClientIP$' "$scratch/rendered" &&
		[ "$(grep -c '^    type: RollingUpdate$' "$scratch/rendered")" = 2 ] &&
		[ "$(grep -c '^kind: PodDisruptionBudget$' "$scratch/rendered")" = 2 ] &&
		[ "$(grep -c 'topologyKey: kubernetes.io/hostname$' "$scratch/rendered")" = 2 ]
}

namespaced_rights() {
	rendered '^  namespace: team-b$' --set 'controller.watchNamespaces={team-a,team-b}' &&
		! grep -A12 '^kind: ClusterRoleBinding' "$scratch/rendered" | grep -E 'name: kagent-sandgate-controller$'
}
