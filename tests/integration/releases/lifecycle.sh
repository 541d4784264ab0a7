# What Helm does with the chart over the life of a release, on an API server without nodes: no pod of ours runs, its
# writes are made in its name. $helm is the Helm to use. Sourced by run.
# shellcheck shell=bash disable=SC2154 # $scratch, $here and $helm are set elsewhere

crd=sandboxagents.kagent.dev
manager=sandgate-webhook

releases() {
	make_certificates
	check "$helm installs the chart" "$helm" install sandgate charts/sandgate -n kagent
	check "$helm: the release stays well under the 1 MiB of a Secret" release_is_small
	check "$helm: without a StorageClass the store is the pod's, and the notes say so" notes_say "are lost with it"
	check "$helm: the notes miss agent-sandbox" notes_say "agent-sandbox is not installed"
	[ "$helm" = helm ] || rights
	certificates_stay
	webhook_is_away
	removal_and_return
	# What does not depend on how Helm writes is shown with one of them.
	if [ "$helm" = helm ]; then
		storage
	else
		foreign_crds
	fi
}

make_certificates() {
	local name

	for name in a b; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj "/CN=$name" -days 2 \
			2>/dev/null | base64 -w0 >"$scratch/ca-$name"
	done
	certificate_a=$(cat "$scratch/ca-a")
}

