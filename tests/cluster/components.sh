# What the test cluster is made of: for each component its version, its Go module and the programs built from it.
# Sourced by build, pin and up after `versions`. Adding a component: a version in `versions`, a line here, then `pin`.
# shellcheck shell=bash

# shellcheck source=tests/cluster/versions
. "$(dirname "${BASH_SOURCE[0]}")/versions"

SANDGATE_CACHE=${SANDGATE_CACHE:-$HOME/.cache/sandgate}

# component | version | Go module | programs: binary=package, package relative to the module ("." is the module itself, "./" a
# program of ours beside its go.mod)
component_table() {
	local kubernetes=k8s.io/kubernetes agent_sandbox=sigs.k8s.io/agent-sandbox version

	cat <<-TABLE
		etcd|$ETCD_VERSION|go.etcd.io/etcd/server/v3|etcd=.
		kube-apiserver|$KUBERNETES_VERSION|$kubernetes|kube-apiserver=cmd/kube-apiserver
		kubectl|$KUBERNETES_VERSION|$kubernetes|kubectl=cmd/kubectl
		kube-controller-manager|$KUBERNETES_VERSION|$kubernetes|kube-controller-manager=cmd/kube-controller-manager
		kube-scheduler|$KUBERNETES_VERSION|$kubernetes|kube-scheduler=cmd/kube-scheduler
		kubelet|$KUBERNETES_VERSION|$kubernetes|kubelet=cmd/kubelet
		kube-proxy|$KUBERNETES_VERSION|$kubernetes|kube-proxy=cmd/kube-proxy
		coredns|$COREDNS_VERSION|github.com/coredns/coredns|coredns=.
		registry|$REGISTRY_VERSION|github.com/distribution/distribution/v3|registry=cmd/registry
		crane|$CRANE_VERSION|github.com/google/go-containerregistry|crane=cmd/crane
		helm3|$HELM3_VERSION|helm.sh/helm/v3|helm=cmd/helm
		helm4|$HELM4_VERSION|helm.sh/helm/v4|helm4=cmd/helm
		cert-manager|$CERT_MANAGER_VERSION|github.com/cert-manager/cert-manager|cert-manager=./
	TABLE
	for version in $AGENT_SANDBOX_VERSION $AGENT_SANDBOX_OTHER_VERSIONS; do
		echo "agent-sandbox|$version|$agent_sandbox|agent-sandbox-controller=cmd/agent-sandbox-controller"
	done
}

# The import path of a package of the table.
import_path() {
	local module=$1 package=$2

	case $package in
	.) echo "$module" ;;
	./) echo . ;;
	*) echo "$module/$package" ;;
	esac
}

# The folder below modules/ that pins a component: Kubernetes' programs share one, agent-sandbox has one per version.
module_folder() {
	local component=$1 version=$2 module=$3

	case $module in
	k8s.io/kubernetes) echo kubernetes ;;
	sigs.k8s.io/agent-sandbox) echo "$component-$version" ;;
	*) echo "$component" ;;
	esac
}

# module folder | Go module | version | packages: the same table by module folder
module_table() {
	local component version module program folder

	component_table | while IFS='|' read -r component version module program; do
		folder=$(module_folder "$component" "$version" "$module")
		echo "$folder|$module|$version ${program#*=}"
	done | awk -F'[| ]' '
		!($1 in packages) { order[++count] = $1; head[$1] = $1 "|" $2 "|" $3 }
		{ packages[$1] = packages[$1] " " $4 }
		END { for (i = 1; i <= count; i++) print head[order[i]] "|" packages[order[i]] }'
}
