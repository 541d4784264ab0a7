# What the benchmarks share: the programs, a control plane of their own, the figures of a process, tables. Sourced.
# shellcheck shell=bash

top=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
# shellcheck source=tests/lib/progress.sh
. "$top/tests/lib/progress.sh"
# shellcheck source=tests/lib/env.sh
. "$top/tests/lib/env.sh"
# shellcheck source=tests/lib/ports.sh
. "$top/tests/lib/ports.sh"
# shellcheck source=tests/cluster/versions
. "$top/tests/cluster/versions"

BENCH_RUNS=${BENCH_RUNS:-3}
bench_build=${SANDGATE_BENCH_BUILD:-$top/build/bench}
bin=$bench_build/bin
work=$(mktemp -d)
state=$work/cluster
pids=()

build_programs() {
	cmake -S "$top" -B "$bench_build" -G Ninja -DCMAKE_BUILD_TYPE=Release >"$work/build.log" &&
		step "build the programs" "2 min" cmake --build "$bench_build" -j2 \
			--target sandgate-webhook sandgate-controller bench_driver
}

clean_up() {
	local pid

	for pid in "${pids[@]}"; do
		kill -TERM "$pid" 2>/dev/null || true
	done
	[ ! -e "$state/mode" ] || "$top/tests/cluster/down" --state "$state" >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap clean_up EXIT

machine_line() {
	printf '%s, %d CPUs, %s, load %s\n\n' "$(date -u +%FT%TZ)" "$(nproc)" \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(cut -d' ' -f1-3 /proc/loadavg)"
}

# --- figures ---

median() {
	sort -n | awk '{ v[NR] = $1 } END { if (NR) print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# percentile P: of the numbers on stdin
percentile() {
	sort -n | awk -v p="$1" '{ v[NR] = $1 } END { i = int(NR * p / 100 + 0.999999); print v[i < 1 ? 1 : i] }'
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'
}

now_ms() {
	local now=$EPOCHREALTIME

	echo $((${now/./} / 1000))
}

cpu_s() { # CPU seconds of a process so far, its threads and reaped children included
	awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%.2f\n", ($12 + $13 + $14 + $15) / hz }' "/proc/$1/stat"
}

rss_kib() {
	awk '$1 == "Rss:" { print $2 }' "/proc/$1/smaps_rollup"
}

pss_kib() {
	awk '$1 == "Pss:" { print $2 }' "/proc/$1/smaps_rollup"
}

peak_kib() {
	awk '$1 == "VmHWM:" { print $2 }' "/proc/$1/status"
}

mib() {
	awk -v kib="$1" 'BEGIN { printf "%.1f MiB", kib / 1024 }'
}

# row WHAT OURS PEER RATIO
row() {
	printf '%-46s %14s %14s %8s\n' "$1" "$2" "${3:--}" "${4:--}"
}

# --- a control plane with the product's CRDs and agent-sandbox's ---

control_plane_up() {
	"$top/tests/cluster/build" "agent-sandbox@$AGENT_SANDBOX_VERSION" >/dev/null
	"$top/tests/cluster/up" --state "$state" --control-plane-only >/dev/null 2>&1
	export KUBECONFIG=$state/kubeconfig
	kubectl create namespace kagent >/dev/null
	kubectl apply --server-side -f "$top/charts/sandgate/files/crds" \
		-f "$SANDGATE_CACHE/agent-sandbox-$AGENT_SANDBOX_VERSION/manifests/crds" >/dev/null
	wait_for "the CRDs" 120 kubectl get sandboxagents,sandboxes,modelconfigs -A
	kubectl create -f "$top/tests/bench/model.yaml" >/dev/null
}

control_plane_down() {
	"$top/tests/cluster/down" --state "$state" >/dev/null 2>&1
	rm -rf "$state"
}

# controller_start [OPTION...]: sets $controller, $health and $api, its HTTP address; returns when it is ready.
controller_start() {
	health=127.0.0.1:$(free_port)
	api=127.0.0.1:$(free_port)
	"$bin/sandgate-controller" --kubeconfig "$KUBECONFIG" --health-probe-bind-address "$health" \
		--http-server-address "$api" --database-path "$work/store.db" --log-level warn "$@" 2>>"$work/controller.log" &
	controller=$!
	pids+=("$controller")
	ready_wait "$controller" "$health"
}

controller_stop() {
	kill -TERM "$controller"
	wait "$controller" 2>/dev/null || true
}

# Returns when http://ADDRESS/readyz is 200; dies with the process.
ready_wait() {
	until curl -sf -o /dev/null "http://$2/readyz"; do
		kill -0 "$1" 2>/dev/null || die "it ended: $(tail -n 3 "$work"/*.log)"
		sleep 0.005
	done
}

metric() {
	curl -s "http://$health/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}
