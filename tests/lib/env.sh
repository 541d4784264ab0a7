# Puts the tools of the test cluster on the PATH: kubectl, helm (version 3), helm4, crane, etcd, kube-apiserver and the
# other programs that tests/cluster/build made, and Go, Node and uv where tests/lib/install.sh had to install them.
# Sets the two places every test script uses:
#   SANDGATE_CACHE  what was built or downloaded, by version; survives everything
#   SANDGATE_STATE  the running cluster: kubeconfig, logs/, pids/, hosts.d/; gone after tests/cluster/down
# Sourced, from bash, any number of times.
# shellcheck shell=bash

# shellcheck source=tests/cluster/components.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cluster/components.sh"

export SANDGATE_CACHE
export SANDGATE_STATE=${SANDGATE_STATE:-/run/sandgate-cluster}

sandgate_add_to_path() {
	case :$PATH: in
	*":$1:"*) ;;
	*) PATH=$1:$PATH ;;
	esac
}

while IFS='|' read -r sandgate_component sandgate_version _; do
	sandgate_add_to_path "$SANDGATE_CACHE/$sandgate_component-$sandgate_version"
done < <(component_table | grep -v '^agent-sandbox|')
sandgate_add_to_path "$SANDGATE_CACHE/tools/bin"
unset sandgate_component sandgate_version
export PATH
