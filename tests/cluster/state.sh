# The state folder of one cluster and the processes that belong to it. Sourced by up, down, agent-sandbox, load-image.
#
#   $SANDGATE_STATE/kubeconfig   the administrator's
#   .../mode                     "full" or "control-plane": what `up` made here; also marks the folder as ours to remove
#   .../pids/NAME                process id and start time of each process, so that a reused id is never taken for ours
#   .../logs/NAME.log  pki/  conf/  hosts.d/
# Large things (images, volumes of pods) go to $SANDGATE_DATA, as /run may be a small memory file system.
# shellcheck shell=bash disable=SC2034 # its variables are read by the scripts that source this

node_ip=198.18.255.1
registry_name=registry.sandgate.test
registry_port=5000

use_state() {
	SANDGATE_STATE=$(readlink -m "$1")
	SANDGATE_DATA=${SANDGATE_DATA:-/var/lib/$(basename "$SANDGATE_STATE")}
	export SANDGATE_STATE SANDGATE_DATA
}

# Prints nothing for a process that is gone, also when nobody has collected it yet (state Z).
process_started_at() {
	awk '{ sub(/.*\) /, ""); if ($1 != "Z") print $20 }' "/proc/$1/stat" 2>/dev/null
}

# start_process NAME COMMAND... : in the background, in a session of its own, with its output in logs/NAME.log
start_process() {
	local name=$1 pid

	shift
	setsid "$@" >>"$SANDGATE_STATE/logs/$name.log" 2>&1 </dev/null 9>&- &
	pid=$!
	echo "$pid $(process_started_at "$pid")" >"$SANDGATE_STATE/pids/$name"
}

process_is_running() {
	local pid started

	read -r pid started 2>/dev/null <"$SANDGATE_STATE/pids/$1" || return 1
	[ -n "$started" ] && [ "$(process_started_at "$pid")" = "$started" ]
}

# Nothing a process could still save outlives the cluster: no need to be gentle.
stop_process() {
	local name=$1 pid tenth

	if process_is_running "$name"; then
		read -r pid _ <"$SANDGATE_STATE/pids/$name"
		kill -KILL "$pid" 2>/dev/null || true
		for ((tenth = 0; tenth < 100; tenth++)); do
			process_is_running "$name" || break
			sleep 0.1
		done
	fi
	rm -f "$SANDGATE_STATE/pids/$name"
}

# await NAME LIMIT_S COMMAND... : until COMMAND succeeds; a process that died, or never gets there, ends the script
# with the last lines it logged.
await() {
	local name=$1 limit_s=$2
	local deadline=$((SECONDS + limit_s))

	shift 2
	until "$@" >/dev/null 2>&1; do
		if ! process_is_running "$name" || [ "$SECONDS" -ge "$deadline" ]; then
			tail -n 15 "$SANDGATE_STATE/logs/$name.log" | cut -c -300 | sed 's/^/    | /' >&2
			process_is_running "$name" || die "$name ended (its log: $SANDGATE_STATE/logs/$name.log)"
			die "$name is not ready after $limit_s s (its log: $SANDGATE_STATE/logs/$name.log)"
		fi
		sleep 0.1
	done
}

# True when nothing on this machine listens on PORT at ADDRESS or at every address.
port_is_free() {
	local address=$1 port=$2

	! ss -Hlntu "sport = :$port" | awk '{ print $5 }' | grep -qE "^(\*|0\.0\.0\.0|\[::\]|${address//./\\.})(%[a-z0-9]+)?:$port$"
}
