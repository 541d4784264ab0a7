# What the story of tests/quickstart.sh is played on: a cluster with the images, the model and the sites, and the way
# back to how the machine was. Sourced by tests/quickstart.sh, which sets $keep and $helm_program. The other end-to-end
# tests begin with `stage_for_test`, which gives them an installed release on the cluster that tests/run.sh brought up.
# shellcheck shell=bash disable=SC2154,SC2034 # $keep, $helm_program, $skill_image; $story_folder is story.sh's

# shellcheck source=tests/images/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../images/lib.sh"
# shellcheck source=tests/cluster/state.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cluster/state.sh"

own_cluster=no      # the cluster is that of tests/cluster
made_cluster=no     # and it was not there before
port_forward=''     # process id
push_options=(--quiet)

uses_real_model() {
	[ -n "${OPENAI_API_KEY:-}" ]
}

stand_in_page() {
	curl -sS --max-time 5 --cacert "$("$images_dir/test-ca")/ca.crt" --resolve "api.github.com:443:$node_ip" \
		https://api.github.com/zen
}

# The story's `buildah` keeps its images in the tests' cache.
buildah() {
	builder "$@"
}

tell_duration() {
	local cold=()

	[ -x "$SANDGATE_CACHE/kube-apiserver-$KUBERNETES_VERSION/kube-apiserver" ] || cold+=("building a Kubernetes: 12 min")
	compgen -G "$IMAGE_CACHE/kagent-runtime-*.tar" >/dev/null || cold+=("making the image of the agents: 4 min")
	compgen -G "$IMAGE_CACHE/sandgate-controller-*.tar" >/dev/null || cold+=("building sandgate's images: 5 min")
	chapter "sandgate, from helm install to a denied curl"
	explain "The story itself takes about 2 minutes on two cores."
	[ ${#cold[@]} -eq 0 ] || explain "Before it, once on this machine and then kept in $SANDGATE_CACHE:" "${cold[@]/#/  }"
}

# The images that pods will ask for, put into the node: nothing is pulled from anywhere.
load_images() {
	local image archive

	for image in "$@"; do
		# shellcheck disable=SC2086 # a script and its argument
		archive=$(tests/images/$image) || die "there is no image of $image"
		tests/cluster/load-image "$archive" >/dev/null
	done
}

prepare_own_cluster() {
	own_cluster=yes
	tell_duration
	tests/lib/install.sh build cluster e2e
	if [ ! -e "$SANDGATE_STATE/ready" ]; then
		tests/cluster/up >/dev/null
		made_cluster=yes
	fi
	export KUBECONFIG=$SANDGATE_STATE/kubeconfig
	load_images agent-runtime "product webhook" "product controller"
	uses_real_model || tests/fakes/up
	skill_image=registry.sandgate.test:5000/skills/curl:1.0.0
	push_options+=(--tls-verify=false)
}

prepare_given_cluster() {
	chapter "sandgate, from helm install to a denied curl"
	explain "On the cluster of KUBECONFIG=$KUBECONFIG. The story takes about 2 minutes and the time to pull a 1 GB image."
	uses_real_model || die "set OPENAI_API_KEY: the stand-in for a model cannot be reached from that cluster"
	: "${SANDGATE_SKILL_REGISTRY:?set it to the REGISTRY/PATH that the skill is pushed to}"
	skill_image=$SANDGATE_SKILL_REGISTRY/curl:1.0.0
	tests/lib/install.sh e2e
	tests/cluster/build kubectl helm3 helm4
	kubectl get crd sandboxes.agents.x-k8s.io >/dev/null ||
		die "that cluster has no agent-sandbox (no CRD sandboxes.agents.x-k8s.io)"
}

# An earlier run that was kept, or cut off, leaves a release behind: the story begins with `helm install`.
remove_earlier_release() {
	"$helm_program" status sandgate -n kagent >/dev/null 2>&1 || return 0
	say "sandgate is installed already: removing it, to begin at the beginning"
	remove_release
}

remove_release() {
	kubectl -n kagent delete sandboxagents --all --timeout=90s >/dev/null 2>&1 || true
	"$helm_program" uninstall sandgate -n kagent --wait --timeout 90s >/dev/null || true
}

prepare_stage() {
	if [ -n "${KUBECONFIG:-}" ]; then
		prepare_given_cluster
	else
		prepare_own_cluster
	fi
	remove_earlier_release
}

start_port_forward() {
	[ -z "$(ss -Hlnt 'sport = :8083')" ] || die "port 8083 is in use on this machine"
	printf '\n$ kubectl -n kagent port-forward svc/kagent-controller 8083:8083 &\n'
	kubectl -n kagent port-forward svc/kagent-controller 8083:8083 >"$story_folder/port-forward" 2>&1 </dev/null &
	port_forward=$!
	eventually "the port is there" 60 curl -s -o /dev/null http://localhost:8083/
	cat "$story_folder/port-forward"
}

# What helps most when the story ended badly.
show_state() {
	chapter "what the cluster says"
	{
		kubectl -n kagent get sandboxagents,sandboxes.agents.x-k8s.io,pods
		kubectl -n kagent get sandboxagent sandbox-agent -o jsonpath='{.status}{"\n"}'
		kubectl -n kagent get events --sort-by=.lastTimestamp | tail -n 15
		kubectl -n kagent logs -l app.kubernetes.io/instance=sandgate --all-containers --prefix --tail=15
	} 2>&1 | cut -c -300
}

leave() {
	local ended=$?

	trap - EXIT
	[ -z "$port_forward" ] || kill "$port_forward" 2>/dev/null || true
	if [ "$ended" -ne 0 ] && [ -n "${KUBECONFIG:-}" ]; then
		show_state || true
	fi
	if [ "$keep" = yes ]; then
		explain "" "Kept, as asked. To go on: export KUBECONFIG=${KUBECONFIG:-}"
		[ "$own_cluster" = no ] || explain "To end it: tests/cluster/down"
	elif [ "$made_cluster" = yes ]; then
		tests/cluster/down
	elif [ -n "${KUBECONFIG:-}" ]; then
		remove_release
	fi
	rm -rf "$story_folder"
	! declare -F finish >/dev/null || finish # that of claims.sh
	exit "$ended"
}

# Ready pods are one thing; that the node routes the Service's address to them follows a moment later.
webhook_answers() {
	kubectl apply --dry-run=server -f tests/manifests/agent-1-minimal.yaml
}

# stage_for_test [HELM-FLAG...]
stage_for_test() {
	helm_program=helm
	export KUBECONFIG=$SANDGATE_STATE/kubeconfig
	[ -e "$KUBECONFIG" ] || die "no cluster in $SANDGATE_STATE: run tests/cluster/up first"
	load_images agent-runtime "product webhook" "product controller"
	tests/fakes/up
	kubectl get crd sandboxes.agents.x-k8s.io >/dev/null 2>&1 || tests/cluster/agent-sandbox install
	remove_earlier_release
	helm install sandgate charts/sandgate -n kagent --create-namespace --wait --timeout 5m "$@" >/dev/null
	kubectl apply -f tests/manifests/model-scripted.yaml >/dev/null
	wait_for "the way to the webhook" 90 webhook_answers
	keep=no
	trap leave EXIT
}
