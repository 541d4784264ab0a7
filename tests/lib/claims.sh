# What integration tests are written with: claims about the product, each one result line. Sourced.
#
#   claim NAME COMMAND...     runs COMMAND, prints "ok NAME" or "not ok NAME" with what it said
#   within SECONDS COMMAND... true as soon as COMMAND is, false after SECONDS
#   started PID               this process is stopped at the end
#   claims_end                exits 1 when a claim was not true
#
# $work is a folder that is removed at the end; $state in it is that of a control plane, taken down at the end.
# shellcheck shell=bash disable=SC2154 # $top is of the script that sources this

work=$(mktemp -d)
state=$work/cluster
failures=0
started_pids=()

started() {
	started_pids+=("$1")
}

finish() {
	local pid

	for pid in "${started_pids[@]}"; do
		kill -CONT "$pid" 2>/dev/null || true
		kill -TERM "$pid" 2>/dev/null || true
	done
	[ ! -e "$state/mode" ] || "$top/tests/cluster/down" --state "$state" >/dev/null 2>&1 || true
	[ -n "${SANDGATE_KEEP_WORK:-}" ] || rm -rf "$work"
}
trap finish EXIT

claim() {
	local name=$1

	shift
	: >"$work/claim.log"
	if "$@" >>"$work/claim.log" 2>&1; then # appended: whatever opens /dev/stderr again leaves no holes
		echo "ok $name"
	else
		echo "not ok $name"
		tail -n 20 "$work/claim.log" | sed 's/^/# /'
		failures=$((failures + 1))
	fi
}

within() {
	local deadline=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

claims_end() {
	exit $((failures > 0))
}
