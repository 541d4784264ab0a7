# An API server of one's own for a story about the chart, and the words in which it reports. Sourced by `run`, which sets
# $helm before it uses Helm.
#
#   check NAME COMMAND...       ok or not ok; what COMMAND wrote is shown when it fails
#   fails_with TEXT COMMAND...  COMMAND fails and says TEXT
#   equals WANTED COMMAND...    COMMAND prints WANTED
#   soon COMMAND...             COMMAND succeeds in a minute: the API server takes changed webhooks and schemas up a moment later
#
# $scratch is a folder for this run; $failed is the exit status of it all.
# shellcheck shell=bash disable=SC2034,SC2317 # read, and called, elsewhere

# shellcheck source=tests/lib/env.sh
. tests/lib/env.sh
tests/cluster/build etcd kube-apiserver kubectl helm3 helm4

failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sandgate-charts.XXXXXX")
leave() {
	tests/cluster/down --state "$scratch/cluster" || true
	rm -rf "$scratch"
}
trap leave EXIT
tests/cluster/up --state "$scratch/cluster" --control-plane-only
export KUBECONFIG=$scratch/cluster/kubeconfig
# kubectl's memory of what a server serves would outlive the server.
export KUBECACHEDIR=$scratch/kubectl-cache
kubectl create namespace kagent
kubectl create namespace test

check() {
	local name=$1

	shift
	if "$@" >"$scratch/out" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		sed 's/^/    | /' "$scratch/out" | cut -c -600
		failed=1
	fi
}

fails_with() {
	local text=$1 said

	shift
	if said=$("$@" 2>&1); then
		echo "it was accepted"
		return 1
	fi
	grep -qF -- "$text" <<<"$said" || {
		echo "wanted: $text"
		echo "$said"
		return 1
	}
}

soon() {
	local until=$((SECONDS + 60))

	until "$@"; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.2
	done
}

equals() {
	local wanted=$1 got

	shift
	got=$("$@") || return 1
	[ "$got" = "$wanted" ] || {
		echo "wanted: $wanted"
		echo "got:    $got"
		return 1
	}
}

# agent SPEC, model SPEC, server SPEC : an object named test/a with this spec, in YAML
object() {
	printf 'apiVersion: kagent.dev/v1alpha2\nkind: %s\nmetadata: {name: a, namespace: test}\nspec: %s\n' "$1" "$2"
}

agent() {
	object SandboxAgent "$1"
}

model() {
	object ModelConfig "$1"
}

server() {
	object RemoteMCPServer "$1"
}