release_is_small() {
	local bytes

	bytes=$(kubectl -n kagent get secret -l owner=helm,name=sandgate -o json | python3 -c '
import base64, json, sys
print(max(len(base64.b64decode(s["data"]["release"])) for s in json.load(sys.stdin)["items"]))')
	echo "$bytes bytes"
	[ "$bytes" -gt 10000 ] && [ "$bytes" -lt 524288 ]
}

notes_say() {
	"$helm" get notes sandgate -n kagent | grep -F -- "$1"
}

# can YES|NO COMPONENT VERB RESOURCE...
can() {
	local wanted=$1 component=$2

	shift 2
	[ "$(kubectl auth can-i --as "system:serviceaccount:kagent:sandgate-$component" "$@" 2>/dev/null)" = "$wanted" ]
}

rights() {
	local wanted component verb resource rest

	while read -r wanted component verb resource rest; do
		# shellcheck disable=SC2086 # options
		check "$helm: may the $component $verb $resource? $wanted" can "$wanted" "$component" "$verb" "$resource" $rest
	done <<-END
		yes webhook get secret/sandgate-webhook-tls -n kagent
		yes webhook create secrets -n kagent
		no webhook update lease/sandgate-webhook -n kagent
		yes webhook patch validatingwebhookconfiguration/sandgate-webhook
		yes webhook watch mutatingwebhookconfiguration/sandgate-webhook
		no webhook get secret/other -n kagent
		no webhook list secrets -n kagent
		no webhook patch validatingwebhookconfiguration/other
		yes webhook patch crd/$crd
		no webhook patch crd/modelconfigs.kagent.dev
		no webhook get sandboxagents -n kagent
		yes controller watch sandboxagents -A
		yes controller patch sandboxagents.kagent.dev --subresource=status -A
		yes controller delete pods -A
		yes controller watch crd/sandboxes.agents.x-k8s.io
		no controller update sandboxagents -A
		no controller create pods -A
		no controller watch crd/$crd
		no controller create clusterroles
		no controller get nodes
	END
	check "$helm: may the controller create Sandboxes? yes" equals true may_create_sandboxes
}

# kubectl asks in full only about kinds that the server has.
may_create_sandboxes() {
	kubectl create -o 'jsonpath={.status.allowed}' -f - <<-END
		apiVersion: authorization.k8s.io/v1
		kind: SubjectAccessReview
		spec:
		  user: system:serviceaccount:kagent:sandgate-controller
		  resourceAttributes: {group: agents.x-k8s.io, resource: sandboxes, verb: create, namespace: test}
	END
}

# As the webhook writes it: one field of each admission configuration.
write_certificates() {
	local bundle=$1 kind

	for kind in validating mutating; do
		kubectl patch "${kind}webhookconfiguration" sandgate-webhook --field-manager=$manager --type json \
			-p "[{\"op\":\"add\",\"path\":\"/webhooks/0/clientConfig/caBundle\",\"value\":\"$bundle\"}]" >/dev/null || return 1
	done
}

bundles() {
	kubectl get validatingwebhookconfiguration,mutatingwebhookconfiguration \
		-o 'jsonpath={range .items[*]}{.webhooks[0].clientConfig.caBundle}{" "}{end}'
}

certificates_stay() {
	check "$helm: the webhook writes its CA" write_certificates "$certificate_a"
	check "$helm upgrades" "$helm" upgrade sandgate charts/sandgate -n kagent --set webhook.timeoutSeconds=6
	check "$helm: an upgrade leaves the CA alone" equals "$certificate_a $certificate_a " bundles
	check "$helm: the webhook renews its CA" write_certificates "$(cat "$scratch/ca-b")"
	check "$helm rolls back" "$helm" rollback sandgate 1 -n kagent
	check "$helm: a rollback brings no old CA back" equals "$(cat "$scratch/ca-b") $(cat "$scratch/ca-b") " bundles
}

# No pod answers here, so this is what a dead webhook means.
webhook_is_away() {
	agent '{declarative: {systemMessage: m}}' >"$scratch/agent"
	check "$helm: without the webhook a SandboxAgent is refused" fails_with 'failed calling webhook' \
		kubectl create -f "$scratch/agent"
	check "$helm: other kinds never notice" kubectl create --dry-run=server -f - < <(model "{model: m}")
	check "$helm: failurePolicy Ignore lets it through" let_through
	check "$helm: Fail is back" "$helm" upgrade sandgate charts/sandgate -n kagent --set webhook.failurePolicy=Fail
	check "$helm: reading works" kubectl get sandboxagents -A
	check "$helm: an object that is being deleted can lose its finalizer" loses_finalizer
}

let_through() {
	"$helm" upgrade sandgate charts/sandgate -n kagent --set webhook.failurePolicy=Ignore --set webhook.timeoutSeconds=1 &&
		soon kubectl create -f "$scratch/agent" &&
		kubectl -n test patch sandboxagent a --type merge -p '{"metadata":{"finalizers":["example.com/wait"]}}'
}

loses_finalizer() {
	sed 's/name: a/name: b/' "$scratch/agent" >"$scratch/other"
	kubectl -n test delete sandboxagent a --wait=false &&
		soon fails_with 'failed calling webhook' kubectl -n test create --dry-run=server -f "$scratch/other" &&
		kubectl -n test patch sandboxagent a --type merge -p '{"metadata":{"finalizers":null}}' &&
		fails_with NotFound kubectl -n test get sandboxagent a
}

removal_and_return() {
	check "$helm: an agent is stored" store_agent
	check "$helm uninstalls" "$helm" uninstall sandgate -n kagent
	check "$helm: the CRDs stay" equals 3 count crd
	check "$helm: nothing intercepts any more" equals 0 count validatingwebhookconfiguration,mutatingwebhookconfiguration
	check "$helm: agents can be read" kubectl -n test get sandboxagents.v1alpha2.kagent.dev a
	check "$helm: agents can be changed" kubectl -n test patch sandboxagent a --type merge -p '{"spec":{"description":"x"}}'
	check "$helm: the same release takes the CRDs back" "$helm" install sandgate charts/sandgate -n kagent
	check "$helm: and says nothing of them" fails_with "" notes_say "was left alone"
	check "$helm: agents can be deleted" kubectl -n test delete sandboxagent a
	check "$helm uninstalls again" "$helm" uninstall sandgate -n kagent
}

store_agent() {
	kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration sandgate-webhook &&
		soon kubectl create -f "$scratch/agent" &&
		"$helm" upgrade sandgate charts/sandgate -n kagent
}

count() {
	kubectl get "$1" -o name | wc -l
}

foreign_crds() {
	kubectl annotate crd modelconfigs.kagent.dev meta.helm.sh/release-name=kagent-crds --overwrite >/dev/null
	kubectl annotate crd $crd meta.helm.sh/release-name- meta.helm.sh/release-namespace- >/dev/null
	kubectl label crd modelconfigs.kagent.dev $crd helm.sh/chart=foreign --overwrite >/dev/null
	check "$helm installs beside the CRDs of others" "$helm" install sandgate charts/sandgate -n kagent
	check "$helm: it leaves them alone" equals "foreign foreign" kubectl get crd modelconfigs.kagent.dev $crd \
		-o 'jsonpath={.items[0].metadata.labels.helm\.sh/chart} {.items[1].metadata.labels.helm\.sh/chart}'
	check "$helm: it says whose they are" notes_say "it belongs to release kagent-crds in namespace kagent"
	check "$helm: and that one is nobody's" notes_say "it was there before and belongs to no release"
	check "$helm: its own is its own" equals sandgate kubectl get crd remotemcpservers.kagent.dev \
		-o 'jsonpath={.metadata.annotations.meta\.helm\.sh/release-name}'
	check "$helm refuses when told to bring it all the same" fails_with 'exists and cannot be imported' \
		"$helm" upgrade sandgate charts/sandgate -n kagent --set crds.modelConfig.enabled=true
	"$helm" uninstall sandgate -n kagent >/dev/null
}

storage() {
	kubectl create -f - >/dev/null <<-END
		apiVersion: storage.k8s.io/v1
		kind: StorageClass
		metadata: {name: usual, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
		provisioner: example.com/none
	END
	check "$helm installs where there is a default StorageClass" "$helm" install sandgate charts/sandgate -n kagent
	check "$helm: the store is on a claim" equals sandgate-store kubectl -n kagent get deploy sandgate-controller \
		-o 'jsonpath={.spec.template.spec.volumes[0].persistentVolumeClaim.claimName}'
	kubectl delete storageclass usual >/dev/null
	check "$helm upgrades when the class is gone" "$helm" upgrade sandgate charts/sandgate -n kagent --set logLevel=warn
	check "$helm: the store is still on its claim" equals sandgate-store kubectl -n kagent get deploy sandgate-controller \
		-o 'jsonpath={.spec.template.spec.volumes[0].persistentVolumeClaim.claimName}'
	"$helm" uninstall sandgate -n kagent >/dev/null
	check "$helm: the claim outlives the release" kubectl -n kagent get pvc sandgate-store
	kubectl -n kagent patch pvc sandgate-store --type merge -p '{"metadata":{"finalizers":null}}' >/dev/null
	kubectl -n kagent delete pvc sandgate-store >/dev/null
}
