# Progress for people: what runs, how long it has taken, how long it usually takes. Output goes to stderr, so that the
# result of a script on stdout stays clean. Sourced by the test scripts.
#
#   say TEXT                          one line with the time since the script began
#   die TEXT                          the same on failure, then exit 1
#   step LABEL USUAL COMMAND...       runs COMMAND; says so every PROGRESS_EVERY_S seconds while it runs; its output is
#                                     kept aside and shown only when it fails. USUAL is free text ("about 4 min") or "".
#   wait_for LABEL LIMIT_S COMMAND... repeats COMMAND five times a second until it succeeds; returns 1 after LIMIT_S
#   elapsed SINCE                     the time since SINCE (a value of $SECONDS), as "3 s" or "2 min 05 s"
# shellcheck shell=bash

PROGRESS_EVERY_S=${PROGRESS_EVERY_S:-15}

elapsed() {
	local seconds=$((SECONDS - $1))

	if [ "$seconds" -lt 60 ]; then
		printf '%d s' "$seconds"
	else
		printf '%d min %02d s' $((seconds / 60)) $((seconds % 60))
	fi
}

say() {
	printf '[%9s] %s\n' "$(elapsed 0)" "$*" >&2
}

die() {
	say "error: $*"
	exit 1
}

step() {
	local label=$1 usual=${2:+ (usually $2)}
	local began=$SECONDS log ticker status=0

	shift 2
	log=$(mktemp)
	say "$label$usual ..."
	(
		trap 'kill "${nap:-}" 2>/dev/null; exit' TERM
		while :; do
			sleep "$PROGRESS_EVERY_S" &
			nap=$!
			wait "$nap"
			say "  still: $label, $(elapsed "$began")$usual"
		done
	) &
	ticker=$!
	"$@" >"$log" 2>&1 </dev/null || status=$?
	kill "$ticker" 2>/dev/null
	wait "$ticker" 2>/dev/null || true
	if [ "$status" -eq 0 ]; then
		say "  done: $label, $(elapsed "$began")"
	else
		say "  FAILED: $label, $(elapsed "$began"), exit status $status; the last lines it wrote:"
		tail -n 40 "$log" | sed 's/^/    | /' >&2
	fi
	rm -f "$log"
	return "$status"
}

wait_for() {
	local label=$1 limit_s=$2
	local deadline=$((SECONDS + limit_s))

	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			say "error: $label: not within $limit_s s"
			return 1
		fi
		sleep 0.2
	done
}
